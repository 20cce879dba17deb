//! Why the warehouse could not do its work.

use outis_keys::KeyError;

use crate::SealedError;
use crate::catalogue::CatalogueError;
use crate::files::{ReadError, WriteError};

/// Why the warehouse could not do its work. Nothing is lost: what was not committed is still in the journal.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// The catalogue.
    #[error("the catalogue")]
    Catalogue(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store of files.
    #[error("the store of files")]
    Store(#[from] object_store::Error),
    /// A file that cannot be read or written.
    #[error("a file of rows")]
    Rows(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A link file that is damaged.
    #[error("a link file is damaged")]
    Links,
    /// A list of hidden rows that is damaged.
    #[error("a list of hidden rows is damaged")]
    Hidden,
    /// The key tree.
    #[error("the key tree")]
    Key(#[from] KeyError),
    /// A file's name or seal.
    #[error("a sealed file")]
    Sealed(#[from] SealedError),
    /// It is not known whether the last flush was committed: the next one asks again.
    #[error("the catalogue does not say whether the last change was committed")]
    Unsure,
    /// The site's policy asks for noise in history and nobody could add any: nothing is released then.
    #[error("no noise could be added to what is released")]
    Noise,
    /// The program ends.
    #[error("stopped")]
    Stopped,
}

impl From<CatalogueError> for WarehouseError {
    fn from(error: CatalogueError) -> WarehouseError {
        WarehouseError::Catalogue(Box::new(error))
    }
}

impl From<ReadError> for WarehouseError {
    fn from(error: ReadError) -> WarehouseError {
        WarehouseError::Rows(Box::new(error))
    }
}

impl From<WriteError> for WarehouseError {
    fn from(error: WriteError) -> WarehouseError {
        WarehouseError::Rows(Box::new(error))
    }
}
