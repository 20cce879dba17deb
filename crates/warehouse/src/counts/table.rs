//! Counts of values as columns of numbers, and sums of several such tables.

use std::collections::HashMap;

use outis_insight::{Currency, Parts};

use crate::history::{PARTS, of_parts, to_parts};

/// Parts and persons.
const NUMBERS: usize = PARTS.len() + 1;
const PERSONS: usize = PARTS.len();
/// The column that is not added up.
const CURRENCY: usize = PARTS.len() - 1;
/// Keys below this are found by place when tables are added up; others are hashed.
const MOST_PLACES: usize = 1 << 20;

/// What a value was counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Counted {
    /// A term, or an hour.
    pub(crate) key: u32,
    /// Visitors of the largest day that count for floors.
    pub(crate) persons: u32,
    pub(crate) parts: Parts,
}

/// Counts of one day or of several, each key once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    keys: Vec<u32>,
    columns: [Numbers; NUMBERS],
}

/// A column, as narrow as its numbers allow.
#[derive(Clone, Debug, Default, PartialEq)]
enum Numbers {
    /// 0 everywhere.
    #[default]
    None,
    Narrow(Vec<u32>),
    Wide(Vec<i64>),
}

impl Numbers {
    fn of(values: Vec<i64>) -> Numbers {
        if values.iter().all(|value| *value == 0) {
            return Numbers::None;
        }
        let narrow: Option<Vec<u32>> = values.iter().map(|value| u32::try_from(*value).ok()).collect();
        narrow.map_or(Numbers::Wide(values), Numbers::Narrow)
    }

    fn at(&self, row: usize) -> i64 {
        match self {
            Numbers::None => 0,
            Numbers::Narrow(values) => values[row].into(),
            Numbers::Wide(values) => values[row],
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Numbers::None => 0,
            Numbers::Narrow(values) => size_of_val(&values[..]),
            Numbers::Wide(values) => size_of_val(&values[..]),
        }
    }
}

impl Table {
    /// A table of these rows; no key may be there twice.
    pub(super) fn of(mut rows: Vec<Counted>) -> Table {
        rows.sort_unstable_by_key(|row| row.key);
        let mut columns: [Vec<i64>; NUMBERS] = Default::default();
        for row in &rows {
            let parts = of_parts(&row.parts);
            columns.iter_mut().zip(parts).for_each(|(column, value)| column.push(value));
            columns[PERSONS].push(row.persons.into());
        }
        Table { keys: rows.iter().map(|row| row.key).collect(), columns: columns.map(Numbers::of) }
    }

    /// A table of these columns, rows in the order of their keys.
    pub(super) fn of_columns(keys: Vec<u32>, parts: [Vec<i64>; PARTS.len()], persons: Vec<i64>) -> Table {
        let mut columns: [Numbers; NUMBERS] = Default::default();
        for (column, numbers) in columns.iter_mut().zip(parts.into_iter().chain([persons])) {
            *column = Numbers::of(numbers);
        }
        Table { keys, columns }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The rows, in the order of their keys.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Counted> {
        (0..self.len()).map(|row| self.row(row))
    }

    /// The persons of all rows with these keys; who is in several is counted for each.
    pub(super) fn persons(&self, is_of: impl Fn(u32) -> bool) -> u64 {
        let rows = self.keys.iter().enumerate().filter(|(_, key)| is_of(**key));
        rows.map(|(row, _)| u64::try_from(self.columns[PERSONS].at(row)).unwrap_or(0)).sum()
    }

    fn row(&self, row: usize) -> Counted {
        let numbers: [i64; NUMBERS] = std::array::from_fn(|at| self.columns[at].at(row));
        let persons = u32::try_from(numbers[PERSONS]).unwrap_or(u32::MAX);
        Counted { key: self.keys[row], persons, parts: to_parts(&numbers) }
    }

    /// Bytes of memory it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Table>() + size_of_val(&self.keys[..]) + self.columns.iter().map(Numbers::bytes).sum::<usize>()
    }

    /// What tables of different days hold together: persons are those of the largest day.
    pub(super) fn sum<'a>(tables: impl Iterator<Item = &'a Table> + Clone) -> Table {
        let mut places = Places::new(tables.clone());
        let mut keys = Vec::new();
        let rows: Vec<Vec<u32>> = tables.clone().map(|table| places.rows(&table.keys, &mut keys)).collect();
        let mut columns: [Numbers; NUMBERS] = Default::default();
        for (at, column) in columns.iter_mut().enumerate() {
            let mut sums = vec![0; keys.len()];
            for (table, rows) in tables.clone().zip(&rows) {
                add(at, &table.columns[at], rows, &mut sums);
            }
            *column = Numbers::of(sums);
        }
        Table { keys, columns }
    }
}

