//! Answers a question in one pass over batches in visitor order.
//!
//! Since a visitor's rows are contiguous, distinct visitors and visits are counts of run starts: a group remembers
//! the last visitor and visit it has seen, and nothing is hashed per visitor. Groups are array slots found by term.

pub(crate) mod behaviour;
mod filter;
mod groups;
mod hash;
mod most;
mod persons;
mod rows;
mod spill;
mod state;
#[cfg(test)]
pub(crate) mod tests;

use outis_event::{Dimension, Timestamp};
use outis_insight::{
    EvaluateError, EventFilter, Filter, Group, Interval, MAX_GROUPS, Metric, Parts, Query, RawAnswer, RawRow,
    VisitField,
};

use crate::counts::Days;
use crate::evaluate::Pass;
use crate::{Batch, Columns};
pub use behaviour::Tracing;
pub(crate) use behaviour::{Sets, SetsOfDay};
use filter::Conditions;
use groups::Groups;
pub(crate) use hash::Fast;
use most::Most;
pub(crate) use persons::Persons;
use rows::Needs;
pub(crate) use spill::SpillTo;
use spill::{Entry, Spill};
use state::{Extra, Run, State, Sums, Tally, add_extra};

/// So many rows are counted in 32 bits before sums are drawn.
const MOST_ROWS: u32 = 1 << 31;

