//! Golden cases of members who are followed through the days of a period, with made-up links.

use outis_event::{Marks, Pseudonym, Span};

use super::*;
use crate::Interval;
use crate::behaviour::{
    Activity, Among, Attribution, Direction, Exclusion, Followed, Following, Funnel, Histogram, Journeys, Linked,
    Links, Measure, Model, Order, Returns, Slice, Stop,
};

const A: Term = Term(10);
const B: Term = Term(11);
const C: Term = Term(12);
const X: Term = Term(20);
/// A Monday that begins a period; [`DAY`] is in another one.
const MONDAY: Day = Day(32);
const DAY_S: u32 = 86_400;

/// An event of a member, under the number of the day.
fn act(member: u64, day: i32, seconds: u32, name: Term) -> AnonymousEvent {
    let mut e = event(name, seconds);
    e.day = MONDAY.plus(day);
    e.slot = Slot(e.day.0 as u32 * 96 + seconds / 900);
    e.visitor = Visitor(number(member, day));
    e
}

fn number(member: u64, day: i32) -> u64 {
    member * 1_000 + day as u64
}

/// Members 1 to 9 are linked on all days of the period and of the next.
fn links() -> Links {
    let of_day =
        |day: i32| (1..10).map(move |member| (MONDAY.plus(day), Visitor(number(member, day)), Pseudonym(member)));
    Links::of((0..70).flat_map(of_day))
}

fn question(about: About, until: i32) -> Behaviour {
    let range = DayRange { from: MONDAY, to: MONDAY.plus(69), slots: None };
    let until_s = MONDAY.plus(until).0 as u64 * u64::from(DAY_S);
    let following = Some(Following { from: MONDAY, until_s });
    Behaviour { base: Query { range, ..base() }, about, narrowed: Vec::new(), following }
}

fn follow(about: About, events: &[AnonymousEvent]) -> RawTable {
    evaluate_linked(&question(about, 100), &in_order(events.to_vec()), &links())
}

fn funnel(window_days: u32, steps: &[Term]) -> Funnel {
    Funnel {
        steps: steps.iter().map(|step| named(*step)).collect(),
        order: Order::Ordered,
        optional: None,
        window_s: window_days * DAY_S,
        exclude: Vec::new(),
        hold: None,
        group: None,
        over_time: None,
    }
}

fn reached(funnel: &Funnel, events: &[AnonymousEvent]) -> Vec<u64> {
    let table = follow(About::Funnel(funnel.clone()), events);
    let count = |step| table.of(&Cell::Reached { slice: Slice::All, step }).count;
    (0..funnel.steps.len() as u8).map(count).collect()
}

#[test]
fn a_linked_member_is_one_person_through_the_days_and_another_visitor_is_not() {
    let events = [act(1, 0, 0, A), act(1, 3, 0, B), act(10, 0, 0, A), act(10, 3, 0, B)];
    assert_eq!(reached(&funnel(7, &[A, B]), &events), [2, 1]);
    let apart = evaluate(&question(About::Funnel(funnel(7, &[A, B])), 100), &in_order(events.to_vec()));
    assert_eq!(apart.of(&Cell::Reached { slice: Slice::All, step: 1 }).count, 0);
}

#[test]
fn days_before_the_links_that_are_used_are_apart() {
    let mut question = question(About::Funnel(funnel(7, &[A, B])), 100);
    question.following = Some(Following { from: MONDAY.plus(1), until_s: u64::MAX });
    let events = in_order(vec![act(1, 0, 0, A), act(1, 1, 0, B), act(2, 1, 0, A), act(2, 2, 0, B)]);
    let table = evaluate_linked(&question, &events, &links());
    assert_eq!([0, 1].map(|step| table.of(&Cell::Reached { slice: Slice::All, step }).count), [2, 1]);
}

#[test]
fn the_end_of_a_period_ends_a_person() {
    assert_eq!(reached(&funnel(7, &[A, B]), &[act(1, 34, 0, A), act(1, 35, 0, B)]), [1, 0]);
    assert_eq!(reached(&funnel(7, &[A, B]), &[act(1, 33, 0, A), act(1, 34, 0, B)]), [1, 1]);
}

