//! `kill -9` under load, and faults injected into system calls: every acknowledged event is there, once.
//!
//! Each event has a page of its own, so that the counts by page say of every event whether it is missing or twice.
//! `KILL_CYCLES` sets the number of cycles.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use super::http::send;
use super::server::{AGENT, Place, Server};

const SITE: &str = "example.org";
const SENDERS: usize = 4;
const BATCH: usize = 5;
/// Events of all lives of a test together: each has a page of its own, and a site has room for 200,000.
const EVENTS: usize = 120_000;
/// Cycles of `make test`, of both kinds together.
const CYCLES: usize = 100;
/// System calls that are made to fail or to be the last.
const CALLS: [&str; 5] = ["write", "fdatasync", "fsync", "rename", "unlink"];
const FAULTS: [&str; 3] = ["signal=SIGKILL", "error=EIO", "error=ENOSPC"];

/// What is known of an event by who sent it, who tries again under the same insert id until it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Acknowledged: it must be there once.
    Acknowledged,
    /// Not answered: it may be there once.
    Unknown,
}

#[derive(Default)]
struct Ledger {
    sent: HashMap<String, Fate>,
    next: usize,
}

fn cycles() -> usize {
    std::env::var("KILL_CYCLES").ok().and_then(|n| n.parse().ok()).unwrap_or(CYCLES)
}

