//! Members, told by the marks that come with their events.
//!
//! A mark says that something is the first of a member in its day, week or period, so members of a span are counted by
//! adding up its days, without knowing who they are. Members of a day are told at its close, those of a week by what
//! the week is to them and by the week in which they first came, those of a period by what it is to them, each when its
//! span is over and as a whole: nothing of them waits.
//!
//! Members of a span are parts of a whole in two ways, so cohorts are columns and states are rows of a table as in
//! `settle`. Besides, some of what is told holds other things that are told: a week its days, a period its weeks, the
//! week before those who return from it, a cohort those of it who are there, and a day's visitors and members those of
//! its customers. What is left of the larger one must be nobody or the floor too. Where it is not, the smaller one is
//! not told, and counts for nobody among what is not told with it, so that it cannot be worked back either. The same
//! must hold of all cohorts together that are not told: those of them who are not there.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Lifecycle, Term};

use crate::Parts;

use super::cell::{Cell, Place, Span};
use super::family::Family;
use super::release::{Entry, Keys, Seen};
use super::sets::Crowd;
use super::settle::{Column, Shared, settle};

/// What members are told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Members {
    /// All of a day.
    Day = 1,
    /// Those of a day by the week in which they first came.
    CohortsOfDay = 2,
    /// All of a week, and by what it is to them.
    Week = 3,
    /// Those of a week by the week in which they first came.
    CohortsOfWeek = 4,
    /// All of a period, and by what it is to them.
    Period = 5,
}

impl Members {
    /// All of them.
    pub const ALL: [Members; 5] =
        [Members::Day, Members::CohortsOfDay, Members::Week, Members::CohortsOfWeek, Members::Period];
}

/// The key of all members of a span.
pub(super) const EVERYBODY: Term = Term(9);
/// Cohorts are told for so many weeks: what is known of older ones is not looked at.
pub(super) const COHORT_WEEKS: i32 = 53;

/// Cells of so many days before a span are looked at when it is closed.
pub const MEMBERS_BEFORE: i32 = (COHORT_WEEKS + 1) * 7;

/// The key of a state; [`Term::NONE`] if marks tell none.
pub fn of_state(state: Option<Lifecycle>) -> Term {
    Term(match state {
        None => 0,
        Some(Lifecycle::New) => 1,
        Some(Lifecycle::Returning) => 2,
        Some(Lifecycle::Resurrected) => 3,
    })
}

/// The state with this key.
pub(super) fn to_state(key: Term) -> Option<Lifecycle> {
    [Lifecycle::New, Lifecycle::Returning, Lifecycle::Resurrected].into_iter().find(|s| of_state(Some(*s)) == key)
}

/// The members of a day.
#[derive(Clone, Debug, Default)]
pub struct MemberDay {
    /// Those who are active, by cohort; [`Term::NONE`] if marks tell none.
    pub cohorts: BTreeMap<Term, u64>,
    /// Those for whom it is the first day of the week, by state and cohort.
    pub week: BTreeMap<Keys, u64>,
    /// Those for whom it is the first day of the period, by state.
    pub period: BTreeMap<Term, u64>,
    /// Those who are active, by customer.
    pub customers: BTreeMap<Term, u64>,
    /// Visitors who are no members.
    pub others: Crowd,
}

impl MemberDay {
    /// True if no member was there.
    pub fn is_empty(&self) -> bool {
        self.cohorts.is_empty() && self.week.is_empty() && self.period.is_empty()
    }
}

/// What is told of members of a span: nothing else of it ever is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembersTold {
    /// How many by which key.
    pub told: BTreeMap<(Members, Term), u64>,
    /// Of how many keys it is not told.
    pub hidden: BTreeMap<Members, u32>,
}

/// What was told before, and holds what is to be told or lies in it.
#[derive(Clone, Debug, Default)]
pub struct ToldBefore(BTreeMap<(Members, Day, Term), u64>);

impl ToldBefore {
    /// Takes in a cell; one that is not of members changes nothing.
    pub fn take(&mut self, cell: &Cell) {
        if let (Some(of), Place::Values([key, _])) = (cell.family.of_members(), cell.place) {
            self.0.insert((of, cell.first, key), cell.parts.visitors);
        }
    }

