//! Golden cases of funnels.

use outis_event::Property;

use super::*;
use crate::Interval;
use crate::behaviour::{Exclusion, Funnel, Histogram, Measure, Order, Slice};

const A: Term = Term(10);
const B: Term = Term(11);
const C: Term = Term(12);
const X: Term = Term(20);
const KEY: Term = Term(30);

fn funnel(steps: &[Term]) -> Funnel {
    Funnel {
        steps: steps.iter().map(|step| named(*step)).collect(),
        order: Order::Ordered,
        optional: None,
        window_s: 86_400,
        exclude: Vec::new(),
        hold: None,
        group: None,
        over_time: None,
    }
}

fn within(window_s: u32, order: Order, steps: &[Term]) -> Funnel {
    Funnel { window_s, order, ..funnel(steps) }
}

fn walk(events: &[(u32, Term)]) -> Vec<AnonymousEvent> {
    in_order(events.iter().map(|(seconds, name)| event(*name, *seconds)).collect())
}

fn reached(funnel: &Funnel, events: &[AnonymousEvent]) -> Vec<u64> {
    let table = ask(About::Funnel(funnel.clone()), events);
    let count = |step| table.of(&Cell::Reached { slice: Slice::All, step }).count;
    (0..funnel.steps.len() as u8).map(count).collect()
}

fn depth(funnel: &Funnel, events: &[(u32, Term)]) -> u64 {
    reached(funnel, &walk(events)).iter().sum()
}

const ALL: [Order; 4] = [Order::Ordered, Order::Strict, Order::Any, Order::FirstTouch];

#[test]
fn case_1_different_steps_at_one_time_follow_each_other_by_ordinal() {
    assert_eq!(depth(&funnel(&[A, B]), &[(0, A), (0, B)]), 2);
    assert_eq!(depth(&funnel(&[A, B]), &[(0, B), (0, A)]), 1);
    assert_eq!(depth(&within(0, Order::Any, &[A, B]), &[(0, B), (0, A)]), 2);
}

#[test]
fn case_2_the_same_step_twice_at_one_time_is_two_events() {
    for order in ALL {
        assert_eq!(depth(&within(60, order, &[A, A]), &[(0, A), (0, A)]), 2, "{order:?}");
    }
}

#[test]
fn case_3_one_event_serves_one_step_only() {
    for order in ALL {
        assert_eq!(depth(&within(60, order, &[A, A]), &[(0, A)]), 1, "{order:?}");
        assert_eq!(depth(&within(60, order, &[A, A, A]), &[(0, A), (5, A)]), 2, "{order:?}");
    }
    // Of two steps it could serve in any order it takes the one that the others leave.
    let both = Filter::Or(vec![named(A), named(B)]);
    let either = Funnel { steps: vec![both, named(A)], ..within(60, Order::Any, &[]) };
    assert_eq!(depth(&either, &[(0, A), (1, B)]), 2);
}

#[test]
fn case_4_repeated_steps_do_not_count_twice() {
    assert_eq!(reached(&funnel(&[A, B]), &walk(&[(0, A), (5, A), (9, B), (12, B)])), [1, 1]);
}

#[test]
fn case_5_the_latest_start_that_still_fits_is_taken() {
    let events = [(0, A), (50, A), (60, B)];
    assert_eq!(depth(&within(20, Order::Ordered, &[A, B]), &events), 2);
    assert_eq!(depth(&within(20, Order::Any, &[A, B]), &events), 2);
    assert_eq!(depth(&within(20, Order::Strict, &[A, B]), &events), 2);
    assert_eq!(depth(&within(20, Order::FirstTouch, &[A, B]), &events), 1);
    let table = ask(About::Funnel(within(100, Order::Ordered, &[A, B])), &walk(&events));
    assert_eq!(table.of(&Cell::Median(Measure::Gap(1))).count, 10);
}

#[test]
fn case_6_a_start_after_the_window_begins_anew_except_by_first_touch() {
    let events = [(0, A), (1_000, A), (1_010, B)];
    assert_eq!(depth(&within(20, Order::Ordered, &[A, B]), &events), 2);
    assert_eq!(depth(&within(20, Order::FirstTouch, &[A, B]), &events), 1);
}

#[test]
fn case_7_and_8_the_window_is_whole_seconds_and_holds_its_end() {
    for order in ALL {
        assert_eq!(depth(&within(60, order, &[A, B]), &[(0, A), (60, B)]), 2, "{order:?}");
        assert_eq!(depth(&within(60, order, &[A, B]), &[(0, A), (61, B)]), 1, "{order:?}");
    }
}

fn excluding(after: usize, before: usize, steps: &[Term]) -> Funnel {
    Funnel { exclude: vec![Exclusion { filter: named(X), after, before }], ..funnel(steps) }
}

