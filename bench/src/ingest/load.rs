//! Senders: each keeps one connection and sends as fast as it is answered, or by a schedule.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::Client;
use super::events::Template;

/// Different bodies that are sent in turn.
const TEMPLATES: usize = 2_048;
/// What is sent before it is timed, so that connections, tables and files are there.
const WARM_UP: Duration = Duration::from_secs(1);

/// When the next request is sent.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// When the one before is answered.
    Closed,
    /// When it is its turn; a late answer counts from the turn on, so that waiting is not left out.
    Open {
        /// Events per second of all senders together.
        per_second: f64,
    },
}

/// A load.
pub(crate) struct Load {
    pub(crate) size: usize,
    pub(crate) connections: usize,
    pub(crate) seconds: u64,
    pub(crate) pace: Pace,
}

/// What came of it. Warming up counts in nothing but `accepted` and `wall_s`, which go together.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) bytes: u64,
    pub(crate) wall_s: f64,
    /// Sorted.
    pub(crate) latencies_ms: Vec<f64>,
}

impl Load {
    pub(crate) async fn run(&self, client: &Client) -> anyhow::Result<Told> {
        let mut dice = fastrand::Rng::with_seed(self.size as u64);
        let count = TEMPLATES / if self.size > 1 { 4 } else { 1 };
        let templates: Arc<Vec<Template>> = Arc::new((0..count).map(|_| Template::new(&mut dice, self.size)).collect());
        let mut connections = Vec::new();
        for _ in 0..self.connections {
            connections.push(client.connect().await?);
        }
        // Ids differ between loads, of other runs too: what a server has seen is not written again.
        let load = fastrand::u32(..);
        let began = Instant::now();
        let end = began + WARM_UP + Duration::from_secs(self.seconds);
        let mut senders = Vec::new();
        for (number, connection) in connections.into_iter().enumerate() {
            let sender = Sender {
                load,
                number,
                every: match self.pace {
                    Pace::Closed => None,
                    Pace::Open { per_second } => {
                        Some(Duration::from_secs_f64((self.connections * self.size) as f64 / per_second))
                    }
                },
                began,
                end,
            };
            senders.push(tokio::spawn(sender.send(connection, templates.clone(), self.connections)));
        }
        let mut all = Told::default();
        for sender in senders {
            let told = sender.await??;
            all.accepted += told.accepted;
            all.refused += told.refused;
            all.bytes += told.bytes;
            all.latencies_ms.extend(told.latencies_ms);
        }
        all.wall_s = began.elapsed().as_secs_f64();
        all.latencies_ms.sort_by(f64::total_cmp);
        Ok(all)
    }
}

struct Sender {
    load: u32,
    number: usize,
    every: Option<Duration>,
    began: Instant,
    end: Instant,
}

impl Sender {
    async fn send(
        self,
        mut connection: super::Connection,
        templates: Arc<Vec<Template>>,
        senders: usize,
    ) -> anyhow::Result<Told> {
        let mut told = Told::default();
        let mut ids = 0;
        let mut turn = self.began + self.every.unwrap_or_default().mul_f64(self.number as f64 / senders as f64);
        let mut at = self.number.wrapping_mul(7);
        loop {
            match self.every {
                Some(every) => {
                    tokio::time::sleep_until(turn.into()).await;
                    turn += every;
                }
                None => turn = Instant::now(),
            }
            let sent = self.every.map_or(turn, |every| turn - every);
            if Instant::now() >= self.end {
                return Ok(told);
            }
            at = (at + 1) % templates.len();
            let template = &templates[at];
            let headers = [
                ("user-agent", template.agent),
                ("accept-language", template.languages),
                ("x-forwarded-for", template.address.as_str()),
            ];
            let body = template.fill(self.load, self.number, &mut ids);
            let bytes = body.len() as u64;
            let answer = connection.post("/api/v1/events", &headers, body).await?;
            if answer.status != 202 {
                told.refused += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            let answer: Value = serde_json::from_slice(&answer.body)?;
            told.accepted += answer["accepted"].as_u64().unwrap_or(0);
            told.bytes += bytes;
            if sent >= self.began + WARM_UP {
                told.latencies_ms.push(sent.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
}
