//! Messages that wait to be taken: in memory, and sealed in a table for the case of a restart.
//!
//! Each is sealed under a key of the day on which it was put in. No message outlives the day after, and then its key is
//! destroyed: no earlier copy of the table opens. Which message is older than which is not told outside of what is sealed.
//! Messages of members lie apart ([`crate::owned`]): they go with whoever they are of.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use jiff::tz::TimeZone;
use outis_event::{Day, Timestamp};
use outis_keys::{KeyName, Keys, Purpose, open_record, seal_record};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sqlx::{Row, SqlitePool};

use crate::distribute::DistributeError;
use crate::owned::Owned;

/// Most messages that wait.
const MOST_WAITING: usize = 10_000;
/// Most of them with words of members: they are sealed anew whenever somebody is forgotten.
const MOST_OF_MEMBERS: usize = 1_000;
/// Longest body of a message.
pub(crate) const MOST_BODY_BYTES: usize = 64 * 1024;
const LABEL: &[u8; 8] = b"outbox//";
const TABLE: &str = "CREATE TABLE IF NOT EXISTS outbox (
    id BLOB PRIMARY KEY, day INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID";

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An intent of somebody is to be carried out.
    Intent,
    /// How far a request about members is.
    RequestState,
}

/// Something to be sent.
pub struct Message {
    /// What it is about; the receiver is told too.
    pub kind: Kind,
    /// The member whose words are in it: forgetting them takes it out.
    pub of: Option<Owner>,
    /// JSON, at most 64 KiB. Nothing in it may say who somebody is.
    pub body: Vec<u8>,
    /// What the receiver's own protocol wants beside the headers of a webhook.
    pub headers: Headers,
}

/// A member, as whoever makes members names them. It is as personal as an id: it is in memory, and on the disk inside of
/// what is sealed under a key that goes when somebody is forgotten.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner(pub [u8; 16]);

impl std::fmt::Debug for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Owner(..)")
    }
}

/// Further headers of a message; none by default.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<(String, String)>", into = "Vec<(String, String)>")]
pub struct Headers(pub(crate) Vec<(HeaderName, HeaderValue)>);

/// Not headers.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("names and values of headers are of visible ASCII")]
pub struct NoHeaders;

impl TryFrom<Vec<(String, String)>> for Headers {
    type Error = NoHeaders;

    fn try_from(texts: Vec<(String, String)>) -> Result<Headers, NoHeaders> {
        let parsed = |(name, value): (String, String)| {
            let visible = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            let value = HeaderValue::try_from(value).ok().filter(|_| visible)?;
            Some((HeaderName::try_from(name).ok()?, value))
        };
        texts.into_iter().map(parsed).collect::<Option<_>>().map(Headers).ok_or(NoHeaders)
    }
}

impl From<Headers> for Vec<(String, String)> {
    fn from(headers: Headers) -> Self {
        let texts = |(name, value): (HeaderName, HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        headers.0.into_iter().map(texts).collect()
    }
}

/// A message that waits.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) destination: String,
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) of: Option<Owner>,
    pub(crate) body: Body,
    #[serde(default)]
    pub(crate) headers: Headers,
    pub(crate) put_ms: i64,
    pub(crate) due_ms: i64,
    pub(crate) attempts: u32,
}

/// Bytes as text, as they are sealed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Body(pub(crate) Bytes);

impl TryFrom<String> for Body {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Body, base64::DecodeError> {
        Ok(Body(URL_SAFE_NO_PAD.decode(text)?.into()))
    }
}

impl From<Body> for String {
    fn from(bytes: Body) -> String {
        URL_SAFE_NO_PAD.encode(bytes.0)
    }
}

/// Names of messages: random.
pub(crate) type Id = [u8; 16];

pub(crate) struct Outbox {
    pool: SqlitePool,
    keys: Arc<dyn Keys>,
    owned: Owned,
    waiting: Mutex<BTreeMap<Id, Waiting>>,
}

impl Outbox {
    pub(crate) async fn open(pool: SqlitePool, keys: Arc<dyn Keys>) -> Result<Outbox, DistributeError> {
        sqlx::query(TABLE).execute(&pool).await?;
        let (owned, of_members) = Owned::open(pool.clone(), keys.clone()).await?;
        let outbox = Outbox { pool, keys, owned, waiting: Mutex::new(of_members) };
        let rows = sqlx::query("SELECT id, day, sealed FROM outbox").fetch_all(&outbox.pool).await?;
        for row in rows {
            let id: Result<Id, _> = row.try_get::<Vec<u8>, _>("id")?.try_into();
            let day = i32::try_from(row.try_get::<i64, _>("day")?).map(Day);
            let (Ok(id), Ok(day)) = (id, day) else { continue };
            // A message whose key is gone was to be gone with it.
            let Some(key) = outbox.keys.get(key_name(day)).await? else { continue };
            let plain = open_record(&key, &place(&id, day), &row.try_get::<Vec<u8>, _>("sealed")?);
            let waiting = plain.ok().and_then(|plain| serde_json::from_slice(&plain).ok());
            if let Some(waiting) = waiting {
                outbox.waiting.lock().insert(id, waiting);
            }
        }
        Ok(outbox)
    }

