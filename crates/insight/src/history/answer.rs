//! Which questions cells can answer, and the answer.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Dimension, Slot, Term};

use crate::bucket::bucket;
use crate::{EventFilter, Filter, Group, Interval, Metric, Parts, Query, ShownKey, TermSet};

use super::cell::{Cell, Place, Span};
use super::family::{Family, Rule};
use super::noise::{Spread, Spreads};

/// A question being answered from cells.
#[derive(Debug)]
pub struct Answering {
    query: Query,
    family: Family,
    /// Of each group of the family: which values are asked for.
    conditions: Vec<Option<TermSet>>,
    /// Where each group of the query comes from.
    sources: Vec<Source>,
    interval: Option<Interval>,
    site: Parts,
    matching: Parts,
    rows: BTreeMap<Vec<ShownKey>, Parts>,
    /// What was not released with its day, by bucket, less what was released later.
    other: BTreeMap<Option<i64>, Parts>,
    groups_hidden: u64,
    closed: BTreeSet<Day>,
    /// Days that have cells of the family.
    kept: BTreeSet<Day>,
    /// Days that have something asked for, and days on which something of the family is not told.
    told_on: BTreeSet<Day>,
    hidden_on: BTreeSet<Day>,
    whole: Option<Whole>,
    spreads: Spreads,
    /// Noise in the rows, in what is not told by bucket, and in everything that matches or that is whole.
    noise: BTreeMap<Vec<ShownKey>, Spread>,
    noise_of_other: BTreeMap<Option<i64>, Spread>,
    noise_of_all: Spread,
    is_noisy: bool,
}

/// Where rows are of one value of another group: everything of that value, by bucket, of which they are parts.
#[derive(Debug)]
struct Whole {
    family: Family,
    /// The place of the group in the family.
    at: usize,
    set: TermSet,
    parts: BTreeMap<Option<i64>, Parts>,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    /// This group of the family.
    Value(usize),
    Time,
}

/// The answer of cells: released, so that it needs no guard.
#[derive(Clone, Debug)]
pub struct HistoryAnswer {
    /// The rows, `(other)` among them.
    pub rows: Vec<HistoryRow>,
    /// The same without grouping.
    pub total: HistoryRow,
    /// The most values that were hidden on one day of it.
    pub hidden_groups: u64,
    /// Noise in a row, at most.
    pub noise: Spread,
}

/// A row of it.
#[derive(Clone, Debug)]
pub struct HistoryRow {
    /// What it stands for.
    pub keys: Vec<ShownKey>,
    /// One value per metric of the question.
    pub values: Vec<Option<f64>>,
    /// What they came from.
    pub parts: Parts,
}

impl Answering {
    /// Prepares the answer; `None` if cells cannot answer the question.
    ///
    /// They can if what is grouped by and filtered on are the groups of one [`Family`], all conditions must hold, and
    /// times are whole days or more, or the hours of the whole site.
    pub fn new(query: &Query) -> Option<Answering> {
        let Attributes { asked, interval, filtered } = Attributes::of(query)?;
        let family = Family::of_groups(&asked)?;
        if interval == Some(Interval::Hour) && family != Family::SITE {
            return None;
        }
        let groups = family.groups();
        let place = |group: &Group| groups.iter().position(|g| g == group);
        let condition = |group: &Group| {
            let sets: Vec<&TermSet> = filtered.iter().filter(|(g, _)| g == group).map(|(_, set)| set).collect();
            match sets[..] {
                [] => Some(None),
                [one] => Some(Some(one.clone())),
                // Two conditions on one attribute are rare, and no set of terms can be cut with another.
                _ => None,
            }
        };
        let source = |group: &Group| match group {
            Group::Time(_) => Some(Source::Time),
            group => place(group).map(Source::Value),
        };
        let whole = match &filtered[..] {
            [(group, set)] if asked.len() == 2 && !query.groups.contains(group) => {
                let family = Family::of_groups(&[*group])?;
                let at = family.groups().iter().position(|of| of == group)?;
                Some(Whole { family, at, set: set.clone(), parts: BTreeMap::new() })
            }
            _ => None,
        };
        Some(Answering {
            conditions: groups.iter().map(condition).collect::<Option<_>>()?,
            sources: query.groups.iter().map(source).collect::<Option<_>>()?,
            query: query.clone(),
            family,
            interval,
            site: Parts::default(),
            matching: Parts::default(),
            rows: BTreeMap::new(),
            other: BTreeMap::new(),
            groups_hidden: 0,
            closed: BTreeSet::new(),
            kept: BTreeSet::new(),
            told_on: BTreeSet::new(),
            hidden_on: BTreeSet::new(),
            whole,
            spreads: Spreads::default(),
            noise: BTreeMap::new(),
            noise_of_other: BTreeMap::new(),
            noise_of_all: Spread::default(),
            is_noisy: false,
        })
    }

