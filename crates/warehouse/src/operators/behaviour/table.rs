//! The table in the making: counts, and the most persons that are surely different ones.

use std::collections::HashMap;

use outis_event::{Day, Timestamp};
use outis_insight::EvaluateError;
use outis_insight::behaviour::{Among, Cell, RawTable, Tally};

/// Most cells of a table.
const MOST_CELLS: usize = 1_000_000;

/// Counts of everything seen so far. Visitors come one after the other, days and periods too.
#[derive(Debug)]
pub(super) struct Table {
    cells: HashMap<Cell, Running>,
    /// The visitor in hand; visitors are numbered from 1 through all days.
    visitor: u64,
    counts_for_floor: bool,
    among: Among,
    /// Some way was left out because there were too many.
    lost_ways: bool,
}

#[derive(Clone, Copy, Debug)]
struct Running {
    count: u64,
    /// The last visitor that was counted as a person.
    last: u64,
    among: Among,
    persons_among: u64,
    most_persons: u64,
}

impl Default for Table {
    fn default() -> Table {
        let among = Among::Day(Day::default());
        Table { cells: HashMap::new(), visitor: 0, counts_for_floor: false, among, lost_ways: false }
    }
}

impl Default for Running {
    fn default() -> Running {
        let among = Among::Day(Day::default());
        Running { count: 0, last: 0, among, persons_among: 0, most_persons: 0 }
    }
}

impl Running {
    fn persons(&self) -> u64 {
        self.most_persons.max(self.persons_among)
    }
}

impl Table {
    /// What is added from now on is of the next visitor, or the next member.
    pub(super) fn next(&mut self, among: Among, counts_for_floor: bool) {
        self.visitor += 1;
        self.counts_for_floor = counts_for_floor;
        self.among = among;
    }

    pub(super) fn add(&mut self, cell: Cell, count: u64) {
        let running = self.cells.entry(cell).or_default();
        running.count += count;
        if !self.counts_for_floor || running.last == self.visitor {
            return;
        }
        running.last = self.visitor;
        if running.among != self.among {
            running.most_persons = running.persons();
            running.persons_among = 0;
            running.among = self.among;
        }
        running.persons_among += 1;
    }

    /// Takes in counts of other days.
    pub(super) fn merge(&mut self, other: Table) {
        self.lost_ways |= other.lost_ways;
        for (cell, theirs) in other.cells {
            let mine = self.cells.entry(cell).or_default();
            mine.count += theirs.count;
            mine.most_persons = mine.most_persons.max(theirs.persons());
        }
    }

    /// Adds to a way through a visit. If there are too many different ones, none is told: some would be counted from
    /// late on only.
    pub(super) fn add_way(&mut self, way: Cell) {
        self.lost_ways |= self.cells.len() >= MOST_CELLS / 4;
        if !self.lost_ways {
            self.add(way, 1);
        }
    }

    pub(super) fn finish(mut self, fresh_as_of: Timestamp) -> Result<RawTable, EvaluateError> {
        if self.lost_ways {
            self.cells.retain(|cell, _| !matches!(cell, Cell::Way { .. }));
        }
        if self.cells.len() > MOST_CELLS {
            return Err(EvaluateError::TooLarge { most_rows: MOST_CELLS });
        }
        let tally = |running: Running| Tally { count: running.count, persons: running.persons() };
        let cells = self.cells.into_iter().map(|(cell, running)| (cell, tally(running)));
        Ok(RawTable::new(cells.collect(), fresh_as_of))
    }
}