#[test]
fn case_9_an_exclusion_at_the_time_of_a_step_is_told_by_its_ordinal() {
    let funnel = excluding(0, 1, &[A, B]);
    assert_eq!(depth(&funnel, &[(0, A), (5, X), (5, B)]), 1);
    assert_eq!(depth(&funnel, &[(0, A), (5, B), (5, X)]), 2);
    // An event that is both ends what it comes between, not what it completes.
    let step = Funnel { exclude: vec![Exclusion { filter: named(B), after: 0, before: 1 }], ..self::funnel(&[A, B]) };
    assert_eq!(depth(&step, &[(0, A), (5, B)]), 2);
    let later =
        Funnel { exclude: vec![Exclusion { filter: named(B), after: 0, before: 2 }], ..self::funnel(&[A, B, C]) };
    assert_eq!(depth(&later, &[(0, A), (5, B), (6, C)]), 2);
}

#[test]
fn case_10_an_exclusion_before_the_entry_or_outside_of_its_steps_changes_nothing() {
    assert_eq!(depth(&excluding(0, 1, &[A, B]), &[(0, X), (1, A), (2, B)]), 2);
    assert_eq!(depth(&excluding(0, 1, &[A, B, C]), &[(1, A), (2, B), (3, X), (4, C)]), 3);
    assert_eq!(depth(&excluding(1, 2, &[A, B, C]), &[(1, A), (2, X), (3, B), (4, C)]), 3);
    assert_eq!(depth(&excluding(0, 2, &[A, B, C]), &[(1, A), (2, B), (3, X), (4, C)]), 2);
    // Who begins anew afterwards is as if nothing had been.
    assert_eq!(depth(&excluding(0, 1, &[A, B]), &[(0, A), (1, X), (2, A), (3, B)]), 2);
    let any = Funnel { order: Order::Any, ..excluding(0, 1, &[A, B]) };
    assert_eq!(depth(&any, &[(0, B), (1, X), (2, A)]), 1);
}

#[test]
fn case_11_an_optional_step_counts_only_in_its_place() {
    let funnel = Funnel { optional: Some(1), ..funnel(&[A, B, C]) };
    assert_eq!(reached(&funnel, &walk(&[(0, A), (1, B), (2, C)])), [1, 1, 1]);
    assert_eq!(reached(&funnel, &walk(&[(0, A), (2, C)])), [1, 0, 1]);
    assert_eq!(reached(&funnel, &walk(&[(0, B), (1, A), (2, C)])), [1, 0, 1]);
    let late = ask(About::Funnel(funnel), &walk(&[(0, A), (1, C), (2, B)]));
    assert_eq!(late.of(&Cell::Reached { slice: Slice::All, step: 2 }).count, 1);
}

#[test]
fn case_12_strict_breaks_at_any_other_event_also_of_the_same_time_but_not_at_engagements() {
    let strict = within(60, Order::Strict, &[A, B]);
    assert_eq!(depth(&strict, &[(0, A), (5, X), (5, B)]), 1);
    assert_eq!(depth(&strict, &[(0, A), (5, B), (5, X)]), 2);
    assert_eq!(depth(&strict, &[(0, A), (3, ENGAGEMENT), (5, B)]), 2);
    assert_eq!(depth(&strict, &[(0, A), (3, A), (5, B)]), 2);
}

fn with(mut event: AnonymousEvent, value: Term) -> AnonymousEvent {
    event.properties = vec![Property { key: KEY, value }];
    event
}

#[test]
fn case_13_the_group_is_the_value_at_the_first_step() {
    let funnel = Funnel { group: Some(Group::Property(KEY)), ..funnel(&[A, B]) };
    let events = in_order(vec![with(event(A, 0), Term(7)), with(event(B, 1), Term(8))]);
    let table = ask(About::Funnel(funnel), &events);
    let count = |value, step| table.of(&Cell::Reached { slice: Slice::Group(Term(value)), step }).count;
    assert_eq!([count(7, 0), count(7, 1), count(8, 0), count(8, 1)], [1, 1, 0, 0]);
}

#[test]
fn case_14_held_constant_an_event_without_the_value_serves_no_step() {
    let funnel = Funnel { hold: Some(Group::Property(KEY)), ..funnel(&[A, B]) };
    let of = |a: AnonymousEvent, b: AnonymousEvent| reached(&funnel, &in_order(vec![a, b]));
    assert_eq!(of(with(event(A, 0), Term(7)), with(event(B, 1), Term(7))), [1, 1]);
    assert_eq!(of(with(event(A, 0), Term(7)), with(event(B, 1), Term(8))), [1, 0]);
    assert_eq!(of(with(event(A, 0), Term(7)), event(B, 1)), [1, 0]);
    assert_eq!(of(event(A, 0), event(B, 1)), [0, 0]);
}

#[test]
fn case_16_a_visitor_counts_once_a_day_and_again_the_next_day() {
    let mut events = walk(&[(0, A), (1, B), (2, A), (3, B)]);
    let mut tomorrow = walk(&[(0, A)]);
    tomorrow[0].day = Day(101);
    events.extend(tomorrow);
    assert_eq!(reached(&funnel(&[A, B]), &events), [2, 1]);
}

