//! The definition of every question about order, as the simplest program that answers it.
//!
//! Nothing here is fast; chains are found by trying all of them. The warehouse's operators must give the same tables.

mod attribution;
mod funnel;
mod journeys;
mod members;
#[cfg(test)]
mod tests;
mod visits;

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{AnonymousEvent, Day, Dimension, Flags, Term, Timestamp, Visitor};

use super::{About, Among, Behaviour, Cell, Linked, Links, RawTable, Tally, visit_start_s};
use crate::naive::{Visit, fulfils, in_slots, property, visits};
use crate::{Filter, Group, Query};

/// Answers the question from plain events in any order, where nobody is linked; events of one visitor with equal clocks
/// stay in the order given. `fresh_as_of` is the epoch: plain events know no clock.
pub fn evaluate(question: &Behaviour, events: &[AnonymousEvent]) -> RawTable {
    evaluate_linked(question, events, &Links::none())
}

/// Answers the question where visitors may be linked.
pub fn evaluate_linked(question: &Behaviour, events: &[AnonymousEvent], links: &Links) -> RawTable {
    let (_, visits) = visits(&question.base, events);
    let mut units: BTreeMap<Who, Vec<&Visit>> = BTreeMap::new();
    for visit in &visits {
        units.entry(who(question, visit, links)).or_default().push(visit);
    }
    let mut table = Table::default();
    for (who, mut visits) in units {
        // A member has one visitor a day, whose visits are in order already.
        visits.sort_by_key(|visit| visit.events[0].day);
        let unit = Unit { question, base: &question.base, who, visits };
        let cells = match &question.about {
            About::Funnel(funnel) => funnel::cells(funnel, &unit),
            About::Journeys(journeys) => journeys::cells(journeys, &unit),
            About::Visits => visits::cells(&unit),
            About::Attribution(attribution) => attribution::cells(attribution, &unit),
            About::Frequency(filter) => visits::frequency(filter, &unit),
            About::Present(filter) => visits::present(filter, &unit),
            About::Retention(retention) => members::retention(*retention, &unit),
            About::Followed(followed) => members::followed(followed, &unit),
            About::Lifecycle(activity) => members::lifecycle(*activity, &unit),
        };
        table.add(&unit, cells);
    }
    table.finish()
}

/// Whose a visit is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Visitor(Day, Visitor),
    Member(Linked),
}

fn who(question: &Behaviour, visit: &Visit, links: &Links) -> Who {
    let (day, visitor) = (visit.events[0].day, visit.events[0].visitor);
    let is_followed = question.following.is_some_and(|following| following.from <= day);
    let member = links.member(day, visitor).filter(|_| is_followed);
    member.map_or(Who::Visitor(day, visitor), Who::Member)
}

impl Who {
    fn among(self) -> Among {
        match self {
            Who::Visitor(day, _) => Among::Day(day),
            Who::Member(member) => Among::Period(member.period),
        }
    }
}

/// What one visitor did on one day, or one followed member on several.
struct Unit<'a> {
    question: &'a Behaviour,
    base: &'a Query,
    who: Who,
    visits: Vec<&'a Visit>,
}

/// An event of a unit.
#[derive(Clone, Copy)]
struct Moment<'a> {
    event: &'a AnonymousEvent,
    visit: &'a Visit,
    /// When it happened, in seconds, as told by [`visit_start_s`].
    at_s: u64,
}

impl<'a> Unit<'a> {
    /// All events in order.
    fn moments(&self) -> Vec<Moment<'a>> {
        let mut moments: Vec<Moment<'a>> = Vec::new();
        for visit in self.visits.iter().copied() {
            let first = &visit.events[0];
            let start_s = visit_start_s(first.slot, moments.last().map_or(0, |moment| moment.at_s));
            for event in &visit.events {
                let at_s = start_s + u64::from(event.clock.seconds - first.clock.seconds);
                moments.push(Moment { event, visit, at_s });
            }
        }
        moments
    }

    /// True if the event lies in the time asked about and fulfils the question's filter.
    fn is_asked(&self, event: &AnonymousEvent, visit: &Visit) -> bool {
        in_slots(self.base, event) && fulfils(&self.base.filter, event, Some(visit))
    }

    /// True if the event tells how far and how long, not that somebody did something.
    fn is_engagement(&self, event: &AnonymousEvent) -> bool {
        event.term(Dimension::Event) == self.base.engagement
    }

    /// True if some event of the visit besides engagements is asked about.
    fn is_visit_asked(&self, visit: &Visit) -> bool {
        visit.events.iter().any(|e| !self.is_engagement(e) && self.is_asked(e, visit))
    }

    /// True if the person counts for floors: some event besides engagements says so.
    fn counts_for_floor(&self) -> bool {
        let events = self.visits.iter().flat_map(|visit| &visit.events);
        events.filter(|e| !self.is_engagement(e)).any(|e| e.flags.has(Flags::COUNTS_FOR_FLOOR))
    }
}

impl Moment<'_> {
    fn fulfils(&self, filter: &Filter) -> bool {
        fulfils(filter, self.event, Some(self.visit))
    }

    /// The value of a group that has one value for each event; NONE for lists and times.
    fn value(&self, group: Group) -> Term {
        match group {
            Group::Dimension(dimension) => self.event.term(dimension),
            Group::Visit(field) => self.visit.field(field),
            Group::Property(key) => property(self.event, key),
            Group::Language | Group::Tag | Group::Time(_) => Term::NONE,
        }
    }
}

/// Counts with everybody who is behind them.
#[derive(Default)]
struct Table {
    cells: BTreeMap<Cell, (u64, BTreeMap<Among, BTreeSet<Who>>)>,
}

impl Table {
    fn add(&mut self, of: &Unit<'_>, cells: Vec<(Cell, u64)>) {
        for (cell, count) in cells {
            let (total, persons) = self.cells.entry(cell).or_default();
            *total += count;
            if of.counts_for_floor() {
                persons.entry(of.who.among()).or_default().insert(of.who);
            }
        }
    }

    fn finish(self) -> RawTable {
        let tally = |(count, among): (u64, BTreeMap<Among, BTreeSet<Who>>)| Tally {
            count,
            persons: among.values().map(BTreeSet::len).max().unwrap_or(0) as u64,
        };
        let cells = self.cells.into_iter().map(|(cell, behind)| (cell, tally(behind)));
        RawTable::new(cells.collect(), Timestamp(0))
    }
}
