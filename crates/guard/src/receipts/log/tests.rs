//! The log on a simulated disk: stopped at every step, cut, forked, put back, and looked at by a spy.

use std::collections::BTreeMap;

use outis_keys::{KeyName, MemoryKeys, Purpose};
use tokio::runtime::Runtime;

use super::*;
use crate::receipts::disk::sim::{Chance, Machine};
use crate::receipts::folder::append;
use crate::receipts::merkle::extends;
use crate::receipts::receipt::Mode;
use crate::receipts::schedule::DAY_MS;
use crate::receipts::state::STATE;
use crate::receipts::{Appended, Text};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Noon of a day.
fn noon(day: i64) -> Timestamp {
    Timestamp(day * DAY_MS + 12 * HOUR_MS)
}

/// A log on a machine, with keys that outlive crashes.
struct Place {
    runtime: Runtime,
    keys: Arc<MemoryKeys>,
    schedule: Schedule,
}

impl Place {
    fn new(schedule: Schedule) -> Place {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        Place { runtime, keys: Arc::default(), schedule }
    }

    fn open_as(&self, machine: &Machine, name: &str) -> Result<ReceiptLog, LogError> {
        let disks = [machine.folder("log"), machine.folder("private")];
        let options = LogOptions { origin: Origin::new(name).expect("name"), schedule: self.schedule.clone() };
        ReceiptLog::on(disks, self.keys.clone(), self.runtime.handle().clone(), options, noon(0))
    }

    fn open(&self, machine: &Machine) -> Result<ReceiptLog, LogError> {
        self.open_as(machine, "example.org/log")
    }

    fn key_names(&self) -> Vec<KeyName> {
        self.runtime.block_on(self.keys.list(Purpose::Receipt)).expect("keys")
    }
}

fn small() -> Schedule {
    Schedule::new(&[3], 8).expect("schedule")
}

fn statement() -> Statement {
    let policy_version = Text::new("policy of the test").expect("text");
    Statement {
        policy_version,
        build_hash: [7; 32],
        mode: Mode::Delete,
        stores: Vec::new(),
        sinks: Vec::new(),
        recoverable_until: None,
        exceptions: Vec::new(),
    }
}

fn issue(log: &ReceiptLog, day: i64) -> Result<SubjectCopy, LogError> {
    log.0.lock().issue(statement(), noon(day))
}

fn tick(log: &ReceiptLog, day: i64) -> Result<Option<Appended>, LogError> {
    log.0.lock().tick(noon(day))
}

fn progress(log: &ReceiptLog, leaf: Leaf) -> Progress {
    log.0.lock().progress(leaf).expect("read")
}

/// How often a leaf is in the log.
fn times(machine: &Machine, leaf: Leaf) -> usize {
    let bundles = machine.files("log").into_iter().filter(|(path, _)| path.starts_with("tile/entries/"));
    // Of parts of one bundle the longest has all.
    let mut longest: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (path, bytes) in bundles.filter(|(path, _)| !path.ends_with(".new")) {
        let number = path.split(".p/").next().unwrap_or_default().to_owned();
        let kept = longest.entry(number).or_default();
        if bytes.len() > kept.len() {
            *kept = bytes;
        }
    }
    longest.values().flat_map(|bytes| bytes.chunks(34)).filter(|entry| entry[2..] == leaf.0).count()
}

fn seen_head(machine: &Machine, key: &VerifierKey) -> Option<Head> {
    let bytes = machine.files("log").get(CHECKPOINT)?.clone();
    Some(Head::of(&Note::parse(&bytes).expect("a checkpoint is never half there"), key).expect("and always signed"))
}

#[derive(Default)]
struct Seen {
    issued: Vec<Leaf>,
    heads: Vec<Head>,
    key: Option<VerifierKey>,
}

/// Three days of a log, as far as the machine goes.
fn live(place: &Place, machine: &Machine, seen: &mut Seen) -> Result<(), LogError> {
    let log = place.open(machine)?;
    seen.key = Some(log.verifier_key());
    for day in 0..3 {
        for _ in 0..day + 1 {
            seen.issued.push(issue(&log, day)?.leaf());
        }
        seen.heads.extend(tick(&log, day + 1)?.map(|appended| appended.head));
    }
    Ok(())
}

/// Whatever was said before the stop still holds after it.
fn nothing_is_lost(place: &Place, machine: &Machine, seen: &Seen) {
    let log = place.open(machine).expect("opens after any stop");
    assert!(seen.key.as_ref().is_none_or(|key| *key == log.verifier_key()), "the key stays");
    let last = tick(&log, 9).expect("appended").expect("due").head;
    for leaf in &seen.issued {
        assert_eq!(times(machine, *leaf), 1);
        let Progress::InLog(proof) = progress(&log, *leaf) else { panic!("a receipt is lost") };
        assert_eq!(proof.verify(&leaf.0, &log.verifier_key()), Ok(last));
    }
    for old in seen.heads.iter().filter(|head| head.size > 0) {
        let path = log.0.lock().consistency(old.size, last).expect("read");
        assert!(extends((old.size, old.root), (last.size, last.root), &path), "two histories were signed");
    }
    assert_eq!(place.key_names().len(), 1);
    drop(log);
    place.open(machine).expect("and opens again");
}

