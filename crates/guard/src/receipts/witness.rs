//! Cosignatures of outside witnesses over the log's checkpoints (C2SP tlog-witness), over whatever door sends requests.

use async_trait::async_trait;

use super::error::LogError;
use super::hash::Hash;
use super::key::{KeyKind, VerifierKey};
use super::log::ReceiptLog;
use super::merkle::MOST_HASHES;
use super::note::{Note, SignatureError};
use super::text::decimal;

/// Most bytes of an answer that are looked at.
pub const MOST_REPLY_BYTES: usize = 64 << 10;

/// What is to be sent: `POST` to the witness's submission prefix with `/add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The body.
    pub body: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body; of more than [`MOST_REPLY_BYTES`] need not be read.
    pub body: Vec<u8>,
}

/// The request did not get through, or no answer came; whoever sends knows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the witness cannot be reached")]
pub struct Unreachable;

/// The way to a witness. Nothing here opens a connection.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Sends a request and gives what came back.
    async fn send(&self, request: AddCheckpoint) -> Result<Reply, Unreachable>;
}

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The request did not get through.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The key is a log's.
    #[error("a witness needs a verifier key of type 4 (Ed25519 cosignature)")]
    NoWitness,
    /// It does not know this log, or not its key.
    #[error("the witness does not know this log under this key: register its verifier key there")]
    NotRegistered,
    /// It has seen a larger log than this one: this one was put back to an earlier time.
    #[error("the witness has seen {seen} leaves, the log has {here}: the log was cut")]
    Ahead {
        /// Leaves the witness has seen.
        seen: u64,
        /// Leaves that are here.
        here: u64,
    },
    /// What it has seen is not a beginning of this log.
    #[error("the witness has seen another history of this log")]
    OtherHistory,
    /// An answer outside of the protocol.
    #[error("the witness answered {status}, which says nothing here")]
    Answer {
        /// The HTTP status.
        status: u16,
    },
    /// Its signature is not there or wrong.
    #[error("the witness's answer: {0}")]
    Signature(#[from] SignatureError),
    /// The log has grown meanwhile; asking again helps.
    #[error("the log has grown meanwhile")]
    Grown,
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// A witness: its key, and how much of the log it is known to have seen.
#[derive(Clone, Debug)]
pub struct Witness {
    key: VerifierKey,
    seen: u64,
}

impl Witness {
    /// The witness of this key, of which nothing is known yet: it tells what it has seen when it is asked first.
    ///
    /// # Errors
    /// [`WitnessError::NoWitness`].
    pub fn new(key: VerifierKey) -> Result<Witness, WitnessError> {
        if key.kind() == KeyKind::Witness { Ok(Witness { key, seen: 0 }) } else { Err(WitnessError::NoWitness) }
    }

    /// Has the witness sign the log's newest checkpoint, and stores its signature there. Sends one request, or two if
    /// the witness has seen more or less than was known. Gives the time at which it signed, in seconds since 1970.
    ///
    /// # Errors
    /// [`WitnessError`]; [`WitnessError::Ahead`] and [`WitnessError::OtherHistory`] mean that the log was tampered with.
    pub async fn cosign(&mut self, log: &ReceiptLog, way: &dyn Courier) -> Result<u64, WitnessError> {
        let mut told = false;
        loop {
            let (note, head, path) = log.extension(self.seen).await?;
            if self.seen > head.size {
                return Err(WitnessError::Ahead { seen: self.seen, here: head.size });
            }
            let reply = way.send(AddCheckpoint { body: request(self.seen, &path, &note) }).await?;
            match reply.status {
                _ if reply.body.len() > MOST_REPLY_BYTES => return Err(WitnessError::Answer { status: reply.status }),
                200 => {
                    let at = log.cosigned(self.key.clone(), head, reply.body).await??;
                    self.seen = head.size;
                    return at.ok_or(WitnessError::Grown);
                }
                409 if !told => {
                    self.seen = told_size(&reply.body).ok_or(WitnessError::Answer { status: 409 })?;
                    told = true;
                }
                403 | 404 => return Err(WitnessError::NotRegistered),
                422 => return Err(WitnessError::OtherHistory),
                status => return Err(WitnessError::Answer { status }),
            }
        }
    }
}

fn request(old: u64, path: &[Hash], checkpoint: &Note) -> String {
    let lines: String = path.iter().take(MOST_HASHES).map(|hash| hash.to_base64() + "\n").collect();
    format!("old {old}\n{lines}\n{checkpoint}")
}

fn told_size(body: &[u8]) -> Option<u64> {
    decimal(std::str::from_utf8(body).ok()?.strip_suffix('\n')?)
}

#[cfg(test)]
#[path = "witness/tests.rs"]
mod tests;
