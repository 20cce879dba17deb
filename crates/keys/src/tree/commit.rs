//! The tree of the next epoch: which buckets are written anew, and under which keys.

use std::collections::{BTreeMap, BTreeSet};

use crate::key::{DataKey, KeyError, KeyName};
use crate::slot::Root;
use crate::tree::format::{
    Body, BucketPlace, Entries, Entry, FileName, INNERS, LEAVES, LEAVES_PER_INNER, RootKeys, Wrapped,
};
use crate::tree::held::{Held, Place};
use crate::tree::writer::{Writer, with_spare};

/// What the next epoch is for.
#[derive(Default)]
pub(super) struct Change {
    /// Keys to remove beside those that are retired.
    pub(super) removed: BTreeSet<KeyName>,
    pub(super) fresh: Entries,
    /// Buckets to write anew beside those that held a removed key.
    pub(super) touched: BTreeSet<usize>,
    /// Write every bucket under a fresh key.
    pub(super) all: bool,
}

/// A next epoch that is not yet in force.
pub(super) struct Draft {
    pub(super) root: Root,
    /// Files to be written, none of which replaces one in use.
    pub(super) files: Vec<(FileName, Vec<u8>)>,
    /// Where batches begin in the tree file.
    pub(super) end: usize,
    replaced_s: u64,
    inners: Vec<Option<Wrapped>>,
    leaves: Vec<Option<Wrapped>>,
    /// Keys that are in none of its files any more.
    removed: BTreeSet<KeyName>,
    /// Keys that move from the tree file to a bucket.
    settled: Vec<(KeyName, usize)>,
}

impl Writer {
    /// Drafts the next epoch without the removed and retired keys and with the fresh ones.
    ///
    /// A bucket that held a removed key gets a fresh key, and so does the one above it: a copy of the old upper bucket
    /// would otherwise give the old key of the lower one.
    pub(super) fn draft(&self, change: &Change) -> Result<Draft, KeyError> {
        let held = self.held.read();
        let root = Root { tree: held.tree, epoch: held.epoch + 1, key: DataKey::random()? };
        let removed: BTreeSet<KeyName> = change.removed.union(&held.retired).copied().collect();
        let mut rewritten: BTreeSet<usize> = removed.iter().filter_map(|name| leaf(&held, *name)).collect();
        rewritten.extend(&change.touched);
        if change.all {
            rewritten.extend(0..LEAVES);
        }
        let mut young: BTreeMap<KeyName, Entry> = held.entries(&held.young).map(|e| (e.name, e)).collect();
        young.extend(change.fresh.iter().map(|e| (e.name, e.clone())));
        young.retain(|name, _| !removed.contains(name));
        let mut moved: BTreeMap<usize, Entries> = BTreeMap::new();
        let mut settled = Vec::new();
        if young.len() > self.options.young_keys {
            let from = emptiest(&held) * LEAVES_PER_INNER;
            let mut chance = vec![0; young.len()];
            aws_lc_rs::rand::fill(&mut chance).map_err(|_| KeyError::Random)?;
            for ((name, entry), chance) in std::mem::take(&mut young).into_iter().zip(chance) {
                let leaf = from + usize::from(chance) % LEAVES_PER_INNER;
                settled.push((name, leaf));
                moved.entry(leaf).or_default().push(entry);
            }
        }
        rewritten.extend(moved.keys());
        let mut draft = Draft {
            root,
            files: Vec::new(),
            end: 0,
            replaced_s: self.options.now.minute_s(),
            inners: held.wrapped(&held.inner_buckets),
            leaves: held.wrapped(&held.leaf_buckets),
            removed,
            settled,
        };
        for leaf in &rewritten {
            let kept = held.entries(&held.leaves[*leaf]).filter(|e| !draft.removed.contains(&e.name));
            let entries: Entries = kept.chain(moved.remove(leaf).unwrap_or_default()).collect();
            draft.write_leaf(*leaf, &entries)?;
        }
        for inner in rewritten.iter().map(|leaf| leaf / LEAVES_PER_INNER).collect::<BTreeSet<usize>>() {
            draft.write_inner(inner)?;
        }
        draft.write_tree(young.into_values().collect())?;
        Ok(draft)
    }

