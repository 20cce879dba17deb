//! Members by their marks, and members who are followed.

use outis_event::{Day, Marks, Span};
use outis_insight::behaviour::{About, Activity, Cell, Followed, Histogram, Retention, number};

use super::Unit;
use super::table::Table;
use crate::Columns;

/// Counts members as those of a cohort, or as those who are active.
#[derive(Debug)]
pub(super) enum Members {
    Retention(Retention),
    Followed(Followed),
    Lifecycle(Activity),
}

/// A day of a unit.
struct MemberDay {
    day: Day,
    marks: Marks,
    /// Something besides engagements says that the person was there.
    is_active: bool,
}

impl Members {
    /// A question about something else than members is one about those who are active.
    pub(super) fn new(about: &About, columns: &mut Columns) -> Members {
        columns.marks = true;
        match about {
            About::Retention(retention) => Members::Retention(*retention),
            About::Followed(followed) => Members::Followed(followed.clone()),
            About::Lifecycle(activity) => Members::Lifecycle(*activity),
            _ => Members::Lifecycle(Activity::default()),
        }
    }

    /// Takes in what somebody who is not followed did on a day.
    pub(super) fn day(&self, day: Day, marks: Marks, table: &mut Table) {
        // Whether they only stayed matters to those who are followed alone.
        let day = MemberDay { day, marks, is_active: true };
        match self {
            Members::Retention(retention) => of_cohort(*retention, &day, table),
            Members::Lifecycle(_) => active(&day, table),
            Members::Followed(_) => {}
        }
    }

    pub(super) fn unit(&self, unit: &Unit<'_>, table: &mut Table) {
        let days = days(unit);
        match self {
            Members::Retention(retention) => days.iter().for_each(|day| of_cohort(*retention, day, table)),
            Members::Followed(followed) if unit.is_member() => follow(followed, &days, table),
            Members::Followed(_) => {}
            Members::Lifecycle(activity) => {
                days.iter().for_each(|day| active(day, table));
                if let Some((first, last)) = activity.weeks.filter(|_| unit.is_member()) {
                    active_days(first, last, &days, table);
                }
            }
        }
    }
}

/// The days of a unit, in order: so its rows are.
fn days(unit: &Unit<'_>) -> Vec<MemberDay> {
    let mut days: Vec<MemberDay> = Vec::new();
    for row in unit.visits.iter().flat_map(|visit| visit.rows.clone()) {
        let (day, marks, is_active) = (unit.batch.day_of(row), unit.batch.marks[row], !unit.is_engagement(row));
        match days.last_mut() {
            Some(last) if last.day == day => {
                last.marks = last.marks.with(marks);
                last.is_active |= is_active;
            }
            _ => days.push(MemberDay { day, marks, is_active }),
        }
    }
    days
}

fn of_cohort(retention: Retention, MemberDay { day, marks, .. }: &MemberDay, table: &mut Table) {
    let Some(cohort) = marks.cohort() else { return };
    if marks.is_first(Span::Week) && i64::from(day.week()) == i64::from(cohort) {
        table.add(Cell::Cohort(cohort), 1);
    }
    if retention.is_first(*marks, Span::Week) {
        table.add(Cell::Retained { cohort, span: Span::Week, at: number(*day, Span::Week) }, 1);
    }
    if retention.by_day && retention.is_first(*marks, Span::Day) {
        table.add(Cell::Retained { cohort, span: Span::Day, at: number(*day, Span::Day) }, 1);
    }
}

fn follow(followed: &Followed, days: &[MemberDay], table: &mut Table) {
    let marks = days.iter().fold(Marks::NONE, |marks, day| marks.with(day.marks));
    let Some(cohort) = marks.cohort() else { return };
    let is_first = |day: &&MemberDay| day.is_active && i64::from(day.day.week()) == i64::from(cohort);
    let Some(first) = days.iter().find(is_first).map(|day| day.day) else { return };
    table.add(Cell::Cohort(cohort), 1);
    let since = |day: Day| if followed.by_day { day.0 - first.0 } else { day.week() - first.week() };
    let active = days.iter().filter(|day| day.is_active);
    let intervals: Vec<u32> = active.filter_map(|day| u32::try_from(since(day.day)).ok()).collect();
    for (column, returns) in (0u8..).zip(&followed.columns) {
        if intervals.iter().any(|interval| returns.holds(*interval)) {
            table.add(Cell::Returned { cohort, column }, 1);
        }
    }
}

fn active(MemberDay { day, marks, .. }: &MemberDay, table: &mut Table) {
    for span in [Span::Day, Span::Week, Span::Period] {
        if !marks.is_first(span) {
            continue;
        }
        let at = number(*day, span);
        table.add(Cell::Active { span, at }, 1);
        if let Some(state) = marks.state(span) {
            table.add(Cell::State { span, at, state }, 1);
        }
    }
}

fn active_days(first: i32, last: i32, days: &[MemberDay], table: &mut Table) {
    for of_week in days.chunk_by(|a, b| a.day.week() == b.day.week()) {
        let week = of_week[0].day.week();
        let active = of_week.iter().filter(|day| day.is_active).count();
        if active > 0 && first <= week && week <= last {
            let class = Histogram::ActiveDays.class(u32::try_from(active).unwrap_or(u32::MAX));
            table.add(Cell::All, 1);
            table.add(Cell::Class(Histogram::ActiveDays, class), 1);
        }
    }
}
