//! Checkpoints: the state of a log at one size (C2SP tlog-checkpoint), and proofs of inclusion under one (C2SP tlog-proof).

use std::fmt;

use super::hash::Hash;
use super::key::VerifierKey;
use super::merkle::{MOST_HASHES, includes};
use super::note::{MOST_NOTE_BYTES, Note, SignatureError};
use super::text::{decimal, from_base64, to_base64};

const PROOF_HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Most bytes of a proof, with what it carries beside.
pub const MOST_PROOF_BYTES: usize = 512 << 10;

/// Size and root of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many leaves.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

/// Why a checkpoint is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It cannot be read.
    #[error("not a checkpoint (C2SP tlog-checkpoint)")]
    Form,
    /// It is of a log of another name.
    #[error("a checkpoint of a log of another name")]
    Origin,
    /// It is not signed by the key.
    #[error("checkpoint: {0}")]
    Signature(#[from] SignatureError),
}

impl Head {
    /// Of a log without leaves.
    pub fn empty() -> Head {
        Head { size: 0, root: Hash::empty() }
    }

    /// The text of the checkpoint.
    pub(crate) fn text(self, key: &VerifierKey) -> String {
        format!("{}\n{}\n{}\n", key.name().as_str(), self.size, self.root.to_base64())
    }

    /// The state that a note tells, if the log of this key has signed it.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn of(note: &Note, key: &VerifierKey) -> Result<Head, CheckpointError> {
        let mut lines = note.text().strip_suffix('\n').ok_or(CheckpointError::Form)?.split('\n');
        let origin = lines.next().ok_or(CheckpointError::Form)?;
        let size = lines.next().and_then(decimal).filter(|size| i64::try_from(*size).is_ok());
        let root = lines.next().and_then(Hash::from_base64);
        let (Some(size), Some(root), true) = (size, root, lines.all(|line| !line.is_empty())) else {
            return Err(CheckpointError::Form);
        };
        if origin != key.name().as_str() {
            return Err(CheckpointError::Origin);
        }
        note.verify(key)?;
        Ok(Head { size, root })
    }
}

/// That something is in a log, to be checked without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof {
    /// What the proof carries beside; not covered by any signature.
    pub extra: Option<Vec<u8>>,
    /// Where in the log.
    pub index: u64,
    /// From the leaf's sibling up.
    pub path: Vec<Hash>,
    /// The log's state.
    pub checkpoint: Note,
}

/// Not a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a proof of inclusion (C2SP tlog-proof)")]
pub struct ProofError;

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// The checkpoint is not to be trusted.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The hashes do not lead from the leaf to the root.
    #[error("the proof does not lead from this receipt to the checkpoint")]
    Path,
}

impl LogProof {
    /// Reads a `.tlog-proof`.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn parse(bytes: &[u8]) -> Result<LogProof, ProofError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ProofError)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofError)?;
        if bytes.len() > MOST_PROOF_BYTES || checkpoint.len() > MOST_NOTE_BYTES {
            return Err(ProofError);
        }
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(PROOF_HEADER) {
            return Err(ProofError);
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(from_base64(&line["extra ".len()..]).ok_or(ProofError)?),
            None => None,
        };
        let index = lines.next().and_then(|line| decimal(line.strip_prefix("index ")?)).ok_or(ProofError)?;
        let path: Option<Vec<Hash>> = lines.take(MOST_HASHES + 1).map(Hash::from_base64).collect();
        let path = path.filter(|path| path.len() <= MOST_HASHES).ok_or(ProofError)?;
        let checkpoint = Note::parse(checkpoint.as_bytes()).map_err(|_| ProofError)?;
        Ok(LogProof { extra, index, path, checkpoint })
    }

    /// The log's state under which this entry is proved to be.
    ///
    /// # Errors
    /// [`InclusionError`].
    pub fn verify(&self, entry: &[u8], key: &VerifierKey) -> Result<Head, InclusionError> {
        let head = Head::of(&self.checkpoint, key)?;
        let included = includes(Hash::leaf(entry), self.index, head.size, head.root, &self.path);
        if included { Ok(head) } else { Err(InclusionError::Path) }
    }
}

impl fmt::Display for LogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{PROOF_HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", to_base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use outis_keys::DataKey;

    use super::*;
    use crate::receipts::key::{Origin, SigningKey};

    fn key(name: &str) -> SigningKey {
        SigningKey::of(&DataKey::from_bytes([7; 32]), Origin::new(name).expect("name")).expect("key")
    }

    #[test]
    fn a_checkpoint_is_of_one_log() {
        let (log, other) = (key("example.org/log"), key("example.org/other"));
        let head = Head { size: 3, root: Hash::leaf(b"x") };
        let note = Note::sign(head.text(log.verifier()), &log);
        assert_eq!(Head::of(&note, log.verifier()), Ok(head));
        assert_eq!(Head::of(&note, other.verifier()), Err(CheckpointError::Origin));
        let forged = Note::sign(head.text(log.verifier()), &other);
        assert_eq!(Head::of(&forged, log.verifier()), Err(CheckpointError::Signature(SignatureError::Missing)));
        for text in ["example.org/log\n3\n", "example.org/log\n03\nAAAA\n", "example.org/log\n3\n\n"] {
            let note = Note::sign(text.to_owned(), &log);
            assert_eq!(Head::of(&note, log.verifier()), Err(CheckpointError::Form));
        }
    }

    #[test]
    fn a_proof_is_read_back_and_proves_its_entry_only() {
        let log = key("example.org/log");
        let leaves = [Hash::leaf(b"a"), Hash::leaf(b"b")];
        let head = Head { size: 2, root: Hash::node(leaves[0], leaves[1]) };
        let checkpoint = Note::sign(head.text(log.verifier()), &log);
        for extra in [None, Some(b"beside".to_vec())] {
            let proof = LogProof { extra, index: 1, path: vec![leaves[0]], checkpoint: checkpoint.clone() };
            let read = LogProof::parse(proof.to_string().as_bytes()).expect("proof");
            assert_eq!(read, proof);
            assert_eq!(read.verify(b"b", log.verifier()), Ok(head));
            assert_eq!(read.verify(b"a", log.verifier()), Err(InclusionError::Path));
        }
    }
}
