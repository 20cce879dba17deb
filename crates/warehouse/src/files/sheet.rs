//! Tables of whole numbers: day counts, cells and what waits. Groups of rows are under a name and are read singly.
//!
//! `docs/warehouse.md` describes the bytes.

use std::ops::Range;

use super::closed::END_BYTES;
use super::numbers::{Damaged, Decoder, Encoder, put, take, take_count, take_text, unzigzag, zigzag};

const MAGIC: &[u8; 8] = b"outissh1";
const LEVEL: i32 = 9;
/// Most rows of a group that are read.
const MOST_ROWS: u64 = 1 << 24;

/// Numbers as they are; as steps from row to row; from here on as differences from a column before, counted from 0.
const PLAIN: u64 = 0;
const STEPS: u64 = 1;
const LESS: u64 = 2;

/// Rows under one name, column by column.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) columns: Vec<Vec<i64>>,
}

/// Writes groups. A column that is 0 everywhere is left out.
///
/// # Errors
/// When Zstandard fails.
pub(crate) fn write(columns: &[&str], groups: &[Group]) -> std::io::Result<Vec<u8>> {
    let is_used = |at: &usize| groups.iter().any(|group| group.columns[*at].iter().any(|value| *value != 0));
    let used: Vec<usize> = (0..columns.len()).filter(is_used).collect();
    let mut encoder = Encoder::new(LEVEL)?;
    let (mut bytes, mut footer) = (Vec::new(), Vec::new());
    put(&mut footer, used.len() as u64);
    for at in &used {
        put_text(&mut footer, columns[*at]);
    }
    put(&mut footer, groups.len() as u64);
    for group in groups {
        let before = bytes.len();
        let of_group: Vec<&[i64]> = used.iter().map(|at| group.columns[*at].as_slice()).collect();
        for at in 0..of_group.len() {
            let (form, numbers) = shortest(&of_group[..=at]);
            put(&mut bytes, form);
            encoder.write(&numbers, &mut bytes)?;
        }
        put_text(&mut footer, &group.name);
        put(&mut footer, group.columns.first().map_or(0, Vec::len) as u64);
        put(&mut footer, (bytes.len() - before) as u64);
    }
    let length = footer.len() as u32;
    bytes.append(&mut footer);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(MAGIC);
    Ok(bytes)
}

/// The form in which the last of these columns probably takes the fewest bytes, and its numbers.
fn shortest(columns: &[&[i64]]) -> (u64, Vec<u64>) {
    let Some((last, before)) = columns.split_last() else { return (PLAIN, Vec::new()) };
    let mut best = (PLAIN, last.iter().map(|value| zigzag(*value)).collect::<Vec<u64>>());
    let mut least = entropy(&best.1);
    let mut consider = |form, numbers: Vec<u64>| {
        let bits = entropy(&numbers);
        if bits < least {
            (least, best) = (bits, (form, numbers));
        }
    };
    let previous = std::iter::once(&0).chain(*last);
    consider(STEPS, last.iter().zip(previous).map(|(value, less)| zigzag(value.wrapping_sub(*less))).collect());
    for (at, other) in (0..).zip(before) {
        let less = last.iter().zip(*other).map(|(value, less)| zigzag(value.wrapping_sub(*less)));
        consider(LESS + at, less.collect());
    }
    best
}

/// Bits that the numbers take at best when each of their bytes is coded by how frequent it is.
fn entropy(numbers: &[u64]) -> f64 {
    let any = numbers.iter().fold(0, |any, number| any | number);
    let planes = (u64::BITS - any.leading_zeros()).div_ceil(8);
    let of_plane = |plane: u32| {
        let mut counts = [0u32; 256];
        numbers.iter().for_each(|number| counts[usize::from((number >> (plane * 8)) as u8)] += 1);
        let bits = |count: &u32| f64::from(*count) * (numbers.len() as f64 / f64::from(*count)).log2();
        counts.iter().filter(|count| **count > 0).map(bits).sum::<f64>()
    };
    (0..planes).map(of_plane).sum()
}

/// Reads the groups whose name is wanted, of a file in memory.
pub(crate) fn read(bytes: &[u8], columns: &[&str], is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Group>, Damaged> {
    let start = Footer::start(bytes.len() as u64, bytes)?;
    let footer = Footer::read(&bytes[start as usize..bytes.len() - END_BYTES as usize], start)?;
    let wanted = footer.groups.iter().filter(|group| is_wanted(&group.name));
    wanted
        .map(|group| footer.group(group, &bytes[group.place.start as usize..group.place.end as usize], columns))
        .collect()
}

/// What the end of a file tells.
#[derive(Debug)]
pub(super) struct Footer {
    columns: Vec<String>,
    pub(super) groups: Vec<Named>,
}

/// A group's name, rows and place in the file.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    rows: usize,
    pub(super) place: Range<u64>,
}

