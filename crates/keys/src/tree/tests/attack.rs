//! What the strongest attacker reaches under the present root.

use std::collections::BTreeSet;

use crate::disk::sim::Machine;
use crate::key::Keys;
use crate::slot::{FileSlot, Root, Slot};
use crate::tree::attack::{Copies, reach};
use crate::tree::tests::{bytes, name, open, runtime};

fn roots(machine: &Machine) -> Vec<Root> {
    let slot = FileSlot::on(machine.folder("slot"), "slot").expect("slot");
    runtime().block_on(slot.read()).expect("a root")
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
                assert!(reach(&copies, &roots(&machine)).all.contains(&bytes(&key)), "the attack can succeed");
                controls += 1;
            }
            runtime().block_on(tree.remove(&[name(victim)])).expect("removed");
            removed.insert(bytes(&key));
            copies.extend(machine.files("tree"));
        }
    }
    let found = reach(&copies, &roots(&machine)).all;
    assert!(controls >= 3 && removed.len() > 20 && copies.len() > 100);
    assert!(found.is_disjoint(&removed), "a removed key was reached");
    let mut present = BTreeSet::new();
    for number in 0..60 {
        present.extend(runtime().block_on(tree.get(name(number))).expect("read").map(|key| bytes(&key)));
    }
    assert!(present.is_subset(&found));
}
