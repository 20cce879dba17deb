//! Rows as columns, with what storage keeps beyond a batch: the shifted clock until compaction.

use std::collections::HashSet;

use outis_event::{AnonymousEvent, Dimension, Flags, Marks, ShiftedClock, Slot, Term};
use outis_insight::same_visit;

use crate::{Batch, Columns, Ragged};

/// Rows of one partition. A column that holds nothing but absent values may be empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// Everything the operators see. `visit` and `since_s` are empty while rows carry a clock.
    pub(crate) batch: Batch,
    /// Order within the visitor's day; empty once compacted.
    pub(crate) clock: Vec<ShiftedClock>,
}

/// A row of one of several sources.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) source: u32,
    pub(crate) row: u32,
}

impl Rows {
    /// Nothing, with a column for every dimension.
    pub(crate) fn none() -> Rows {
        let batch = Batch { terms: vec![Vec::new(); Dimension::COUNT], ..Batch::default() };
        Rows { batch, ..Rows::default() }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.batch.rows
    }

    /// The events as columns, sorted by (visitor, clock); equal ones stay in the order given.
    pub(crate) fn of_events<'a>(events: impl Iterator<Item = &'a AnonymousEvent>) -> Rows {
        let mut events: Vec<&AnonymousEvent> = events.collect();
        events.sort_by_key(|e| (e.visitor, e.clock));
        let mut rows = Rows::none();
        let list = || events.iter().copied();
        let b = &mut rows.batch;
        b.rows = events.len();
        b.visitor = list().map(|e| e.visitor.0).collect();
        b.slot = list().map(|e| e.slot).collect();
        b.flags = list().map(|e| e.flags).collect();
        for dimension in Dimension::ALL {
            b.terms[dimension.index()] = list().map(|e| e.term(*dimension)).collect();
        }
        b.scroll = list().map(|e| e.scroll).collect();
        b.engaged_s = list().map(|e| e.engaged_s).collect();
        b.revenue_milli = list().map(|e| e.revenue.map_or(0, |r| r.milli)).collect();
        b.currency = list().map(|e| e.revenue.map_or(Term::NONE, |r| r.currency)).collect();
        b.marks = list().map(|e| e.marks).collect();
        for event in list() {
            b.languages.push(event.languages.iter().copied());
            b.tags.push(event.tags.iter().copied());
            b.properties.push(event.properties.iter().copied());
        }
        rows.clock = list().map(|e| e.clock).collect();
        rows
    }

    /// The rows at `places` of `sources`, in that order. A column that is empty in all sources stays empty.
    pub(crate) fn gather(sources: &[&Rows], places: &[Place]) -> Rows {
        let batches: Vec<&Batch> = sources.iter().map(|rows| &rows.batch).collect();
        let clock = column(sources, places, |r: &Rows| &r.clock, ShiftedClock::default());
        Rows { batch: gather(&batches, places), clock }
    }

    /// These rows and behind them those of `next`.
    pub(crate) fn and(self, next: Rows) -> Rows {
        if self.len() == 0 {
            return next;
        }
        let of = |source: u32, rows: &Rows| (0..rows.len()).map(move |row| place(source, row));
        let places: Vec<Place> = of(0, &self).chain(of(1, &next)).collect();
        Rows::gather(&[&self, &next], &places)
    }

    /// True if some of these visitors has a row.
    pub(crate) fn has_any(&self, visitors: &HashSet<u64>) -> bool {
        let is_one = |visitor: u64| visitor != 0 && visitors.contains(&visitor);
        match self.batch.visits.is_empty() {
            true => self.batch.visitor.chunk_by(|a, b| a == b).any(|run| is_one(run[0])),
            false => self.batch.visits.iter().any(|visit| is_one(visit.visitor)),
        }
    }

    /// The rows of all visitors but these.
    pub(crate) fn without(mut self, visitors: &HashSet<u64>) -> Rows {
        if !self.has_any(visitors) {
            return self;
        }
        self.batch.number();
        let is_hidden = |visitor: &u64| *visitor != 0 && visitors.contains(visitor);
        let runs = || self.batch.visitor.chunk_by(|a, b| a == b);
        let mut places = Vec::with_capacity(self.len());
        let mut start = 0;
        for run in runs() {
            if !is_hidden(&run[0]) {
                places.extend((start..start + run.len()).map(|row| place(0, row)));
            }
            start += run.len();
        }
        Rows::gather(&[&self], &places)
    }

    /// The same rows with their visitors under other numbers, in the same order.
    pub(crate) fn renumbered(mut self, number: impl Fn(u64) -> u64) -> Rows {
        self.batch.number();
        self.batch.visitor.iter_mut().for_each(|visitor| *visitor = number(*visitor));
        self.batch.visits.iter_mut().for_each(|visit| visit.visitor = number(visit.visitor));
        self
    }

    /// The visitors of the rows, nobody left out.
    pub(crate) fn visitors(&self) -> HashSet<u64> {
        let of = |visitor: u64| Some(visitor).filter(|visitor| *visitor != 0);
        match self.batch.visits.is_empty() {
            true => self.batch.visitor.iter().filter_map(|visitor| of(*visitor)).collect(),
            false => self.batch.visits.iter().filter_map(|visit| of(visit.visitor)).collect(),
        }
    }

    /// Cuts rows that are sorted by (visitor, clock) into visits and gives all rows of a visit what its first one says.
    /// Afterwards the rows have no clock.
    pub(crate) fn into_visits(mut self) -> Rows {
        let clock = std::mem::take(&mut self.clock);
        let b = &mut self.batch;
        b.visit = vec![0; b.rows];
        b.since_s = vec![0; b.rows];
        let mut begins = vec![true; b.rows];
        let mut first = 0;
        for row in 0..b.rows {
            if row > 0 && b.visitor[row] != 0 && b.visitor[row] == b.visitor[row - 1] {
                begins[row] = !same_visit(clock[row - 1], clock[row]);
                b.visit[row] = b.visit[row - 1].saturating_add(u16::from(begins[row]));
            }
            if begins[row] {
                first = row;
            }
            b.since_s[row] = clock[row].seconds.saturating_sub(clock[first].seconds);
        }
        for dimension in Dimension::ALL.iter().filter(|d| d.is_of_visit()) {
            let terms = &mut b.terms[dimension.index()];
            for row in 1..terms.len() {
                if !begins[row] {
                    terms[row] = terms[row - 1];
                }
            }
        }
        self
    }

    /// The batch with every column that is asked for.
    pub(crate) fn into_batch(self, day: outis_event::Day, columns: Columns) -> Batch {
        let mut b = self.batch;
        let rows = b.rows;
        b.day = day;
        if b.visits.is_empty() {
            fill(&mut b.visit, true, rows, 0);
            b.visits = b.cut();
        }
        fill(&mut b.since_s, columns.since, rows, 0);
        fill(&mut b.flags, true, rows, Flags(0));
        fill(&mut b.slot, columns.slot, rows, Slot(0));
        for dimension in Dimension::ALL {
            fill(&mut b.terms[dimension.index()], columns.has(*dimension), rows, Term::NONE);
        }
        fill(&mut b.scroll, columns.scroll, rows, AnonymousEvent::SCROLL_UNKNOWN);
        fill(&mut b.engaged_s, columns.engaged, rows, 0);
        fill(&mut b.revenue_milli, columns.revenue, rows, 0);
        fill(&mut b.currency, columns.revenue, rows, Term::NONE);
        if columns.marked && b.marked.is_empty() {
            b.marked = b.find_marked();
        }
        fill(&mut b.marks, columns.marks, rows, Marks::NONE);
        b
    }
}

