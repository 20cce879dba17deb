//! Journeys, visit by visit, or member by member.

use outis_event::{AnonymousEvent, Dimension};

use super::{Unit, Who};
use crate::Filter;
use crate::behaviour::{Cell, Direction, Journeys, Stop};
use crate::naive::{Visit, fulfils};

/// What a unit counts in.
pub(super) fn cells(journeys: &Journeys, unit: &Unit<'_>) -> Vec<(Cell, u64)> {
    let mut cells = Vec::new();
    let asked: Vec<&Visit> = unit.visits.iter().copied().filter(|visit| unit.is_visit_asked(visit)).collect();
    let lines: Vec<&[&Visit]> = match unit.who {
        Who::Member(_) => vec![&asked],
        Who::Visitor(..) => asked.chunks(1).collect(),
    };
    for visits in lines {
        let way = way(journeys, unit, visits);
        if way.is_empty() {
            continue;
        }
        let mut cell = |cell| cells.push((cell, 1));
        let looked_at = &way[..way.len().min(journeys.depth)];
        cell(Cell::All);
        for (column, stop) in looked_at.iter().enumerate() {
            cell(Cell::Stop { column: column as u8, stop: *stop });
            cell(Cell::Way { stops: looked_at[..=column].into(), whole: false });
            if column + 1 < journeys.depth {
                cell(Cell::Flow { column: column as u8, from: *stop, to: way.get(column + 1).copied() });
            }
        }
        cell(Cell::Way { stops: looked_at.into(), whole: true });
    }
    cells
}

/// The stops of a way through these visits.
fn way(journeys: &Journeys, unit: &Unit<'_>, visits: &[&Visit]) -> Vec<Stop> {
    let line: Vec<(&AnonymousEvent, &Visit)> =
        visits.iter().flat_map(|visit| visit.events.iter().map(|event| (event, *visit))).collect();
    let first = |filter: &Filter, from: usize| {
        (from..line.len()).find(|place| fulfils(filter, line[*place].0, Some(line[*place].1)))
    };
    let events = |places: std::ops::Range<usize>| places.map(|place| line[place].0);
    let events: Vec<&AnonymousEvent> = match &journeys.direction {
        Direction::Forward(None) => events(0..line.len()).collect(),
        Direction::Forward(Some(from)) => match first(from, 0) {
            Some(from) => events(from..line.len()).collect(),
            None => return Vec::new(),
        },
        Direction::Backward(to) => match first(to, 0) {
            Some(to) => events(0..to + 1).rev().collect(),
            None => return Vec::new(),
        },
        Direction::Between(from, to) => {
            let between = first(from, 0).and_then(|from| Some((from, first(to, from + 1)?)));
            let Some((from, to)) = between else { return Vec::new() };
            events(from..to + 1).collect()
        }
    };
    let mut stops: Vec<Stop> = events
        .into_iter()
        .filter_map(|event| {
            let (name, page) = (event.term(Dimension::Event), event.term(Dimension::Page));
            journeys.stop(name, page, unit.base.pageview, unit.base.engagement)
        })
        .collect();
    if journeys.collapse_repeats {
        stops.dedup();
    }
    stops
}
