//! Trees of the first format, which had no days: they are read, and the first change writes them anew.

use super::*;
use crate::seal::seal_record;
use crate::tree::format::{SECTOR_BYTES, Wrapped};

const TREE: [u8; 16] = [9; 16];

fn list(keys: &[(KeyName, DataKey)]) -> Vec<u8> {
    let mut out = (keys.len() as u32).to_le_bytes().to_vec();
    for (name, key) in keys {
        out.push(name.purpose as u8);
        out.extend(name.label);
        out.extend(bytes(key));
    }
    out
}

fn table(at: usize, bucket: &Wrapped) -> Vec<u8> {
    let mut out = vec![0; 16 * 41];
    out[at * 41] = 1;
    out[at * 41 + 1..at * 41 + 9].copy_from_slice(&bucket.epoch.to_le_bytes());
    out[at * 41 + 9..at * 41 + 41].copy_from_slice(&bytes(&bucket.key));
    out
}

fn bucket(level: u8, index: u8, key: &DataKey, plain: &[u8]) -> Vec<u8> {
    let mut head = b"OUTISKB\n\x01\x00".to_vec();
    head.extend([level, index]);
    head.extend(1u64.to_le_bytes());
    let sealed = seal_record(key, &[&head[..], &TREE].concat(), plain).expect("sealed");
    [head, sealed].concat()
}

fn tree_file(root: &Root, plain: &[u8]) -> Vec<u8> {
    let mut file = b"OUTISKT\n\x01\x00".to_vec();
    file.extend(TREE);
    file.extend(root.epoch.to_le_bytes());
    file.extend((plain.len() as u32 + 29).to_le_bytes());
    file.extend(bytes(&root.key.derive(b"outis-keys 1 check")));
    let sealed = seal_record(&root.key.derive(b"outis-keys 1 body"), &file, plain).expect("sealed");
    file.extend(sealed);
    file.resize(file.len().next_multiple_of(SECTOR_BYTES) + 32 * 1024, 0);
    file
}

#[test]
fn a_tree_of_the_first_format_opens_and_is_written_anew() {
    let machine = Machine::default();
    let fresh = || DataKey::random().expect("randomness");
    let root = Root { tree: TREE, epoch: 1, key: fresh() };
    let keys: Vec<(KeyName, DataKey)> = (0..6).map(|n| (name(n), fresh())).collect();
    let (inner, leaf) = (Wrapped { epoch: 1, key: fresh() }, Wrapped { epoch: 1, key: fresh() });
    let body = [table(3, &inner), list(&keys[..2])].concat();
    machine.put("tree", "tree-0000000000000001", tree_file(&root, &body));
    machine.put("tree", "inner-03-0000000000000001", bucket(1, 3, &inner.key, &table(5, &leaf)));
    machine.put("tree", "leaf-35-0000000000000001", bucket(2, 0x35, &leaf.key, &list(&keys[2..])));
    let slot = FileSlot::on(machine.folder("slot"), "slot").expect("slot");
    runtime().block_on(slot.replace(&root)).expect("a root");
    drop(slot);

    let tree = open(&machine).expect("an older tree");
    assert_eq!(tree.state().replaced, None);
    assert!(tree.state().purposes.iter().all(|of| of.oldest_days.is_none()));
    let all = |tree: &TreeKeys| {
        let mut found = Vec::new();
        for (name, key) in &keys {
            found.push(runtime().block_on(tree.get(*name)).expect("read").is_some_and(|k| bytes(&k) == bytes(key)));
        }
        found
    };
    assert_eq!(all(&tree), [true; 6]);
    // Nothing of the new format is appended to the old file.
    runtime().block_on(tree.create(name(20))).expect("created");
    assert_eq!(tree.state().epoch, 2);
    runtime().block_on(tree.remove(&[name(4)])).expect("removed");
    drop(tree);
    let tree = open(&machine).expect("reopened");
    assert_eq!(all(&tree), [true, true, true, true, false, true]);
    assert!(tree.state().replaced.is_some());
}
