//! Members as far as they may be told.

use std::collections::BTreeSet;

use outis_event::{Lifecycle, Span};
use outis_insight::behaviour::{Cell, Histogram, Tally};

use super::told::Told;

impl Told<'_> {
    /// Tells cohorts of enough members. Where all but a few of a cohort are there, all are told to be.
    pub(super) fn retention(&mut self) {
        for (cell, tally) in &self.raw.cells {
            let whole = match cell {
                Cell::Cohort(_) => *tally,
                Cell::Retained { cohort, .. } => self.raw.of(&Cell::Cohort(*cohort)),
                _ => continue,
            };
            let missing = whole.count.saturating_sub(tally.count);
            let nearly_all = whole.count >= tally.count && missing < u64::from(self.floor);
            let told = if nearly_all { whole.count } else { tally.count };
            if self.enough(*tally) && self.enough(whole) {
                self.tell(cell.clone(), told);
            }
        }
    }

    /// Tells how many are active, and their states as parts of them. Where few of the span before are missing, all of
    /// them are told to have returned.
    pub(super) fn lifecycle(&mut self) {
        let spans: BTreeSet<(Span, i32)> = self
            .raw
            .cells
            .keys()
            .filter_map(|cell| match cell {
                Cell::Active { span, at } => Some((*span, *at)),
                _ => None,
            })
            .collect();
        for (span, at) in spans {
            let active = self.raw.of(&Cell::Active { span, at });
            if self.enough(active) {
                self.tell(Cell::Active { span, at }, active.count);
                self.states(span, at, active);
            }
        }
        if self.whole() {
            self.classes(Histogram::ActiveDays);
        }
    }

    fn states(&mut self, span: Span, at: i32, active: Tally) {
        let states = [Lifecycle::New, Lifecycle::Returning, Lifecycle::Resurrected];
        let cells = states.map(|state| Cell::State { span, at, state });
        let tallies = [0, 1, 2].map(|at: usize| self.raw.of(&cells[at]));
        // Those whose state is not told.
        let others = active.count.saturating_sub(tallies.iter().map(|tally| tally.count).sum());
        let all = [tallies.as_slice(), &[Tally { count: others, persons: others }]].concat();
        let may = self.parts_of_a_whole(&all);
        let before = self.raw.of(&Cell::Active { span, at: at - 1 }).count;
        for (((cell, tally), state), may) in cells.into_iter().zip(tallies).zip(states).zip(may) {
            let dormant = before.saturating_sub(tally.count);
            let few_missing = state == Lifecycle::Returning && dormant > 0 && dormant < u64::from(self.floor);
            if may {
                self.tell(cell, if few_missing { before } else { tally.count });
            }
        }
    }
}