#[test]
fn case_5_and_6_who_enters_again_on_another_day_is_told_by_the_latest_entry_that_fits() {
    let events = [act(1, 0, 0, A), act(1, 4, 0, A), act(1, 9, 0, B)];
    let table = follow(About::Funnel(funnel(7, &[A, B])), &events);
    assert_eq!(table.of(&Cell::Median(Measure::TimeToConvert)).count, 5 * u64::from(DAY_S));
    // Behind the window of the first entry, within that of the second.
    assert_eq!(reached(&funnel(5, &[A, B]), &events), [1, 1]);
    assert_eq!(reached(&funnel(4, &[A, B]), &events), [1, 0]);
    let first_touch = Funnel { order: Order::FirstTouch, ..funnel(7, &[A, B]) };
    assert_eq!(reached(&first_touch, &events), [1, 0]);
}

#[test]
fn case_7_a_window_of_days_has_its_last_second_in_it() {
    let within = |window_s| Funnel { window_s, ..funnel(0, &[A, B]) };
    let events = [act(1, 0, 900, A), act(1, 14, 900, B)];
    assert_eq!(reached(&within(14 * DAY_S), &events), [1, 1]);
    assert_eq!(reached(&within(14 * DAY_S - 1), &events), [1, 0]);
}

#[test]
fn case_9_and_10_exclusions_reach_over_days_and_not_before_the_entry() {
    let exclude = vec![Exclusion { filter: named(X), after: 0, before: 1 }];
    let own = Funnel { exclude, ..funnel(7, &[A, B]) };
    assert_eq!(reached(&own, &[act(1, 0, 0, A), act(1, 2, 0, X), act(1, 3, 0, B)]), [1, 0]);
    assert_eq!(reached(&own, &[act(1, 0, 0, X), act(1, 2, 0, A), act(1, 3, 0, B)]), [1, 1]);
}

#[test]
fn case_12_strict_steps_have_nothing_between_them_on_any_day() {
    let strict = Funnel { order: Order::Strict, ..funnel(7, &[A, B]) };
    assert_eq!(reached(&strict, &[act(1, 0, 0, A), act(1, 3, 0, B)]), [1, 1]);
    assert_eq!(reached(&strict, &[act(1, 0, 0, A), act(1, 1, 0, X), act(1, 3, 0, B)]), [1, 0]);
}

#[test]
fn case_13_a_member_is_of_the_group_of_the_entry_though_it_changes_on_another_day() {
    let country = Group::Dimension(Dimension::Country);
    let from = |mut event: AnonymousEvent, country: u32| {
        event.set(Dimension::Country, Term(country));
        event
    };
    let events = [from(act(1, 0, 0, A), 5), from(act(1, 2, 0, B), 6)];
    let grouped = Funnel { group: Some(country), ..funnel(7, &[A, B]) };
    let table = follow(About::Funnel(grouped), &events);
    let converted = |term| table.of(&Cell::Reached { slice: Slice::Group(Term(term)), step: 1 }).count;
    assert_eq!([5, 6].map(converted), [1, 0]);
    let held = Funnel { hold: Some(country), ..funnel(7, &[A, B]) };
    assert_eq!(reached(&held, &events), [1, 0]);
}

#[test]
fn case_17_over_time_a_member_is_in_the_bucket_of_the_entry_and_buckets_are_the_total() {
    let own = Funnel { over_time: Some(Interval::Day), ..funnel(14, &[A, B]) };
    let events =
        [act(1, 0, 0, A), act(1, 5, 0, A), act(1, 6, 0, B), act(2, 0, 0, A), act(3, 5, 0, A), act(3, 5, 60, B)];
    let table = follow(About::Funnel(own), &events);
    let bucket = |day: i32, step| {
        let slice = Slice::Time(i64::from(MONDAY.plus(day).0) * 1_440);
        table.of(&Cell::Reached { slice, step }).count
    };
    assert_eq!([bucket(0, 0), bucket(5, 0), bucket(6, 0)], [1, 2, 0]);
    assert_eq!([bucket(0, 1), bucket(5, 1)], [0, 2]);
    assert_eq!(table.of(&Cell::Reached { slice: Slice::All, step: 0 }).count, 3);
}

