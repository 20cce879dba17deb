//! Cells and what waits, as tables of numbers.

use bytes::Bytes;
use outis_event::{Day, Term};
use outis_insight::history::{Cell, Entry, Family, Place, Seen, Span};
use outis_insight::{Currency, Parts};

use crate::files::Damaged;
use crate::files::sheet::{Group, read, write};

pub(crate) const PARTS: [&str; 15] = [
    "visitors",
    "visits",
    "pageviews",
    "visit_pageviews",
    "events",
    "entries",
    "bounces",
    "duration_s",
    "engaged_s",
    "scroll_sum",
    "scroll_pairs",
    "exits",
    "revenue_milli",
    "revenue_events",
    "currency",
];
const CELL: [&str; 5] = ["family", "subfamily", "place", "value", "subvalue"];
const ENTRY: [&str; 12] = [
    "family",
    "subfamily",
    "value",
    "subvalue",
    "day",
    "persons",
    "own",
    "secret",
    "bits_a",
    "bits_b",
    "bits_c",
    "bits_d",
];
/// Families are gathered in row groups of at least so many rows.
const GROUP_ROWS: usize = 4096;

const VALUES: i64 = 0;
const OTHER: i64 = 1;
const HOUR: i64 = 2;

/// A row of numbers under its family.
type Row = (Family, Vec<i64>);

/// Writes cells of one span.
pub(crate) fn write_cells(cells: &[Cell]) -> std::io::Result<Vec<u8>> {
    write_rows(&columns(&CELL), cells.iter().map(|cell| (cell.family, of_cell(cell))))
}

/// Reads the cells of some families. Rows that are not understood are left out: a later version may know more places.
pub(super) fn read_cells(bytes: Bytes, span: Span, first: Day, families: &[Family]) -> Result<Vec<Cell>, Damaged> {
    let rows = read_rows(bytes, &columns(&CELL), |family| families.contains(&family))?;
    Ok(rows.iter().filter_map(|(family, row)| to_cell(*family, row, span, first)).collect())
}

/// Everything in a file of cells, or of what waits: as lines, without bits of persons, which are random.
#[cfg(feature = "attack")]
pub(crate) fn lines(bytes: Bytes, span: Span, first: Day, waiting: bool) -> Result<Vec<String>, Damaged> {
    if waiting {
        let entries = read_entries(bytes)?.into_iter();
        return Ok(entries
            .map(|(family, e)| format!("{family:?} {:?} {:?} {:?} {} {}", e.keys, e.day, e.parts, e.persons, e.own))
            .collect());
    }
    let rows = read_rows(bytes, &columns(&CELL), |_| true)?;
    Ok(rows
        .iter()
        .filter_map(|(family, row)| to_cell(*family, row, span, first))
        .map(|cell| format!("{cell:?}"))
        .collect())
}

/// Reads all cells.
pub(crate) fn read_all_cells(bytes: Bytes, span: Span, first: Day) -> Result<Vec<Cell>, Damaged> {
    let rows = read_rows(bytes, &columns(&CELL), |_| true)?;
    Ok(rows.iter().filter_map(|(family, row)| to_cell(*family, row, span, first)).collect())
}

/// Writes what waits.
pub(crate) fn write_entries(entries: &[(Family, Entry)]) -> std::io::Result<Vec<u8>> {
    write_rows(&columns(&ENTRY), entries.iter().map(|(family, entry)| (*family, of_entry(*family, entry))))
}

/// Reads all that waits.
pub(crate) fn read_entries(bytes: Bytes) -> Result<Vec<(Family, Entry)>, Damaged> {
    let rows = read_rows(bytes, &columns(&ENTRY), |_| true)?;
    Ok(rows.iter().map(|(family, row)| (*family, to_entry(row))).collect())
}

