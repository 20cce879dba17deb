//! The dashboard's first page over the real interface, and acknowledgements beside heavy questions.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use outis_event::Day;
use serde_json::{Value, json};

use crate::generate::{DAYS, first_day};
use crate::ingest::client::{Client, Connection};
use crate::ingest::load::{Load, Pace};
use crate::ingest::server::{Place, Server};
use crate::ingest::{SINGLE_CONNECTIONS, events};
use crate::machine::{self, percentile};
use crate::tell;

/// The site whose rows were loaded.
const SITE: &str = "example.org";
/// Connections of a browser to one host.
const CONNECTIONS: usize = 6;
/// Times the page is loaded by a server that has just started.
const COLD: usize = 5;
/// Heavy questions that are asked at a time.
const HEAVY: usize = 8;
/// Heavy questions that are asked before: one of each kind.
const READ_ONCE: u64 = 2;
/// How often acknowledgements are timed, alone and beside questions in turn: a disk has good and bad minutes.
const ROUNDS: usize = 6;
/// How long each time.
const SECONDS: u64 = 10;
/// What is sent meanwhile, in events per second, one a request: far from what a server can take.
const PER_SECOND: f64 = 2_000.0;

/// Starts a server on the folder and measures it; `again` if that was done before with this folder.
pub(crate) async fn run(binary: &Path, dir: &Path, loads: usize, again: bool) -> anyhow::Result<Value> {
    let dir = dir.canonicalize().with_context(|| format!("{}", dir.display()))?;
    let place = Place::at(binary, &dir, &dir)?;
    if !again {
        place.register_usual(SITE)?;
        place.register().await?;
    }
    let token = place.token().await?;

    let mut cold = Vec::new();
    for _ in 0..COLD {
        machine::forget_pages(&dir);
        let mut browser = Browser::open(&place, &token).await?;
        cold.push(browser.load(&whole()).await?);
    }
    let mut browser = Browser::open(&place, &token).await?;
    browser.load(&whole()).await?;
    let same = browser.loads("again", (0..loads).map(|_| whole())).await?;
    // Another period each time: none of these answers was given before, but the days were looked at.
    let moving = browser.loads("another period", (0..loads).map(|n| part(n as i32))).await?;
    let peak_mib = browser.server.memory_mib("VmHWM");
    let beside = beside(&browser, &token).await?;
    let questions = page(&whole()).len();
    Ok(json!({
        "machine": machine::description(), "loads": loads, "questions": questions, "cold": told("cold", cold, None),
        "same": same, "moving": moving, "peak_mib": peak_mib, "beside": beside,
    }))
}

/// What a browser keeps open to a server.
struct Browser<'a> {
    server: Server,
    client: Client,
    connections: Vec<Connection>,
    token: &'a str,
}

impl<'a> Browser<'a> {
    async fn open(place: &Place, token: &'a str) -> anyhow::Result<Browser<'a>> {
        let server = place.start().await?;
        let client = Client::trusting(&place.certificate(), server.at)?;
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(client.connect().await?);
        }
        Ok(Browser { server, client, connections, token })
    }

    /// Loads the page for a period; milliseconds until everything is answered.
    async fn load(&mut self, period: &Value) -> anyhow::Result<f64> {
        let questions = page(period);
        let began = Instant::now();
        let next = AtomicU64::new(0);
        let asking = self.connections.iter_mut().map(|connection| async {
            let connection = connection;
            loop {
                let at = usize::try_from(next.fetch_add(1, Ordering::Relaxed))?;
                let Some((kind, question)) = questions.get(at) else { return anyhow::Ok(()) };
                let answer = connection.ask_for(kind, question, self.token).await?;
                anyhow::ensure!(answer["rows"].as_array().is_some_and(|rows| !rows.is_empty()), "nothing was told");
            }
        });
        futures::future::try_join_all(asking).await?;
        Ok(began.elapsed().as_secs_f64() * 1e3)
    }

    async fn loads(&mut self, name: &str, periods: impl Iterator<Item = Value>) -> anyhow::Result<Value> {
        let before = self.server.cpu_s();
        let mut times = Vec::new();
        for period in periods {
            times.push(self.load(&period).await?);
        }
        let cpu_ms = (self.server.cpu_s() - before) * 1e3 / times.len().max(1) as f64;
        Ok(told(name, times, Some(cpu_ms)))
    }
}

fn told(name: &str, mut times: Vec<f64>, cpu_ms: Option<f64>) -> Value {
    times.sort_by(f64::total_cmp);
    let [p50, p95, most] = [0.5, 0.95, 1.0].map(|part| percentile(&times, part));
    tell(format_args!("page: {name}: p50 {p50:.1} p95 {p95:.1} most {most:.1} ms, CPU {cpu_ms:.1?} ms"));
    json!({ "p50_ms": p50, "p95_ms": p95, "most_ms": most, "cpu_ms": cpu_ms, "load": machine::load() })
}

fn period(from: Day, to: Day) -> Value {
    json!({ "from": from.date().to_string(), "to": to.date().to_string() })
}

