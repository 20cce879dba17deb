//! Day counts as a sealed file.

use std::ops::Range;

use bytes::Bytes;
use outis_insight::Parts;

use super::{Counted, Table, What};
use crate::catalogue::CountFile;
use crate::files::sheet::{Group, write};
use crate::files::{ReadError, Reader};
use crate::history::{PARTS, of_parts};

const HEAD: [&str; 3] = ["what", "key", "persons"];
const COLUMNS: usize = HEAD.len() + PARTS.len();
/// Small tables are gathered in row groups of about so many rows; larger ones have one of their own.
const GROUP_ROWS: usize = 4096;

/// Writes the tables of a day.
pub(super) fn encode(tables: &[(What, Table)]) -> std::io::Result<Bytes> {
    // Small ones first, so that they are together.
    let mut order: Vec<&(What, Table)> = tables.iter().collect();
    order.sort_by_key(|(_, table)| table.len());
    let mut groups: Vec<Group> = Vec::new();
    for (what, table) in order {
        let has_room = |group: &Group| group.columns[0].len() + table.len() <= GROUP_ROWS;
        if !groups.last().is_some_and(has_room) {
            groups.push(Group { name: String::new(), columns: vec![Vec::new(); COLUMNS] });
        }
        let Some(group) = groups.last_mut() else { continue };
        let comma = if group.name.is_empty() { "" } else { "," };
        group.name.push_str(&format!("{comma}{}", what.code()));
        for row in table.rows() {
            let numbers = to_numbers(what.code(), &row);
            group.columns.iter_mut().zip(numbers).for_each(|(column, number)| column.push(number));
        }
    }
    Ok(write(&columns(), &groups)?.into())
}

/// Reads the row groups that hold what is wanted: those tables and whatever is beside them.
pub(super) fn read(reader: &Reader, file: &CountFile, wanted: &[What]) -> Result<Vec<(What, Table)>, ReadError> {
    let is_wanted = |names: &str| names.split(',').filter_map(what_of).any(|what| wanted.contains(&what));
    let groups = reader.sheet(&file.path, file.bytes, &columns(), is_wanted)?;
    Ok(groups.iter().flat_map(tables_of).collect())
}

/// The tables of a row group.
fn tables_of(group: &Group) -> Vec<(What, Table)> {
    let mut start = 0;
    let mut next = |what: What| {
        // A table without rows is in the name only.
        let rows = group.columns[0][start..].iter().take_while(|code| **code == what.code()).count();
        start += rows;
        (what, decode(group, start - rows..start))
    };
    group.name.split(',').filter_map(what_of).map(&mut next).collect()
}

fn columns() -> Vec<&'static str> {
    HEAD.iter().chain(&PARTS).copied().collect()
}

fn what_of(name: &str) -> Option<What> {
    What::of_code(name.parse().ok()?)
}

/// What is nearly the same in most rows is stored as the difference, which then is mostly 0.
fn to_numbers(what: i64, row: &Counted) -> [i64; COLUMNS] {
    let mut numbers = [0; COLUMNS];
    let Parts { visitors, visits, pageviews, entries, .. } = row.parts;
    let [visitors, visits, pageviews, entries] = [visitors, visits, pageviews, entries].map(|n| n as i64);
    numbers[..3].copy_from_slice(&[what, row.key.into(), visitors.wrapping_sub(row.persons.into())]);
    let parts = &mut numbers[3..];
    parts.copy_from_slice(&of_parts(&row.parts));
    parts[1] = parts[1].wrapping_sub(visitors);
    parts[2] = parts[2].wrapping_sub(visits);
    parts[3] = parts[3].wrapping_sub(pageviews);
    parts[4] = parts[4].wrapping_sub(pageviews);
    parts[5] = parts[5].wrapping_sub(visits);
    parts[6] = parts[6].wrapping_sub(entries);
    numbers
}

/// Undoes [`to_numbers`] for some rows, column by column.
fn decode(group: &Group, rows: Range<usize>) -> Table {
    let numbers = |column: usize| &group.columns[column][rows.clone()];
    let keys = numbers(1).iter().map(|key| *key as u32).collect();
    let mut parts: [Vec<i64>; PARTS.len()] = std::array::from_fn(|at| numbers(HEAD.len() + at).to_vec());
    for (at, to) in [(1, 0), (2, 1), (3, 2), (4, 2), (5, 1), (6, 5)] {
        let to = parts[to].clone();
        parts[at].iter_mut().zip(to).for_each(|(number, to)| *number = number.wrapping_add(to));
    }
    let persons = parts[0].iter().zip(numbers(2)).map(|(visitors, less)| visitors.wrapping_sub(*less)).collect();
    Table::of_columns(keys, parts, persons)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::table::tests::table;
    use super::*;
    use crate::files::sheet;

    proptest! {
        #[test]
        fn tables_come_back(rows in prop::collection::vec(table(), 3)) {
            let what = [What::Hours, What::Group(outis_insight::Group::Language), What::Site];
            let tables: Vec<(What, Table)> = what.into_iter().zip(rows).map(|(what, r)| (what, Table::of(r))).collect();
            let groups = sheet::read(&encode(&tables).expect("written"), &columns(), |_| true).expect("read");
            let mut back: Vec<(What, Table)> = groups.iter().flat_map(tables_of).collect();
            for (what, table) in tables {
                let at = back.iter().position(|(other, _)| *other == what).expect("there");
                prop_assert_eq!(back.swap_remove(at).1, table);
            }
            prop_assert!(back.is_empty());
        }
    }
}
