//! Golden cases of retention and lifecycle, with made-up marks.

use outis_event::{Lifecycle, Marks, Span};

use super::*;
use crate::behaviour::{Activity, Retention};

const A: Term = Term(10);

/// Something a member does on a day, with these marks.
fn act(member: u64, day: Day, marks: Marks) -> AnonymousEvent {
    let mut e = view(A, 0);
    e.visitor = Visitor(member);
    e.day = day;
    e.marks = marks;
    e
}

fn trace(about: About, events: &[AnonymousEvent]) -> RawTable {
    let mut base = base();
    base.range = DayRange { from: DAY, to: DAY.plus(30), slots: None };
    evaluate(&Behaviour { base, about, narrowed: Vec::new(), following: None }, events)
}

#[test]
fn a_cohort_is_told_by_weeks_days_and_actions() {
    let cohort = DAY.week() as u32;
    let first = Marks::NONE.with_first(Span::Day).with_first(Span::Week).with_cohort(cohort);
    let next = DAY.plus(7);
    let events = [
        act(1, DAY, first),
        act(2, DAY, first),
        act(3, next, first.with_first_action(2, Span::Week)),
        act(4, next.plus(1), Marks::NONE.with_first(Span::Day).with_cohort(cohort)),
        act(5, next, Marks::NONE.with_first(Span::Week)),
    ];
    let ask = |retention| trace(About::Retention(retention), &events);
    let table = ask(Retention { by_day: true, action: None });
    let week = |table: &RawTable, at| table.of(&Cell::Retained { cohort, span: Span::Week, at }).count;
    assert_eq!(table.of(&Cell::Cohort(cohort)), Tally { count: 2, persons: 2 });
    assert_eq!([DAY.week(), next.week()].map(|at| week(&table, at)), [2, 1]);
    assert_eq!(table.of(&Cell::Retained { cohort, span: Span::Day, at: next.0 + 1 }).count, 1);
    let acted = ask(Retention { by_day: false, action: Some(2) });
    assert_eq!((week(&acted, DAY.week()), week(&acted, next.week())), (0, 1));
    assert_eq!(acted.of(&Cell::Cohort(cohort)).count, 2);
}

#[test]
fn members_are_persons_over_all_days_of_a_span() {
    let first = Marks::NONE.with_first(Span::Week).with_state(Lifecycle::Returning, true);
    let monday = DAY.plus(2);
    let events: Vec<_> = (0..5).map(|day| act(1, monday.plus(day), first)).collect();
    let table = trace(About::Lifecycle(Activity::default()), &events);
    let week = Cell::Active { span: Span::Week, at: monday.week() };
    assert_eq!(table.of(&week), Tally { count: 5, persons: 5 });
    let state = Cell::State { span: Span::Week, at: monday.week(), state: Lifecycle::Returning };
    assert_eq!(table.of(&state).count, 5);
    assert_eq!(table.cells.len(), 2);
}

#[test]
fn visitors_without_marks_are_no_members() {
    assert!(trace(About::Lifecycle(Activity::default()), &[view(A, 0)]).cells.is_empty());
    let about = About::Retention(Retention { by_day: true, action: None });
    assert!(trace(about, &[view(A, 0)]).cells.is_empty());
}
