//! Vocabulary, catalogue, sealed store, recent rows and the operators that answer questions.

mod batch;

pub use batch::{Batch, Columns, Ragged};
