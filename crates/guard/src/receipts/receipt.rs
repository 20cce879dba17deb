//! What is stated to somebody who was forgotten, and the copy of it that they alone keep.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use outis_event::{Day, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::key::{KeyKind, SigningKey, VerifierKey};
use super::text::{Hex, NoRandomness, Text, from_base64, random, to_base64};

/// The format of a receipt.
const FORMAT: &str = "outis-receipt/v1";
/// The format of a copy.
const COPY_FORMAT: &str = "outis-receipt-copy/v1";
/// Stands before the receipt in what is signed, so that a receipt's signature is never one of anything else.
const SIGNED_AS: &[u8] = b"outis-receipt/v1\n";
const PROVES: &str = "The operator of the log named by the key made this statement and cannot later deny or change it.";
const DOES_NOT_PROVE: &str = "That anything was deleted, that the program told the truth, or that no other copy exists. \
    A receipt is a statement that its maker can be held to.";
/// Most stores, sinks and exceptions of a receipt.
pub const MOST_PARTS: usize = 256;
/// Most bytes of a copy.
pub const MOST_COPY_BYTES: usize = 256 << 10;

/// What became of the behaviour of who was forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Recent rows were removed.
    Delete,
    /// Recent rows stay without anything that leads to the person, and end as counts.
    Fold,
}

/// What was done in one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// Which one.
    pub name: Text,
    /// How, such as "key destroyed".
    pub method: Text,
    /// How many records, files or keys.
    pub objects: u64,
    /// A public mark of the key tree's root before (never the root itself); none if no key was destroyed.
    pub key_root_before: Option<Hex<32>>,
    /// And after.
    pub key_root_after: Option<Hex<32>>,
}

/// How far the purge at somebody who had got something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Nothing was ever sent there.
    NothingSent,
    /// Asked, not answered.
    Open,
    /// Answered: done.
    Acknowledged,
    /// Answered: refused or not possible.
    Refused,
}

/// Somebody who may have got something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// Who.
    pub name: Text,
    /// How far.
    pub ticket_state: TicketState,
}

/// What is stated, before it becomes a receipt. It has no place for who is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Which policy was in force.
    pub policy_version: Text,
    /// SHA-256 of the program that ran.
    pub build_hash: [u8; 32],
    /// What became of the behaviour.
    pub mode: Mode,
    /// Where something was kept.
    pub stores: Vec<Store>,
    /// Where something was sent.
    pub sinks: Vec<Sink>,
    /// Until when somebody with an escrow copy of an old root could undo it; none if there is no such copy.
    pub recoverable_until: Option<Timestamp>,
    /// What could not be done, and why.
    pub exceptions: Vec<Text>,
}

/// A statement to one person, whom it does not name.
///
/// As bytes it is JSON without white space, its fields in the order they stand here and all present, its texts free of
/// escapes: one statement has one form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    format: String,
    receipt_id: Hex<16>,
    epoch: Week,
    policy_version: Text,
    build_hash: Hex<32>,
    mode: Mode,
    stores: Vec<Store>,
    sinks: Vec<Sink>,
    recoverable_until: Option<Monday>,
    exceptions: Vec<Text>,
    proves: String,
    does_not_prove: String,
}

/// Why there is no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Too many parts.
    #[error("a receipt has at most 256 stores, sinks and exceptions each")]
    TooLong,
    /// The system has no randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// What was read is no copy of a receipt, or one of a newer version.
    #[error("not a copy of a receipt of a known version")]
    Form,
}

impl Receipt {
    /// States it, in the week of `now` (UTC). No time finer than a week goes in.
    ///
    /// # Errors
    /// [`ReceiptError::TooLong`], [`ReceiptError::Random`].
    pub fn new(statement: Statement, now: Timestamp) -> Result<Receipt, ReceiptError> {
        let Statement { policy_version, build_hash, mode, stores, sinks, recoverable_until, exceptions } = statement;
        let receipt = Receipt {
            format: FORMAT.to_owned(),
            receipt_id: Hex(random()?),
            epoch: Week::of(now),
            policy_version,
            build_hash: Hex(build_hash),
            mode,
            stores,
            sinks,
            recoverable_until: recoverable_until.map(Monday::after),
            exceptions,
            proves: PROVES.to_owned(),
            does_not_prove: DOES_NOT_PROVE.to_owned(),
        };
        if receipt.bounded() { Ok(receipt) } else { Err(ReceiptError::TooLong) }
    }

    /// The one form it has as bytes.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).expect("a receipt has nothing that JSON cannot hold")
    }

    fn signed(&self) -> Vec<u8> {
        [SIGNED_AS, self.canonical().as_bytes()].concat()
    }

    fn bounded(&self) -> bool {
        [self.stores.len(), self.sinks.len(), self.exceptions.len()].iter().all(|count| *count <= MOST_PARTS)
    }

    fn known(&self) -> bool {
        self.format == FORMAT && self.proves == PROVES && self.does_not_prove == DOES_NOT_PROVE && self.bounded()
    }
}

