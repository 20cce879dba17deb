//! Tables of two groups: every choice of rows and columns is subtracted.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Term};
use proptest::prelude::*;

use super::super::pairs::close_table;
use super::super::*;
use crate::Parts;

/// Persons, each with the pairs they have.
fn people() -> impl Strategy<Value = Vec<BTreeSet<(u32, u32)>>> {
    let pair = (0u32..4, 0u32..4).prop_map(|(a, b)| (a.min(3), b));
    prop::collection::vec(prop::collection::btree_set(pair, 1..3), 5..60)
}

type Persons = BTreeMap<Keys, BTreeSet<usize>>;

fn by_keys(people: &[BTreeSet<(u32, u32)>], keys: impl Fn(u32, u32) -> Keys) -> Persons {
    let mut all = Persons::new();
    for (person, pairs) in people.iter().enumerate() {
        for (a, b) in pairs {
            all.entry(keys(*a, *b)).or_default().insert(person);
        }
    }
    all
}

/// How many persons have each key as their rarest among those with the same `part` of it.
fn own(all: &Persons, part: impl Fn(&Keys) -> u32) -> BTreeMap<Keys, u32> {
    let mut rarest: BTreeMap<(usize, u32), (usize, Keys)> = BTreeMap::new();
    for (keys, persons) in all {
        for person in persons {
            let mine = rarest.entry((*person, part(keys))).or_insert((persons.len(), *keys));
            *mine = (*mine).min((persons.len(), *keys));
        }
    }
    let mut own = BTreeMap::new();
    rarest.into_values().for_each(|(_, keys)| *own.entry(keys).or_default() += 1);
    own
}

fn margin(people: &[BTreeSet<(u32, u32)>], side: usize, floor: u32) -> BTreeSet<Term> {
    let all = by_keys(people, |a, b| [Term([a, b][side]), Term::NONE]);
    let own = own(&all, |_| 0);
    let entry = |(keys, persons): (&Keys, &BTreeSet<usize>)| Entry {
        keys: *keys,
        day: Day(0),
        parts: Parts::default(),
        persons: persons.len() as u32,
        own: own.get(keys).copied().unwrap_or(0),
        seen: Seen::default(),
    };
    let close = close_day(Rule::Single, all.iter().map(entry).collect(), floor, |_| Above::Told);
    close.told.into_iter().map(|(keys, _)| keys[0]).collect()
}

/// The pairs that are told.
fn told(people: &[BTreeSet<(u32, u32)>], margins: &[BTreeSet<Term>; 2], floor: u32, most: usize) -> BTreeSet<Keys> {
    let all = by_keys(people, |a, b| [Term(a), Term(b)]);
    let sums = [own(&all, |k| k[0].0), own(&all, |k| k[1].0), own(&all, |_| 0)];
    let entry = |(keys, persons): (&Keys, &BTreeSet<usize>)| PairEntry {
        keys: *keys,
        parts: Parts::default(),
        persons: persons.len() as u32,
        own: [0, 1, 2].map(|at| sums[at].get(keys).copied().unwrap_or(0)),
    };
    let entries = all.iter().map(entry).collect();
    let close = close_table(entries, floor, most, |side, key| margins[side].contains(&key));
    close.told.into_iter().map(|(keys, _)| keys).collect()
}

/// The fewest persons, besides none, in anything that follows from sums of rows and columns.
fn fewest(people: &[BTreeSet<(u32, u32)>], margins: &[BTreeSet<Term>; 2], told: &BTreeSet<Keys>) -> Option<usize> {
    let all = by_keys(people, |a, b| [Term(a), Term(b)]);
    // Values that are not told singly have one sum together.
    let lines = |side: usize| -> Vec<Vec<Term>> {
        let (known, rest): (Vec<Term>, Vec<Term>) = (0..4).map(Term).partition(|t| margins[side].contains(t));
        known.into_iter().map(|t| vec![t]).chain([rest]).collect()
    };
    let (rows, columns) = (lines(0), lines(1));
    let weights = |count: usize| {
        (0..3i32.pow(count as u32))
            .map(move |n| -> Vec<i32> { (0..count).map(|at| n / 3i32.pow(at as u32) % 3 - 1).collect() })
    };
    // Each line's pairs that are not told, with their persons.
    let open = |row: &Vec<Term>, column: &Vec<Term>| -> Option<BTreeSet<usize>> {
        let keys = row.iter().flat_map(|r| column.iter().map(move |c| [*r, *c]));
        let open: Vec<Keys> = keys.filter(|keys| !told.contains(keys)).collect();
        let persons = || open.iter().filter_map(|keys| all.get(keys)).flatten().copied().collect();
        (!open.is_empty()).then(persons)
    };
    let table: Vec<Vec<_>> = rows.iter().map(|row| columns.iter().map(|column| open(row, column)).collect()).collect();
    let mut fewest = None;
    for of_rows in weights(rows.len()) {
        for of_columns in weights(columns.len()) {
            let cells = || {
                let line = |(row, a): (usize, &i32)| {
                    of_columns.iter().enumerate().map({
                        let (table, a) = (&table, *a);
                        move |(column, b)| (table[row][column].as_ref(), a + b)
                    })
                };
                of_rows.iter().enumerate().flat_map(line).filter_map(|(open, weight)| Some((open?, weight)))
            };
            if !cells().all(|(_, weight)| (0..=1).contains(&weight)) {
                continue;
            }
            let persons: BTreeSet<usize> =
                cells().filter(|(_, weight)| *weight == 1).flat_map(|(open, _)| open.iter().copied()).collect();
            if !persons.is_empty() {
                fewest = Some(fewest.map_or(persons.len(), |few: usize| few.min(persons.len())));
            }
        }
    }
    fewest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn no_sum_of_rows_and_columns_leaves_few(people in people(), floor in 2u32..8, most in 0usize..5) {
        prop_assume!(people.len() >= floor as usize);
        let margins = [margin(&people, 0, floor), margin(&people, 1, floor)];
        let told = told(&people, &margins, floor, most);
        let all = by_keys(&people, |a, b| [Term(a), Term(b)]);
        prop_assert!(told.iter().all(|keys| all[keys].len() >= floor as usize));
        if let Some(fewest) = fewest(&people, &margins, &told) {
            prop_assert!(fewest >= floor as usize, "{fewest}");
        }
    }
}

#[test]
fn without_care_for_sums_few_are_found() {
    // Everybody has (0, 0), and one person (0, 1) besides.
    let mut people = vec![BTreeSet::from([(0, 0), (1, 1)]); 20];
    people[0].insert((0, 1));
    let margins = [margin(&people, 0, 5), margin(&people, 1, 5)];
    let large = BTreeSet::from([[Term(0), Term(0)], [Term(1), Term(1)]]);
    assert_eq!(fewest(&people, &margins, &large), Some(1));
    assert!(fewest(&people, &margins, &told(&people, &margins, 5, 4)).is_none_or(|few| few >= 5));
}
