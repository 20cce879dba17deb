//! The door: what is put in goes to its destination, is tried again while that makes sense, and is written down.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::StreamExt;
use outis_disclose::note;
use outis_event::{Clock, Timestamp};
use outis_keys::{KeyError, KeyName, Keys};
use sqlx::SqlitePool;

use crate::destination::Destination;
use crate::egress::{Egress, Line};
use crate::outbox::{Body, Id, MOST_BODY_BYTES, Message, Outbox, Owner, Waiting};
use crate::resolve::Resolve;
use crate::send::{Outcome, Parcel, send};

/// Destinations that something goes to at once.
const AT_ONCE: usize = 8;
/// Seconds between attempts; after the last one a message is given up, some four hours after the first.
const WAITS_S: [i64; 7] = [5, 30, 120, 600, 1_800, 3_600, 7_200];
/// Waits are up to this much longer, so that a receiver that comes back is not met by everything at once.
const JITTER: f64 = 0.25;

/// Why the door does not open.
#[derive(Debug, thiserror::Error)]
pub enum DistributeError {
    /// The database.
    #[error("the database of messages")]
    Database(#[from] sqlx::Error),
    /// The key tree.
    #[error("the keys of messages")]
    Keys(#[from] KeyError),
    /// A record does not open.
    #[error("a record of messages is damaged")]
    Damaged,
    /// The system has no randomness.
    #[error("the system has no randomness")]
    Randomness,
}

/// Why a message is not taken.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The owner declared no such destination.
    #[error("no destination of this name is declared")]
    NoDestination,
    /// It is longer than 64 KiB.
    #[error("a message has at most 64 KiB")]
    TooLong,
    /// Too many wait already.
    #[error("too many messages wait: the receiver does not take them")]
    Full,
    /// Something of ours.
    #[error("the message could not be kept")]
    Failed(#[from] DistributeError),
}

/// The only door out.
pub struct Distribute {
    destinations: BTreeMap<String, Destination>,
    outbox: Outbox,
    egress: Egress,
    resolver: Arc<dyn Resolve>,
    clock: Arc<dyn Clock>,
    /// Held while messages are sent.
    working: tokio::sync::Mutex<()>,
}

impl Distribute {
    /// Opens it, with what still waits from an earlier run.
    ///
    /// # Errors
    /// When database or keys refuse.
    pub async fn open(
        destinations: Vec<Destination>,
        pool: SqlitePool,
        keys: Arc<dyn Keys>,
        resolver: Arc<dyn Resolve>,
        clock: Arc<dyn Clock>,
    ) -> Result<Distribute, DistributeError> {
        Ok(Distribute {
            destinations: destinations.into_iter().map(|to| (to.name.clone(), to)).collect(),
            egress: Egress::open(pool.clone(), keys.as_ref()).await?,
            outbox: Outbox::open(pool, keys).await?,
            resolver,
            clock,
            working: tokio::sync::Mutex::default(),
        })
    }

    /// Where something may go.
    pub fn destinations(&self) -> impl Iterator<Item = &Destination> {
        self.destinations.values()
    }

    /// The destination whose address is this one, letter by letter as it was declared.
    pub fn destination_at(&self, url: &str) -> Option<&Destination> {
        self.destinations().find(|to| to.url == url)
    }

    /// The address of a destination.
    pub fn url_of(&self, destination: &str) -> Option<&str> {
        self.destinations.get(destination).map(|to| to.url.as_str())
    }

    /// Takes a message; it is durable when this returns, and sent with the next [`Distribute::work`]. Gives the name under
    /// which the receiver gets it, the same with every attempt.
    ///
    /// # Errors
    /// [`QueueError`]; nothing is kept then.
    pub async fn queue(&self, destination: &str, message: Message) -> Result<String, QueueError> {
        if !self.destinations.contains_key(destination) {
            return Err(QueueError::NoDestination);
        }
        if message.body.len() > MOST_BODY_BYTES {
            return Err(QueueError::TooLong);
        }
        let (now, body) = (self.clock.now().0, Body(message.body.into()));
        let (destination, kind, headers) = (destination.to_owned(), message.kind, message.headers);
        let of = message.of;
        let waiting = Waiting { destination, kind, of, body, headers, put_ms: now, due_ms: now, attempts: 0 };
        let id = self.outbox.put(waiting).await?.ok_or(QueueError::Full)?;
        Ok(named(&id))
    }

    /// A member is being forgotten: from now on nothing of theirs is sent. What lies on the disk follows with
    /// [`Distribute::rewrite`] and the keys of [`Distribute::keys_over`].
    pub fn gone(&self, owner: Owner) {
        self.outbox.gone(owner);
    }

    /// Takes what is of members who are gone from the disk, durably.
    ///
    /// # Errors
    /// When key tree or database refuse; nothing of theirs is sent all the same.
    pub async fn rewrite(&self) -> Result<(), DistributeError> {
        self.outbox.seal_anew().await
    }

    /// Keys that earlier copies of what waited would open with: to be destroyed with the key of the member who is gone.
    pub fn keys_over(&self) -> Vec<KeyName> {
        self.outbox.keys_over()
    }

    /// How many messages wait.
    pub fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// Sends what is due. A destination that does not take a message gets no further one this time. Does nothing while it
    /// is already at work.
    pub async fn work(&self) {
        let Ok(_alone) = self.working.try_lock() else { return };
        let due = self.outbox.due(self.clock.now());
        let each = futures::stream::iter(due).for_each_concurrent(AT_ONCE, |(name, messages)| async move {
            if self.go_to(&name, messages).await.is_err() {
                note!(Error, "what became of a message could not be written; it may be sent twice");
            }
        });
        each.await;
    }

    async fn go_to(&self, name: &str, messages: Vec<Id>) -> Result<(), DistributeError> {
        for id in messages {
            let Some(waiting) = self.outbox.read(&id) else { continue };
            let Some(to) = self.destinations.get(name) else {
                note!(Warn, "a message was given up: its destination is not declared any more");
                self.outbox.remove(&id).await?;
                continue;
            };
            let now = self.clock.now();
            let (id_told, seconds) = (named(&id), now.0.div_euclid(1000));
            let parcel = Parcel { id: &id_told, seconds, body: &waiting.body.0, headers: &waiting.headers };
            let outcome = send(self.resolver.as_ref(), to, &parcel).await;
            self.egress.note(now, (name, waiting.kind, outcome), waiting.body.0.len()).await?;
            match outcome {
                Outcome::Delivered | Outcome::Gone => self.outbox.remove(&id).await?,
                Outcome::Refused | Outcome::Unreachable | Outcome::Blocked => {
                    self.later(id, waiting).await?;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Tries again later, or gives up.
    async fn later(&self, id: Id, waiting: Waiting) -> Result<(), DistributeError> {
        let Some(wait_s) = WAITS_S.get(waiting.attempts as usize) else {
            note!(
                Warn,
                "a message was given up: its destination did not take it for hours; GET /api/v1/egress tells more"
            );
            return self.outbox.remove(&id).await;
        };
        let longer = 1.0 + JITTER * fastrand::f64();
        let due_ms = self.clock.now().0 + (*wait_s as f64 * 1000.0 * longer) as i64;
        self.outbox.defer(id, Waiting { due_ms, attempts: waiting.attempts + 1, ..waiting }).await
    }

    /// What went out in the last 90 days, the newest hour first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn egress(&self) -> Result<Vec<Line>, DistributeError> {
        self.egress.all().await
    }

    /// Removes what is kept no longer, with its keys.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn expire(&self) -> Result<(), DistributeError> {
        let now: Timestamp = self.clock.now();
        self.outbox.expire(now).await?;
        self.egress.expire(now).await
    }
}

/// The name of a message as its receiver sees it.
fn named(id: &Id) -> String {
    format!("msg_{}", URL_SAFE_NO_PAD.encode(id))
}
