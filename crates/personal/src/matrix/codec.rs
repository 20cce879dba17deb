//! The matrix and a member's contribution as bytes: one form each, so that equal values are equal bytes.
//!
//! `OXM1`, then LEB128 numbers: members, active members, rows; per row the distance of its item to the one before, its
//! entries, the item's count, then per further entry the distance of its item to the one before, less one, and its
//! count. A contribution is `OXC1`, its length, and distances.

use std::collections::BTreeMap;

use super::{Contribution, Matrix};

/// Longest bytes that are read.
pub const MOST_BYTES: usize = 4 << 30;
const MAGIC: &[u8; 4] = b"OXM1";
const MAGIC_OF_ONE: &[u8; 4] = b"OXC1";

/// Why bytes are not a matrix or a contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// Of another version, or nothing of ours.
    #[error("not a matrix of a known version")]
    Version,
    /// Cut off, not in the one canonical form, or with counts that no members could give.
    #[error("damaged matrix")]
    Damaged,
    /// Longer than [`MOST_BYTES`].
    #[error("a matrix has at most {MOST_BYTES} bytes")]
    TooLong,
}

impl Contribution {
    /// The bytes to keep with the member's record.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC_OF_ONE.to_vec();
        write(&mut bytes, self.0.len() as u32);
        let mut last = 0;
        for (at, item) in self.0.iter().enumerate() {
            write(&mut bytes, item - last - u32::from(at > 0));
            last = *item;
        }
        bytes
    }

    /// Reads what [`Contribution::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`MatrixError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Contribution, MatrixError> {
        let mut reader = Reader::new(bytes, MAGIC_OF_ONE)?;
        let length = reader.number()? as usize;
        if length > Contribution::MOST_ITEMS {
            return Err(MatrixError::Damaged);
        }
        let mut items: Vec<u32> = Vec::with_capacity(length);
        for _ in 0..length {
            items.push(reader.after(items.last().copied())?);
        }
        reader.end()?;
        Ok(Contribution(items.into()))
    }
}

impl Matrix {
    /// The canonical bytes, to be sealed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for number in [self.members, self.active, self.rows.len() as u32] {
            write(&mut bytes, number);
        }
        let mut last_row = None;
        for (item, row) in &self.rows {
            write(&mut bytes, item - last_row.map_or(0, |last: u32| last + 1));
            last_row = Some(*item);
            write(&mut bytes, row.len() as u32);
            let mut last = *item;
            for (at, (other, count)) in row.iter().enumerate() {
                if at > 0 {
                    write(&mut bytes, other - last - 1);
                }
                write(&mut bytes, *count);
                last = *other;
            }
        }
        bytes
    }

    /// Reads what [`Matrix::to_bytes`] wrote, and nothing else. What it takes in memory is at most proportional to the
    /// length of the bytes.
    ///
    /// # Errors
    /// [`MatrixError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Matrix, MatrixError> {
        let mut reader = Reader::new(bytes, MAGIC)?;
        let (members, active, rows) = (reader.number()?, reader.number()?, reader.number()?);
        if active > members {
            return Err(MatrixError::Damaged);
        }
        let mut matrix = Matrix { members, active, rows: BTreeMap::new() };
        let mut last = None;
        for _ in 0..rows {
            let item = reader.after(last)?;
            let row = reader.row(item, members)?;
            matrix.rows.insert(item, row);
            last = Some(item);
        }
        reader.end()?;
        matrix.check()?;
        Ok(matrix)
    }

    /// Refuses counts of pairs that are greater than those of their items.
    fn check(&self) -> Result<(), MatrixError> {
        let possible = self.pairs().all(|(a, b, count)| count <= self.members_of(a).min(self.members_of(b)));
        let somebody = self.members > 0 || self.rows.is_empty();
        if possible && somebody { Ok(()) } else { Err(MatrixError::Damaged) }
    }
}

fn write(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], magic: &[u8; 4]) -> Result<Reader<'a>, MatrixError> {
        if bytes.len() > MOST_BYTES {
            return Err(MatrixError::TooLong);
        }
        bytes.strip_prefix(magic).map(Reader).ok_or(MatrixError::Version)
    }

    /// A number in its shortest form.
    fn number(&mut self) -> Result<u32, MatrixError> {
        let mut number = 0_u32;
        for shift in (0..=28).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(MatrixError::Damaged)?;
            self.0 = rest;
            let bits = u32::from(byte & 0x7f);
            let lost = shift == 28 && bits > 0xf;
            let padded = shift > 0 && *byte == 0;
            if lost || padded {
                return Err(MatrixError::Damaged);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(MatrixError::Damaged)
    }

    /// The next of ascending numbers.
    fn after(&mut self, last: Option<u32>) -> Result<u32, MatrixError> {
        let distance = self.number()?;
        let from = match last {
            Some(last) => last.checked_add(1).ok_or(MatrixError::Damaged)?,
            None => 0,
        };
        from.checked_add(distance).ok_or(MatrixError::Damaged)
    }

    fn row(&mut self, item: u32, members: u32) -> Result<Vec<(u32, u32)>, MatrixError> {
        let entries = self.number()? as usize;
        // An entry takes at least two bytes, but for the first, which takes one.
        if entries == 0 || entries > self.0.len() {
            return Err(MatrixError::Damaged);
        }
        let mut row: Vec<(u32, u32)> = Vec::with_capacity(entries);
        for at in 0..entries {
            let other = if at == 0 { item } else { self.after(row.last().map(|entry| entry.0))? };
            let count = self.number()?;
            if count == 0 || count > members {
                return Err(MatrixError::Damaged);
            }
            row.push((other, count));
        }
        Ok(row)
    }

    fn end(&self) -> Result<(), MatrixError> {
        if self.0.is_empty() { Ok(()) } else { Err(MatrixError::Damaged) }
    }
}
