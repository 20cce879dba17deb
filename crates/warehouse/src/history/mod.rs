//! The third life: days that are over become cells, which outlive their rows.

mod census;
mod close;
mod read;
mod sheet;
mod table;
