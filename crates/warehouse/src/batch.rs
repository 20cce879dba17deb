//! Rows of one partition in visitor order, as columns: what storage hands to the operators.

use std::ops::Range;

use outis_event::{Day, Dimension, Flags, Marks, Property, Slot, Term};

use crate::spare;

/// Rows of one (site, local day), sorted by (visitor, visit, ordinal). A batch holds whole visitors only, and no
/// visitor of a partition is in two batches. Rows of nobody (visitor 0) come first, each with visit 0 and no order.
///
/// All columns have the same length, or are empty when they were not asked for (see [`Columns`]).
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The partition's day.
    pub day: Day,
    /// The day of each row where followed members' rows of several days were gathered; else empty.
    pub days: Vec<Day>,
    /// Number of rows.
    pub rows: usize,
    /// Visits in the order of their rows, and each row of nobody.
    pub visits: Vec<Visit>,
    /// The visitor's number of each row; runs of equal numbers are one visitor. Operators look at `visits`.
    pub visitor: Vec<u64>,
    /// Visit within the visitor's day, from 0; likewise.
    pub visit: Vec<u16>,
    /// Whole seconds since the visit's first event.
    pub since_s: Vec<u32>,
    /// The 15-minute slot.
    pub slot: Vec<Slot>,
    /// Flags.
    pub flags: Vec<Flags>,
    /// One column per dimension, at [`Dimension::index`]. Those of the visit carry the first event's term in all rows.
    pub terms: Vec<Vec<Term>>,
    /// Deepest scroll position, 255 = unknown.
    pub scroll: Vec<u8>,
    /// Engaged seconds.
    pub engaged_s: Vec<u32>,
    /// Revenue in thousandths; 0 with `currency` NONE = none.
    pub revenue_milli: Vec<i64>,
    /// Currency of the revenue.
    pub currency: Vec<Term>,
    /// Languages of each row.
    pub languages: Ragged<Term>,
    /// Tags of each row.
    pub tags: Ragged<Term>,
    /// Properties of each row.
    pub properties: Ragged<Property>,
    /// Marks of the member.
    pub marks: Vec<Marks>,
    /// The rows that have marks, in order.
    pub marked: Vec<(u32, Marks)>,
}

/// Rows of one visit, or one row of nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The day's visitor number; runs of equal numbers are one visitor. 0: nobody.
    pub visitor: u64,
    /// The row behind its last one. The first one is where the visit before ends.
    pub end: u32,
}

/// Visits of one visitor that follow each other, or a row of nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) visitor: u64,
    /// Places among the batch's visits.
    pub(crate) visits: Range<usize>,
    pub(crate) rows: Range<usize>,
}

impl Batch {
    /// Leaves the memory of columns to the next batch of the thread.
    pub(crate) fn recycle(self) {
        spare::give(self.visits);
        spare::give(self.visitor);
        spare::give(self.since_s);
        spare::give(self.scroll);
        spare::give(self.engaged_s);
        spare::give_of(self.slot, |slot| slot.0);
        spare::give_of(self.flags, |flags| flags.0);
        self.terms.into_iter().for_each(|terms| spare::give_of(terms, |term| term.0));
    }

    /// The rows of each visit.
    pub(crate) fn rows_of(&self, visit: usize) -> Range<usize> {
        let start = visit.checked_sub(1).map_or(0, |before| self.visits[before].end);
        start as usize..self.visits[visit].end as usize
    }

    /// The visitor, or nobody, with a visit.
    pub(crate) fn run_of_visit(&self, at: usize) -> Run {
        let visitor = self.visits[at].visitor;
        if visitor == 0 {
            return Run { visitor, visits: at..at + 1, rows: self.rows_of(at) };
        }
        let is_other = |visit: &Visit| visit.visitor != visitor;
        let start = self.visits[..at].iter().rposition(is_other).map_or(0, |before| before + 1);
        let end = self.visits[at..].iter().position(is_other).map_or(self.visits.len(), |length| at + length);
        Run { visitor, visits: start..end, rows: self.rows_of(start).start..self.rows_of(end - 1).end }
    }

