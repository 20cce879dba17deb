//! Members by their marks.

use outis_event::{Marks, Span};
use outis_insight::behaviour::{Cell, Retention, number};

use super::VisitorDay;
use super::table::Table;
use crate::Columns;

/// Counts members as those of a cohort, or as those who are active.
#[derive(Debug)]
pub(super) struct Members {
    retention: Option<Retention>,
}

impl Members {
    pub(super) fn new(retention: Option<Retention>, columns: &mut Columns) -> Members {
        columns.marks = true;
        Members { retention }
    }

    pub(super) fn visitor(&self, day: &VisitorDay<'_>, table: &mut Table) {
        let rows = day.visits.iter().flat_map(|visit| visit.rows.clone());
        let marks = rows.fold(Marks::NONE, |marks, row| marks.with(day.batch.marks[row]));
        if marks == Marks::NONE {
            return;
        }
        match self.retention {
            Some(retention) => of_cohort(retention, marks, day, table),
            None => active(marks, day, table),
        }
    }
}

fn of_cohort(retention: Retention, marks: Marks, day: &VisitorDay<'_>, table: &mut Table) {
    let Some(cohort) = marks.cohort() else { return };
    let day = day.batch.day;
    if marks.is_first(Span::Week) && i64::from(day.week()) == i64::from(cohort) {
        table.add(Cell::Cohort(cohort), 1);
    }
    if retention.is_first(marks, Span::Week) {
        table.add(Cell::Retained { cohort, span: Span::Week, at: number(day, Span::Week) }, 1);
    }
    if retention.by_day && retention.is_first(marks, Span::Day) {
        table.add(Cell::Retained { cohort, span: Span::Day, at: number(day, Span::Day) }, 1);
    }
}

fn active(marks: Marks, day: &VisitorDay<'_>, table: &mut Table) {
    for span in [Span::Day, Span::Week, Span::Period] {
        if !marks.is_first(span) {
            continue;
        }
        let at = number(day.batch.day, span);
        table.add(Cell::Active { span, at }, 1);
        if let Some(state) = marks.state(span) {
            table.add(Cell::State { span, at, state }, 1);
        }
    }
}
