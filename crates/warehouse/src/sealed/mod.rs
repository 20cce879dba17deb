//! Files that are sealed before they leave the process: an encrypting object store and a durable local one.
//!
//! The format is written down in `docs/sealed-files.md`.

mod error;
mod format;
mod local;
mod open;
mod store;
mod upload;

#[cfg(test)]
mod tests;

pub use error::SealedError;
pub use format::FileId;
pub(crate) use format::{CHUNK_BYTES, FileSeal, Size};
pub use local::LocalFiles;
pub(crate) use local::waiting;
pub use store::SealedStore;
pub(crate) use upload::Sealer;
