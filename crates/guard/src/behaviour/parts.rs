//! Histograms, hours and journeys as far as they may be told.

use std::collections::{BTreeMap, BTreeSet};

use outis_insight::behaviour::{Cell, Histogram, Measure, Slice, Stop, Tally, WHOLE};

use super::told::{Told, together};
use crate::round::rounded;

impl Told<'_> {
    /// Tells visits by length, page views and hour.
    pub(super) fn visits(&mut self) {
        self.whole();
        self.classes(Histogram::Duration);
        self.classes(Histogram::PageViews);
        self.median(Measure::Duration);
        self.median(Measure::PageViews);
        // Hours overlap in who is there, so nothing can be worked back from some to others.
        let hours: Vec<(Cell, Tally)> = self.cells_where(|cell| matches!(cell, Cell::Hour { .. }));
        for (cell, tally) in hours {
            if self.enough(tally) {
                self.tell(cell, tally.count);
            }
        }
    }

    /// Tells how often visitors do something.
    pub(super) fn frequency(&mut self) {
        self.whole();
        self.classes(Histogram::Times);
    }

    /// Tells conversions and what they are credited to. Credit is rounded to whole conversions as counts are.
    pub(super) fn attribution(&mut self) {
        if !self.whole() {
            return;
        }
        let credits = self.cells_where(|cell| matches!(cell, Cell::Credit(_)));
        let tallies: Vec<Tally> = credits.iter().map(|(_, tally)| *tally).collect();
        let mut hidden = Vec::new();
        for ((cell, tally), may) in credits.into_iter().zip(self.parts_of_a_whole(&tallies)) {
            match may {
                true => self.credit(cell, tally.count),
                false => hidden.push(tally),
            }
        }
        self.hidden_groups += hidden.len() as u64;
        let hidden = together(hidden);
        if self.enough(hidden) {
            self.credit(Cell::Credit(Slice::Other), hidden.count);
        }
    }

    fn credit(&mut self, cell: Cell, millionths: u64) {
        self.cells.insert(cell, rounded((millionths + WHOLE / 2) / WHOLE) * WHOLE);
    }

    /// Tells which ways visits take: stops of enough people; flows of enough people between such stops; ways of enough
    /// people that consist of such flows. What is left of a column, of a stop's visits, of the ways with one
    /// beginning, and of those that end in one flow, is of nobody or of enough people.
    pub(super) fn journeys(&mut self, depth: usize) {
        if !self.whole() {
            return;
        }
        for column in (0..depth).filter_map(|column| u8::try_from(column).ok()) {
            self.stops(column);
        }
        for column in (0..depth).filter_map(|column| u8::try_from(column).ok()) {
            self.flows(column);
        }
        self.ways();
    }

    /// Tells how many there are in all; false if too few.
    pub(super) fn whole(&mut self) -> bool {
        let all = self.raw.of(&Cell::All);
        if self.enough(all) {
            self.tell(Cell::All, all.count);
        }
        self.enough(all)
    }

    /// Tells the classes of a histogram.
    pub(super) fn classes(&mut self, of: Histogram) {
        let classes = self.cells_where(|cell| matches!(cell, Cell::Class(histogram, _) if *histogram == of));
        self.parts(classes);
    }

    /// Tells cells that together are everybody; gives those that are not told.
    fn parts(&mut self, cells: Vec<(Cell, Tally)>) -> Vec<Tally> {
        let tallies: Vec<Tally> = cells.iter().map(|(_, tally)| *tally).collect();
        let mut hidden = Vec::new();
        for ((cell, tally), may) in cells.into_iter().zip(self.parts_of_a_whole(&tallies)) {
            match may {
                true => self.tell(cell, tally.count),
                false => hidden.push(tally),
            }
        }
        self.hidden_groups += hidden.len() as u64;
        hidden
    }

    fn stops(&mut self, column: u8) {
        let of_column = |cell: &Cell| matches!(cell, Cell::Stop { column: of, .. } if *of == column);
        let hidden = together(self.parts(self.cells_where(of_column)));
        if self.enough(hidden) {
            self.tell(Cell::Stop { column, stop: Stop::Other }, hidden.count);
        }
    }

    fn flows(&mut self, column: u8) {
        let flows = self.cells_where(|cell| matches!(cell, Cell::Flow { column: of, .. } if *of == column));
        // Stops and the end of ways as numbers.
        let mut places = Places::default();
        let keyed: Vec<(Vec<usize>, Tally)> = flows
            .iter()
            .filter_map(|(cell, tally)| match cell {
                Cell::Flow { from, to, .. } => Some((vec![places.of(Some(*from)), places.of(*to)], *tally)),
                _ => None,
            })
            .collect();
        for ((cell, tally), may) in flows.into_iter().zip(self.parts_of_wholes(&keyed, 2)) {
            if may && self.are_stops_told(&cell) {
                self.tell(cell, tally.count);
            }
        }
    }

    fn are_stops_told(&self, flow: &Cell) -> bool {
        let Cell::Flow { column, from, to } = flow else { return false };
        let is_told = |column: u8, stop: Stop| self.cells.contains_key(&Cell::Stop { column, stop });
        is_told(*column, *from) && to.is_none_or(|to| is_told(column + 1, to))
    }

    /// Ways are told beginning by beginning, shorter ones first. The longer ways with one beginning add up to it, and
    /// those with the same last two stops to the flow between them, so what is left of either must be safe.
    fn ways(&mut self) {
        let mut levels: BTreeMap<usize, Vec<(Cell, Tally)>> = BTreeMap::new();
        for (cell, tally) in &self.raw.cells {
            if let Cell::Way { stops, whole } = cell {
                levels.entry(beginning(stops, *whole).len()).or_default().push((cell.clone(), *tally));
            }
        }
        let mut open: BTreeSet<Box<[Stop]>> = BTreeSet::from([Box::from([])]);
        for cells in levels.into_values() {
            let (mut beginnings, mut flows) = (Places::default(), Places::default());
            let keyed: Vec<(Vec<usize>, Tally)> = cells
                .iter()
                .filter_map(|(cell, tally)| match cell {
                    Cell::Way { stops, whole } => {
                        let beginning = beginning(stops, *whole);
                        let to = (!*whole).then(|| stops[stops.len() - 1]);
                        let keys = vec![beginnings.of(beginning), flows.of((beginning.last().copied(), to))];
                        Some((keys, *tally))
                    }
                    _ => None,
                })
                .collect();
            for ((cell, tally), may) in cells.iter().zip(self.parts_of_wholes(&keyed, 2)) {
                let Cell::Way { stops, whole } = cell else { continue };
                if !may || !open.contains(beginning(stops, *whole)) || !self.is_last_flow_told(stops) {
                    continue;
                }
                if !whole {
                    open.insert(stops.clone());
                }
                self.tell(cell.clone(), tally.count);
            }
        }
    }

    /// True if going to a way's last stop is told.
    fn is_last_flow_told(&self, stops: &[Stop]) -> bool {
        let last = stops.len() - 1;
        let column = u8::try_from(last).unwrap_or(u8::MAX);
        match last.checked_sub(1) {
            None => self.cells.contains_key(&Cell::Stop { column, stop: stops[0] }),
            Some(before) => {
                let flow = Cell::Flow { column: column - 1, from: stops[before], to: Some(stops[last]) };
                self.cells.contains_key(&flow)
            }
        }
    }

    fn cells_where(&self, is_meant: impl Fn(&Cell) -> bool) -> Vec<(Cell, Tally)> {
        self.raw.cells.iter().filter(|(cell, _)| is_meant(cell)).map(|(cell, tally)| (cell.clone(), *tally)).collect()
    }
}

/// The way that this one makes longer by a stop; a way that goes no further makes itself longer by nothing.
fn beginning(stops: &[Stop], whole: bool) -> &[Stop] {
    if whole { stops } else { &stops[..stops.len() - 1] }
}

/// Keys as numbers, in the order in which they come.
struct Places<K>(BTreeMap<K, usize>);

impl<K> Default for Places<K> {
    fn default() -> Places<K> {
        Places(BTreeMap::new())
    }
}

impl<K: Ord> Places<K> {
    fn of(&mut self, key: K) -> usize {
        let next = self.0.len();
        *self.0.entry(key).or_insert(next)
    }
}
