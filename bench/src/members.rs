//! Members over the real interface: how long they take to come, and how long to be forgotten beside full ingest.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use crate::ingest::client::{Client, Connection};
use crate::ingest::load::{Load, Pace, Told};
use crate::ingest::server::{Place, Server};
use crate::ingest::{BATCH, BATCH_CONNECTIONS, events};
use crate::machine::{self, percentile};
use crate::tell;

const SITE: &str = "members.example.org";
/// What an application's token may do.
const SCOPE: &str = "stats,sites,people";
/// Connections on which members come.
const CONNECTIONS: usize = 32;
/// Forgets in an hour.
const AN_HOUR: f64 = 10_000.0;

/// Starts a server, lets members come, and has some forgotten, alone and beside full ingest.
pub(crate) async fn run(binary: &Path, count: u64, seconds: u64) -> anyhow::Result<Value> {
    let place = Place::new(binary)?;
    place.register().await?;
    place.register_usual(SITE)?;
    let token = place.token_for(SCOPE)?;
    let server = place.start().await?;
    let client = Client::trusting(&place.certificate(), server.at)?;
    let application = Arc::new(Application::new(&client, &token).await?);
    let came = come(&client, &server, &application, count).await?;

    let forgetting = Forgetting { client: &client, token: &token, next: Arc::new(AtomicU64::new(0)) };
    let alone = forgetting.beside(tokio::time::sleep(Duration::from_secs(seconds))).await?.1;
    let load = Load { size: BATCH, connections: BATCH_CONNECTIONS, seconds, pace: Pace::Closed };
    let ingest_alone = load.run(&client).await?;
    server.until_quiet().await;
    let (ingest_beside, beside) = forgetting.beside(load.run(&client)).await?;
    let ingest_beside = ingest_beside?;
    let forgotten = forgetting.next.load(Ordering::Relaxed);
    application.gone(&client, &token, forgotten).await?;
    let told = json!({
        "machine": machine::description(), "members": count, "came": came, "forgets_an_hour": AN_HOUR,
        "seconds": seconds, "forgotten": forgotten,
        "forget_alone": latencies("forget, nothing else sent", &alone),
        "forget_beside": latencies("forget beside full ingest", &beside),
        "ingest_alone": ingest("ingest alone", &ingest_alone), "ingest_beside": ingest("ingest beside", &ingest_beside),
        "peak_mib": server.memory_mib("VmHWM"), "load": machine::load(),
    });
    server.stop()?;
    Ok(told)
}

/// An application that shares a secret with the server.
struct Application {
    secret: hmac::Key,
}

impl Application {
    async fn new(client: &Client, token: &str) -> anyhow::Result<Application> {
        let mut connection = client.connect().await?;
        let answer = connection.call("PUT", "/api/v1/identity", token, json!({ "site": SITE })).await?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let secret = answer["secret"].as_str().context("no secret was told")?;
        Ok(Application { secret: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()) })
    }

    fn token(&self, number: u64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let tags = [format!("tag-{}", number % 40)];
        let part = |value: Value| BASE64.encode(value.to_string());
        let claims = json!({ "sub": id(number), "aud": SITE, "exp": now + 3_000, "tags": tags });
        let message = format!("{}.{}", part(json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
        let tag = hmac::sign(&self.secret, message.as_bytes());
        format!("{message}.{}", BASE64.encode(tag))
    }

    /// Makes sure that who was forgotten is gone, and that the next one is not.
    async fn gone(&self, client: &Client, token: &str, forgotten: u64) -> anyhow::Result<()> {
        let mut connection = client.connect().await?;
        for (number, status) in [(0, 404), (forgotten.saturating_sub(1), 404), (forgotten, 200)] {
            let path = format!("/api/v1/people/{}/export?site={SITE}", id(number));
            let answer = connection.call("GET", &path, token, Value::Null).await?;
            anyhow::ensure!(answer.status == status, "an export was answered {}", answer.status);
        }
        Ok(())
    }
}

fn id(number: u64) -> String {
    format!("reader-{number:06}@people.example")
}

/// Each comes with an event, and bookmarks something.
async fn come(client: &Client, server: &Server, application: &Arc<Application>, count: u64) -> anyhow::Result<Value> {
    let (before_s, began, next) = (server.cpu_s(), Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut coming = Vec::new();
    for _ in 0..CONNECTIONS {
        let (mut connection, application, next) = (client.connect().await?, application.clone(), next.clone());
        coming.push(tokio::spawn(async move {
            let mut times = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return anyhow::Ok(times);
                }
                times.push(comes(&mut connection, &application, number).await?);
            }
        }));
    }
    let mut times = Vec::new();
    for one in coming {
        times.extend(one.await??);
    }
    let (wall_s, cpu_s) = (began.elapsed().as_secs_f64(), server.cpu_s() - before_s);
    tell(format_args!("members: {count} came in {wall_s:.1} s, {:.0} us CPU each", cpu_s * 1e6 / count.max(1) as f64));
    Ok(json!({
        "wall_s": wall_s, "cpu_us": cpu_s * 1e6 / count.max(1) as f64, "first_event": latencies("a first event", &times),
        "rss_mib": server.memory_mib("VmRSS"),
    }))
}

