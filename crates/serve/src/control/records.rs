//! Records that are kept for a stated time: who of the staff did what, and what became of requests about members.
//!
//! Each is sealed under a key of its day, which is destroyed when the day is too long ago, so that no copy made before
//! opens then. All are equally long up to a bound: a row does not tell which of the two it is.

use std::sync::Arc;

use outis_event::Day;
use outis_keys::{KeyName, Keys, Purpose, open_record, seal_record};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::Control;
use super::audit::Entry;
use super::requests::Request;

/// Days that records are kept.
pub(crate) const KEPT_DAYS: i32 = 90;
/// Most records of a kind; beyond that the oldest go first.
const MOST: usize = 10_000;
/// Records are as long as a power of two, and at least this.
const LEAST_BYTES: usize = 4_096;
const LABEL: &[u8; 8] = b"records/";

/// A record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Audit(Entry),
    Request(Request),
}

/// A row as it was read: its name and what it holds.
type Read = ([u8; 16], Day, Record);

/// The records.
pub(crate) struct Records {
    control: Control,
    keys: Arc<dyn Keys>,
}

impl Records {
    pub(crate) fn new(control: Control, keys: Arc<dyn Keys>) -> Records {
        Records { control, keys }
    }

    /// Writes down what somebody did; durable when it returns.
    ///
    /// # Errors
    /// When key tree or database refuse.
    pub(crate) async fn note(&self, entry: Entry, today: Day) -> anyhow::Result<()> {
        let mut id = [0; 16];
        aws_lc_rs::rand::fill(&mut id).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
        self.put(id, today, &Record::Audit(entry)).await
    }

    /// What staff did, the newest first; nothing of an hour tells an order.
    ///
    /// # Errors
    /// When a record does not open.
    pub(crate) async fn noted(&self) -> anyhow::Result<Vec<Entry>> {
        let all = self.all().await?.into_iter();
        let mut entries: Vec<Entry> = all.filter_map(|(_, _, record)| record.entry()).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.hour));
        Ok(entries)
    }

    /// Keeps what became of a request, in place of what was kept of it before.
    ///
    /// # Errors
    /// When key tree or database refuse.
    pub(crate) async fn put_request(&self, request: &Request, today: Day) -> anyhow::Result<()> {
        self.put(request.place(), today, &Record::Request(request.clone())).await
    }

    /// What became of the request of this name.
    ///
    /// # Errors
    /// When the record does not open.
    pub(crate) async fn request(&self, place: [u8; 16]) -> anyhow::Result<Option<Request>> {
        let query = sqlx::query("SELECT id, day, sealed FROM records WHERE id = ?").bind(&place[..]);
        let Some(row) = query.fetch_optional(&self.control.pool).await? else { return Ok(None) };
        Ok(self.open(&row).await?.and_then(|(_, _, record)| record.request()))
    }

    /// All requests, the newest first.
    ///
    /// # Errors
    /// When a record does not open.
    pub(crate) async fn requests(&self) -> anyhow::Result<Vec<Request>> {
        let all = self.all().await?.into_iter();
        let mut requests: Vec<Request> = all.filter_map(|(_, _, record)| record.request()).collect();
        requests.sort_by_key(|request| std::cmp::Reverse(request.received_hour));
        Ok(requests)
    }

    /// Removes what is too old or too much, with the keys of the days that are too long ago.
    ///
    /// # Errors
    /// When key tree or database refuse.
    pub(crate) async fn expire(&self, today: Day) -> anyhow::Result<()> {
        let oldest = today.plus(-KEPT_DAYS);
        let old = sqlx::query("DELETE FROM records WHERE day < ?").bind(i64::from(oldest.0));
        old.execute(&self.control.pool).await?;
        let names = self.keys.list(Purpose::Control).await?;
        let old: Vec<KeyName> = names.into_iter().filter(|name| day_of(name).is_some_and(|day| day < oldest)).collect();
        if !old.is_empty() {
            self.keys.remove(&old).await?;
        }
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM records").fetch_one(&self.control.pool).await?;
        if count > MOST as i64 { self.cut().await } else { Ok(()) }
    }

    /// Removes the oldest of a kind of which there are too many.
    async fn cut(&self) -> anyhow::Result<()> {
        let mut all = self.all().await?;
        all.sort_by_key(|(_, day, _)| std::cmp::Reverse(*day));
        let (entries, requests): (Vec<Read>, Vec<Read>) =
            all.into_iter().partition(|(_, _, record)| matches!(record, Record::Audit(_)));
        for (id, ..) in entries.iter().skip(MOST).chain(requests.iter().skip(MOST)) {
            let query = sqlx::query("DELETE FROM records WHERE id = ?").bind(&id[..]);
            query.execute(&self.control.pool).await?;
        }
        Ok(())
    }

    async fn put(&self, id: [u8; 16], day: Day, record: &Record) -> anyhow::Result<()> {
        let key = self.keys.get_or_create(key_name(day)).await?;
        let json = serde_json::to_vec(record)?;
        let mut plain = u32::try_from(json.len())?.to_le_bytes().to_vec();
        plain.extend_from_slice(&json);
        plain.resize(plain.len().next_power_of_two().max(LEAST_BYTES), 0);
        let sealed = seal_record(&key, &place(&id, day), &plain)?;
        sqlx::query("INSERT OR REPLACE INTO records (id, day, sealed) VALUES (?, ?, ?)")
            .bind(&id[..])
            .bind(i64::from(day.0))
            .bind(sealed)
            .execute(&self.control.pool)
            .await?;
        Ok(())
    }

    async fn all(&self) -> anyhow::Result<Vec<Read>> {
        let rows = sqlx::query("SELECT id, day, sealed FROM records").fetch_all(&self.control.pool).await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            all.extend(self.open(&row).await?);
        }
        Ok(all)
    }

    /// A row; `None` if the key of its day is gone.
    async fn open(&self, row: &sqlx::sqlite::SqliteRow) -> anyhow::Result<Option<Read>> {
        let id: Vec<u8> = row.try_get("id")?;
        let id: [u8; 16] = id.try_into().map_err(|_| anyhow::anyhow!("a record's name has another length"))?;
        let day = Day(i32::try_from(row.try_get::<i64, _>("day")?)?);
        let Some(key) = self.keys.get(key_name(day)).await? else { return Ok(None) };
        let plain = open_record(&key, &place(&id, day), &row.try_get::<Vec<u8>, _>("sealed")?)?;
        let short = || anyhow::anyhow!("a record is shorter than it says");
        let (length, rest) = plain.split_first_chunk::<4>().ok_or_else(short)?;
        let json = rest.get(..u32::from_le_bytes(*length) as usize).ok_or_else(short)?;
        Ok(Some((id, day, serde_json::from_slice(json)?)))
    }
}

