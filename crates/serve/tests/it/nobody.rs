//! Forgetting somebody who is no member does to the disk what forgetting a member does.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::members::{Application, SITE, call, library, view};
use super::server::{Place, Server};

/// Of each kind; the middle of them is compared, since jobs of the server write now and then.
const TRIES: usize = 21;
const CALLS: [&str; 6] = ["fsync", "fdatasync", "pwrite64", "rename", "unlink", "openat"];

/// How often each call was made.
type Counts = BTreeMap<&'static str, usize>;

fn tracer(log: &Path) -> Vec<String> {
    let trace = "trace=fsync,fdatasync,pwrite64,rename,renameat,renameat2,unlink,unlinkat,openat";
    ["strace", "-f", "-qq", "-o", &log.display().to_string(), "-e", trace].map(str::to_owned).into()
}

fn counts(log: &Path) -> Counts {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let of = |call: &'static str| {
        // `renameat2(` is counted as a rename; `<... fsync resumed>` is the end of one that is counted already.
        let is_one = |line: &&str| {
            let told = line.split_whitespace().nth(1).unwrap_or_default();
            told.starts_with(call) && (call != "openat" || line.contains("O_CREAT"))
        };
        (call, text.lines().filter(is_one).count())
    };
    CALLS.into_iter().map(of).collect()
}

async fn forget(server: &Server, token: &str, who: &str) -> Duration {
    let begun = Instant::now();
    let path = format!("/api/v1/people/{who}/forget?site={SITE}");
    assert_eq!(call(server, token, "POST", &path, json!({ "mode": "fold" })).await.status, 200);
    begun.elapsed()
}

/// Members who were here today, and a server that was started anew since.
async fn town(members: usize) -> (Place, String) {
    let (place, server, token, application) = library().await;
    for n in 0..members {
        joins(&server, &application, &format!("member-{n}")).await;
    }
    server.stop();
    (place, token)
}

async fn joins(server: &Server, application: &Application, who: &str) {
    let identity = application.token(who, 600);
    assert_eq!(view(server, "20.0.0.1", "/a", Some(&identity)).await, 202);
    assert_eq!(call(server, &identity, "PUT", "/api/v1/people/me/likes/guide", Value::Null).await.status, 204);
}

/// The middle of what was counted for each call.
fn middle(mut all: Vec<Counts>) -> Counts {
    let mut of = |call: &'static str| {
        all.sort_by_key(|counts| counts[call]);
        (call, all[all.len() / 2][call])
    };
    CALLS.map(&mut of).into_iter().collect()
}

#[tokio::test]
async fn the_disk_is_told_the_same_of_nobody_and_of_a_member() {
    if Command::new("strace").arg("-V").output().is_err() {
        return;
    }
    let (place, token) = town(TRIES).await;
    let log = place.dir.path().join("calls");
    let mut server = place.launch(&tracer(&log));
    assert!(server.is_up().await, "{}", server.log());
    let (mut somebody, mut nobody) = (Vec::new(), Vec::new());
    for n in 0..TRIES {
        for (who, seen) in [(format!("member-{n}"), &mut somebody), (format!("nobody-{n}"), &mut nobody)] {
            let before = counts(&log);
            forget(&server, &token, &who).await;
            let after = counts(&log);
            seen.push(CALLS.map(|call| (call, after[call] - before[call])).into_iter().collect());
        }
    }
    let (mut somebody, mut nobody) = (middle(somebody), middle(nobody));
    assert!(somebody["fdatasync"] + somebody["fsync"] > 4, "the tracer sees what is done: {somebody:?}");
    // How many pages of a database a row touches depends on what lies beside it: a few, none of which is synced singly.
    let pages = [&mut somebody, &mut nobody].map(|counts| counts.remove("pwrite64").unwrap_or_default());
    assert!(pages[0].abs_diff(pages[1]) <= 8, "{pages:?}");
    assert_eq!(somebody, nobody);
}

#[tokio::test]
#[ignore = "a measurement: cargo test -p outis-serve --test it nobody -- --ignored --nocapture"]
async fn how_long_it_takes() {
    let tries = 300;
    let (place, token) = town(tries).await;
    let server = place.start().await;
    let (mut somebody, mut nobody) = (Vec::new(), Vec::new());
    for n in 0..tries {
        // Whichever comes first may find other caches: they take turns.
        let [member, other] = [format!("member-{n}"), format!("nobody-{n}")];
        if n % 2 == 0 {
            somebody.push(forget(&server, &token, &member).await);
            nobody.push(forget(&server, &token, &other).await);
        } else {
            nobody.push(forget(&server, &token, &other).await);
            somebody.push(forget(&server, &token, &member).await);
        }
    }
    // How often a member takes longer than nobody, over all pairs: one half if time tells nothing (Mann and Whitney).
    let longer: f64 = somebody.iter().flat_map(|a| nobody.iter().map(move |b| f64::from(u8::from(a > b)))).sum();
    let share = longer / (tries * tries) as f64;
    let spread = ((2 * tries + 1) as f64 / (12.0 * (tries * tries) as f64)).sqrt();
    for (name, times) in [("somebody", &mut somebody), ("nobody", &mut nobody)] {
        times.sort();
        say(&format!("{name}: p50 {:?}, p95 {:?}", times[tries / 2], times[tries * 95 / 100]));
    }
    say(&format!("a member takes longer than nobody in {share:.3} of pairs (0.5 +- {:.3} by chance)", 2.0 * spread));
}

#[expect(clippy::print_stderr, reason = "a measurement tells its figures")]
fn say(line: &str) {
    eprintln!("{line}");
}