/// The rows at `places` of `sources`, in that order. A column that is empty in all sources stays empty.
pub(crate) fn gather(sources: &[&Batch], places: &[Place]) -> Batch {
    let mut b = Rows::none().batch;
    b.rows = places.len();
    b.visitor = column(sources, places, |b: &Batch| &b.visitor, 0);
    b.visit = column(sources, places, |b: &Batch| &b.visit, 0);
    b.since_s = column(sources, places, |b: &Batch| &b.since_s, 0);
    b.slot = column(sources, places, |b: &Batch| &b.slot, Slot(0));
    b.flags = column(sources, places, |b: &Batch| &b.flags, Flags(0));
    for (at, terms) in b.terms.iter_mut().enumerate() {
        *terms = column(sources, places, |b: &Batch| &b.terms[at], Term::NONE);
    }
    b.scroll = column(sources, places, |b: &Batch| &b.scroll, AnonymousEvent::SCROLL_UNKNOWN);
    b.engaged_s = column(sources, places, |b: &Batch| &b.engaged_s, 0);
    b.revenue_milli = column(sources, places, |b: &Batch| &b.revenue_milli, 0);
    b.currency = column(sources, places, |b: &Batch| &b.currency, Term::NONE);
    b.marks = column(sources, places, |b: &Batch| &b.marks, Marks::NONE);
    b.languages = lists(sources, places, |b| &b.languages);
    b.tags = lists(sources, places, |b| &b.tags);
    b.properties = lists(sources, places, |b| &b.properties);
    b
}

/// A row's place; batches are far smaller than 2^32 rows.
pub(crate) fn place(source: u32, row: usize) -> Place {
    Place { source, row: u32::try_from(row).expect("a block has fewer than 2^32 rows") }
}

fn fill<T: Clone>(column: &mut Vec<T>, wanted: bool, rows: usize, absent: T) {
    if wanted && column.is_empty() {
        column.resize(rows, absent);
    }
}

fn column<S, T: Copy>(sources: &[&S], places: &[Place], of: impl Fn(&S) -> &Vec<T>, absent: T) -> Vec<T> {
    let columns: Vec<&[T]> = sources.iter().map(|s| of(s).as_slice()).collect();
    if columns.iter().all(|c| c.is_empty()) {
        return Vec::new();
    }
    places.iter().map(|p| columns[p.source as usize].get(p.row as usize).copied().unwrap_or(absent)).collect()
}

fn lists<T: Copy>(sources: &[&Batch], places: &[Place], of: impl Fn(&Batch) -> &Ragged<T>) -> Ragged<T> {
    let mut out = Ragged { offsets: Vec::new(), values: Vec::new() };
    let columns: Vec<&Ragged<T>> = sources.iter().map(|s| of(s)).collect();
    if columns.iter().all(|c| c.offsets.is_empty()) {
        return out;
    }
    for p in places {
        out.push(columns[p.source as usize].of(p.row as usize).iter().copied());
    }
    out
}
