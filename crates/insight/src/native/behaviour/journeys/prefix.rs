//! Ways that begin with given stops: the part of a table of ways that goes on from there.

use std::collections::BTreeMap;

use outis_event::Dimension;

use super::super::super::error::bad;
use super::super::super::resolve::Resolved;
use super::super::super::{Context, RequestError};
use super::PageGroup;
use crate::behaviour::{Cell, ShownTable, Stop};

/// The stops that keys of an answer mean.
///
/// # Errors
/// `stop_unknown` for what is neither a group of the question, nor a page, nor an event; `prefix_too_long` if nothing
/// behind it is looked at.
pub(super) fn stops(keys: &[String], groups: &[PageGroup], depth: usize, context: &Context<'_>) -> Resolved<Vec<Stop>> {
    if keys.len() >= depth {
        return bad("prefix_too_long", "a prefix has fewer stops than depth").map_err(|e| e.below("/prefix"));
    }
    keys.iter().enumerate().map(|(at, key)| stop(key, groups, context, at)).collect()
}

fn stop(key: &str, groups: &[PageGroup], context: &Context<'_>, at: usize) -> Resolved<Stop> {
    if let Some(group) = groups.iter().position(|group| group.name == key) {
        return Ok(Stop::Group(u8::try_from(group).unwrap_or(u8::MAX)));
    }
    let lookup = |dimension| context.vocabulary.lookup(dimension, key);
    let found = match key.starts_with('/') {
        true => lookup(Dimension::Page).map(Stop::Page),
        false => lookup(Dimension::Event).map(Stop::Event),
    };
    match found {
        Some(stop) => Ok(stop),
        None => bad("stop_unknown", "a stop is a page, event or group as an answer about journeys names it")
            .map_err(|error: RequestError| error.below(&format!("/prefix/{at}"))),
    }
}

/// The table of those ways that begin with `prefix`.
///
/// It is made of ways that are told already, so nothing further is said by it. Stops and flows behind the first stop
/// that follows are sums of them: ways that may not be told singly are missing there.
pub(super) fn narrowed(shown: &ShownTable, prefix: &[Stop], depth: usize) -> ShownTable {
    let way = |stops: &[Stop], whole| shown.of(&Cell::Way { stops: stops.into(), whole });
    let mut cells: BTreeMap<Cell, u64> = BTreeMap::new();
    if let Some(all) = way(prefix, false) {
        cells.insert(Cell::All, all);
        for (column, stop) in (0..).zip(prefix) {
            cells.insert(Cell::Stop { column, stop: *stop }, all);
            if let Some(next) = prefix.get(usize::from(column) + 1) {
                cells.insert(Cell::Flow { column, from: *stop, to: Some(*next) }, all);
                cells.insert(Cell::Flow { column, from: *stop, to: None }, 0);
            }
        }
        for (cell, visits) in &shown.cells {
            let Cell::Way { stops, whole } = cell else { continue };
            if stops.starts_with(prefix) {
                for part in parts(stops, *whole, prefix.len(), depth) {
                    *cells.entry(part).or_default() += visits;
                }
                if *whole {
                    cells.insert(cell.clone(), *visits);
                }
            }
        }
        others(shown, prefix, depth, &mut cells);
    }
    ShownTable { cells, ..shown.clone() }
}

/// What a way counts in: its last stop and the flow to it, or its end.
fn parts(stops: &[Stop], whole: bool, known: usize, depth: usize) -> Vec<Cell> {
    let Some((last, before)) = stops.split_last() else { return Vec::new() };
    let Ok(column) = u8::try_from(before.len()) else { return Vec::new() };
    if whole {
        return if stops.len() < depth { vec![Cell::Flow { column, from: *last, to: None }] } else { Vec::new() };
    }
    if stops.len() <= known {
        return Vec::new();
    }
    let flow = before.last().map(|from| Cell::Flow { column: column - 1, from: *from, to: Some(*last) });
    std::iter::once(Cell::Stop { column, stop: *last }).chain(flow).collect()
}

/// What goes on from a way whose end is told, and is at none of the stops that are told behind it.
fn others(shown: &ShownTable, prefix: &[Stop], depth: usize, cells: &mut BTreeMap<Cell, u64>) {
    let mut left: BTreeMap<&[Stop], u64> = BTreeMap::new();
    for (cell, visits) in &shown.cells {
        let Cell::Way { stops, whole: false } = cell else { continue };
        let ends = shown.of(&Cell::Way { stops: stops.clone(), whole: true });
        if let (true, true, Some(ends)) = (stops.starts_with(prefix), stops.len() < depth, ends) {
            left.insert(stops, visits.saturating_sub(ends));
        }
    }
    for (cell, visits) in &shown.cells {
        let Cell::Way { stops, whole: false } = cell else { continue };
        if let Some(left) = stops.split_last().and_then(|(_, before)| left.get_mut(before)) {
            *left = left.saturating_sub(*visits);
        }
    }
    for (stops, visits) in left {
        // Less than the floor is what rounding leaves.
        if let (Ok(column), true) = (u8::try_from(stops.len()), visits > 0 && visits >= u64::from(shown.floor)) {
            *cells.entry(Cell::Stop { column, stop: Stop::Other }).or_default() += visits;
        }
    }
}

#[cfg(test)]
mod tests {
    use outis_event::{Term, Timestamp};

    use super::*;
    use crate::Life;
    use crate::history::Spread;

    fn page(page: u32) -> Stop {
        Stop::Page(Term(page))
    }

    fn table(ways: &[(&[u32], bool, u64)]) -> ShownTable {
        let way = |(stops, whole, visits): &(&[u32], bool, u64)| {
            (Cell::Way { stops: stops.iter().map(|stop| page(*stop)).collect(), whole: *whole }, *visits)
        };
        ShownTable {
            cells: ways.iter().map(way).collect(),
            complete: false,
            hidden_groups: 0,
            floor: 10,
            rounded_to: 5,
            noise: Spread::default(),
            life: Life::Recent,
            fresh_as_of: Timestamp(0),
        }
    }

    #[test]
    fn what_goes_on_from_a_beginning_is_told_of_it_alone() {
        let ways: &[(&[u32], bool, u64)] = &[
            (&[1], false, 100),
            (&[1, 2], false, 60),
            (&[1, 2], true, 10),
            (&[1, 2, 3], false, 30),
            (&[1, 2, 3], true, 30),
            (&[4, 2, 3], false, 50),
        ];
        let table = narrowed(&table(ways), &[page(1), page(2)], 3);
        let of = |cell| table.of(&cell);
        assert_eq!((of(Cell::All), of(Cell::Stop { column: 0, stop: page(1) })), (Some(60), Some(60)));
        assert_eq!(of(Cell::Flow { column: 0, from: page(1), to: Some(page(2)) }), Some(60));
        assert_eq!(of(Cell::Flow { column: 1, from: page(2), to: None }), Some(10));
        assert_eq!(of(Cell::Stop { column: 2, stop: page(3) }), Some(30));
        assert_eq!(of(Cell::Stop { column: 2, stop: Stop::Other }), Some(20));
        assert_eq!(of(Cell::Way { stops: [page(1), page(2), page(3)].into(), whole: true }), Some(30));
    }

    #[test]
    fn of_a_beginning_that_may_not_be_told_nothing_is() {
        let ways: &[(&[u32], bool, u64)] = &[(&[1], false, 100), (&[1, 2, 3], false, 30)];
        assert!(narrowed(&table(ways), &[page(1), page(2)], 3).cells.is_empty());
    }
}
