//! Members by their marks, and members who are followed.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{AnonymousEvent, Day, Marks, Span};

use super::{Unit, Who};
use crate::behaviour::{Activity, Cell, Followed, Histogram, Retention, number};

/// What a member's days count in as one of a cohort.
pub(super) fn retention(retention: Retention, unit: &Unit<'_>) -> Vec<(Cell, u64)> {
    let mut cells = Vec::new();
    for (day, marks) in days(unit) {
        let Some(cohort) = marks.cohort() else { continue };
        if marks.is_first(Span::Week) && i64::from(day.week()) == i64::from(cohort) {
            cells.push((Cell::Cohort(cohort), 1));
        }
        for span in [Span::Day, Span::Week] {
            if retention.is_first(marks, span) && (retention.by_day || span == Span::Week) {
                cells.push((Cell::Retained { cohort, span, at: number(day, span) }, 1));
            }
        }
    }
    cells
}

/// What a followed member counts in as one of a cohort.
pub(super) fn followed(followed: &Followed, unit: &Unit<'_>) -> Vec<(Cell, u64)> {
    let Who::Member(_) = unit.who else { return Vec::new() };
    let marks = days(unit).into_values().fold(Marks::NONE, Marks::with);
    let Some(cohort) = marks.cohort() else { return Vec::new() };
    let active = active(unit);
    let is_of_cohort = |day: &&Day| i64::from(day.week()) == i64::from(cohort);
    let Some(first) = active.iter().find(is_of_cohort) else { return Vec::new() };
    let interval = |day: &Day| match followed.by_day {
        true => u32::try_from(day.0 - first.0).ok(),
        false => u32::try_from(day.week() - first.week()).ok(),
    };
    let intervals: Vec<u32> = active.iter().filter_map(interval).collect();
    let mut cells = vec![(Cell::Cohort(cohort), 1)];
    for (column, returns) in followed.columns.iter().enumerate() {
        if intervals.iter().any(|interval| returns.holds(*interval)) {
            cells.push((Cell::Returned { cohort, column: column as u8 }, 1));
        }
    }
    cells
}

/// What a member's days count in as one who is active.
pub(super) fn lifecycle(activity: Activity, unit: &Unit<'_>) -> Vec<(Cell, u64)> {
    let mut cells = Vec::new();
    for (day, marks) in days(unit) {
        for span in [Span::Day, Span::Week, Span::Period].into_iter().filter(|span| marks.is_first(*span)) {
            let at = number(day, span);
            cells.push((Cell::Active { span, at }, 1));
            cells.extend(marks.state(span).map(|state| (Cell::State { span, at, state }, 1)));
        }
    }
    if let (Some((first, last)), Who::Member(_)) = (activity.weeks, unit.who) {
        let active = active(unit);
        for week in first..=last {
            let days = active.iter().filter(|day| day.week() == week).count() as u32;
            if days > 0 {
                cells.push((Cell::All, 1));
                cells.push((Cell::Class(Histogram::ActiveDays, Histogram::ActiveDays.class(days)), 1));
            }
        }
    }
    cells
}

/// The days of a unit with all marks of each. The question's filter is not asked: marks are of the member, not of single
/// events.
fn days(unit: &Unit<'_>) -> BTreeMap<Day, Marks> {
    let mut days: BTreeMap<Day, Marks> = BTreeMap::new();
    for event in events(unit) {
        let marks = days.entry(event.day).or_default();
        *marks = marks.with(event.marks);
    }
    days
}

/// The days on which something besides engagements says that the person was there.
fn active(unit: &Unit<'_>) -> BTreeSet<Day> {
    events(unit).filter(|event| !unit.is_engagement(event)).map(|event| event.day).collect()
}

fn events<'a>(unit: &'a Unit<'_>) -> impl Iterator<Item = &'a AnonymousEvent> {
    unit.visits.iter().flat_map(|visit| &visit.events)
}
