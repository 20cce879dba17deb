//! Golden cases of visits and frequency.

use super::*;
use crate::behaviour::{Histogram, Measure};

const A: Term = Term(10);
const SIGNUP: Term = Term(4);

#[test]
fn visits_are_told_by_length_page_views_and_hours() {
    let events = [view(A, 0), view(A, 45), view(A, 9_000), event(ENGAGEMENT, 9_100)];
    let table = ask(About::Visits, &events);
    let class = |histogram: Histogram, value| table.of(&Cell::Class(histogram, histogram.class(value))).count;
    assert_eq!(table.of(&Cell::All).count, 2);
    // The second visit bounced: it lasted no time.
    assert_eq!([0, 45, 100].map(|s| class(Histogram::Duration, s)), [1, 1, 0]);
    assert_eq!([1, 2].map(|views| class(Histogram::PageViews, views)), [1, 1]);
    assert_eq!(table.of(&Cell::Median(Measure::PageViews)).count, 1);
    // Day 100 was a Saturday.
    let hours: Vec<_> = table.cells.keys().filter(|cell| matches!(cell, Cell::Hour { .. })).collect();
    assert_eq!(hours, [&Cell::Hour { weekday: 5, hour: 0 }, &Cell::Hour { weekday: 5, hour: 2 }]);
}

#[test]
fn a_visit_without_an_event_that_is_asked_about_is_left_out() {
    let mut base = base();
    base.filter = named(SIGNUP);
    let question = Behaviour { base, about: About::Visits, narrowed: Vec::new(), following: None };
    let events = [view(A, 0), event(SIGNUP, 9), view(A, 9_000)];
    assert_eq!(evaluate(&question, &events).of(&Cell::All).count, 1);
}

#[test]
fn frequency_counts_how_often_visitors_do_something_in_a_day() {
    let events = [event(SIGNUP, 0), event(SIGNUP, 5), event(SIGNUP, 9_000), view(A, 1)];
    let table = ask(About::Frequency(named(SIGNUP)), &events);
    let three = Cell::Class(Histogram::Times, Histogram::Times.class(3));
    assert_eq!((table.of(&Cell::All).count, table.of(&three).count), (1, 1));
    assert_eq!(ask(About::Frequency(named(Term(99))), &events).cells.len(), 0);
}
