//! How questions are answered whose days have no rows any more.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Slot, Term};

use crate::behaviour::{Cell as Count, Slice};
use crate::bucket::bucket;
use crate::{Group, Interval, Metric, Query};

use super::cell::{Cell, Place};
use super::family::Family;
use super::noise::{Spread, Spreads};

/// What takes the place of a query once its days have no rows any more.
#[derive(Clone, Debug, Default)]
pub enum Past {
    /// Nothing: cells answer it as it stands.
    #[default]
    AsAsked,
    /// A query that asks cells for the same.
    Instead(Box<Query>),
    /// A [kept](super::Kept) set: only how many visitors there were.
    Set(Term),
    /// Nothing: history does not keep it.
    Never,
}

/// What closes kept of a set, or of the steps of a funnel.
#[derive(Clone, Debug)]
pub struct SetDays {
    family: Family,
    /// Days that were closed.
    closed: BTreeSet<Day>,
    /// By day, how many visitors of which step; what is not there is not told.
    told: BTreeMap<Day, BTreeMap<u32, u64>>,
    spreads: Spreads,
    /// By day, the noise in a count.
    noise: BTreeMap<Day, Spread>,
}

/// What is told of a set over some days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetAnswer {
    /// Visitors by bucket (0 without an interval), as far as they are told on some day of it.
    pub by_bucket: BTreeMap<i64, u64>,
    /// All of them; `None` if no day is told.
    pub total: Option<u64>,
    /// Days of which it is not told.
    pub hidden_days: u64,
    /// Noise in it, at most.
    pub noise: Spread,
}

impl SetDays {
    /// Nothing known yet of a set.
    pub fn new(id: Term) -> SetDays {
        SetDays {
            family: Family::set(id),
            closed: BTreeSet::new(),
            told: BTreeMap::new(),
            spreads: Spreads::default(),
            noise: BTreeMap::new(),
        }
    }

    /// Says what noise is in the cells that are taken from now on.
    pub fn with_noise(&mut self, spreads: Spreads) {
        self.spreads = spreads;
    }

    /// The noise in a count of days of which all is told, at most: of the whole range, in buckets or not.
    pub fn noise(&self, interval: Option<Interval>, query: &Query) -> Spread {
        let mut sums: BTreeMap<i64, Spread> = BTreeMap::new();
        for (day, spread) in &self.noise {
            let start = interval.map_or(0, |interval| bucket(interval, *day, Slot(0), &query.zone));
            sums.entry(start).or_default().add(spread);
        }
        let mut most = Spread::default();
        sums.values().for_each(|spread| most.widen(spread));
        most
    }

    /// The families whose cells it needs.
    pub fn families(&self) -> Vec<Family> {
        vec![Family::SITE, self.family]
    }

    /// Takes in a cell of a day; what is not asked about changes nothing.
    pub fn take(&mut self, cell: &Cell) {
        if cell.family == Family::SITE {
            self.closed.insert(cell.first);
        }
        if cell.family == self.family {
            let steps = self.told.entry(cell.first).or_default();
            if let Place::Values([step, _]) = cell.place {
                steps.insert(step.0, cell.parts.visitors);
                self.noise.insert(cell.first, self.spreads.of(cell));
            }
        }
    }

    /// The first closed day from which on the set was kept without a gap, if it was kept on the last one.
    pub fn kept_from(&self) -> Option<Day> {
        self.closed.iter().rev().copied().take_while(|day| self.told.contains_key(day)).last()
    }

    /// True if it was kept on every closed day.
    pub fn is_whole(&self) -> bool {
        self.closed.iter().all(|day| self.told.contains_key(day))
    }

    /// What is told of a step, in buckets of an interval of at least a day.
    pub fn answer(&self, step: u32, interval: Option<Interval>, query: &Query) -> SetAnswer {
        let mut answer = SetAnswer { noise: self.noise(interval, query), ..SetAnswer::default() };
        for (day, steps) in &self.told {
            let Some(visitors) = steps.get(&step) else {
                answer.hidden_days += 1;
                continue;
            };
            let start = interval.map_or(0, |interval| bucket(interval, *day, Slot(0), &query.zone));
            *answer.by_bucket.entry(start).or_default() += visitors;
            *answer.total.get_or_insert(0) += visitors;
        }
        answer
    }

