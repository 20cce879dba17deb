//! The effaceable slot: the only place where the root of the key tree lies.

mod file;
#[cfg(feature = "kms")]
mod kms;
mod pkcs11;
mod sealed;

use async_trait::async_trait;

use crate::key::{DataKey, KeyError};

pub(crate) use file::in_use;
pub use file::{FileSlot, SlotDoubt};
#[cfg(feature = "kms")]
pub use kms::{KmsOptions, KmsSlot, KmsWrappedSlot};
pub use pkcs11::{Pkcs11Options, Pkcs11Slot};

/// The root of a tree at one epoch. Each epoch has a fresh random one; none can be derived from another.
#[derive(Clone, Debug)]
pub struct Root {
    /// Which tree it belongs to.
    pub tree: [u8; 16],
    /// How often the tree's root was replaced.
    pub epoch: u64,
    /// The key.
    pub key: DataKey,
}

/// What holds the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// A file that is overwritten in place.
    File,
    /// The same, with the root wrapped by a key service besides.
    WrappedFile,
    /// A token that speaks PKCS#11.
    Pkcs11,
    /// AWS KMS with imported material.
    Kms,
}

impl Provider {
    /// What it is called where people read it.
    pub fn word(self) -> &'static str {
        match self {
            Provider::File => "file",
            Provider::WrappedFile => "file wrapped by AWS KMS",
            Provider::Pkcs11 => "PKCS#11 token",
            Provider::Kms => "AWS KMS, imported material",
        }
    }
}

/// What a slot is and what is doubtful about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotAbout {
    /// What holds the root.
    pub provider: Provider,
    /// Why destroying may not destroy.
    pub doubt: Option<SlotDoubt>,
}

/// Holds the root of one tree and can destroy it: a file on a suitable volume, a TPM, an HSM, a key manager that
/// deletes at once.
#[async_trait]
pub trait Slot: Send + Sync + 'static {
    /// What it is and what is doubtful about it.
    fn about(&self) -> SlotAbout;

    /// The roots that are there, the highest epoch first: none in a fresh slot, one usually, two after a replacement
    /// that was interrupted.
    async fn read(&self) -> Result<Vec<Root>, KeyError>;

    /// Makes `root` the only one; it is durable, and nothing is left of any other, when this returns. Interrupted at
    /// any point, the slot holds the old root, the new one, or both. Called with a root that is already there, it
    /// destroys the others.
    async fn replace(&self, root: &Root) -> Result<(), KeyError>;
}
