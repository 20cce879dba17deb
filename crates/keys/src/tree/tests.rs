//! The tree on a simulated computer: against a model, stopped at every step, damaged at every byte.

mod attack;
mod mirror;
mod nobody;
mod older;
mod retire;
mod rotate;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::disk::Disk;
use crate::disk::sim::{Chance, Machine};
use crate::key::{DataKey, KeyError, KeyName, Keys, Purpose};
use crate::memory::MemoryKeys;
use crate::slot::{FileSlot, Root, Slot, SlotAbout};
use crate::tree::{TreeKeys, TreeOptions};

/// Few keys fit into the tree file, so that buckets are written all the time.
const YOUNG_KEYS: usize = 3;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("runtime")
}

fn open(machine: &Machine) -> Result<TreeKeys, KeyError> {
    let slot = FileSlot::on(machine.folder("slot"), "slot")?;
    TreeKeys::on(
        machine.folder("tree"),
        Arc::new(slot),
        TreeOptions { young_keys: YOUNG_KEYS, ..TreeOptions::default() },
    )
}

fn name(number: u8) -> KeyName {
    let purpose = if number.is_multiple_of(2) { Purpose::File } else { Purpose::Segment };
    KeyName { purpose, label: [number; 16] }
}

fn bytes(key: &DataKey) -> [u8; 32] {
    *key.bytes("test")
}

/// A slot that tells which roots it was given.
struct Told {
    slot: FileSlot,
    roots: Arc<Mutex<Vec<[u8; 32]>>>,
}

#[async_trait]
impl Slot for Told {
    fn about(&self) -> SlotAbout {
        self.slot.about()
    }

    async fn read(&self) -> Result<Vec<Root>, KeyError> {
        self.slot.read().await
    }

    async fn replace(&self, root: &Root) -> Result<(), KeyError> {
        self.roots.lock().push(bytes(&root.key));
        self.slot.replace(root).await
    }
}

#[derive(Clone, Debug)]
enum Act {
    Create(u8),
    Ensure(u8),
    Remove(Vec<u8>),
    Together(Vec<u8>, Vec<u8>),
    Retire(Vec<u8>),
    Rotate,
    Reopen,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let few = || prop::collection::vec(0..24u8, 0..5);
    let act = prop_oneof![
        4 => (0..24u8).prop_map(Act::Create),
        3 => (0..24u8).prop_map(Act::Ensure),
        3 => few().prop_map(Act::Remove),
        2 => (few(), few()).prop_map(|(made, removed)| Act::Together(made, removed)),
        2 => few().prop_map(Act::Retire),
        1 => Just(Act::Rotate),
        1 => Just(Act::Reopen),
    ];
    prop::collection::vec(act, 1..40)
}

