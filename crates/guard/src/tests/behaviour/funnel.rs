//! Funnels tell nothing of a few people.

use outis_insight::behaviour::{Funnel, Measure, Narrowed, Order, Slice};
use outis_insight::{Group, Interval};
use proptest::prelude::*;

use super::*;

const A: Term = Term(10);
const B: Term = Term(11);
const C: Term = Term(12);

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

/// Visitors of these numbers take all of these steps, with this value.
fn all(visitors: std::ops::Range<u64>, steps: &[Term], value: u32) -> Vec<AnonymousEvent> {
    let step = |visitor, at: usize| with(event(visitor, steps[at], at as u32 * 10), value);
    visitors.flat_map(|visitor| (0..steps.len()).map(move |at| step(visitor, at))).collect()
}

fn reached(table: &ShownTable, slice: Slice, step: u8) -> Option<u64> {
    table.of(&Cell::Reached { slice, step })
}

fn steps(table: &ShownTable, slice: Slice) -> [Option<u64>; 2] {
    [0, 1].map(|step| reached(table, slice, step))
}

#[test]
fn one_who_stops_is_not_seen_and_is_seen_without_the_check() {
    // 33 enter; all but one go on.
    let events = [all(1..33, &[A, B], 7), all(33..34, &[A], 7)].concat();
    let question = question(About::Funnel(funnel(&[A, B])));
    let guarded = ask(&question, &events).expect("told");
    assert_eq!(steps(&guarded, Slice::All), [Some(35), Some(35)]);
    let control = ask_with(Off { drops: true, ..Off::default() }, 10, &question, &events).expect("told");
    assert_eq!(steps(&control, Slice::All), [Some(35), Some(30)]);
}

#[test]
fn a_group_of_one_tells_nothing_nor_does_what_is_left_without_it() {
    let many = [all(1..31, &[A, B], 7), all(31..61, &[A, B], 8)].concat();
    let grouped = Funnel { group: Some(Group::Property(KEY)), ..funnel(&[A, B]) };
    let question = question(About::Funnel(grouped));
    for one in [all(61..62, &[A], 9), all(61..62, &[A, B], 9)] {
        let table = ask(&question, &[many.clone(), one].concat()).expect("told");
        assert_eq!(steps(&table, Slice::Group(Term(9))), [None, None]);
        // One of the two large groups is told with it.
        let told = [7, 8].map(|value| steps(&table, Slice::Group(Term(value))));
        assert_eq!(told.iter().filter(|group| **group == [None, None]).count(), 1);
        assert_eq!(steps(&table, Slice::Other), [Some(30), Some(30)]);
        assert_eq!(table.hidden_groups, 2);
    }
    let table = ask(&question, &many).expect("told");
    assert_eq!(steps(&table, Slice::Other), [None, None]);
}

#[test]
fn a_group_whose_few_go_on_is_hidden_from_there_with_another() {
    let events = [all(1..31, &[A, B], 7), all(31..61, &[A, B], 8), all(61..91, &[A], 9), all(91..93, &[A, B], 9)];
    let grouped = Funnel { group: Some(Group::Property(KEY)), ..funnel(&[A, B]) };
    let table = ask(&question(About::Funnel(grouped)), &events.concat()).expect("told");
    assert_eq!(steps(&table, Slice::Group(Term(9))), [Some(30), None]);
    let hidden = [7, 8].into_iter().filter(|value| steps(&table, Slice::Group(Term(*value))) == [Some(30), None]);
    assert_eq!(hidden.count(), 1);
}

#[test]
fn few_who_convert_are_not_told_and_have_no_time() {
    let events = [all(1..30, &[A], 7), all(30..36, &[A, B], 7)].concat();
    let table = ask(&question(About::Funnel(funnel(&[A, B]))), &events).expect("told");
    assert_eq!(steps(&table, Slice::All), [Some(35), None]);
    assert_eq!(table.median(Measure::TimeToConvert), None);
    let enough = [all(1..30, &[A], 7), all(30..42, &[A, B], 7)].concat();
    let table = ask(&question(About::Funnel(funnel(&[A, B]))), &enough).expect("told");
    assert_eq!((steps(&table, Slice::All), table.median(Measure::Gap(1))), ([Some(40), Some(10)], Some(10)));
}

