//! Why something about a member cannot be done.

use outis_keys::{KeyError, SealError};

use crate::DatabaseError;

/// Why something about a member cannot be done. Its texts hold nothing of anybody.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The member was forgotten meanwhile.
    #[error("there is no such member")]
    Gone,
    /// The key tree refused.
    #[error("key tree")]
    Keys(#[from] KeyError),
    /// The database refused.
    #[error("database of members")]
    Database(#[from] DatabaseError),
    /// The folder of the database.
    #[error("folder of members")]
    Folder(#[from] std::io::Error),
    /// The database was written by a newer program.
    #[error("the database of members has version {found}; this program knows {known}")]
    Version {
        /// What the database says.
        found: i64,
        /// What the program knows.
        known: i64,
    },
    /// Members of another server lie in it.
    #[error("the database of members belongs to another key tree: give each server a database of its own")]
    Foreign,
    /// Something is in it already.
    #[error("the database of members is not empty: give an empty one, or drop its tables")]
    NotEmpty,
    /// A record does not open, or holds what this program does not know.
    #[error("a record of a member does not open")]
    Damaged,
    /// What stands behind members could not do its part.
    #[error("what a member left elsewhere")]
    Aftermath(#[from] crate::AftermathError),
}

impl From<SealError> for PeopleError {
    fn from(_: SealError) -> PeopleError {
        PeopleError::Damaged
    }
}
