//! Cohorts and lifecycle tell nothing of a few members.

use outis_event::{Lifecycle, Marks, Span};
use outis_insight::behaviour::{Activity, Retention};

use super::*;

/// Members of these numbers are active for the first time in the week of a day.
fn active(members: std::ops::Range<u64>, day: Day, marks: Marks) -> Vec<AnonymousEvent> {
    let one = |member| {
        let mut e = event(member, PAGEVIEW, 0);
        e.day = day;
        e.marks = marks.with_first(Span::Week);
        e
    };
    members.map(one).collect()
}

fn asked(about: About) -> Behaviour {
    let question = question(about);
    let range = DayRange { from: DAY, to: DAY.plus(20), slots: None };
    Behaviour { base: Query { range, ..question.base }, ..question }
}

#[test]
fn a_member_who_did_not_come_back_is_not_seen() {
    let cohort = DAY.week() as u32;
    let marks = Marks::NONE.with_cohort(cohort);
    let next = DAY.plus(7);
    let events = [active(1..34, DAY, marks), active(1..33, next, marks), active(1..4, next.plus(7), marks)].concat();
    let question = asked(About::Retention(Retention { by_day: false, action: None }));
    let week = |table: &ShownTable, at| table.of(&Cell::Retained { cohort, span: Span::Week, at });
    let table = ask(&question, &events).expect("told");
    assert_eq!(table.of(&Cell::Cohort(cohort)), Some(35));
    assert_eq!([0, 1, 2].map(|after| week(&table, DAY.week() + after)), [Some(35), Some(35), None]);
    let exact = ask_with(Off::default(), 1, &question, &events).expect("told");
    assert_eq!([1, 2].map(|after| week(&exact, DAY.week() + after)), [Some(32), Some(3)]);
}

#[test]
fn a_state_of_few_is_hidden_with_another() {
    let of = |state| Marks::NONE.with_state(state, false);
    let events = [
        active(1..31, DAY, of(Lifecycle::New)),
        active(31..61, DAY, of(Lifecycle::Returning)),
        active(61..62, DAY, of(Lifecycle::Resurrected)),
    ];
    let table = ask(&asked(About::Lifecycle(Activity::default())), &events.concat()).expect("told");
    let state = |state| table.of(&Cell::State { span: Span::Week, at: DAY.week(), state });
    assert_eq!(table.of(&Cell::Active { span: Span::Week, at: DAY.week() }), Some(60));
    assert_eq!(state(Lifecycle::Resurrected), None);
    assert_eq!([Lifecycle::New, Lifecycle::Returning].map(state).iter().flatten().count(), 1);
}

#[test]
fn one_who_stays_away_is_not_seen() {
    let of = |state| Marks::NONE.with_state(state, false);
    let events =
        [active(1..34, DAY, of(Lifecycle::New)), active(1..33, DAY.plus(7), of(Lifecycle::Returning))].concat();
    let table = ask(&asked(About::Lifecycle(Activity::default())), &events).expect("told");
    let returning = Cell::State { span: Span::Week, at: DAY.week() + 1, state: Lifecycle::Returning };
    assert_eq!(table.of(&returning), table.of(&Cell::Active { span: Span::Week, at: DAY.week() }));
}
