//! Golden cases of journeys.

use super::*;
use crate::behaviour::{Direction, Journeys, Stop};

const A: Term = Term(10);
const B: Term = Term(11);
const C: Term = Term(12);
const SIGNUP: Term = Term(4);

fn journeys(direction: Direction) -> Journeys {
    Journeys { direction, pages: true, events: false, depth: 3, collapse_repeats: true, page_groups: Vec::new() }
}

/// The whole ways with their counts.
fn ways(journeys: Journeys, events: Vec<AnonymousEvent>) -> Vec<(Vec<Stop>, u64)> {
    let table = ask(About::Journeys(journeys), &in_order(events));
    let way = |(cell, tally): (Cell, Tally)| match cell {
        Cell::Way { stops, whole: true } => Some((stops.to_vec(), tally.count)),
        _ => None,
    };
    table.cells.into_iter().filter_map(way).collect()
}

fn pages(pages: &[Term]) -> Vec<Stop> {
    pages.iter().map(|page| Stop::Page(*page)).collect()
}

fn on(page: Term) -> Filter {
    Filter::Event(EventFilter::Dimension(Dimension::Page, TermSet::of([page])))
}

fn walk() -> Vec<AnonymousEvent> {
    vec![view(A, 0), view(A, 5), view(B, 9), event(SIGNUP, 12), view(C, 20), event(ENGAGEMENT, 25), view(A, 30)]
}

#[test]
fn a_way_goes_forward_from_the_beginning_and_is_cut() {
    assert_eq!(ways(journeys(Direction::Forward(None)), walk()), [(pages(&[A, B, C]), 1)]);
    let kept = Journeys { collapse_repeats: false, ..journeys(Direction::Forward(None)) };
    assert_eq!(ways(kept, walk()), [(pages(&[A, A, B]), 1)]);
}

#[test]
fn a_way_begins_ends_or_lies_between_where_it_is_asked_to() {
    assert_eq!(ways(journeys(Direction::Forward(Some(named(SIGNUP)))), walk()), [(pages(&[C, A]), 1)]);
    assert_eq!(ways(journeys(Direction::Backward(on(C))), walk()), [(pages(&[C, B, A]), 1)]);
    assert_eq!(ways(journeys(Direction::Between(on(B), on(A))), walk()), [(pages(&[B, C, A]), 1)]);
    assert_eq!(ways(journeys(Direction::Between(on(C), on(B))), walk()), []);
    assert_eq!(ways(journeys(Direction::Backward(on(Term(99)))), walk()), []);
}

#[test]
fn events_and_groups_of_pages_are_stops_too() {
    let both = Journeys { events: true, depth: 10, ..journeys(Direction::Forward(None)) };
    let [a, b, c] = [A, B, C].map(Stop::Page);
    assert_eq!(ways(both, walk()), [(vec![a, b, Stop::Event(SIGNUP), c, a], 1)]);
    let events = Journeys { events: true, pages: false, ..journeys(Direction::Forward(None)) };
    assert_eq!(ways(events, walk()), [(vec![Stop::Event(SIGNUP)], 1)]);
    let grouped = Journeys { page_groups: vec![TermSet::of([B, C])], ..journeys(Direction::Forward(None)) };
    assert_eq!(ways(grouped, walk()), [(vec![a, Stop::Group(0), a], 1)]);
}

#[test]
fn each_visit_is_a_way_and_flows_add_up() {
    let mut events = walk();
    events.extend([view(A, 9_000), view(B, 9_010)]);
    let table = ask(About::Journeys(journeys(Direction::Forward(None))), &in_order(events));
    let [a, b, c] = [A, B, C].map(Stop::Page);
    let count = |cell: Cell| table.of(&cell);
    assert_eq!(count(Cell::All), Tally { count: 2, persons: 1 });
    assert_eq!(count(Cell::Stop { column: 1, stop: b }).count, 2);
    assert_eq!(count(Cell::Flow { column: 0, from: a, to: Some(b) }).count, 2);
    assert_eq!(count(Cell::Flow { column: 1, from: b, to: Some(c) }).count, 1);
    assert_eq!(count(Cell::Flow { column: 1, from: b, to: None }).count, 1);
    assert_eq!(count(Cell::Way { stops: [a, b].into(), whole: false }).count, 2);
}
