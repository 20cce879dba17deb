//! Receipts for those who were forgotten, and the public log that keeps their maker to them.
//!
//! A receipt states what was done and names nobody. Its owner gets the only copy, with a secret; what stands in the log
//! is a commitment under that secret, among dummies, in batches at fixed times. `docs/receipts.md` has the formats, and
//! says what a receipt does not prove.

mod checkpoint;
mod hash;
mod key;
mod merkle;
mod note;
mod text;
mod tile;

pub use checkpoint::{CheckpointError, Head, InclusionError, LogProof, MOST_PROOF_BYTES, ProofError};
pub use hash::Hash;
pub use key::{KeyKind, KeyTextError, Origin, VerifierKey};
pub use note::{MOST_NOTE_BYTES, Note, NoteError, SignatureError};
pub use text::{Hex, HexError, MOST_TEXT, NoRandomness, Text, TextError};
