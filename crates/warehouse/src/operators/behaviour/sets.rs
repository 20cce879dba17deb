//! Which visitors of a day are in the same sets.

use outis_insight::history::{Counted, Keeping, Mask, Together};
use outis_insight::{Filter, Query};

use super::funnel::Funnels;
use super::matcher::Matcher;
use super::{Among, Facts, Unit, matcher};
use crate::batch::Run;
use crate::{Batch, Columns};

/// Most combinations of sets on one day.
const MOST_COMBINATIONS: usize = 100_000;

/// What a site keeps, being counted.
pub(crate) struct Sets {
    base: Query,
    asked: Matcher,
    any: Vec<(usize, Matcher)>,
    funnels: Vec<(usize, Funnels)>,
    visits: Vec<Facts>,
    together: Together,
    overflows: bool,
}

impl Sets {
    /// Nobody counted yet; `base` tells what page views and engagement are called.
    pub(crate) fn new(base: Query, keeping: &Keeping) -> Sets {
        // Batches of a close hold all columns.
        let mut columns = Columns::ALL;
        let mut any: Vec<(usize, Matcher)> =
            keeping.known.iter().enumerate().map(|(set, filter)| (set, matcher(filter, &mut columns))).collect();
        let mut funnels = Vec::new();
        let mut set = keeping.known.len();
        for kept in &keeping.kept {
            match &kept.counted {
                Counted::Any(filter) => any.push((set, matcher(filter, &mut columns))),
                Counted::Funnel(funnel) => funnels.push((set, Funnels::new(funnel, &mut columns))),
            }
            set += kept.counted.steps();
        }
        Sets {
            base,
            asked: Matcher::new(&Filter::ALL),
            any,
            funnels,
            visits: Vec::new(),
            together: Together::new(),
            overflows: false,
        }
    }

    /// Takes in a batch of whole visitors.
    pub(crate) fn batch(&mut self, batch: &Batch) {
        self.asked.begin(batch);
        self.any.iter_mut().for_each(|(_, matcher)| matcher.begin(batch));
        self.funnels.iter_mut().for_each(|(_, funnels)| funnels.begin(batch));
        for run in batch.runs().filter(|run| run.visitor != 0) {
            self.visitor(batch, run);
        }
    }

    fn visitor(&mut self, batch: &Batch, run: Run) {
        self.visits.clear();
        for visit in run.visits {
            self.visits.push(Facts::of(batch, batch.rows_of(visit), self.base.pageview, self.base.engagement));
        }
        let day = Unit {
            base: &self.base,
            batch,
            asked: &self.asked,
            visits: &self.visits,
            among: Among::Day(batch.day),
            follows: false,
            asks_all: true,
            end_s: None,
        };
        let acts: Vec<(usize, &Facts)> = day
            .visits
            .iter()
            .flat_map(|visit| visit.rows.clone().map(move |row| (row, visit)))
            .filter(|(row, _)| !day.is_engagement(*row))
            .collect();
        let mut mask = Mask::default();
        for (set, matcher) in &self.any {
            if acts.iter().any(|(row, visit)| matcher.matches(batch, *row, visit)) {
                mask[set / 64] |= 1 << (set % 64);
            }
        }
        for (first, funnels) in &mut self.funnels {
            for set in funnels.reached(&day).into_iter().map(|step| *first + step) {
                mask[set / 64] |= 1 << (set % 64);
            }
        }
        // Who only stayed is no visitor, but may have come to a step that asks for staying.
        if acts.is_empty() && mask == Mask::default() {
            return;
        }
        let counts = day.counts_for_floor(run.rows);
        if self.together.len() < MOST_COMBINATIONS || self.together.contains_key(&mask) {
            self.together.entry(mask).or_default().add(counts);
        } else {
            self.overflows = true;
        }
    }

    /// Who is in the same sets; `None` if there were too many combinations to be looked at.
    pub(crate) fn finish(self) -> Option<Together> {
        (!self.overflows).then_some(self.together)
    }
}
