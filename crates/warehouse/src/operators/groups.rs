//! From the keys of a row to the slot of its group.

use jiff::tz::TimeZone;
use outis_event::{Day, Slot, Term};
use outis_insight::bucket::{bucket, minutes};
use outis_insight::{Group, Interval, Key, MAX_GROUPS, Query};

use crate::Batch;

use super::filter::{Facts, property, term};
use super::hash::Fast;

/// Most groups told apart in memory. Rows of further groups count as `(rare)`, unless groups are put aside in time.
pub(super) const MAX_SLOTS: usize = 1_000_000;
/// Largest dense table, in bits of its index.
const MAX_BITS: u32 = 20;
/// Slots of 15 minutes looked up by table: the longest local day and some spare.
pub(super) const SLOTS_OF_DAY: usize = 112;

/// A row's key: per group a term's number, or a time bucket counted from the first one of the range.
pub(super) type Codes = [u32; MAX_GROUPS];

/// Slots of the groups seen, by their codes.
#[derive(Debug)]
pub(super) struct Groups {
    groups: Vec<Group>,
    zone: TimeZone,
    /// First bucket of the range, for each group that is a time.
    base: [i64; MAX_GROUPS],
    all: Vec<Codes>,
    index: Index,
    day: Day,
    /// Codes of coarser times in the day in hand.
    days: [u32; MAX_GROUPS],
    /// Some group may have several values in one row.
    lists: bool,
    /// All rows of a visit are in the same groups.
    of_visit: bool,
    /// Hour codes of the day in hand by slot, from the day's first slot on; empty unless hours are asked for.
    hours: Vec<u32>,
    first_slot: Slot,
}

#[derive(Debug)]
enum Index {
    /// Slot + 1 by the codes' bits side by side; terms are dense, so small spaces make small tables.
    Dense {
        bits: [u32; MAX_GROUPS],
        table: Vec<u32>,
    },
    Hashed(Fast<Codes, u32>),
}

impl Groups {
    pub(super) fn new(query: &Query) -> Groups {
        let mut base = [0; MAX_GROUPS];
        for (at, group) in query.groups.iter().enumerate() {
            if let Group::Time(interval) = group {
                base[at] = match interval {
                    Interval::Hour => minutes(query.range.from),
                    coarser => bucket(*coarser, query.range.from, Slot(0), &query.zone),
                };
            }
        }
        Groups {
            groups: query.groups.clone(),
            zone: query.zone.clone(),
            base,
            all: Vec::new(),
            index: Index::Dense { bits: [0; MAX_GROUPS], table: vec![0] },
            day: query.range.from,
            days: [0; MAX_GROUPS],
            lists: query.groups.iter().any(|g| matches!(g, Group::Language | Group::Tag)),
            of_visit: query.groups.iter().all(is_of_visit),
            hours: Vec::new(),
            first_slot: Slot(0),
        }
    }