fn columns(head: &[&'static str]) -> Vec<&'static str> {
    head.iter().chain(&PARTS).copied().collect()
}

/// Rows in the order of their families; a row group's name lists those in it.
fn write_rows(columns: &[&str], rows: impl Iterator<Item = Row>) -> std::io::Result<Vec<u8>> {
    let mut rows: Vec<Row> = rows.collect();
    rows.sort_by(|a, b| (a.0.codes(), &a.1).cmp(&(b.0.codes(), &b.1)));
    let fresh = || Group { name: String::new(), columns: vec![Vec::new(); columns.len()] };
    let mut groups = vec![fresh()];
    for family in rows.chunk_by(|a, b| a.0 == b.0) {
        if groups.last().is_some_and(|group| group.columns[0].len() >= GROUP_ROWS) {
            groups.push(fresh());
        }
        let group = groups.last_mut().expect("there is one");
        if !group.name.is_empty() {
            group.name.push(',');
        }
        group.name.push_str(&name(family[0].0));
        for (_, row) in family {
            group.columns.iter_mut().zip(row).for_each(|(column, value)| column.push(*value));
        }
    }
    write(columns, &groups)
}

fn read_rows(bytes: Bytes, columns: &[&str], is_wanted: impl Fn(Family) -> bool) -> Result<Vec<Row>, Damaged> {
    let wanted = |names: &str| names.split(',').filter_map(family_of).any(&is_wanted);
    let mut rows = Vec::new();
    for group in read(&bytes, columns, wanted)? {
        for at in 0..group.columns[0].len() {
            let row: Vec<i64> = group.columns.iter().map(|column| column[at]).collect();
            let family = Family::of_codes([row[0] as u32, row[1] as u32]);
            rows.extend(family.filter(|family| is_wanted(*family)).map(|family| (family, row)));
        }
    }
    Ok(rows)
}

fn name(family: Family) -> String {
    let [first, second] = family.codes();
    format!("{first}.{second}")
}

fn family_of(name: &str) -> Option<Family> {
    let (first, second) = name.split_once('.')?;
    Family::of_codes([first.parse().ok()?, second.parse().ok()?])
}

fn of_cell(cell: &Cell) -> Vec<i64> {
    let [family, subfamily] = cell.family.codes();
    let (place, value, subvalue) = match cell.place {
        Place::Values([value, subvalue]) => (VALUES, i64::from(value.0), i64::from(subvalue.0)),
        Place::Other(groups) => (OTHER, i64::from(groups), 0),
        Place::Hour(start) => (HOUR, start, 0),
    };
    let mut row = vec![i64::from(family), i64::from(subfamily), place, value, subvalue];
    row.extend(of_parts(&cell.parts));
    row
}

fn to_cell(family: Family, row: &[i64], span: Span, first: Day) -> Option<Cell> {
    let place = match row[2] {
        VALUES => Place::Values([Term(row[3] as u32), Term(row[4] as u32)]),
        OTHER => Place::Other(row[3] as u32),
        HOUR => Place::Hour(row[3]),
        _ => return None,
    };
    Some(Cell { family, span, first, place, parts: to_parts(&row[CELL.len()..]) })
}

fn of_entry(family: Family, entry: &Entry) -> Vec<i64> {
    let [family, subfamily] = family.codes().map(i64::from);
    let [value, subvalue] = entry.keys.map(|key| i64::from(key.0));
    let mut row = vec![family, subfamily, value, subvalue, i64::from(entry.day.0)];
    row.extend([i64::from(entry.persons), i64::from(entry.own), entry.seen.secret as i64]);
    row.extend(entry.seen.bits.map(|bits| bits as i64));
    row.extend(of_parts(&entry.parts));
    row
}

fn to_entry(row: &[i64]) -> Entry {
    let bits = [row[8], row[9], row[10], row[11]].map(|bits| bits as u64);
    Entry {
        keys: [Term(row[2] as u32), Term(row[3] as u32)],
        day: Day(row[4] as i32),
        persons: row[5] as u32,
        own: row[6] as u32,
        seen: Seen { secret: row[7] as u64, bits },
        parts: to_parts(&row[ENTRY.len()..]),
    }
}

/// Parts as numbers, in the order of [`PARTS`].
pub(crate) fn of_parts(parts: &Parts) -> [i64; 15] {
    let currency = match parts.currency {
        Currency::None => 0,
        Currency::Several => -1,
        Currency::One(term) => i64::from(term.0) + 1,
    };
    [
        parts.visitors as i64,
        parts.visits as i64,
        parts.pageviews as i64,
        parts.visit_pageviews as i64,
        parts.events as i64,
        parts.entries as i64,
        parts.bounces as i64,
        parts.duration_s as i64,
        parts.engaged_s as i64,
        parts.scroll_sum as i64,
        parts.scroll_pairs as i64,
        parts.exits as i64,
        parts.revenue_milli,
        parts.revenue_events as i64,
        currency,
    ]
}

/// Parts from at least as many numbers as [`PARTS`] names.
pub(crate) fn to_parts(row: &[i64]) -> Parts {
    Parts {
        visitors: row[0] as u64,
        visits: row[1] as u64,
        pageviews: row[2] as u64,
        visit_pageviews: row[3] as u64,
        events: row[4] as u64,
        entries: row[5] as u64,
        bounces: row[6] as u64,
        duration_s: row[7] as u64,
        engaged_s: row[8] as u64,
        scroll_sum: row[9] as u64,
        scroll_pairs: row[10] as u64,
        exits: row[11] as u64,
        revenue_milli: row[12],
        revenue_events: row[13] as u64,
        currency: match row[14] {
            0 => Currency::None,
            -1 => Currency::Several,
            term => Currency::One(Term((term - 1) as u32)),
        },
    }
}

#[cfg(test)]
mod tests {
    use outis_event::Dimension;
    use outis_insight::Group;
    use proptest::prelude::*;

    use super::*;

    fn parts() -> impl Strategy<Value = Parts> {
        (prop::array::uniform12(0u64..1 << 40), -5i64..5, 0u64..3, -1i64..3).prop_map(|(n, milli, events, currency)| {
            let mut row: Vec<i64> = n.iter().map(|n| *n as i64).collect();
            row.extend([milli, events as i64, currency]);
            to_parts(&row)
        })
    }

    fn family() -> impl Strategy<Value = Family> {
        let all = Family::declared([Term(9)], &[], true);
        prop::sample::select([all, vec![Family::SITE]].concat())
    }

    proptest! {
        #[test]
        fn cells_come_back(
            cells in prop::collection::vec((family(), 0u8..3, any::<u32>(), any::<u32>(), parts()), 0..200),
        ) {
            let cells: Vec<Cell> = cells.into_iter().map(|(family, place, a, b, parts)| {
                let place = match place {
                    0 => Place::Values([Term(a), Term(b)]),
                    1 => Place::Other(a),
                    _ => Place::Hour(i64::from(a) - 70),
                };
                Cell { family, span: Span::Week, first: Day(7), place, parts }
            }).collect();
            let bytes: Bytes = write_cells(&cells).expect("written").into();
            let browser = Family::single(Group::Dimension(Dimension::Browser));
            for families in [vec![Family::SITE, browser], Family::declared([], &[], true)] {
                let mut back = read_cells(bytes.clone(), Span::Week, Day(7), &families).expect("read");
                let mut asked: Vec<Cell> = cells.iter().filter(|c| families.contains(&c.family)).copied().collect();
                let order = |c: &Cell| (c.family.codes(), of_cell(c));
                back.sort_by_key(order);
                asked.sort_by_key(order);
                prop_assert_eq!(back, asked);
            }
        }

        #[test]
        fn what_waits_comes_back(
            entries in prop::collection::vec((family(), any::<[u32; 5]>(), any::<[u64; 5]>(), parts()), 0..50),
        ) {
            let mut entries: Vec<(Family, Entry)> = entries.into_iter().map(|(family, n, bits, parts)| (family, Entry {
                keys: [Term(n[0]), Term(n[1])],
                day: Day(n[2] as i32),
                persons: n[3],
                own: n[4],
                seen: Seen { secret: bits[0], bits: [bits[1], bits[2], bits[3], bits[4]] },
                parts,
            })).collect();
            let mut back = read_entries(write_entries(&entries).expect("written").into()).expect("read");
            let order = |(family, e): &(Family, Entry)| of_entry(*family, e);
            back.sort_by_key(order);
            entries.sort_by_key(order);
            prop_assert_eq!(back, entries);
        }
    }
}
