//! Names of keys, keys, and the interface behind which the tree, an HSM or a remote keeper stands.

use std::fmt;
use std::time::SystemTime;

use async_trait::async_trait;
use tokio::sync::oneshot;
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
    /// Everything of one member. The label is a keyed hash of who that is, and so it is personal: it lies in sealed
    /// buckets and in memory only.
    Member = 8,
    /// A piece of work about members that is not finished.
    Job = 9,
    /// What the log of receipts keeps.
    Receipt = 10,
    /// An object of a backup.
    Backup = 11,
    /// That rows of a day are hidden and not gone yet. Protects nothing: it is there so that whoever puts an earlier
    /// state back knows that more was hidden since.
    Hidden = 12,
    /// That a member took something back that they had agreed to; labels are those of [`Purpose::Member`] and as personal.
    /// Protects nothing, as [`Purpose::Hidden`].
    Withdrawn = 13,
}

impl Purpose {
    /// Every purpose, in the order of their numbers.
    pub const ALL: [Purpose; 13] = [
        Purpose::Segment,
        Purpose::File,
        Purpose::VisitorDay,
        Purpose::Control,
        Purpose::Waiting,
        Purpose::Dedup,
        Purpose::Snapshot,
        Purpose::Member,
        Purpose::Job,
        Purpose::Receipt,
        Purpose::Backup,
        Purpose::Hidden,
        Purpose::Withdrawn,
    ];

    /// The purpose with this number.
    pub fn from_number(number: u8) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|p| *p as u8 == number)
    }

    /// What it is called where people read it.
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Segment => "journal segments",
            Purpose::File => "warehouse files",
            Purpose::VisitorDay => "visitor days",
            Purpose::Control => "control database",
            Purpose::Waiting => "waiting room",
            Purpose::Dedup => "deduplication",
            Purpose::Snapshot => "snapshots",
            Purpose::Member => "members",
            Purpose::Job => "unfinished work",
            Purpose::Receipt => "log of receipts",
            Purpose::Backup => "backups",
            Purpose::Hidden => "hidden rows",
            Purpose::Withdrawn => "consents taken back",
        }
    }
}

/// The name of a key: what it protects and 16 bytes chosen by its user.
///
/// Names of [`Purpose::Member`] and [`Purpose::Withdrawn`] are personal, all others are not. The tree treats all alike: a label is written only
/// inside sealed parts, no file's name, length or place is derived from it, it is never printed, and once the key is
/// removed neither memory nor anything that the present root opens has it.
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
    /// A key of this name was retired and is not destroyed yet.
    #[error("a key of this name is being destroyed; try again")]
    Retiring,
    /// The folder that is to hold a copy of the tree holds another one.
    #[error("the folder for a copy of the key tree holds another key tree: give an empty one")]
    OtherMirror,
    /// The device or service that holds the root cannot be used.
    #[error(transparent)]
    Slot(#[from] SlotFault),
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
            KeyError::Retiring => KeyError::Retiring,
            KeyError::OtherMirror => KeyError::OtherMirror,
            KeyError::Slot(fault) => KeyError::Slot(*fault),
        }
    }
}

/// Why a device or service does not give the root. Each says what would help; none holds what was configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlotFault {
    /// The PKCS#11 module cannot be loaded.
    #[error("the PKCS#11 module cannot be loaded: see that keys.pkcs11.module names the library of your token")]
    Module,
    /// No token with the configured label is there.
    #[error(
        "there is no token with the label of keys.pkcs11.token, or more than one: see that it is plugged in and initialised"
    )]
    Token,
    /// The token does not take the PIN.
    #[error("the token refused the PIN: mend keys.pkcs11.pin_file before trying again, few tries lock it")]
    Pin,
    /// Too many wrong PINs.
    #[error("the token's PIN is locked: unlock it with the tools of the token")]
    PinLocked,
    /// The file with the sealed root names a key that is not there.
    #[error(
        "the key that opens the sealed root is gone: the file is an old copy or of another token, account or region; put the present file back"
    )]
    NoKey,
    /// The device or service answered with something else.
    #[error("the holder of the root refused: {0}")]
    Refused(&'static str),
    /// The service cannot be reached.
    #[error("the key service cannot be reached: check the network, keys.kms.region and keys.kms.endpoint")]
    Unreachable,
    /// The service knows us but does not let us.
    #[error(
        "the key service does not accept the credentials, or they lack a permission: docs/keys.md lists what is needed"
    )]
    Forbidden,
    /// The slot's file is wrapped, and no wrapping key is configured, or the other way round.
    #[error("the slot's file is wrapped by a key service: configure keys.kms.wrap_key as before")]
    Wrapped,
}

/// Keys that were retired: already nobody can get them, and this resolves when the root was replaced.
#[derive(Debug)]
pub struct Retired(Option<oneshot::Receiver<Result<(), KeyError>>>);

impl Retired {
    /// They were destroyed before this was given.
    #[must_use]
    pub fn done() -> Retired {
        Retired(None)
    }

    pub(crate) fn waiting(answer: oneshot::Receiver<Result<(), KeyError>>) -> Retired {
        Retired(Some(answer))
    }

    /// Waits until no copy of the tree made before opens them any more.
    ///
    /// # Errors
    /// What the tree met while it tried. Nobody can get the keys all the same, and the tree goes on trying; but if the
    /// process ends before it succeeds they are there again, so whoever retired them must do so again after a start.
    pub async fn destroyed(self) -> Result<(), KeyError> {
        match self.0 {
            Some(answer) => answer.await.map_err(|_| KeyError::Closed)?,
            None => Ok(()),
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
    /// Makes keys unavailable at once, and destroys them with the next group of removals: when this returns, `get`
    /// gives none of them, and the value tells when they are destroyed.
    async fn retire(&self, names: &[KeyName]) -> Result<Retired, KeyError> {
        self.remove(names).await?;
        Ok(Retired::done())
    }
    /// The names of all keys of a purpose.
    async fn list(&self, purpose: Purpose) -> Result<Vec<KeyName>, KeyError>;
    /// Until when what is destroyed at `now` can be recovered by whoever has an escrow copy of the root of then.
    fn recoverable_until(&self, now: SystemTime) -> SystemTime {
        now
    }
}