    /// Says what noise is in the cells that are taken from now on.
    pub fn with_noise(&mut self, spreads: Spreads) {
        self.spreads = spreads;
    }

    /// The noise in a cell. Page views as an event are told by the site's totals, which have none.
    fn noise_in(&self, cell: &Cell) -> Spread {
        let is_event = cell.family == Family::single(Group::Dimension(Dimension::Event));
        match cell.place {
            Place::Values([event, _]) if is_event && event == self.query.pageview => Spread::default(),
            _ => self.spreads.of(cell),
        }
    }

    /// The noise in a row, at most.
    fn most_noise(&self) -> Spread {
        let mut most = if self.query.filter.is_all() { Spread::default() } else { self.noise_of_all };
        self.noise.values().chain(self.noise_of_other.values()).for_each(|spread| most.widen(spread));
        most
    }

    /// The families whose cells it needs.
    pub fn families(&self) -> Vec<Family> {
        let of_whole = self.whole.as_ref().map(|whole| whole.family);
        let own = Some(self.family).filter(|family| *family != Family::SITE);
        [Some(Family::SITE), own, of_whole].into_iter().flatten().collect()
    }

    /// Takes a cell into the answer; what is not asked about changes nothing.
    pub fn take(&mut self, cell: &Cell) {
        if cell.first < self.query.range.from || cell.last() > self.query.range.to {
            return;
        }
        if cell.family == Family::SITE {
            self.closed.insert(cell.first);
            self.take_site(cell);
        } else if cell.family == self.family {
            self.kept.insert(cell.first);
            self.take_cell(cell);
        } else if self.whole.as_ref().is_some_and(|whole| whole.family == cell.family) {
            self.take_whole(cell);
        }
    }

    fn take_whole(&mut self, cell: &Cell) {
        let (Some(time), Place::Values(values)) = (self.time(cell), cell.place) else { return };
        if let Some(whole) = self.whole.as_mut().filter(|whole| whole.set.contains(values[whole.at])) {
            whole.parts.entry(time).or_default().add(&cell.parts);
            let noise = self.noise_in(cell);
            self.is_noisy |= !noise.is_none();
            self.noise_of_all.add(&noise);
        }
    }

    /// The bucket that a cell is in, if the question is about time; `None` if it is not known when in its span it was.
    fn time(&self, cell: &Cell) -> Option<Option<i64>> {
        let Some(interval) = self.interval else { return Some(None) };
        let start = self.bucket(interval, cell.first);
        let is_known = cell.span == Span::Day || self.bucket(interval, cell.last()) == start;
        is_known.then_some(Some(start))
    }

    /// Pairs are kept from some day on: true if these were on all closed days. A day on which they were always has a
    /// cell of them.
    pub fn is_whole(&self) -> bool {
        self.family.rule() != Rule::Pair || self.closed.is_subset(&self.kept)
    }

    /// The first closed day from which on they were, if they were on the last one.
    pub fn kept_from(&self) -> Option<Day> {
        self.closed.iter().rev().copied().take_while(|day| self.kept.contains(day)).last()
    }

