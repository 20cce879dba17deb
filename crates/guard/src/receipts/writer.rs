//! What the log does, step by step, on a thread that may block.

use std::sync::Arc;

use outis_event::Timestamp;
use outis_keys::DataKey;

use super::checkpoint::{Head, LogProof};
use super::disk::{Disk, put};
use super::error::LogError;
use super::folder::{CHECKPOINT, Files, FolderError, MOST_FILE_BYTES, append, read_checkpoint};
use super::hash::Hash;
use super::key::{Origin, SigningKey};
use super::log::{Appended, Progress, Served};
use super::merkle::{consistency, inclusion};
use super::note::{MOST_NOTE_BYTES, Note};
use super::receipt::{Leaf, Receipt, Statement, SubjectCopy};
use super::schedule::{DAY_MS, Schedule, batch};
use super::state::{MOST_WAITING, State, Vault};
use super::tile::Tile;

/// The log while it is open, one change at a time.
pub(crate) struct Writer {
    pub(crate) folder: Arc<dyn Disk>,
    pub(crate) vault: Vault,
    pub(crate) state: State,
    pub(crate) signing: SigningKey,
    pub(crate) schedule: Schedule,
    /// False while it is not known whether the file holds `state`.
    pub(crate) settled: bool,
}

pub(crate) fn begin(origin: Origin, now: Timestamp) -> Result<State, LogError> {
    let (seed, head) = (DataKey::random().map_err(LogError::Key)?, Head::empty());
    Ok(State { origin, seed, covered: now, head, waiting: Vec::new(), planned: Vec::new() })
}

impl Writer {
    /// That the folder holds the log as it was left here: the last checkpoint, or that of the batch that was planned.
    fn check(&self) -> Result<(), LogError> {
        let appended = self.state.head.size;
        let Some(note) = read_checkpoint(&*self.folder)? else {
            return if appended == 0 { Ok(()) } else { Err(LogError::Truncated { found: 0, appended }) };
        };
        let found = Head::of(&note, self.signing.verifier())?;
        if found.size < appended {
            return Err(LogError::Truncated { found: found.size, appended });
        }
        Files::new(&*self.folder, appended).check(self.state.head.root)?;
        let expected = if found.size == appended || self.state.planned.is_empty() {
            self.state.head
        } else {
            append(&*self.folder, appended, &self.state.planned)?.head
        };
        if found == expected { Ok(()) } else { Err(LogError::Forked) }
    }

    pub(crate) fn issue(&mut self, statement: Statement, now: Timestamp) -> Result<SubjectCopy, LogError> {
        self.settle()?;
        if self.state.waiting.len() >= MOST_WAITING {
            return Err(LogError::Full);
        }
        let copy = SubjectCopy::issue(Receipt::new(statement, now)?, &self.signing)?;
        let mut next = self.state.clone();
        next.waiting.push(copy.leaf());
        self.keep(next)?;
        Ok(copy)
    }

    pub(crate) fn tick(&mut self, now: Timestamp) -> Result<Option<Appended>, LogError> {
        self.settle()?;
        if self.state.planned.is_empty() && !self.plan(now)? {
            return Ok(None);
        }
        let before = self.state.head.size;
        self.publish()?;
        let head = self.state.head;
        Ok(Some(Appended { head, leaves: head.size - before }))
    }

    /// Keeps the next batch, before anything of it is seen. False if none is due.
    pub(crate) fn plan(&mut self, now: Timestamp) -> Result<bool, LogError> {
        let due = self.schedule.last(now);
        let mut next = self.state.clone();
        if next.covered > now.plus_ms(DAY_MS) {
            // The clock was far ahead; that must not stop the log for years.
            next.covered = due;
            self.keep(next)?;
            return Ok(false);
        }
        if due <= next.covered {
            return Ok(false);
        }
        next.planned = batch(&next.waiting, &self.schedule)?;
        (next.covered, next.waiting) = (due, Vec::new());
        self.keep(next)?;
        Ok(true)
    }

