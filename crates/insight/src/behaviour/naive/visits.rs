//! How long and when: visits, and how often visitors do something.

use std::collections::BTreeSet;

use outis_event::Dimension;

use super::Unit;
use crate::behaviour::{Cell, Histogram, Measure, coarse, hour_of_week};
use crate::naive::fulfils;
use crate::{Filter, Interval, bucket};

/// What a unit counts in.
pub(super) fn cells(unit: &Unit<'_>) -> Vec<(Cell, u64)> {
    let mut cells = Vec::new();
    let mut hours = BTreeSet::new();
    for visit in unit.visits.iter().filter(|visit| unit.is_visit_asked(visit)) {
        let duration_s = if visit.bounced { 0 } else { visit.duration_s };
        let is_page_view = |name| name == unit.base.pageview;
        let page_views = visit.events.iter().filter(|e| is_page_view(e.term(Dimension::Event))).count() as u32;
        cells.push(Cell::All);
        for (histogram, measure, value) in [
            (Histogram::Duration, Measure::Duration, duration_s),
            (Histogram::PageViews, Measure::PageViews, page_views),
        ] {
            cells.push(Cell::Class(histogram, histogram.class(value)));
            cells.push(Cell::Value(measure, coarse(value)));
            cells.push(Cell::Median(measure));
        }
        let asked = visit.events.iter().filter(|e| !unit.is_engagement(e) && unit.is_asked(e, visit));
        hours.extend(asked.map(|e| hour_of_week(bucket::bucket(Interval::Hour, e.day, e.slot, &unit.base.zone))));
    }
    cells.extend(hours.into_iter().map(|(weekday, hour)| Cell::Hour { weekday, hour }));
    cells.into_iter().map(|cell| (cell, 1)).collect()
}

/// What a unit counts in by how often they did something.
pub(super) fn frequency(filter: &Filter, unit: &Unit<'_>) -> Vec<(Cell, u64)> {
    match times(filter, unit) {
        0 => Vec::new(),
        times => vec![(Cell::All, 1), (Cell::Class(Histogram::Times, Histogram::Times.class(times)), 1)],
    }
}

/// What a unit counts in by being there.
pub(super) fn present(filter: &Filter, unit: &Unit<'_>) -> Vec<(Cell, u64)> {
    match times(filter, unit) {
        0 => Vec::new(),
        _ => vec![(Cell::Present(unit.who.among()), 1)],
    }
}

/// How many events that are asked about fulfil the filter.
fn times(filter: &Filter, unit: &Unit<'_>) -> u32 {
    let events = unit.visits.iter().flat_map(|visit| visit.events.iter().map(move |event| (event, *visit)));
    let matching = events.filter(|(event, visit)| unit.is_asked(event, visit) && fulfils(filter, event, Some(visit)));
    matching.count() as u32
}
