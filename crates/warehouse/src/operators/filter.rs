//! Conditions on rows, split by how often they must be looked at.

use std::ops::Range;

use outis_event::{AnonymousEvent, Dimension, Flags, Slot, Term};
use outis_insight::{EventFilter, Filter, VisitField};

use crate::Batch;

use super::dimension_of;

/// A query's filter: what is the same for all rows of a visit is looked at once per visit.
#[derive(Debug)]
pub(super) struct Conditions {
    pub(super) of_visit: Vec<Filter>,
    pub(super) of_row: Vec<Filter>,
}

impl Conditions {
    pub(super) fn new(filter: &Filter) -> Conditions {
        let mut conditions = Conditions { of_visit: Vec::new(), of_row: Vec::new() };
        conditions.add(filter);
        conditions
    }

    /// For each row of the batch whether it fulfils the conditions on its own attributes, if all conditions on rows
    /// are such; each is looked at column by column, which is much faster than row by row.
    pub(super) fn mask(&self, batch: &Batch, mask: &mut Vec<bool>) {
        mask.clear();
        let of_row = |filter: &Filter| match filter {
            Filter::Event(EventFilter::Dimension(dimension, set)) => Some((*dimension, set.clone())),
            _ => None,
        };
        let Some(conditions) = self.of_row.iter().map(of_row).collect::<Option<Vec<_>>>() else { return };
        for (dimension, set) in conditions {
            let holds = batch.terms[dimension.index()].iter().map(|term| set.contains(*term));
            if mask.is_empty() {
                mask.extend(holds);
            } else {
                mask.iter_mut().zip(holds).for_each(|(all, holds)| *all &= holds);
            }
        }
    }

    fn add(&mut self, filter: &Filter) {
        match filter {
            Filter::And(list) => list.iter().for_each(|f| self.add(f)),
            Filter::Selected(inner) => self.add(inner),
            one if is_of_visit(one) => self.of_visit.push(one.clone()),
            one => self.of_row.push(one.clone()),
        }
    }
}

/// True if the filter holds for all rows of a visit or for none.
fn is_of_visit(filter: &Filter) -> bool {
    match filter {
        Filter::Event(EventFilter::Dimension(dimension, _)) => dimension.is_of_visit(),
        Filter::Event(EventFilter::Visit(..)) | Filter::VisitHas(_) => true,
        Filter::Event(_) => false,
        Filter::And(list) | Filter::Or(list) => list.iter().all(is_of_visit),
        Filter::Not(inner) | Filter::Selected(inner) => is_of_visit(inner),
    }
}

/// What is known of the visit that a row is in.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Its rows; empty for an event of nobody.
    pub(super) rows: Range<usize>,
    pub(super) first_page_view: Option<usize>,
    pub(super) last_page_view: Option<usize>,
    pub(super) bounced: bool,
    pub(super) duration_s: u32,
}

impl Facts {
    /// What the names and flags of a visit's rows say; the duration is left open.
    pub(super) fn of(batch: &Batch, rows: Range<usize>, pageview: Term, engagement: Term) -> Facts {
        let names = &batch.terms[Dimension::Event.index()];
        let mut facts = Facts { rows: rows.clone(), ..Facts::default() };
        let mut page_views = 0;
        let mut interacted = false;
        for row in rows {
            if names[row] == pageview {
                page_views += 1;
                facts.first_page_view.get_or_insert(row);
                facts.last_page_view = Some(row);
            } else if names[row] != engagement {
                interacted |= batch.flags[row].has(Flags::INTERACTIVE);
            }
        }
        facts.bounced = page_views < 2 && !interacted;
        facts
    }

    pub(super) fn field(&self, batch: &Batch, field: VisitField) -> Term {
        let row = match field {
            VisitField::EntryPage | VisitField::EntryHostname => self.first_page_view,
            VisitField::ExitPage | VisitField::ExitHostname => self.last_page_view,
        };
        row.map_or(Term::NONE, |row| term(batch, dimension_of(field), row))
    }
}

/// A term of a row.
pub(super) fn term(batch: &Batch, dimension: Dimension, row: usize) -> Term {
    batch.terms[dimension.index()][row]
}

/// The first value of a property, NONE without it.
pub(super) fn property(batch: &Batch, key: Term, row: usize) -> Term {
    batch.properties.of(row).iter().find(|p| p.key == key).map_or(Term::NONE, |p| p.value)
}

/// True if the slot is asked about.
pub(super) fn in_slots(slots: Option<(Slot, Slot)>, batch: &Batch, row: usize) -> bool {
    slots.is_none_or(|(from, to)| from <= batch.slot[row] && batch.slot[row] < to)
}

/// True if the row fulfils the filter.
pub(super) fn fulfils(filter: &Filter, batch: &Batch, row: usize, facts: &Facts) -> bool {
    match filter {
        Filter::Event(condition) => holds(condition, batch, row, facts),
        Filter::And(list) => list.iter().all(|f| fulfils(f, batch, row, facts)),
        Filter::Or(list) => list.iter().any(|f| fulfils(f, batch, row, facts)),
        Filter::Not(inner) => !fulfils(inner, batch, row, facts),
        Filter::Selected(inner) => fulfils(inner, batch, row, facts),
        Filter::VisitHas(inner) if facts.rows.is_empty() => fulfils(inner, batch, row, facts),
        Filter::VisitHas(inner) => facts.rows.clone().any(|other| fulfils(inner, batch, other, facts)),
    }
}

fn holds(condition: &EventFilter, batch: &Batch, row: usize, facts: &Facts) -> bool {
    match condition {
        EventFilter::Dimension(dimension, set) => set.contains(term(batch, *dimension, row)),
        EventFilter::Visit(field, set) => set.contains(facts.field(batch, *field)),
        EventFilter::Property(key, set) => set.contains(property(batch, *key, row)),
        EventFilter::Language(set) => any(batch.languages.of(row), |t| set.contains(t)),
        EventFilter::Tag(set) => any(batch.tags.of(row), |t| set.contains(t)),
        EventFilter::Scrolled(least) => {
            batch.scroll[row] != AnonymousEvent::SCROLL_UNKNOWN && batch.scroll[row] >= *least
        }
        EventFilter::Paid(least) => {
            let is_money = batch.currency[row] != Term::NONE || batch.revenue_milli[row] != 0;
            is_money && batch.revenue_milli[row].saturating_abs() >= *least
        }
    }
}

fn any(list: &[Term], holds: impl Fn(Term) -> bool) -> bool {
    if list.is_empty() { holds(Term::NONE) } else { list.iter().any(|t| holds(*t)) }
}
