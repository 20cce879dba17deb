//! Funnels as far as they may be told.

use std::collections::BTreeSet;

use outis_insight::behaviour::{Cell, Funnel, Histogram, Measure, Slice, Tally};

use super::told::{Told, together};
use crate::round::rounded;

/// The place of a step.
type Step = u8;

impl Told<'_> {
    /// Tells a funnel.
    ///
    /// A step of fewer people than the floor, and all behind it, is not told. If fewer than that stopped before a
    /// step, the step is told as the one before: what is told of two steps differs by nobody or by enough people.
    pub(super) fn funnel(&mut self, funnel: &Funnel, snaps: bool) {
        let steps: Vec<Step> =
            funnel.required().steps.into_iter().filter_map(|step| Step::try_from(step).ok()).collect();
        let last = steps.last().copied().unwrap_or(0);
        let all = |told: &Told<'_>, slice, step| (told.reached(slice, step), told.left(slice, step));
        self.steps(Slice::All, &steps, snaps, &|told, step| all(told, Slice::All, step));
        if let Some(optional) = funnel.optional.and_then(|step| Step::try_from(step).ok()) {
            self.steps(Slice::All, &[optional - 1, optional], snaps, &|told, step| all(told, Slice::All, step));
        }
        if funnel.over_time.is_some() {
            let times = self.slices(|slice| matches!(slice, Slice::Time(_)));
            self.slices_by_step(&times, &[0, last], snaps);
        }
        if funnel.group.is_some() {
            let groups = self.slices(|slice| matches!(slice, Slice::Group(_)));
            self.slices_by_step(&groups, &steps, snaps);
        }
        self.unfinished(last, snaps);
        self.times(&steps, last);
    }

    /// Tells how many may still come to the end, if neither they nor the others are few who entered and of whom nothing
    /// else is told.
    fn unfinished(&mut self, last: Step, snaps: bool) {
        let unfinished = self.raw.of(&Cell::Unfinished);
        let stopped = self.raw.of(&Cell::Stopped);
        let others = match self.cells.contains_key(&Cell::Reached { slice: Slice::All, step: last }) {
            true => stopped,
            false => together([stopped, self.reached(Slice::All, last)]),
        };
        let may = self.parts_of_a_whole(&[unfinished, others]);
        if may[0] || !snaps && unfinished.count > 0 {
            self.tell(Cell::Unfinished, unfinished.count);
        }
    }

    fn reached(&self, slice: Slice, step: Step) -> Tally {
        self.raw.of(&Cell::Reached { slice, step })
    }

    fn left(&self, slice: Slice, step: Step) -> Tally {
        self.raw.of(&Cell::Left { slice, step })
    }

    /// Tells the steps of one slice, of which `of` says who reached each and who stopped before it.
    fn steps(&mut self, slice: Slice, steps: &[Step], snaps: bool, of: &dyn Fn(&Told<'_>, Step) -> (Tally, Tally)) {
        let mut before: Option<u64> = None;
        for step in steps {
            let (reached, left) = of(self, *step);
            if !self.enough(reached) {
                return;
            }
            let count = match before {
                Some(before) if snaps && left.count > 0 && !self.enough(left) => before,
                Some(before) => rounded(reached.count).min(before),
                None => rounded(reached.count),
            };
            self.cells.insert(Cell::Reached { slice, step: *step }, count);
            before = Some(count);
        }
    }

    /// The slices of one kind that somebody entered in.
    fn slices(&self, is_of_kind: impl Fn(Slice) -> bool) -> Vec<Slice> {
        let entered = self.raw.cells.keys().filter_map(|cell| match cell {
            Cell::Reached { slice, step: 0 } if is_of_kind(*slice) => Some(*slice),
            _ => None,
        });
        entered.collect()
    }

    /// Tells slices that together are everybody: each as far as it, and what is left of everybody without it, is of
    /// enough people. Groups too small for their first step are told together; buckets of time are not told.
    fn slices_by_step(&mut self, slices: &[Slice], steps: &[Step], snaps: bool) {
        let entered: Vec<Tally> = slices.iter().map(|slice| self.reached(*slice, 0)).collect();
        let may = self.parts_of_a_whole(&entered);
        let shown =
            |shown: bool| slices.iter().zip(&may).filter(move |(_, may)| **may == shown).map(|(slice, _)| *slice);
        let (mut open, hidden): (Vec<Slice>, Vec<Slice>) = (shown(true).collect(), shown(false).collect());
        self.hidden_groups += hidden.len() as u64;
        if hidden.iter().any(|slice| matches!(slice, Slice::Group(_))) {
            open.push(Slice::Other);
        }
        let of = |told: &Told<'_>, slice: Slice, step: Step| match slice {
            Slice::Other => (
                together(hidden.iter().map(|hidden| told.reached(*hidden, step))),
                together(hidden.iter().map(|hidden| told.left(*hidden, step))),
            ),
            slice => (told.reached(slice, step), told.left(slice, step)),
        };
        // How many steps are told of each slice that is not open any more.
        let mut ends: Vec<(Slice, usize)> = match open.last() {
            Some(Slice::Other) => Vec::new(),
            _ => hidden.iter().map(|slice| (*slice, 0)).collect(),
        };
        for (at, step) in steps.iter().enumerate() {
            let tallies: Vec<Tally> = open.iter().map(|slice| of(self, *slice, *step).0).collect();
            // Who is in no open slice any more is the rest of this step too.
            let closed: Vec<Tally> = ends.iter().map(|(slice, _)| of(self, *slice, *step).0).collect();
            let may = self.parts_of_a_whole(&[tallies.as_slice(), &[together(closed)]].concat());
            let closing: BTreeSet<Slice> =
                open.iter().zip(&may).filter(|(_, may)| !**may).map(|(slice, _)| *slice).collect();
            ends.extend(closing.iter().map(|slice| (*slice, at)));
            open.retain(|slice| !closing.contains(slice));
        }
        ends.extend(open.into_iter().map(|slice| (slice, steps.len())));
        for (slice, end) in ends {
            self.steps(slice, &steps[..end], snaps, &|told, step| of(told, slice, step));
        }
    }

    /// Tells how long it took, of steps that are told.
    fn times(&mut self, steps: &[Step], last: Step) {
        for step in steps {
            if self.cells.contains_key(&Cell::Reached { slice: Slice::All, step: *step }) {
                self.median(Measure::Gap(*step));
            }
        }
        let whole = Cell::Reached { slice: Slice::All, step: last };
        let Some(told) = self.cells.get(&whole).copied() else { return };
        self.median(Measure::TimeToConvert);
        let classes = Histogram::TimeToConvert.classes().len();
        let classes: Vec<Cell> = (0..classes).map(|at| Cell::Class(Histogram::TimeToConvert, at as u8)).collect();
        let tallies: Vec<Tally> = classes.iter().map(|cell| self.raw.of(cell)).collect();
        let exact = self.raw.of(&whole).count.max(1);
        for ((cell, tally), may) in classes.into_iter().zip(&tallies).zip(self.parts_of_a_whole(&tallies)) {
            if may {
                // Shares of what is told of the last step, so that they do not tell more than it does.
                self.tell(cell, tally.count * told / exact);
            }
        }
    }
}
