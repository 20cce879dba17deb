//! Journeys, visit by visit, or member by member.

use std::ops::Range;

use outis_event::{Dimension, Term};
use outis_insight::behaviour::{Cell, Direction, Journeys, Stop};

use super::super::filter::{Facts, term};
use super::matcher::Matcher;
use super::table::Table;
use super::{Unit, matcher};
use crate::{Batch, Columns};

/// Pages up to this term are remembered with their stops.
const MOST_PAGES: usize = 1 << 20;

/// The filters of a question about journeys, and what is kept for its memory.
#[derive(Debug)]
pub(super) struct Ways {
    journeys: Journeys,
    from: Option<Matcher>,
    to: Option<Matcher>,
    stops: Vec<Stop>,
    /// By term what stop a view of the page is, as far as pages were seen.
    of_pages: Vec<Option<Stop>>,
}

impl Ways {
    pub(super) fn new(journeys: &Journeys, columns: &mut Columns) -> Ways {
        columns.add(Dimension::Page);
        let (from, to) = match &journeys.direction {
            Direction::Forward(from) => (from.as_ref(), None),
            Direction::Backward(to) => (None, Some(to)),
            Direction::Between(from, to) => (Some(from), Some(to)),
        };
        Ways {
            from: from.map(|filter| matcher(filter, columns)),
            to: to.map(|filter| matcher(filter, columns)),
            journeys: journeys.clone(),
            stops: Vec::new(),
            of_pages: Vec::new(),
        }
    }

    pub(super) fn begin(&mut self, batch: &Batch) {
        self.from.iter_mut().chain(&mut self.to).for_each(|matcher| matcher.begin(batch));
    }

    pub(super) fn unit(&mut self, unit: &Unit<'_>, table: &mut Table) {
        if unit.is_member() {
            self.member(unit, table);
            return;
        }
        for visit in unit.visits {
            let Some(rows) = self.rows(unit, visit) else { continue };
            if unit.is_visit_asked(visit) {
                self.way(unit, rows);
                self.count(table);
            }
        }
    }

    /// All visits of a member that are asked about are one.
    fn member(&mut self, unit: &Unit<'_>, table: &mut Table) {
        let asked = unit.visits.iter().filter(|visit| unit.is_visit_asked(visit));
        let line: Vec<(usize, &Facts)> =
            asked.flat_map(|visit| visit.rows.clone().map(move |row| (row, visit))).collect();
        let first = |matcher: &Matcher, from: usize| {
            (from..line.len()).find(|place| matcher.matches(unit.batch, line[*place].0, line[*place].1))
        };
        let start = match &self.from {
            Some(from) => first(from, 0),
            None => Some(0),
        };
        let Some(start) = start else { return };
        let end = match &self.to {
            Some(to) => first(to, start + usize::from(self.from.is_some())).map(|last| last + 1),
            None => Some(line.len()),
        };
        let Some(end) = end else { return };
        self.way(unit, line[start..end].iter().map(|(row, _)| *row));
        self.count(table);
    }

    /// The rows between where the way begins and where it ends.
    fn rows(&self, unit: &Unit<'_>, visit: &Facts) -> Option<Range<usize>> {
        let first = |matcher: &Matcher, from: usize| {
            (from..visit.rows.end).find(|row| matcher.matches(unit.batch, *row, visit))
        };
        let start = match &self.from {
            Some(from) => first(from, visit.rows.start)?,
            None => visit.rows.start,
        };
        let end = match &self.to {
            // Between two events the end comes behind the beginning.
            Some(to) => first(to, start + usize::from(self.from.is_some()))? + 1,
            None => visit.rows.end,
        };
        Some(start..end)
    }

    /// Gathers the stops of a way through these rows, one more than is looked at.
    fn way(&mut self, unit: &Unit<'_>, rows: impl DoubleEndedIterator<Item = usize>) {
        match self.journeys.direction {
            Direction::Backward(_) => self.stops(unit, rows.rev()),
            _ => self.stops(unit, rows),
        }
    }

    fn stops(&mut self, unit: &Unit<'_>, rows: impl Iterator<Item = usize>) {
        self.stops.clear();
        for row in rows {
            let (name, page) = (term(unit.batch, Dimension::Event, row), term(unit.batch, Dimension::Page, row));
            let Some(stop) = self.stop(name, page, unit) else { continue };
            if self.journeys.collapse_repeats && self.stops.last() == Some(&stop) {
                continue;
            }
            self.stops.push(stop);
            if self.stops.len() > self.journeys.depth {
                return;
            }
        }
    }

    fn stop(&mut self, name: Term, page: Term, unit: &Unit<'_>) -> Option<Stop> {
        let (pageview, engagement) = (unit.base.pageview, unit.base.engagement);
        let at = page.0 as usize;
        if name != pageview || !self.journeys.pages || at >= MOST_PAGES {
            return self.journeys.stop(name, page, pageview, engagement);
        }
        if self.of_pages.len() <= at {
            self.of_pages.resize(at + 1, None);
        }
        if self.of_pages[at].is_none() {
            self.of_pages[at] = self.journeys.stop(name, page, pageview, engagement);
        }
        self.of_pages[at]
    }

    fn count(&self, table: &mut Table) {
        let depth = self.journeys.depth;
        let looked_at = &self.stops[..self.stops.len().min(depth)];
        if looked_at.is_empty() {
            return;
        }
        table.add(Cell::All, 1);
        for (at, stop) in looked_at.iter().enumerate() {
            let column = at as u8;
            table.add(Cell::Stop { column, stop: *stop }, 1);
            if at + 1 < depth {
                table.add(Cell::Flow { column, from: *stop, to: self.stops.get(at + 1).copied() }, 1);
            }
        }
        table.add_way(looked_at);
    }
}