/// What stands in the log for one receipt: HMAC-SHA-256 of it under a secret that its owner alone has. Without the
/// secret it is not to be told from random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf(pub [u8; 32]);

impl Leaf {
    /// One that stands for nothing.
    pub(crate) fn dummy() -> Result<Leaf, NoRandomness> {
        Ok(Leaf(random()?))
    }
}

/// The copy that its owner gets: receipt, signature, and the secret that leads to it in the log. Nobody else keeps it.
#[derive(Clone)]
pub struct SubjectCopy {
    receipt: Receipt,
    signature: [u8; 64],
    key: VerifierKey,
    secret: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for SubjectCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectCopy(..)")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CopyFile {
    format: String,
    receipt: Receipt,
    signature: String,
    verifier_key: VerifierKey,
    secret: String,
}

impl SubjectCopy {
    /// Signs a receipt and makes its secret.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn issue(receipt: Receipt, key: &SigningKey) -> Result<SubjectCopy, NoRandomness> {
        let signature = key.sign(&receipt.signed());
        Ok(SubjectCopy { receipt, signature, key: key.verifier().clone(), secret: Zeroizing::new(random()?) })
    }

    /// Reads a copy. Its signature is not checked yet.
    ///
    /// # Errors
    /// [`ReceiptError::Form`].
    pub fn parse(bytes: &[u8]) -> Result<SubjectCopy, ReceiptError> {
        if bytes.len() > MOST_COPY_BYTES {
            return Err(ReceiptError::Form);
        }
        let file: CopyFile = serde_json::from_slice(bytes).map_err(|_| ReceiptError::Form)?;
        let signature = from_base64(&file.signature).and_then(|bytes| bytes.try_into().ok());
        let secret = from_base64(&Zeroizing::new(file.secret)).map(Zeroizing::new);
        let secret = secret.and_then(|bytes| bytes.as_slice().try_into().ok());
        let (Some(signature), Some(secret)) = (signature, secret) else { return Err(ReceiptError::Form) };
        if file.format != COPY_FORMAT || !file.receipt.known() {
            return Err(ReceiptError::Form);
        }
        Ok(SubjectCopy { receipt: file.receipt, signature, key: file.verifier_key, secret: Zeroizing::new(secret) })
    }

    /// The file for its owner.
    pub fn to_json(&self) -> Zeroizing<String> {
        let mut file = CopyFile {
            format: COPY_FORMAT.to_owned(),
            receipt: self.receipt.clone(),
            signature: to_base64(&self.signature),
            verifier_key: self.key.clone(),
            secret: to_base64(&self.secret[..]),
        };
        let json = serde_json::to_string(&file).expect("a copy has nothing that JSON cannot hold");
        file.secret.zeroize();
        Zeroizing::new(json)
    }

    /// What is stated.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The key that it says signed it.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Whether this key signed the receipt.
    pub fn signed_by(&self, key: &VerifierKey) -> bool {
        key.kind() == KeyKind::Log && key.signed(&self.receipt.signed(), &self.signature)
    }

    /// What stands for it in the log.
    pub fn leaf(&self) -> Leaf {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret[..]);
        let tag = hmac::sign(&key, self.receipt.canonical().as_bytes());
        Leaf(tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes"))
    }
}

impl PartialEq for SubjectCopy {
    fn eq(&self, other: &SubjectCopy) -> bool {
        let secrets = verify_slices_are_equal(&self.secret[..], &other.secret[..]).is_ok();
        secrets && self.receipt == other.receipt && self.signature == other.signature && self.key == other.key
    }
}

/// An ISO week of UTC, as `2026-W49`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Week(String);

/// The first day of an ISO week, as `2026-12-07`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Monday(String);

fn day(at: Timestamp) -> Day {
    Day(i32::try_from(at.0.div_euclid(24 * 60 * 60 * 1000)).unwrap_or(i32::MAX))
}

impl Week {
    fn of(at: Timestamp) -> Week {
        let week = day(at).date().iso_week_date();
        Week(format!("{:04}-W{:02}", week.year(), week.week()))
    }
}

impl Monday {
    /// The first one on which `until` has passed.
    fn after(until: Timestamp) -> Monday {
        let monday = Day::of_week(day(until.plus_ms(-1)).week() + 1);
        Monday(monday.date().to_string())
    }
}

macro_rules! shaped {
    ($name:ident, $shape:literal) => {
        impl TryFrom<String> for $name {
            type Error = ReceiptError;

            fn try_from(text: String) -> Result<$name, ReceiptError> {
                if shaped(&text, $shape) { Ok($name(text)) } else { Err(ReceiptError::Form) }
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
    };
}

shaped!(Week, "0000-W00");
shaped!(Monday, "0000-00-00");

/// A digit where the shape has 0, else the shape's own character.
fn shaped(text: &str, shape: &str) -> bool {
    let fits = |(c, s): (u8, u8)| if s == b'0' { c.is_ascii_digit() } else { c == s };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

#[cfg(test)]
#[path = "receipt/tests.rs"]
mod tests;
