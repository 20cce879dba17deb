//! The log of receipts: issues them, appends batches, proves what is in it.

use std::path::Path;
use std::sync::Arc;

use outis_event::Timestamp;
use outis_keys::Keys;
use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::checkpoint::{Head, LogProof};
use super::disk::{Disk, Folder, put};
use super::error::LogError;
use super::folder::CHECKPOINT;
use super::hash::Hash;
use super::key::{Origin, SigningKey, VerifierKey};
use super::note::{MOST_NOTE_BYTES, Note, SignatureError};
use super::receipt::{Leaf, Statement, SubjectCopy};
use super::schedule::Schedule;
use super::state::Vault;
use super::tile::Tile;
use super::writer::{Writer, begin};

/// Where a log lies, and when it grows.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// Its name.
    pub origin: Origin,
    /// When batches are appended.
    pub schedule: Schedule,
}

/// A batch that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The log's state after it.
    pub head: Head,
    /// How many leaves it had, dummies among them.
    pub leaves: u64,
}

/// How far a receipt is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Signed, not yet in the log: it waits for the next batch.
    Signed,
    /// In the log, which this proves.
    InLog(Box<LogProof>),
    /// Not a receipt of this log, as far as it knows.
    Unknown,
}

/// A file of the log for whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Its content, at most 64 KiB.
    pub bytes: Vec<u8>,
    /// Whether it never changes, so that it may be cached for long.
    pub immutable: bool,
    /// Its content type.
    pub content_type: &'static str,
}

/// An append-only log of receipts in a folder of plain files, with its sealed state in another.
///
/// Each call runs to its end once it has begun, also if its future is dropped. A call that fails in the middle leaves
/// nothing undone that a later call, or the next opening, does not complete or ignore.
///
/// Not promised: that whoever may change the program, or has its keys, cannot sign another history. That takes a
/// witness ([`super::Witness`]), or anybody who keeps an earlier checkpoint.
#[derive(Clone)]
pub struct ReceiptLog(Arc<Mutex<Writer>>);

impl std::fmt::Debug for ReceiptLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReceiptLog(..)")
    }
}

impl ReceiptLog {
    /// Opens the log whose files are in `folder` and whose state is in `private`, or begins it at `now` if both are
    /// empty. Everything in the folder is hashed anew; a batch that was interrupted is completed.
    ///
    /// # Errors
    /// [`LogError`]: among others when the folder was cut or holds another history than was appended here.
    pub async fn open(
        folder: &Path,
        private: &Path,
        keys: Arc<dyn Keys>,
        options: LogOptions,
        now: Timestamp,
    ) -> Result<ReceiptLog, LogError> {
        let (folder, private) = (folder.to_owned(), private.to_owned());
        let runtime = Handle::current();
        blocking(move || {
            let disks: [Arc<dyn Disk>; 2] = [Arc::new(Folder::public(&folder)?), Arc::new(Folder::private(&private)?)];
            ReceiptLog::on(disks, keys, runtime, options, now)
        })
        .await
    }

    /// On these disks (log, private), from a thread that may block.
    pub(crate) fn on(
        [folder, private]: [Arc<dyn Disk>; 2],
        keys: Arc<dyn Keys>,
        runtime: Handle,
        options: LogOptions,
        now: Timestamp,
    ) -> Result<ReceiptLog, LogError> {
        folder.lock().and_then(|()| private.lock()).map_err(in_use)?;
        let LogOptions { origin, schedule } = options;
        let exists = folder.read(CHECKPOINT, MOST_NOTE_BYTES)?.is_some();
        let fresh = || begin(origin.clone(), now);
        let (vault, state) = Vault::open(private, keys, runtime, exists, fresh)?;
        if state.origin != origin {
            return Err(LogError::OtherName);
        }
        let signing = SigningKey::of(&state.seed, origin).ok_or(LogError::StateDamaged)?;
        let mut writer = Writer { folder, vault, state, signing, schedule, settled: true };
        writer.publish()?;
        Ok(ReceiptLog(Arc::new(Mutex::new(writer))))
    }

    /// The key by which everybody checks this log and its receipts. To be published.
    pub fn verifier_key(&self) -> VerifierKey {
        self.0.lock().signing.verifier().clone()
    }

    /// Makes a receipt of a statement; its leaf waits for the next batch, durably, when this returns. Nothing of the
    /// receipt is kept but the leaf, and of that nothing that tells it from others after the batch.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn issue(&self, statement: Statement, now: Timestamp) -> Result<SubjectCopy, LogError> {
        self.run(move |log| log.issue(statement, now)).await
    }

    /// Appends a batch if one is due at `now`, or completes one that was interrupted. To be called every few minutes.
    ///
    /// # Errors
    /// [`LogError`]; the next call tries again.
    pub async fn tick(&self, now: Timestamp) -> Result<Option<Appended>, LogError> {
        self.run(move |log| log.tick(now)).await
    }

    /// How far the receipt of this leaf is. Reads the log from its end: whoever lets strangers ask limits how often.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn progress(&self, leaf: Leaf) -> Result<Progress, LogError> {
        self.run(move |log| log.progress(leaf)).await
    }

    /// The file of this path below the log's address: `checkpoint` or `tile/...` (C2SP tlog-tiles). None if the log has
    /// none such. The path is never used as it is: it is read as numbers, and written anew.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn served(&self, path: &str) -> Result<Option<Served>, LogError> {
        let wanted = match path {
            CHECKPOINT => None,
            _ => match Tile::parse(path) {
                Some(tile) => Some(tile),
                None => return Ok(None),
            },
        };
        self.run(move |log| log.served(wanted)).await
    }

    /// Does something while neither folder changes, so that both can be copied as they are at one moment.
    ///
    /// # Errors
    /// [`LogError::Closed`] if the program ends.
    pub async fn still<T: Send + 'static>(&self, act: impl FnOnce() -> T + Send + 'static) -> Result<T, LogError> {
        self.run(move |_| Ok(act())).await
    }

    /// The newest checkpoint, and that it extends the log as it was at size `old`.
    pub(crate) async fn extension(&self, old: u64) -> Result<(Note, Head, Vec<Hash>), LogError> {
        self.run(move |log| {
            let (note, head) = log.checkpoint()?;
            let path = if old == 0 || old > head.size { Vec::new() } else { log.consistency(old, head)? };
            Ok((note, head, path))
        })
        .await
    }

    /// Puts a witness's signature under the checkpoint, if that is still the same.
    pub(crate) async fn cosigned(&self, key: VerifierKey, head: Head, lines: Vec<u8>) -> Result<CosignedAt, LogError> {
        self.run(move |log| {
            let (mut note, now) = log.checkpoint()?;
            if now != head {
                return Ok(Ok(None));
            }
            let at = match note.cosign(&key, &lines) {
                Ok(at) => at,
                Err(wrong) => return Ok(Err(wrong)),
            };
            put(&*log.folder, CHECKPOINT, note.to_string().as_bytes())?;
            Ok(Ok(Some(at)))
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Writer) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let writer = self.0.clone();
        blocking(move || act(&mut writer.lock())).await
    }
}

/// When a witness signed, in seconds since 1970; none if the log has grown meanwhile.
pub(crate) type CosignedAt = Result<Option<u64>, SignatureError>;

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    tokio::task::spawn_blocking(act).await.map_err(|_| LogError::Closed)?
}

fn in_use(error: std::io::Error) -> LogError {
    if error.kind() == std::io::ErrorKind::WouldBlock { LogError::InUse } else { LogError::Io(error) }
}

#[cfg(test)]
#[path = "log/tests.rs"]
mod tests;