#[test]
fn a_stop_at_any_step_loses_nothing_and_signs_no_two_histories() {
    let steps = {
        let (place, machine) = (Place::new(small()), Machine::default());
        live(&place, &machine, &mut Seen::default()).expect("three days");
        machine.steps()
    };
    for stop in 1..=steps {
        for seed in 0..4 {
            let (place, machine) = (Place::new(small()), Machine::default());
            let mut seen = Seen::default();
            machine.stop_after(stop);
            live(&place, &machine, &mut seen).expect_err("stopped");
            assert!(machine.stopped());
            // What was seen may have been read by anybody, also if it did not last.
            if let Some(key) = &seen.key {
                seen.heads.extend(seen_head(&machine, key));
            }
            // Killed, or without power.
            let after = if seed == 0 { machine.copy() } else { machine.restarted(&mut Chance(stop * 8 + seed)) };
            // A log that never said anything may begin anew.
            if seen.key.is_none() {
                seen.issued.clear();
            }
            nothing_is_lost(&place, &after, &seen);
        }
    }
}

#[test]
fn a_disk_that_fails_for_a_while_delays_only() {
    let (place, machine) = (Place::new(small()), Machine::default());
    let log = place.open(&machine).expect("log");
    let first = issue(&log, 0).expect("issued").leaf();
    machine.break_folder(Some("log"));
    tick(&log, 1).expect_err("no batch");
    let second = issue(&log, 1).expect("people are forgotten all the same").leaf();
    assert_eq!([progress(&log, first), progress(&log, second)], [Progress::Signed, Progress::Signed]);
    machine.break_folder(Some("private"));
    tick(&log, 1).expect_err("not kept that it is done");
    issue(&log, 1).expect_err("not kept");
    machine.break_folder(None);
    let third = issue(&log, 1).expect("issued").leaf();
    tick(&log, 1).expect("completed");
    tick(&log, 2).expect("appended");
    for leaf in [first, second, third] {
        assert_eq!(times(&machine, leaf), 1);
    }
    assert_eq!(place.key_names().len(), 1);
}

#[test]
fn batches_come_at_their_times_whether_anybody_left_or_not() {
    let (place, machine) = (Place::new(small()), Machine::default());
    let log = place.open(&machine).expect("log");
    let key = log.verifier_key();
    assert_eq!(seen_head(&machine, &key), Some(Head::empty()));
    let at = |day: i64, hour: i64| log.0.lock().tick(Timestamp(day * DAY_MS + hour * HOUR_MS)).expect("tick");
    assert_eq!(at(0, 13), None);
    assert_eq!(at(1, 2), None);
    assert_eq!(at(1, 3).map(|a| a.leaves), Some(8));
    assert_eq!(at(1, 4), None);
    // Missed days are one batch.
    assert_eq!(at(5, 1).map(|a| (a.leaves, a.head.size)), Some((8, 16)));
    assert_eq!(at(5, 2), None);
    assert_eq!(at(5, 3).map(|a| a.leaves), Some(8));
    // A clock that is a little behind, or was far ahead for a while.
    assert_eq!(at(5, 2), None);
    assert_eq!(at(5, 3), None);
    assert_eq!(at(40_000, 5).map(|a| a.leaves), Some(8));
    assert_eq!(at(6, 5), None);
    assert_eq!(at(7, 3).map(|a| a.leaves), Some(8));
}

#[test]
fn a_receipt_is_signed_then_in_the_log() {
    let (place, machine) = (Place::new(small()), Machine::default());
    let log = place.open(&machine).expect("log");
    let leaves: Vec<Leaf> = (0..20).map(|_| issue(&log, 0).expect("issued").leaf()).collect();
    assert!(leaves.iter().all(|leaf| progress(&log, *leaf) == Progress::Signed));
    assert_eq!(tick(&log, 1).expect("tick").map(|a| a.leaves), Some(32));
    for leaf in &leaves {
        let Progress::InLog(proof) = progress(&log, *leaf) else { panic!("not in the log") };
        let read = LogProof::parse(proof.to_string().as_bytes()).expect("proof");
        assert!(read.verify(&leaf.0, &log.verifier_key()).is_ok());
        assert!(read.verify(&[0; 32], &log.verifier_key()).is_err());
    }
    assert_eq!(progress(&log, Leaf([0; 32])), Progress::Unknown);
}

