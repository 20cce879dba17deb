//! Which sums may be told, so that nothing about few persons can be worked out of them.
//!
//! The numbers that are not told singly form a table: a row for each day, a column for each value. Whoever knows the
//! site's days knows the sum of every row; a released cell of a week or period is the sum of a column over some of its
//! days. Everything that is not released is one more column with a known sum, the *rest*. What follows from such sums
//! is made of these: for a choice A of days, what is left of the rows in A when every column that lies wholly in A is
//! taken away. If something is left on a day d in A, it is of a column that also has a day e outside of A.
//!
//! Call the step from one day to another *wide* if the columns that both have hold at least the floor of persons on
//! the first. Whenever A holds the first day of a wide step and not the second, all these columns are left, and with
//! them enough persons. So it suffices that
//!
//! - the rest is empty or holds at least the floor of persons, and
//! - for all days d and e that share a column, wide steps lead from d to e: one of them leaves A.
//!
//! Where a day lacks persons, some of its entries join the rest: days on which the rest holds the floor are a wide step
//! from one another. Only these entries, not all of their columns, so that a bad day costs no other day anything.
//!
//! What waits on is divided once more at the end of the period, which can only go well if each day of it has enough
//! persons: until then the rest holds the floor on each of its days.
//!
//! At the end of a period cells of weeks may hold any two days of a week. Of a column of a week that A cuts, the week's
//! close left a wide step out of A; if it needed the rest of the week, both of its days are in the table of the period.
//! So all days of the table that are of one week count as sharing a column.
//!
//! Persons of several columns on one day are added only as each column's *own* ones: who is counted for one column
//! is counted for no other of that day.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::Day;

use crate::bucket::monday;

use super::release::{Entry, persons};
use super::steps::apart;

/// A sum that could be told.
#[derive(Clone, Debug)]
pub(super) struct Column<'a> {
    /// What it is the sum of: of one value after the other.
    entries: Vec<&'a Entry>,
    /// Its days in order, each once, with its own persons and the events on them.
    days: Vec<(Day, u64, u64)>,
    /// At least so many persons are behind all of it.
    all: u32,
    /// It may be told if it is of enough persons.
    may_be_told: bool,
}

impl<'a> Column<'a> {
    pub(super) fn new(mut entries: Vec<&'a Entry>, may_be_told: bool) -> Column<'a> {
        entries.sort_by_key(|entry| (entry.keys, entry.day));
        let mut days: BTreeMap<Day, (u64, u64)> = BTreeMap::new();
        for entry in &entries {
            let day = days.entry(entry.day).or_default();
            *day = (day.0 + u64::from(entry.own), day.1 + entry.parts.events);
        }
        let days = days.into_iter().map(|(day, (own, events))| (day, own, events)).collect();
        let all = persons(entries.iter().copied());
        Column { entries, days, all, may_be_told }
    }

    /// Those of its days that are told.
    pub(super) fn days_of(&self, told: &[bool]) -> BTreeSet<Day> {
        self.days.iter().zip(told).filter(|(_, told)| **told).map(|((day, _, _), _)| *day).collect()
    }

    /// The place of a day among its days.
    fn place(&self, day: Day) -> Option<usize> {
        self.days.binary_search_by_key(&day, |(day, _, _)| *day).ok()
    }

    /// How many events those days of it have that are `told`.
    fn events(&self, told: &[bool]) -> u64 {
        self.days.iter().zip(told).filter(|(_, told)| **told).map(|((_, _, events), _)| events).sum()
    }

    /// At least so many persons are behind those days of it that are `told`.
    fn persons(&self, told: &[bool]) -> u32 {
        let is_told = |entry: &&Entry| self.place(entry.day).is_some_and(|at| told[at]);
        persons(self.entries.iter().copied().filter(is_told))
    }
}

/// When it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    /// At the end of a day or week: what is left waits on.
    Here,
    /// At the end of a period. All days of one week count as sharing a column: cells of the week may hold both.
    InWeeks,
}

