//! Messages with words of members, on the disk: sealed under a key that goes whenever somebody is forgotten.
//!
//! Whose a message is stands inside of what is sealed. Before the key goes, what waits of others is sealed anew under the
//! next one; so no earlier copy of the table opens, and none tells whether somebody ever was a member. Without messages
//! there is no key, and a forgetting costs nothing here.

use std::collections::BTreeMap;
use std::sync::Arc;

use outis_keys::{KeyName, Keys, Purpose, open_record, seal_record};
use parking_lot::Mutex;
use sqlx::{Row, SqlitePool};

use crate::distribute::DistributeError;
use crate::outbox::{Id, Waiting};

const LABEL: &[u8; 8] = b"outbox/m";
const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS outbox_of_members (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID";
const PUT: &str = "INSERT OR REPLACE INTO outbox_of_members (id, sealed) VALUES (?, ?)";

/// Which key messages are sealed under.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Generation {
    number: u64,
    /// Something was sealed under it.
    used: bool,
}

pub(crate) struct Owned {
    pool: SqlitePool,
    keys: Arc<dyn Keys>,
    /// Held while rows are written.
    generation: tokio::sync::Mutex<Generation>,
    /// Keys that are to be destroyed with the next member's.
    over: Mutex<Vec<KeyName>>,
}

impl Owned {
    /// Opens the table and reads what waits in it.
    pub(crate) async fn open(
        pool: SqlitePool,
        keys: Arc<dyn Keys>,
    ) -> Result<(Owned, BTreeMap<Id, Waiting>), DistributeError> {
        sqlx::query(TABLE).execute(&pool).await?;
        let mut names: Vec<(u64, KeyName)> = Vec::new();
        for name in keys.list(Purpose::Control).await? {
            names.extend(number_of(&name).map(|number| (number, name)));
        }
        names.sort_unstable_by_key(|(number, _)| *number);
        let mut waiting = BTreeMap::new();
        for row in sqlx::query("SELECT id, sealed FROM outbox_of_members").fetch_all(&pool).await? {
            let Ok(id) = Id::try_from(row.try_get::<Vec<u8>, _>("id")?) else { continue };
            let sealed = row.try_get::<Vec<u8>, _>("sealed")?;
            // A row that none of the keys opens was to be gone with its key.
            for (_, name) in &names {
                let Some(key) = keys.get(*name).await? else { continue };
                let plain = open_record(&key, &place(&id), &sealed).ok();
                if let Some(read) = plain.and_then(|plain| serde_json::from_slice(&plain).ok()) {
                    waiting.insert(id, read);
                    break;
                }
            }
        }
        let generation = Generation { number: names.last().map_or(0, |(number, _)| *number), used: !names.is_empty() };
        // It stopped between a new key and the end of the old one: both have rows, perhaps.
        let over: Vec<KeyName> = names.iter().rev().skip(1).map(|(_, name)| *name).collect();
        let owned = Owned { pool, keys, generation: generation.into(), over: Mutex::default() };
        if !over.is_empty() {
            owned.seal_anew(|| waiting.clone()).await?;
            let over = std::mem::take(&mut *owned.over.lock()).into_iter().chain(over).collect::<Vec<_>>();
            owned.keys.remove(&over).await?;
        }
        Ok((owned, waiting))
    }

    /// Keeps a message, if it is `there` still.
    pub(crate) async fn keep(
        &self,
        id: Id,
        waiting: &Waiting,
        there: impl FnOnce() -> bool,
    ) -> Result<(), DistributeError> {
        let mut generation = self.generation.lock().await;
        if !there() {
            return Ok(());
        }
        generation.used = true;
        let sealed = self.sealed(generation.number, &id, waiting).await?;
        sqlx::query(PUT).bind(&id[..]).bind(sealed).execute(&self.pool).await?;
        Ok(())
    }

    pub(crate) async fn remove(&self, id: &Id) -> Result<(), DistributeError> {
        sqlx::query("DELETE FROM outbox_of_members WHERE id = ?").bind(&id[..]).execute(&self.pool).await?;
        Ok(())
    }

    /// Seals what waits anew and removes what does not; the old key is over then.
    pub(crate) async fn seal_anew(
        &self,
        waiting: impl FnOnce() -> BTreeMap<Id, Waiting>,
    ) -> Result<(), DistributeError> {
        let mut generation = self.generation.lock().await;
        if !generation.used {
            return Ok(());
        }
        let (old, waiting) = (generation.number, waiting());
        let mut writing = self.pool.begin().await?;
        sqlx::query("DELETE FROM outbox_of_members").execute(&mut *writing).await?;
        for (id, message) in &waiting {
            let sealed = self.sealed(old + 1, id, message).await?;
            sqlx::query(PUT).bind(&id[..]).bind(sealed).execute(&mut *writing).await?;
        }
        writing.commit().await?;
        *generation = Generation { number: old + 1, used: !waiting.is_empty() };
        self.over.lock().push(key_name(old));
        Ok(())
    }

    /// Keys under which nothing is sealed any more.
    pub(crate) fn over(&self) -> Vec<KeyName> {
        self.over.lock().clone()
    }

    /// Destroys keys that are over.
    pub(crate) async fn expire(&self) -> Result<(), DistributeError> {
        let over = self.over();
        if !over.is_empty() {
            self.keys.remove(&over).await?;
            self.over.lock().retain(|name| !over.contains(name));
        }
        Ok(())
    }

    async fn sealed(&self, generation: u64, id: &Id, waiting: &Waiting) -> Result<Vec<u8>, DistributeError> {
        let key = self.keys.get_or_create(key_name(generation)).await?;
        let plain = serde_json::to_vec(waiting).map_err(|_| DistributeError::Damaged)?;
        seal_record(&key, &place(id), &plain).map_err(|_| DistributeError::Damaged)
    }
}

fn key_name(generation: u64) -> KeyName {
    let mut label = [0; 16];
    label[..8].copy_from_slice(LABEL);
    label[8..].copy_from_slice(&generation.to_be_bytes());
    KeyName { purpose: Purpose::Control, label }
}

fn number_of(name: &KeyName) -> Option<u64> {
    let rest = name.label.strip_prefix(LABEL.as_slice())?;
    Some(u64::from_be_bytes(rest.try_into().ok()?))
}

fn place(id: &Id) -> Vec<u8> {
    [b"outbox/of-members/".as_slice(), id].concat()
}
