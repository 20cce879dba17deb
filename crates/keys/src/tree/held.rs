//! The keys of an open tree, in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::key::{DataKey, KeyName, Purpose};
use crate::slot::Root;
use crate::tree::batch::BatchSeal;
use crate::tree::format::{Entries, Entry, FileName, INNERS, LEAVES, RootKeys, VERSION, Wrapped};
use crate::vault::{Handle, Vault};

/// A bucket's key in the vault and the epoch in which the bucket was written.
#[derive(Clone, Copy)]
pub(crate) struct Bucket {
    epoch: u64,
    key: Handle,
}

/// Where a key is.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// In the tree file.
    Young,
    /// In this bucket of the lower level.
    Leaf(u8),
}

struct Kept {
    /// None once the key was retired: wiped here, still in a file.
    key: Option<Handle>,
    place: Place,
    day: u16,
}

/// Keys by name, and what lies in the tree file and in each bucket of the lower level.
pub(crate) struct Held {
    pub(crate) vault: Vault,
    all: BTreeMap<KeyName, Kept>,
    pub(crate) young: BTreeSet<KeyName>,
    pub(crate) leaves: Vec<BTreeSet<KeyName>>,
    /// Retired and still in a file.
    pub(crate) retired: BTreeSet<KeyName>,
    pub(crate) inner_buckets: Vec<Option<Bucket>>,
    pub(crate) leaf_buckets: Vec<Option<Bucket>>,
    pub(crate) tree: [u8; 16],
    pub(crate) epoch: u64,
    /// When this root came, in seconds since 1970; 0 if that is not known.
    pub(crate) replaced_s: u64,
    batch: Handle,
}

impl Held {
    /// No keys at all under this root.
    pub(crate) fn under(root: &Root, replaced_s: u64) -> Held {
        let mut vault = Vault::default();
        let batch = vault.put(&RootKeys::of(root).batches(VERSION).key);
        Held {
            vault,
            all: BTreeMap::new(),
            young: BTreeSet::new(),
            leaves: vec![BTreeSet::new(); LEAVES],
            retired: BTreeSet::new(),
            inner_buckets: vec![None; INNERS],
            leaf_buckets: vec![None; LEAVES],
            tree: root.tree,
            epoch: root.epoch,
            replaced_s,
            batch,
        }
    }

    /// What seals batches in this epoch.
    pub(crate) fn batches(&self) -> BatchSeal {
        BatchSeal { version: VERSION, tree: self.tree, epoch: self.epoch, key: self.vault.key(self.batch) }
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
    pub(crate) fn turn(
        &mut self,
        root: &Root,
        replaced_s: u64,
        inners: &[Option<Wrapped>],
        leaves: &[Option<Wrapped>],
    ) {
        let old = std::mem::take(&mut self.inner_buckets).into_iter().chain(std::mem::take(&mut self.leaf_buckets));
        let old: Vec<Handle> = old.flatten().map(|b| b.key).chain([self.batch]).collect();
        old.into_iter().for_each(|handle| self.vault.wipe(handle));
        self.batch = self.vault.put(&RootKeys::of(root).batches(VERSION).key);
        (self.epoch, self.replaced_s) = (root.epoch, replaced_s);
        self.inner_buckets = self.keep(inners);
        self.leaf_buckets = self.keep(leaves);
    }

    fn keep(&mut self, buckets: &[Option<Wrapped>]) -> Vec<Option<Bucket>> {
        let mut keep = |w: &Wrapped| Bucket { epoch: w.epoch, key: self.vault.put(&w.key) };
        buckets.iter().map(|bucket| bucket.as_ref().map(&mut keep)).collect()
    }

    pub(crate) fn key(&self, name: KeyName) -> Option<DataKey> {
        Some(self.vault.key(self.all.get(&name)?.key?))
    }

    /// Whether a file may hold a key of this name, be it retired.
    pub(crate) fn knows(&self, name: KeyName) -> bool {
        self.all.contains_key(&name)
    }

    pub(crate) fn place(&self, name: KeyName) -> Option<Place> {
        Some(self.all.get(&name)?.place)
    }

    /// The bucket of a key that chance draws from all of them; none if it lies in the tree file, or there are no keys.
    pub(crate) fn some_leaf(&self) -> Option<usize> {
        let mut chance = [0; 8];
        aws_lc_rs::rand::fill(&mut chance).ok()?;
        let settled: usize = self.leaves.iter().map(BTreeSet::len).sum();
        let all = u64::try_from(self.young.len() + settled).ok().filter(|all| *all > 0)?;
        let mut at = usize::try_from(u64::from_le_bytes(chance) % all).ok()?;
        self.leaves.iter().position(|leaf| {
            let is_here = at < leaf.len();
            at = at.saturating_sub(leaf.len());
            is_here
        })
    }

    pub(crate) fn list(&self, purpose: Purpose) -> Vec<KeyName> {
        self.of(purpose).map(|(name, _)| *name).collect()
    }

    /// The days on which keys of a purpose were made.
    pub(crate) fn days(&self, purpose: Purpose) -> impl Iterator<Item = u16> + '_ {
        self.of(purpose).map(|(_, kept)| kept.day)
    }