#[test]
fn a_log_that_was_changed_is_refused() {
    let (place, machine) = (Place::new(small()), Machine::default());
    let log = place.open(&machine).expect("log");
    tick(&log, 1).expect("appended");
    let early = machine.files("log");
    issue(&log, 1).expect("issued");
    let before = machine.files("private");
    tick(&log, 2).expect("appended").expect("due");
    let key = log.verifier_key();
    let (now, private) = (machine.files("log"), machine.files("private"));
    let forks = [8, 16].map(|from| fork(&log, &machine, from));
    drop(log);
    let opened = |log: &BTreeMap<String, Vec<u8>>, private: &BTreeMap<String, Vec<u8>>| {
        let changed = machine.copy();
        changed.replace("log", log);
        changed.replace("private", private);
        place.open(&changed).map(drop)
    };
    assert!(opened(&now, &private).is_ok(), "the control");
    assert!(matches!(opened(&early, &private), Err(LogError::Truncated { found: 8, appended: 16 })));
    assert!(matches!(opened(&BTreeMap::new(), &private), Err(LogError::Truncated { found: 0, appended: 16 })));
    for (fork, size) in forks.iter().zip([16, 24]) {
        let note = Note::parse(&fork[CHECKPOINT]).expect("note");
        assert_eq!(Head::of(&note, &key).expect("signed by the log's own key").size, size);
        assert!(opened(fork, &private).is_err());
    }
    assert!(matches!(opened(&forks[1], &private), Err(LogError::Forked)));
    // Folder and sealed state put back together, as from a backup.
    assert!(matches!(opened(&early, &before), Err(LogError::StateOld)));
    assert!(matches!(opened(&now, &BTreeMap::new()), Err(LogError::StateMissing)));
    assert!(matches!(opened(&BTreeMap::new(), &BTreeMap::new()), Err(LogError::StateMissing)));
    let mut other = private.clone();
    *other.get_mut(STATE).expect("state").last_mut().expect("bytes") ^= 1;
    assert!(matches!(opened(&now, &other), Err(LogError::StateDamaged)));
    for path in now.keys().filter(|path| **path != CHECKPOINT && !path.ends_with(".p/8")) {
        let mut changed = now.clone();
        changed.get_mut(path).expect("file")[40] ^= 1;
        assert!(matches!(opened(&changed, &private), Err(LogError::Folder(_))), "{path}");
    }
    assert!(matches!(place.open_as(&machine, "example.org/other"), Err(LogError::OtherName)));
}

#[test]
fn nothing_is_signed_that_was_changed_while_the_log_was_open() {
    let (place, machine) = (Place::new(small()), Machine::default());
    let log = place.open(&machine).expect("log");
    tick(&log, 1).expect("appended");
    let leaf = issue(&log, 1).expect("issued").leaf();
    let good = machine.files("log");
    let mut changed = good.clone();
    changed.get_mut("tile/0/000.p/8").expect("tile")[5] ^= 1;
    machine.replace("log", &changed);
    for day in 2..4 {
        assert!(matches!(tick(&log, day), Err(LogError::Folder(_))));
        assert_eq!(machine.files("log"), changed);
    }
    machine.replace("log", &good);
    assert_eq!(tick(&log, 4).expect("appended").map(|a| a.leaves), Some(8));
    assert_eq!(times(&machine, leaf), 1);
}

/// Another history from this size on, signed with the log's own key.
fn fork(log: &ReceiptLog, machine: &Machine, from: u64) -> BTreeMap<String, Vec<u8>> {
    let log = log.0.lock();
    let others: Vec<Leaf> = (0..8).map(|i| Leaf([i; 32])).collect();
    let forked = append(&*log.folder, from, &others).expect("appended");
    let note = Note::sign(forked.head.text(log.signing.verifier()), &log.signing);
    let mut files = machine.files("log");
    files.extend(forked.files);
    files.insert(CHECKPOINT.to_owned(), note.to_string().into_bytes());
    files
}

#[test]
fn another_history_of_the_same_length_is_a_fork() {
    let (place, machine) = (Place::new(small()), Machine::default());
    let log = place.open(&machine).expect("log");
    tick(&log, 1).expect("appended");
    // All files of the true history are there too, only the checkpoint is of the other.
    let mut files = machine.files("log");
    let forked = fork(&log, &machine, 0);
    files.insert(CHECKPOINT.to_owned(), forked[CHECKPOINT].clone());
    drop(log);
    machine.replace("log", &files);
    assert!(matches!(place.open(&machine), Err(LogError::Forked)));
}

/// Names and lengths of all files: what a spy sees who cannot open them.
fn shape(machine: &Machine) -> Vec<(String, usize)> {
    let all = ["log", "private"].map(|folder| machine.files(folder));
    all.iter().flatten().map(|(path, bytes)| (path.clone(), bytes.len())).collect()
}

