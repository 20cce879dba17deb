//! The tree of the next epoch: which buckets are written anew, and under which keys.

use std::collections::{BTreeMap, BTreeSet};

use crate::key::{DataKey, KeyError, KeyName};
use crate::slot::Root;
use crate::tree::format::{Body, BucketPlace, Entries, FileName, LEAVES_PER_INNER, RootKeys, Wrapped, leaf_of};
use crate::tree::writer::{Writer, with_spare};

/// A next epoch that is not yet in force.
pub(super) struct Draft {
    pub(super) root: Root,
    /// Files to be written, none of which replaces one in use.
    pub(super) files: Vec<(FileName, Vec<u8>)>,
    /// Where batches begin in the tree file.
    pub(super) end: usize,
    inners: Vec<Option<Wrapped>>,
    leaves: Vec<Option<Wrapped>>,
    /// Keys that move from the tree file to their bucket.
    settled: Vec<KeyName>,
}

impl Writer {
    /// Drafts the next epoch without the removed keys and with the fresh ones.
    ///
    /// A bucket that held a removed key gets a fresh key, and so does the one above it: a copy of the old upper bucket
    /// would otherwise give the old key of the lower one.
    pub(super) fn draft(&self, removed: &BTreeSet<KeyName>, fresh: &Entries) -> Result<Draft, KeyError> {
        let held = self.held.read();
        let root = Root { tree: held.tree, epoch: held.epoch + 1, key: DataKey::random()? };
        let mut young: BTreeMap<KeyName, DataKey> = held.entries(&held.young).collect();
        young.extend(fresh.iter().cloned());
        young.retain(|name, _| !removed.contains(name));
        let mut rewritten: BTreeSet<usize> =
            removed.iter().filter(|n| !held.young.contains_key(n)).map(|n| leaf_of(*n)).collect();
        rewritten.extend(overflow(young.keys(), self.options.young_keys));
        let settled: Vec<KeyName> = young.keys().filter(|n| rewritten.contains(&leaf_of(**n))).copied().collect();
        let mut draft = Draft {
            root,
            files: Vec::new(),
            end: 0,
            inners: held.wrapped(&held.inner_buckets),
            leaves: held.wrapped(&held.leaf_buckets),
            settled,
        };
        for leaf in &rewritten {
            let mut entries: Entries =
                held.entries(&held.leaves[*leaf]).filter(|(n, _)| !removed.contains(n)).collect();
            entries.extend(young.extract_if(.., |n, _| leaf_of(*n) == *leaf));
            draft.write_leaf(*leaf, &entries)?;
        }
        for inner in rewritten.iter().map(|leaf| leaf / LEAVES_PER_INNER).collect::<BTreeSet<usize>>() {
            draft.write_inner(inner)?;
        }
        draft.write_tree(young.into_iter().collect())?;
        Ok(draft)
    }

    /// Puts a draft that is in force in place of the present state.
    pub(super) fn adopt(&self, draft: &Draft, removed: &BTreeSet<KeyName>, fresh: &Entries) {
        let mut held = self.held.write();
        held.add_young(fresh);
        removed.iter().for_each(|name| held.remove(*name));
        draft.settled.iter().for_each(|name| held.settle(*name));
        held.turn(&draft.root, &draft.inners, &draft.leaves);
    }
}

impl Draft {
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
        let body = Body { inners: self.inners.clone(), young };
        let (bytes, end) = with_spare(RootKeys::of(&self.root).seal_tree(&body)?);
        self.end = end;
        self.files.push((FileName::Tree { epoch: self.root.epoch }, bytes));
        Ok(())
    }
}

/// Buckets into which keys move because more than `most` lie in the tree file: of the fullest upper buckets, so that
/// few files are written for many keys.
fn overflow<'a>(young: impl Iterator<Item = &'a KeyName>, most: usize) -> BTreeSet<usize> {
    let mut by_inner: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut count = 0;
    for leaf in young.map(|name| leaf_of(*name)) {
        by_inner.entry(leaf / LEAVES_PER_INNER).or_default().push(leaf);
        count += 1;
    }
    let mut fullest: Vec<Vec<usize>> = by_inner.into_values().collect();
    fullest.sort_by_key(Vec::len);
    let mut moved = BTreeSet::new();
    while let Some(leaves) = (count > most).then(|| fullest.pop()).flatten() {
        count -= leaves.len();
        moved.extend(leaves);
    }
    moved
}
