//! How questions about order are answered whose days have no rows any more.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Lifecycle, Span as Marked, Term};

use crate::behaviour::{About, Behaviour, Cell as Count, number};

use super::cell::{Cell, Place};
use super::family::Family;
use super::members::{EVERYBODY, Members, to_state};
use super::step::PastStep;

/// A question about order being answered from cells.
#[derive(Debug)]
pub struct PastOrder {
    families: Vec<Family>,
    /// Tells the days on which it was kept.
    marker: Family,
    closed: BTreeSet<Day>,
    kept: BTreeSet<Day>,
    counts: BTreeMap<Count, u64>,
    /// What of members the question shows.
    shows: &'static [Members],
    /// Of which span what members are told by is told in part only, or not at all.
    hidden: BTreeMap<(Members, Day), u32>,
    step: Option<PastStep>,
}

/// What cells tell of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastTable {
    /// The counts; what is not there is not known.
    pub counts: BTreeMap<Count, u64>,
    /// Of how many counts it is known that they are not told.
    pub hidden: u64,
}

impl PastOrder {
    /// Prepares the answer; `None` if cells cannot answer the question. They tell members by their marks, and of
    /// journeys the page after one page, or before one.
    pub fn new(question: &Behaviour) -> Option<PastOrder> {
        if question.base.range.slots.is_some() || !question.base.filter.is_all() {
            return None;
        }
        let mut step = None;
        let mut shows: &[Members] = &[];
        let families = match &question.about {
            About::Journeys(journeys) if question.narrowed.is_empty() && question.following.is_none() => {
                let one = PastStep::new(journeys, question.base.pageview)?;
                let families = one.families().to_vec();
                step = Some(one);
                families
            }
            About::Retention(retention) if retention.action.is_none() => {
                shows = match retention.by_day {
                    true => &[Members::CohortsOfDay, Members::CohortsOfWeek],
                    false => &[Members::CohortsOfWeek],
                };
                Members::ALL.map(Family::members).to_vec()
            }
            About::Lifecycle(_) => {
                shows = &[Members::Day, Members::Week, Members::Period];
                Members::ALL.map(Family::members).to_vec()
            }
            _ => return None,
        };
        Some(PastOrder {
            marker: families.first().copied()?,
            families,
            step,
            shows,
            closed: BTreeSet::new(),
            kept: BTreeSet::new(),
            counts: BTreeMap::new(),
            hidden: BTreeMap::new(),
        })
    }

    /// The families whose cells it needs.
    pub fn families(&self) -> Vec<Family> {
        std::iter::once(Family::SITE).chain(self.families.iter().copied()).collect()
    }

    /// Takes in a cell of a time asked about; what is not asked about changes nothing.
    pub fn take(&mut self, cell: &Cell) {
        if cell.family == Family::SITE {
            self.closed.insert(cell.first);
        }
        if cell.family == self.marker {
            self.kept.insert(cell.first);
        }
        if let Some(step) = &mut self.step {
            step.take(cell);
        }
        let Some(of) = cell.family.of_members() else { return };
        match cell.place {
            Place::Values([key, _]) => self.members(of, cell.first, key, cell.parts.visitors),
            Place::Other(hidden) => _ = self.hidden.insert((of, cell.first), hidden),
            Place::Hour(_) => {}
        }
    }

    fn members(&mut self, of: Members, first: Day, key: Term, members: u64) {
        let span = match of {
            Members::Day | Members::CohortsOfDay => Marked::Day,
            Members::Week | Members::CohortsOfWeek => Marked::Week,
            Members::Period => Marked::Period,
        };
        let at = number(first, span);
        let count = match (of, to_state(key)) {
            (Members::CohortsOfDay | Members::CohortsOfWeek, _) => Count::Retained { cohort: key.0, span, at },
            _ if key == EVERYBODY => Count::Active { span, at },
            (_, Some(state)) => Count::State { span, at, state },
            _ => return,
        };
        if of == Members::CohortsOfWeek && i64::from(key.0) == i64::from(at) {
            self.counts.insert(Count::Cohort(key.0), members);
        }
        self.counts.insert(count, members);
    }

    /// True if it was kept on every closed day.
    pub fn is_whole(&self) -> bool {
        self.closed.is_subset(&self.kept)
    }

    /// The first closed day from which on it was kept without a gap, if it was on the last one.
    pub fn kept_from(&self) -> Option<Day> {
        self.closed.iter().rev().copied().take_while(|day| self.kept.contains(day)).last()
    }

    /// What is told. Where everybody is told and nothing is hidden, what has no cell is nobody.
    pub fn finish(mut self) -> PastTable {
        if let Some(step) = self.step {
            return step.finish();
        }
        let cohorts: Vec<u32> = self.counts.keys().filter_map(cohort).collect();
        let spans: Vec<(Marked, i32)> = self.counts.keys().filter_map(everybody).collect();
        for (span, at) in spans {
            let [states, of_cohorts] = match span {
                Marked::Day => [Members::Day, Members::CohortsOfDay],
                Marked::Week => [Members::Week, Members::CohortsOfWeek],
                Marked::Period => [Members::Period, Members::Period],
            };
            let is_known = |of, hidden: &BTreeMap<(Members, Day), u32>| !hidden.contains_key(&(of, first(span, at)));
            if span != Marked::Day && is_known(states, &self.hidden) {
                for state in [Lifecycle::New, Lifecycle::Returning, Lifecycle::Resurrected] {
                    self.counts.entry(Count::State { span, at, state }).or_insert(0);
                }
            }
            if span != Marked::Period && is_known(of_cohorts, &self.hidden) {
                for cohort in &cohorts {
                    self.counts.entry(Count::Retained { cohort: *cohort, span, at }).or_insert(0);
                }
            }
        }
        let shown = self.hidden.iter().filter(|((of, _), _)| self.shows.contains(of));
        let hidden = shown.map(|(_, keys)| u64::from(*keys)).sum();
        PastTable { counts: self.counts, hidden }
    }
}

fn cohort(count: &Count) -> Option<u32> {
    match count {
        Count::Cohort(cohort) => Some(*cohort),
        _ => None,
    }
}

fn everybody(count: &Count) -> Option<(Marked, i32)> {
    match count {
        Count::Active { span, at } => Some((*span, *at)),
        _ => None,
    }
}

fn first(span: Marked, at: i32) -> Day {
    match span {
        Marked::Day => Day(at),
        Marked::Week => Day::of_week(at),
        Marked::Period => Day::of_week(at.saturating_mul(5)),
    }
}