fn place() -> (Place, String) {
    // Small segments and quick flushes, so that a short life goes through the whole cycle.
    let place = Place::new().with("flush_seconds", "1").with("low_water_mib", "1");
    place.outis(&["site", "add", SITE, "--floor", "1", "--admission", "1"]);
    let token = place.outis(&["token", "create"]);
    (place, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9() {
    let (place, token) = place();
    let mut ledger = Ledger::default();
    let mut dice = fastrand::Rng::with_seed(7);
    for _ in 0..cycles() / 2 {
        let server = place.start().await;
        let life = Duration::from_millis(50 + dice.u64(..1_450));
        load(&server, &mut ledger, life).await;
        server.kill();
    }
    check(&place, &token, ledger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_faults_of_the_disk() {
    if Command::new("strace").arg("-V").output().is_err() {
        return say("skipped: strace is not installed");
    }
    let (place, token) = place();
    // The tables are made and the lists are read once, so that faults hit the cycle and not only the first start.
    place.start().await.stop();
    let mut ledger = Ledger::default();
    let mut injected = 0;
    for cycle in 0..cycles() / 2 {
        let call = CALLS[cycle % CALLS.len()];
        let fault = FAULTS[(cycle / CALLS.len()) % FAULTS.len()];
        // Spread over the calls of one life; with thousands of cycles, each of them in turn.
        let kinds = CALLS.len() * FAULTS.len();
        let (round, rounds) = (cycle / kinds, (cycles() / 2).div_ceil(kinds));
        let span = if call == "write" { 160 } else { 40 };
        let when = 1 + round * span / rounds;
        let mut server = place.launch(&strace(call, fault, when));
        if server.is_up().await {
            load(&server, &mut ledger, Duration::from_millis(1_600)).await;
            injected += 1;
            server.kill();
        } else {
            // The fault hit the start: the next one must work.
            server.kill();
        }
    }
    assert!(cycles() < 20 || injected * 4 > cycles() / 2, "too few lives were long enough: {injected}");
    check(&place, &token, ledger).await;
}

/// strace that injects a fault into the `when`-th call. Files are written with `pwrite64`; `write` also goes to sockets
/// and event descriptors, which have no disk that could be full, so there only the end of the process is injected.
fn strace(call: &str, fault: &str, when: usize) -> Vec<String> {
    let calls = match call {
        "write" if fault.starts_with("signal") => "write,pwrite64",
        "write" => "pwrite64",
        "rename" => "rename,renameat,renameat2",
        "unlink" => "unlink,unlinkat",
        other => other,
    };
    let mut arguments = vec!["strace".to_owned(), "-f".to_owned(), "-qq".to_owned(), "-o".to_owned()];
    arguments.push("/dev/null".to_owned());
    arguments.push("-e".to_owned());
    arguments.push(format!("trace={calls}"));
    arguments.push("-e".to_owned());
    arguments.push(format!("inject={calls}:{fault}:when={when}"));
    arguments
}

/// Sends events until the life is over or the server is gone.
async fn load(server: &Server, ledger: &mut Ledger, life: Duration) {
    retry(server, ledger).await;
    let over = Arc::new(AtomicBool::new(false));
    let first = Arc::new(AtomicUsize::new(ledger.next));
    let of_life = EVENTS / (cycles() / 2).max(1);
    let pause = life * u32::try_from(SENDERS * BATCH).expect("few") / u32::try_from(of_life.max(1)).expect("bounded");
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..SENDERS {
        senders.spawn(send_events(server.at, over.clone(), first.clone(), sender, pause));
    }
    tokio::time::sleep(life).await;
    // The server is killed while requests are on their way: senders learn of it by their errors.
    over.store(true, Ordering::SeqCst);
    while let Some(sent) = senders.join_next().await {
        ledger.sent.extend(sent.expect("a sender"));
    }
    ledger.next = first.load(Ordering::SeqCst);
}

async fn send_events(
    at: SocketAddr,
    over: Arc<AtomicBool>,
    next: Arc<AtomicUsize>,
    sender: usize,
    pause: Duration,
) -> Vec<(String, Fate)> {
    let mut sent = Vec::new();
    let agent = format!("{AGENT} s{sender}");
    let headers = [("content-type", "application/json"), ("user-agent", agent.as_str())];
    while !over.load(Ordering::SeqCst) {
        let count = if sender == 0 { 1 } else { BATCH };
        let from = next.fetch_add(count, Ordering::SeqCst);
        let pages: Vec<String> = (from..from + count).map(page).collect();
        let answer = send(at, "POST", "/api/v1/events", &headers, body(&pages));
        let fate = match tokio::time::timeout(Duration::from_secs(10), answer).await {
            Ok(Some(answer)) if answer.status.as_u16() == 202 => Fate::Acknowledged,
            // Told to slow down: nothing of it is stored, or the check finds it strange.
            Ok(Some(answer)) if answer.status.as_u16() == 429 => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            Ok(Some(_)) => Fate::Unknown,
            _ => {
                sent.extend(pages.into_iter().map(|page| (page, Fate::Unknown)));
                return sent;
            }
        };
        sent.extend(pages.into_iter().map(|page| (page, fate)));
        tokio::time::sleep(pause).await;
    }
    sent
}

/// Each event has its page as its insert id.
fn body(pages: &[String]) -> String {
    let event = |page: &String| json!({ "name": "pageview", "url": format!("https://{SITE}{page}"), "id": page });
    json!({ "site": SITE, "events": pages.iter().map(event).collect::<Vec<_>>() }).to_string()
}

/// Sends what was not answered again, under the same ids, as senders do.
async fn retry(server: &Server, ledger: &mut Ledger) {
    let unknown = ledger.sent.iter().filter(|(_, fate)| **fate == Fate::Unknown).map(|(page, _)| page.clone());
    let unknown: Vec<String> = unknown.collect();
    let headers = [("content-type", "application/json"), ("user-agent", AGENT)];
    for pages in unknown.chunks(BATCH) {
        let answer = send(server.at, "POST", "/api/v1/events", &headers, body(pages)).await;
        if answer.is_some_and(|answer| answer.status.as_u16() == 202) {
            ledger.sent.extend(pages.iter().map(|page| (page.clone(), Fate::Acknowledged)));
        }
    }
}

/// A page of letters only: numbers would look like ids.
fn page(number: usize) -> String {
    let letters =
        [17_576, 676, 26, 1].map(|place| char::from(b'a' + u8::try_from(number / place % 26).expect("below 26")));
    let high = char::from(b'a' + u8::try_from(number / 456_976 % 26).expect("below 26"));
    format!("/{high}{}", letters.iter().collect::<String>())
}

/// Starts once more, sends again what was not answered, and counts every page.
async fn check(place: &Place, token: &str, mut ledger: Ledger) {
    let server = place.start().await;
    // A sender that is told to slow down waits.
    for _ in 0..120 {
        retry(&server, &mut ledger).await;
        if ledger.sent.values().all(|fate| *fate == Fate::Acknowledged) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let acknowledged = ledger.sent.values().filter(|fate| **fate == Fate::Acknowledged).count();
    assert!(acknowledged > 100, "the load was real: {acknowledged} acknowledged");
    let mut counts: HashMap<String, u64> = HashMap::new();
    let mut offset = 0;
    loop {
        let body = json!({ "site": SITE, "period": { "preset": "7d", "date": tomorrow() }, "metrics": ["pageviews"],
            "dimension": "page", "limit": 1000, "offset": offset, "order": ["key", "asc"] });
        let answer = server.ask(token, "breakdown", body).await;
        let rows = answer["rows"].as_array().expect("rows").clone();
        for row in &rows {
            let page = row["keys"][0].as_str().expect("a page").to_owned();
            counts.insert(page, row["values"][0].as_u64().expect("a count"));
        }
        offset += rows.len();
        if rows.len() < 1000 {
            break;
        }
    }
    assert_eq!(acknowledged, ledger.sent.len(), "everything is acknowledged in the end");
    let missing: Vec<_> = ledger
        .sent
        .iter()
        .filter(|(page, fate)| **fate == Fate::Acknowledged && !counts.contains_key(*page))
        .map(|(page, _)| page)
        .collect();
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    let strange: Vec<_> = counts.keys().filter(|page| !ledger.sent.contains_key(*page)).collect();
    assert!(missing.is_empty(), "{} of {acknowledged} acknowledged events are missing: {missing:?}", missing.len());
    assert!(twice.is_empty(), "events are there twice: {twice:?}");
    assert!(strange.is_empty(), "nobody sent these: {strange:?}");
    say(&format!("{acknowledged} acknowledged, {} sent, {} stored", ledger.sent.len(), counts.len()));
    server.stop();
}

#[expect(clippy::print_stderr, reason = "a test says what it did")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// The day after today: a period of seven days up to it holds today and yesterday, whenever midnight is.
fn tomorrow() -> String {
    let now = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC);
    now.date().saturating_add(jiff::Span::new().days(1)).to_string()
}
