//! Of followed members nothing is told of a few.

use outis_event::{Marks, Pseudonym};
use outis_insight::behaviour::{
    Activity, Attribution, Followed, Following, Funnel, Histogram, Model, Order, Returns, Slice, WHOLE,
};
use proptest::prelude::*;

use super::*;

const A: Term = Term(10);
const B: Term = Term(11);
/// A Monday that begins a period.
const MONDAY: Day = Day(102);

fn act(member: u64, day: i32, name: Term, value: u32) -> AnonymousEvent {
    let mut e = with(event(number(member, day), name, 0), value);
    e.day = MONDAY.plus(day);
    e.slot = Slot(e.day.0 as u32 * 96);
    e.marks = Marks::NONE.with_cohort(MONDAY.week() as u32);
    e
}

fn number(member: u64, day: i32) -> u64 {
    member * 100 + day as u64
}

/// All members below 100 are linked on all days.
fn links() -> Links {
    let of_day =
        |day: i32| (1..100).map(move |member| (MONDAY.plus(day), Visitor(number(member, day)), Pseudonym(member)));
    Links::of((0..31).flat_map(of_day))
}

fn follow(
    off: Off,
    floor: u32,
    filter: Filter,
    about: About,
    events: &[AnonymousEvent],
) -> Result<ShownTable, Refusal> {
    let mut question = filtered(filter, about);
    question.base.range = DayRange { from: MONDAY, to: MONDAY.plus(34), slots: None };
    question.following = Some(Following { from: MONDAY, until_s: MONDAY.plus(10).0 as u64 * 86_400 });
    ask_linked(off, floor, &question, events, links())
}

fn funnel() -> About {
    About::Funnel(Funnel {
        steps: vec![named(A), named(B)],
        order: Order::Ordered,
        optional: None,
        window_s: 7 * 86_400,
        exclude: Vec::new(),
        hold: None,
        group: None,
        over_time: None,
    })
}

/// What members of these numbers do on a day.
fn all(members: std::ops::Range<u64>, day: i32, name: Term, value: u32) -> Vec<AnonymousEvent> {
    members.map(|member| act(member, day, name, value)).collect()
}

fn entered(table: &ShownTable) -> Option<u64> {
    table.of(&Cell::Reached { slice: Slice::All, step: 0 })
}

#[test]
fn the_same_people_linked_and_not_are_not_added_up() {
    let some =
        |members: u64| [all(1..members + 1, 0, A, 7), all(1_001..1_007, 0, A, 7), all(1_011..1_017, 1, A, 7)].concat();
    let ask = |events: &[AnonymousEvent]| follow(Off::default(), 10, Filter::ALL, funnel(), events).expect("told");
    // Nine members, six visitors of a day and six of another: maybe nine people.
    assert_eq!(entered(&ask(&some(9))), None);
    assert_eq!(entered(&ask(&some(10))), Some(20));
}

#[test]
fn one_member_on_many_days_is_one_person() {
    let often: Vec<_> = (0..30).flat_map(|day| all(1..2, day, A, 7)).collect();
    let table = follow(Off::default(), 10, Filter::ALL, funnel(), &often).expect("told");
    assert!(table.cells.is_empty());
}

#[test]
fn who_may_still_convert_is_told_of_enough_only_and_found_without_the_check() {
    // Twenty come to the end, thirteen stop, and four are not done.
    let events = [all(1..34, 0, A, 7), all(1..21, 1, B, 7), all(34..38, 8, A, 7)].concat();
    let ask = |off| follow(off, 10, Filter::ALL, funnel(), &events).expect("told");
    assert_eq!(ask(Off::default()).of(&Cell::Unfinished), None);
    let control = ask(Off { drops: true, ..Off::default() });
    assert_eq!(control.of(&Cell::Unfinished), Some(5));
    let enough = [events, all(38..60, 8, A, 7)].concat();
    let table = follow(Off::default(), 10, Filter::ALL, funnel(), &enough).expect("told");
    assert_eq!(table.of(&Cell::Unfinished), Some(25));
    // All but a few of those who did not come to the end: the others could be worked back.
    let few = [all(1..31, 0, A, 7), all(1..21, 1, B, 7), all(21..26, 1, B, 7), all(31..60, 8, A, 7)].concat();
    let table = follow(Off::default(), 10, Filter::ALL, funnel(), &few).expect("told");
    assert_eq!(table.of(&Cell::Unfinished), None);
}

#[test]
fn a_filter_that_sets_one_member_apart_is_refused_though_it_sets_many_visitors_apart() {
    // Twenty members enter on Monday with one value; all but one of them enter with the other value on Tuesday too.
    let events = [all(1..21, 0, A, 8), all(1..20, 1, A, 7), all(21..41, 1, A, 7)].concat();
    let ask = |off, filter| follow(off, 10, filter, funnel(), &events);
    assert_eq!(ask(Off::default(), of_value(7)).expect_err("refused"), Refusal::TooFewPeople { filter: 0 });
    // Day by day nothing is wrong with it, and what it leaves out is the one.
    let control = ask(Off { removals: true, ..Off::default() }, of_value(7)).expect("told");
    let whole = ask(Off { removals: true, ..Off::default() }, Filter::ALL).expect("told");
    assert_eq!((entered(&control), entered(&whole)), (Some(40), Some(40)));
    let exact = |filter| entered(&follow(Off::default(), 1, filter, funnel(), &events).expect("told"));
    assert_eq!((exact(of_value(7)), exact(Filter::ALL)), (Some(39), Some(40)));
    let harmless = [all(1..21, 0, A, 8), all(21..41, 1, A, 7)].concat();
    assert!(follow(Off::default(), 10, of_value(7), funnel(), &harmless).is_ok());
}

