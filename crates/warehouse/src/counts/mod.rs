//! Day counts: what a closed day holds of each value of each group, so that usual questions need not read its rows.
//!
//! Counts are exact and not released: they belong to the rows of their day, are sealed like them, are listed beside
//! them, and go in the transaction that changes or destroys them. History never reads them.

mod answer;
mod cache;
mod count;
mod file;
mod make;
mod table;
mod what;

pub(crate) use answer::Days;
pub(crate) use cache::Cache;
pub(crate) use count::Subject;
use table::{Counted, Table};
use what::What;
