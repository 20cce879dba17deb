//! What can go wrong with the log of receipts, and what would help.

use outis_keys::KeyError;

use super::checkpoint::CheckpointError;
use super::folder::FolderError;
use super::receipt::ReceiptError;
use super::text::NoRandomness;

/// Why the log cannot be opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Another process has it open.
    #[error("the log of receipts is in use by another process")]
    InUse,
    /// The key tree.
    #[error("keys of the log of receipts")]
    Key(#[source] KeyError),
    /// The file system's error.
    #[error("files of the log of receipts")]
    Io(#[source] std::io::Error),
    /// A file of the folder is missing, damaged or forged.
    #[error("the log's folder was changed; bring back the files as they were published")]
    Folder(#[source] FolderError),
    /// The checkpoint is not one of this log.
    #[error("the log's checkpoint is not of this log; bring back the folder as it was published")]
    Checkpoint(#[from] CheckpointError),
    /// The folder holds less than was appended.
    #[error("the log was cut: its folder holds {found} leaves of {appended}; bring back the newest copy of the folder")]
    Truncated {
        /// Leaves in the folder.
        found: u64,
        /// Leaves that were appended.
        appended: u64,
    },
    /// The folder holds a signed state that was not appended here.
    #[error(
        "the log forked: its folder holds a state that this server never appended; bring back its own, or begin a new log under another name"
    )]
    Forked,
    /// There is a log, and its sealed state is gone.
    #[error("the log's sealed state is missing; bring it back, or begin a new log under another name in empty folders")]
    StateMissing,
    /// The sealed state was put back from an earlier time.
    #[error(
        "the log's sealed state is an old copy, whose key is destroyed; bring back the newest, or begin a new log under another name in empty folders"
    )]
    StateOld,
    /// The sealed state does not open.
    #[error("the log's sealed state is damaged; bring it back, or begin a new log under another name in empty folders")]
    StateDamaged,
    /// The log that is there has another name.
    #[error("the log in this folder has another name; a log keeps its name")]
    OtherName,
    /// So many receipts wait that there is no room for more.
    #[error("16384 receipts wait for the log; see why no batch was appended")]
    Full,
    /// Of what was to be stated.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The system has no randomness.
    #[error("no randomness")]
    Random,
    /// The program is ending.
    #[error("the log of receipts is closed")]
    Closed,
}

impl From<std::io::Error> for LogError {
    fn from(error: std::io::Error) -> LogError {
        LogError::Io(error)
    }
}

impl From<NoRandomness> for LogError {
    fn from(NoRandomness: NoRandomness) -> LogError {
        LogError::Random
    }
}

impl From<FolderError> for LogError {
    fn from(error: FolderError) -> LogError {
        match error {
            FolderError::Io(error) => LogError::Io(error),
            other => LogError::Folder(other),
        }
    }
}

impl From<KeyError> for LogError {
    fn from(error: KeyError) -> LogError {
        LogError::Key(error)
    }
}
