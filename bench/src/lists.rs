//! Lists, intents and the catalogue over the real interface: how long one answer takes after the other.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

use crate::ingest::client::{Client, Connection};
use crate::ingest::server::{Place, Server};
use crate::machine::{self, percentile};
use crate::tell;

const SITE: &str = "lists.example.org";
/// What the application's token may do.
const SCOPE: &str = "stats,sites,people,items,intents";
/// Connections on which items and members come.
const CONNECTIONS: usize = 16;
/// Items that a member likes, of one topic of so many.
const LIKES: u64 = 6;
const TOPICS: u64 = 40;
/// Longest that learning may take.
const LEARNING: Duration = Duration::from_secs(900);

const TEXTS: [&str; 6] = [
    "what do you recommend",
    "show me something about topic 7",
    "bookmark this",
    "please delete all my data",
    "find articles about topic 3 since May",
    "the weather is nice and the cat sleeps",
];

/// Fills a server, starts it anew so that it learns, and asks it.
pub(crate) async fn run(binary: &Path, items: u64, members: u64, asks: u64) -> anyhow::Result<Value> {
    let place = Place::new(binary)?;
    place.register_usual(SITE)?;
    let token = place.token_for(SCOPE)?;
    let server = place.start().await?;
    let client = Client::trusting(&place.certificate(), server.at)?;
    fill(&client, &token, items).await?;
    come(&client, &token, items, members).await?;
    server.stop()?;
    place.unlearn()?;

    let server = place.start().await?;
    let client = Client::trusting(&place.certificate(), server.at)?;
    let mut asking = Asking { connection: client.connect().await?, server: &server, token: &token, asks };
    let learnt = asking.until_learnt().await?;
    let idle_mib = server.memory_mib("VmRSS");
    let told = json!({
        "machine": machine::description(), "items": items, "members": members, "learnt": learnt, "rss_mib": idle_mib,
        "for_me": asking.all("a member's list", |n| get(&format!("people/reader-{}/recommendations", n % members.max(1)))).await?,
        "by_request": asking.all("a list by what a request says", |n| {
            let likes: Vec<String> = (0..LIKES).map(|like| item(n % TOPICS + like * TOPICS)).collect();
            ("POST", "recommendations".to_owned(), json!({ "likes": likes }))
        }).await?,
        "similar": asking.all("similar items", |n| get(&format!("items/{}/similar", item(n % items)))).await?,
        "trending": asking.all("trending items", |_| get("trending")).await?,
        "interpret": asking.all("an intent", |n| {
            ("POST", "intents/interpret".to_owned(), json!({ "text": TEXTS[n as usize % TEXTS.len()] }))
        }).await?,
        "kind": asking.all("the catalogue by kind and language", |n| get(&format!("items?kind=kind-{}&language=en", n % 5))).await?,
        "search": asking.all("the catalogue by a word", |n| get(&format!("items?q=item+{}", n % items))).await?,
        "load": machine::load(),
    });
    server.stop()?;
    Ok(told)
}

fn get(path: &str) -> (&'static str, String, Value) {
    ("GET", path.to_owned(), Value::Null)
}

fn item(number: u64) -> String {
    format!("item-{number}")
}

fn with_site(path: &str) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("/api/v1/{path}{sign}site={SITE}")
}

/// Items and intents.
async fn fill(client: &Client, token: &str, items: u64) -> anyhow::Result<()> {
    let mut connection = client.connect().await?;
    let line = |number: u64| {
        let (topic, language) = (number % TOPICS, if number.is_multiple_of(4) { "de" } else { "en-GB" });
        json!({
            "id": item(number), "title": format!("Item {number} on topic {topic}"), "tags": [format!("topic {topic}"), format!("shelf {}", number % 97)],
            "kind": format!("kind-{}", number % 5), "language": language, "published": "2026-01-01T00:00:00Z",
        })
        .to_string()
    };
    let lines: Vec<String> = (0..items).map(line).collect();
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/x-ndjson")];
    let answer = connection.post(&with_site("items"), &headers, lines.join("\n").into()).await?;
    let report: Value = serde_json::from_slice(&answer.body)?;
    anyhow::ensure!(report["taken"] == items, "items were answered {}: {report}", answer.status);
    let starter = json!({ "format": "starter", "add": false });
    let answer = connection.call("POST", &with_site("intents/import"), token, starter).await?;
    anyhow::ensure!(answer.status < 300, "intents were answered {}: {}", answer.status, text(&answer.body));
    Ok(())
}