    /// Puts a draft that is in force in place of the present state. What was retired since it was drafted stays so.
    pub(super) fn adopt(&self, draft: &Draft, fresh: &Entries) {
        let mut held = self.held.write();
        held.add_young(fresh);
        draft.removed.iter().for_each(|name| held.forget(*name));
        draft.settled.iter().for_each(|(name, leaf)| held.settle(*name, *leaf));
        held.turn(&draft.root, draft.replaced_s, &draft.inners, &draft.leaves);
    }
}

impl Draft {
    /// The files that the tree is made of in the next epoch.
    pub(super) fn live(&self) -> BTreeSet<FileName> {
        let inners = self.inners.iter().enumerate();
        let inners = inners.filter_map(|(i, b)| Some(FileName::Inner { index: i as u8, epoch: b.as_ref()?.epoch }));
        let leaves = self.leaves.iter().enumerate();
        let leaves = leaves.filter_map(|(i, b)| Some(FileName::Leaf { index: i as u8, epoch: b.as_ref()?.epoch }));
        std::iter::once(FileName::Tree { epoch: self.root.epoch }).chain(inners).chain(leaves).collect()
    }

    fn write_leaf(&mut self, leaf: usize, entries: &Entries) -> Result<(), KeyError> {
        self.leaves[leaf] = None;
        if entries.is_empty() {
            return Ok(());
        }
        let name = FileName::Leaf { index: leaf as u8, epoch: self.root.epoch };
        let bucket = Wrapped { epoch: self.root.epoch, key: DataKey::random()? };
        let bytes = BucketPlace { tree: self.root.tree, name }.seal_leaf(&bucket.key, entries)?;
        self.files.push((name, bytes));
        self.leaves[leaf] = Some(bucket);
        Ok(())
    }

    fn write_inner(&mut self, inner: usize) -> Result<(), KeyError> {
        let from = inner * LEAVES_PER_INNER;
        let table = &self.leaves[from..from + LEAVES_PER_INNER];
        self.inners[inner] = None;
        if table.iter().all(Option::is_none) {
            return Ok(());
        }
        let name = FileName::Inner { index: inner as u8, epoch: self.root.epoch };
        let bucket = Wrapped { epoch: self.root.epoch, key: DataKey::random()? };
        let bytes = BucketPlace { tree: self.root.tree, name }.seal_inner(&bucket.key, table)?;
        self.files.push((name, bytes));
        self.inners[inner] = Some(bucket);
        Ok(())
    }

    fn write_tree(&mut self, young: Entries) -> Result<(), KeyError> {
        let body = Body { replaced_s: self.replaced_s, inners: self.inners.clone(), young };
        let (bytes, end) = with_spare(RootKeys::of(&self.root).seal_tree(&body)?);
        self.end = end;
        self.files.push((FileName::Tree { epoch: self.root.epoch }, bytes));
        Ok(())
    }
}

/// The leaf that holds a key; none if it lies in the tree file or nowhere.
fn leaf(held: &Held, name: KeyName) -> Option<usize> {
    match held.place(name)? {
        Place::Leaf(leaf) => Some(usize::from(leaf)),
        Place::Young => None,
    }
}

/// The upper bucket with the fewest keys. All keys that leave the tree file together go below one, so that few files are
/// written; to which leaf is left to chance, so that no file's name says anything about a key's.
fn emptiest(held: &Held) -> usize {
    let keys =
        |inner: &usize| held.leaves[inner * LEAVES_PER_INNER..][..LEAVES_PER_INNER].iter().map(|l| l.len()).sum();
    (0..INNERS).min_by_key(|inner| -> usize { keys(inner) }).expect("there are upper buckets")
}
