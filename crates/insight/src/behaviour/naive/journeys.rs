//! Journeys, visit by visit.

use outis_event::{AnonymousEvent, Dimension};

use super::Unit;
use crate::Filter;
use crate::behaviour::{Cell, Direction, Journeys, Stop};
use crate::naive::{Visit, fulfils};

/// What a unit counts in.
pub(super) fn cells(journeys: &Journeys, day: &Unit<'_>) -> Vec<(Cell, u64)> {
    let mut cells = Vec::new();
    for visit in day.visits.iter().filter(|visit| day.is_visit_asked(visit)) {
        let way = way(journeys, day, visit);
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

/// The stops of a visit's way.
fn way(journeys: &Journeys, day: &Unit<'_>, visit: &Visit) -> Vec<Stop> {
    let first = |filter: &Filter, from: usize| {
        (from..visit.events.len()).find(|place| fulfils(filter, &visit.events[*place], Some(visit)))
    };
    let events: Vec<&AnonymousEvent> = match &journeys.direction {
        Direction::Forward(None) => visit.events.iter().collect(),
        Direction::Forward(Some(from)) => match first(from, 0) {
            Some(from) => visit.events[from..].iter().collect(),
            None => return Vec::new(),
        },
        Direction::Backward(to) => match first(to, 0) {
            Some(to) => visit.events[..=to].iter().rev().collect(),
            None => return Vec::new(),
        },
        Direction::Between(from, to) => {
            let between = first(from, 0).and_then(|from| Some((from, first(to, from + 1)?)));
            let Some((from, to)) = between else { return Vec::new() };
            visit.events[from..=to].iter().collect()
        }
    };
    let mut stops: Vec<Stop> = events
        .into_iter()
        .filter_map(|event| {
            let (name, page) = (event.term(Dimension::Event), event.term(Dimension::Page));
            journeys.stop(name, page, day.base.pageview, day.base.engagement)
        })
        .collect();
    if journeys.collapse_repeats {
        stops.dedup();
    }
    stops
}