    /// Takes in what is told of a span that begins on `first`.
    pub fn add(&mut self, first: Day, told: &MembersTold) {
        self.0.extend(told.told.iter().map(|((of, key), count)| ((*of, first, *key), *count)));
    }

    fn of(&self, of: Members, first: Day, key: Term) -> Option<u64> {
        self.0.get(&(of, first, key)).copied()
    }

    /// How many came first in the week, if that was told.
    fn size(&self, cohort: Term) -> Option<u64> {
        let week = i32::try_from(cohort.0).ok().filter(|week| *week != 0)?;
        self.of(Members::CohortsOfWeek, Day::of_week(week), cohort)
    }

    /// The cohorts of which it was told how many they are, from this week on.
    fn sizes(&self, from_week: i32) -> impl Iterator<Item = (Term, u64)> {
        let of_own_week = move |((of, first, key), size): (&(Members, Day, Term), &u64)| {
            let is_own = *of == Members::CohortsOfWeek && i64::from(first.week()) == i64::from(key.0);
            (is_own && first.week() >= from_week).then_some((*key, *size))
        };
        self.0.iter().filter_map(of_own_week)
    }
}

/// A part of some members, by rows of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) key: Term,
    pub(super) rows: BTreeMap<i32, u64>,
    /// It may be told for all that is known of it.
    pub(super) may: bool,
    /// It could be subtracted from something else, or something else from it.
    pub(super) betrays: bool,
}

impl Part {
    fn count(&self) -> u64 {
        self.rows.values().sum()
    }

    /// Its rows as if they were days. Each member is in one of them, so all of it is of as many persons as its rows hold.
    fn entries(&self) -> Vec<Entry> {
        let own = |count: u64| if self.betrays { 0 } else { small(count) };
        let entry = |(row, count): (&i32, &u64)| Entry {
            keys: [self.key, Term::NONE],
            day: Day(*row),
            parts: Parts { events: *count, ..Parts::default() },
            persons: small(self.count()),
            own: own(*count),
            seen: Seen::default(),
        };
        self.rows.iter().map(entry).collect()
    }
}

fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The rules at a floor.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) floor: u32,
}

impl Rules {
    /// True of cohorts that may be told in a week.
    fn is_recent(self, cohort: Term, week: i32) -> bool {
        let from = if self.floor == 0 { 1 } else { i64::from(week) - i64::from(COHORT_WEEKS) };
        cohort != Term::NONE && i64::from(cohort.0) >= from
    }

    fn few(self, count: u64) -> bool {
        count > 0 && count < u64::from(self.floor)
    }

    /// True if what is left of the larger one is of few; what is not larger is not known to hold the other.
    fn differs_by_few(self, whole: Option<u64>, part: u64) -> bool {
        whole.and_then(|whole| whole.checked_sub(part)).is_some_and(|left| self.few(left))
    }

    /// Which parts are told, if nothing else is known of them. None, if what betrays could then be worked back.
    pub(super) fn tell(self, parts: &[Part]) -> Vec<bool> {
        let entries: Vec<Vec<Entry>> = parts.iter().map(Part::entries).collect();
        let is_enough = |part: &Part| part.count() >= u64::from(self.floor);
        let mut may: Vec<bool> = parts.iter().map(|part| part.may && !part.betrays && is_enough(part)).collect();
        loop {
            let columns: Vec<Column<'_>> =
                entries.iter().zip(&may).map(|(rows, may)| Column::new(rows.iter().collect(), *may)).collect();
            let told = settle(&columns, self.floor, Shared::Here);
            // A part is told as a whole, or not at all.
            let cut = |rows: &Vec<bool>| rows.contains(&true) && rows.contains(&false);
            if !told.iter().any(cut) {
                return told.iter().zip(may).map(|(rows, may)| may && !rows.contains(&false)).collect();
            }
            told.iter().zip(&mut may).filter(|(rows, _)| cut(rows)).for_each(|(_, may)| *may = false);
        }
    }