    fn take_site(&mut self, cell: &Cell) {
        let hours = self.interval == Some(Interval::Hour);
        let key = match cell.place {
            Place::Hour(start) if hours => start,
            Place::Hour(_) | Place::Other(_) => return,
            Place::Values(_) => {
                self.site.add(&cell.parts);
                match self.interval {
                    Some(interval) if !hours => self.bucket(interval, cell.first),
                    Some(_) => return,
                    None => 0,
                }
            }
        };
        if self.family == Family::SITE {
            let keys = self.sources.iter().map(|_| ShownKey::Time(key)).collect();
            self.rows.entry(keys).or_default().add(&cell.parts);
        }
    }

    fn take_cell(&mut self, cell: &Cell) {
        // What is in no bucket stays with what is not told.
        let Some(time) = self.time(cell) else { return };
        let noise = self.noise_in(cell);
        self.is_noisy |= !noise.is_none();
        let values = match cell.place {
            Place::Values(values) => values,
            Place::Other(groups) => {
                self.groups_hidden = self.groups_hidden.max(u64::from(groups));
                if groups > 0 {
                    self.hidden_on.insert(cell.first);
                }
                self.other.entry(time).or_default().add(&cell.parts);
                self.noise_of_other.entry(time).or_default().add(&noise);
                return;
            }
            Place::Hour(_) => return,
        };
        if cell.span != Span::Day {
            let other = self.other.entry(time).or_default();
            *other = other.less(&cell.parts);
            self.noise_of_other.entry(time).or_default().add(&noise);
        }
        let is_asked = |(value, set): (Term, &Option<TermSet>)| set.as_ref().is_none_or(|set| set.contains(value));
        if !values.into_iter().zip(&self.conditions).all(is_asked) {
            return;
        }
        self.matching.add(&cell.parts);
        self.told_on.extend((cell.first.0..=cell.last().0).map(Day));
        let key = |source: &Source| match source {
            Source::Value(at) => ShownKey::Term(values[*at]),
            Source::Time => ShownKey::Time(time.unwrap_or_default()),
        };
        let keys: Vec<ShownKey> = self.sources.iter().map(key).collect();
        self.noise.entry(keys.clone()).or_default().add(&noise);
        self.noise_of_all.add(&noise);
        self.rows.entry(keys).or_default().add(&cell.parts);
    }

    fn bucket(&self, interval: Interval, day: Day) -> i64 {
        // Days and more do not depend on the slot.
        bucket(interval, day, Slot(0), &self.query.zone)
    }

    /// The answer to every cell taken. Days must come before the weeks and periods they are in.
    pub fn finish(self) -> HistoryAnswer {
        // A row is there because something happened, not because somebody stayed.
        let happened = self.rows.iter().filter(|(_, parts)| parts.events > 0);
        let mut rows: Vec<HistoryRow> = happened.map(|(keys, parts)| self.row(keys.clone(), parts)).collect();
        let by_value = self.sources.iter().any(|source| matches!(source, Source::Value(_)));
        if self.query.filter.is_all() && by_value {
            for (time, parts) in self.other.iter().filter(|(_, parts)| parts.events > 0) {
                let key = |source: &Source| match (source, time) {
                    (Source::Time, Some(start)) => ShownKey::Time(*start),
                    _ => ShownKey::Other,
                };
                rows.push(self.row(self.sources.iter().map(key).collect(), parts));
            }
        }
        for (time, parts) in self.rest() {
            let key = |source: &Source| match (source, time) {
                (Source::Time, Some(start)) => ShownKey::Time(start),
                _ => ShownKey::Other,
            };
            rows.push(self.row(self.sources.iter().map(key).collect(), &parts));
        }
        let total = if self.query.filter.is_all() { self.site } else { self.everything() };
        // Of single values, what may be missing are days.
        let hidden_groups = match by_value || self.query.filter.is_all() {
            true => self.groups_hidden,
            false => self.hidden_on.difference(&self.told_on).count() as u64,
        };
        HistoryAnswer { total: self.row(Vec::new(), &total), noise: self.most_noise(), rows, hidden_groups }
    }

    /// Everything that fulfils the filter, as far as it is told.
    fn everything(&self) -> Parts {
        let Some(whole) = &self.whole else { return self.matching };
        let mut all = Parts::default();
        whole.parts.values().for_each(|parts| all.add(parts));
        all
    }

