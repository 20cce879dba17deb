//! Receipts for those who were forgotten, and the public log that keeps their maker to them.
//!
//! A receipt states what was done and names nobody. Its owner gets the only copy, with a secret; what stands in the log
//! is a commitment under that secret, among dummies, in batches at fixed times. `docs/receipts.md` has the formats, and
//! says what a receipt does not prove.

mod check;
mod checkpoint;
mod disk;
mod error;
mod folder;
mod hash;
mod key;
mod log;
mod merkle;
mod note;
mod receipt;
mod schedule;
mod state;
mod text;
mod tile;
mod witness;
mod writer;

pub use check::{Check, Evidence, Outcome, check_copy, check_log};
pub use checkpoint::{CheckpointError, Head, InclusionError, LogProof, MOST_PROOF_BYTES, ProofError};
pub use error::LogError;
pub use folder::FolderError;
pub use hash::Hash;
pub use key::{KeyKind, KeyTextError, Origin, VerifierKey};
pub use log::{Appended, LogOptions, Progress, ReceiptLog, Served};
pub use note::{MOST_NOTE_BYTES, Note, NoteError, SignatureError};
pub use receipt::{
    Leaf, MOST_COPY_BYTES, MOST_PARTS, Mode, Receipt, ReceiptError, Sink, Statement, Store, SubjectCopy, TicketState,
};
pub use schedule::{Schedule, ScheduleError};
pub use text::{Hex, HexError, MOST_TEXT, NoRandomness, Text, TextError};
pub use witness::{AddCheckpoint, Courier, MOST_REPLY_BYTES, Reply, Unreachable, Witness, WitnessError};