    /// True if some part betrays, and too few others are not told with it even if none is.
    pub(super) fn is_betrayed(self, parts: &[Part]) -> bool {
        let others: u64 = parts.iter().filter(|part| !part.betrays).map(Part::count).sum();
        parts.iter().any(|part| part.betrays) && others < u64::from(self.floor)
    }

    /// Which cohorts are told besides a whole that is: `unsafe_with` looks at those told whether something of few
    /// follows. `None` if the whole may not be told either.
    fn cohorts(self, parts: &mut [Part], unsafe_with: impl Fn(&BTreeSet<Term>) -> bool) -> Option<BTreeSet<Term>> {
        if self.is_betrayed(parts) {
            return None;
        }
        loop {
            let told = self.tell(parts);
            let keys: BTreeSet<Term> =
                parts.iter().zip(&told).filter(|(_, told)| **told).map(|(part, _)| part.key).collect();
            if !unsafe_with(&keys) {
                return Some(keys);
            }
            let shown = parts.iter_mut().filter(|part| keys.contains(&part.key));
            shown.min_by_key(|part| (part.count(), part.key))?.may = false;
        }
    }
}

/// How many of the cohorts that are not told are known to exist and are not there.
fn absent(before: &ToldBefore, week: i32, there: &BTreeMap<Term, u64>, told: &BTreeSet<Term>) -> u64 {
    let not_told = before.sizes(week - COHORT_WEEKS).filter(|(cohort, _)| !told.contains(cohort));
    not_told.map(|(cohort, size)| size.saturating_sub(there.get(&cohort).copied().unwrap_or(0))).sum()
}

/// Closes a day: who is there, and by cohort. `told_customers` are those told on the day.
pub fn close_members_of_day(
    day: Day,
    of: &MemberDay,
    told_customers: &BTreeSet<Term>,
    before: &ToldBefore,
    floor: u32,
) -> MembersTold {
    let rules = Rules { floor };
    let (all, mut told) = (of.cohorts.values().sum::<u64>(), MembersTold::default());
    // Who has no customer is told with those who are no members.
    let is_elsewhere = |customer: &Term| *customer == Term::NONE || !told_customers.contains(customer);
    let elsewhere = of.customers.iter().filter(|(customer, _)| is_elsewhere(customer));
    let hidden = MembersTold::nothing(Members::Day);
    if all < u64::from(floor) && all > 0
        || of.others.is_few(floor)
        || rules.few(elsewhere.map(|(_, count)| count).sum())
    {
        return hidden;
    }
    let mut parts: Vec<Part> = Vec::new();
    for (cohort, count) in &of.cohorts {
        parts.push(Part {
            key: *cohort,
            rows: [(0, *count)].into(),
            may: rules.is_recent(*cohort, day.week()),
            betrays: rules.differs_by_few(before.size(*cohort), *count),
        });
    }
    let unsafe_with = |told: &BTreeSet<Term>| rules.few(absent(before, day.week(), &of.cohorts, told));
    let Some(cohorts) = rules.cohorts(&mut parts, unsafe_with) else { return hidden };
    told.told.insert((Members::Day, EVERYBODY), all);
    add(&mut told, Members::CohortsOfDay, &of.cohorts, &cohorts);
    told
}

fn add(into: &mut MembersTold, of: Members, counts: &BTreeMap<Term, u64>, told: &BTreeSet<Term>) {
    let (shown, hidden): (Vec<_>, Vec<_>) = counts.iter().partition(|(key, _)| told.contains(key));
    into.told.extend(shown.into_iter().map(|(key, count)| ((of, *key), *count)));
    if !hidden.is_empty() {
        into.hidden.insert(of, small(hidden.len() as u64));
    }
}

fn sums(of: &BTreeMap<Keys, u64>, side: usize) -> BTreeMap<Term, u64> {
    let mut sums = BTreeMap::new();
    of.iter().for_each(|(keys, count)| *sums.entry(keys[side]).or_default() += count);
    sums
}

