//! Loads a real server over TLS: what it takes, at what cost, how soon it can be asked about.

pub(crate) mod client;
pub(crate) mod events;
pub(crate) mod load;
pub(crate) mod server;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

use crate::machine::{self, median, percentile};
use crate::tell;
use client::{Client, Connection};
use load::{Load, Pace};
use server::Server;

/// Events of a batch.
pub(crate) const BATCH: usize = 100;
/// Connections that send batches.
pub(crate) const BATCH_CONNECTIONS: usize = 16;
/// Connections that send single events.
pub(crate) const SINGLE_CONNECTIONS: usize = 128;
/// Times a fresh server is started.
const STARTS: usize = 5;
/// Events whose way from acknowledgement to answer is timed.
const FRESH: u64 = 200;
/// What a server without work is watched for.
const REST: Duration = Duration::from_secs(5);

/// Runs everything against servers of its own.
pub(crate) async fn run(binary: &Path, seconds: u64) -> anyhow::Result<Value> {
    let started = starts(binary).await?;
    let place = server::Place::new(binary)?;
    place.register().await?;
    let token = place.token().await?;
    let server = place.start().await?;
    tokio::time::sleep(REST).await;
    let idle_mib = server.memory_mib("VmRSS");
    let client = Client::trusting(&place.certificate(), server.at)?;

    let batches = Load { size: BATCH, connections: BATCH_CONNECTIONS, seconds, pace: Pace::Closed };
    let batches = measure("batches of 100", &server, &client, &batches).await?;
    let singles = Load { size: 1, connections: SINGLE_CONNECTIONS, seconds, pace: Pace::Closed };
    let singles = measure("single events", &server, &client, &singles).await?;
    let half = singles["events_per_s"].as_f64().context("a rate")? / 2.0;
    let half = Load { size: 1, connections: SINGLE_CONNECTIONS, seconds, pace: Pace::Open { per_second: half } };
    let half = measure("single events, half load", &server, &client, &half).await?;

    let sent: u64 = [&batches, &singles, &half].iter().filter_map(|r| r["accepted"].as_u64()).sum();
    let counted = counted(&client, &token).await?;
    tell(format_args!("ingest: {sent} acknowledged, {counted} counted"));
    anyhow::ensure!(sent == counted, "{sent} events were acknowledged and {counted} are counted");
    let peak_mib = server.memory_mib("VmHWM");
    let fresh = freshness(&client, &token).await?;
    let load = machine::load();
    server.stop()?;
    Ok(json!({
        "machine": machine::description(),
        "start_ms": started, "binary_bytes": std::fs::metadata(binary)?.len(),
        "idle_mib": idle_mib, "peak_mib": peak_mib, "seconds": seconds,
        "batches": batches, "singles": singles, "half": half, "fresh": fresh, "load": load, "acknowledged": sent,
    }))
}

/// From the start of the process to its first answer, on a folder that is set up.
async fn starts(binary: &Path) -> anyhow::Result<f64> {
    let place = server::Place::new(binary)?;
    place.register().await?;
    drop(place.start().await?);
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let server = place.start().await?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        drop(server);
    }
    Ok(median(times))
}

async fn measure(name: &str, server: &Server, client: &Client, load: &Load) -> anyhow::Result<Value> {
    let before = server.cpu_s();
    let told = load.run(client).await?;
    let sending_s = server.cpu_s() - before;
    // Files are written and merged behind the acknowledgement; that belongs to the events too.
    server.until_quiet().await;
    let all_s = server.cpu_s() - before;
    let per_event = |s: f64| s * 1e6 / told.accepted.max(1) as f64;
    let rate = told.accepted as f64 / told.wall_s;
    let (p50, p99) = (percentile(&told.latencies_ms, 0.5), percentile(&told.latencies_ms, 0.99));
    tell(format_args!(
        "ingest: {name}: {rate:.0} events/s, {:.2} us CPU each ({:.2} with files), ack p50 {p50:.1} p99 {p99:.1} ms, \
         {} refused, RSS {:.0} MiB",
        per_event(sending_s),
        per_event(all_s),
        told.refused,
        server.memory_mib("VmRSS"),
    ));
    Ok(json!({
        "events_per_s": rate, "requests": told.latencies_ms.len(), "accepted": told.accepted,
        "refused_requests": told.refused, "cpu_us": per_event(sending_s), "cpu_us_with_files": per_event(all_s),
        "server_cores": sending_s / told.wall_s, "ack_p50_ms": p50, "ack_p99_ms": p99,
        "rss_mib": server.memory_mib("VmRSS"), "connections": load.connections, "load": machine::load(),
        "bytes_per_event": told.bytes as f64 / told.accepted.max(1) as f64,
    }))
}

/// Events of all sites as the server answers.
async fn counted(client: &Client, token: &str) -> anyhow::Result<u64> {
    let mut connection = client.connect().await?;
    let mut sum = 0;
    for site in events::sites() {
        sum += events_of(&mut connection, &site, token).await?;
    }
    Ok(sum)
}

async fn events_of(connection: &mut Connection, site: &str, token: &str) -> anyhow::Result<u64> {
    let question = json!({ "site": site, "period": { "preset": "all" }, "metrics": ["events"] });
    let answer = connection.ask(&question, token).await?;
    Ok(answer["rows"][0]["values"][0].as_f64().unwrap_or(0.0) as u64)
}

/// Sends one event after the other and asks until each is in the answer.
async fn freshness(client: &Client, token: &str) -> anyhow::Result<Value> {
    let site = events::fresh_site();
    let (mut sender, mut asker) = (client.connect().await?, client.connect().await?);
    let question = json!({ "site": site, "period": { "preset": "today" }, "metrics": ["pageviews"] });
    let mut delays = Vec::new();
    for n in 1..=FRESH {
        let body = json!({ "site": site, "events": [{ "name": "pageview", "url": format!("https://{site}/fresh") }] });
        let headers = [("user-agent", events::AGENTS[0])];
        let answer = sender.post("/api/v1/events", &headers, serde_json::to_vec(&body)?.into()).await?;
        anyhow::ensure!(answer.status == 202, "a single event was answered {}", answer.status);
        let acknowledged = Instant::now();
        loop {
            let answer = asker.ask(&question, token).await?;
            if answer["rows"][0]["values"][0].as_f64().unwrap_or(0.0) as u64 >= n {
                break;
            }
            anyhow::ensure!(acknowledged.elapsed() < Duration::from_secs(30), "an event was never visible");
        }
        delays.push(acknowledged.elapsed().as_secs_f64() * 1e3);
    }
    delays.sort_by(f64::total_cmp);
    let (p50, p99) = (percentile(&delays, 0.5), percentile(&delays, 0.99));
    tell(format_args!("ingest: acknowledged to visible p50 {p50:.1} p99 {p99:.1} ms"));
    Ok(json!({ "p50_ms": p50, "p99_ms": p99, "events": FRESH }))
}