/// The shape after so many left, before and after the batch.
fn shapes(schedule: &Schedule, receipts: usize) -> [Vec<(String, usize)>; 2] {
    let (place, machine) = (Place::new(schedule.clone()), Machine::default());
    let log = place.open(&machine).expect("log");
    for _ in 0..receipts {
        issue(&log, 0).expect("issued");
    }
    let before = shape(&machine);
    tick(&log, 1).expect("appended");
    [before, shape(&machine)]
}

#[test]
fn nobody_sees_how_many_left() {
    let nobody = shapes(&Schedule::default(), 0);
    for receipts in [1, 5, 63, 64] {
        assert_eq!(shapes(&Schedule::default(), receipts), nobody);
    }
    // The control: without dummies the log's size is their number.
    assert_ne!(shapes(&Schedule::unprotected(), 5)[1], shapes(&Schedule::unprotected(), 1)[1]);
}

fn holds(machine: &Machine, needle: &[u8]) -> bool {
    let all = ["log", "private"].map(|folder| machine.files(folder));
    all.iter().flatten().any(|(_, bytes)| bytes.windows(needle.len()).any(|window| window == needle))
}

#[test]
fn nothing_of_a_receipt_is_kept_but_its_leaf() {
    let (place, machine) = (Place::new(small()), Machine::default());
    let log = place.open(&machine).expect("log");
    let copy = issue(&log, 0).expect("issued");
    let file: serde_json::Value = serde_json::from_str(&copy.to_json()).expect("JSON");
    let told = |at: &str| file.pointer(at).and_then(|value| value.as_str()).expect("text").to_owned();
    let secret = crate::receipts::text::from_base64(&told("/secret")).expect("base64");
    let parts = [told("/receipt/receipt_id"), told("/signature"), told("/secret"), "policy of the test".to_owned()];
    assert!(!holds(&machine, &copy.leaf().0), "waiting leaves are sealed");
    tick(&log, 1).expect("appended");
    assert!(holds(&machine, &copy.leaf().0), "the control: the leaf is found where it is");
    assert!(!holds(&machine, &secret));
    assert!(parts.iter().all(|part| !holds(&machine, part.as_bytes())));
    // Neither inside the seal.
    let kept = log.0.lock().state.clone();
    assert!(kept.waiting.is_empty() && kept.planned.is_empty());
}

#[test]
fn an_old_copy_of_the_queue_tells_nothing_after_its_batch() {
    let (place, machine) = (Place::new(small()), Machine::default());
    let log = place.open(&machine).expect("log");
    issue(&log, 0).expect("issued");
    let copy = machine.copy();
    drop(place.open(&copy).expect("the control: before the batch the copy opens"));
    let names = place.key_names();
    tick(&log, 1).expect("appended");
    assert!(matches!(place.open(&copy), Err(LogError::StateOld)));
    assert!(place.key_names().iter().all(|name| !names.contains(name)));
}

#[test]
fn only_files_of_the_log_are_served() {
    let (place, machine) = (Place::new(small()), Machine::default());
    let log = place.open(&machine).expect("log");
    tick(&log, 1).expect("appended");
    issue(&log, 1).expect("issued");
    machine.break_folder(Some("private"));
    tick(&log, 2).expect_err("stopped");
    machine.break_folder(None);
    // A batch that is on its way: its files may be there, and are not the log's yet.
    log.0.lock().plan(noon(2)).expect("planned");
    let planned = log.0.lock().state.planned.clone();
    let disk = machine.folder("log");
    let batch = append(&*disk, 8, &planned).expect("batch");
    batch.files.iter().for_each(|(path, bytes)| put(&*disk, path, bytes).expect("written"));
    let served = |path: &str| place.runtime.block_on(log.served(path)).expect("read");
    let checkpoint = served("checkpoint").expect("there");
    assert!(!checkpoint.immutable && checkpoint.bytes == machine.files("log")[CHECKPOINT]);
    let bundle = served("tile/entries/000.p/8").expect("there");
    assert!(bundle.immutable && bundle.bytes.len() == 8 * 34);
    assert!(machine.files("log").contains_key("tile/0/000.p/16"));
    for path in [
        "tile/0/000.p/16",
        "tile/entries/000.p/16",
        "tile/0/001",
        "tile/7/000",
        "",
        "receipts.sealed",
        "checkpoint.new",
        "tile/0/000.p/8.new",
        "../private/receipts.sealed",
        "tile/../checkpoint",
        "tile/0/000.p/../../../checkpoint",
        "/etc/passwd",
        "tile/0/%2e%2e/000",
    ] {
        assert_eq!(served(path), None, "{path}");
    }
}
