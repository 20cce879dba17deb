//! Files of rows: which columns there are, how they are written and read.

mod closed;
mod column;
mod numbers;
mod read;
pub(crate) mod sheet;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use closed::ClosedWriter;
pub(crate) use column::{Column, Kind};
pub(crate) use numbers::{Damaged, put, take};
pub(crate) use read::{FileReader, ReadError, Reader};
pub(crate) use write::{FileWriter, GROUP_ROWS, WriteError, present};
