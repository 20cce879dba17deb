//! The journal as its users see it: append, replay, trim.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use outis_event::{AnonymousEvent, InsertHash, NodeId, Sequence, SiteId, WordRecord};
use outis_keys::{KeyError, Keys};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use crate::frame::Frame;
use crate::recovery::{self, Kept, Recovery};
use crate::segment;
use crate::writer::{Append, Request, Writer};

/// Words admitted to vocabularies since the last call. Called after the events of a frame were collected.
pub trait PendingWords: Send + Sync + 'static {
    /// Takes them.
    fn drain(&self) -> Vec<(SiteId, WordRecord)>;
}

/// No vocabulary: for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWords;

impl PendingWords for NoWords {
    fn drain(&self) -> Vec<(SiteId, WordRecord)> {
        Vec::new()
    }
}

/// Limits.
#[derive(Clone, Copy, Debug)]
pub struct JournalOptions {
    /// A segment is closed once it is this long.
    pub segment_bytes: u64,
    /// A frame stops collecting at this many events.
    pub frame_events: usize,
    /// Appends that may wait for the writer; further ones are refused.
    pub queue: usize,
    /// Events that may wait for the writer.
    pub queue_events: u64,
    /// Intake stops when fewer bytes are free.
    pub low_water_bytes: u64,
    /// What a refused sender is told, in seconds.
    pub retry_after_s: u32,
}

impl Default for JournalOptions {
    fn default() -> JournalOptions {
        JournalOptions {
            segment_bytes: 32 << 20,
            frame_events: 20_000,
            queue: 4096,
            queue_events: 100_000,
            low_water_bytes: 64 << 20,
            retry_after_s: 10,
        }
    }
}

/// Why events were not journalled. None of them is on disk for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The disk or the queue is full; it recovers by itself.
    #[error("the journal is full, try again in {retry_after_s} s")]
    Full {
        /// Seconds to wait.
        retry_after_s: u32,
    },
    /// Writing failed; the next append tries a new segment.
    #[error("the journal could not be written")]
    Broken,
    /// The journal is closed.
    #[error("the journal is closed")]
    Closed,
}

