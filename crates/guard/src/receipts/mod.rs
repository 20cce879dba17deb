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

/// For the fuzzers: whatever reads bytes of strangers or of a disk.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes, "a note has one form");
    }
    if let Ok(proof) = LogProof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes, "a proof has one form");
    }
    if let Ok(copy) = SubjectCopy::parse(bytes) {
        assert!(SubjectCopy::parse(copy.to_json().as_bytes()).is_ok_and(|again| again == copy));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text, "a key has one form");
    }
    if let Some(tile) = tile::Tile::parse(text) {
        assert_eq!(tile.to_string(), text, "a path has one form");
    }
}
