//! Members by their marks.

use outis_event::{Day, Marks, Span};

use super::{VisitorDay, whose};
use crate::behaviour::{Cell, Retention, number};

/// What a member's day counts in as one of a cohort.
pub(super) fn retention(retention: Retention, day: &VisitorDay<'_>) -> Vec<(Cell, u64)> {
    let (day, marks) = marks(day);
    let Some(cohort) = marks.cohort() else { return Vec::new() };
    let mut cells = Vec::new();
    if marks.is_first(Span::Week) && i64::from(day.week()) == i64::from(cohort) {
        cells.push((Cell::Cohort(cohort), 1));
    }
    for span in [Span::Day, Span::Week] {
        if retention.is_first(marks, span) && (retention.by_day || span == Span::Week) {
            cells.push((Cell::Retained { cohort, span, at: number(day, span) }, 1));
        }
    }
    cells
}

/// What a member's day counts in as one who is active.
pub(super) fn lifecycle(day: &VisitorDay<'_>) -> Vec<(Cell, u64)> {
    let (day, marks) = marks(day);
    let mut cells = Vec::new();
    for span in [Span::Day, Span::Week, Span::Period].into_iter().filter(|span| marks.is_first(*span)) {
        let at = number(day, span);
        cells.push((Cell::Active { span, at }, 1));
        cells.extend(marks.state(span).map(|state| (Cell::State { span, at, state }, 1)));
    }
    cells
}

/// All marks of a member's day. The question's filter is not asked: marks are of the member, not of single events.
fn marks(day: &VisitorDay<'_>) -> (Day, Marks) {
    let events = day.visits.iter().flat_map(|visit| &visit.events);
    let marks = events.fold(Marks::NONE, |marks, event| marks.with(event.marks));
    (whose(&day.visits[0]).0, marks)
}
