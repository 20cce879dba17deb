//! Which sums may be told, so that nothing about few persons can be worked out of them.
//!
//! The numbers that are not told singly form a table: a row for each day, a column for each value. Whoever knows the
//! site's days knows the sum of every row; a released cell of a week or period is the sum of a column. All columns
//! that are not released are one more column with a known sum, the *rest*. What follows from such sums is made of
//! these: for a choice A of days, what is left of the rows in A when every column that lies wholly in A is taken away.
//! If something is left on a day d in A, it is of a column that also has a day e outside of A, and then all columns
//! that have both d and e are left. So it suffices that
//!
//! - the rest is empty or holds at least the floor of persons, and
//! - for all days d and e that share a column, the columns they share hold at least the floor of persons on d.
//!
//! What waits on is divided once more at the end of the period, which can only go well if each day of it has enough
//! persons: until then the rest holds the floor on each of its days.
//!
//! Persons of several columns on one day are added only as each column's *own* ones: who is counted for one column
//! is counted for no other of that day.

use std::collections::BTreeMap;

use outis_event::Day;

use crate::bucket::monday;

/// A sum that could be told.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// At least this many persons are behind it.
    pub(super) persons: u32,
    /// Its days in order, each once, and its own persons on them.
    pub(super) days: Vec<(Day, u32)>,
}

/// When it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    /// At the end of a day or week: what is left waits on.
    Here,
    /// At the end of a period. All days of one week count as sharing a column: cells of the week may hold both.
    InWeeks,
}

/// Takes back as many of the `released` columns as is needed. On each day all columns together must have at least the
/// floor of own persons.
pub(super) fn settle(columns: &[Column], floor: u32, shared: Shared, released: &mut [bool]) {
    let mut table = Table::new(columns, released, shared);
    while let Some(unsafe_at) = table.unsafe_at(floor) {
        let next = match unsafe_at {
            Unsafe::Rest(day) => table.next(day, None, columns, floor, released),
            Unsafe::Pair(day, other) if table.left[other].0 == 0 => table.common(day, other, columns, released),
            Unsafe::Pair(day, other) => table.next(day, Some(other), columns, floor, released),
        };
        match next {
            Some(column) => {
                released[column] = false;
                table.take_back(&columns[column]);
            }
            // Never the case while every day has enough persons. Nothing is told then.
            None => return released.fill(false),
        }
    }
}

/// What is not safe yet.
enum Unsafe {
    /// The rest, on this day.
    Rest(usize),
    /// What the first day shares with the second.
    Pair(usize, usize),
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
    /// Days before this one were safe when last looked at.
    checked: usize,
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
            checked: 0,
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
        self.checked = 0;
    }

    /// Something that is not safe, if anything is.
    fn unsafe_at(&mut self, floor: u32) -> Option<Unsafe> {
        let floor = u64::from(floor);
        let mut with_rest = (0..self.days.len()).filter(|day| self.left[*day].0 > 0);
        let few = match self.shared {
            Shared::Here => with_rest.find(|day| self.left[*day].1 < floor),
            Shared::InWeeks => with_rest.max_by_key(|day| self.left[*day].1).filter(|day| self.left[*day].1 < floor),
        };
        if let Some(day) = few {
            return Some(Unsafe::Rest(day));
        }
        while self.checked < self.days.len() {
            let day = self.checked;
            let mut others = (0..self.days.len()).filter(|other| *other != day);
            if let Some(other) = others.find(|other| self.sharing(day, *other).is_some_and(|own| own < floor)) {
                return Some(Unsafe::Pair(day, other));
            }
            self.checked += 1;
        }
        None
    }

    /// The own persons on a day of all columns that it shares with another; `None` if it shares none.
    fn sharing(&self, day: usize, other: usize) -> Option<u64> {
        let (columns, own) = self.common[day * self.days.len() + other];
        let rest = self.left[day].0 > 0 && self.left[other].0 > 0;
        let in_week = self.shared == Shared::InWeeks && monday(self.days[day]) == monday(self.days[other]);
        (columns > 0 || rest || in_week).then(|| own + if rest { self.left[day].1 } else { 0 })
    }

    /// The smallest released column of a day that has the other day too, else the smallest of the other day: taken
    /// back, the rest has the other day.
    fn common(&self, day: usize, other: usize, columns: &[Column], released: &[bool]) -> Option<usize> {
        let open = |at: usize| self.of_day[at].iter().map(|(column, _)| *column).filter(|column| released[*column]);
        let smallest = |all: &mut dyn Iterator<Item = usize>| all.min_by_key(|at| (columns[*at].persons, *at));
        smallest(&mut open(day).filter(|at| has(&columns[*at], self.days[other])))
            .or_else(|| smallest(&mut open(other)))
    }

    /// The released column to take back so that the rest has more of a day: the smallest that suffices, else the
    /// smallest with persons of its own. A column that also has the day `but` would change nothing.
    fn next(&self, day: usize, but: Option<usize>, columns: &[Column], floor: u32, released: &[bool]) -> Option<usize> {
        let known = but.map_or(self.left[day].1, |other| self.sharing(day, other).unwrap_or(0));
        let missing = u64::from(floor).saturating_sub(known);
        let helps = |at: usize| {
            let both = but.is_some_and(|other| self.left[day].0 > 0 && has(&columns[at], self.days[other]));
            released[at] && !both
        };
        let smallest = |least: u64| {
            let enough = self.of_day[day].iter().filter(|(at, own)| helps(*at) && u64::from(*own) >= least);
            enough.min_by_key(|(at, _)| (columns[*at].persons, *at)).map(|(at, _)| *at)
        };
        smallest(missing.max(1)).or_else(|| smallest(1)).or_else(|| smallest(0))
    }
}

