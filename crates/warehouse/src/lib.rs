//! Vocabulary, catalogue, sealed store, recent rows and the operators that answer questions.

mod batch;
mod catalogue;
mod evaluate;
mod files;
mod flush;
mod maintain;
mod merge;
mod operators;
mod rows;
mod state;
mod store;
mod tail;
#[cfg(test)]
mod tests;
mod warehouse;

pub use batch::{Batch, Columns, Ragged};
pub use maintain::Maintenance;
pub use operators::Evaluation;
pub use store::SealedStore;
pub use warehouse::{Warehouse, WarehouseError, WarehouseOptions};