    /// What is told of the whole and of none of its parts, by bucket.
    fn rest(&self) -> Vec<(Option<i64>, Parts)> {
        let mut rest = self.whole.as_ref().map(|whole| whole.parts.clone()).unwrap_or_default();
        for (keys, parts) in &self.rows {
            let time = keys.iter().find_map(|key| match key {
                ShownKey::Time(start) => Some(*start),
                _ => None,
            });
            if let Some(left) = rest.get_mut(&time) {
                *left = left.less(parts);
            }
        }
        rest.into_iter().filter(|(_, parts)| parts.events > 0).collect()
    }

    fn row(&self, keys: Vec<ShownKey>, parts: &Parts) -> HistoryRow {
        let all = if self.query.filter.is_all() { self.site.visitors } else { self.everything().visitors };
        // All visitors are told exactly; with noise, a part of them may seem to be more.
        let fits = |metric: Metric, value: f64| {
            let is_share = self.is_noisy && metric == Metric::Percentage;
            if is_share { value.min(100.0) } else { value }
        };
        let told = |metric: Metric| parts.value(metric, all).map(|value| fits(metric, value));
        let value = |metric: &Metric| if self.is_kept(*metric) { told(*metric) } else { None };
        HistoryRow { keys, values: self.query.metrics.iter().map(value).collect(), parts: *parts }
    }

    /// Cells below a page or host tell bounce rate and duration of visits that entered there, which is another
    /// question than the one about all visits that were there.
    fn is_kept(&self, metric: Metric) -> bool {
        let entered = |group: &Group| matches!(group, Group::Dimension(Dimension::Page | Dimension::Hostname));
        let is_of_entries = matches!(metric, Metric::BounceRate | Metric::VisitDuration);
        !is_of_entries || self.family.groups().iter().all(|g| !entered(g) || self.query.groups.contains(g))
    }
}

/// What a query is about, if cells could tell it.
struct Attributes {
    /// Attributes grouped by and filtered on, each once.
    asked: Vec<Group>,
    interval: Option<Interval>,
    filtered: Vec<(Group, TermSet)>,
}

impl Attributes {
    fn of(query: &Query) -> Option<Attributes> {
        let mut asked: Vec<Group> = Vec::new();
        let mut interval = None;
        for group in &query.groups {
            match group {
                Group::Time(_) if interval.is_some() => return None,
                Group::Time(width) => interval = Some(*width),
                group if asked.contains(group) => return None,
                group => asked.push(*group),
            }
        }
        let mut filtered = Vec::new();
        if query.range.slots.is_some() || !conditions(&query.filter, &mut filtered) {
            return None;
        }
        for (group, _) in &filtered {
            if !asked.contains(group) {
                asked.push(*group);
            }
        }
        Some(Attributes { asked, interval, filtered })
    }
}

/// The pair of groups that, once declared, lets cells answer a query; `None` if none would.
pub fn missing_pair(query: &Query) -> Option<[Group; 2]> {
    let [a, b] = Attributes::of(query)?.asked[..] else { return None };
    Family::declarable(a, b).map(|_| [a, b])
}

/// Collects conditions that all hold; false if the filter is anything else.
fn conditions(filter: &Filter, into: &mut Vec<(Group, TermSet)>) -> bool {
    match filter {
        Filter::And(list) => list.iter().all(|f| conditions(f, into)),
        Filter::Event(condition) => match condition {
            EventFilter::Dimension(dimension, set) => push(into, Group::Dimension(*dimension), set),
            EventFilter::Visit(field, set) => push(into, Group::Visit(*field), set),
            EventFilter::Property(key, set) => push(into, Group::Property(*key), set),
            EventFilter::Language(set) => push(into, Group::Language, set),
            EventFilter::Tag(set) => push(into, Group::Tag, set),
            EventFilter::Scrolled(_) | EventFilter::Paid(_) => false,
        },
        Filter::Selected(inner) => conditions(inner, into),
        Filter::Or(_) | Filter::Not(_) | Filter::VisitHas(_) => false,
    }
}

fn push(into: &mut Vec<(Group, TermSet)>, group: Group, set: &TermSet) -> bool {
    into.push((group, set.clone()));
    true
}