/// Members agree, and like items of one topic.
async fn come(client: &Client, token: &str, items: u64, members: u64) -> anyhow::Result<()> {
    let next = Arc::new(AtomicU64::new(0));
    let mut coming = Vec::new();
    for _ in 0..CONNECTIONS {
        let (mut connection, token, next) = (client.connect().await?, token.to_owned(), next.clone());
        coming.push(tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= members {
                    return anyhow::Ok(());
                }
                says(&mut connection, &token, items, number).await?;
            }
        }));
    }
    for one in coming {
        one.await??;
    }
    Ok(())
}

async fn says(connection: &mut Connection, token: &str, items: u64, number: u64) -> anyhow::Result<()> {
    let of = format!("people/reader-{number}");
    let consent = json!({ "purpose": "personalisation", "given": true, "version": 1 });
    let mut calls = vec![(format!("{of}/consent"), consent)];
    let shelf = items / TOPICS;
    // Small numbers are liked more than great ones.
    let liked = (0..LIKES).map(|like| (number * 7 + like * like * 3) % shelf.max(1) * (like + 1) / LIKES);
    calls.extend(liked.map(|at| (format!("{of}/likes/{}", item(at * TOPICS + number % TOPICS)), Value::Null)));
    for (path, body) in calls {
        let answer = connection.call("PUT", &with_site(&path), token, body).await?;
        anyhow::ensure!(answer.status == 204, "a member was answered {}: {}", answer.status, text(&answer.body));
    }
    Ok(())
}

struct Asking<'a> {
    connection: Connection,
    server: &'a Server,
    token: &'a str,
    asks: u64,
}

impl Asking<'_> {
    async fn ask(&mut self, (method, path, body): (&str, String, Value)) -> anyhow::Result<(u16, Value)> {
        let answer = self.connection.call(method, &with_site(&path), self.token, body).await?;
        Ok((answer.status, serde_json::from_slice(&answer.body).context("no JSON")?))
    }

    /// Waits until members and intents are learnt; what was learnt.
    async fn until_learnt(&mut self) -> anyhow::Result<Value> {
        let began = Instant::now();
        loop {
            let (_, models) = self.ask(get("models")).await?;
            let (status, _) = self.ask(("POST", "intents/interpret".to_owned(), json!({ "text": TEXTS[0] }))).await?;
            if models["batches"].as_array().is_some_and(|batches| !batches.is_empty()) && status == 200 {
                let learnt =
                    json!({ "model": models["model"], "batch": models["batches"][0], "memory": models["memory"] });
                return Ok(learnt);
            }
            anyhow::ensure!(began.elapsed() < LEARNING, "nothing was learnt: {models}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Asks for one after the other; milliseconds from sending to the whole answer.
    async fn all(&mut self, name: &str, call: impl Fn(u64) -> (&'static str, String, Value)) -> anyhow::Result<Value> {
        for number in 0..self.asks / 10 {
            self.ask(call(number)).await?;
        }
        let before_s = self.server.cpu_s();
        let mut times = Vec::new();
        for number in 0..self.asks {
            let asked = call(number);
            let began = Instant::now();
            let (status, answer) = self.ask(asked).await?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
            anyhow::ensure!(status == 200, "{name} was answered {status}: {answer}");
        }
        let cpu_us = (self.server.cpu_s() - before_s) * 1e6 / self.asks.max(1) as f64;
        times.sort_by(f64::total_cmp);
        let [p50, p99, most] = [0.5, 0.99, 1.0].map(|part| percentile(&times, part));
        tell(format_args!("lists: {name}: p50 {p50:.2} p99 {p99:.2} most {most:.1} ms, {cpu_us:.0} us CPU each"));
        Ok(json!({ "times": times.len(), "p50_ms": p50, "p99_ms": p99, "most_ms": most, "cpu_us": cpu_us }))
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
