//! Removing a member's key that is not there writes what removing one that is there does.

use super::*;

/// Enough that no bucket is emptied by losing one.
const KEYS: usize = 1_500;

fn member(number: usize) -> KeyName {
    let mut label = [0xFF; 16];
    label[..8].copy_from_slice(&number.to_be_bytes());
    KeyName { purpose: Purpose::Member, label }
}

/// Steps of the disk that each removal takes, together with a key that was just made.
fn steps(purpose: Purpose, from: usize) -> Vec<u64> {
    let machine = Machine::default();
    let tree = open(&machine).expect("fresh tree");
    let runtime = runtime();
    for number in 0..KEYS {
        runtime.block_on(tree.create(member(number))).expect("created");
    }
    let removal = |number: usize| {
        let job = KeyName { purpose: Purpose::Job, label: [number as u8; 16] };
        runtime.block_on(tree.create(job)).expect("created");
        let before = machine.steps();
        runtime.block_on(tree.remove(&[KeyName { purpose, ..member(number) }, job])).expect("removed");
        machine.steps() - before
    };
    let mut steps: Vec<u64> = (from..from + 21).map(removal).collect();
    steps.sort_unstable();
    steps
}

#[test]
fn nobody_takes_as_many_steps_as_a_member() {
    let there = steps(Purpose::Member, 100);
    let not_there = steps(Purpose::Member, KEYS + 100);
    let unequal = steps(Purpose::File, KEYS + 100);
    assert_eq!(there[10], not_there[10], "{there:?} {not_there:?}");
    assert!(unequal[10] < there[10], "control: of another purpose less is written {unequal:?}");
}
