//! Parquet files of rows: which columns there are, how they are written and read.

mod column;
mod read;
pub(crate) mod sheet;
mod write;

pub(crate) use column::{Column, Kind};
pub(crate) use read::{FileReader, ReadError, Reader};
pub(crate) use write::{FileWriter, GROUP_ROWS, WriteError, present};