/// Adds a column to the sums of the rows it goes to.
fn add(at: usize, column: &Numbers, rows: &[u32], sums: &mut [i64]) {
    let mut each = |values: &mut dyn Iterator<Item = i64>| {
        for (row, value) in rows.iter().zip(values) {
            let sum = &mut sums[*row as usize];
            *sum = match at {
                PERSONS => value.max(*sum),
                CURRENCY => both(*sum, value),
                _ => sum.saturating_add(value),
            };
        }
    };
    match column {
        Numbers::None => {}
        Numbers::Narrow(values) => each(&mut values.iter().map(|value| i64::from(*value))),
        Numbers::Wide(values) => each(&mut values.iter().copied()),
    }
}

/// The currency of two sums, as numbers.
fn both(a: i64, b: i64) -> i64 {
    let currency = |number| {
        let mut row = [0; PARTS.len()];
        row[CURRENCY] = number;
        to_parts(&row).currency
    };
    let parts = Parts { currency: Currency::and(currency(a), currency(b)), ..Parts::default() };
    of_parts(&parts)[CURRENCY]
}

/// From keys to the rows of a sum.
enum Places {
    Dense(Vec<u32>),
    Hashed(HashMap<u32, u32>),
}

impl Places {
    fn new<'a>(tables: impl Iterator<Item = &'a Table>) -> Places {
        let most = tables.filter_map(|table| table.keys.iter().max()).max().map_or(0, |key| *key as usize + 1);
        if most <= MOST_PLACES { Places::Dense(vec![0; most]) } else { Places::Hashed(HashMap::new()) }
    }

    /// The rows of some keys; a key that is new gets the next one.
    fn rows(&mut self, of: &[u32], keys: &mut Vec<u32>) -> Vec<u32> {
        let mut row = |key: u32| {
            // One more than the row, so that 0 is none.
            let place = match self {
                Places::Dense(places) => &mut places[key as usize],
                Places::Hashed(places) => places.entry(key).or_default(),
            };
            if *place == 0 {
                keys.push(key);
                *place = u32::try_from(keys.len()).unwrap_or(u32::MAX);
            }
            *place - 1
        };
        of.iter().map(|key| row(*key)).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use outis_event::Term;
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn counted() -> impl Strategy<Value = Counted> {
        let key = prop_oneof![0u32..9, any::<u32>()];
        let number = prop_oneof![Just(0u64), 0u64..9, 0u64..1 << 40];
        let currency =
            prop_oneof![Just(Currency::None), Just(Currency::Several), (0u32..3).prop_map(|t| Currency::One(Term(t)))];
        let parts = (prop::collection::vec(number, PARTS.len()), -5i64..5, currency);
        (key, 0u32..50, parts).prop_map(|(key, persons, (numbers, revenue_milli, currency))| {
            let row: Vec<i64> = numbers.iter().map(|number| *number as i64).collect();
            Counted { key, persons, parts: Parts { revenue_milli, currency, ..to_parts(&[&row[..14], &[0]].concat()) } }
        })
    }

    pub(crate) fn table() -> impl Strategy<Value = Vec<Counted>> {
        prop::collection::vec(counted(), 0..20).prop_map(|rows| {
            let rows: BTreeMap<u32, Counted> = rows.into_iter().map(|row| (row.key, row)).collect();
            rows.into_values().collect()
        })
    }

    proptest! {
        #[test]
        fn a_sum_is_that_of_the_rows(days in prop::collection::vec(table(), 0..5)) {
            let mut sums: BTreeMap<u32, Counted> = BTreeMap::new();
            for row in days.iter().flatten() {
                let sum = sums.entry(row.key).or_insert(Counted { key: row.key, persons: 0, parts: Parts::default() });
                sum.persons = sum.persons.max(row.persons);
                sum.parts.add(&row.parts);
            }
            let tables: Vec<Table> = days.into_iter().map(Table::of).collect();
            let mut sum: Vec<Counted> = Table::sum(tables.iter()).rows().collect();
            sum.sort_by_key(|row| row.key);
            prop_assert_eq!(sum, sums.into_values().collect::<Vec<_>>());
        }
    }
}