/// All days.
fn whole() -> Value {
    period(first_day(), first_day().plus(DAYS - 1))
}

/// At least half of the days, others for each number.
fn part(number: i32) -> Value {
    let half = DAYS / 2;
    let (from, less) = (number % half, number / half % half);
    period(first_day().plus(from), first_day().plus((DAYS - 1 - less).max(from)))
}

/// What the overview asks: six numbers with the period before, a graph, five lists, the map.
fn page(of: &Value) -> Vec<(&'static str, Value)> {
    let tiles = ["visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration"];
    let compare = json!({ "mode": "previous_period" });
    let list = |dimension: &str, limit: u32| {
        let metrics = if limit > 100 { json!(["visitors"]) } else { json!(["visitors", "percentage"]) };
        json!({ "site": SITE, "period": of, "metrics": metrics, "dimension": dimension, "limit": limit })
    };
    let mut questions = vec![
        ("totals", json!({ "site": SITE, "period": of, "metrics": tiles, "compare": compare })),
        (
            "series",
            json!({ "site": SITE, "period": of, "metrics": ["visitors"], "interval": "day", "compare": compare }),
        ),
    ];
    let lists = ["source", "page", "country", "browser", "event"].map(|dimension| ("breakdown", list(dimension, 10)));
    questions.extend(lists);
    questions.push(("breakdown", list("country", 300)));
    questions
}

/// A question that reads all rows, has many groups, and was not asked before.
fn heavy(number: u64) -> (&'static str, Value) {
    let of = json!({ "site": SITE, "period": whole() });
    let without = format!("C{:02}", number % 40);
    let filters = json!([["is_not", "country", [without, format!("C{:02}", 40 + number / 40 % 40)]]]);
    let mut question = of;
    question["filters"] = filters;
    if number.is_multiple_of(2) {
        question["metrics"] = json!(["visitors", "pageviews", "bounce_rate", "visit_duration"]);
        question["dimension"] = json!("page");
        return ("breakdown", question);
    }
    ("visits", question)
}

/// Acknowledgements alone and beside heavy questions, at the same pace.
async fn beside(browser: &Browser<'_>, token: &str) -> anyhow::Result<Value> {
    let load = Load {
        size: 1,
        connections: SINGLE_CONNECTIONS,
        seconds: SECONDS,
        pace: Pace::Open { per_second: PER_SECOND },
    };
    // Rows are in memory then: how fast a disk gives them, and what it makes others wait, is the disk's.
    let mut connection = browser.client.connect().await?;
    for number in 0..READ_ONCE {
        let (kind, question) = heavy(number);
        connection.ask_for(kind, &question, token).await?;
    }
    let asked = Arc::new(AtomicU64::new(READ_ONCE));
    let (mut alone, mut with, mut ratios, mut refused) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let quiet = load.run(&browser.client).await?;
        let busy = while_asked(browser, token, &asked, load.run(&browser.client)).await??;
        ratios.push(percentile(&busy.latencies_ms, 0.99) / percentile(&quiet.latencies_ms, 0.99));
        refused += quiet.refused + busy.refused;
        alone.extend(quiet.latencies_ms);
        with.extend(busy.latencies_ms);
    }
    for list in [&mut alone, &mut with, &mut ratios] {
        list.sort_by(f64::total_cmp);
    }
    let [alone_p50, alone_p99] = [0.5, 0.99].map(|part| percentile(&alone, part));
    let [with_p50, with_p99] = [0.5, 0.99].map(|part| percentile(&with, part));
    tell(format_args!(
        "page: ack p99 {alone_p99:.1} ms alone, {with_p99:.1} ms beside {HEAVY} questions; round by round {ratios:.2?} times"
    ));
    Ok(json!({
        "per_second": PER_SECOND, "questions": HEAVY, "asked": asked.load(Ordering::Relaxed) - READ_ONCE,
        "rounds": ROUNDS, "seconds": SECONDS, "ratios": ratios,
        "alone_p50_ms": alone_p50, "alone_p99_ms": alone_p99, "with_p50_ms": with_p50, "with_p99_ms": with_p99,
        "refused": refused, "sites": events::sites().len(), "load": machine::load(),
    }))
}

/// What comes of some work while heavy questions are asked.
async fn while_asked<T>(
    browser: &Browser<'_>,
    token: &str,
    asked: &Arc<AtomicU64>,
    work: impl Future<Output = T>,
) -> anyhow::Result<T> {
    let ended = Arc::new(AtomicBool::new(false));
    let mut asking = Vec::new();
    for _ in 0..HEAVY {
        let (mut connection, token) = (browser.client.connect().await?, token.to_owned());
        let (ended, asked) = (ended.clone(), asked.clone());
        asking.push(tokio::spawn(async move {
            while !ended.load(Ordering::Relaxed) {
                let (kind, question) = heavy(asked.fetch_add(1, Ordering::Relaxed));
                connection.ask_for(kind, &question, &token).await?;
            }
            anyhow::Ok(())
        }));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let done = work.await;
    ended.store(true, Ordering::Relaxed);
    for task in asking {
        task.await??;
    }
    Ok(done)
}
