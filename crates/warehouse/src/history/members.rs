//! Members of a day, week or period, as closes tell them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use object_store::ObjectStoreExt;
use outis_event::{Day, Dimension, Flags, Marks, SiteId, Span as Marked, Term};
use outis_insight::Parts;
use outis_insight::history::{
    Cell, Entry, Family, MEMBERS_BEFORE, MemberDay, Members, MembersTold, Seen, Span, ToldBefore, close_members_of_day,
    close_members_of_period, close_members_of_week, of_state,
};

use super::table::read_cells;
use crate::catalogue::CellFile;
use crate::files::ReadError;
use crate::warehouse::Inner;
use crate::{Batch, WarehouseError};

/// Counts the members in a batch of whole visitors.
pub(super) fn count(batch: &Batch, engagement: Term, into: &mut MemberDay) {
    let mut start = batch.visitor.partition_point(|visitor| *visitor == 0);
    while start < batch.rows {
        let visitor = batch.visitor[start];
        let length = batch.visitor[start..].iter().position(|v| *v != visitor);
        let end = length.map_or(batch.rows, |length| start + length);
        let marks = batch.marks[start..end].iter().fold(Marks::NONE, |all, marks| all.with(*marks));
        let mut acts = (start..end).filter(|row| batch.terms[Dimension::Event.index()][*row] != engagement).peekable();
        if marks.is_first(Marked::Day) {
            *into.customers.entry(batch.terms[Dimension::Customer.index()][start]).or_default() += 1;
        } else if acts.peek().is_some() {
            into.others.add(acts.any(|row| batch.flags[row].has(Flags::COUNTS_FOR_FLOOR)));
        }
        mark(marks, into);
        start = end;
    }
}

fn mark(marks: Marks, into: &mut MemberDay) {
    let cohort = Term(marks.cohort().unwrap_or(0));
    let state = |span| of_state(marks.state(span));
    if marks.is_first(Marked::Day) {
        *into.cohorts.entry(cohort).or_default() += 1;
    }
    if marks.is_first(Marked::Week) {
        *into.week.entry([state(Marked::Week), cohort]).or_default() += 1;
    }
    if marks.is_first(Marked::Period) {
        *into.period.entry(state(Marked::Period)).or_default() += 1;
    }
}

/// What is told of a day (nothing if it is not known what was told before), and what its week and period add up later.
pub(super) fn release(
    day: Day,
    of: &MemberDay,
    told_customers: Option<&BTreeSet<Term>>,
    before: Option<&ToldBefore>,
    floor: u32,
) -> (Vec<Cell>, Vec<(Family, Entry)>) {
    let none = BTreeSet::new();
    let told = match before {
        Some(before) => close_members_of_day(day, of, told_customers.unwrap_or(&none), before, floor),
        None => MembersTold::nothing(Members::Day),
    };
    let entry = |of, keys, count: u64| {
        let persons = u32::try_from(count).unwrap_or(u32::MAX);
        let parts = Parts { visitors: count, ..Parts::default() };
        (Family::members(of), Entry { keys, day, parts, persons, own: persons, seen: Seen::default() })
    };
    let of_week = of.week.iter().map(|(keys, count)| entry(Members::Week, *keys, *count));
    let of_period = of.period.iter().map(|(state, count)| entry(Members::Period, [*state, Term::NONE], *count));
    (told.cells(Span::Day, day), of_week.chain(of_period).collect())
}

/// What is told of a week or period: its cells, or `None` if these members are told at the end of another span.
pub(super) fn release_span(
    of: Members,
    span: Span,
    first: Day,
    entries: &[Entry],
    before: Option<&ToldBefore>,
    floor: u32,
) -> Option<Vec<Cell>> {
    let mut counts: BTreeMap<[Term; 2], u64> = BTreeMap::new();
    for entry in entries {
        *counts.entry(entry.keys).or_default() += entry.parts.visitors;
    }
    let told = match (of, span, before) {
        (Members::Week, Span::Week, Some(before)) => close_members_of_week(first, &counts, before, floor),
        (Members::Period, Span::Period, Some(before)) => {
            let states = counts.into_iter().map(|(keys, count)| (keys[0], count)).collect();
            close_members_of_period(first, &states, before, floor)
        }
        (Members::Week, Span::Week, None) | (Members::Period, Span::Period, None) => MembersTold::nothing(of),
        _ => return None,
    };
    Some(told.cells(span, first))
}

impl Inner {
    /// What was told of members before, and may hold what is told of a span, or lie in it. `None` if a week before it is
    /// not closed, but something behind that week may be: what is told later could not be compared with it.
    pub(super) async fn members_before(
        &self,
        site: SiteId,
        span: Span,
        first: Day,
    ) -> Result<Option<ToldBefore>, WarehouseError> {
        if !self.is_in_order(site, first) {
            return Ok(None);
        }
        let last = span.last(first);
        let matters = |f: &&Arc<CellFile>| {
            let is_of_site = f.site == site && !f.waiting && f.first <= last;
            is_of_site && f.first >= if f.span == Span::Day { first } else { first.plus(-MEMBERS_BEFORE) }
        };
        let files: Vec<Arc<CellFile>> = self.state.lock().cells.iter().filter(matters).cloned().collect();
        let families = Members::ALL.map(Family::members);
        let mut before = ToldBefore::default();
        for file in files {
            let bytes = self.store.get(&file.path).await?.bytes().await?;
            let cells = read_cells(bytes, file.span, file.first, &families).map_err(ReadError::from)?;
            cells.iter().for_each(|cell| before.take(cell));
        }
        Ok(Some(before))
    }

    /// True if all weeks before that of a day are closed which have closed days.
    fn is_in_order(&self, site: SiteId, day: Day) -> bool {
        let state = self.state.lock();
        let week = Span::Week.first(day);
        let mut weeks = state.closed_days(site).map(|day| Span::Week.first(day)).filter(|first| *first < week);
        weeks.all(|first| state.closed.contains(&(site, Span::Week, first)))
    }
}
