//! How questions are answered whose days have no rows any more.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Dimension, Slot, Term};

use crate::behaviour::{Cell as Count, Slice};
use crate::bucket::bucket;
use crate::{Group, Interval, Metric, Query};

use super::cell::{Cell, Place};
use super::crossed::CROSSED;
use super::family::{Family, Rule};
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
    /// Days that were closed, and how many visitors there were.
    closed: BTreeMap<Day, u64>,
    /// By day, how many visitors of which step; what is not there is not told.
    told: BTreeMap<Day, BTreeMap<u32, u64>>,
    spreads: Spreads,
    /// By day, the noise in a count.
    noise: BTreeMap<Day, Spread>,
    by: Option<By>,
}

/// The same by the values of a dimension.
#[derive(Clone, Debug)]
struct By {
    family: Family,
    /// Of the value as a whole.
    whole: Family,
    /// How many visitors of which value were in the set on which day, as far as it is told.
    told: BTreeMap<(Term, Day), u64>,
    /// How many visitors of which value there were on which day, as far as it is told.
    visitors: BTreeMap<(Term, Day), u64>,
    /// By day, of how many values it is not told.
    hidden: BTreeMap<Day, u32>,
    kept: BTreeSet<Day>,
}

/// What is told of a set over some days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SetAnswer {
    /// Visitors by bucket (0 without an interval), as far as they are told on some day of it.
    pub by_bucket: BTreeMap<i64, u64>,
    /// All of them; `None` if no day is told.
    pub total: Option<u64>,
    /// How many visitors there were at all on the days that are told.
    pub whole: u64,
    /// Days of which it is not told.
    pub hidden_days: u64,
    /// Noise in it, at most.
    pub noise: Spread,
    /// Visitors by value, if the question is about values, as far as they are told on some day.
    pub by_value: BTreeMap<Term, u64>,
    /// How many visitors of the value there were at all on those days, if that is told.
    pub whole_by_value: BTreeMap<Term, u64>,
    /// Of how many values it is not told on some day, at most.
    pub hidden_values: u64,
}

