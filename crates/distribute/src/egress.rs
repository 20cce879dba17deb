//! What went out: how often and how much in each hour, where to, of what kind, and what became of it; never what it said.
//!
//! Hours and no finer, and counts and no single messages: when something went says when somebody did something.

use outis_event::Timestamp;
use outis_keys::{DataKey, KeyName, Keys, Purpose, open_record, seal_record};
use serde::{Deserialize, Serialize};
use sqlx::{Row, SqlitePool};
use tokio::sync::Mutex;

use crate::Outcome;
use crate::distribute::DistributeError;
use crate::outbox::Kind;

const KEY: KeyName = KeyName { purpose: Purpose::Control, label: *b"egress-of-hours-" };
const HOUR_MS: i64 = 3_600_000;
/// Days that hours are kept.
pub const KEPT_DAYS: u32 = 90;
const TABLE: &str = "CREATE TABLE IF NOT EXISTS egress (hour INTEGER PRIMARY KEY, sealed BLOB NOT NULL)";

/// Attempts of one hour that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Hours since 1970.
    pub hour: i64,
    /// The destination's name.
    pub destination: String,
    /// What was sent.
    pub kind: Kind,
    /// What became of it.
    pub outcome: Outcome,
    /// How many attempts.
    pub attempts: u64,
    /// Bytes of all their bodies; 0 of those that were blocked.
    pub bytes: u64,
}

pub(crate) struct Egress {
    pool: SqlitePool,
    key: DataKey,
    /// Held while an hour is read and written.
    writing: Mutex<()>,
}

impl Egress {
    pub(crate) async fn open(pool: SqlitePool, keys: &dyn Keys) -> Result<Egress, DistributeError> {
        sqlx::query(TABLE).execute(&pool).await?;
        Ok(Egress { pool, key: keys.get_or_create(KEY).await?, writing: Mutex::default() })
    }

    /// Writes down an attempt.
    pub(crate) async fn note(
        &self,
        now: Timestamp,
        (destination, kind, outcome): (&str, Kind, Outcome),
        bytes: usize,
    ) -> Result<(), DistributeError> {
        let _alone = self.writing.lock().await;
        let hour = now.0.div_euclid(HOUR_MS);
        let query = sqlx::query("SELECT sealed FROM egress WHERE hour = ?").bind(hour);
        let mut lines = match query.fetch_optional(&self.pool).await? {
            Some(row) => self.lines(hour, &row.try_get::<Vec<u8>, _>("sealed")?)?,
            None => Vec::new(),
        };
        let alike = |line: &&mut Line| line.destination == destination && line.kind == kind && line.outcome == outcome;
        let bytes = if outcome == Outcome::Blocked { 0 } else { bytes as u64 };
        match lines.iter_mut().find(alike) {
            Some(line) => {
                line.attempts += 1;
                line.bytes += bytes;
            }
            None => lines.push(Line { hour, destination: destination.to_owned(), kind, outcome, attempts: 1, bytes }),
        }
        let plain = serde_json::to_vec(&lines).map_err(|_| DistributeError::Damaged)?;
        let sealed = seal_record(&self.key, &place(hour), &plain).map_err(|_| DistributeError::Damaged)?;
        let query = sqlx::query("INSERT OR REPLACE INTO egress (hour, sealed) VALUES (?, ?)").bind(hour).bind(sealed);
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// Everything, the newest hour first.
    pub(crate) async fn all(&self) -> Result<Vec<Line>, DistributeError> {
        let rows = sqlx::query("SELECT hour, sealed FROM egress ORDER BY hour DESC").fetch_all(&self.pool).await?;
        let mut all = Vec::new();
        for row in rows {
            all.extend(self.lines(row.try_get("hour")?, &row.try_get::<Vec<u8>, _>("sealed")?)?);
        }
        Ok(all)
    }

    pub(crate) async fn expire(&self, now: Timestamp) -> Result<(), DistributeError> {
        let oldest = now.0.div_euclid(HOUR_MS) - 24 * i64::from(KEPT_DAYS);
        sqlx::query("DELETE FROM egress WHERE hour < ?").bind(oldest).execute(&self.pool).await?;
        Ok(())
    }

    fn lines(&self, hour: i64, sealed: &[u8]) -> Result<Vec<Line>, DistributeError> {
        let plain = open_record(&self.key, &place(hour), sealed).map_err(|_| DistributeError::Damaged)?;
        serde_json::from_slice(&plain).map_err(|_| DistributeError::Damaged)
    }
}

fn place(hour: i64) -> Vec<u8> {
    [b"egress/".as_slice(), &hour.to_be_bytes()].concat()
}
