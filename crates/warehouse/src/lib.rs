//! Vocabulary, catalogue, sealed store, recent rows and the operators that answer questions.

mod batch;
mod operators;
mod sealed;

pub use batch::{Batch, Columns, Ragged};
pub use operators::Evaluation;
pub use sealed::{FileId, LocalFiles, SealedError, SealedStore};
