//! Answers a question in one pass over batches in visitor order.
//!
//! Since a visitor's rows are contiguous, distinct visitors and visits are counts of run starts: a group remembers
//! the last visitor and visit it has seen, and nothing is hashed per visitor. Groups are array slots found by term.

pub(crate) mod behaviour;
mod filter;
mod groups;
mod persons;
mod rows;
mod state;
#[cfg(test)]
pub(crate) mod tests;

use outis_event::{Dimension, Timestamp};
use outis_insight::{
    EventFilter, Filter, Group, Interval, MAX_GROUPS, Metric, Parts, Query, RawAnswer, RawRow, VisitField,
};

use crate::counts::Days;
use crate::evaluate::Pass;
use crate::{Batch, Columns};
pub use behaviour::Tracing;
pub(crate) use behaviour::{Sets, SetsOfDay};
use filter::Conditions;
use groups::Groups;
pub(crate) use persons::Persons;
use rows::Needs;
use state::{Extra, Run, State, Tally, add_extra};

/// The running answer to one question.
///
/// Batches may come in any order, except that those of one day follow each other; a day goes to one evaluation only,
/// and evaluations of disjoint sets of days are [merged](Evaluation::merge). Where that is not kept, all values stay
/// right and `persons` may be too low, never too high.
#[derive(Debug)]
pub struct Evaluation {
    query: Query,
    columns: Columns,
    conditions: Conditions,
    groups: Groups,
    needs: Needs,
    /// Of each slot of the groups; `rests` is empty unless some metric needs it.
    states: Vec<State>,
    rests: Vec<Parts>,
    total: State,
    total_rest: Parts,
    /// The visit in hand, to tell one visitor and visit from the next.
    run: Run,
    /// Scroll positions of the present visit: slot (0: total), page, position. Kept for its memory.
    scrolled: Vec<(u32, u32, u8)>,
    slots: Vec<u32>,
    /// Rows of the batch that fulfil the conditions on rows; empty if that is found out row by row.
    mask: Vec<bool>,
}

impl Evaluation {
    /// Nothing seen yet. Only the first [`MAX_GROUPS`] groups of the query are told apart.
    pub fn new(query: &Query) -> Evaluation {
        let mut query = query.clone();
        query.groups.truncate(MAX_GROUPS);
        Evaluation {
            columns: columns(&query),
            conditions: Conditions::new(&query.filter),
            groups: Groups::new(&query),
            needs: Needs::new(&query),
            states: Vec::new(),
            rests: Vec::new(),
            total: State::default(),
            total_rest: Parts::default(),
            run: Run::default(),
            scrolled: Vec::new(),
            slots: Vec::new(),
            mask: Vec::new(),
            query,
        }
    }

    /// What batches must hold.
    pub fn columns(&self) -> Columns {
        self.columns
    }

    /// True if the day is asked about: other days may be left out.
    pub fn wants(&self, day: outis_event::Day) -> bool {
        self.query.range.from <= day && day <= self.query.range.to
    }

    /// Takes the rows of a batch into the answer. A batch of a day that is not asked about changes nothing.
    pub fn batch(&mut self, batch: &Batch) {
        if !self.wants(batch.day) {
            return;
        }
        self.groups.begin(batch.day);
        self.run.day = batch.day.0;
        self.conditions.mask(batch, &mut self.mask);
        let mut at = 0;
        let mut visitor = 0;
        while at < batch.rows {
            if batch.visitor[at] == 0 {
                self.nobody(batch, at);
                at += 1;
                continue;
            }
            if batch.visitor[at] != visitor {
                visitor = batch.visitor[at];
                self.run.visitor_began = self.run.visit + 1;
            }
            self.run.visit += 1;
            let end = end_of_visit(batch, at);
            self.visit(batch, at..end);
            at = end;
        }
    }

    /// Takes in days that were counted, in the place of their rows: the question must be one that counts answer. They
    /// come behind all batches.
    pub(crate) fn counted(&mut self, days: &Days) {
        let site = days.site.rows().next();
        if let Some(site) = site {
            self.total.add(&site.parts, site.persons);
            self.total_rest.add(&self.needs.of(&site.parts));
        }
        if self.groups.is_empty() {
            return;
        }
        self.groups.begin(days.day);
        for row in days.values.rows() {
            let slot = self.groups.counted(row.key);
            self.state(slot).add(&row.parts, row.persons);
            if self.needs.any() {
                let rest = self.needs.of(&row.parts);
                self.rest(slot).add(&rest);
            }
        }
    }

    /// Takes in what another evaluation of the same question has seen of other days.
    #[must_use]
    pub fn merge(mut self, other: Evaluation) -> Evaluation {
        self.total.merge(&other.total);
        self.total_rest.add(&other.total_rest);
        for (slot, state) in other.states.iter().enumerate() {
            let codes = other.groups.codes(slot);
            let own = self.groups.slot(codes);
            self.state(own).merge(state);
            if let Some(rest) = other.rests.get(slot) {
                self.rest(own).add(rest);
            }
        }
        self
    }