    /// Looks whether the folder is as it was left, lest a root be signed of what somebody put there. Then writes the files
    /// of the planned batch, then its checkpoint, then keeps that it is done. Begun again it does the same. Also the first
    /// checkpoint, of no leaves, is made here.
    pub(crate) fn publish(&mut self) -> Result<(), LogError> {
        self.check()?;
        let planned = std::mem::take(&mut self.state.planned);
        let outcome = self.publish_leaves(&planned);
        if outcome.is_err() {
            self.state.planned = planned;
        }
        outcome
    }

    fn publish_leaves(&mut self, planned: &[Leaf]) -> Result<(), LogError> {
        let begun = self.folder.read(CHECKPOINT, MOST_NOTE_BYTES)?.is_some();
        if planned.is_empty() && begun {
            return Ok(());
        }
        let batch = append(&*self.folder, self.state.head.size, planned)?;
        for (path, bytes) in &batch.files {
            put(&*self.folder, path, bytes)?;
        }
        let note = Note::sign(batch.head.text(self.signing.verifier()), &self.signing);
        put(&*self.folder, CHECKPOINT, note.to_string().as_bytes())?;
        if planned.is_empty() {
            return Ok(());
        }
        let next = State { head: batch.head, planned: Vec::new(), ..self.state.clone() };
        self.settled = false;
        self.vault.turn(&next)?;
        (self.state, self.settled) = (next, true);
        Ok(())
    }

    fn keep(&mut self, next: State) -> Result<(), LogError> {
        self.settled = false;
        self.vault.write(&next)?;
        (self.state, self.settled) = (next, true);
        Ok(())
    }

    /// After a failure: takes the state from its file, whichever it is.
    fn settle(&mut self) -> Result<(), LogError> {
        if !self.settled {
            self.state = self.vault.reload()?;
            self.settled = true;
        }
        Ok(())
    }

    pub(crate) fn checkpoint(&self) -> Result<(Note, Head), LogError> {
        let missing = || FolderError::Missing(CHECKPOINT.to_owned());
        let note = read_checkpoint(&*self.folder)?.ok_or_else(missing)?;
        let head = Head::of(&note, self.signing.verifier())?;
        Ok((note, head))
    }

    pub(crate) fn consistency(&self, old: u64, head: Head) -> Result<Vec<Hash>, LogError> {
        Ok(consistency(&Files::new(&*self.folder, head.size), old, head.size)?)
    }

    pub(crate) fn progress(&mut self, leaf: Leaf) -> Result<Progress, LogError> {
        self.settle()?;
        let (checkpoint, head) = self.checkpoint()?;
        let files = Files::new(&*self.folder, head.size);
        if let Some(index) = files.find(leaf)? {
            let path = inclusion(&files, index, head.size)?;
            return Ok(Progress::InLog(Box::new(LogProof { extra: None, index, path, checkpoint })));
        }
        let waits = self.state.waiting.contains(&leaf) || self.state.planned.contains(&leaf);
        Ok(if waits { Progress::Signed } else { Progress::Unknown })
    }

    pub(crate) fn served(&self, wanted: Option<Tile>) -> Result<Option<Served>, LogError> {
        let (path, immutable) = match wanted {
            None => (CHECKPOINT.to_owned(), false),
            // What belongs to a batch that is being appended is not the log's yet.
            Some(tile) if !tile.within(self.checkpoint()?.1.size) => return Ok(None),
            Some(tile) => (tile.to_string(), true),
        };
        let content_type = if immutable { "application/octet-stream" } else { "text/plain; charset=utf-8" };
        let bytes = self.folder.read(&path, MOST_FILE_BYTES.max(MOST_NOTE_BYTES))?;
        Ok(bytes.map(|bytes| Served { bytes, immutable, content_type }))
    }
}