/// Why a journal could not be opened or trimmed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk.
    #[error("journal file")]
    Io(#[from] io::Error),
    /// The key tree.
    #[error("journal key")]
    Key(#[from] KeyError),
}

/// What the writer and its users share.
pub(crate) struct Shared {
    segments: Mutex<Vec<Kept>>,
    /// Number of the segment being written; 0: none.
    open: AtomicU64,
    pub(crate) queued_events: AtomicU64,
    last: AtomicU64,
}

impl Shared {
    pub(crate) fn note_open(&self, number: u64) {
        self.open.store(number, Ordering::SeqCst);
    }

    pub(crate) fn note_segment(&self, segment: Kept) {
        self.segments.lock().push(segment);
    }

    pub(crate) fn note_frame(&self, number: u64, sequence: Sequence) {
        self.last.store(sequence.0, Ordering::SeqCst);
        if let Some(segment) = self.segments.lock().iter_mut().find(|s| s.header.number == number) {
            segment.last = sequence;
        }
    }
}

/// A node's journal.
pub struct Journal {
    dir: PathBuf,
    keys: Arc<dyn Keys>,
    queue: mpsc::Sender<Request>,
    shared: Arc<Shared>,
    options: JournalOptions,
    replay: Mutex<Vec<Kept>>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

impl Journal {
    /// Opens the journal in `dir`, which is made if it is missing. `after` is the last sequence that the warehouse has
    /// committed: numbering goes on behind it even if all segments are gone. Frames acknowledged from now on are sent
    /// to `live` in order; when its receiver is slow, appends wait and are then refused.
    ///
    /// # Errors
    /// When the directory cannot be read or written, or the key tree fails.
    pub async fn open(
        dir: &Path,
        keys: Arc<dyn Keys>,
        node: NodeId,
        after: Sequence,
        words: Arc<dyn PendingWords>,
        live: mpsc::Sender<Frame>,
        options: JournalOptions,
    ) -> Result<(Journal, Recovery), JournalError> {
        std::fs::create_dir_all(dir)?;
        let (recovery, kept, next_segment) = recovery::recover(dir, &keys, after).await?;
        let shared = Arc::new(Shared {
            segments: Mutex::new(kept.clone()),
            open: AtomicU64::new(0),
            queued_events: AtomicU64::new(0),
            last: AtomicU64::new(recovery.last.0),
        });
        let (queue, receiver) = mpsc::channel(options.queue);
        let writer = Writer {
            dir: dir.to_owned(),
            node,
            keys: keys.clone(),
            words,
            options,
            shared: shared.clone(),
            live,
            runtime: tokio::runtime::Handle::current(),
            next_segment,
            last: recovery.last,
        };
        std::thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run(receiver))?;
        let journal = Journal { dir: dir.to_owned(), keys, queue, shared, options, replay: Mutex::new(kept) };
        Ok((journal, recovery))
    }

    /// Journals events with the insert ids that they came under, in any order. When this returns, they are on disk.
    ///
    /// # Errors
    /// When they are not.
    pub async fn append(&self, events: Vec<AnonymousEvent>, inserts: Vec<InsertHash>) -> Result<Sequence, AppendError> {
        let full = AppendError::Full { retry_after_s: self.options.retry_after_s };
        let count = events.len() as u64;
        if self.shared.queued_events.fetch_add(count, Ordering::Relaxed) > self.options.queue_events {
            self.shared.queued_events.fetch_sub(count, Ordering::Relaxed);
            return Err(full);
        }
        let (done, answer) = oneshot::channel();
        if let Err(error) = self.queue.try_send(Request::Append(Append { events, inserts, done })) {
            self.shared.queued_events.fetch_sub(count, Ordering::Relaxed);
            return Err(match error {
                mpsc::error::TrySendError::Full(_) => full,
                mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
            });
        }
        answer.await.unwrap_or(Err(AppendError::Closed))
    }

    /// Gives every frame that was found at opening to `take`, in order, also those that the warehouse has committed:
    /// their insert ids may be known from nowhere else. Segment by segment, so that
    /// memory stays bounded. Call it once, before reading live frames.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub async fn replay<F, Fut>(&self, mut take: F) -> Result<(), JournalError>
    where
        F: FnMut(Frame) -> Fut,
        Fut: Future<Output = ()>,
    {
        let kept = std::mem::take(&mut *self.replay.lock());
        for segment in kept {
            for frame in recovery::frames_of(&self.dir, &self.keys, &segment).await? {
                take(frame).await;
            }
        }
        Ok(())
    }

    /// The last acknowledged sequence.
    pub fn last(&self) -> Sequence {
        Sequence(self.shared.last.load(Ordering::SeqCst))
    }

    /// Closes the present segment, so that it can be trimmed; the next frame begins another.
    pub async fn roll(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Request::Roll(done)).await.is_ok() {
            let _ = closed.await;
        }
    }

    /// True if [`trim`](Journal::trim) would forget something.
    pub fn can_trim(&self, through: Sequence) -> bool {
        !self.done(through).is_empty()
    }

    /// The closed segments whose frames are all committed.
    fn done(&self, through: Sequence) -> Vec<Kept> {
        let open = self.shared.open.load(Ordering::SeqCst);
        let segments = self.shared.segments.lock();
        segments.iter().filter(|s| s.header.number != open && s.last <= through).cloned().collect()
    }

    /// Forgets every closed segment whose frames are all committed (`<= through`): first its key, then its file.
    ///
    /// # Errors
    /// When the key tree or the disk fails; trimming is then tried again with the next call.
    pub async fn trim(&self, through: Sequence) -> Result<usize, JournalError> {
        let done = self.done(through);
        if done.is_empty() {
            return Ok(0);
        }
        let names: Vec<_> = done.iter().map(|s| s.header.key_name()).collect();
        self.keys.remove(&names).await?;
        for segment in &done {
            segment::unlink(&self.dir, segment.header.number)?;
        }
        segment::sync_dir(&self.dir)?;
        self.shared.segments.lock().retain(|s| !done.iter().any(|d| d.header.number == s.header.number));
        Ok(done.len())
    }
}
