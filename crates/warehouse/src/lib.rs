//! Vocabulary, catalogue, sealed store, recent rows and the operators that answer questions.

mod batch;
mod operators;

pub use batch::{Batch, Columns, Ragged};
pub use operators::Evaluation;