/// How the rows of visits are looked at: the more is the same for all of them, the faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Every row matches and all rows of the batch are in one group: the slot, if there are groups.
    Whole(Option<u32>),
    /// The rows that match and their slots were found.
    Placed,
    /// Every row matches, and the slots of all visits were found.
    Grouped,
    /// Visit by visit.
    OfVisits,
}

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
    /// Of each slot of the groups what was seen since sums were drawn, and the sums, which may end early. `rests` is
    /// empty unless some metric needs it.
    states: Vec<State>,
    sums: Vec<Sums>,
    rests: Vec<Parts>,
    /// Groups that did not fit memory, if they may be put aside.
    spill: Option<Spill>,
    total: State,
    total_sums: Sums,
    total_rest: Parts,
    /// Rows seen since sums were drawn.
    rows: u32,
    /// How the rows of the batch in hand are looked at.
    way: Way,
    /// The rows of the batch that match and their slots, where they are found batch by batch, and how many of them were
    /// looked at.
    matching: Vec<u32>,
    row_slots: Vec<u32>,
    placed: usize,
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
            sums: Vec::new(),
            rests: Vec::new(),
            spill: None,
            total: State::default(),
            total_sums: Sums::default(),
            rows: 0,
            way: Way::OfVisits,
            matching: Vec::new(),
            row_slots: Vec::new(),
            placed: 0,
            total_rest: Parts::default(),
            run: Run::default(),
            scrolled: Vec::new(),
            slots: Vec::new(),
            mask: Vec::new(),
            query,
        }
    }

    /// Groups that do not fit memory are put aside there.
    #[must_use]
    pub(crate) fn with_spill(self, to: Option<SpillTo>) -> Evaluation {
        Evaluation { spill: to.map(Spill::new), ..self }
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
        self.make_room(batch.day.0, batch.rows);
        self.groups.begin(batch.day);
        self.run.day = batch.day.0;
        let rows = u32::try_from(batch.rows).unwrap_or(u32::MAX);
        if self.rows.saturating_add(rows) > MOST_ROWS {
            self.draw();
        }
        self.rows = self.rows.saturating_add(rows);
        self.conditions.mask(batch, &mut self.mask);
        self.way = self.way(batch);
        match self.way {
            Way::Whole(slot) => return self.wholes(batch, |_| slot),
            Way::Grouped => {
                let slots = std::mem::take(&mut self.row_slots);
                self.wholes(batch, |visit| slots.get(visit).copied());
                self.row_slots = slots;
                return;
            }
            Way::Placed | Way::OfVisits => {}
        }
        let mut start = 0;
        let mut visitor = 0;
        for visit in &batch.visits {
            let rows = start..visit.end as usize;
            start = rows.end;
            if visit.visitor == 0 {
                self.nobody(batch, rows.start);
                self.pass_over(rows.end);
                continue;
            }
            self.run.visit += 1;
            self.run.visitor_began = if visit.visitor == visitor { self.run.visitor_began } else { self.run.visit };
            visitor = visit.visitor;
            match self.way {
                Way::Placed => self.placed(batch, rows.end),
                Way::Whole(_) | Way::Grouped | Way::OfVisits => self.visit(batch, rows),
            }
        }
    }

    /// Takes in days that were counted, in the place of their rows: the question must be one that counts answer. They
    /// come behind all batches.
    pub(crate) fn counted(&mut self, days: &Days) {
        let site = days.site.rows().next();
        if let Some(site) = site {
            self.total_sums.add(&site.parts, site.persons);
            self.total_rest.add(&self.needs.of(&site.parts));
        }
        if self.groups.is_empty() {
            return;
        }
        self.make_room(days.day.0, days.values.len());
        self.groups.begin(days.day);
        for row in days.values.rows() {
            let slot = self.groups.counted(row.key);
            self.sum(slot).add(&row.parts, row.persons);
            if self.needs.any() {
                let rest = self.needs.of(&row.parts);
                self.rest(slot).add(&rest);
            }
        }
    }

    /// Takes in what another evaluation of the same question has seen of other days.
    #[must_use]
    pub fn merge(mut self, mut other: Evaluation) -> Evaluation {
        self.total_sums.merge(&other.total_sums.and(&other.total));
        self.total_rest.add(&other.total_rest);
        if self.puts_aside(&other) {
            self.put_aside(false);
            other.put_aside(false);
            self.spill = self.spill.zip(other.spill).map(|(mut spill, other)| {
                spill.merge(other);
                spill
            });
            return self;
        }
        self.draw();
        for slot in 0..other.groups.len() {
            let own = self.groups.slot(other.groups.codes(slot));
            self.sum(own).merge(&other.sums_of(slot));
            if let Some(rest) = other.rests.get(slot) {
                self.rest(own).add(rest);
            }
        }
        self
    }

    /// The row of everything seen, in whichever group.
    pub(crate) fn all(&self) -> RawRow {
        let all = self.total_sums.and(&self.total);
        let parts = self.needs.told(all.parts(Some(&self.total_rest)));
        let values = parts.values(&self.query.metrics, all.visitors());
        RawRow { keys: Vec::new(), values, persons: all.persons().into(), parts }
    }

    /// The answer to everything seen. Of very many groups those with most visitors are told apart, and all others are
    /// `(rare)`.
    ///
    /// # Errors
    /// When groups could not be put aside or cannot be read again.
    pub fn finish(mut self, fresh_as_of: Timestamp) -> Result<RawAnswer, EvaluateError> {
        if self.spill.as_ref().is_some_and(|spill| !spill.is_empty()) {
            self.put_aside(false);
        }
        let spill = self.spill.take().filter(|spill| !spill.is_empty());
        let mut answer = self.in_memory(fresh_as_of);
        if let Some(spill) = spill {
            let mut most = Most::new(&self.groups, &self.query, self.total_sums.and(&self.total).visitors());
            spill.each(|codes, sums, rest| most.take(codes, sums, rest))?;
            answer.rows = most.finish();
        }
        Ok(answer)
    }

    fn in_memory(&self, fresh_as_of: Timestamp) -> RawAnswer {
        let metrics = &self.query.metrics;
        let all = self.total_sums.and(&self.total);
        let row = |keys, sums: &Sums, rest: Option<&Parts>| {
            let parts = self.needs.told(sums.parts(rest));
            RawRow { keys, values: parts.values(metrics, all.visitors()), persons: sums.persons().into(), parts }
        };
        let total = self.all();
        let mut rows = Vec::new();
        if self.query.groups.is_empty() && all.has_events() {
            rows.push(total.clone());
        }
        for slot in 0..self.groups.len() {
            let sums = self.sums_of(slot);
            if sums.has_events() {
                rows.push(row(self.groups.keys(slot), &sums, self.rests.get(slot)));
            }
        }
        RawAnswer { rows, total, fresh_as_of }
    }

    /// The persons of the largest day seen so far.
    pub(crate) fn persons(&self) -> u64 {
        self.total_sums.and(&self.total).persons().into()
    }

    /// Forgets what was seen, and keeps the groups that there are.
    pub(crate) fn forget_counts(&mut self) {
        self.states = Vec::new();
        self.sums = Vec::new();
        self.rests = Vec::new();
    }

    /// What was seen of each slot of the groups, also of those in which nothing but engagement happened.
    pub(crate) fn counts(&self) -> impl Iterator<Item = RawRow> {
        (0..self.groups.len()).map(|slot| {
            let sums = self.sums_of(slot);
            RawRow {
                keys: self.groups.keys(slot),
                values: Vec::new(),
                persons: sums.persons().into(),
                parts: sums.parts(self.rests.get(slot)),
            }
        })
    }

    /// Puts the groups in memory aside if so many more would not fit.
    fn make_room(&mut self, day: i32, more: usize) {
        if self.spill.as_ref().is_some_and(|spill| spill.is_due(self.groups.len(), more, day)) {
            self.put_aside(self.run.day == day);
        }
    }

    /// True if the groups of both do not fit memory.
    fn puts_aside(&self, other: &Evaluation) -> bool {
        let (Some(mine), Some(theirs)) = (&self.spill, &other.spill) else { return false };
        !mine.is_empty() || !theirs.is_empty() || !mine.fits(self.groups.len() + other.groups.len())
    }

    /// Puts the groups in memory aside; `goes_on` if further rows of the day in hand may come.
    fn put_aside(&mut self, goes_on: bool) {
        let Some(spill) = &mut self.spill else { return };
        let entry = |slot: usize| {
            let sums = self.sums.get(slot).copied().unwrap_or_default();
            let (sums, last_persons) = match self.states.get(slot) {
                Some(state) => sums.before(state, self.run.day),
                None => (sums, 0),
            };
            Entry { codes: self.groups.codes(slot), sums, last_persons, rest: self.rests.get(slot).copied() }
        };
        spill.put((0..self.groups.len()).map(entry).collect(), self.run.day, goes_on);
        self.groups.clear();
        self.states.clear();
        self.sums.clear();
        self.rests.clear();
    }

    /// Draws the sums of what was seen.
    fn draw(&mut self) {
        self.sums = (0..self.groups.len()).map(|slot| self.sums_of(slot)).collect();
        self.total_sums = self.total_sums.and(&self.total);
        self.states.clear();
        self.total = State::default();
        self.run = Run { day: self.run.day, ..Run::default() };
        self.rows = 0;
    }

    /// Everything that was seen of a slot.
    fn sums_of(&self, slot: usize) -> Sums {
        let sums = self.sums.get(slot).copied().unwrap_or_default();
        self.states.get(slot).map_or(sums, |state| sums.and(state))
    }

    fn state(&mut self, slot: u32) -> &mut State {
        at(&mut self.states, slot)
    }

    fn sum(&mut self, slot: u32) -> &mut Sums {
        at(&mut self.sums, slot)
    }

    fn rest(&mut self, slot: u32) -> &mut Parts {
        at(&mut self.rests, slot)
    }

    /// The parts of a slot, which is as if nothing had been seen of it from now on.
    fn take_out(&mut self, slot: u32) -> Parts {
        let state = std::mem::take(self.state(slot));
        let sums = std::mem::take(self.sum(slot));
        let rest = self.rests.get_mut(slot as usize).map(std::mem::take);
        sums.and(&state).parts(rest.as_ref())
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
        Group::Visit(field) => {
            columns.add(dimension_of(field));
            columns.ends = true;
        }
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
        Filter::Event(EventFilter::Visit(field, _)) => {
            columns.add(dimension_of(*field));
            columns.ends = true;
        }
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