    fn of(&self, purpose: Purpose) -> impl Iterator<Item = (&KeyName, &Kept)> {
        let (from, to) = (KeyName { purpose, label: [0; 16] }, KeyName { purpose, label: [0xFF; 16] });
        self.all.range(from..=to).filter(|(_, kept)| kept.key.is_some())
    }

    /// Takes in keys that lie in the tree file.
    pub(crate) fn add_young(&mut self, entries: &Entries) {
        for entry in entries {
            self.put(entry, Place::Young);
            self.young.insert(entry.name);
        }
    }

    /// Takes in the keys of a bucket.
    pub(crate) fn add_leaf(&mut self, leaf: usize, entries: &Entries) {
        for entry in entries {
            self.put(entry, Place::Leaf(leaf as u8));
            self.leaves[leaf].insert(entry.name);
        }
    }

    fn put(&mut self, entry: &Entry, place: Place) {
        let key = Some(self.vault.put(&entry.key));
        self.forget(entry.name);
        self.all.insert(entry.name, Kept { key, place, day: entry.day });
    }

    /// Moves a key from the tree file's to a bucket's.
    pub(crate) fn settle(&mut self, name: KeyName, leaf: usize) {
        if let Some(kept) = self.all.get_mut(&name).filter(|_| self.young.remove(&name)) {
            kept.place = Place::Leaf(leaf as u8);
            self.leaves[leaf].insert(name);
        }
    }

    /// Wipes a key that is in a file still.
    pub(crate) fn retire(&mut self, name: KeyName) {
        if let Some(handle) = self.all.get_mut(&name).and_then(|kept| kept.key.take()) {
            self.vault.wipe(handle);
            self.retired.insert(name);
        }
    }

    /// Wipes a key that is in no file any more, and its name.
    pub(crate) fn forget(&mut self, name: KeyName) {
        let Some(kept) = self.all.remove(&name) else { return };
        if let Some(handle) = kept.key {
            self.vault.wipe(handle);
        }
        self.retired.remove(&name);
        match kept.place {
            Place::Young => self.young.remove(&name),
            Place::Leaf(leaf) => self.leaves[usize::from(leaf)].remove(&name),
        };
    }

    /// Copies of these keys; those that were retired are left out.
    pub(crate) fn entries<'a>(&'a self, names: &'a BTreeSet<KeyName>) -> impl Iterator<Item = Entry> + 'a {
        names.iter().filter_map(|name| {
            let kept = self.all.get(name)?;
            Some(Entry { name: *name, key: self.vault.key(kept.key?), day: kept.day })
        })
    }
}
