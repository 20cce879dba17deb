//! Writing every level anew: nothing that opened the tree before opens what comes after, and nobody waits.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::Semaphore;

use super::*;
use crate::disk::Disk;
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

/// A disk on which a tree file is written only when it is let.
struct Gate {
    disk: Arc<dyn Disk>,
    entered: std::sync::mpsc::Sender<()>,
    let_go: Mutex<std::sync::mpsc::Receiver<()>>,
}

impl Disk for Gate {
    fn lock(&self, name: &str) -> io::Result<()> {
        self.disk.lock(name)
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.disk.read(name)
    }
    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if name.starts_with("tree-") {
            let _ = self.entered.send(());
            let _ = self.let_go.lock().recv();
        }
        self.disk.create(name, bytes)
    }
    fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.write_at(name, offset, bytes)
    }
    fn sync(&self, name: &str) -> io::Result<()> {
        self.disk.sync(name)
    }
    fn sync_all(&self, names: &[String]) -> io::Result<()> {
        self.disk.sync_all(names)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }
    fn sync_dir(&self) -> io::Result<()> {
        self.disk.sync_dir()
    }
}

/// Keys 0 to 9 are there and key 1 is being removed; `during` runs while its tree file cannot be written yet.
fn while_files_are_written<F: Future<Output = ()>>(
    machine: &Machine,
    during: impl FnOnce(Arc<TreeKeys>) -> F,
) -> Result<(), KeyError> {
    let (entered, has_entered) = std::sync::mpsc::channel();
    let (go, let_go) = std::sync::mpsc::channel();
    go.send(()).expect("a receiver");
    let disk = Gate { disk: machine.folder("tree"), entered, let_go: Mutex::new(let_go) };
    let slot = FileSlot::on(machine.folder("slot"), "slot").expect("slot");
    let tree = Arc::new(TreeKeys::on(Arc::new(disk), Arc::new(slot), TreeOptions::default()).expect("fresh tree"));
    has_entered.recv().expect("the first tree file");
    let removed = runtime().block_on(async {
        for number in 0..10 {
            tree.create(name(number)).await.expect("created");
        }
        let leaving = [name(1)];
        let removing = tree.remove(&leaving);
        let during = async {
            has_entered.recv().expect("the next tree file");
            during(tree.clone()).await;
            go.send(()).expect("a receiver");
        };
        // The removal is asked for first.
        let (removed, ()) = tokio::join!(removing, during);
        removed
    });
    // Later ones are let through.
    drop(go);
    removed
}

#[test]
fn who_creates_does_not_wait_for_files_that_are_written() {
    let machine = Machine::default();
    let made = Arc::new(Mutex::new(BTreeMap::new()));
    let during = made.clone();
    while_files_are_written(&machine, |tree| async move {
        for number in 30..40 {
            let key = tree.create(name(number)).await.expect("created although files are written");
            during.lock().insert(name(number), bytes(&key));
        }
        let there = tree.get_or_create(name(5)).await.expect("a key that was there");
        during.lock().insert(name(5), bytes(&there));
        assert!(matches!(tree.create(name(6)).await, Err(KeyError::AlreadyExists)));
        // What was created and retired meanwhile is in nothing that comes.
        tree.create(name(40)).await.expect("created");
        drop(tree.retire(&[name(40)]).await.expect("retired"));
    })
    .expect("removed");
    let tree = open(&machine).expect("reopened");
    for (name, key) in made.lock().iter() {
        let found = runtime().block_on(tree.get(*name)).expect("read").map(|k| bytes(&k));
        assert_eq!(found, Some(*key), "a key was lost");
    }
    for gone in [1, 40] {
        assert!(runtime().block_on(tree.get(name(gone))).expect("read").is_none());
    }
    let old: Copies = machine.files("tree").into_iter().collect();
    assert_eq!(reach(&old, &roots(&machine)).named.len(), 9 + 10);
}

#[test]
fn keys_created_meanwhile_survive_a_stop_before_and_after_the_change() {
    let steps = {
        let machine = Machine::default();
        while_files_are_written(&machine, |tree| async move {
            tree.create(name(30)).await.expect("created");
        })
        .expect("removed");
        machine.steps()
    };
    for left in 0..14 {
        let machine = Machine::default();
        let made = Arc::new(Mutex::new(None));
        let (during, stopping) = (made.clone(), machine.clone());
        let removed = while_files_are_written(&machine, |tree| async move {
            let key = tree.create(name(30)).await.expect("created");
            *during.lock() = Some(bytes(&key));
            stopping.stop_after((steps - stopping.steps()).saturating_sub(left).max(1));
        });
        assert!(machine.stopped() && (removed.is_err() || left < 4), "stopped {left} steps before the end");
        for seed in 0..5 {
            let machine = machine.restarted(&mut Chance(left * 10 + seed));
            let tree = open(&machine).expect("a tree");
            let found = runtime().block_on(tree.get(name(30))).expect("read").map(|k| bytes(&k));
            assert_eq!(found, *made.lock(), "a key was lost");
            for number in (0..10).filter(|n| *n != 1) {
                assert!(runtime().block_on(tree.get(name(number))).expect("read").is_some());
            }
        }
    }
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
