//! Purges as they are written down: what is to be done while it is not done, and afterwards only that it was.

use outis_event::{Day, SiteId};
use outis_keys::{DataKey, KeyName, Keys, Purpose, open_record, seal_record};
use outis_warehouse::Purged;
use sqlx::Row;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};
use zeroize::Zeroizing;

use super::Job;
use crate::control::Control;

/// What the names of the keys of purges begin with.
const LABEL: [u8; 5] = *b"purge";
/// Purges that are remembered of a site; earlier ones are forgotten.
const MOST_LISTED: i64 = 1_000;

/// The purges of all sites.
pub(crate) struct Jobs {
    control: Control,
    keys: Arc<dyn Keys>,
    /// Held by whoever does one.
    running: Mutex<()>,
}

/// A purge in the list: never what was purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: [u8; 16],
    pub(crate) day: Day,
    pub(crate) kind: String,
    pub(crate) done: Option<Purged>,
}

fn key_name(id: [u8; 16]) -> KeyName {
    let mut label = id;
    label[..LABEL.len()].copy_from_slice(&LABEL);
    KeyName { purpose: Purpose::Control, label }
}

fn place(id: &[u8; 16]) -> Vec<u8> {
    [b"purges/".as_slice(), id].concat()
}

impl Jobs {
    pub(crate) fn new(control: Control, keys: Arc<dyn Keys>) -> Jobs {
        Jobs { control, keys, running: Mutex::default() }
    }

