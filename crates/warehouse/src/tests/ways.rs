//! Where visits go from a page outlives rows: at floor 1 as rows told it, above it nothing of few.

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, ShiftedClock, Term, Visitor};
use outis_insight::behaviour::{About, Behaviour, Cell, Direction, Journeys, Stop, naive};
use outis_insight::{EvaluateError, EventFilter, Filter, TermSet};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::history::{MONDAY, question, weeks, with_floor, world};
use super::{block_on, noon};
use crate::operators::behaviour::tests::events;
use crate::operators::tests::{FIRST, zones};

fn views(page: u32) -> Filter {
    let is = |dimension, term| Filter::Event(EventFilter::Dimension(dimension, TermSet::of([Term(term)])));
    Filter::Selected(Box::new(Filter::And(vec![is(Dimension::Event, 2), is(Dimension::Page, page)])))
}

fn ask(zone: &TimeZone, (from, to): (Day, Day), direction: Direction, depth: usize) -> Behaviour {
    let journeys =
        Journeys { direction, pages: true, events: false, depth, collapse_repeats: true, page_groups: Vec::new() };
    let base = question(zone, from, to, Vec::new());
    Behaviour { base, about: About::Journeys(journeys), narrowed: Vec::new(), following: None }
}

async fn exact(zone: &TimeZone, events: &[AnonymousEvent]) -> Result<(), TestCaseError> {
    let (world, warehouse) = world(events).await;
    world.clock.set(noon(Day(FIRST + 90)));
    warehouse.maintain(&[with_floor(1, zone)]).await.expect("maintain");
    for page in 0..5 {
        for direction in [Direction::Forward(Some(views(page))), Direction::Backward(views(page))] {
            let question = ask(zone, (Day(FIRST), Day(FIRST + 9)), direction, 2);
            let (table, _) = warehouse.past_order(&question).await.expect("kept");
            let raw = naive::evaluate(&question, events);
            let expected: Vec<(Cell, u64)> = raw.cells.into_iter().map(|(cell, tally)| (cell, tally.count)).collect();
            prop_assert_eq!(table.counts.into_iter().collect::<Vec<_>>(), expected);
            prop_assert_eq!(table.hidden, 0);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn cells_tell_the_next_page_as_rows_did(
        (zone, events) in zones().prop_flat_map(|zone| (Just(zone.clone()), events(zone))),
    ) {
        block_on(exact(&zone, &events))?;
    }
}

/// Twenty a day begin on the first page and go on to one of seven others; six more see one of these only.
fn visits() -> Vec<AnonymousEvent> {
    let mut events = weeks(2);
    for event in &mut events {
        // Two of seven go on to the same one.
        let page = event.term(Dimension::Page).0;
        event.set(Dimension::Page, Term(if page > 5 { 5 } else { page }));
    }
    let more: Vec<AnonymousEvent> = events
        .iter()
        .filter(|event| event.visitor.0 % 100 <= 6 && event.clock.seconds == 1_060)
        .map(|event| {
            let mut event = event.clone();
            event.visitor = Visitor(event.visitor.0 + (1 << 40));
            event.clock = ShiftedClock { seconds: 1_000, tie: 9 };
            event.set(Dimension::Page, Term(5));
            event
        })
        .collect();
    events.extend(more);
    events
}

#[test]
fn stops_of_few_are_not_told() {
    block_on(async {
        let (world, warehouse) = world(&visits()).await;
        let site = with_floor(5, &TimeZone::UTC);
        world.clock.set(noon(MONDAY.plus(60)));
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        let days = (MONDAY, MONDAY.plus(1));
        let from_first = ask(&TimeZone::UTC, days, Direction::Forward(Some(views(2))), 2);
        assert!(warehouse.is_past(&from_first.base));
        let (table, last) = warehouse.past_order(&from_first).await.expect("kept");
        assert_eq!(last, MONDAY.plus(1));
        let of = |cell: Cell| table.counts.get(&cell).copied();
        assert_eq!(of(Cell::All), Some(40));
        // Three or so go on to each of the others: only the one that most go on to is told.
        let next = of(Cell::Stop { column: 1, stop: Stop::Page(Term(5)) }).expect("told");
        let rest = of(Cell::Stop { column: 1, stop: Stop::Other }).expect("there are others");
        assert!(next >= 20 && next + rest == 40, "{next} {rest}");
        assert_eq!(of(Cell::Stop { column: 1, stop: Stop::Page(Term(3)) }), None);
        let to_fifth = ask(&TimeZone::UTC, days, Direction::Backward(views(5)), 2);
        let (table, _) = warehouse.past_order(&to_fifth).await.expect("kept");
        let flow = |to| table.counts.get(&Cell::Flow { column: 0, from: Stop::Page(Term(5)), to }).copied();
        assert_eq!(flow(Some(Stop::Page(Term(2)))), Some(next));
        assert_eq!(flow(None), Some(12));
        // Longer ways are not kept.
        let longer = ask(&TimeZone::UTC, days, Direction::Forward(Some(views(2))), 3);
        let refused = warehouse.past_order(&longer).await.err();
        assert_eq!(refused, Some(EvaluateError::NotInHistory { rows_from: None }));
    });
}