fn followed(columns: &[Returns]) -> About {
    About::Followed(Followed { by_day: false, columns: columns.to_vec() })
}

fn returned(table: &ShownTable, column: u8) -> Option<u64> {
    table.of(&Cell::Returned { cohort: MONDAY.week() as u32, column })
}

#[test]
fn one_who_came_back_last_in_some_week_is_not_seen() {
    let events = [all(1..41, 0, A, 7), all(1..31, 7, A, 7), all(1..30, 14, A, 7), all(1..16, 21, A, 7)].concat();
    let rolling: Vec<Returns> = (0..5).map(Returns::Since).collect();
    let table = follow(Off::default(), 10, Filter::ALL, followed(&rolling), &events).expect("told");
    // Thirty come back in week 1 or later, and one of them in no later week.
    assert_eq!([0, 1, 2, 3, 4].map(|column| returned(&table, column)), [Some(40), Some(30), Some(30), Some(15), None]);
    let exact = follow(Off::default(), 1, Filter::ALL, followed(&rolling), &events).expect("told");
    assert_eq!([1, 2].map(|column| returned(&exact, column)), [Some(30), Some(29)]);
}

#[test]
fn a_cohort_of_few_is_not_told() {
    let events = [all(1..9, 0, A, 7), all(1..9, 7, A, 7)].concat();
    let table = follow(Off::default(), 10, Filter::ALL, followed(&[Returns::Since(1)]), &events).expect("told");
    assert!(table.cells.is_empty());
}

#[test]
fn the_one_who_comes_every_day_is_not_told_nor_worked_back() {
    let mut events = [all(1..31, 0, A, 7), all(31..61, 0, A, 7), all(31..61, 1, A, 7)].concat();
    events.extend((0..7).flat_map(|day| all(61..62, day, A, 7)));
    let weeks = Some((MONDAY.week(), MONDAY.week()));
    let about = About::Lifecycle(Activity { weeks });
    let table = follow(Off::default(), 10, Filter::ALL, about.clone(), &events).expect("told");
    let days =
        |table: &ShownTable, days| table.of(&Cell::Class(Histogram::ActiveDays, Histogram::ActiveDays.class(days)));
    assert_eq!((table.of(&Cell::All), days(&table, 7)), (Some(60), None));
    assert_eq!([1, 2].map(|n| days(&table, n)).iter().flatten().count(), 1);
    let exact = follow(Off::default(), 1, Filter::ALL, about, &events).expect("told");
    assert_eq!(days(&exact, 7), Some(1));
}

#[test]
fn credit_of_few_members_is_told_with_that_of_others() {
    let from = |source: u32, events: Vec<AnonymousEvent>| {
        events.into_iter().map(move |mut e| {
            e.set(Dimension::Source, Term(source));
            e
        })
    };
    let first: Vec<_> = from(5, all(1..31, 0, A, 7)).chain(from(6, all(31..61, 0, A, 7))).collect();
    let few: Vec<_> = from(8, all(61..64, 0, A, 7)).collect();
    let events: Vec<_> = first.into_iter().chain(few).chain(from(9, all(1..64, 1, B, 7))).collect();
    let group = outis_insight::Group::Dimension(Dimension::Source);
    let about = About::Attribution(Attribution { goal: named(B), group, model: Model::First });
    let credit = |table: &ShownTable, source| table.of(&Cell::Credit(Slice::Group(Term(source))));
    let table = follow(Off::default(), 10, Filter::ALL, about.clone(), &events).expect("told");
    assert_eq!((table.of(&Cell::All), credit(&table, 8)), (Some(65), None));
    // One of the others is told with it, else it could be worked back.
    assert_eq!([5, 6].map(|source| credit(&table, source)).iter().flatten().count(), 1);
    assert_eq!(table.of(&Cell::Credit(Slice::Other)), Some(35 * WHOLE));
    let exact = follow(Off::default(), 1, Filter::ALL, about, &events).expect("told");
    assert_eq!(credit(&exact, 8), Some(3 * WHOLE));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// An attacker who asks with and without a filter and subtracts, told everything exactly that the guard lets pass,
    /// finds nobody or at least the floor.
    #[test]
    fn what_a_filter_leaves_out_of_the_members_holds_the_floor(
        list in prop::collection::vec((1u64..30, 0i32..3, prop::sample::select(vec![A, B]), 7u32..9), 0..120),
    ) {
        let events: Vec<_> = list.into_iter().map(|(member, day, name, value)| act(member, day, name, value)).collect();
        if follow(Off::default(), 4, of_value(7), funnel(), &events).is_ok_and(|table| !table.cells.is_empty()) {
            let who = |filter| {
                let table = follow(Off::default(), 1, filter, funnel(), &events).expect("told");
                entered(&table).unwrap_or(0)
            };
            let apart = who(Filter::ALL) - who(of_value(7));
            prop_assert!(apart == 0 || apart >= 4, "{apart}");
        }
    }
}