    /// The counts of a funnel over the days of which all steps are told: everybody by step, and by when they entered
    /// the first and last step. With them, how many days are left out.
    pub fn funnel(&self, steps: usize, over_time: Option<Interval>, query: &Query) -> (BTreeMap<Count, u64>, u64) {
        let mut counts = BTreeMap::new();
        let mut left_out = 0;
        for (day, told) in &self.told {
            if (0u32..).take(steps).any(|step| !told.contains_key(&step)) {
                left_out += 1;
                continue;
            }
            let start = over_time.map(|interval| bucket(interval, *day, Slot(0), &query.zone));
            for (step, visitors) in told {
                let step = *step as u8;
                let is_end = step == 0 || usize::from(step) + 1 == steps;
                let times = start.filter(|_| is_end).map(Slice::Time);
                for slice in [Some(Slice::All), times].into_iter().flatten() {
                    *counts.entry(Count::Reached { slice, step }).or_default() += visitors;
                }
            }
        }
        (counts, left_out)
    }
}

impl Past {
    /// The interval of a query that a set can answer: no group, or time of at least a day.
    pub fn interval(query: &Query) -> Option<Option<Interval>> {
        match query.groups[..] {
            [] => Some(None),
            [Group::Time(Interval::Hour)] => None,
            [Group::Time(interval)] => Some(Some(interval)),
            _ => None,
        }
    }

    /// The value of a metric of a set.
    pub fn value(metric: Metric, visitors: Option<u64>) -> Option<f64> {
        visitors.filter(|_| metric == Metric::Visitors).map(|visitors| visitors as f64)
    }
}

#[cfg(test)]
mod tests {
    use outis_event::SiteId;

    use super::*;
    use crate::{DayRange, Filter, Parts};

    fn query() -> Query {
        Query {
            site: SiteId(1),
            zone: jiff::tz::TimeZone::UTC,
            range: DayRange { from: Day(0), to: Day(9), slots: None },
            filter: Filter::ALL,
            metrics: vec![Metric::Visitors],
            groups: Vec::new(),
            pageview: Term(1),
            engagement: Term(2),
            cap_milli: None,
        }
    }

    fn days(steps: &[(i32, &[u64])]) -> SetDays {
        let id = Term(70_000);
        let mut days = SetDays::new(id);
        let cell = |family, day, place, visitors| Cell {
            family,
            span: super::super::cell::Span::Day,
            first: Day(day),
            place,
            parts: Parts { visitors, ..Parts::default() },
        };
        for (day, steps) in steps {
            days.take(&cell(Family::SITE, *day, Place::Values([Term::NONE; 2]), 100));
            days.take(&cell(Family::set(id), *day, Place::Other(2), 0));
            for (step, visitors) in (0u32..).zip(*steps) {
                days.take(&cell(Family::set(id), *day, Place::Values([Term(step), Term::NONE]), *visitors));
            }
        }
        days
    }

    #[test]
    fn days_that_are_not_told_are_counted_and_left_out() {
        let days = days(&[(0, &[30, 12]), (1, &[25]), (2, &[40, 20])]);
        let set = days.answer(0, Some(Interval::Day), &query());
        assert_eq!((set.total, set.hidden_days), (Some(95), 0));
        assert_eq!(set.by_bucket.into_values().collect::<Vec<_>>(), [30, 25, 40]);
        assert_eq!(days.answer(1, None, &query()).hidden_days, 1);
        let (counts, left_out) = days.funnel(2, Some(Interval::Month), &query());
        assert_eq!(left_out, 1);
        let of = |slice, step| counts.get(&Count::Reached { slice, step }).copied();
        assert_eq!([of(Slice::All, 0), of(Slice::All, 1)], [Some(70), Some(32)]);
        assert_eq!([of(Slice::Time(0), 0), of(Slice::Time(0), 1)], [Some(70), Some(32)]);
    }

    #[test]
    fn a_set_is_whole_if_it_was_kept_on_every_closed_day() {
        let mut late = days(&[(3, &[20]), (4, &[20])]);
        assert!(late.is_whole());
        let site = Cell {
            family: Family::SITE,
            span: super::super::cell::Span::Day,
            first: Day(1),
            place: Place::Values([Term::NONE; 2]),
            parts: Parts::default(),
        };
        late.take(&site);
        assert!(!late.is_whole());
        assert_eq!(late.kept_from(), Some(Day(3)));
    }
}