    /// Forgets all slots.
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.index = Index::Dense { bits: [0; MAX_GROUPS], table: vec![0] };
    }

    /// How many slots there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// True if there is nothing to group by.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// True if all rows of a visit are in the same groups.
    pub(super) fn are_of_visit(&self) -> bool {
        self.of_visit
    }

    /// The rows that follow are of this day.
    pub(super) fn begin(&mut self, day: Day) {
        self.day = day;
        for (at, group) in self.groups.iter().enumerate() {
            if let Group::Time(interval @ (Interval::Day | Interval::Week | Interval::Month)) = group {
                self.days[at] = code_of_time(*interval, self.base[at], day, Slot(0), &self.zone);
            }
        }
        let Some(at) = self.groups.iter().position(|g| *g == Group::Time(Interval::Hour)) else { return };
        self.first_slot = day.start(&self.zone).slot();
        self.hours = (0..SLOTS_OF_DAY as u32)
            .map(|i| code_of_time(Interval::Hour, self.base[at], day, Slot(self.first_slot.0 + i), &self.zone))
            .collect();
    }

    /// Finds the slots of a row's groups: several if it has several languages or tags, each once.
    pub(super) fn slots(&mut self, batch: &Batch, row: usize, facts: &Facts, out: &mut Vec<u32>) {
        out.clear();
        if self.lists {
            return self.each(0, [0; MAX_GROUPS], batch, row, facts, out);
        }
        out.push(self.only_slot(batch, row, facts));
    }

    /// True if all rows of a day are in the same group.
    pub(super) fn are_of_day(&self) -> bool {
        self.groups.iter().all(|group| matches!(group, Group::Time(interval) if *interval != Interval::Hour))
    }

    /// Finds the slots of some rows; false if that takes more than a look at some columns.
    pub(super) fn slots_of_rows(&mut self, batch: &Batch, rows: &[u32], out: &mut Vec<u32>) -> bool {
        let mut codes = self.days;
        let mut columns: Vec<(usize, &[Term])> = Vec::new();
        for (at, group) in self.groups.iter().enumerate() {
            match group {
                Group::Dimension(dimension) => columns.push((at, &batch.terms[dimension.index()])),
                Group::Time(interval) if *interval != Interval::Hour => {}
                _ => return false,
            }
        }
        out.clear();
        out.reserve(rows.len());
        if let ([(0, terms)], 1) = (columns.as_slice(), self.groups.len()) {
            self.slots_of_terms(terms, rows, out);
            return true;
        }
        // In a loop of its own, so that many places of a large table are fetched at a time.
        for row in rows {
            for (at, terms) in &columns {
                codes[*at] = terms[*row as usize].0;
            }
            out.push(self.slot(codes));
        }
        true
    }

    /// As [`Self::slots_of_rows`], where the only group is by this column: most terms are in the table.
    fn slots_of_terms(&mut self, terms: &[Term], rows: &[u32], out: &mut Vec<u32>) {
        let known = |index: &Index, term: Term| match index {
            Index::Dense { table, .. } => table.get(term.0 as usize).and_then(|slot| slot.checked_sub(1)),
            Index::Hashed(_) => None,
        };
        for row in rows {
            let term = terms[*row as usize];
            let slot = match known(&self.index, term) {
                Some(slot) => slot,
                None => {
                    let mut codes = [0; MAX_GROUPS];
                    codes[0] = term.0;
                    self.slot(codes)
                }
            };
            out.push(slot);
        }
    }

    /// The slot of a row's group, if every row is in one.
    #[inline]
    pub(super) fn only_slot(&mut self, batch: &Batch, row: usize, facts: &Facts) -> u32 {
        let mut codes = [0; MAX_GROUPS];
        for (at, group) in self.groups.iter().enumerate() {
            codes[at] = self.code(*group, at, batch, row, facts);
        }
        self.slot(codes)
    }

    fn each(&mut self, at: usize, mut codes: Codes, batch: &Batch, row: usize, facts: &Facts, out: &mut Vec<u32>) {
        let Some(group) = self.groups.get(at) else {
            let slot = self.slot(codes);
            out.push(slot);
            return;
        };
        let list = match group {
            Group::Language => batch.languages.of(row),
            Group::Tag => batch.tags.of(row),
            one => {
                codes[at] = self.code(*one, at, batch, row, facts);
                return self.each(at + 1, codes, batch, row, facts, out);
            }
        };
        if list.is_empty() {
            codes[at] = Term::NONE.0;
            return self.each(at + 1, codes, batch, row, facts, out);
        }
        for (i, term) in list.iter().enumerate() {
            if !list[..i].contains(term) {
                codes[at] = term.0;
                self.each(at + 1, codes, batch, row, facts, out);
            }
        }
    }

    /// The slot of what was counted of the day in hand: `key` is the term, or the hour if hours are asked for.
    pub(super) fn counted(&mut self, key: u32) -> u32 {
        let mut codes = [0; MAX_GROUPS];
        for (at, group) in self.groups.iter().enumerate() {
            codes[at] = match group {
                Group::Time(Interval::Hour) => {
                    let start = minutes(self.day) + i64::from(key) * unit(Interval::Hour);
                    u32::try_from((start - self.base[at]) / unit(Interval::Hour)).unwrap_or(0)
                }
                Group::Time(_) => self.days[at],
                _ => key,
            };
        }
        self.slot(codes)
    }

    fn code(&self, group: Group, at: usize, batch: &Batch, row: usize, facts: &Facts) -> u32 {
        match group {
            Group::Dimension(dimension) => term(batch, dimension, row).0,
            Group::Visit(field) => facts.field(batch, field).0,
            Group::Property(key) => property(batch, key, row).0,
            Group::Time(Interval::Hour) => {
                let slot = batch.slot[row];
                match self.hours.get(slot.0.wrapping_sub(self.first_slot.0) as usize) {
                    Some(code) => *code,
                    None => code_of_time(Interval::Hour, self.base[at], self.day, slot, &self.zone),
                }
            }
            Group::Time(_) => self.days[at],
            Group::Language | Group::Tag => Term::NONE.0,
        }
    }

    /// The slot of a key; slots are numbered from 0 without gaps.
    #[inline]
    pub(super) fn slot(&mut self, codes: Codes) -> u32 {
        if let Some(slot) = self.find(codes) {
            return slot;
        }
        if self.all.len() < MAX_SLOTS {
            return self.insert(codes);
        }
        let rare = self.rare(codes);
        match self.find(rare) {
            Some(slot) => slot,
            None => self.insert(rare),
        }
    }

    #[inline]
    fn find(&self, codes: Codes) -> Option<u32> {
        match &self.index {
            Index::Dense { bits, table } => table[place(codes, bits, self.groups.len())?].checked_sub(1),
            Index::Hashed(slots) => slots.get(&codes).copied(),
        }
    }

    fn insert(&mut self, codes: Codes) -> u32 {
        let slot = u32::try_from(self.all.len()).expect("slots are limited");
        self.all.push(codes);
        match &mut self.index {
            Index::Hashed(slots) => {
                slots.insert(codes, slot);
            }
            Index::Dense { bits, table } => match place(codes, bits, self.groups.len()) {
                Some(at) => table[at] = slot + 1,
                None => self.rebuild(codes),
            },
        }
        slot
    }

    /// Makes room for codes that need more bits, or gives up the table when it would be too large.
    fn rebuild(&mut self, codes: Codes) {
        let Index::Dense { bits, .. } = &self.index else { return };
        let mut wider = *bits;
        for (bits, code) in wider.iter_mut().zip(codes) {
            *bits = (*bits).max(u32::BITS - code.leading_zeros());
        }
        let numbered = self.all.iter().zip(0u32..);
        if wider.iter().sum::<u32>() > MAX_BITS {
            self.index = Index::Hashed(numbered.map(|(codes, slot)| (*codes, slot)).collect());
            return;
        }
        let mut table = vec![0; 1 << wider.iter().sum::<u32>()];
        for (codes, slot) in numbered {
            let at = place(*codes, &wider, self.groups.len());
            table[at.expect("the table is wide enough for every code")] = slot + 1;
        }
        self.index = Index::Dense { bits: wider, table };
    }

    /// The key that stands for all words beyond the limit, at the same time.
    pub(super) fn rare(&self, mut codes: Codes) -> Codes {
        for (code, group) in codes.iter_mut().zip(&self.groups) {
            if !matches!(group, Group::Time(_)) {
                *code = Term::RARE.0;
            }
        }
        codes
    }

    /// The codes of a slot.
    pub(super) fn codes(&self, slot: usize) -> Codes {
        self.all[slot]
    }

    /// The keys of a slot.
    pub(super) fn keys(&self, slot: usize) -> Vec<Key> {
        self.keys_of(self.all[slot])
    }

    /// The keys of codes.
    pub(super) fn keys_of(&self, codes: Codes) -> Vec<Key> {
        let parts = self.groups.iter().zip(codes).zip(self.base);
        parts
            .map(|((group, code), base)| match group {
                Group::Time(interval) => Key::Time(base + i64::from(code) * unit(*interval)),
                _ => Key::Term(Term(code)),
            })
            .collect()
    }
}

/// True if all rows of a visit have the same value.
fn is_of_visit(group: &Group) -> bool {
    match group {
        Group::Dimension(dimension) => dimension.is_of_visit(),
        Group::Visit(_) => true,
        Group::Time(interval) => *interval != Interval::Hour,
        Group::Property(_) | Group::Language | Group::Tag => false,
    }
}

/// Where the bits of the first `count` codes, side by side, point to; `None` when a code needs more bits.
#[inline]
fn place(codes: Codes, bits: &[u32; MAX_GROUPS], count: usize) -> Option<usize> {
    let mut at = 0;
    for (code, bits) in codes.iter().zip(bits).take(count) {
        if u64::from(*code) >> bits != 0 {
            return None;
        }
        at = at << bits | *code as usize;
    }
    Some(at)
}

/// Minutes that one step of a time's code stands for.
fn unit(interval: Interval) -> i64 {
    if interval == Interval::Hour { 60 } else { 1440 }
}

fn code_of_time(interval: Interval, base: i64, day: Day, slot: Slot, zone: &TimeZone) -> u32 {
    u32::try_from((bucket(interval, day, slot, zone) - base) / unit(interval)).unwrap_or(0)
}
