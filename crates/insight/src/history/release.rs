//! From the counts of a day to cells of the day, the week and the period.

use std::collections::BTreeMap;

use outis_event::{Day, SiteId, Term, Visitor};

use crate::Parts;

use super::cell::Span;
use super::family::Rule;
use super::settle::{Column, Shared, settle};

/// The values of a family's groups; [`Term::NONE`] where it has no second group.
pub type Keys = [Term; 2];

/// The key of what a visitor did beyond the bound of a day: it is in no cell, and with it something of the day always
/// stays untold.
pub const BEYOND: Term = Term(u32::MAX);

/// Bits of a map of persons, and under which secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Tells maps apart that must not be merged: persons have other bits under another secret.
    pub secret: u64,
    /// One bit for each person, many persons for each bit.
    pub bits: [u64; 4],
}

impl Seen {
    /// Sets a person's bit.
    pub fn mark(&mut self, bit: u8) {
        self.bits[usize::from(bit / 64)] |= 1 << (bit % 64);
    }

    fn persons(&self) -> u32 {
        self.bits.iter().map(|bits| bits.count_ones()).sum()
    }
}

/// Who can tell persons of open days apart for as long as a period: implemented where events are made anonymous.
pub trait Presence: Send + Sync {
    /// The secret in use for the period of a day; none: bits are not known.
    fn secret(&self, site: SiteId, day: Day) -> Option<u64>;

    /// The bit of a day's visitor in one cell, below 64, or below 256 if `wide`. The same person has the same bit in
    /// one cell all through a period, and another in every other cell. `None` if the visitor is not known any more.
    fn bit(&self, site: SiteId, day: Day, visitor: Visitor, cell: &[u8], wide: bool) -> Option<u8>;

    /// The day is closed: its visitors may be forgotten.
    fn forget(&self, site: SiteId, day: Day);
}

/// The count of one value on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Of what.
    pub keys: Keys,
    /// On which day.
    pub day: Day,
    /// What happened.
    pub parts: Parts,
    /// Distinct visitors that count for floors.
    pub persons: u32,
    /// Those of them for whom it is the rarest value of the day (of those below the same parent): each visitor is
    /// counted for one value.
    pub own: u32,
    /// Their bits.
    pub seen: Seen,
}

/// What becomes of the counts of a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DayClose {
    /// Cells of the day.
    pub told: Vec<(Keys, Parts)>,
    /// Everything else of the day together.
    pub other: Parts,
    /// Of how many values it is.
    pub other_groups: u32,
    /// Fewer persons than the floor came on the whole day.
    pub few: bool,
    /// What waits.
    pub waiting: Vec<Entry>,
}

/// Closes a day of a family: `entries` are all its counts. Of a [`Rule::Within`] family only what lies below a value
/// that `is_told` as a cell of the same day may become a cell, then or later.
pub fn close_day(rule: Rule, entries: Vec<Entry>, floor: u32, is_told: impl Fn(Term) -> bool) -> DayClose {
    let mut close = DayClose::default();
    for (above, mut entries) in by_parent(rule, entries) {
        entries.sort_by_key(|e| (e.persons, e.keys));
        let own: u64 = entries.iter().map(|e| u64::from(e.own)).sum();
        let few = own < u64::from(floor);
        let open = !few && (rule == Rule::Single || is_told(above));
        close.few |= few && rule == Rule::Single;
        let columns: Vec<Column> =
            entries.iter().map(|e| Column { persons: e.persons, days: vec![(e.day, e.own)] }).collect();
        let mut told: Vec<bool> = entries.iter().map(|e| open && e.persons >= floor && e.keys[0] != BEYOND).collect();
        if open {
            settle(&columns, floor, Shared::Here, &mut told);
        }
        for (entry, told) in entries.into_iter().zip(told) {
            if told {
                close.told.push((entry.keys, entry.parts));
                continue;
            }
            close.other.add(&entry.parts);
            close.other_groups += 1;
            if open {
                close.waiting.push(entry);
            }
        }
    }
    close
}

/// What becomes of what waited, when its week or period is over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanClose {
    /// Cells of the week or period.
    pub told: Vec<(Keys, Parts)>,
    /// What waits on, for the period.
    pub waiting: Vec<Entry>,
}

