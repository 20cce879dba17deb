//! The page after or before a page, answered from cells.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Dimension, Term};

use crate::behaviour::{Cell as Count, Direction, Journeys, Stop};
use crate::{EventFilter, Filter, Group};

use super::cell::{Cell, Place, Span};
use super::family::Family;
use super::order::PastTable;
use super::ways::{NO_PAGE, NOT_VIEWED, Ways};

/// The pages after or before a page, being gathered.
#[derive(Debug)]
pub(super) struct PastStep {
    of: Ways,
    page: Term,
    /// By day, the page's visits, where they are told.
    visits: BTreeMap<Day, u64>,
    /// By day and stop, those of which it is told.
    told: BTreeMap<Day, BTreeMap<Term, u64>>,
    /// Days on which some page is not told.
    hidden: BTreeSet<Day>,
}

impl PastStep {
    /// Prepares the answer; `None` if the question is about more than one stop after or before a page.
    pub(super) fn new(journeys: &Journeys, pageview: Term) -> Option<PastStep> {
        let (page, of) = one_step(journeys, pageview)?;
        Some(PastStep { of, page, visits: BTreeMap::new(), told: BTreeMap::new(), hidden: BTreeSet::new() })
    }

    /// The families whose cells it needs; the first one has a cell on each day on which it was kept.
    pub(super) fn families(&self) -> [Family; 2] {
        [Family::ways(self.of), Family::single(Group::Dimension(Dimension::Page))]
    }

    /// Takes in a cell; what is not asked about changes nothing.
    pub(super) fn take(&mut self, cell: &Cell) {
        let [ways, pages] = self.families();
        // Weeks and periods tell of a page, but not of the stops of these visits.
        if cell.span != Span::Day || cell.family != ways && cell.family != pages {
            return;
        }
        match cell.place {
            Place::Values([page, stop]) if cell.family == ways && page == self.page => {
                self.told.entry(cell.first).or_default().insert(stop, cell.parts.visits);
            }
            Place::Values([page, _]) if cell.family == pages && page == self.page => {
                self.visits.insert(cell.first, cell.parts.visits);
            }
            Place::Other(1..) if cell.family == pages => _ = self.hidden.insert(cell.first),
            _ => {}
        }
    }

    /// What is told.
    pub(super) fn finish(self) -> PastTable {
        let mut table = PastTable::default();
        let here = Stop::Page(self.page);
        let first = |stops: &[Stop], whole| Count::Way { stops: stops.into(), whole };
        for (day, visits) in &self.visits {
            let empty = BTreeMap::new();
            let stops = self.told.get(day).unwrap_or(&empty);
            let viewed = visits.saturating_sub(stops.get(&NOT_VIEWED).copied().unwrap_or(0));
            let mut add = |count, visits: u64| *table.counts.entry(count).or_default() += visits;
            let mut rest = viewed;
            for (stop, visits) in stops.iter().filter(|(stop, _)| **stop != NOT_VIEWED) {
                rest = rest.saturating_sub(*visits);
                let to = (*stop != NO_PAGE).then_some(Stop::Page(*stop));
                add(Count::Flow { column: 0, from: here, to }, *visits);
                match to {
                    Some(next) => {
                        add(Count::Stop { column: 1, stop: next }, *visits);
                        add(first(&[here, next], false), *visits);
                        add(first(&[here, next], true), *visits);
                    }
                    None => add(first(&[here], true), *visits),
                }
            }
            if viewed > 0 {
                add(Count::All, viewed);
                add(Count::Stop { column: 0, stop: here }, viewed);
                add(first(&[here], false), viewed);
            }
            if rest > 0 {
                add(Count::Stop { column: 1, stop: Stop::Other }, rest);
                table.hidden += 1;
            }
        }
        let untold = self.hidden.iter().filter(|day| !self.visits.contains_key(day)).count();
        table.hidden += u64::try_from(untold).unwrap_or(u64::MAX);
        table
    }
}

/// The page of a question about the page after it or before it, and which; `None` of other journeys.
fn one_step(journeys: &Journeys, pageview: Term) -> Option<(Term, Ways)> {
    let is_plain = journeys.pages && !journeys.events && journeys.collapse_repeats && journeys.page_groups.is_empty();
    let (filter, of) = match &journeys.direction {
        Direction::Forward(Some(from)) => (from, Ways::Next),
        Direction::Backward(to) => (to, Ways::Previous),
        Direction::Forward(None) | Direction::Between(..) => return None,
    };
    Some((viewed(filter, pageview)?, of)).filter(|_| is_plain && journeys.depth == 2)
}

/// The page whose views fulfil the filter, if nothing else does.
fn viewed(filter: &Filter, pageview: Term) -> Option<Term> {
    let of = |filter: &Filter, of: Dimension| match filter {
        Filter::Event(EventFilter::Dimension(dimension, set)) if *dimension == of => set.only(),
        _ => None,
    };
    match filter {
        Filter::Selected(inner) => viewed(inner, pageview),
        Filter::And(list) => match &list[..] {
            [name, page] if of(name, Dimension::Event) == Some(pageview) => of(page, Dimension::Page),
            _ => None,
        },
        _ => None,
    }
}
