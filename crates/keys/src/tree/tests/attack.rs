//! The strongest attacker: every state that the files ever had, the present root, and the format's description.

use std::collections::BTreeSet;

use crate::disk::sim::Machine;
use crate::key::{DataKey, KeyName, Keys};
use crate::slot::{FileSlot, Root, Slot};
use crate::tree::batch;
use crate::tree::format::{BucketPlace, FileName, RootKeys};
use crate::tree::tests::{bytes, name, open, runtime};

/// Every content that was ever seen under a name.
type Copies = BTreeSet<(String, Vec<u8>)>;

fn roots(machine: &Machine) -> Vec<Root> {
    let slot = FileSlot::on(machine.folder("slot"), "slot").expect("slot");
    runtime().block_on(slot.read()).expect("a root")
}

/// Tries every key that was found on every copy, until nothing new is found.
fn reach(copies: &Copies, roots: &[Root]) -> BTreeSet<[u8; 32]> {
    let tree = roots[0].tree;
    let mut found = BTreeSet::new();
    let mut known: BTreeSet<[u8; 32]> = roots.iter().map(|root| bytes(&root.key)).collect();
    loop {
        let before = known.len();
        for (file, content) in copies {
            let place = FileName::parse(file).expect("a file of the tree");
            for key in known.clone() {
                let key = DataKey::from_bytes(key);
                let (buckets, entries) = read(place, content, tree, &key);
                known.extend(buckets.iter().map(bytes));
                found.extend(entries.iter().map(|(_, key)| bytes(key)));
            }
        }
        if known.len() == before {
            return found;
        }
    }
}

fn read(name: FileName, content: &[u8], tree: [u8; 16], key: &DataKey) -> (Vec<DataKey>, Vec<(KeyName, DataKey)>) {
    let place = BucketPlace { tree, name };
    match name {
        FileName::Tree { epoch } => {
            let keys = RootKeys::of(&Root { tree, epoch, key: key.clone() });
            let Ok((body, start)) = keys.open_tree(content) else { return Default::default() };
            let mut entries = body.young;
            entries.extend(batch::read(&keys.batches(), content, start).expect("batches").entries);
            (body.inners.into_iter().flatten().map(|w| w.key).collect(), entries)
        }
        FileName::Inner { .. } => {
            let table = place.open_inner(key, content).unwrap_or_default();
            (table.into_iter().flatten().map(|w| w.key).collect(), Vec::new())
        }
        FileName::Leaf { .. } => (Vec::new(), place.open_leaf(key, content).unwrap_or_default()),
    }
}

#[test]
fn nothing_that_was_ever_written_opens_a_removed_key_under_the_present_root() {
    let machine = Machine::default();
    let tree = open(&machine).expect("fresh tree");
    let mut copies = Copies::new();
    let mut removed: BTreeSet<[u8; 32]> = BTreeSet::new();
    let mut controls = 0;
    for number in 0..60u8 {
        runtime().block_on(tree.create(name(number))).expect("created");
        copies.extend(machine.files("tree"));
        if number % 2 == 1 {
            // Some that were just made, some that have long been in a bucket, some neighbours of removed ones.
            let victim = if number % 4 == 1 { number } else { number / 2 };
            let Some(key) = runtime().block_on(tree.get(name(victim))).expect("read") else { continue };
            if number % 12 == 7 {
                assert!(reach(&copies, &roots(&machine)).contains(&bytes(&key)), "the attack can succeed");
                controls += 1;
            }
            runtime().block_on(tree.remove(&[name(victim)])).expect("removed");
            removed.insert(bytes(&key));
            copies.extend(machine.files("tree"));
        }
    }
    let found = reach(&copies, &roots(&machine));
    assert!(controls >= 3 && removed.len() > 20 && copies.len() > 100);
    assert!(found.is_disjoint(&removed), "a removed key was reached");
    let mut present = BTreeSet::new();
    for number in 0..60 {
        present.extend(runtime().block_on(tree.get(name(number))).expect("read").map(|key| bytes(&key)));
    }
    assert!(present.is_subset(&found));
}