/// Closes a week or period of a family with all that waits of it. At the end of a period, what is still too small
/// joins its `parent`, for as long as there is one.
pub fn close_span(
    rule: Rule,
    span: Span,
    waiting: Vec<Entry>,
    floor: u32,
    parent: impl Fn(&Keys) -> Option<Keys>,
) -> SpanClose {
    let mut close = SpanClose::default();
    for (_, entries) in by_parent(rule, waiting) {
        let mut sums: BTreeMap<Keys, Sum> = BTreeMap::new();
        for entry in &entries {
            sums.entry(entry.keys).or_default().add(entry);
        }
        sums.values_mut().for_each(Sum::count);
        if span == Span::Period {
            fold(&mut sums, floor, &parent);
        }
        let mut sums: Vec<(Keys, Sum)> = sums.into_iter().collect();
        sums.sort_by_key(|(keys, sum)| (sum.persons, *keys));
        let mut told: Vec<bool> = sums.iter().map(|(keys, sum)| sum.persons >= floor && keys[0] != BEYOND).collect();
        let columns: Vec<Column> = sums.iter_mut().map(|(_, sum)| sum.column()).collect();
        let shared = if span == Span::Period { Shared::InWeeks } else { Shared::Here };
        settle(&columns, floor, shared, &mut told);
        let mut is_told: BTreeMap<Keys, bool> = BTreeMap::new();
        for ((keys, sum), told) in sums.iter().zip(told) {
            is_told.insert(*keys, told);
            if told {
                close.told.push((*keys, sum.parts));
            }
        }
        close.waiting.extend(entries.into_iter().filter(|e| is_told.get(&e.keys) == Some(&false)));
    }
    close
}

/// A column in the making.
#[derive(Default)]
struct Sum {
    parts: Parts,
    persons: u32,
    days: BTreeMap<Day, u32>,
    seen: Vec<Seen>,
}

impl Sum {
    fn add(&mut self, entry: &Entry) {
        self.parts.add(&entry.parts);
        self.persons = self.persons.max(entry.persons);
        *self.days.entry(entry.day).or_default() += entry.own;
        match self.seen.iter_mut().find(|seen| seen.secret == entry.seen.secret) {
            Some(seen) => seen.bits.iter_mut().zip(entry.seen.bits).for_each(|(mine, theirs)| *mine |= theirs),
            None => self.seen.push(entry.seen),
        }
    }

    /// Persons under different secrets may be the same ones: the most of one secret hold.
    fn count(&mut self) {
        let seen = self.seen.iter().map(Seen::persons).max().unwrap_or(0);
        self.persons = self.persons.max(seen);
    }

    fn join(&mut self, child: Sum) {
        self.parts.add(&child.parts);
        for (day, own) in child.days {
            *self.days.entry(day).or_default() += own;
        }
        let most = self.days.values().copied().max().unwrap_or(0);
        self.persons = self.persons.max(child.persons).max(most);
    }

    fn column(&mut self) -> Column {
        Column { persons: self.persons, days: std::mem::take(&mut self.days).into_iter().collect() }
    }
}

/// Deepest chain of parents.
const GENERATIONS: usize = 8;

/// Lets what is too small join its parent, parents theirs.
fn fold(sums: &mut BTreeMap<Keys, Sum>, floor: u32, parent: &impl Fn(&Keys) -> Option<Keys>) {
    for _ in 0..GENERATIONS {
        let above = |keys: &Keys| parent(keys).filter(|above| above != keys);
        let small: Vec<(Keys, Keys)> = sums
            .iter()
            .filter(|(keys, sum)| sum.persons < floor && keys[0] != BEYOND)
            .filter_map(|(keys, _)| Some((*keys, above(keys)?)))
            .collect();
        if small.is_empty() {
            return;
        }
        for (keys, above) in small {
            let child = sums.remove(&keys).unwrap_or_default();
            sums.entry(above).or_default().join(child);
        }
    }
}

/// Entries that are parts of one known count each day.
fn by_parent(rule: Rule, entries: Vec<Entry>) -> BTreeMap<Term, Vec<Entry>> {
    let mut parts: BTreeMap<Term, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        let above = if rule == Rule::Within { entry.keys[0] } else { Term::NONE };
        parts.entry(above).or_default().push(entry);
    }
    parts
}
