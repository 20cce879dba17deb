//! The table in the making: counts, and the persons of the largest day.

use std::collections::HashMap;

use outis_event::{Day, Timestamp};
use outis_insight::EvaluateError;
use outis_insight::behaviour::{Cell, RawTable, Tally};

/// Most cells of a table.
const MOST_CELLS: usize = 1_000_000;

/// Counts of everything seen so far. Visitors come one after the other, days too.
#[derive(Debug, Default)]
pub(super) struct Table {
    cells: HashMap<Cell, Running>,
    /// The visitor in hand; visitors are numbered from 1 through all days.
    visitor: u64,
    counts_for_floor: bool,
    day: Day,
}

#[derive(Clone, Copy, Debug, Default)]
struct Running {
    count: u64,
    /// The last visitor that was counted as a person.
    last: u64,
    day: Day,
    persons_of_day: u64,
    most_persons: u64,
}

impl Running {
    fn persons(&self) -> u64 {
        self.most_persons.max(self.persons_of_day)
    }
}

impl Table {
    /// What is added from now on is of the next visitor.
    pub(super) fn next_visitor(&mut self, day: Day, counts_for_floor: bool) {
        self.visitor += 1;
        self.counts_for_floor = counts_for_floor;
        self.day = day;
    }

    pub(super) fn add(&mut self, cell: Cell, count: u64) {
        let running = self.cells.entry(cell).or_default();
        running.count += count;
        if !self.counts_for_floor || running.last == self.visitor {
            return;
        }
        running.last = self.visitor;
        if running.day != self.day {
            running.most_persons = running.persons();
            running.persons_of_day = 0;
            running.day = self.day;
        }
        running.persons_of_day += 1;
    }

    /// Takes in counts of other days.
    pub(super) fn merge(&mut self, other: Table) {
        for (cell, theirs) in other.cells {
            let mine = self.cells.entry(cell).or_default();
            mine.count += theirs.count;
            mine.most_persons = mine.most_persons.max(theirs.persons());
        }
    }

    /// True if nothing more is to be told apart that a table can do without.
    pub(super) fn is_full(&self) -> bool {
        self.cells.len() >= MOST_CELLS / 2
    }

    /// True if the cell counts something already.
    pub(super) fn has(&self, cell: &Cell) -> bool {
        self.cells.contains_key(cell)
    }

    pub(super) fn finish(self, fresh_as_of: Timestamp) -> Result<RawTable, EvaluateError> {
        if self.cells.len() > MOST_CELLS {
            return Err(EvaluateError::TooLarge { most_rows: MOST_CELLS });
        }
        let tally = |running: Running| Tally { count: running.count, persons: running.persons() };
        let cells = self.cells.into_iter().map(|(cell, running)| (cell, tally(running)));
        Ok(RawTable::new(cells.collect(), fresh_as_of))
    }
}
