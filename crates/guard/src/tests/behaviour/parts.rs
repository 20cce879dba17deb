//! Histograms and journeys tell nothing of a few people.

use outis_insight::behaviour::{Direction, Histogram, Journeys, Stop};
use proptest::prelude::*;

use super::*;

fn view(visitor: u64, page: u32, seconds: u32) -> AnonymousEvent {
    let mut e = event(visitor, PAGEVIEW, seconds);
    e.set(Dimension::Page, Term(page));
    e
}

fn journeys(depth: usize) -> About {
    let direction = Direction::Forward(None);
    About::Journeys(Journeys {
        direction,
        pages: true,
        events: false,
        depth,
        collapse_repeats: true,
        page_groups: Vec::new(),
    })
}

fn walk(visitors: std::ops::Range<u64>, pages: &[u32]) -> Vec<AnonymousEvent> {
    visitors.flat_map(|visitor| pages.iter().zip(0..).map(move |(page, at)| view(visitor, *page, at * 10))).collect()
}

fn page(page: u32) -> Stop {
    Stop::Page(Term(page))
}

#[test]
fn a_way_of_one_is_not_told_nor_what_it_leaves_open() {
    let events = [walk(1..31, &[1, 2]), walk(31..61, &[1, 3]), walk(61..62, &[1, 4])].concat();
    let table = ask(&question(journeys(3)), &events).expect("told");
    let flow = |to| table.of(&Cell::Flow { column: 0, from: page(1), to: Some(page(to)) });
    assert_eq!(flow(4), None);
    // The one could be worked back from the two others.
    assert_eq!([2, 3].map(flow).iter().flatten().count(), 1);
    assert_eq!(table.of(&Cell::Stop { column: 1, stop: Stop::Other }), Some(30));
    assert_eq!(table.of(&Cell::Way { stops: [page(1), page(4)].into(), whole: true }), None);
    let exact = ask_with(Off::default(), 1, &question(journeys(3)), &events).expect("told");
    assert_eq!(exact.of(&Cell::Flow { column: 0, from: page(1), to: Some(page(4)) }), Some(1));
}

#[test]
fn a_way_is_not_told_if_its_last_flow_would_tell_of_another() {
    // All who go from 2 to 3 are told, so those who came from 1 would tell the five who came from 4.
    let events = [walk(1..31, &[1, 2, 3]), walk(31..61, &[4, 2, 5]), walk(61..66, &[4, 2, 3])].concat();
    let table = ask(&question(journeys(3)), &events).expect("told");
    assert_eq!(table.of(&Cell::Flow { column: 1, from: page(2), to: Some(page(3)) }), Some(35));
    let way = |pages: &[u32], whole| table.of(&Cell::Way { stops: pages.iter().map(|p| page(*p)).collect(), whole });
    assert_eq!([way(&[1, 2, 3], false), way(&[1, 2, 3], true), way(&[4, 2, 3], false)], [None; 3]);
    assert_eq!(way(&[1, 2], false), Some(30));
}

#[test]
fn few_visits_tell_nothing_at_all() {
    let few = walk(1..8, &[1, 2]);
    assert!(ask(&question(journeys(3)), &few).expect("a table").cells.is_empty());
    assert!(ask(&question(About::Visits), &few).expect("a table").cells.is_empty());
}

#[test]
fn a_class_of_one_is_not_told_nor_its_neighbour() {
    let events = [walk(1..31, &[1]), walk(31..61, &[1, 2]), walk(61..62, &[1, 2, 3, 4])].concat();
    let table = ask(&question(About::Visits), &events).expect("told");
    let class = |views| table.of(&Cell::Class(Histogram::PageViews, Histogram::PageViews.class(views)));
    assert_eq!((table.of(&Cell::All), class(4)), (Some(60), None));
    assert_eq!([1, 2].map(class).iter().flatten().count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whatever_is_left_of_journeys_holds_the_floor(
        walks in prop::collection::vec((1u64..60, prop::collection::vec(1u32..4, 1..4)), 0..60),
    ) {
        let events: Vec<_> = walks.into_iter().flat_map(|(visitor, pages)| walk(visitor..visitor + 1, &pages)).collect();
        let question = question(journeys(3));
        let raw = behaviour::naive::evaluate(&question, &events);
        let table = ask_with(Off::default(), 4, &question, &events).expect("told");
        for (cell, tally) in &raw.cells {
            prop_assert!(tally.persons >= 4 || !table.cells.contains_key(cell));
        }
        for (whole, tally) in &raw.cells {
            // Longer ways, ways by their last flow and flows are each all of their whole.
            for of_ways in [true, false] {
                let is_way = |cell: &&Cell| matches!(cell, Cell::Way { .. }) == of_ways;
                let parts: Vec<&Cell> = raw.cells.keys().filter(|part| is_part(part, whole)).filter(is_way).collect();
                let hidden = parts.iter().filter(|part| !table.cells.contains_key(part));
                let persons: Vec<u64> = hidden.map(|part| raw.of(part).persons).collect();
                let nothing = persons.len() == parts.len() || !table.cells.contains_key(whole);
                prop_assert!(nothing || persons.is_empty() || persons.iter().any(|p| *p >= 4), "{whole:?} {tally:?}");
            }
        }
    }
}

/// True if one cell is, with others of its kind, all of another.
fn is_part(part: &Cell, whole: &Cell) -> bool {
    match (part, whole) {
        (Cell::Stop { column: 0, .. }, Cell::All) => true,
        (Cell::Flow { column, from, .. }, Cell::Stop { column: of, stop }) => column == of && from == stop,
        // Longer ways, and the end of this one, are all of what begins with it.
        (Cell::Way { stops, whole }, Cell::Way { stops: beginning, whole: false }) => match whole {
            true => stops == beginning,
            false => stops[..stops.len() - 1] == **beginning,
        },
        // Ways that end in a flow are all of the flow.
        (Cell::Way { stops, whole: false }, Cell::Flow { column, from, to: Some(to) }) => {
            stops.len() == usize::from(*column) + 2 && stops.ends_with(&[*from, *to])
        }
        (Cell::Way { stops, whole: true }, Cell::Flow { column, from, to: None }) => {
            stops.len() == usize::from(*column) + 1 && stops.last() == Some(from)
        }
        _ => false,
    }
}