impl Record {
    fn entry(self) -> Option<Entry> {
        match self {
            Record::Audit(entry) => Some(entry),
            Record::Request(_) => None,
        }
    }

    fn request(self) -> Option<Request> {
        match self {
            Record::Request(request) => Some(request),
            Record::Audit(_) => None,
        }
    }
}

fn key_name(day: Day) -> KeyName {
    let mut label = [0; 16];
    label[..8].copy_from_slice(LABEL);
    label[8..12].copy_from_slice(&day.0.to_be_bytes());
    KeyName { purpose: Purpose::Control, label }
}

/// The day of a key of records.
fn day_of(name: &KeyName) -> Option<Day> {
    let [a, b, c, d, 0, 0, 0, 0] = *name.label.strip_prefix(LABEL)? else { return None };
    Some(Day(i32::from_be_bytes([a, b, c, d])))
}

fn place(id: &[u8; 16], day: Day) -> Vec<u8> {
    [LABEL.as_slice(), id, &day.0.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use outis_keys::MemoryKeys;

    use super::super::audit::{Actor, Deed};
    use super::super::requests::{Kind, RequestId};
    use super::*;

    const TODAY: Day = Day(20_000);

    async fn records() -> (tempfile::TempDir, Arc<MemoryKeys>, Records) {
        let dir = tempfile::tempdir().expect("a folder");
        let control = Control::open(dir.path()).await.expect("opened");
        let keys = Arc::new(MemoryKeys::default());
        (dir, keys.clone(), Records::new(control, keys))
    }

    fn entry(hour: i64) -> Entry {
        Entry { hour, by: Actor::Operator, deed: Deed::ChangedRoles }
    }

    fn request(site: u32) -> Request {
        Request {
            id: RequestId::random().expect("random"),
            site,
            kind: Kind::Erasure,
            mode: None,
            received_hour: 7,
            settled_ms: 1,
            receipts: vec![serde_json::json!({ "receipt": "x".repeat(3_000) })],
            callbacks: None,
        }
    }

    #[tokio::test]
    async fn what_is_kept_is_read_again_and_says_nothing_on_the_disk() {
        let (_dir, _, records) = records().await;
        let (one, other) = (request(1), request(2));
        records.note(entry(3), TODAY).await.expect("written");
        records.note(entry(4), TODAY.plus(1)).await.expect("written");
        records.put_request(&one, TODAY).await.expect("written");
        assert_eq!(records.request(one.place()).await.expect("read"), Some(one.clone()));
        assert_eq!(records.request(other.place()).await.expect("read"), None);
        assert_eq!(records.noted().await.expect("read"), [entry(4), entry(3)]);
        assert_eq!(records.requests().await.expect("read"), [one]);
        let lengths: Vec<i64> = sqlx::query_scalar("SELECT length(sealed) FROM records")
            .fetch_all(&records.control.pool)
            .await
            .expect("read");
        assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
    }

    #[tokio::test]
    async fn after_their_time_records_go_with_their_key() {
        let (_dir, keys, records) = records().await;
        records.note(entry(3), TODAY).await.expect("written");
        records.expire(TODAY.plus(KEPT_DAYS)).await.expect("expired");
        assert_eq!(records.noted().await.expect("read").len(), 1);
        let row: Vec<u8> =
            sqlx::query_scalar("SELECT sealed FROM records").fetch_one(&records.control.pool).await.expect("a row");
        records.expire(TODAY.plus(KEPT_DAYS + 1)).await.expect("expired");
        assert!(records.noted().await.expect("read").is_empty());
        assert!(keys.get(key_name(TODAY)).await.expect("read").is_none(), "no copy of the row opens any more");
        sqlx::query("INSERT INTO records VALUES (?, ?, ?)")
            .bind(&[1u8; 16][..])
            .bind(i64::from(TODAY.0))
            .bind(row)
            .execute(&records.control.pool)
            .await
            .expect("a backup");
        assert!(records.noted().await.expect("read").is_empty());
    }

    #[test]
    fn keys_of_records_are_told_from_others() {
        assert_eq!(day_of(&key_name(Day(-3))), Some(Day(-3)));
        assert_eq!(day_of(&KeyName { purpose: Purpose::Control, label: *b"staff-----------" }), None);
    }
}