fn has(column: &Column, day: Day) -> bool {
    column.days.binary_search_by_key(&day, |(day, _)| *day).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FLOOR: u32 = 10;

    /// Columns over three days of which each has enough persons, all of whom are own ones.
    fn columns() -> impl Strategy<Value = Vec<Column>> {
        let own = prop_oneof![2 => Just(0u32), 3 => 1u32..8, 2 => 8u32..25];
        let column = prop::array::uniform3(own).prop_map(|own| {
            let days = (0..).map(Day).zip(own).filter(|(_, own)| *own > 0).collect();
            Column { persons: own.into_iter().max().unwrap_or(0).max(own.iter().sum::<u32>() / 2), days }
        });
        prop::collection::vec(column, 1..5).prop_filter("days of enough persons", |columns| {
            (0..3).map(Day).all(|day| {
                let of_day: Vec<u32> = columns.iter().filter_map(|c| on(c, day)).collect();
                of_day.is_empty() || of_day.iter().sum::<u32>() >= FLOOR
            })
        })
    }

    fn on(column: &Column, day: Day) -> Option<u32> {
        column.days.iter().find(|(d, _)| *d == day).map(|(_, own)| *own)
    }

    /// True if something that follows holds somebody, but on no day enough persons.
    fn betrays(columns: &[Column], released: &[bool]) -> bool {
        (0u32..8).any(|choice| {
            let chosen = |day: Day| choice >> day.0 & 1 == 1;
            let inside = |column: &Column| column.days.iter().all(|(day, _)| chosen(*day));
            let rest_inside = columns.iter().zip(released).all(|(c, released)| *released || inside(c));
            [false, true].into_iter().any(|without_rest| {
                let left = |(column, released): &(&Column, &bool)| match **released {
                    true => !inside(column),
                    false => !(without_rest && rest_inside),
                };
                let sums: Vec<u32> = (0..3)
                    .map(Day)
                    .filter(|day| chosen(*day))
                    .map(|day| columns.iter().zip(released).filter(left).filter_map(|(c, _)| on(c, day)).sum())
                    .collect();
                sums.iter().any(|sum| *sum > 0) && sums.iter().all(|sum| *sum < FLOOR)
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        #[test]
        fn nothing_that_follows_is_of_few(columns in columns(), period in any::<bool>()) {
            let shared = if period { Shared::InWeeks } else { Shared::Here };
            let mut released: Vec<bool> = columns.iter().map(|c| c.persons >= FLOOR).collect();
            settle(&columns, FLOOR, shared, &mut released);
            prop_assert!(!betrays(&columns, &released), "{released:?}");
        }
    }

    #[test]
    fn a_column_less_a_day_is_not_of_few() {
        // The first day's sum is the first column's part of it; taken from that column it leaves the 3 of the second.
        let columns = [
            Column { persons: 15, days: vec![(Day(0), 12), (Day(1), 3)] },
            Column { persons: 20, days: vec![(Day(1), 20)] },
        ];
        assert!(betrays(&columns, &[true, true]));
        let mut released = [true, true];
        settle(&columns, FLOOR, Shared::Here, &mut released);
        assert!(!betrays(&columns, &released));
    }
}