/// Closes the week that begins on `first`: `of` are its members by state and cohort.
pub fn close_members_of_week(first: Day, of: &BTreeMap<Keys, u64>, before: &ToldBefore, floor: u32) -> MembersTold {
    let week = Week { rules: Rules { floor }, first, of, before, cohorts: sums(of, 1) };
    week.close().unwrap_or_else(|| MembersTold::nothing(Members::Week))
}

/// A week being closed.
struct Week<'a> {
    rules: Rules,
    first: Day,
    of: &'a BTreeMap<Keys, u64>,
    before: &'a ToldBefore,
    cohorts: BTreeMap<Term, u64>,
}

impl Week<'_> {
    fn days(&self) -> impl Iterator<Item = Day> {
        let first = self.first;
        (0..7).map(move |at| first.plus(at))
    }

    fn own(&self) -> Term {
        Term(u32::try_from(self.first.week()).unwrap_or(0))
    }

    /// True if few of so many are not there on some day of which it is told how many of them are.
    fn is_nearly_a_day(&self, count: u64, of: Members, key: Term) -> bool {
        self.days().any(|day| {
            let on_day = self.before.of(of, day, key);
            on_day.and_then(|on_day| count.checked_sub(on_day)).is_some_and(|left| self.rules.few(left))
        })
    }

    fn close(&self) -> Option<MembersTold> {
        let rules = self.rules;
        let all: u64 = self.cohorts.values().sum();
        if rules.few(all) || self.is_nearly_a_day(all, Members::Day, EVERYBODY) {
            return None;
        }
        let states = sums(self.of, 0);
        let parts = self.states(&states);
        if rules.is_betrayed(&parts) {
            return None;
        }
        let shown: Vec<Term> =
            parts.iter().zip(rules.tell(&parts)).filter(|(_, told)| *told).map(|(part, _)| part.key).collect();
        let new = of_state(Some(Lifecycle::New));
        let is_new_told = shown.contains(&new);
        let unsafe_with = |told: &BTreeSet<Term>| {
            let is_few = rules.few(absent(self.before, self.first.week(), &self.cohorts, told));
            is_few || self.days().any(|day| self.is_rest_nearly_a_day(day, told, is_new_told))
        };
        let cohorts = rules.cohorts(&mut self.columns(&shown), unsafe_with)?;
        let mut told = MembersTold::default();
        told.told.insert((Members::Week, EVERYBODY), all);
        add(&mut told, Members::Week, &states, &shown.into_iter().collect());
        add(&mut told, Members::CohortsOfWeek, &self.cohorts, &cohorts);
        Some(told)
    }

    fn states(&self, states: &BTreeMap<Term, u64>) -> Vec<Part> {
        let before = self.before.of(Members::Week, self.first.plus(-7), EVERYBODY);
        let part = |(key, count): (&Term, &u64)| {
            let betrays = match to_state(*key) {
                Some(Lifecycle::Returning) => self.rules.differs_by_few(before, *count),
                // Who is new is, but for small cohorts, the cohort of the week.
                Some(Lifecycle::New) => self.is_nearly_a_day(*count, Members::CohortsOfDay, self.own()),
                _ => false,
            };
            Part { key: *key, rows: [(0, *count)].into(), may: true, betrays }
        };
        states.iter().map(part).collect()
    }

    /// Cohorts, in rows of the states that are told, and of all others.
    fn columns(&self, states: &[Term]) -> Vec<Part> {
        let mut columns: BTreeMap<Term, Part> = BTreeMap::new();
        for ([state, cohort], count) in self.of {
            let row = states.iter().position(|told| told == state).unwrap_or(states.len());
            let part = columns.entry(*cohort).or_default();
            *part.rows.entry(i32::try_from(row).unwrap_or(0)).or_default() += count;
        }
        for (cohort, part) in &mut columns {
            let size = self.before.size(*cohort).filter(|_| *cohort != self.own());
            part.key = *cohort;
            part.may = self.rules.is_recent(*cohort, self.first.week());
            part.betrays = self.rules.differs_by_few(size, part.count())
                || self.is_nearly_a_day(part.count(), Members::CohortsOfDay, *cohort);
        }
        columns.into_values().collect()
    }

    /// True if few of the members whose cohort is not told, in the week and on a day, are not there on the day.
    fn is_rest_nearly_a_day(&self, day: Day, told: &BTreeSet<Term>, is_new_told: bool) -> bool {
        let Some(all) = self.before.of(Members::Day, day, EVERYBODY) else { return false };
        let is_known = |cohort: &Term| told.contains(cohort) || is_new_told && *cohort == self.own();
        let mut left = self.cohorts.values().sum::<u64>().saturating_sub(all);
        for (cohort, count) in self.cohorts.iter().filter(|(cohort, _)| is_known(cohort)) {
            if let Some(on_day) = self.before.of(Members::CohortsOfDay, day, *cohort) {
                left = left.saturating_sub(count.saturating_sub(on_day));
            }
        }
        self.rules.few(left)
    }
}