impl SetDays {
    /// Nothing known yet of a set.
    pub fn new(id: Term) -> SetDays {
        SetDays {
            family: Family::set(id),
            closed: BTreeMap::new(),
            told: BTreeMap::new(),
            spreads: Spreads::default(),
            noise: BTreeMap::new(),
            by: None,
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

    /// The same, also by the values of the dimension that a query asks for.
    pub fn of(id: Term, query: &Query) -> SetDays {
        let by = |dimension| By {
            family: Family::set_by(id, dimension),
            whole: Family::of_values(Group::Dimension(dimension)),
            told: BTreeMap::new(),
            visitors: BTreeMap::new(),
            hidden: BTreeMap::new(),
            kept: BTreeSet::new(),
        };
        SetDays { by: Past::dimension(query).map(by), ..SetDays::new(id) }
    }

    /// The families whose cells it needs.
    pub fn families(&self) -> Vec<Family> {
        let by = self.by.iter().flat_map(|by| [by.family, by.whole]);
        [Family::SITE, self.family].into_iter().chain(by).collect()
    }

    /// Takes in a cell of a day; what is not asked about changes nothing.
    pub fn take(&mut self, cell: &Cell) {
        if cell.family == Family::SITE {
            let visitors = self.closed.entry(cell.first).or_default();
            if matches!(cell.place, Place::Values(_)) {
                *visitors = cell.parts.visitors;
            }
        }
        if cell.family == self.family {
            let steps = self.told.entry(cell.first).or_default();
            if let Place::Values([step, _]) = cell.place {
                steps.insert(step.0, cell.parts.visitors);
                self.noise.insert(cell.first, self.spreads.of(cell));
            }
        }
        if let Some(by) = &mut self.by {
            by.take(cell);
        }
    }

    fn is_kept(&self, day: &Day) -> bool {
        self.told.contains_key(day) && self.by.as_ref().is_none_or(|by| by.kept.contains(day))
    }

    /// The first closed day from which on the set was kept without a gap, if it was kept on the last one.
    pub fn kept_from(&self) -> Option<Day> {
        self.closed.keys().rev().copied().take_while(|day| self.is_kept(day)).last()
    }

    /// True if it was kept on every closed day.
    pub fn is_whole(&self) -> bool {
        self.closed.keys().all(|day| self.is_kept(day))
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
            answer.whole += self.closed.get(day).copied().unwrap_or(0);
        }
        if let Some(by) = &self.by {
            (answer.by_value, answer.whole_by_value) = by.sums();
            answer.hidden_values = by.hidden.values().copied().max().map_or(0, u64::from);
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

impl By {
    fn take(&mut self, cell: &Cell) {
        match cell.place {
            Place::Values([value, _]) if cell.family == self.family => {
                self.told.insert((value, cell.first), cell.parts.visitors);
            }
            Place::Values(values) if cell.family == self.whole => {
                let value = values[usize::from(self.whole.rule() == Rule::Within)];
                *self.visitors.entry((value, cell.first)).or_default() += cell.parts.visitors;
            }
            Place::Other(values) if cell.family == self.family => _ = self.hidden.insert(cell.first, values),
            _ => {}
        }
        if cell.family == self.family {
            self.kept.insert(cell.first);
        }
    }

    /// True of a day of which all values are told.
    fn is_whole_on(&self, day: &Day) -> bool {
        self.kept.contains(day) && self.hidden.get(day).is_none_or(|values| *values == 0)
    }

    /// By value, how many visitors were in the set and how many there were at all, on the days that are told.
    fn sums(&self) -> (BTreeMap<Term, u64>, BTreeMap<Term, u64>) {
        let mut in_set = BTreeMap::<Term, u64>::new();
        let mut unknown = BTreeSet::new();
        for ((value, day), visitors) in &self.told {
            *in_set.entry(*value).or_default() += visitors;
            if !self.visitors.contains_key(&(*value, *day)) {
                unknown.insert(*value);
            }
        }
        let mut at_all = BTreeMap::<Term, u64>::new();
        for (place @ (value, day), visitors) in &self.visitors {
            // Where nothing is hidden, who is not told of is nobody.
            let is_told = self.told.contains_key(place) || self.is_whole_on(day);
            if is_told && in_set.contains_key(value) && !unknown.contains(value) {
                *at_all.entry(*value).or_default() += visitors;
            }
        }
        (in_set, at_all)
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

    /// The dimension by whose values alone a query asks, if sets are told by it.
    pub fn dimension(query: &Query) -> Option<Dimension> {
        match query.groups[..] {
            [Group::Dimension(dimension)] => Some(dimension).filter(|dimension| CROSSED.contains(dimension)),
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
    fn a_set_by_values_is_whole_if_it_was_kept_by_them() {
        let id = Term(70_000);
        let mut query = query();
        query.groups = vec![Group::Dimension(Dimension::Customer)];
        let mut days = SetDays::of(id, &query);
        let cell = |family, place, visitors| Cell {
            family,
            span: super::super::cell::Span::Day,
            first: Day(1),
            place,
            parts: Parts { visitors, ..Parts::default() },
        };
        days.take(&cell(Family::SITE, Place::Values([Term::NONE; 2]), 100));
        days.take(&cell(Family::set(id), Place::Values([Term(0), Term::NONE]), 40));
        assert!(!days.is_whole());
        days.take(&cell(Family::set_by(id, Dimension::Source), Place::Other(3), 0));
        assert!(!days.is_whole());
        let by = Family::set_by(id, Dimension::Customer);
        days.take(&cell(by, Place::Values([Term(5), Term::NONE]), 25));
        days.take(&cell(by, Place::Other(2), 0));
        assert!(days.is_whole());
        assert!(days.answer(0, None, &query).whole_by_value.is_empty());
        let customer = Family::of_values(Group::Dimension(Dimension::Customer));
        days.take(&cell(customer, Place::Values([Term(5), Term::NONE]), 50));
        days.take(&Cell { first: Day(2), ..cell(customer, Place::Values([Term(5), Term::NONE]), 70) });
        let answer = days.answer(0, None, &query);
        assert_eq!((answer.whole_by_value, answer.whole), ([(Term(5), 50)].into(), 100));
        let answer = days.answer(0, None, &query);
        assert_eq!((answer.by_value, answer.hidden_values, answer.total), ([(Term(5), 25)].into(), 2, Some(40)));
        assert!(days.families().contains(&by));
        query.groups = vec![Group::Dimension(Dimension::Browser)];
        assert_eq!(Past::dimension(&query), None);
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
