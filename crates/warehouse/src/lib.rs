//! Vocabulary, catalogue, sealed store, recent rows and the operators that answer questions.

#[cfg(feature = "attack")]
pub mod attack;
mod batch;
mod catalogue;
mod compact;
mod counts;
mod earlier;
mod error;
mod evaluate;
mod files;
mod flush;
mod folder;
mod forget;
mod history;
mod links;
mod maintain;
mod merge;
mod operators;
mod purge;
mod rows;
mod sealed;
mod spare;
mod state;
mod tail;
#[cfg(test)]
mod tests;
mod warehouse;

pub use batch::{Batch, Columns, Ragged, Visit};
pub use earlier::{Lost, has_key, listed, settle};
pub use error::WarehouseError;
pub use folder::SealedFiles;
pub use links::{LinkError, MOST_LINKS};
pub use maintain::Maintenance;
pub use operators::{Evaluation, Tracing};
pub use purge::{Gone, Purge, Purged, Struck};
pub use sealed::{FileId, LocalFiles, SealedError, SealedStore};
pub use state::Oldest;
pub use warehouse::{Warehouse, WarehouseOptions};
