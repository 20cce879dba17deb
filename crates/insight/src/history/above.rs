//! What became of a value below which others are told.
//!
//! Of a value that is a cell of its day, the values below it are a table of its days. Where it waits, they wait too: the
//! sum of all of them is known only once it is told itself, as one cell over several days, a *row* of its own. It is
//! divided once, when it is told, for it is known as a whole only then. Its parts, and what is left of it, are each of
//! enough persons, or nobody.
//!
//! Whoever subtracts days of which a row has some cannot take away the row, but may take away those of its parts that
//! have no other days. What is then left is safe if the wide steps (see `settle`) between the days of the table in
//! which the row was told remain without such parts: a step counts of a row only who is in a part that has both days.
//! So a row is divided only as far as all days that share something can still be reached from one another.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Term};

use crate::bucket::monday;

use super::cell::Span;
use super::release::{Entry, Keys, SpanClose};
use super::settle::{Column, settle_row};
use super::steps::apart;

/// What is told, on a day, of the value above others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Above {
    /// It is a cell of this day.
    Told,
    /// It waits, or is not told.
    Waits,
    /// It is told by the close at hand, in one cell with other days.
    Joined,
    /// It is not told and waits for nothing.
    Hidden,
}

/// Own persons by day.
type Days = BTreeMap<Day, u64>;

/// Of which values and days something waited for the close of a week or period, and what that close told of them.
#[derive(Clone, Debug, Default)]
pub struct Waited {
    before: BTreeSet<(Term, Day)>,
    after: BTreeSet<(Term, Day)>,
    /// Days of one week count as sharing something.
    in_weeks: bool,
    /// What was told, by value.
    rows: BTreeMap<Term, Days>,
    /// What was not.
    rest: Days,
}

impl Waited {
    /// Nothing left yet of what waited for a close.
    pub fn before(entries: &[Entry]) -> Waited {
        Waited { before: places(entries), ..Waited::default() }
    }

    /// What the close told and left.
    pub fn closed(&mut self, span: Span, close: &SpanClose) {
        self.after = places(&close.waiting);
        self.in_weeks = span == Span::Period;
        self.rows = close.rows.clone();
        self.rest = own(&close.waiting);
    }

    /// What is told of a value on a day since the close. Nothing may be asked of days of which nothing waits below it.
    pub fn above(&self, value: Term, day: Day) -> Above {
        match (self.before.contains(&(value, day)), self.after.contains(&(value, day))) {
            (false, _) => Above::Told,
            (true, false) => Above::Joined,
            (true, true) => Above::Waits,
        }
    }

    /// Switches the look at days off, for an attack that succeeds then.
    #[cfg(test)]
    pub(super) fn knows_no_days(&mut self) {
        (self.rows, self.rest) = Default::default();
    }

    /// Which of the values below may be told, where those above are told in one cell with other days: by the value
    /// above, all that lies in its cell.
    pub(super) fn divide(
        &self,
        rows: BTreeMap<Term, BTreeMap<Keys, Vec<Entry>>>,
        floor: u32,
    ) -> BTreeMap<Keys, Vec<Entry>> {
        let mut sums = Sums::of(self);
        let mut told = BTreeMap::new();
        for (value, groups) in rows {
            let row = self.rows.get(&value).cloned().unwrap_or_default();
            let columns: Vec<Column<'_>> =
                groups.values().map(|entries| Column::new(entries.iter().collect(), true)).collect();
            let is_told = settle_row(&columns, floor, |is_told| {
                sums.hold_without(&sums.lost(&row, &parts_of(groups.values(), is_told)), floor)
            });
            sums.lose(&sums.lost(&row, &parts_of(groups.values(), &is_told)));
            told.extend(groups.into_iter().zip(is_told).filter(|(_, told)| *told).map(|(group, _)| group));
        }
        told
    }
}

/// What the days of a table share.
struct Sums {
    days: Vec<Day>,
    in_weeks: bool,
    /// By pair of days, own persons of the first day in rows, and in the rest, that have both; `None` if nothing has.
    shared: Vec<Option<u64>>,
}

impl Sums {
    fn of(waited: &Waited) -> Sums {
        let all = || waited.rows.values().chain([&waited.rest]);
        let days: BTreeSet<Day> = all().flat_map(BTreeMap::keys).copied().collect();
        let mut sums = Sums {
            shared: vec![None; days.len() * days.len()],
            days: days.into_iter().collect(),
            in_weeks: waited.in_weeks,
        };
        for row in all() {
            for ((from, persons), (to, _)) in row.iter().flat_map(|from| row.iter().map(move |to| (from, to))) {
                if let Some(at) = sums.place(*from, *to) {
                    sums.shared[at] = Some(sums.shared[at].unwrap_or(0) + persons);
                }
            }
        }
        sums
    }

    fn place(&self, from: Day, to: Day) -> Option<usize> {
        let [from, to] = [from, to].map(|day| self.days.binary_search(&day).ok());
        Some(from? * self.days.len() + to?)
    }

    /// By pair of days, how many persons of the first in a row are in parts of it that do not have the second.
    fn lost(&self, row: &Days, parts: &[Days]) -> BTreeMap<usize, u64> {
        let mut lost: BTreeMap<usize, u64> = BTreeMap::new();
        for part in parts {
            for to in row.keys().filter(|to| !part.contains_key(to)) {
                for (from, persons) in part {
                    self.place(*from, *to).into_iter().for_each(|at| *lost.entry(at).or_default() += persons);
                }
            }
        }
        for (from, persons) in row {
            for at in row.keys().filter_map(|to| self.place(*from, *to)) {
                // Everybody in the row is some part's own, but the row's own only if it is their rarest value.
                lost.entry(at).and_modify(|lost| *lost = (*lost).min(*persons));
            }
        }
        lost
    }

    /// True if wide steps lead from every day to all with which it shares something, though so much is lost.
    fn hold_without(&self, lost: &BTreeMap<usize, u64>, floor: u32) -> bool {
        let count = self.days.len();
        let sharing = |from: usize, to: usize| {
            let at = from * count + to;
            let shared = self.shared[at].map(|persons| persons.saturating_sub(lost.get(&at).copied().unwrap_or(0)));
            shared.or_else(|| (self.in_weeks && monday(self.days[from]) == monday(self.days[to])).then_some(0))
        };
        apart(count, floor.into(), sharing).is_none()
    }

    fn lose(&mut self, lost: &BTreeMap<usize, u64>) {
        for (at, lost) in lost {
            self.shared[*at] = self.shared[*at].map(|persons| persons.saturating_sub(*lost));
        }
    }
}

fn places(entries: &[Entry]) -> BTreeSet<(Term, Day)> {
    entries.iter().map(|entry| (entry.keys[0], entry.day)).collect()
}

/// What is known of a row: every value that is told, and all others together.
fn parts_of<'a>(groups: impl Iterator<Item = &'a Vec<Entry>>, told: &[bool]) -> Vec<Days> {
    let (mut parts, mut rest) = (Vec::new(), Days::new());
    for (entries, told) in groups.zip(told) {
        match told {
            true => parts.push(own(entries)),
            false => own(entries).into_iter().for_each(|(day, own)| *rest.entry(day).or_default() += own),
        }
    }
    parts.push(rest);
    parts
}

/// Own persons of entries.
pub(super) fn own<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Days {
    let mut days = Days::new();
    entries.into_iter().for_each(|entry| *days.entry(entry.day).or_default() += u64::from(entry.own));
    days
}