#[test]
fn case_18_a_day_of_another_length_is_not_a_window_of_it() {
    // In Vienna the night from 24 to 25 October 2026 has an hour more.
    let zone = TimeZone::get("Europe/Vienna").expect("bundled zone");
    let saturday = Day::from_date(jiff::civil::date(2026, 10, 24));
    let at = |day: Day, name| {
        let mut e = event(name, 0);
        e.day = day;
        e.slot = Slot(day.start(&zone).slot().0 + 48);
        e
    };
    // Noon of 24 hours as the clock counts them, and noon of the next local day, are an hour apart.
    let mut events = in_order(vec![at(saturday, A), at(saturday.plus(1), B)]);
    events[1].slot.0 += 4;
    let links = Links::of([saturday, saturday.plus(1)].map(|day| (day, Visitor(1), Pseudonym(1))));
    let converts = |window_s| {
        let mut question = question(About::Funnel(Funnel { window_s, ..funnel(0, &[A, B]) }), 100_000);
        question.base.zone = zone.clone();
        question.base.range = DayRange { from: saturday, to: saturday.plus(1), slots: None };
        let table = evaluate_linked(&question, &events, &links);
        table.of(&Cell::Reached { slice: Slice::All, step: 1 }).count == 1
    };
    assert!(converts(25 * 3_600));
    assert!(!converts(25 * 3_600 - 1));
}

#[test]
fn case_20_who_may_still_convert_is_unfinished_and_nobody_else() {
    let unfinished = |funnel: Funnel, until, events: &[AnonymousEvent]| {
        let question = question(About::Funnel(funnel), until);
        let table = evaluate_linked(&question, &in_order(events.to_vec()), &links());
        [Cell::Unfinished, Cell::Stopped].map(|cell| table.of(&cell).count)
    };
    let entered = [act(1, 0, 0, A), act(2, 3, 0, A), act(3, 3, 0, A), act(3, 4, 0, B), act(10, 3, 0, A)];
    // The first one's window is over on day 7; who is not linked cannot come back.
    assert_eq!(unfinished(funnel(7, &[A, B]), 8, &entered), [1, 2]);
    assert_eq!(unfinished(funnel(7, &[A, B]), 7, &entered), [2, 1]);
    assert_eq!(unfinished(funnel(7, &[A, B]), 30, &entered), [0, 3]);
    // Behind the period the member is another one.
    assert_eq!(unfinished(funnel(7, &[A, B]), 60, &[act(1, 28, 0, A)]), [1, 0]);
    assert_eq!(unfinished(funnel(7, &[A, B]), 60, &[act(1, 27, 86_399, A)]), [0, 1]);
    // An open entry counts though an earlier one is told, but only the first one in first touch.
    let again = [act(1, 0, 0, A), act(1, 6, 0, A)];
    assert_eq!(unfinished(funnel(7, &[A, B]), 9, &again), [1, 0]);
    let first_touch = Funnel { order: Order::FirstTouch, ..funnel(7, &[A, B]) };
    assert_eq!(unfinished(first_touch, 9, &again), [0, 1]);
    let any = Funnel { order: Order::Any, ..funnel(7, &[A, B]) };
    assert_eq!(unfinished(any, 9, &[act(1, 6, 0, B)]), [1, 0]);
}

#[test]
fn case_25_a_member_who_is_forgotten_takes_one_person_along() {
    let events: Vec<_> =
        (1..=4).flat_map(|member| [act(member, 0, 0, A), act(member, 2, 0, B), act(member, 5, 0, A)]).collect();
    assert_eq!(reached(&funnel(7, &[A, B]), &events), [4, 4]);
    // Their links go at once: what is left of them is of visitors of days, until their rows are gone too.
    let question = question(About::Funnel(funnel(7, &[A, B])), 100);
    let others = (0..70).flat_map(|day| (1..4).map(move |m| (MONDAY.plus(day), Visitor(number(m, day)), Pseudonym(m))));
    let table = evaluate_linked(&question, &in_order(events.clone()), &Links::of(others));
    assert_eq!([0, 1].map(|step| table.of(&Cell::Reached { slice: Slice::All, step }).count), [5, 3]);
    let rest: Vec<_> = events.into_iter().filter(|event| event.visitor.0 / 1_000 != 4).collect();
    assert_eq!(reached(&funnel(7, &[A, B]), &rest), [3, 3]);
}