impl Footer {
    /// Where the footer begins in a file of `size` bytes that ends with `end`.
    pub(super) fn start(size: u64, end: &[u8]) -> Result<u64, Damaged> {
        super::closed::footer_start(size, end, MAGIC)
    }

    /// Reads the bytes between its start and the end, of a file in which it begins at `start`.
    pub(super) fn read(mut bytes: &[u8], start: u64) -> Result<Footer, Damaged> {
        let bytes = &mut bytes;
        let columns = (0..take_count(bytes)?).map(|_| take_text(bytes)).collect::<Result<Vec<String>, Damaged>>()?;
        let mut groups = Vec::new();
        let mut at = 0;
        for _ in 0..take_count(bytes)? {
            let name = take_text(bytes)?;
            let rows = usize::try_from(take(bytes)?.min(MOST_ROWS + 1)).map_err(|_| Damaged)?;
            let end = take(bytes)?.checked_add(at).filter(|end| *end <= start).ok_or(Damaged)?;
            if rows as u64 > MOST_ROWS {
                return Err(Damaged);
            }
            groups.push(Named { name, rows, place: at..end });
            at = end;
        }
        Ok(Footer { columns, groups })
    }

    /// The columns asked for of a group with these bytes; one that the file does not have is 0.
    pub(super) fn group(&self, group: &Named, mut bytes: &[u8], columns: &[&str]) -> Result<Group, Damaged> {
        let mut decoder = Decoder::new().map_err(|_| Damaged)?;
        let mut all: Vec<Vec<i64>> = Vec::with_capacity(self.columns.len());
        for _ in &self.columns {
            let form = take(&mut bytes)?;
            let numbers: Vec<u64> = decoder.read(&mut bytes, group.rows)?;
            let mut values: Vec<i64> = numbers.into_iter().map(unzigzag).collect();
            match form {
                PLAIN => {}
                STEPS => {
                    let mut before = 0i64;
                    for value in &mut values {
                        before = before.wrapping_add(*value);
                        *value = before;
                    }
                }
                other => {
                    let at = usize::try_from(other - LESS).map_err(|_| Damaged)?;
                    let other = all.get(at).ok_or(Damaged)?;
                    values.iter_mut().zip(other).for_each(|(value, more)| *value = value.wrapping_add(*more));
                }
            }
            all.push(values);
        }
        let mut found = Group { name: group.name.clone(), columns: vec![vec![0; group.rows]; columns.len()] };
        for (name, values) in self.columns.iter().zip(all) {
            if let Some(at) = columns.iter().position(|column| column == name) {
                found.columns[at] = values;
            }
        }
        Ok(found)
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tables_are_read_as_they_were_written(
            tables in prop::collection::vec(prop::collection::vec((0i64..5, any::<i64>(), -9i64..9), 0..40), 0..4),
        ) {
            let group = |(at, rows): (usize, &Vec<(i64, i64, i64)>)| {
                let column = |of: &dyn Fn(&(i64, i64, i64)) -> i64| rows.iter().map(of).collect::<Vec<i64>>();
                let columns = vec![column(&|r| r.0), column(&|_| 0), column(&|r| r.1), column(&|r| r.1.wrapping_add(r.2))];
                Group { name: format!("group {at}"), columns }
            };
            let groups: Vec<Group> = tables.iter().enumerate().map(group).collect();
            let bytes = write(&["a", "b", "c", "d"], &groups).expect("written");
            let found = read(&bytes, &["a", "b", "c", "d"], |_| true).expect("read");
            prop_assert_eq!(found.len(), groups.len());
            for (found, group) in found.iter().zip(&groups) {
                prop_assert_eq!((&found.name, &found.columns), (&group.name, &group.columns));
            }
            let some = read(&bytes, &["d", "new"], |name| name == "group 1").expect("read");
            for (found, group) in some.iter().zip(groups.iter().skip(1)) {
                prop_assert_eq!(&found.columns[0], &group.columns[3]);
                prop_assert!(found.columns[1].iter().all(|value| *value == 0));
            }
        }

        #[test]
        fn whatever_is_read_ends(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut whole = bytes.clone();
            whole.extend((bytes.len() as u32).to_le_bytes());
            whole.extend(MAGIC);
            let _ = read(&whole, &["a"], |_| true);
        }
    }
}
