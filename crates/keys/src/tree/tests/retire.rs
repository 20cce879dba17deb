//! Keys that are retired: out of reach at once, destroyed in groups.

use std::time::Duration;

use super::*;

fn waiting(machine: &Machine, retire_within: Duration) -> TreeKeys {
    let slot = FileSlot::on(machine.folder("slot"), "slot").expect("slot");
    let options = TreeOptions { young_keys: YOUNG_KEYS, retire_within, ..TreeOptions::default() };
    TreeKeys::on(machine.folder("tree"), Arc::new(slot), options).expect("a tree")
}

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn retired_keys_are_gone_at_once_and_destroyed_with_one_root() {
    let machine = Machine::default();
    let tree = waiting(&machine, LONG);
    runtime().block_on(async {
        for number in 0..20 {
            tree.create(name(number)).await.expect("created");
        }
        let before = tree.state().epoch;
        let mut handles = Vec::new();
        for number in 0..10 {
            handles.push(tree.retire(&[name(number)]).await.expect("retired"));
            assert!(tree.get(name(number)).await.expect("read").is_none());
        }
        let state = tree.state();
        assert_eq!((state.epoch, state.retired), (before, 10), "nothing was written yet");
        assert!(tree.list(Purpose::File).await.expect("names").iter().all(|n| n.label[0] >= 10));
        // Until they are destroyed, whoever stops the machine finds them again: the caller has no answer yet.
        let copy = open(&machine.copy()).expect("a copy");
        assert!(copy.get(name(3)).await.expect("read").is_some());

        let old = machine.copy();
        tree.remove(&[name(15)]).await.expect("removed");
        for handle in handles {
            handle.destroyed().await.expect("destroyed");
        }
        assert_eq!((tree.state().epoch, tree.state().retired), (before + 1, 0));
        old.put("slot", "slot", machine.files("slot")["slot"].clone());
        assert!(matches!(open(&old), Err(KeyError::WrongSlot)));
        let copy = open(&machine.copy()).expect("a copy");
        for number in 0..10 {
            assert!(copy.get(name(number)).await.expect("read").is_none());
        }
    });
}

#[test]
fn retired_keys_do_not_wait_for_anybody_when_they_are_due_or_the_tree_closes() {
    let machine = Machine::default();
    let tree = waiting(&machine, Duration::ZERO);
    let names = [name(1), name(2)];
    runtime().block_on(async {
        for name in names {
            tree.create(name).await.expect("created");
        }
        tree.retire(&names[..1]).await.expect("retired").destroyed().await.expect("destroyed");
    });
    drop(tree);
    let tree = waiting(&machine, LONG);
    let left = runtime().block_on(tree.retire(&names)).expect("retired");
    drop(tree);
    runtime().block_on(left.destroyed()).expect("destroyed when the tree closed");
    assert!(runtime().block_on(waiting(&machine, LONG).get(names[1])).expect("read").is_none());
}

#[test]
fn a_name_can_be_used_again_and_the_old_key_does_not_come_back() {
    let machine = Machine::default();
    let tree = waiting(&machine, LONG);
    runtime().block_on(async {
        let old = tree.create(name(1)).await.expect("created");
        let retired = tree.retire(&[name(1)]).await.expect("retired");
        let new = tree.get_or_create(name(1)).await.expect("created again");
        retired.destroyed().await.expect("destroyed");
        assert_ne!(bytes(&old), bytes(&new));
        let copy = open(&machine.copy()).expect("a copy");
        assert_eq!(copy.get(name(1)).await.expect("read").map(|k| bytes(&k)), Some(bytes(&new)));
    });
}

#[test]
fn what_cannot_be_destroyed_is_told_stays_out_of_reach_and_goes_later() {
    let machine = Machine::default();
    let tree = waiting(&machine, LONG);
    runtime().block_on(async {
        for number in 0..3 {
            tree.create(name(number)).await.expect("created");
        }
        let retired = tree.retire(&[name(1)]).await.expect("retired");
        machine.fail(true);
        assert!(matches!(tree.remove(&[name(2)]).await, Err(KeyError::Io(_))));
        assert!(matches!(retired.destroyed().await, Err(KeyError::Io(_))));
        assert!(matches!(tree.get_or_create(name(1)).await, Err(KeyError::Retiring)));
        machine.fail(false);
        assert!(tree.get(name(1)).await.expect("read").is_none());
        assert!(tree.get(name(2)).await.expect("read").is_some(), "a removal that failed changed nothing");
        let again = tree.retire(&[name(1)]).await.expect("retired again");
        tree.rotate().await.expect("rotated");
        again.destroyed().await.expect("destroyed");
        assert!(open(&machine.copy()).expect("a copy").get(name(1)).await.expect("read").is_none());
    });
}

fn member(number: u8) -> KeyName {
    // As `people` makes them: bytes that look random.
    let label = std::array::from_fn(|i| number.wrapping_mul(151).wrapping_add((i as u8).wrapping_mul(37)) ^ 0xA5);
    KeyName { purpose: Purpose::Member, label }
}

fn lies_open(machine: &Machine, label: &[u8]) -> bool {
    let all = ["slot", "tree"].into_iter().flat_map(|folder| machine.files(folder));
    all.into_iter().any(|(file, content)| {
        let spelled: String = label[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        content.windows(label.len()).any(|w| w == label) || file.contains(&spelled)
    })
}

#[test]
fn a_label_is_nowhere_outside_sealed_parts() {
    let machine = Machine::default();
    let tree = waiting(&machine, LONG);
    for number in 0..60 {
        runtime().block_on(async {
            tree.create(member(number)).await.expect("created");
            if number % 5 == 4 {
                tree.remove(&[member(number - 2)]).await.expect("removed");
            }
        });
        for label in (0..=number).map(|n| member(n).label) {
            assert!(!lies_open(&machine, &label[..6]), "a label lies open");
        }
    }
    // The search can succeed.
    machine.put("tree", "beside", [b"x", &member(7).label[..]].concat());
    assert!(lies_open(&machine, &member(7).label[..6]));
    assert!(!format!("{:?}", member(7)).contains(&format!("{}", member(7).label[0])));
}

#[test]
fn no_file_is_chosen_by_a_label() {
    let leaves: BTreeSet<String> = (0..24)
        .map(|_| {
            let machine = Machine::default();
            let tree = open(&machine).expect("fresh tree");
            // One more than fit into the tree file, so that all move.
            for number in 0..4 {
                runtime().block_on(tree.create(member(number))).expect("created");
            }
            let files = machine.files("tree").into_keys();
            files.filter(|f| f.starts_with("leaf-")).map(|f| f[..7].to_owned()).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert!(leaves.len() > 1, "the same names always lie in the same files");
}
