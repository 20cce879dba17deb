//! The keys of an open tree, in memory.

use std::collections::BTreeMap;

use crate::key::{DataKey, KeyName, Purpose};
use crate::slot::Root;
use crate::tree::batch::BatchSeal;
use crate::tree::format::{Entries, FileName, INNERS, LEAVES, RootKeys, Wrapped, leaf_of};
use crate::vault::{Handle, Vault};

/// A bucket's key in the vault and the epoch in which the bucket was written.
#[derive(Clone, Copy)]
pub(crate) struct Bucket {
    epoch: u64,
    key: Handle,
}

/// Keys by name: those in the tree file and those in each bucket of the lower level.
pub(crate) struct Held {
    pub(crate) vault: Vault,
    pub(crate) young: BTreeMap<KeyName, Handle>,
    pub(crate) leaves: Vec<BTreeMap<KeyName, Handle>>,
    pub(crate) inner_buckets: Vec<Option<Bucket>>,
    pub(crate) leaf_buckets: Vec<Option<Bucket>>,
    pub(crate) tree: [u8; 16],
    pub(crate) epoch: u64,
    batch: Handle,
}

impl Held {
    /// No keys at all under this root.
    pub(crate) fn under(root: &Root) -> Held {
        let mut vault = Vault::default();
        let batch = vault.put(&RootKeys::of(root).batches().key);
        Held {
            vault,
            young: BTreeMap::new(),
            leaves: vec![BTreeMap::new(); LEAVES],
            inner_buckets: vec![None; INNERS],
            leaf_buckets: vec![None; LEAVES],
            tree: root.tree,
            epoch: root.epoch,
            batch,
        }
    }

    /// What seals batches in this epoch.
    pub(crate) fn batches(&self) -> BatchSeal {
        BatchSeal { tree: self.tree, epoch: self.epoch, key: self.vault.key(self.batch) }
    }

    /// The files that belong to this epoch.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileName> + '_ {
        let inners = self.inner_buckets.iter().enumerate();
        let inners = inners.filter_map(|(i, b)| Some(FileName::Inner { index: i as u8, epoch: b.as_ref()?.epoch }));
        let leaves = self.leaf_buckets.iter().enumerate();
        let leaves = leaves.filter_map(|(i, b)| Some(FileName::Leaf { index: i as u8, epoch: b.as_ref()?.epoch }));
        std::iter::once(FileName::Tree { epoch: self.epoch }).chain(inners).chain(leaves)
    }

    /// Copies of the keys of buckets.
    pub(crate) fn wrapped(&self, buckets: &[Option<Bucket>]) -> Vec<Option<Wrapped>> {
        buckets.iter().map(|b| b.map(|b| Wrapped { epoch: b.epoch, key: self.vault.key(b.key) })).collect()
    }

    /// Goes over to another root and other buckets; wipes what the last ones had.
    pub(crate) fn turn(&mut self, root: &Root, inners: &[Option<Wrapped>], leaves: &[Option<Wrapped>]) {
        let old = std::mem::take(&mut self.inner_buckets).into_iter().chain(std::mem::take(&mut self.leaf_buckets));
        let old: Vec<Handle> = old.flatten().map(|b| b.key).chain([self.batch]).collect();
        old.into_iter().for_each(|handle| self.vault.wipe(handle));
        self.batch = self.vault.put(&RootKeys::of(root).batches().key);
        self.epoch = root.epoch;
        self.inner_buckets = self.keep(inners);
        self.leaf_buckets = self.keep(leaves);
    }

    fn keep(&mut self, buckets: &[Option<Wrapped>]) -> Vec<Option<Bucket>> {
        let mut keep = |w: &Wrapped| Bucket { epoch: w.epoch, key: self.vault.put(&w.key) };
        buckets.iter().map(|bucket| bucket.as_ref().map(&mut keep)).collect()
    }

    pub(crate) fn key(&self, name: KeyName) -> Option<DataKey> {
        let handle = self.young.get(&name).or_else(|| self.leaves[leaf_of(name)].get(&name))?;
        Some(self.vault.key(*handle))
    }

    pub(crate) fn list(&self, purpose: Purpose) -> Vec<KeyName> {
        let from = KeyName { purpose, label: [0; 16] };
        let to = KeyName { purpose, label: [0xFF; 16] };
        let all = std::iter::once(&self.young).chain(&self.leaves);
        all.flat_map(|map| map.range(from..=to).map(|(name, _)| *name)).collect()
    }

    /// Takes in keys that lie in the tree file.
    pub(crate) fn add_young(&mut self, entries: &Entries) {
        for (name, key) in entries {
            let handle = self.vault.put(key);
            if let Some(old) = self.young.insert(*name, handle) {
                self.vault.wipe(old);
            }
        }
    }

    /// Takes in the keys of a bucket.
    pub(crate) fn add_leaf(&mut self, leaf: usize, entries: &Entries) {
        for (name, key) in entries {
            let handle = self.vault.put(key);
            if let Some(old) = self.leaves[leaf].insert(*name, handle) {
                self.vault.wipe(old);
            }
        }
    }

    /// Moves a key from the tree file's to its bucket's.
    pub(crate) fn settle(&mut self, name: KeyName) {
        if let Some(handle) = self.young.remove(&name) {
            self.leaves[leaf_of(name)].insert(name, handle);
        }
    }

    /// Wipes a key.
    pub(crate) fn remove(&mut self, name: KeyName) {
        let handle = self.young.remove(&name).or_else(|| self.leaves[leaf_of(name)].remove(&name));
        if let Some(handle) = handle {
            self.vault.wipe(handle);
        }
    }

    /// Copies of these keys, with their names.
    pub(crate) fn entries<'a>(
        &'a self,
        map: &'a BTreeMap<KeyName, Handle>,
    ) -> impl Iterator<Item = (KeyName, DataKey)> + 'a {
        map.iter().map(|(name, handle)| (*name, self.vault.key(*handle)))
    }
}
