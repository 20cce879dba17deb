//! Writing every level anew: nothing that opened the tree before opens what comes after, and nobody waits.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::Semaphore;

use super::*;
use crate::tree::attack::{Copies, reach};
use crate::tree::{Now, PurposeState};

fn roots(machine: &Machine) -> Vec<Root> {
    let slot = FileSlot::on(machine.folder("slot"), "slot").expect("slot");
    runtime().block_on(slot.read()).expect("a root")
}

#[test]
fn keys_of_every_level_are_fresh_and_data_keys_stay() {
    let machine = Machine::default();
    let tree = open(&machine).expect("fresh tree");
    let mut data = BTreeSet::new();
    for number in 0..40 {
        data.insert(bytes(&runtime().block_on(tree.create(name(number))).expect("created")));
    }
    let (before, old) = (machine.files("tree"), roots(&machine));
    let inside = reach(&before.clone().into_iter().collect::<Copies>(), &old).all;
    assert!(data.is_subset(&inside) && inside.len() > data.len() + 8, "buckets' keys are among them");

    runtime().block_on(tree.rotate()).expect("rotated");
    let after: Copies = machine.files("tree").into_iter().collect();
    assert!(after.iter().all(|(file, _)| !before.contains_key(file)), "every file was written anew");
    // Whoever knew every key of the tree's own levels opens nothing of the new state ...
    let known: Vec<Root> = inside
        .iter()
        .map(|key| Root { tree: old[0].tree, epoch: old[0].epoch + 1, key: DataKey::from_bytes(*key) })
        .collect();
    assert!(reach(&after, &known).named.is_empty());
    // ... which the present root opens, and the keys in it are the same.
    let reached = reach(&after, &roots(&machine));
    assert_eq!(reached.named.into_iter().map(|(_, key)| key).collect::<BTreeSet<_>>(), data);
}

/// A slot that replaces its root only when it is let.
struct Slow {
    slot: FileSlot,
    entered: Arc<Semaphore>,
    let_go: Arc<Semaphore>,
}

#[async_trait]
impl Slot for Slow {
    fn about(&self) -> SlotAbout {
        self.slot.about()
    }

    async fn read(&self) -> Result<Vec<Root>, KeyError> {
        self.slot.read().await
    }

    async fn replace(&self, root: &Root) -> Result<(), KeyError> {
        self.entered.add_permits(1);
        self.let_go.acquire().await.expect("open").forget();
        self.slot.replace(root).await
    }
}

#[test]
fn others_read_and_retire_while_the_root_is_replaced() {
    let machine = Machine::default();
    let (entered, let_go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(1)));
    let slot = FileSlot::on(machine.folder("slot"), "slot").expect("slot");
    let slot = Arc::new(Slow { slot, entered: entered.clone(), let_go: let_go.clone() });
    let tree = TreeKeys::on(machine.folder("tree"), slot, TreeOptions::default()).expect("fresh tree");
    runtime().block_on(async {
        entered.acquire().await.expect("open").forget();
        for number in 0..8 {
            tree.create(name(number)).await.expect("created");
        }
        let during = async {
            entered.acquire().await.expect("open").forget();
            assert!(tree.get(name(1)).await.expect("read").is_some());
            let retired = tree.retire(&[name(2)]).await.expect("retired");
            assert!(tree.get(name(2)).await.expect("read").is_none());
            let_go.add_permits(2);
            retired
        };
        let (rotated, retired) = tokio::join!(tree.rotate(), during);
        rotated.expect("rotated");
        // It was in what was being written, so that root does not do: a further one is needed.
        assert_eq!((tree.state().epoch, tree.state().retired), (2, 1));
        tree.remove(&[name(3)]).await.expect("removed");
        retired.destroyed().await.expect("destroyed");
        assert_eq!((tree.state().epoch, tree.state().retired), (3, 0));
    });
    drop(tree);
    assert!(runtime().block_on(open(&machine).expect("opened").get(name(2))).expect("read").is_none());
}

#[test]
fn a_tree_tells_ages_and_how_long_an_escrow_copy_may_exist() {
    const DAY_S: u64 = 86_400;
    let machine = Machine::default();
    let at = Arc::new(AtomicU64::new(20_000 * DAY_S + 125));
    let clock = at.clone();
    let now = Now::told_by(move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst)));
    let open = || {
        let slot = FileSlot::on(machine.folder("slot"), "slot").expect("slot");
        let escrow_window = Duration::from_secs(7 * DAY_S);
        let options = TreeOptions { now: now.clone(), escrow_window, young_keys: 2, ..TreeOptions::default() };
        TreeKeys::on(machine.folder("tree"), Arc::new(slot), options).expect("opened")
    };
    let tree = open();
    let second = |s| SystemTime::UNIX_EPOCH + Duration::from_secs(s);
    runtime().block_on(async {
        tree.create(name(1)).await.expect("created");
        tree.create(name(2)).await.expect("created");
        at.fetch_add(3 * DAY_S, Ordering::SeqCst);
        tree.create(name(3)).await.expect("created");
        tree.create(name(5)).await.expect("created");
    });
    assert_eq!(tree.state().replaced, Some(second(20_003 * DAY_S + 120)), "to the minute");
    drop(tree);
    at.fetch_add(DAY_S, Ordering::SeqCst);
    let tree = open();
    let of = |purpose, keys, oldest, youngest| PurposeState {
        purpose,
        keys,
        oldest_days: Some(oldest),
        youngest_days: Some(youngest),
    };
    assert_eq!(tree.state().purposes, [of(Purpose::Segment, 3, 4, 1), of(Purpose::File, 1, 4, 4)]);
    assert_eq!(tree.recoverable_until(second(100)), second(100 + 7 * DAY_S));
    assert_eq!(MemoryKeys::default().recoverable_until(second(100)), second(100));
}
