//! From the counts of a day to cells of the day, the week and the period.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, SiteId, Term, Visitor};

use crate::Parts;

use super::above::{Above, Waited, own};
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

    fn join(&mut self, other: &Seen) {
        self.bits.iter_mut().zip(other.bits).for_each(|(mine, theirs)| *mine |= theirs);
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

/// At least how many persons are behind entries, which come value by value.
pub(super) fn persons<'a>(entries: impl Iterator<Item = &'a Entry>) -> u32 {
    let mut most = 0;
    let mut of_day: BTreeMap<Day, u32> = BTreeMap::new();
    let mut value: (Option<Keys>, Vec<Seen>) = (None, Vec::new());
    for entry in entries {
        *of_day.entry(entry.day).or_default() += entry.own;
        if value.0 != Some(entry.keys) {
            value = (Some(entry.keys), Vec::new());
        }
        // Persons under different secrets may be the same ones: the most of one secret hold.
        let seen = match value.1.iter_mut().find(|seen| seen.secret == entry.seen.secret) {
            Some(seen) => {
                seen.join(&entry.seen);
                seen.persons()
            }
            None => {
                value.1.push(entry.seen);
                entry.seen.persons()
            }
        };
        most = most.max(entry.persons).max(seen);
    }
    of_day.into_values().max().unwrap_or(0).max(most)
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

/// Closes a day of a family: `entries` are all its counts. Of a [`Rule::Within`] family what lies below a value that
/// is told as a cell of the same day may become a cell, then or later; what lies below one that waits, waits for it.
pub fn close_day(rule: Rule, entries: Vec<Entry>, floor: u32, above: impl Fn(Term) -> Above) -> DayClose {
    let mut close = DayClose::default();
    for (value, entries) in by_parent(rule, entries) {
        let above = if rule == Rule::Within { above(value) } else { Above::Told };
        let own: u64 = entries.iter().map(|e| u64::from(e.own)).sum();
        let few = own < u64::from(floor);
        let open = !few && above == Above::Told;
        close.few |= few && rule == Rule::Single;
        let columns: Vec<Column<'_>> =
            entries.iter().map(|e| Column::new(vec![e], open && e.keys[0] != BEYOND)).collect();
        let told = match open {
            true => settle(&columns, floor, Shared::Here),
            false => vec![vec![false]; columns.len()],
        };
        for (entry, told) in entries.into_iter().zip(told) {
            if told[0] {
                close.told.push((entry.keys, entry.parts));
                continue;
            }
            close.other.add(&entry.parts);
            close.other_groups += 1;
            if open || above == Above::Waits {
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
    /// What is in none of them. After a week it waits on, for the period.
    pub waiting: Vec<Entry>,
    /// By their first key, the own persons of each day in what is told.
    pub(super) rows: BTreeMap<Term, BTreeMap<Day, u64>>,
}

/// Closes a week or period of a family with all that waits of it. At the end of a period, what is still too small
/// joins its `parent`, for as long as there is one. Of a [`Rule::Within`] family, `above` is what became of the values
/// above; without it they are cells of their days.
pub fn close_span(
    rule: Rule,
    span: Span,
    waiting: Vec<Entry>,
    floor: u32,
    above: Option<&Waited>,
    parent: impl Fn(&Keys) -> Option<Keys>,
) -> SpanClose {
    let (told, left) = divide(rule, span, waiting, floor, above, parent);
    SpanClose::new(&told, left)
}

impl SpanClose {
    pub(super) fn new(told: &BTreeMap<Keys, Vec<Entry>>, waiting: Vec<Entry>) -> SpanClose {
        let mut close = SpanClose { waiting, ..SpanClose::default() };
        for (keys, entries) in told {
            let mut parts = Parts::default();
            entries.iter().for_each(|entry| parts.add(&entry.parts));
            close.told.push((*keys, parts));
            let row = close.rows.entry(keys[0]).or_default();
            own(entries).into_iter().for_each(|(day, own)| *row.entry(day).or_default() += own);
        }
        close
    }
}

/// What each cell of a week or period is the sum of, and what is in none.
pub(super) fn divide(
    rule: Rule,
    span: Span,
    waiting: Vec<Entry>,
    floor: u32,
    above: Option<&Waited>,
    parent: impl Fn(&Keys) -> Option<Keys>,
) -> (BTreeMap<Keys, Vec<Entry>>, Vec<Entry>) {
    let (mut told, mut left): (BTreeMap<Keys, Vec<Entry>>, Vec<Entry>) = Default::default();
    let mut rows = BTreeMap::new();
    for (value, entries) in by_parent(rule, waiting) {
        let (mut by_day, mut joined) = (Vec::new(), Vec::new());
        for entry in entries {
            match above.map_or(Above::Told, |above| above.above(value, entry.day)) {
                Above::Told => by_day.push(entry),
                Above::Joined => joined.push(entry),
                Above::Waits | Above::Hidden => left.push(entry),
            }
        }
        let shared = if span == Span::Period { Shared::InWeeks } else { Shared::Here };
        let groups = group(by_day, floor, |keys| if span == Span::Period { parent(keys) } else { None });
        tell(groups, |columns| settle(columns, floor, shared), &mut told, &mut left);
        if !joined.is_empty() {
            rows.insert(value, group(joined, floor, |_| None));
        }
    }
    // They are divided once: what is not told now waits no longer.
    let divided = above.map(|above| above.divide(rows, floor)).unwrap_or_default();
    divided.into_iter().for_each(|(keys, entries)| told.entry(keys).or_default().extend(entries));
    (told, left)
}

/// Sorts groups of entries by whether they are told.
fn tell(
    groups: BTreeMap<Keys, Vec<Entry>>,
    settle: impl FnOnce(&[Column<'_>]) -> Vec<Vec<bool>>,
    told: &mut BTreeMap<Keys, Vec<Entry>>,
    left: &mut Vec<Entry>,
) {
    let columns: Vec<Column<'_>> =
        groups.iter().map(|(keys, entries)| Column::new(entries.iter().collect(), keys[0] != BEYOND)).collect();
    let days = settle(&columns);
    let days: Vec<BTreeSet<Day>> = columns.iter().zip(&days).map(|(column, told)| column.days_of(told)).collect();
    for ((keys, entries), days) in groups.into_iter().zip(days) {
        let (mine, others): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|e| days.contains(&e.day));
        left.extend(others);
        if !mine.is_empty() {
            told.entry(keys).or_default().extend(mine);
        }
    }
}

/// Deepest chain of parents.
const GENERATIONS: usize = 8;

/// Entries by value; what is too small joins its parent, parents theirs.
fn group(entries: Vec<Entry>, floor: u32, parent: impl Fn(&Keys) -> Option<Keys>) -> BTreeMap<Keys, Vec<Entry>> {
    let mut groups: BTreeMap<Keys, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        groups.entry(entry.keys).or_default().push(entry);
    }
    let above = |keys: &Keys| parent(keys).filter(|above| above != keys && keys[0] != BEYOND);
    for _ in 0..GENERATIONS {
        let is_small = |entries: &[Entry]| persons(entries.iter()) < floor;
        let has_parent = groups.iter().filter_map(|(keys, entries)| Some((*keys, above(keys)?, entries)));
        let small: Vec<(Keys, Keys)> =
            has_parent.filter(|(_, _, entries)| is_small(entries)).map(|(keys, above, _)| (keys, above)).collect();
        if small.is_empty() {
            break;
        }
        for (keys, above) in small {
            let child = groups.remove(&keys).unwrap_or_default();
            groups.entry(above).or_default().extend(child);
        }
    }
    groups
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