#[test]
fn a_filter_that_sets_one_apart_is_refused_and_finds_them_without_the_check() {
    let events = [all(1..33, &[A, B], 7), all(33..34, &[A, B], 8)].concat();
    let question = filtered(of_value(7), About::Funnel(funnel(&[A, B])));
    assert_eq!(ask(&question, &events).expect_err("refused"), Refusal::TooFewPeople { filter: 0 });
    let control = ask_with(Off { removals: true, ..Off::default() }, 10, &question, &events).expect("told");
    assert_eq!(steps(&control, Slice::All), [Some(30), Some(30)]);
    let few = filtered(of_value(8), About::Funnel(funnel(&[A, B])));
    assert!(ask(&few, &events).expect("an empty table").cells.is_empty());
}

#[test]
fn conditions_on_a_step_are_looked_at_like_filters() {
    let events = [all(1..33, &[A, B], 7), all(33..34, &[A, B], 8)].concat();
    let narrowed = Narrowed { named: named(B), by: of_value(7) };
    let step = Filter::And(vec![narrowed.named.clone(), narrowed.by.clone()]);
    let own = Funnel { steps: vec![named(A), step], ..funnel(&[]) };
    let question = Behaviour { narrowed: vec![narrowed], ..question(About::Funnel(own)) };
    assert_eq!(ask(&question, &events).expect_err("refused"), Refusal::TooFewPeople { filter: 0 });
    let too_many = Behaviour { narrowed: vec![question.narrowed[0].clone(); 4], ..question };
    assert!(matches!(ask(&too_many, &events), Err(Refusal::TooManyFilters { .. })));
}

#[test]
fn at_floor_one_the_table_is_the_evaluators() {
    let events = [all(1..4, &[A, B], 7), all(4..5, &[A], 8)].concat();
    let question = question(About::Funnel(Funnel { group: Some(Group::Property(KEY)), ..funnel(&[A, B]) }));
    let table = ask_with(Off::default(), 1, &question, &events).expect("told");
    let exact = behaviour::naive::evaluate(&question, &events).cells;
    assert_eq!(table.cells, exact.into_iter().map(|(cell, tally)| (cell, tally.count)).collect());
    assert_eq!(reached(&table, Slice::Group(Term(9)), 0), Some(0));
}

fn crowd() -> impl Strategy<Value = Vec<AnonymousEvent>> {
    let one = (1u64..40, 0i32..2, prop::sample::select(vec![A, A, B, B, C]), 0u32..4_000, 5u32..8);
    prop::collection::vec(one, 0..120).prop_map(|list| {
        let event = |(visitor, day, name, seconds, value)| {
            let mut e = with(event(visitor, name, seconds), value);
            e.day = DAY.plus(day);
            e
        };
        list.into_iter().map(event).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is told is of enough people, and so is whatever can be worked back by taking told things apart.
    #[test]
    fn what_is_told_and_what_is_left_of_it_holds_the_floor(
        events in crowd(), optional in any::<bool>(), hourly in any::<bool>(),
    ) {
        let own = Funnel {
            group: Some(Group::Property(KEY)),
            over_time: Some(if hourly { Interval::Hour } else { Interval::Day }),
            optional: optional.then_some(1),
            ..funnel(&[A, B, C])
        };
        let question = question(About::Funnel(own.clone()));
        let table = ask_with(Off::default(), 4, &question, &events).expect("told");
        let raw = behaviour::naive::evaluate(&question, &events);
        let cells: Vec<_> = raw.cells.iter().filter_map(|(cell, tally)| match cell {
            Cell::Reached { slice, step } => Some((*slice, *step, *tally)),
            _ => None,
        }).collect();
        for (slice, step, tally) in &cells {
            prop_assert!(reached(&table, *slice, *step).is_none() || tally.persons >= 4);
        }
        for step in 0..3u8 {
            for is_of_kind in [|s: &Slice| matches!(s, Slice::Group(_)), |s: &Slice| matches!(s, Slice::Time(_))] {
                let whole: Vec<_> = cells.iter().filter(|(s, at, _)| is_of_kind(s) && *at == step).collect();
                let hidden = whole.iter().filter(|(s, ..)| reached(&table, *s, step).is_none());
                let persons: Vec<u64> = hidden.map(|(_, _, tally)| tally.persons).collect();
                let told = persons.len() < whole.len() && reached(&table, Slice::All, step).is_some();
                let safe = persons.is_empty() || persons.iter().any(|persons| *persons >= 4);
                prop_assert!(!told || safe, "{:?} {:?}", whole, table.cells);
            }
            let left = raw.of(&Cell::Left { slice: Slice::All, step });
            let before = own.required().steps.iter().rev().find(|before| **before < usize::from(step)).copied();
            if let (Some(before), Some(told)) = (before, reached(&table, Slice::All, step)) {
                let drop = reached(&table, Slice::All, before as u8).expect("told before") - told;
                prop_assert!(drop == 0 || left.persons >= 4);
            }
        }
    }
}