/// Milliseconds until the first event was acknowledged.
async fn comes(connection: &mut Connection, application: &Application, number: u64) -> anyhow::Result<f64> {
    let identity = application.token(number);
    let url = format!("https://{SITE}/articles/{}", number % 100);
    let body = json!({ "site": SITE, "token": identity, "events": [{ "name": "pageview", "url": url }] });
    let headers = [("user-agent", events::AGENTS[0]), ("x-forwarded-for", "198.18.0.1")];
    let began = Instant::now();
    let answer = connection.post("/api/v1/events", &headers, serde_json::to_vec(&body)?.into()).await?;
    let ms = began.elapsed().as_secs_f64() * 1e3;
    anyhow::ensure!(answer.status == 202, "an event was answered {}: {}", answer.status, text(&answer.body));
    let path = format!("/api/v1/people/me/bookmarks/item-{}", number % 1_000);
    let answer = connection.call("PUT", &path, &identity, Value::Null).await?;
    anyhow::ensure!(answer.status == 204, "a bookmark was answered {}: {}", answer.status, text(&answer.body));
    Ok(ms)
}

/// Members are forgotten one after the other, at their pace.
struct Forgetting<'a> {
    client: &'a Client,
    token: &'a str,
    next: Arc<AtomicU64>,
}

impl Forgetting<'_> {
    /// Goes on while something else is done. Milliseconds of each, from when it was due.
    async fn beside<T>(&self, work: impl Future<Output = T>) -> anyhow::Result<(T, Vec<f64>)> {
        let (ended, next) = (Arc::new(AtomicBool::new(false)), self.next.clone());
        let (mut connection, token, over) = (self.client.connect().await?, self.token.to_owned(), ended.clone());
        let forgetting = tokio::spawn(async move {
            let every = Duration::from_secs_f64(3_600.0 / AN_HOUR);
            let mut due = tokio::time::Instant::now();
            let mut times = Vec::new();
            while !over.load(Ordering::Relaxed) {
                due += every;
                tokio::time::sleep_until(due).await;
                let path = format!("/api/v1/people/{}/forget?site={SITE}", id(next.fetch_add(1, Ordering::Relaxed)));
                let answer = connection.call("POST", &path, &token, json!({ "mode": "fold" })).await?;
                anyhow::ensure!(answer.status == 200, "a forget was answered {}", answer.status);
                times.push(due.elapsed().as_secs_f64() * 1e3);
            }
            times.sort_by(f64::total_cmp);
            anyhow::Ok(times)
        });
        let done = work.await;
        ended.store(true, Ordering::Relaxed);
        Ok((done, forgetting.await??))
    }
}

fn latencies(name: &str, times: &[f64]) -> Value {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let [p50, p99, most] = [0.5, 0.99, 1.0].map(|part| percentile(&times, part));
    tell(format_args!("members: {name}: {} times, p50 {p50:.1} p99 {p99:.1} most {most:.1} ms", times.len()));
    json!({ "times": times.len(), "p50_ms": p50, "p99_ms": p99, "most_ms": most })
}

fn ingest(name: &str, told: &Told) -> Value {
    let rate = told.accepted as f64 / told.wall_s;
    tell(format_args!("members: {name}: {rate:.0} events/s, {} refused", told.refused));
    let mut all = latencies(name, &told.latencies_ms);
    all["events_per_s"] = json!(rate);
    all["refused"] = json!(told.refused);
    all
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
