//! The third life: days that are over become cells, which outlive their rows.

mod bounding;
mod census;
mod close;
mod crossed;
mod ledger;
mod members;
mod read;
pub(crate) mod table;
mod ways;

#[cfg(feature = "attack")]
pub(crate) use table::lines;
pub(crate) use table::{PARTS, of_parts, to_parts};