#[test]
fn case_28_no_step_has_more_persons_than_the_one_before() {
    let events: Vec<_> = (1..=9)
        .flat_map(|member| {
            (0..12).map(move |day| act(member, day, 0, [C, B, A, X][(member as i32 * day % 4) as usize]))
        })
        .collect();
    for order in [Order::Ordered, Order::Strict, Order::Any, Order::FirstTouch] {
        assert!(reached(&Funnel { order, ..funnel(14, &[A, B, C]) }, &events).is_sorted_by(|a, b| a >= b));
    }
}

#[test]
fn persons_are_the_members_of_a_period_or_the_visitors_of_a_day_but_never_both_together() {
    let all = |day: i32| (1..20).map(move |member| act(member, day, 0, A));
    let events: Vec<_> = all(0).chain(all(1)).collect();
    let table = follow(About::Funnel(funnel(7, &[A, B])), &events);
    // Nine are linked; ten others come on two days, and might be the same.
    let entered = table.of(&Cell::Reached { slice: Slice::All, step: 0 });
    assert_eq!((entered.count, entered.persons), (29, 10));
    let present = follow(About::Present(named(A)), &events);
    let period = MONDAY.period();
    let at = |among| present.of(&Cell::Present(among)).count;
    assert_eq!([at(Among::Period(period)), at(Among::Day(MONDAY)), at(Among::Day(MONDAY.plus(1)))], [9, 10, 10]);
    assert_eq!(links().member(MONDAY, Visitor(number(1, 0))), Some(Linked { period, pseudonym: Pseudonym(1) }));
}

/// Something a member of the period's first week does, with their marks.
fn of_cohort(member: u64, day: i32) -> AnonymousEvent {
    let mut e = act(member, day, 0, A);
    e.marks = Marks::NONE.with_cohort(MONDAY.week() as u32);
    if day == 0 {
        e.marks = e.marks.with_first(Span::Week);
    }
    e
}

fn returned(by_day: bool, columns: &[Returns], events: &[AnonymousEvent]) -> (u64, Vec<u64>) {
    let followed = Followed { by_day, columns: columns.to_vec() };
    let table = follow(About::Followed(followed), events);
    let cohort = MONDAY.week() as u32;
    let cell = |column| table.of(&Cell::Returned { cohort, column }).count;
    (table.of(&Cell::Cohort(cohort)).count, (0..columns.len() as u8).map(cell).collect())
}

#[test]
fn days_are_counted_from_each_members_first_one() {
    let events = [of_cohort(1, 0), of_cohort(1, 3), of_cohort(2, 4), of_cohort(2, 7), of_cohort(2, 8)];
    let n_day: Vec<Returns> = (0..5).map(|day| Returns::Within(day, day + 1)).collect();
    assert_eq!(returned(true, &n_day, &events), (2, vec![2, 0, 0, 2, 1]));
    let rolling: Vec<Returns> = (0..6).map(Returns::Since).collect();
    assert_eq!(returned(true, &rolling, &events), (2, vec![2, 2, 2, 2, 1, 0]));
    assert_eq!(returned(true, &[Returns::Within(1, 4), Returns::Within(4, 9)], &events), (2, vec![2, 1]));
}

#[test]
fn weeks_are_counted_from_that_of_the_cohort() {
    let events = [of_cohort(1, 6), of_cohort(1, 7), of_cohort(2, 0), of_cohort(2, 22), of_cohort(3, 1)];
    let columns = [Returns::Within(0, 1), Returns::Within(1, 2), Returns::Since(1), Returns::Within(2, 4)];
    assert_eq!(returned(false, &columns, &events), (3, vec![3, 1, 2, 1]));
}

#[test]
fn who_is_not_linked_or_came_first_without_being_is_of_no_cohort() {
    // Member 10 is not linked; member 1 is seen from the second week on only; member 2 has no marks.
    let events = [of_cohort(10, 0), of_cohort(10, 7), of_cohort(1, 8), act(2, 0, 0, A)];
    assert_eq!(returned(false, &[Returns::Since(0)], &events), (0, vec![0]));
}

