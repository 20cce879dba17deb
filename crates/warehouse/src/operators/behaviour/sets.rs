//! Which visitors of a day are in the same sets.

use outis_event::{Dimension, Term};
use outis_insight::history::{CROSSED, Counted, Crowd, Keeping, Mask, Share, Shares, Together};
use outis_insight::{Filter, Query};

use super::funnel::Funnels;
use super::matcher::Matcher;
use super::{Among, Facts, Unit, counts_for_floor, matcher};
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
    /// By the values of each of [`CROSSED`], if anything is told by them; `None`: too many combinations.
    shares: Vec<(Dimension, Option<Shares>)>,
    /// What the visitor in hand has of each of them. Kept for its memory.
    values: Vec<(Term, Mask)>,
}

/// What was counted.
pub(crate) struct SetsOfDay {
    /// Who is in the same sets; `None` if there were too many combinations to be looked at.
    pub(crate) together: Option<Together>,
    /// The same by the values of dimensions.
    pub(crate) shares: Vec<(Dimension, Shares)>,
}

impl Sets {
    /// Nobody counted yet; `base` tells what page views and engagement are called.
    pub(crate) fn new(base: Query, keeping: &Keeping) -> Sets {
        // Batches of a close hold all columns.
        let mut columns = Columns::ALL;
        let is_crossed = keeping.kept.iter().any(|kept| matches!(kept.counted, Counted::Any(_)));
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
            shares: CROSSED.iter().filter(|_| is_crossed).map(|dimension| (*dimension, Some(Shares::new()))).collect(),
            values: Vec::new(),
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
        let counts = counts_for_floor(batch, run.rows, self.base.engagement);
        for (dimension, shares) in &mut self.shares {
            self.values.clear();
            for (row, visit) in &acts {
                let value = batch.terms[dimension.index()][*row];
                let at = match self.values.iter().position(|(known, _)| *known == value) {
                    Some(at) => at,
                    None => {
                        self.values.push((value, Mask::default()));
                        self.values.len() - 1
                    }
                };
                let mask = &mut self.values[at].1;
                let is_new = |set: &usize, mask: &Mask| mask[set / 64] >> (set % 64) & 1 == 0;
                for (set, matcher) in &self.any {
                    if is_new(set, mask) && matcher.matches(batch, *row, visit) {
                        mask[set / 64] |= 1 << (set % 64);
                    }
                }
            }
            share(shares, &self.values, counts);
        }
        if self.together.len() < MOST_COMBINATIONS || self.together.contains_key(&mask) {
            self.together.entry(mask).or_default().add(counts);
        } else {
            self.overflows = true;
        }
    }

    /// Everything counted.
    pub(crate) fn finish(self) -> SetsOfDay {
        let shares = self.shares.into_iter().filter_map(|(dimension, shares)| Some((dimension, shares?)));
        SetsOfDay { together: (!self.overflows).then_some(self.together), shares: shares.collect() }
    }
}

/// Adds a visitor with these values.
fn share(shares: &mut Option<Shares>, values: &[(Term, Mask)], counts: bool) {
    let Some(all) = shares else { return };
    for (at, key) in values.iter().enumerate() {
        let share: &mut Share = all.entry(*key).or_default();
        let mut one = Crowd::default();
        one.add(counts);
        share.crowd.join(one);
        share.own += u64::from(counts && at == 0);
    }
    if all.len() > MOST_COMBINATIONS {
        *shares = None;
    }
}