/// Which days of each column may be told in its sum, in the order of the column's days. On each day all columns
/// together must have at least the floor of own persons.
pub(super) fn settle(columns: &[Column<'_>], floor: u32, shared: Shared) -> Vec<Vec<bool>> {
    let ways = match shared {
        // What is left should be of the same columns on all days, so that the period can divide it.
        Shared::Here if columns.iter().any(|column| column.days.len() > 1) => &[Way::Smallest][..],
        Shared::Here => &[Way::Cheapest][..],
        Shared::InWeeks => &[Way::Cheapest, Way::Smallest][..],
    };
    let all = ways.iter().map(|way| settle_in(columns, floor, shared, *way));
    all.max_by_key(|told| events(columns, told)).unwrap_or_default()
}

fn settle_in(columns: &[Column<'_>], floor: u32, shared: Shared, way: Way) -> Vec<Vec<bool>> {
    let mut table = Table::new(columns, floor, shared, way);
    while let Some(day) = table.lacks() {
        if !table.top_up(day) {
            // Never the case while every day has enough persons. Nothing is told then.
            return columns.iter().map(|column| vec![false; column.days.len()]).collect();
        }
    }
    table.told
}

/// How many events are told.
fn events(columns: &[Column<'_>], told: &[Vec<bool>]) -> u64 {
    columns.iter().zip(told).map(|(column, told)| column.events(told)).sum()
}

/// Which entries of a day are taken back first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Those that cost the fewest events.
    Cheapest,
    /// Those of the columns of the fewest persons: on most days the same.
    Smallest,
}

/// Which columns may be told where only the sum of all of them is known: whole ones, so that the others are nobody or
/// at least the floor, and so that what is told `holds`, as it does of none.
pub(super) fn settle_row(columns: &[Column<'_>], floor: u32, mut holds: impl FnMut(&[bool]) -> bool) -> Vec<bool> {
    let mut told: Vec<bool> = columns.iter().map(|column| column.may_be_told && column.all >= floor).collect();
    let is_few = |told: &[bool]| {
        let left = || columns.iter().zip(told).filter(|(_, told)| !**told).map(|(column, _)| column);
        left().next().is_some() && persons(left().flat_map(|column| column.entries.iter().copied())) < floor
    };
    let events = |at: usize| columns[at].days.iter().map(|(_, _, events)| events).sum::<u64>();
    while told.contains(&true) {
        let few = is_few(&told);
        if !few && holds(&told) {
            break;
        }
        // Where it does not hold, what is on few days is more often subtracted.
        let days = |at: usize| if few { 0 } else { columns[at].days.len() };
        let next = (0..columns.len()).filter(|at| told[*at]).min_by_key(|at| (days(*at), events(*at), *at));
        next.into_iter().for_each(|at| told[at] = false);
    }
    told
}

/// How many entries of a day are looked at before one of them is taken back.
const MOST_LOOKED_AT: usize = 16;

/// The sums over columns that decide whether a day is safe.
struct Table<'a> {
    columns: &'a [Column<'a>],
    floor: u64,
    shared: Shared,
    way: Way,
    days: Vec<Day>,
    places: BTreeMap<Day, usize>,
    /// Which days of each column are told.
    told: Vec<Vec<bool>>,
    /// Columns of each day, and the place of the day in them.
    of_day: Vec<Vec<(usize, usize)>>,
    /// How many entries of each day are in the rest, and their own persons.
    left: Vec<(usize, u64)>,
    /// Per pair of days: how many told columns they share, and the own persons of these on the first day.
    common: Vec<(usize, u64)>,
}

impl<'a> Table<'a> {
    fn new(columns: &'a [Column<'a>], floor: u32, shared: Shared, way: Way) -> Table<'a> {
        let all = columns.iter().flat_map(|column| column.days.iter().map(|(day, _, _)| *day));
        let mut places: BTreeMap<Day, usize> = all.map(|day| (day, 0)).collect();
        places.values_mut().enumerate().for_each(|(at, place)| *place = at);
        let count = places.len();
        let mut table = Table {
            columns,
            floor: u64::from(floor),
            shared,
            way,
            days: places.keys().copied().collect(),
            places,
            told: columns.iter().map(|column| vec![true; column.days.len()]).collect(),
            of_day: vec![Vec::new(); count],
            left: vec![(0, 0); count],
            common: vec![(0, 0); count * count],
        };
        for (at, column) in columns.iter().enumerate() {
            for (nth, (day, _, _)) in column.days.iter().enumerate() {
                table.of_day[table.places[day]].push((at, nth));
            }
            table.share(at);
            table.keep_enough(at);
        }
        table
    }

    /// Counts what the days of a column share.
    fn share(&mut self, column: usize) {
        let places: Vec<(usize, u64)> =
            self.columns[column].days.iter().map(|(day, own, _)| (self.places[day], *own)).collect();
        for (first, own) in &places {
            for (second, _) in places.iter().filter(|(second, _)| second != first) {
                let common = &mut self.common[first * self.days.len() + second];
                *common = (common.0 + 1, common.1 + own);
            }
        }
    }

    /// Takes a column back if what is told of it is of too few persons.
    fn keep_enough(&mut self, column: usize) {
        let (of, told) = (&self.columns[column], &self.told[column]);
        let persons = if told.iter().all(|told| *told) { of.all } else { of.persons(told) };
        if of.may_be_told && u64::from(persons) >= self.floor {
            return;
        }
        for nth in 0..of.days.len() {
            if self.told[column][nth] {
                self.take_back(column, nth);
            }
        }
    }

    /// Moves a day of a column to the rest.
    fn take_back(&mut self, column: usize, nth: usize) {
        self.told[column][nth] = false;
        let (day, own, _) = self.columns[column].days[nth];
        let (place, count) = (self.places[&day], self.days.len());
        self.left[place] = (self.left[place].0 + 1, self.left[place].1 + own);
        for ((day, others, _), told) in self.columns[column].days.iter().zip(&self.told[column]) {
            if *told {
                let other = self.places[day];
                for (at, own) in [(place * count + other, own), (other * count + place, *others)] {
                    self.common[at] = (self.common[at].0 - 1, self.common[at].1 - own);
                }
            }
        }
    }

    /// A day that needs more in the rest, if any does.
    fn lacks(&self) -> Option<usize> {
        let mut with_rest = (0..self.days.len()).filter(|day| self.left[*day].0 > 0);
        let few = match self.shared {
            Shared::Here => with_rest.find(|day| self.left[*day].1 < self.floor),
            Shared::InWeeks => {
                with_rest.max_by_key(|day| self.left[*day].1).filter(|day| self.left[*day].1 < self.floor)
            }
        };
        few.or_else(|| {
            let (day, other) = self.apart()?;
            Some(if self.left[day].1 < self.floor { day } else { other })
        })
    }

    /// Two days that share a column, without wide steps from the first to the second.
    fn apart(&self) -> Option<(usize, usize)> {
        apart(self.days.len(), self.floor, |from, to| self.sharing(from, to))
    }

    /// The own persons on a day of all columns that it shares with another; `None` if it shares none.
    fn sharing(&self, day: usize, other: usize) -> Option<u64> {
        let (columns, own) = self.common[day * self.days.len() + other];
        let rest = self.left[day].0 > 0 && self.left[other].0 > 0;
        let in_week = self.shared == Shared::InWeeks && monday(self.days[day]) == monday(self.days[other]);
        (columns > 0 || rest || in_week).then(|| own + if rest { self.left[day].1 } else { 0 })
    }

    /// Takes entries of a day back until the rest has the floor of persons on it. False if it has too few.
    fn top_up(&mut self, day: usize) -> bool {
        while self.left[day].1 < self.floor {
            let next = match self.way {
                Way::Cheapest => self.cheapest(day),
                Way::Smallest => self.open(day).min_by_key(|(column, _)| (self.columns[*column].all, *column)),
            };
            let Some((column, nth)) = next else { return false };
            self.take_back(column, nth);
            self.keep_enough(column);
        }
        true
    }

    /// The entries of a day that are not in the rest.
    fn open(&self, day: usize) -> impl Iterator<Item = (usize, usize)> {
        self.of_day[day].iter().copied().filter(|(column, nth)| self.told[*column][*nth])
    }

    /// Of the entries that suffice the one that costs the fewest events, else the one that costs least per person.
    fn cheapest(&self, day: usize) -> Option<(usize, usize)> {
        let missing = self.floor - self.left[day].1;
        let own = |(column, nth): &(usize, usize)| self.columns[*column].days[*nth].1;
        let mut open: Vec<(usize, usize)> = self.open(day).collect();
        open.sort_by_key(|spot| (own(spot) < missing, own(spot).abs_diff(missing), *spot));
        let enough = open.iter().any(|spot| own(spot) >= missing);
        let looked_at = open.iter().filter(|spot| !enough || own(spot) >= missing).take(MOST_LOOKED_AT);
        let cost = |spot: &&(usize, usize)| match own(spot) {
            0 => u64::MAX,
            own => self.cost(**spot) * 1000 / own.min(missing),
        };
        looked_at.min_by_key(cost).copied()
    }

    /// How many events are not told if this is taken back.
    fn cost(&self, (column, nth): (usize, usize)) -> u64 {
        let of = &self.columns[column];
        let mut told = self.told[column].clone();
        told[nth] = false;
        let goes = u64::from(of.persons(&told)) < self.floor;
        1 + of.days[nth].2 + if goes { of.events(&told) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use outis_event::Term;
    use proptest::prelude::*;

    use super::*;
    use crate::Parts;
    use crate::history::Seen;

    const FLOOR: u32 = 10;
    const DAYS: i32 = 4;

    fn entry(value: u32, day: i32, own: u32, same: bool) -> Entry {
        // The first persons of a day are those of every other one, or all are others.
        let first = if same { 0 } else { 16 * day as u32 };
        let bits = (0..own.min(16)).fold(0, |bits, person| bits | 1 << (first + person));
        Entry {
            keys: [Term(value), Term::NONE],
            day: Day(day),
            parts: Parts { events: u64::from(own), ..Parts::default() },
            persons: own,
            own,
            seen: Seen { secret: 1, bits: [bits, 0, 0, 0] },
        }
    }

    /// Values over some days of which each has enough persons, all of whom are own ones.
    fn values() -> impl Strategy<Value = Vec<Vec<Entry>>> {
        let own = prop_oneof![2 => Just(0u32), 3 => 1u32..8, 2 => 8u32..25];
        let value = (prop::array::uniform4(own), any::<bool>());
        prop::collection::vec(value, 1..6)
            .prop_map(|values| {
                let of = |(value, (own, same)): (u32, ([u32; 4], bool))| {
                    let days = (0..).zip(own).filter(|(_, own)| *own > 0);
                    days.map(|(day, own)| entry(value, day, own, same)).collect()
                };
                (0..).zip(values).map(of).collect()
            })
            .prop_filter("days of enough persons", |values: &Vec<Vec<Entry>>| {
                (0..DAYS).map(Day).all(|day| {
                    let of_day: Vec<u32> = values.iter().flatten().filter(|e| e.day == day).map(|e| e.own).collect();
                    of_day.is_empty() || of_day.iter().sum::<u32>() >= FLOOR
                })
            })
    }

    fn columns(values: &[Vec<Entry>]) -> Vec<Column<'_>> {
        values.iter().map(|value| Column::new(value.iter().collect(), true)).collect()
    }

    /// True if something that follows holds somebody, but on no day enough persons. `weeks` are sums that were told
    /// before: of each, the own persons on its days.
    fn betrays(columns: &[Column<'_>], told: &[Vec<bool>]) -> bool {
        let spots = |is: bool| {
            columns.iter().zip(told).map(move |(column, told)| {
                let of = column.days.iter().zip(told).filter(move |(_, told)| **told == is);
                of.map(|((day, own, _), _)| (*day, *own)).collect::<Vec<(Day, u64)>>()
            })
        };
        let rest: Vec<(Day, u64)> = spots(false).flatten().collect();
        let sums: Vec<Vec<(Day, u64)>> = spots(true).collect();
        (0u32..1 << DAYS).any(|choice| {
            let inside = |sum: &[(Day, u64)]| sum.iter().all(|(day, _)| choice >> day.0 & 1 == 1);
            let cut = || sums.iter().filter(|sum| !inside(sum));
            let with_rest: Vec<&Vec<(Day, u64)>> = cut().chain([&rest]).collect();
            let without: Vec<&Vec<(Day, u64)>> = cut().chain(Some(&rest).filter(|rest| !inside(rest))).collect();
            [with_rest, without].iter().any(|left| {
                let on = |day: i32| -> u64 {
                    left.iter().flat_map(|sum| sum.iter()).filter(|(d, _)| d.0 == day).map(|(_, own)| own).sum()
                };
                let days: Vec<u64> = (0..DAYS).filter(|day| choice >> day & 1 == 1).map(on).collect();
                days.iter().any(|own| *own > 0) && days.iter().all(|own| *own < u64::from(FLOOR))
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn nothing_that_follows_is_of_few(values in values(), period in any::<bool>()) {
            let shared = if period { Shared::InWeeks } else { Shared::Here };
            let columns = columns(&values);
            let told = settle(&columns, FLOOR, shared);
            prop_assert!(!betrays(&columns, &told), "{told:?}");
            for (column, told) in columns.iter().zip(&told) {
                prop_assert!(told.iter().all(|told| !told) || column.persons(told) >= FLOOR);
            }
        }
    }

    #[test]
    fn a_column_less_a_day_is_not_of_few() {
        // The first day's sum is the first column's part of it; taken from that column it leaves the 3 of the second.
        let values = [vec![entry(1, 0, 12, false), entry(1, 1, 3, false)], vec![entry(2, 1, 20, false)]];
        let columns = columns(&values);
        assert!(betrays(&columns, &[vec![true, true], vec![true]]));
        let told = settle(&columns, FLOOR, Shared::Here);
        assert!(!betrays(&columns, &told));
    }

    #[test]
    fn a_bad_day_costs_other_days_nothing() {
        // On the last day a value of three persons, who never come again, hides what they could be told from.
        let mut common: Vec<Entry> = (0..3).map(|day| entry(1, day, 12, true)).collect();
        common.push(entry(1, 3, 8, true));
        let values = [common, vec![entry(2, 3, 3, true)]];
        let columns = columns(&values);
        assert_eq!(settle(&columns, FLOOR, Shared::Here), [vec![true, true, true, false], vec![false]]);
    }
}