    /// The answer to everything seen.
    pub fn finish(self, fresh_as_of: Timestamp) -> RawAnswer {
        let metrics = &self.query.metrics;
        let all_visitors = self.total.visitors();
        let row = |keys, state: &State, rest: Option<&Parts>| {
            let parts = state.parts(rest);
            RawRow { keys, values: parts.values(metrics, all_visitors), persons: state.persons().into(), parts }
        };
        let total = row(Vec::new(), &self.total, Some(&self.total_rest));
        let mut rows = Vec::new();
        if self.query.groups.is_empty() && self.total.has_events() {
            rows.push(total.clone());
        }
        for (slot, state) in self.states.iter().enumerate() {
            if state.has_events() {
                rows.push(row(self.groups.keys(slot), state, self.rests.get(slot)));
            }
        }
        RawAnswer { rows, total, fresh_as_of }
    }

    /// The persons of the largest day seen so far.
    pub(crate) fn persons(&self) -> u64 {
        self.total.persons().into()
    }

    /// What was seen of each slot of the groups, also of those in which nothing but engagement happened.
    pub(crate) fn counts(&self) -> impl Iterator<Item = RawRow> {
        let row = |(slot, state): (usize, &State)| RawRow {
            keys: self.groups.keys(slot),
            values: Vec::new(),
            persons: state.persons().into(),
            parts: state.parts(self.rests.get(slot)),
        };
        self.states.iter().enumerate().map(row)
    }

    fn state(&mut self, slot: u32) -> &mut State {
        at(&mut self.states, slot)
    }

    fn rest(&mut self, slot: u32) -> &mut Parts {
        at(&mut self.rests, slot)
    }

    /// Gives rows of the visit in hand to a group.
    fn apply(&mut self, slot: u32, tally: &Tally, extra: Option<&Extra>) {
        let run = self.run;
        let first = self.state(slot).apply(tally, run);
        if let Some(extra) = extra {
            add_extra(self.rest(slot), extra, first);
        }
    }

    /// Gives rows of the visit in hand to the total.
    fn apply_to_total(&mut self, tally: &Tally, extra: Option<&Extra>) {
        let first = self.total.apply(tally, self.run);
        if let Some(extra) = extra {
            add_extra(&mut self.total_rest, extra, first);
        }
    }
}

impl Pass for Evaluation {
    fn columns(&self) -> Columns {
        self.columns
    }

    fn batch(&mut self, batch: &Batch) {
        Evaluation::batch(self, batch);
    }

    fn merge(self, other: Evaluation) -> Evaluation {
        Evaluation::merge(self, other)
    }
}

/// The state of a slot, made if it is new.
fn at<T: Default>(states: &mut Vec<T>, slot: u32) -> &mut T {
    let at = slot as usize;
    if states.len() <= at {
        states.resize_with(at + 1, T::default);
    }
    &mut states[at]
}

/// Where the visit that begins at `start` ends.
fn end_of_visit(batch: &Batch, start: usize) -> usize {
    let (visitor, visit) = (batch.visitor[start], batch.visit[start]);
    let mut end = start + 1;
    while end < batch.rows && batch.visitor[end] == visitor && batch.visit[end] == visit {
        end += 1;
    }
    end
}

/// The columns that the query's metrics, groups and filter look at.
fn columns(query: &Query) -> Columns {
    let mut columns = Columns { slot: query.range.slots.is_some(), ..Columns::default() };
    columns.add(Dimension::Event);
    for metric in &query.metrics {
        match metric {
            Metric::ScrollDepth => {
                columns.scroll = true;
                columns.add(Dimension::Page);
            }
            Metric::VisitDuration => columns.since = true,
            Metric::TimeOnPage => columns.engaged = true,
            Metric::TotalRevenue | Metric::AverageRevenue => columns.revenue = true,
            _ => {}
        }
    }
    query.groups.iter().for_each(|group| columns_of_group(*group, &mut columns));
    columns_of_filter(&query.filter, &mut columns);
    columns
}

fn columns_of_group(group: Group, columns: &mut Columns) {
    match group {
        Group::Dimension(dimension) => columns.add(dimension),
        Group::Visit(field) => columns.add(dimension_of(field)),
        Group::Property(_) => columns.properties = true,
        Group::Language => columns.languages = true,
        Group::Tag => columns.tags = true,
        Group::Time(Interval::Hour) => columns.slot = true,
        Group::Time(_) => {}
    }
}

fn columns_of_filter(filter: &Filter, columns: &mut Columns) {
    match filter {
        Filter::Event(EventFilter::Dimension(dimension, _)) => columns.add(*dimension),
        Filter::Event(EventFilter::Visit(field, _)) => columns.add(dimension_of(*field)),
        Filter::Event(EventFilter::Property(..)) => columns.properties = true,
        Filter::Event(EventFilter::Language(_)) => columns.languages = true,
        Filter::Event(EventFilter::Tag(_)) => columns.tags = true,
        Filter::Event(EventFilter::Scrolled(_)) => columns.scroll = true,
        Filter::Event(EventFilter::Paid(_)) => columns.revenue = true,
        Filter::And(list) | Filter::Or(list) => list.iter().for_each(|f| columns_of_filter(f, columns)),
        Filter::Not(inner) | Filter::VisitHas(inner) | Filter::Selected(inner) => columns_of_filter(inner, columns),
    }
}

/// The attribute of a page view that an entry or exit is told by.
fn dimension_of(field: VisitField) -> Dimension {
    match field {
        VisitField::EntryPage | VisitField::ExitPage => Dimension::Page,
        VisitField::EntryHostname | VisitField::ExitHostname => Dimension::Hostname,
    }
}