/// Runs the same on the tree and on keys in memory; names and outcomes agree, and a key never changes.
async fn agree(acts: Vec<Act>) {
    let (machine, model) = (Machine::default(), MemoryKeys::default());
    let mut known: BTreeMap<KeyName, [u8; 32]> = BTreeMap::new();
    let mut keys = Some(open(&machine).expect("fresh tree"));
    for act in acts {
        let tree = keys.as_ref().expect("open");
        match act {
            Act::Create(n) => {
                let (ours, theirs) = (tree.create(name(n)).await, model.create(name(n)).await);
                assert_eq!(ours.is_ok(), theirs.is_ok());
                if let Ok(key) = ours {
                    assert_eq!(known.insert(name(n), bytes(&key)), None);
                }
            }
            Act::Ensure(n) => {
                let key = tree.get_or_create(name(n)).await.expect("a key");
                model.get_or_create(name(n)).await.expect("a key");
                assert_eq!(*known.entry(name(n)).or_insert(bytes(&key)), bytes(&key));
            }
            Act::Remove(numbers) => {
                let names: Vec<KeyName> = numbers.into_iter().map(name).collect();
                tree.remove(&names).await.expect("removed");
                model.remove(&names).await.expect("removed");
                known.retain(|n, _| !names.contains(n));
            }
            Act::Together(made, removed) => {
                let removed: Vec<KeyName> = removed.into_iter().filter(|n| !made.contains(n)).map(name).collect();
                let made: Vec<KeyName> = made.into_iter().map(name).collect();
                let making = futures_of(made.iter().map(|n| tree.get_or_create(*n)).collect());
                let (found, gone) = tokio::join!(making, tree.remove(&removed));
                gone.expect("removed");
                model.remove(&removed).await.expect("removed");
                known.retain(|n, _| !removed.contains(n));
                for (n, key) in made.iter().zip(found) {
                    model.get_or_create(*n).await.expect("a key");
                    let key = bytes(&key.expect("a key"));
                    assert_eq!(*known.entry(*n).or_insert(key), key);
                }
            }
            Act::Retire(numbers) => {
                let names: Vec<KeyName> = numbers.into_iter().map(name).collect();
                drop(tree.retire(&names).await.expect("retired"));
                model.remove(&names).await.expect("removed");
                known.retain(|n, _| !names.contains(n));
            }
            Act::Rotate => tree.rotate().await.expect("rotated"),
            Act::Reopen => {
                drop(keys.take());
                keys = Some(open(&machine).expect("reopened"));
            }
        }
        let tree = keys.as_ref().expect("open");
        check(tree, &known).await;
        for purpose in [Purpose::File, Purpose::Segment, Purpose::Control] {
            let mut ours = tree.list(purpose).await.expect("names");
            ours.sort();
            assert_eq!(ours, model.list(purpose).await.expect("names"));
        }
    }
}

/// Waits for all of them at once.
async fn futures_of<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        if outputs.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

