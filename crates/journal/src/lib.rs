//! Durable order of anonymous events: sealed local segments with group commit.
//!
//! [`Journal::append`] returns after the frame that carries the events is on disk (`fdatasync` of the file, `fsync`
//! of the directory for a new segment). While one frame is being synced, the next one collects. Frames are sealed
//! with AES-256-GCM under a key per segment that hangs on the key tree; only the warehouse's commit trims them.
//! The format is written down in `docs/journal.md`.

#[cfg(feature = "attack")]
pub mod attack;
mod frame;
#[doc(hidden)]
pub mod fuzzing;
mod journal;
mod recovery;
mod segment;
mod space;
mod writer;

pub use frame::{Frame, FrameError};
pub use journal::{AppendError, Journal, JournalError, JournalOptions, NoWords, PendingWords};
pub use recovery::{Gap, Quarantine, Recovery};