    /// Keeps a message; durable when it returns. `None` if too many wait.
    pub(crate) async fn put(&self, waiting: Waiting) -> Result<Option<Id>, DistributeError> {
        let mut id = [0; 16];
        aws_lc_rs::rand::fill(&mut id).map_err(|_| DistributeError::Randomness)?;
        if self.is_full(&waiting) {
            return Ok(None);
        }
        if waiting.of.is_none() {
            self.keep(id, &waiting).await?;
            self.waiting.lock().insert(id, waiting);
            return Ok(Some(id));
        }
        // Before it is written, so that whoever is forgotten meanwhile takes it along.
        self.waiting.lock().insert(id, waiting.clone());
        if let Err(refused) = self.keep(id, &waiting).await {
            self.waiting.lock().remove(&id);
            return Err(refused);
        }
        Ok(Some(id))
    }

    fn is_full(&self, next: &Waiting) -> bool {
        let all = self.waiting.lock();
        let of_members = || all.values().filter(|waiting| waiting.of.is_some()).count();
        all.len() >= MOST_WAITING || next.of.is_some() && of_members() >= MOST_OF_MEMBERS
    }

    /// What is due, by destination, the oldest first.
    pub(crate) fn due(&self, now: Timestamp) -> BTreeMap<String, Vec<Id>> {
        let waiting = self.waiting.lock();
        let mut due: Vec<(&Id, &Waiting)> = waiting.iter().filter(|(_, waiting)| waiting.due_ms <= now.0).collect();
        due.sort_by_key(|(_, waiting)| waiting.put_ms);
        let mut by_destination: BTreeMap<String, Vec<Id>> = BTreeMap::new();
        for (id, waiting) in due {
            by_destination.entry(waiting.destination.clone()).or_default().push(*id);
        }
        by_destination
    }

    pub(crate) fn read(&self, id: &Id) -> Option<Waiting> {
        self.waiting.lock().get(id).cloned()
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.lock().len()
    }

    /// It is tried again later, unless whoever it is of is gone.
    pub(crate) async fn defer(&self, id: Id, waiting: Waiting) -> Result<(), DistributeError> {
        match self.waiting.lock().get_mut(&id) {
            Some(place) => *place = waiting.clone(),
            None => return Ok(()),
        }
        self.keep(id, &waiting).await
    }

    /// Takes out of memory what is of somebody. [`Outbox::seal_anew`] does the rest.
    pub(crate) fn gone(&self, owner: Owner) {
        self.waiting.lock().retain(|_, waiting| waiting.of != Some(owner));
    }

    /// Rewrites what is of members without those who are gone.
    pub(crate) async fn seal_anew(&self) -> Result<(), DistributeError> {
        self.owned.seal_anew(|| self.of_members()).await
    }

    /// Keys that open what is of members who are gone.
    pub(crate) fn keys_over(&self) -> Vec<KeyName> {
        self.owned.over()
    }

    fn of_members(&self) -> BTreeMap<Id, Waiting> {
        let waiting = self.waiting.lock();
        waiting.iter().filter(|(_, waiting)| waiting.of.is_some()).map(|(id, waiting)| (*id, waiting.clone())).collect()
    }

    /// It was taken, or given up.
    pub(crate) async fn remove(&self, id: &Id) -> Result<(), DistributeError> {
        if self.waiting.lock().remove(id).is_none_or(|waiting| waiting.of.is_some()) {
            return self.owned.remove(id).await;
        }
        sqlx::query("DELETE FROM outbox WHERE id = ?").bind(&id[..]).execute(&self.pool).await?;
        Ok(())
    }

    /// Destroys the keys of days whose messages are gone.
    pub(crate) async fn expire(&self, now: Timestamp) -> Result<(), DistributeError> {
        let oldest = day_of(now.0).plus(-1);
        sqlx::query("DELETE FROM outbox WHERE day < ?").bind(i64::from(oldest.0)).execute(&self.pool).await?;
        self.waiting.lock().retain(|_, waiting| day_of(waiting.put_ms) >= oldest);
        if self.of_members().is_empty() {
            // What was delivered is not to be read from a copy either.
            self.seal_anew().await?;
        }
        self.owned.expire().await?;
        let mut old = self.keys.list(Purpose::Control).await?;
        old.retain(|name| day_named(name).is_some_and(|day| day < oldest));
        if !old.is_empty() {
            self.keys.remove(&old).await?;
        }
        Ok(())
    }

    async fn keep(&self, id: Id, waiting: &Waiting) -> Result<(), DistributeError> {
        if waiting.of.is_some() {
            return self.owned.keep(id, waiting, || self.waiting.lock().contains_key(&id)).await;
        }
        let day = day_of(waiting.put_ms);
        let key = self.keys.get_or_create(key_name(day)).await?;
        let plain = serde_json::to_vec(waiting).map_err(|_| DistributeError::Damaged)?;
        let sealed = seal_record(&key, &place(&id, day), &plain).map_err(|_| DistributeError::Damaged)?;
        sqlx::query("INSERT OR REPLACE INTO outbox (id, day, sealed) VALUES (?, ?, ?)")
            .bind(&id[..])
            .bind(i64::from(day.0))
            .bind(sealed)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn day_of(ms: i64) -> Day {
    Timestamp(ms).day(&TimeZone::UTC)
}

fn key_name(day: Day) -> KeyName {
    let mut label = [0; 16];
    label[..8].copy_from_slice(LABEL);
    label[8..12].copy_from_slice(&day.0.to_be_bytes());
    KeyName { purpose: Purpose::Control, label }
}

fn day_named(name: &KeyName) -> Option<Day> {
    let rest = name.label.strip_prefix(LABEL.as_slice())?;
    let (day, rest) = rest.split_first_chunk::<4>()?;
    (rest == [0; 4]).then(|| Day(i32::from_be_bytes(*day)))
}

fn place(id: &Id, day: Day) -> Vec<u8> {
    [b"outbox/".as_slice(), id, &day.0.to_be_bytes()].concat()
}