async fn check(tree: &TreeKeys, known: &BTreeMap<KeyName, [u8; 32]>) {
    for number in 0..24 {
        let found = tree.get(name(number)).await.expect("read").map(|k| bytes(&k));
        assert_eq!(found, known.get(&name(number)).copied());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_tree_does_what_keys_in_memory_do(acts in acts()) {
        runtime().block_on(agree(acts));
    }
}

/// What the caller of a tree knows after it was stopped.
#[derive(Clone, Default)]
struct Known {
    created: BTreeMap<KeyName, [u8; 32]>,
    removed: BTreeSet<KeyName>,
    /// Asked for, without an answer that it is done.
    doubtful: BTreeSet<KeyName>,
    /// Roots that must be nowhere, because a removal was acknowledged after them.
    dead: Vec<[u8; 32]>,
}

/// Makes and removes keys until all is done or the machine stops.
async fn script(machine: &Machine) -> Known {
    script_with(machine, None).await
}

async fn script_with(machine: &Machine, mirror: Option<Arc<dyn Disk>>) -> Known {
    let mut known = Known::default();
    let Ok(slot) = FileSlot::on(machine.folder("slot"), "slot") else { return known };
    let roots = Arc::new(Mutex::new(Vec::new()));
    let slot = Arc::new(Told { slot, roots: roots.clone() });
    let options = TreeOptions { young_keys: YOUNG_KEYS, ..TreeOptions::default() };
    let Ok(tree) = TreeKeys::mirrored(machine.folder("tree"), mirror, slot, options) else { return known };
    let steps: [(&[u8], &[u8]); 6] =
        [(&[1, 2], &[]), (&[3, 4, 5, 6], &[1]), (&[7], &[3, 6]), (&[8], &[]), (&[9, 10], &[7, 10]), (&[11], &[2, 8])];
    for (made, removed) in steps {
        for number in made {
            known.doubtful.insert(name(*number));
            let Ok(key) = tree.create(name(*number)).await else { continue };
            known.doubtful.remove(&name(*number));
            known.created.insert(name(*number), bytes(&key));
        }
        let names: Vec<KeyName> = removed.iter().map(|n| name(*n)).collect();
        known.doubtful.extend(names.iter().copied());
        if !names.is_empty() && tree.remove(&names).await.is_ok() {
            known.doubtful.retain(|n| !names.contains(n));
            known.removed.extend(names);
            let roots = roots.lock();
            known.dead = roots[..roots.len() - 1].to_vec();
        }
    }
    if tree.rotate().await.is_ok() {
        let roots = roots.lock();
        known.dead = roots[..roots.len() - 1].to_vec();
    }
    // Retired keys wait for a minute, or for the next removal.
    let names = [name(4), name(11)];
    known.doubtful.extend(names.into_iter().chain([name(5)]));
    let Ok(retired) = tree.retire(&names).await else { return known };
    if tree.remove(&[name(5)]).await.is_ok() && retired.destroyed().await.is_ok() {
        known.doubtful.retain(|n| !names.contains(n) && *n != name(5));
        known.removed.extend(names.into_iter().chain([name(5)]));
        let roots = roots.lock();
        known.dead = roots[..roots.len() - 1].to_vec();
    }
    known
}

async fn check_known(tree: &TreeKeys, known: &Known) {
    for (name, key) in &known.created {
        let found = tree.get(*name).await.expect("read").map(|k| bytes(&k));
        if known.removed.contains(name) {
            assert_eq!(found, None, "a removed key came back");
        } else if known.doubtful.contains(name) {
            assert!(found.is_none() || found == Some(*key));
        } else {
            assert_eq!(found, Some(*key), "a created key was lost");
        }
    }
}

fn holds(machine: &Machine, secret: &[u8; 32]) -> bool {
    let all = ["slot", "tree"].into_iter().flat_map(|folder| machine.files(folder).into_values());
    all.into_iter().any(|file| file.windows(32).any(|w| w == secret))
}

#[test]
fn whatever_step_is_the_last_nothing_is_lost_and_nothing_comes_back() {
    let runtime = runtime();
    let whole = Machine::default();
    runtime.block_on(script(&whole));
    assert!(whole.steps() > 80, "the script is long enough to mean something");
    for stop in 1..=whole.steps() {
        for seed in 0..6 {
            let machine = Machine::default();
            machine.stop_after(stop);
            let known = runtime.block_on(script(&machine));
            let mut chance = Chance(stop * 1000 + seed);
            let machine = machine.restarted(&mut chance);
            for root in &known.dead {
                assert!(!holds(&machine, root), "an old root is left after step {stop}");
            }
            // The second start may be stopped as well.
            machine.stop_after(1 + chance.below(12));
            drop(open(&machine));
            let machine = machine.restarted(&mut chance);
            let tree = open(&machine).unwrap_or_else(|e| panic!("step {stop} seed {seed}: {e:?}"));
            runtime.block_on(async {
                check_known(&tree, &known).await;
                tree.create(name(50)).await.expect("a tree that can be changed");
                tree.remove(&[name(50)]).await.expect("a tree that can be changed");
            });
            drop(tree);
            let slot = &machine.files("slot")["slot"];
            let block = |i: usize| slot[i * 4096..(i + 1) * 4096].chunks(512).any(|s| s.starts_with(b"OUTISRT\n"));
            assert!(block(0) != block(1), "one root is left");
        }
    }
}

#[test]
fn a_disk_that_fails_for_a_while_loses_nothing() {
    let runtime = runtime();
    for fail_at in 0..20 {
        let machine = Machine::default();
        let tree = open(&machine).expect("fresh tree");
        runtime.block_on(async {
            let mut known = Known::default();
            for number in 0..20 {
                machine.fail(number == fail_at);
                match tree.create(name(number)).await {
                    Ok(key) => known.created.extend([(name(number), bytes(&key))]),
                    Err(error) => assert!(matches!(error, KeyError::Io(_)), "{error:?}"),
                }
            }
            machine.fail(false);
            check_known(&tree, &known).await;
            assert_eq!(known.created.len(), 19);
            tree.remove(&[name(1), name(2)]).await.expect("removed");
            known.removed.extend([name(1), name(2)]);
            drop(tree);
            check_known(&open(&machine).expect("reopened"), &known).await;
        });
    }
}

#[test]
fn after_a_slot_that_failed_keys_are_read_but_not_changed() {
    let runtime = runtime();
    let machine = Machine::default();
    let tree = open(&machine).expect("fresh tree");
    runtime.block_on(async {
        let key = tree.create(name(1)).await.expect("created");
        tree.create(name(2)).await.expect("created");
        // Tree file: create, sync, sync of the folder. Then the slot.
        machine.stop_after(4);
        assert!(matches!(tree.remove(&[name(2)]).await, Err(KeyError::Io(_))));
        assert!(matches!(tree.remove(&[name(2)]).await, Err(KeyError::Unsettled)));
        assert!(matches!(tree.create(name(3)).await, Err(KeyError::Unsettled)));
        assert_eq!(tree.get(name(1)).await.expect("read").map(|k| bytes(&k)), Some(bytes(&key)));
    });
    assert!(machine.stopped());
}

fn scene() -> (Machine, Vec<Option<[u8; 32]>>) {
    let machine = Machine::default();
    let known = runtime().block_on(script(&machine));
    let state = (0..24).map(|n| known.created.get(&name(n)).filter(|_| !known.removed.contains(&name(n))).copied());
    (machine, state.collect())
}

fn state(tree: &TreeKeys) -> Vec<Option<[u8; 32]>> {
    runtime().block_on(async {
        let mut state = Vec::new();
        for number in 0..24 {
            state.push(tree.get(name(number)).await.expect("read").map(|k| bytes(&k)));
        }
        state
    })
}

#[test]
fn every_damaged_byte_is_an_error_or_harmless() {
    let (machine, expected) = scene();
    let mut refused = 0;
    for folder in ["tree", "slot"] {
        for (file, content) in machine.files(folder) {
            // Behind the batches a tree file holds zeros; a sample of them is enough.
            let zeros = content.iter().rev().take_while(|b| **b == 0).count();
            for at in (0..content.len()).filter(|at| *at < content.len() - zeros + 64 || at % 509 == 0) {
                let mut damaged = content.clone();
                damaged[at] ^= 1 << (at % 8);
                let machine = machine.copy();
                machine.put(folder, &file, damaged);
                match open(&machine) {
                    Ok(tree) => assert_eq!(state(&tree), expected, "byte {at} of {file}"),
                    Err(KeyError::Io(error)) => panic!("byte {at} of {file}: {error}"),
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(refused > 1000);
}

#[test]
fn a_shortened_file_is_an_error_or_lacks_only_the_youngest() {
    let (machine, expected) = scene();
    for folder in ["tree", "slot"] {
        for (file, content) in machine.files(folder) {
            for length in (0..content.len()).step_by(7) {
                let machine = machine.copy();
                machine.put(folder, &file, content[..length].to_vec());
                if let Ok(tree) = open(&machine) {
                    let found = state(&tree);
                    assert!(found.iter().zip(&expected).all(|(f, e)| f == e || f.is_none()));
                }
            }
        }
    }
}

#[test]
fn an_old_copy_of_the_folder_opens_no_removed_key() {
    let runtime = runtime();
    let machine = Machine::default();
    let tree = open(&machine).expect("fresh tree");
    runtime.block_on(async {
        for number in 0..12 {
            tree.create(name(number)).await.expect("created");
        }
    });
    for victim in [0, 5, 11] {
        let key = runtime.block_on(tree.get(name(victim))).expect("read").expect("there");
        let before = machine.copy();
        runtime.block_on(tree.remove(&[name(victim)])).expect("removed");

        // The attack can succeed: with the slot of that time the copy opens.
        let control = open(&before.copy()).expect("the old tree under the old slot");
        assert_eq!(state(&control)[usize::from(victim)], Some(bytes(&key)));

        let after = machine.copy();
        for (file, content) in before.files("tree") {
            let (old_tree, everything) = (before.copy(), after.copy());
            everything.put("tree", &file, content);
            old_tree.put("slot", "slot", after.files("slot")["slot"].clone());
            assert!(matches!(open(&old_tree), Err(KeyError::WrongSlot)));
            if let Ok(tree) = open(&everything) {
                assert_eq!(state(&tree)[usize::from(victim)], None);
            }
        }
        let everything = after.copy();
        before.files("tree").into_iter().for_each(|(file, content)| everything.put("tree", &file, content));
        after.files("tree").into_iter().for_each(|(file, content)| everything.put("tree", &file, content));
        let tree = open(&everything).expect("the present tree among old files");
        assert_eq!(state(&tree)[usize::from(victim)], None);
        assert!(!holds(&everything, &bytes(&key)));
    }
}

#[test]
fn a_foreign_slot_and_a_newer_version_are_refused_before_anything_is_written() {
    let (one, _) = scene();
    let (other, _) = scene();
    let tree_file = |m: &Machine| m.files("tree").keys().find(|f| f.starts_with("tree-")).expect("a tree file").clone();
    let newer = |folder: &'static str, file: &str, at: &[usize]| {
        let machine = one.copy();
        let mut content = machine.files(folder)[file].clone();
        at.iter().for_each(|at| content[*at] = 9);
        machine.put(folder, file, content);
        machine
    };
    let foreign = one.copy();
    foreign.put("slot", "slot", other.files("slot")["slot"].clone());
    let emptied = one.copy();
    emptied.put("slot", "slot", Vec::new());
    let sectors: Vec<usize> = (0..16).map(|i| i * 512 + 8).collect();
    let lost = one.copy();
    let rootless = Machine::default();
    rootless.put("slot", "slot", lost.files("slot")["slot"].clone());
    let cases = [
        (foreign, KeyError::WrongSlot),
        (emptied, KeyError::WrongSlot),
        (newer("tree", &tree_file(&one), &[8]), KeyError::Version),
        (newer("slot", "slot", &sectors), KeyError::Version),
        (rootless, KeyError::Damaged("there is a root and no tree")),
    ];
    for (machine, expected) in cases {
        let steps = machine.steps();
        let error = open(&machine).expect_err("refused");
        assert_eq!(error.to_string(), expected.to_string());
        assert_eq!(machine.steps(), steps, "something was written");
    }
}

#[test]
fn creations_that_come_together_share_a_sync() {
    let machine = Machine::default();
    let tree = TreeKeys::on(
        machine.folder("tree"),
        Arc::new(FileSlot::on(machine.folder("slot"), "slot").expect("slot")),
        TreeOptions::default(),
    )
    .expect("fresh tree");
    let before = machine.steps();
    let made = runtime().block_on(futures_of((0..200).map(|n| tree.create(name(n))).collect()));
    assert!(made.iter().all(Result::is_ok));
    let first = machine.steps() - before;
    // Each write is two steps; while one is under way the others gather.
    assert!(first < 200, "{first} steps for 200 keys");
}

#[test]
fn what_a_torn_write_left_is_not_in_the_way_of_later_ones() {
    let machine = Machine::default();
    let open = |machine: &Machine| {
        let slot = FileSlot::on(machine.folder("slot"), "slot").expect("slot");
        TreeKeys::on(machine.folder("tree"), Arc::new(slot), TreeOptions::default()).expect("opened")
    };
    let tree = open(&machine);
    runtime().block_on(tree.create(name(0))).expect("created");
    runtime().block_on(futures_of((1..240).map(|n| tree.create(name(n))).collect()));
    drop(tree);
    // How many writes these are is up to chance. The machine stops in the longest, of which only the last sector reaches
    // the disk.
    let mut torn = machine.files("tree")["tree-0000000000000001"].clone();
    let length = |at: usize| u32::from_le_bytes(torn[at + 4..at + 8].try_into().expect("four bytes")) as usize;
    let batches = (0..torn.len()).step_by(512).filter(|at| torn[*at..].starts_with(b"OKB1"));
    let (from, length) = batches.map(|at| (at, length(at))).max_by_key(|(_, length)| *length).expect("a batch");
    assert!(length > 1024, "a write of several sectors");
    torn[from..from + length - 512].fill(0);
    torn[from + length..].fill(0);
    machine.put("tree", "tree-0000000000000001", torn);
    for number in 245..249 {
        let tree = open(&machine);
        runtime().block_on(tree.create(name(number))).expect("created");
        drop(tree);
        let tree = open(&machine);
        for kept in (0..1).chain(245..=number) {
            assert!(runtime().block_on(tree.get(name(kept))).expect("read").is_some());
        }
    }
}
