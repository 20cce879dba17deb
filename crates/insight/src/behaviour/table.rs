//! Tables of counts: what visitors' days are added up to, and what of it may be said.

use std::collections::BTreeMap;

use outis_event::{Lifecycle, Span, Term, Timestamp};

use super::{Among, Histogram, Measure, Stop};
use crate::Life;
use crate::history::Spread;

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// Everybody, or every visit, that the question is about.
    All,
    /// Visitors who came as far as a step of a funnel.
    Reached {
        /// Which of them.
        slice: Slice,
        /// The step, from 0.
        step: u8,
    },
    /// Visitors who came as far as the step before (leaving out an optional one) and no further.
    Left {
        /// Which of them.
        slice: Slice,
        /// The step they did not reach.
        step: u8,
    },
    /// Where members are followed: those of them who did not come to the end and may still.
    Unfinished,
    /// Where members are followed: who did not come to the end and, as far as is known, will not.
    Stopped,
    /// What is credited with conversions, in millionths of one ([`WHOLE`](super::WHOLE)).
    Credit(Slice),
    /// Visitors or members who are there.
    Present(Among),
    /// Visits that are at a stop in a column of journeys.
    Stop {
        /// The column, from 0.
        column: u8,
        /// Where they are.
        stop: Stop,
    },
    /// Visits that go from a stop in a column to one in the next column.
    Flow {
        /// The first one's column.
        column: u8,
        /// Where they are.
        from: Stop,
        /// Where they go; `None`: nowhere, the way ends (or for ways looked at backwards, begins) here.
        to: Option<Stop>,
    },
    /// Visits whose way begins with these stops, or is these stops.
    Way {
        /// The stops, one for each column.
        stops: Box<[Stop]>,
        /// The way has no further stop, or none that is looked at.
        whole: bool,
    },
    /// Visitors who are there in a local hour of a day of the week.
    Hour {
        /// From 0, Monday.
        weekday: u8,
        /// From 0 to 23.
        hour: u8,
    },
    /// Members of a cohort week who are active in a span.
    Retained {
        /// The cohort week.
        cohort: u32,
        /// Of this length.
        span: Span,
        /// The span's [number](super::number).
        at: i32,
    },
    /// Members who first became active in the cohort week, whatever they did; the whole of which others are retained.
    Cohort(u32),
    /// Members of a cohort who came back.
    Returned {
        /// The cohort week.
        cohort: u32,
        /// The place of the question's column.
        column: u8,
    },
    /// Members who are active in a span.
    Active {
        /// Of this length.
        span: Span,
        /// The span's number.
        at: i32,
    },
    /// Those of them with this state.
    State {
        /// Weeks or periods.
        span: Span,
        /// The span's number.
        at: i32,
        /// The state.
        state: Lifecycle,
    },
    /// In a histogram, those whose value lies in the class at this place.
    Class(Histogram, u8),
    /// Those of a measure who have this value; see [`coarse`](super::coarse). Left out of finished tables.
    Value(Measure, u32),
    /// In a finished table, the median of a measure.
    Median(Measure),
}

impl Cell {
    /// True if members are counted, each once in the cell however many days it is about.
    fn is_of_members(&self) -> bool {
        matches!(
            self,
            Cell::Retained { .. } | Cell::Cohort(_) | Cell::Returned { .. } | Cell::Active { .. } | Cell::State { .. }
        )
    }
}

/// A part of the visitors in a funnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slice {
    /// All of them.
    All,
    /// Those who entered with this value of the group.
    Group(Term),
    /// Those who entered in this bucket of time, in minutes since 1970-01-01T00:00 local. Only first and last step are
    /// told of it.
    Time(i64),
    /// Those of all groups that are too small to be told singly; in shown tables only.
    Other,
}

/// A count with the persons behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The count, or the median.
    pub count: u64,
    /// At least this many persons are behind it: the largest day's distinct visitors that count for floors, the
    /// followed members of one period who do, or the members counted. Never a sum over days, nor of these.
    pub persons: u64,
}

/// An answer that has not passed the guard. Not serialisable, on purpose. A cell that is not there counts nobody.
#[derive(Clone, Debug)]
pub struct RawTable {
    /// The counts.
    pub cells: BTreeMap<Cell, Tally>,
    /// Everything acknowledged before this instant is in the answer.
    pub fresh_as_of: Timestamp,
}

impl RawTable {
    /// The table of these cells: values become medians, and members are persons.
    pub fn new(cells: BTreeMap<Cell, Tally>, fresh_as_of: Timestamp) -> RawTable {
        let mut values: BTreeMap<Measure, Vec<(u32, u64)>> = BTreeMap::new();
        let mut kept = BTreeMap::new();
        for (cell, tally) in cells {
            match cell {
                // In order of the values, because cells are.
                Cell::Value(measure, value) => values.entry(measure).or_default().push((value, tally.count)),
                other => {
                    let persons = if other.is_of_members() { tally.count } else { tally.persons };
                    kept.insert(other, Tally { persons, ..tally });
                }
            }
        }
        for (measure, values) in values {
            // Who has a value was counted in the median's cell.
            kept.entry(Cell::Median(measure)).or_insert_with(Tally::default).count = median(&values);
        }
        RawTable { cells: kept, fresh_as_of }
    }

    /// A cell's count and persons; 0 if it is not there.
    pub fn of(&self, cell: &Cell) -> Tally {
        self.cells.get(cell).copied().unwrap_or_default()
    }
}

/// The lower median of sorted values with their counts; 0 of none.
fn median(values: &[(u32, u64)]) -> u64 {
    let all: u64 = values.iter().map(|(_, count)| count).sum();
    let mut before = 0;
    for (value, count) in values {
        before += count;
        if before * 2 >= all {
            return u64::from(*value);
        }
    }
    0
}

/// A table of which everything may be said. Only the guard makes one (and tests, which have nobody's rows).
#[derive(Clone, Debug)]
pub struct ShownTable {
    /// What is told.
    pub cells: BTreeMap<Cell, u64>,
    /// True if a cell that is not there counts nobody; false if nothing is known about it.
    pub complete: bool,
    /// How many groups were too small to be shown singly.
    pub hidden_groups: u64,
    /// Least number of people behind a count.
    pub floor: u32,
    /// Counts are multiples of this; 1 if they are exact.
    pub rounded_to: u32,
    /// Noise in it, as variances of a count, at most; none but in history of sites whose policy has it.
    pub noise: Spread,
    /// What the answer was made from.
    pub life: Life,
    /// Everything acknowledged before this instant is in the answer.
    pub fresh_as_of: Timestamp,
}

impl ShownTable {
    /// What is told of a cell; `None` if it may not be told.
    pub fn of(&self, cell: &Cell) -> Option<u64> {
        self.cells.get(cell).copied().or(self.complete.then_some(0))
    }

    /// A median, if there is one and it may be told.
    pub fn median(&self, measure: Measure) -> Option<u64> {
        self.cells.get(&Cell::Median(measure)).copied()
    }
}
