//! The strongest attacker on a tree's files, for tests: every state they ever had, some roots, and the format.

use std::collections::BTreeSet;

use crate::key::{DataKey, KeyName};
use crate::slot::Root;
use crate::tree::batch;
use crate::tree::format::{BucketPlace, Entries, FileName, RootKeys, TreeFile};

/// Every content that was ever seen under a file name of the tree's folder.
pub type Copies = BTreeSet<(String, Vec<u8>)>;

/// What was reached.
#[derive(Default)]
pub struct Reached {
    /// Keys with their names, in every version that was found.
    pub named: BTreeSet<(KeyName, [u8; 32])>,
    /// These, the roots and the keys of buckets.
    pub all: BTreeSet<[u8; 32]>,
}

impl std::fmt::Debug for Reached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reached").field("named", &self.named.len()).field("all", &self.all.len()).finish()
    }
}

/// Tries every key that was found on every copy, until nothing new is found. Names that are none of the tree's are
/// passed over.
pub fn reach(copies: &Copies, roots: &[Root]) -> Reached {
    let bytes = |key: &DataKey| *key.bytes("an attack");
    let mut reached = Reached { all: roots.iter().map(|root| bytes(&root.key)).collect(), ..Reached::default() };
    let Some(tree) = roots.first().map(|root| root.tree) else { return reached };
    loop {
        let before = reached.all.len();
        for (file, content) in copies {
            let Some(name) = FileName::parse(file) else { continue };
            for key in reached.all.clone() {
                let key = DataKey::from_bytes(key);
                let (buckets, entries) = read(name, content, tree, &key);
                reached.all.extend(buckets.iter().map(bytes));
                reached.all.extend(entries.iter().map(|entry| bytes(&entry.key)));
                reached.named.extend(entries.iter().map(|entry| (entry.name, bytes(&entry.key))));
            }
        }
        if reached.all.len() == before {
            return reached;
        }
    }
}

fn read(name: FileName, content: &[u8], tree: [u8; 16], key: &DataKey) -> (Vec<DataKey>, Entries) {
    let place = BucketPlace { tree, name };
    match name {
        FileName::Tree { epoch } => {
            let keys = RootKeys::of(&Root { tree, epoch, key: key.clone() });
            let Ok(TreeFile { version, body, batches_from }) = keys.open_tree(content) else {
                return Default::default();
            };
            let batches = batch::read(&keys.batches(version), content, batches_from);
            let mut entries = body.young;
            entries.extend(batches.map(|b| b.entries).unwrap_or_default());
            (body.inners.into_iter().flatten().map(|w| w.key).collect(), entries)
        }
        FileName::Inner { .. } => {
            let table = place.open_inner(key, content).unwrap_or_default();
            (table.into_iter().flatten().map(|w| w.key).collect(), Vec::new())
        }
        FileName::Leaf { .. } => (Vec::new(), place.open_leaf(key, content).unwrap_or_default()),
    }
}
