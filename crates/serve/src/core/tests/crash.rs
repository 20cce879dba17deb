//! A server that is killed at any step of forgetting somebody, closing the day and compacting it goes on as if nothing had
//! happened: what is left is the same, and nobody else loses anything.
//!
//! The life that is killed is this test's own program, run again under `strace`, which ends it with the N-th call that
//! changes the disk. `CUTS` sets how many of these places are tried.

use std::path::Path;
use std::process::{Command, Stdio};

use outis_keys::Purpose;
use outis_people::Mode;
use tempfile::TempDir;

use super::loot::Loot;
use super::members::{ANNA, Dump, Life};
use super::town::{Town, copy_folder};

/// Calls that change the disk.
const CALLS: &str = "pwrite64,write,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,ftruncate";
/// Places of `make test`, of both modes together.
const CUTS: usize = 12;
/// Tells the program that is run again where it lives, how she goes, and which file it writes when she is gone.
const FOLDER: &str = "OUTIS_TEST_CUT_SHORT";
const MODE: &str = "OUTIS_TEST_MODE";
/// When she goes, and when her day is closed and compacted.
const BEFORE: &str = "2026-11-24T09:00:00Z";
const AFTER: &str = "2026-11-25T08:00:00Z";

fn mode(text: &str) -> Mode {
    if text == "delete" { Mode::Delete } else { Mode::Fold }
}

/// What the life that may be killed does.
#[test]
#[ignore = "run by the test that kills it"]
fn a_life_that_may_be_cut_short() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    // Few threads, so that each makes many of the calls.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(4).build();
    runtime.expect("a runtime").block_on(async {
        let town = Town::reopen(&folder.join("data"), BEFORE).await;
        leave(&town, mode(&std::env::var(MODE).expect("a mode"))).await;
        std::fs::write(folder.join("left"), "").expect("written");
        end(&town).await;
    });
}

async fn leave(town: &Town, mode: Mode) {
    super::members::leave(town, &ANNA, mode).await;
}

async fn end(town: &Town) {
    town.until(AFTER).await;
    town.core.settle().await.expect("settled");
}

/// Runs the life in a folder; `killed_at` is the call with which it ends. Gives what `strace` told of calls.
fn live(folder: &Path, mode: &str, killed_at: Option<usize>) -> String {
    let log = folder.join("calls");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "--seccomp-bpf", "-o"]).arg(&log).args(["-e", &format!("trace={CALLS}")]);
    if let Some(at) = killed_at {
        command.args(["-e", &format!("inject={CALLS}:signal=SIGKILL:when={at}")]);
    }
    command.arg(std::env::current_exe().expect("this program"));
    command.args(["--exact", "core::tests::crash::a_life_that_may_be_cut_short", "--ignored"]);
    command.env(FOLDER, folder).env(MODE, mode).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let ended = command.status().expect("strace runs");
    // Once in a while a thread makes a call less, and the life ends as it would.
    assert!(ended.success() || killed_at.is_some(), "it ended by itself");
    std::fs::read_to_string(log).unwrap_or_default()
}

/// The most calls of any one thread: each thread counts its own.
fn most_calls(log: &str) -> usize {
    let mut calls = std::collections::HashMap::new();
    for line in log.lines().filter(|line| line.contains('(')) {
        *calls.entry(line.split_whitespace().next()).or_insert(0) += 1;
    }
    calls.into_values().max().unwrap_or(0)
}

fn copy_of(prepared: &Path) -> TempDir {
    let folder = tempfile::tempdir().expect("folder");
    copy_folder(prepared, &folder.path().join("data"));
    folder
}

/// What is left of a life that was killed, after it went on; and whether she was gone when it was.
async fn left(prepared: &Path, name: &str, killed_at: usize) -> (Dump, bool) {
    let folder = copy_of(prepared);
    live(folder.path(), name, Some(killed_at));
    let was_gone = folder.path().join("left").exists();
    let town = Town::reopen(&folder.path().join("data"), if was_gone { AFTER } else { BEFORE }).await;
    if !was_gone {
        // Who asked was not answered, and asks again.
        leave(&town, mode(name)).await;
    }
    end(&town).await;
    (dump(prepared, town).await, was_gone)
}

/// Everything that opens; and of the copy from before she went, nothing of her may.
async fn dump(prepared: &Path, town: Town) -> Dump {
    let mut life = Life { town, secret: String::new() };
    let copy = life.town.copy(true);
    let loot = Loot::of(&[prepared.to_owned(), copy.clone()], &[&copy]).await;
    assert!(loot.keys(Purpose::Member).is_empty(), "a key of hers is reached from a copy");
    assert!(loot.keys(Purpose::Job).is_empty(), "a job is left");
    life.dump().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "says that the test could not run")]
async fn whenever_the_server_is_killed_it_goes_on_and_the_same_is_left() {
    if Command::new("strace").arg("-V").output().is_err() {
        return eprintln!("skipped: strace is not installed");
    }
    let cuts = std::env::var("CUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(CUTS);
    let mut life = Life::begin().await;
    life.come(Some(&ANNA), &[true, true]).await;
    life.town.core.settle().await.expect("settled");
    let prepared = life.town.copy(true);
    let (mut killed_before, mut killed_after) = (0, 0);
    for name in ["fold", "delete"] {
        let folder = copy_of(&prepared);
        let most = most_calls(&live(folder.path(), name, None));
        let whole = dump(&prepared, Town::reopen(&folder.path().join("data"), AFTER).await).await;
        assert!(whole["rows"].len() > 100 && whole["history"].len() > 100, "there is something to compare");
        let places = (cuts / 2).clamp(1, most);
        for place in 0..places {
            let at = 1 + place * most / places;
            let (cut, was_gone) = left(&prepared, name, at).await;
            killed_after += usize::from(was_gone);
            killed_before += usize::from(!was_gone);
            for (store, left) in &whole {
                assert_eq!(*left, cut[store], "{name}, killed at {at} of {most}: {store}");
            }
        }
    }
    assert!(
        cuts < 4 || killed_before > 0 && killed_after > 0,
        "{killed_before} before she was gone, {killed_after} after"
    );
}
