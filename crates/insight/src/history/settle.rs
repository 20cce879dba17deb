//! Which sums may be told, so that nothing about few persons can be worked out of them.
//!
//! The numbers that are not told singly form a table: a row for each day, a column for each value. Whoever knows the
//! site's days knows the sum of every row; a released cell of a week or period is the sum of a column. What follows
//! from such sums is, for a choice A of days, what is left of the rows in A when every released column that lies
//! wholly in A is taken away. It holds nobody or enough persons for every A if each day d fulfils one of:
//!
//! - columns that are not released hold at least the floor of persons on d, or
//! - every column of d is released, and for every other day e that shares a column with d, the columns that d and e
//!   share hold at least the floor of persons on d: if A has d but not e, these are left.
//!
//! Persons of several columns on one day are added only as each column's *own* ones: who is counted for one column
//! is counted for no other of that day.

use std::collections::BTreeMap;

use outis_event::Day;

use crate::bucket::monday;

/// A sum that could be told.
pub(super) struct Column {
    /// At least this many persons are behind it.
    pub(super) persons: u32,
    /// Its days, each once, and its own persons on them.
    pub(super) days: Vec<(Day, u32)>,
}

/// Which days count as sharing a column although it is not in this table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    /// Only those that do.
    Here,
    /// Also all days of one week: cells of the week may hold both.
    InWeeks,
}

/// Takes back as many of the `released` columns as is needed. Columns must be in the order in which they are taken
/// back. On each day all columns together must have at least the floor of own persons.
pub(super) fn settle(columns: &[Column], floor: u32, shared: Shared, released: &mut [bool]) {
    let mut table = Table::new(columns, released, shared);
    while let Some(at) = (0..table.days.len()).find(|at| !table.stuck[*at] && !table.is_safe(*at, floor)) {
        match table.next(at, columns, floor, released) {
            Some(column) => {
                released[column] = false;
                table.take_back(&columns[column]);
            }
            None => table.stuck[at] = true,
        }
    }
}

/// The sums over columns that decide whether a day is safe.
struct Table {
    days: Vec<Day>,
    places: BTreeMap<Day, usize>,
    /// Columns of each day.
    of_day: Vec<Vec<(usize, u32)>>,
    /// How many columns of each day are not released, and their own persons.
    left: Vec<(usize, u64)>,
    /// Per pair of days: how many released columns they share, and the own persons of these on the first day.
    common: Vec<(usize, u64)>,
    shared: Shared,
    stuck: Vec<bool>,
}

impl Table {
    fn new(columns: &[Column], released: &[bool], shared: Shared) -> Table {
        let all = columns.iter().flat_map(|column| column.days.iter().map(|(day, _)| *day));
        let mut places: BTreeMap<Day, usize> = all.map(|day| (day, 0)).collect();
        places.values_mut().enumerate().for_each(|(at, place)| *place = at);
        let count = places.len();
        let mut table = Table {
            days: places.keys().copied().collect(),
            places,
            of_day: vec![Vec::new(); count],
            left: vec![(0, 0); count],
            common: vec![(0, 0); count * count],
            shared,
            stuck: vec![false; count],
        };
        for (at, (column, is_released)) in columns.iter().zip(released).enumerate() {
            for (day, own) in &column.days {
                let place = table.places[day];
                table.of_day[place].push((at, *own));
                if !is_released {
                    table.left[place].0 += 1;
                    table.left[place].1 += u64::from(*own);
                }
            }
            if *is_released {
                table.pairs(column, |(count, own), on_first| (count + 1, own + on_first));
            }
        }
        table
    }

    fn pairs(&mut self, column: &Column, change: impl Fn((usize, u64), u64) -> (usize, u64)) {
        let places: Vec<(usize, u64)> =
            column.days.iter().map(|(day, own)| (self.places[day], u64::from(*own))).collect();
        for (first, own) in &places {
            for (second, _) in places.iter().filter(|(second, _)| second != first) {
                let at = first * self.days.len() + second;
                self.common[at] = change(self.common[at], *own);
            }
        }
    }

    fn take_back(&mut self, column: &Column) {
        for (day, own) in &column.days {
            let left = &mut self.left[self.places[day]];
            *left = (left.0 + 1, left.1 + u64::from(*own));
        }
        self.pairs(column, |(count, own), on_first| (count - 1, own - on_first));
    }

    fn is_safe(&self, day: usize, floor: u32) -> bool {
        let (columns, own) = self.left[day];
        if columns > 0 {
            return own >= u64::from(floor);
        }
        (0..self.days.len()).filter(|other| *other != day).all(|other| {
            let (columns, own) = self.common[day * self.days.len() + other];
            let in_week = self.shared == Shared::InWeeks && monday(self.days[day]) == monday(self.days[other]);
            (columns == 0 && !in_week) || own >= u64::from(floor)
        })
    }

    /// The column to take back for a day: the first that suffices, else the first with persons of its own.
    fn next(&self, day: usize, columns: &[Column], floor: u32, released: &[bool]) -> Option<usize> {
        let missing = u64::from(floor).saturating_sub(self.left[day].1);
        let open = || self.of_day[day].iter().filter(|(at, _)| released[*at]);
        let smallest = |least: u64| {
            let enough = open().filter(|(_, own)| u64::from(*own) >= least);
            enough.min_by_key(|(at, _)| (columns[*at].persons, *at)).map(|(at, _)| *at)
        };
        smallest(missing.max(1)).or_else(|| smallest(1)).or_else(|| smallest(0))
    }
}
