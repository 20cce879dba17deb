//! The mirror: what opens by it alone, at every moment.

use super::*;
use crate::tree::Mirrored;

fn with_mirror(machine: &Machine, mirror: &Machine) -> Result<TreeKeys, KeyError> {
    let slot = FileSlot::on(machine.folder("slot"), "slot")?;
    let options = TreeOptions { young_keys: YOUNG_KEYS, ..TreeOptions::default() };
    TreeKeys::mirrored(machine.folder("tree"), Some(mirror.folder("mirror")), Arc::new(slot), options)
}

/// The tree that the mirror alone gives, with the slot as it is.
fn by_mirror(machine: &Machine, mirror: &Machine) -> Result<TreeKeys, KeyError> {
    let slot = FileSlot::on(machine.copy().folder("slot"), "slot")?;
    let options = TreeOptions { young_keys: YOUNG_KEYS, ..TreeOptions::default() };
    TreeKeys::on(mirror.copy().folder("mirror"), Arc::new(slot), options)
}

#[test]
fn whatever_step_is_the_last_the_mirror_alone_opens_everything() {
    let runtime = runtime();
    let whole = Machine::default();
    runtime.block_on(script_with(&whole, Some(whole.folder("mirror"))));
    for stop in 1..=whole.steps() {
        for seed in 0..3 {
            let machine = Machine::default();
            machine.stop_after(stop);
            let known = runtime.block_on(script_with(&machine, Some(machine.folder("mirror"))));
            let machine = machine.restarted(&mut Chance(stop * 1000 + seed));
            match by_mirror(&machine, &machine) {
                Ok(tree) => runtime.block_on(check_known(&tree, &known)),
                Err(error) => assert!(known.created.is_empty(), "step {stop} seed {seed}: {error:?}"),
            }
            for root in &known.dead {
                let mirrored = machine.files("mirror").into_values();
                assert!(!mirrored.into_iter().any(|file| file.windows(32).any(|w| w == root)));
            }
            // The first folder alone is as good as it was without a mirror.
            let tree = with_mirror(&machine, &machine).expect("opened");
            runtime.block_on(check_known(&tree, &known));
            assert_eq!(tree.state().mirror, Mirrored::Current);
        }
    }
}

#[tokio::test]
async fn a_mirror_that_fails_for_a_while_keeps_nobody_from_anything_and_catches_up() {
    let (machine, mirror) = (Machine::default(), Machine::default());
    let tree = with_mirror(&machine, &mirror).expect("fresh tree");
    let mut known = Known::default();
    for number in 0..12 {
        known.created.insert(name(number), bytes(&tree.create(name(number)).await.expect("a key")));
    }
    mirror.fail(true);
    for number in 12..20 {
        known.created.insert(name(number), bytes(&tree.create(name(number)).await.expect("a key")));
    }
    tree.remove(&[name(1), name(13)]).await.expect("removed");
    known.removed.extend([name(1), name(13)]);
    assert_eq!(tree.state().mirror, Mirrored::Behind);
    assert!(by_mirror(&machine, &mirror).is_err(), "its root is gone");
    mirror.fail(false);
    known.created.insert(name(30), bytes(&tree.create(name(30)).await.expect("a key")));
    assert_eq!(tree.state().mirror, Mirrored::Current);
    check_known(&by_mirror(&machine, &mirror).expect("opened"), &known).await;
}

#[tokio::test]
async fn another_trees_mirror_is_refused_and_left_as_it_is() {
    let (machine, mirror) = (Machine::default(), Machine::default());
    drop(with_mirror(&machine, &mirror).expect("fresh tree"));
    let before = mirror.files("mirror");
    let other = Machine::default();
    assert!(matches!(with_mirror(&other, &mirror), Err(KeyError::OtherMirror)));
    assert_eq!(mirror.files("mirror"), before);
}

#[tokio::test]
async fn a_copy_opens_until_a_key_is_removed() {
    let home = tempfile::tempdir().expect("a folder");
    let [keys, slot, copy] = ["keys", "slot", "copy"].map(|name| home.path().join(name));
    let open = |dir: &std::path::Path, slot: &std::path::Path| {
        TreeKeys::open(dir, Arc::new(FileSlot::open(slot)?), TreeOptions::default())
    };
    let tree = open(&keys, &slot).expect("fresh tree");
    let key = tree.create(name(1)).await.expect("a key");
    tree.create(name(2)).await.expect("a key");
    tree.copy_to(&copy).await.expect("copied");
    let early = home.path().join("early");
    std::fs::copy(&slot, &early).expect("copied");
    let again = open(&copy, &early).expect("opened");
    assert_eq!(again.get(name(1)).await.expect("read").map(|k| bytes(&k)), Some(bytes(&key)));
    drop(again);
    tree.remove(&[name(2)]).await.expect("removed");
    let late = home.path().join("late");
    std::fs::copy(&slot, &late).expect("copied");
    assert!(matches!(open(&copy, &late), Err(KeyError::WrongSlot)));
    tree.copy_to(&copy).await.expect("copied");
    assert!(open(&copy, &late).is_ok());
}