#[test]
fn an_engagement_alone_is_no_activity() {
    let mut engaged = of_cohort(1, 7);
    engaged.set(Dimension::Event, ENGAGEMENT);
    assert_eq!(returned(false, &[Returns::Within(1, 2)], &[of_cohort(1, 0), engaged]), (1, vec![0]));
}

#[test]
fn stickiness_counts_the_active_days_of_each_member_and_whole_week() {
    let weeks = Some((MONDAY.week(), MONDAY.week() + 1));
    let twice = [act(1, 0, 0, A), act(1, 0, 60, A), act(1, 4, 0, A)];
    let events = [&twice[..], &[act(1, 9, 0, A), act(2, 6, 0, A), act(2, 16, 0, A), act(10, 1, 0, A)]].concat();
    let table = follow(About::Lifecycle(Activity { weeks }), &events);
    let days = |days| table.of(&Cell::Class(Histogram::ActiveDays, Histogram::ActiveDays.class(days)));
    assert_eq!([1, 2, 3].map(|n| days(n).count), [2, 1, 0]);
    assert_eq!(table.of(&Cell::All), Tally { count: 3, persons: 2 });
}

#[test]
fn a_conversion_is_divided_among_the_visits_that_led_to_it() {
    let from = |member, day, name, source| {
        let mut e = act(member, day, 0, name);
        e.set(Dimension::Source, Term(source));
        e
    };
    let events = [
        from(1, 0, A, 5),
        from(1, 1, A, 6),
        from(1, 2, A, 6),
        from(1, 4, B, 7),
        // Behind the conversion, and a visit of somebody who is not linked.
        from(1, 5, A, 8),
        from(10, 4, A, 9),
        from(10, 5, B, 5),
    ];
    let credits = |model| {
        let group = Group::Dimension(Dimension::Source);
        let table = follow(About::Attribution(Attribution { goal: named(B), group, model }), &events);
        assert_eq!(table.of(&Cell::All).count, 2);
        [5, 6, 7, 8, 9].map(|source| table.of(&Cell::Credit(Slice::Group(Term(source)))).count)
    };
    let one = 1_000_000;
    assert_eq!(credits(Model::First), [2 * one, 0, 0, 0, 0]);
    assert_eq!(credits(Model::Last), [one, 0, one, 0, 0]);
    assert_eq!(credits(Model::Linear), [one + 250_000, 500_000, 250_000, 0, 0]);
    assert_eq!(credits(Model::Position), [one + 400_000, 200_000, 400_000, 0, 0]);
}

#[test]
fn each_visit_that_converts_is_a_conversion_of_all_visits_before_it() {
    let events = [act(1, 0, 0, B), act(1, 0, 60, B), act(1, 3, 0, B)];
    let attribution = Attribution { goal: named(B), group: Group::Dimension(Dimension::Country), model: Model::Linear };
    let table = follow(About::Attribution(attribution), &events);
    assert_eq!(table.of(&Cell::All), Tally { count: 2, persons: 1 });
    assert_eq!(table.of(&Cell::Credit(Slice::Group(Term::NONE))).count, 2_000_000);
}

#[test]
fn the_visits_of_a_member_are_one_way_and_those_of_others_are_not() {
    let events = [act(1, 0, 0, A), act(1, 3, 0, A), act(1, 3, 60, B), act(10, 0, 0, A), act(10, 3, 0, B)];
    let ways = |direction| {
        let journeys = Journeys {
            direction,
            pages: false,
            events: true,
            depth: 4,
            collapse_repeats: true,
            page_groups: Vec::new(),
        };
        let table = follow(About::Journeys(journeys), &events);
        let way = |stops: &[Term]| {
            let stops = stops.iter().map(|name| Stop::Event(*name)).collect();
            table.of(&Cell::Way { stops, whole: true }).count
        };
        [way(&[A, B]), way(&[B, A]), way(&[A]), way(&[B])]
    };
    assert_eq!(ways(Direction::Forward(None)), [1, 0, 1, 1]);
    assert_eq!(ways(Direction::Backward(named(B))), [0, 1, 0, 1]);
    assert_eq!(ways(Direction::Between(named(A), named(B))), [1, 0, 0, 0]);
}
