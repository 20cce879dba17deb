//! Why a sealed file cannot be written or read.

use object_store::path::Path;
use outis_keys::KeyError;

/// Why a sealed file cannot be written or read. Inside an [`object_store::Error`] it is found with [`SealedError::of`].
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// The last segment of the path does not begin with the 32 hex digits of a file id.
    #[error("the path does not name a sealed file")]
    Name,
    /// The key of the file was destroyed, or never was.
    #[error("the key of this file does not exist")]
    KeyGone,
    /// A file of this id was written before; sealed files are never overwritten.
    #[error("a file of this id was written before")]
    Written,
    /// The file does not begin as a sealed file does, or its length is none that a sealed file has.
    #[error("not a sealed file")]
    NotSealed,
    /// The file is sealed under another id.
    #[error("sealed under another id")]
    OtherFile,
    /// The key is not the one the file was sealed with, or the header was altered.
    #[error("sealed with another key, or its header was altered")]
    OtherKey,
    /// A chunk was altered, moved, cut off or added.
    #[error("a chunk was altered, moved, cut off or added")]
    Chunk,
    /// The file has more chunks than one key may seal.
    #[error("too long for a sealed file")]
    TooLong,
    /// The system has no randomness.
    #[error("no randomness")]
    Random,
    /// Sealed files cannot do this.
    #[error("sealed files do not support {0}")]
    Unsupported(&'static str),
    /// The key tree refused.
    #[error("key tree")]
    Keys(#[from] KeyError),
}

impl SealedError {
    /// The reason inside an error of the store, if it is one of these.
    pub fn of(error: &object_store::Error) -> Option<&SealedError> {
        use object_store::Error::{AlreadyExists, Generic, NotFound, NotSupported};
        match error {
            Generic { source, .. }
            | NotFound { source, .. }
            | NotSupported { source }
            | AlreadyExists { source, .. } => source.downcast_ref(),
            _ => None,
        }
    }

    /// The error of the store that carries this reason.
    pub(crate) fn at(self, location: &Path) -> object_store::Error {
        match self {
            SealedError::KeyGone => object_store::Error::NotFound { path: location.to_string(), source: self.into() },
            SealedError::Written => {
                object_store::Error::AlreadyExists { path: location.to_string(), source: self.into() }
            }
            SealedError::Unsupported(_) => object_store::Error::NotSupported { source: self.into() },
            _ => object_store::Error::Generic { store: "SealedStore", source: self.into() },
        }
    }
}