/// Closes the period that begins on `first`: `of` are its members by state.
pub fn close_members_of_period(first: Day, of: &BTreeMap<Term, u64>, before: &ToldBefore, floor: u32) -> MembersTold {
    let rules = Rules { floor };
    let hidden = MembersTold::nothing(Members::Period);
    let days = || (0..35).map(|at| first.plus(at));
    let all: u64 = of.values().sum();
    let inside = days().flat_map(|day| [Members::Day, Members::Week].map(|of| before.of(of, day, EVERYBODY)));
    if rules.few(all) || inside.flatten().any(|part| rules.differs_by_few(Some(all), part)) {
        return hidden;
    }
    let new = of_state(Some(Lifecycle::New));
    // Of everybody who ever came, those who are not there.
    let is_before = |cohort: &Term| i64::from(cohort.0) < i64::from(first.week());
    let known = before.sizes(first.week() - COHORT_WEEKS).filter(|(cohort, _)| is_before(cohort));
    let known: u64 = known.map(|(_, size)| size).sum();
    if rules.differs_by_few(Some(known), all - of.get(&new).copied().unwrap_or(0)) {
        return hidden;
    }
    let new_of = |week: Day| {
        let cohort = Term(u32::try_from(week.week()).unwrap_or(0));
        before.of(Members::Week, week, new).or_else(|| before.of(Members::CohortsOfWeek, week, cohort)).unwrap_or(0)
    };
    let last = before.of(Members::Period, first.plus(-35), EVERYBODY);
    let part = |(key, count): (&Term, &u64)| {
        let betrays = match to_state(*key) {
            // Who is new in a period is so in one of its weeks.
            Some(Lifecycle::New) => {
                let of_weeks = days().step_by(7).map(new_of).sum();
                rules.differs_by_few(Some(*count), of_weeks)
            }
            Some(Lifecycle::Returning) => rules.differs_by_few(last, *count),
            _ => false,
        };
        Part { key: *key, rows: [(0, *count)].into(), may: true, betrays }
    };
    let parts: Vec<Part> = of.iter().map(part).collect();
    if rules.is_betrayed(&parts) {
        return hidden;
    }
    let shown = parts.iter().zip(rules.tell(&parts)).filter(|(_, told)| *told).map(|(part, _)| part.key);
    let mut told = MembersTold::default();
    told.told.insert((Members::Period, EVERYBODY), all);
    add(&mut told, Members::Period, of, &shown.collect());
    told
}

impl MembersTold {
    /// Nothing of a day, week or period.
    pub fn nothing(of: Members) -> MembersTold {
        MembersTold { told: BTreeMap::new(), hidden: [(of, 1)].into() }
    }

    /// The cells of it.
    pub fn cells(&self, span: Span, first: Day) -> Vec<Cell> {
        let cell = |of, place, visitors| Cell {
            family: Family::members(of),
            span,
            first,
            place,
            parts: Parts { visitors, ..Parts::default() },
        };
        let told = self.told.iter().map(|((of, key), count)| cell(*of, Place::Values([*key, Term::NONE]), *count));
        told.chain(self.hidden.iter().map(|(of, keys)| cell(*of, Place::Other(*keys), 0))).collect()
    }
}