    /// Waits until no other purge is being done.
    pub(super) async fn running(&self) -> MutexGuard<'_, ()> {
        self.running.lock().await
    }

    /// The same if none is.
    pub(super) fn try_running(&self) -> Option<MutexGuard<'_, ()>> {
        self.running.try_lock().ok()
    }

    /// Writes one down, sealed under a key of its own. Without a kind it comes into no list.
    pub(super) async fn write(&self, job: &Job, kind: Option<&'static str>, today: Day) -> anyhow::Result<[u8; 16]> {
        let mut id = [0; 16];
        aws_lc_rs::rand::fill(&mut id).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
        let key = self.keys.create(key_name(id)).await?;
        let plain = Zeroizing::new(serde_json::to_vec(job)?);
        let sql = "INSERT INTO purges (id, site, day, kind, sealed) VALUES (?, ?, ?, ?, ?)";
        sqlx::query(sql)
            .bind(id.as_slice())
            .bind(i64::from(job.site.0))
            .bind(i64::from(today.0))
            .bind(kind)
            .bind(seal_record(&key, &place(&id), &plain)?)
            .execute(&self.control.pool())
            .await?;
        Ok(id)
    }

    /// What is to be done; `None` if it is done.
    pub(super) async fn read(&self, id: [u8; 16]) -> anyhow::Result<Option<Job>> {
        let Some(key) = self.keys.get(key_name(id)).await? else { return Ok(None) };
        let sql = "SELECT sealed FROM purges WHERE id = ? AND sealed IS NOT NULL";
        let sealed: Option<Vec<u8>> =
            sqlx::query_scalar(sql).bind(id.as_slice()).fetch_optional(&self.control.pool()).await?;
        sealed.map(|sealed| open(&key, &id, &sealed)).transpose()
    }

    /// Those that are not done.
    pub(super) async fn unfinished(&self) -> anyhow::Result<Vec<[u8; 16]>> {
        let sql = "SELECT id FROM purges WHERE sealed IS NOT NULL";
        let rows: Vec<Vec<u8>> = sqlx::query_scalar(sql).fetch_all(&self.control.pool()).await?;
        Ok(rows.into_iter().filter_map(|id| id.try_into().ok()).collect())
    }

    /// The day of the oldest that is not done.
    pub(crate) async fn oldest_unfinished(&self) -> anyhow::Result<Option<Day>> {
        let sql = "SELECT MIN(day) FROM purges WHERE sealed IS NOT NULL";
        let day: Option<i64> = sqlx::query_scalar(sql).fetch_one(&self.control.pool()).await?;
        Ok(day.map(i32::try_from).transpose()?.map(Day))
    }

    /// Those that are not done at a start, after keys are destroyed that a process left that ended between two steps.
    pub(super) async fn left(&self) -> anyhow::Result<Vec<[u8; 16]>> {
        let ids = self.unfinished().await?;
        let mut idle = self.keys.list(Purpose::Control).await?;
        idle.retain(|name| name.label.starts_with(&LABEL) && !ids.iter().any(|id| key_name(*id) == *name));
        if !idle.is_empty() {
            self.keys.remove(&idle).await?;
        }
        Ok(ids)
    }

    /// It is done: what it was about goes, with its key. When this returns, no earlier copy of it opens.
    pub(super) async fn finish(&self, id: [u8; 16], done: &Purged) -> anyhow::Result<()> {
        let mut change = self.control.pool().begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE purges SET sealed = NULL, words = ?, days = ?, cells = ?, spans_in_part = ? WHERE id = ?")
            .bind(number(done.words))
            .bind(number(done.days))
            .bind(number(done.cells))
            .bind(number(done.spans_in_part))
            .bind(id.as_slice())
            .execute(&mut *change)
            .await?;
        sqlx::query("DELETE FROM purges WHERE id = ? AND kind IS NULL")
            .bind(id.as_slice())
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(self.keys.remove(&[key_name(id)]).await?)
    }

    /// The purges of a site, the last days first.
    pub(crate) async fn list(&self, site: SiteId) -> anyhow::Result<Vec<Listed>> {
        let sql = "SELECT id, day, kind, sealed IS NULL AS done, words, days, cells, spans_in_part FROM purges
            WHERE site = ? AND kind IS NOT NULL ORDER BY day DESC, id LIMIT ?";
        let rows = sqlx::query(sql).bind(i64::from(site.0)).bind(MOST_LISTED).fetch_all(&self.control.pool()).await?;
        let listed = |row: &sqlx::sqlite::SqliteRow| {
            let count = |name: &str| -> anyhow::Result<usize> {
                Ok(usize::try_from(row.try_get::<Option<i64>, _>(name)?.unwrap_or(0))?)
            };
            let id: Vec<u8> = row.try_get("id")?;
            let done = Purged {
                words: count("words")?,
                days: count("days")?,
                cells: count("cells")?,
                spans_in_part: count("spans_in_part")?,
            };
            Ok(Listed {
                id: id.try_into().map_err(|_| anyhow::anyhow!("a purge without a number"))?,
                day: Day(i32::try_from(row.try_get::<i64, _>("day")?)?),
                kind: row.try_get("kind")?,
                done: row.try_get::<bool, _>("done")?.then_some(done),
            })
        };
        rows.iter().map(listed).collect()
    }
}

fn open(key: &DataKey, id: &[u8; 16], sealed: &[u8]) -> anyhow::Result<Job> {
    let plain = Zeroizing::new(open_record(key, &place(id), sealed)?);
    Ok(serde_json::from_slice(&plain)?)
}

/// Purges that some of these keys open, as an attacker reads them.
#[cfg(test)]
pub(crate) async fn opened(pool: &sqlx::SqlitePool, keys: &[DataKey]) -> Vec<String> {
    let rows: Vec<(Vec<u8>, Vec<u8>)> =
        sqlx::query_as("SELECT id, sealed FROM purges WHERE sealed IS NOT NULL").fetch_all(pool).await.expect("read");
    let each = |(id, sealed): (Vec<u8>, Vec<u8>)| {
        let id: [u8; 16] = id.try_into().expect("a number");
        keys.iter().find_map(|key| open_record(key, &place(&id), &sealed).ok())
    };
    rows.into_iter().filter_map(each).map(|plain| String::from_utf8_lossy(&plain).into_owned()).collect()
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