#[test]
fn case_17_buckets_of_entry_add_up_to_the_total() {
    let funnel = Funnel { over_time: Some(Interval::Hour), ..within(60, Order::Ordered, &[A, B]) };
    let table = ask(About::Funnel(funnel), &walk(&[(0, A), (3_700, A), (3_710, B), (7_300, A)]));
    let of_time: Vec<_> = table
        .cells
        .iter()
        .filter_map(|(cell, tally)| match cell {
            Cell::Reached { slice: Slice::Time(start), step } => {
                Some((start - crate::bucket::minutes(DAY), *step, tally.count))
            }
            _ => None,
        })
        .collect();
    // The visitor entered with the chain that came furthest.
    assert_eq!(of_time, [(60, 0, 1), (60, 1, 1)]);
}

#[test]
fn case_18_entry_is_told_by_local_days_and_hours_of_any_offset() {
    let funnel = Funnel { over_time: Some(Interval::Hour), ..funnel(&[A, B]) };
    let zone = TimeZone::get("Asia/Kathmandu").expect("bundled zone");
    let start = DAY.start(&zone).slot();
    let mut events = walk(&[(0, A), (10, B)]);
    events.iter_mut().for_each(|e| e.slot = Slot(start.0 + 4));
    let base = Query { zone, ..base() };
    let table =
        evaluate(&Behaviour { base, about: About::Funnel(funnel), narrowed: Vec::new(), following: None }, &events);
    let first = Slice::Time(crate::bucket::minutes(DAY) + 60);
    assert_eq!(table.of(&Cell::Reached { slice: first, step: 1 }).count, 1);
}

#[test]
fn case_26_the_order_of_rows_does_not_matter() {
    let mut events = walk(&[(0, A), (0, B), (5, A), (2_000, B), (2_000, C), (9_000, A), (9_000, C)]);
    for order in ALL {
        let funnel = within(4_000, order, &[A, B, C]);
        let table = ask(About::Funnel(funnel.clone()), &events).cells;
        for _ in 0..events.len() {
            events.rotate_left(1);
            assert_eq!(ask(About::Funnel(funnel.clone()), &events).cells, table);
        }
    }
}

#[test]
fn between_visits_time_is_known_to_the_quarter_of_an_hour() {
    // 40 minutes and 10 seconds apart, from the last second of one quarter to within another.
    let events = walk(&[(890, A), (3_300, B)]);
    let seconds = |window_s| depth(&within(window_s, Order::Ordered, &[A, B]), &[(890, A), (3_300, B)]);
    assert_eq!((seconds(2_699), seconds(2_700)), (1, 2), "three quarters from slot to slot");
    let table = ask(About::Funnel(funnel(&[A, B])), &events);
    assert_eq!(table.of(&Cell::Class(Histogram::TimeToConvert, 7)).count, 0);
    assert_eq!(table.of(&Cell::Class(Histogram::TimeToConvert, 6)).count, 1);
}

#[test]
fn the_filter_is_asked_of_the_entering_event_only() {
    let mut events = walk(&[(0, A), (1, B)]);
    events[1].set(Dimension::Page, Term(9));
    let on = |page| Filter::Event(EventFilter::Dimension(Dimension::Page, TermSet::of([page])));
    let count = |filter| {
        let question = Behaviour {
            base: Query { filter, ..base() },
            about: About::Funnel(funnel(&[A, B])),
            narrowed: Vec::new(),
            following: None,
        };
        evaluate(&question, &events).of(&Cell::Reached { slice: Slice::All, step: 1 }).count
    };
    assert_eq!((count(on(Term::NONE)), count(on(Term(9)))), (1, 0));
}

#[test]
fn in_any_order_step_n_counts_who_took_n_of_them() {
    let any = within(60, Order::Any, &[A, B, C]);
    assert_eq!(reached(&any, &walk(&[(0, C), (10, A)])), [1, 1, 0]);
    assert_eq!(reached(&any, &walk(&[(0, C), (10, A), (60, B)])), [1, 1, 1]);
    assert_eq!(reached(&any, &walk(&[(0, C), (10, A), (61, B)])), [1, 1, 0]);
    assert_eq!(reached(&any, &walk(&[(0, X)])), [0, 0, 0]);
}

#[test]
fn persons_are_the_largest_days_visitors_that_count_for_floors() {
    let mut crowd = Vec::new();
    for visitor in 1..=4 {
        let mut e = event(A, 0);
        e.visitor = Visitor(visitor);
        e.flags = if visitor == 4 { Flags::INTERACTIVE } else { e.flags };
        crowd.push(e);
    }
    let tally = ask(About::Funnel(funnel(&[A, B])), &crowd).of(&Cell::Left { slice: Slice::All, step: 1 });
    assert_eq!((tally.count, tally.persons), (4, 3));
}