    /// Each visitor, and each row of nobody.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Run> {
        let (mut at, mut row) = (0, 0);
        std::iter::from_fn(move || {
            let first = self.visits.get(at)?;
            let (visit, start) = (at, row);
            at += 1;
            while first.visitor != 0 && self.visits.get(at).is_some_and(|next| next.visitor == first.visitor) {
                at += 1;
            }
            row = self.visits[at - 1].end as usize;
            Some(Run { visitor: first.visitor, visits: visit..at, rows: start..row })
        })
    }

    /// Gives rows the numbers of their visitor and of the visit within the visitor's day, if they have none.
    pub(crate) fn number(&mut self) {
        if !self.visitor.is_empty() {
            return;
        }
        self.visitor.reserve(self.rows);
        self.visit.reserve(self.rows);
        let (mut visitor, mut number) = (0, 0u16);
        for visit in &self.visits {
            number = if visit.visitor == 0 || visit.visitor != visitor { 0 } else { number.saturating_add(1) };
            visitor = visit.visitor;
            self.visitor.resize(visit.end as usize, visitor);
            self.visit.resize(visit.end as usize, number);
        }
    }

    /// Visits by the numbers that rows have.
    pub(crate) fn cut(&self) -> Vec<Visit> {
        let mut visits: Vec<Visit> = Vec::new();
        for row in 0..self.rows {
            let end = u32::try_from(row + 1).unwrap_or(u32::MAX);
            let visitor = self.visitor[row];
            let goes_on =
                row > 0 && visitor != 0 && visitor == self.visitor[row - 1] && self.visit[row] == self.visit[row - 1];
            match visits.last_mut() {
                Some(last) if goes_on => last.end = end,
                _ => visits.push(Visit { visitor, end }),
            }
        }
        visits
    }

    /// The rows that have marks, by what each row has.
    pub(crate) fn find_marked(&self) -> Vec<(u32, Marks)> {
        let rows = (0u32..).zip(&self.marks).filter(|(_, marks)| **marks != Marks::NONE);
        rows.map(|(row, marks)| (row, *marks)).collect()
    }

    /// The day of a row.
    pub fn day_of(&self, row: usize) -> Day {
        self.days.get(row).copied().unwrap_or(self.day)
    }
}

/// A list per row.
#[derive(Clone, Debug, Default)]
pub struct Ragged<T> {
    /// `rows + 1` positions into `values`; empty when not asked for.
    pub offsets: Vec<u32>,
    /// All lists, one after the other.
    pub values: Vec<T>,
}

impl<T> Ragged<T> {
    /// The list of a row; empty when the column was not asked for.
    pub fn of(&self, row: usize) -> &[T] {
        match (self.offsets.get(row), self.offsets.get(row + 1)) {
            (Some(&a), Some(&b)) => &self.values[a as usize..b as usize],
            _ => &[],
        }
    }

    /// Adds the list of the next row.
    pub fn push(&mut self, list: impl IntoIterator<Item = T>) {
        if self.offsets.is_empty() {
            self.offsets.push(0);
        }
        self.values.extend(list);
        self.offsets.push(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
    }
}

/// The columns a question needs. `visits` and `flags` always come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Bit per [`Dimension::index`].
    pub dimensions: u64,
    /// Seconds since the visit began.
    pub since: bool,
    /// Slots.
    pub slot: bool,
    /// Scroll positions.
    pub scroll: bool,
    /// Engaged seconds.
    pub engaged: bool,
    /// Revenue and currency.
    pub revenue: bool,
    /// Languages.
    pub languages: bool,
    /// Tags.
    pub tags: bool,
    /// Properties.
    pub properties: bool,
    /// Marks of members.
    pub marks: bool,
    /// The rows that have marks.
    pub marked: bool,
    /// Visitor and visit of each row.
    pub numbers: bool,
    /// First and last page views of visits, which storage does not tell: the operators find them.
    pub ends: bool,
}

impl Columns {
    /// Everything.
    pub const ALL: Columns = Columns {
        dimensions: (1 << Dimension::COUNT) - 1,
        since: true,
        slot: true,
        scroll: true,
        engaged: true,
        revenue: true,
        languages: true,
        tags: true,
        properties: true,
        marks: true,
        marked: true,
        numbers: true,
        ends: true,
    };

    /// Also this dimension.
    pub fn add(&mut self, dimension: Dimension) {
        self.dimensions |= 1 << dimension.index();
    }

    /// True if the dimension is asked for.
    pub fn has(self, dimension: Dimension) -> bool {
        self.dimensions >> dimension.index() & 1 == 1
    }
}
