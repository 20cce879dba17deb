//! Files of closed days: what is the same in a visit is written once for each visit, columns one behind the other.
//!
//! `docs/warehouse.md` describes the bytes.

mod read;
mod write;

use std::ops::Range;

use super::column::{Column, Kind};
use super::numbers::{Damaged, take, take_byte, take_count};
use crate::Columns;

pub(super) use read::Blocks;
pub(crate) use write::ClosedWriter;

const MAGIC: &[u8; 8] = b"outisrw1";
/// Behind the footer: its length and the magic.
pub(super) const END_BYTES: u64 = 12;
/// What visits are called among the columns.
const VISITS: &str = "visits";
/// Every row has its own number, or every visit.
const OF_ROWS: u8 = 0;
const OF_VISITS: u8 = 1;
/// Most rows of a group that are read: a visitor's rows are never divided.
const MOST_ROWS: u64 = 1 << 24;

/// What the end of a file tells: groups, and where the blocks of each column are.
#[derive(Debug)]
pub(super) struct Footer {
    pub(super) groups: Vec<Group>,
    /// Of each column its bytes in the file, and the lengths of its blocks.
    visits: (Range<u64>, Vec<usize>),
    columns: Vec<(Column, Range<u64>, Vec<usize>)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    rows: usize,
    visits: usize,
}

impl Footer {
    /// Where the footer begins in a file of `size` bytes that ends with `end`.
    pub(super) fn start(size: u64, end: &[u8]) -> Result<u64, Damaged> {
        footer_start(size, end, MAGIC)
    }

    /// Reads the bytes between its start and the end, of a file in which it begins at `start`.
    pub(super) fn read(mut bytes: &[u8], start: u64) -> Result<Footer, Damaged> {
        let bytes = &mut bytes;
        let count = take_count(bytes)?;
        let mut groups = Vec::new();
        for _ in 0..count {
            let (rows, visits) = (take(bytes)?, take(bytes)?);
            if rows > MOST_ROWS || visits > rows {
                return Err(Damaged);
            }
            groups.push(Group { rows: rows as usize, visits: visits as usize });
        }
        let mut footer = Footer { groups, visits: (0..0, Vec::new()), columns: Vec::new() };
        let all = Column::of(Kind::Closed);
        let mut at = 0;
        for _ in 0..take_count(bytes)? {
            let length = usize::from(take_byte(bytes)?);
            let (name, rest) = bytes.split_at_checked(length).ok_or(Damaged)?;
            *bytes = rest;
            let lengths = (0..count).map(|_| Ok(take(bytes)? as usize)).collect::<Result<Vec<usize>, Damaged>>()?;
            let end = lengths.iter().try_fold(at, |end: u64, length| end.checked_add(*length as u64)).ok_or(Damaged)?;
            if end > start {
                return Err(Damaged);
            }
            if name == VISITS.as_bytes() {
                footer.visits = (at..end, lengths);
            } else if let Some(column) = all.iter().find(|column| column.name().as_bytes() == name) {
                footer.columns.push((*column, at..end, lengths));
            }
            at = end;
        }
        if footer.visits.1.len() == footer.groups.len() { Ok(footer) } else { Err(Damaged) }
    }

    /// Its columns, in their order.
    pub(super) fn all(&self) -> impl Iterator<Item = Column> {
        self.columns.iter().map(|(column, _, _)| *column)
    }

    /// The columns that a question needs of those the file has.
    pub(super) fn wanted(&self, columns: Columns) -> Vec<usize> {
        (0..self.columns.len()).filter(|at| self.columns[*at].0.is_wanted(columns)).collect()
    }

    /// Where these columns lie, behind where the visits do.
    pub(super) fn ranges(&self, wanted: &[usize]) -> Vec<Range<u64>> {
        let columns = wanted.iter().map(|at| self.columns[*at].1.clone());
        std::iter::once(self.visits.0.clone()).chain(columns).collect()
    }

    /// Bytes of each column.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> impl Iterator<Item = (String, i64)> {
        let columns = self.columns.iter().map(|(column, range, _)| (column.name(), range));
        let all = std::iter::once((VISITS, &self.visits.0)).chain(columns);
        all.map(|(name, range)| (name.to_owned(), (range.end - range.start) as i64))
    }
}

/// Where a footer begins that is followed by its length and these eight bytes.
pub(super) fn footer_start(size: u64, end: &[u8], magic: &[u8; 8]) -> Result<u64, Damaged> {
    let (length, found) = end.last_chunk::<12>().ok_or(Damaged)?.split_at(4);
    let length = u32::from_le_bytes(length.try_into().map_err(|_| Damaged)?);
    let start = size.checked_sub(END_BYTES + u64::from(length)).ok_or(Damaged)?;
    if found == magic { Ok(start) } else { Err(Damaged) }
}
