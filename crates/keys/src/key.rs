//! Names of keys, keys, and the interface behind which the tree, an HSM or a remote keeper stands.

use std::fmt;

use async_trait::async_trait;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What a key protects. The number is part of the stored format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// A journal segment.
    Segment = 1,
    /// A file of the warehouse.
    File = 2,
    /// The visitor numbers of one site-day.
    VisitorDay = 3,
    /// Sealed columns of the control database.
    Control = 4,
    /// Waiting-room secrets and snapshots.
    Waiting = 5,
    /// Deduplication tables.
    Dedup = 6,
    /// Other snapshots.
    Snapshot = 7,
    /// What the log of receipts keeps.
    Receipt = 10,
}

impl Purpose {
    /// The purpose with this number.
    pub fn from_number(number: u8) -> Option<Purpose> {
        use Purpose::{Control, Dedup, File, Receipt, Segment, Snapshot, VisitorDay, Waiting};
        [Segment, File, VisitorDay, Control, Waiting, Dedup, Snapshot, Receipt].into_iter().find(|p| *p as u8 == number)
    }
}

/// The name of a key: what it protects and 16 bytes chosen by its user. Names are not secret, and never personal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName {
    /// What it protects.
    pub purpose: Purpose,
    /// Which one.
    pub label: [u8; 16],
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyName").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// A 256-bit data key, wiped on drop. It lies in a box, so that moving it leaves no copy behind.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DataKey(Box<[u8; 32]>);

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

impl DataKey {
    /// A key of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> DataKey {
        DataKey(Box::new(bytes))
    }

    /// A fresh random key.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn random() -> Result<DataKey, KeyError> {
        let mut key = DataKey(Box::new([0; 32]));
        aws_lc_rs::rand::fill(&mut key.0[..]).map_err(|_| KeyError::Random)?;
        Ok(key)
    }

    /// The bytes; `why` says at the call site what they are needed for.
    pub fn bytes(&self, why: &'static str) -> &[u8; 32] {
        let _ = why;
        &self.0
    }

    /// A key for one use of this one: HKDF-SHA-256 (RFC 5869) with `info`, no salt.
    #[must_use]
    pub fn derive(&self, info: &[u8]) -> DataKey {
        let prk = aws_lc_rs::hkdf::Salt::new(aws_lc_rs::hkdf::HKDF_SHA256, &[]).extract(&self.0[..]);
        let info = [info];
        let okm = prk.expand(&info, aws_lc_rs::hkdf::HKDF_SHA256).expect("32 bytes are within the limit");
        let mut key = DataKey(Box::new([0; 32]));
        okm.fill(&mut key.0[..]).expect("32 bytes were asked for");
        key
    }
}

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A key of this name exists.
    #[error("a key of this name exists")]
    AlreadyExists,
    /// The system has no randomness.
    #[error("no randomness")]
    Random,
    /// Reading or writing the tree failed.
    #[error("key tree file")]
    Io(#[from] std::io::Error),
    /// The tree is damaged or belongs to another slot.
    #[error("the key tree does not open: {0}")]
    Damaged(&'static str),
    /// The keeper is gone.
    #[error("the key tree is closed")]
    Closed,
    /// Another process has the tree or the slot open.
    #[error("the key tree is in use by another process")]
    InUse,
    /// The tree or the slot was written by a newer version of the product.
    #[error("the key tree was written by a newer version")]
    Version,
    /// The slot holds no root of this tree: it is another tree's slot, or the tree is an old copy.
    #[error("the slot holds no root of this key tree")]
    WrongSlot,
    /// Replacing the root failed halfway. Keys can still be read; opening the tree again settles it.
    #[error("replacing the root of the key tree failed; open it again")]
    Unsettled,
}

impl KeyError {
    /// The same fact for another of those who waited for it.
    pub(crate) fn again(&self) -> KeyError {
        match self {
            KeyError::AlreadyExists => KeyError::AlreadyExists,
            KeyError::Random => KeyError::Random,
            KeyError::Io(error) => KeyError::Io(match error.raw_os_error() {
                Some(code) => std::io::Error::from_raw_os_error(code),
                None => error.kind().into(),
            }),
            KeyError::Damaged(what) => KeyError::Damaged(what),
            KeyError::Closed => KeyError::Closed,
            KeyError::InUse => KeyError::InUse,
            KeyError::Version => KeyError::Version,
            KeyError::WrongSlot => KeyError::WrongSlot,
            KeyError::Unsettled => KeyError::Unsettled,
        }
    }
}

/// Keeps keys. Asynchronous because an HSM or a remote keeper may stand behind it.
#[async_trait]
pub trait Keys: Send + Sync + 'static {
    /// Makes a fresh random key; it is durable when this returns.
    async fn create(&self, name: KeyName) -> Result<DataKey, KeyError>;
    /// The key; `None` if it never existed or was destroyed.
    async fn get(&self, name: KeyName) -> Result<Option<DataKey>, KeyError>;
    /// The key, made if it is missing.
    async fn get_or_create(&self, name: KeyName) -> Result<DataKey, KeyError>;
    /// Destroys keys; when this returns, no copy of the tree made before opens them any more.
    async fn remove(&self, names: &[KeyName]) -> Result<(), KeyError>;
    /// The names of all keys of a purpose.
    async fn list(&self, purpose: Purpose) -> Result<Vec<KeyName>, KeyError>;
}
