//! Funnels in one pass over a unit.

use std::cmp::Reverse;
use std::ops::Range;

use jiff::tz::TimeZone;
use outis_event::{Day, Slot, Term};
use outis_insight::behaviour::{
    Cell, Funnel, Histogram, MAX_STEPS, Measure, Order, Path, Slice, coarse, visit_start_s,
};
use outis_insight::bucket::bucket;
use outis_insight::{Group, Interval, Query};

use super::super::filter::{Facts, term};
use super::any_order::in_any_order;
use super::chains::{Links, in_order};
use super::matcher::Matcher;
use super::row_bits::RowBits;
use super::table::{Known, Table};
use super::{Unit, ask_for, matcher};
use crate::{Batch, Columns};

/// A funnel's filters and what is kept for its memory.
#[derive(Debug)]
pub(super) struct Funnels {
    funnel: Funnel,
    required: Path,
    detour: Option<Path>,
    steps: Vec<Matcher>,
    exclude: Vec<Matcher>,
    moments: Vec<Moment>,
    rows: RowBits,
    /// Who comes to no second step is told by the first row that begins a chain: nothing else of them matters.
    is_plain: bool,
    links: Links,
    /// The cells of steps, of all visitors and by the value of the group, and those of times.
    known: FunnelCells,
    bucket: Option<(Day, Slot, i64)>,
}

#[derive(Debug, Default)]
struct FunnelCells {
    steps: Known,
    values: Vec<Known>,
    medians: Known,
}

/// What a visitor's rows are to the funnel, by a look at a column.
pub(super) enum Glance {
    /// No row begins a chain: nothing is told of the visitor.
    Nothing,
    /// The visitor comes to the first step and no further, and is told by this row.
    Begins(usize),
    /// Their rows must be looked at one by one.
    More,
}

/// An event that matters to the funnel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) at_s: u64,
    /// A bit for each step that it may serve.
    pub(super) serves: u16,
    /// A bit for each exclusion that it fulfils.
    pub(super) excludes: u32,
    /// It may begin a chain.
    pub(super) enters: bool,
    /// It tells how far and how long, not that somebody did something.
    pub(super) is_engagement: bool,
    /// The value that is held constant, NONE without.
    held: Term,
    row: usize,
    visit: usize,
}

/// A chain: as many of the times of its events as it has steps, and its first and last event among the moments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    pub(super) times: [u64; MAX_STEPS],
    pub(super) reached: usize,
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Chain {
    pub(super) fn begin(place: usize, at_s: u64) -> Chain {
        let mut times = [0; MAX_STEPS];
        times[0] = at_s;
        Chain { times, reached: 1, first: place, last: place }
    }

    pub(super) fn and(&self, place: usize, at_s: u64) -> Chain {
        let mut chain = *self;
        chain.times[self.reached] = at_s;
        chain.reached += 1;
        chain.last = place;
        chain
    }

    fn elapsed_s(&self, from: usize, to: usize) -> u32 {
        u32::try_from(self.times[to] - self.times[from]).unwrap_or(u32::MAX)
    }
}

impl Funnels {
    pub(super) fn new(funnel: &Funnel, columns: &mut Columns) -> Funnels {
        columns.slot = true;
        columns.since = true;
        ask_for(funnel.hold, columns);
        ask_for(funnel.group, columns);
        Funnels {
            required: funnel.required(),
            detour: funnel.detour(),
            steps: funnel.steps.iter().map(|step| matcher(step, columns)).collect(),
            exclude: funnel.exclude.iter().map(|e| matcher(&e.filter, columns)).collect(),
            rows: RowBits::new(funnel),
            is_plain: is_plain(funnel),
            funnel: funnel.clone(),
            moments: Vec::new(),
            links: Links::default(),
            known: FunnelCells::default(),
            bucket: None,
        }
    }

    pub(super) fn begin(&mut self, batch: &Batch) {
        if !self.rows.begin(batch) {
            self.steps.iter_mut().chain(&mut self.exclude).for_each(|matcher| matcher.begin(batch));
            self.rows.gather(&self.steps, &self.exclude, batch.rows);
        }
    }

    /// What can be told of the rows of a visitor, all of which are asked about or not by the question's filter.
    pub(super) fn glance(&self, rows: &Range<usize>, asks_all: bool) -> Glance {
        let Some(serves) = self.rows.serves(rows) else { return Glance::More };
        let any = serves.iter().fold(0, |any, serves| any | serves);
        if any == 0 {
            return Glance::Nothing;
        }
        if !asks_all || !self.is_plain || any & 1 << self.required.steps[1] != 0 {
            return Glance::More;
        }
        let begins = |serves: &u16| serves & 1 << self.required.steps[0] != 0;
        serves.iter().position(begins).map_or(Glance::Nothing, |at| Glance::Begins(rows.start + at))
    }

    /// Counts a visitor who comes to the first step only, told by this row.
    pub(super) fn begins(&mut self, base: &Query, batch: &Batch, row: usize, table: &mut Table) {
        let chain = Chain::begin(0, 0);
        self.count(Slice::All, &chain, table);
        if let Some(Group::Dimension(dimension)) = self.funnel.group {
            self.count(Slice::Group(term(batch, dimension, row)), &chain, table);
        }
        if let Some(interval) = self.funnel.over_time {
            let slice = Slice::Time(self.bucket(interval, &base.zone, batch, row));
            self.over_time(slice, &chain, table);
        }
    }

    /// What a row is to the funnel: the steps it may serve, and the exclusions it fulfils.
    fn bits(&self, batch: &Batch, row: usize, visit: &Facts) -> (u16, u32) {
        if let Some(bits) = self.rows.of(row) {
            return bits;
        }
        let bits = |list: &[Matcher]| {
            let holds = list.iter().map(|matcher| u32::from(matcher.matches(batch, row, visit)));
            holds.zip(0..).fold(0, |bits, (holds, at)| bits | holds << at)
        };
        (bits(&self.steps) as u16, bits(&self.exclude))
    }

    /// The steps that a visitor came to.
    pub(super) fn reached(&mut self, unit: &Unit<'_>) -> Vec<usize> {
        self.moments(unit);
        let mut links = std::mem::take(&mut self.links);
        let reached = self.best(&self.required, &mut links).map_or(0, |chain| chain.reached);
        let mut steps: Vec<usize> = self.required.steps[..reached].to_vec();
        let detour = self.detour.as_ref().and_then(|path| self.best(path, &mut links)).map_or(0, |chain| chain.reached);
        self.links = links;
        steps.extend(self.funnel.optional.filter(|optional| detour == optional + 1));
        steps
    }

    pub(super) fn unit(&mut self, unit: &Unit<'_>, table: &mut Table) {
        self.moments(unit);
        let mut links = std::mem::take(&mut self.links);
        let chain = self.best(&self.required, &mut links);
        let detour = self.detour.as_ref().and_then(|path| self.best(path, &mut links)).map_or(0, |chain| chain.reached);
        self.links = links;
        let Some(chain) = chain else { return };
        let entered = self.moments[chain.first];
        self.count(Slice::All, &chain, table);
        if let Some(group) = self.funnel.group {
            let value = unit.value(group, entered.row, &unit.visits[entered.visit]);
            self.count(Slice::Group(value), &chain, table);
        }
        if let Some(interval) = self.funnel.over_time {
            let slice = Slice::Time(self.bucket(interval, &unit.base.zone, unit.batch, entered.row));
            self.over_time(slice, &chain, table);
        }
        if chain.reached < self.required.steps.len() && unit.follows {
            let is_open = unit.end_s.is_some_and(|end_s| self.may_go_on(end_s));
            table.add(if is_open { Cell::Unfinished } else { Cell::Stopped }, 1);
        }
        self.times(&chain, table);
        if let Some(optional) = self.funnel.optional {
            let step = optional as u8;
            if detour == optional + 1 {
                table.add(Cell::Reached { slice: Slice::All, step }, 1);
            } else if detour == optional {
                table.add(Cell::Left { slice: Slice::All, step }, 1);
            }
        }
    }

    /// Gathers the events that matter.
    fn moments(&mut self, unit: &Unit<'_>) {
        self.moments.clear();
        let batch = unit.batch;
        let mut last_s = 0;
        for (number, visit) in unit.visits.iter().enumerate() {
            let start_s = visit_start_s(batch.slot[visit.rows.start], last_s);
            last_s = start_s + u64::from(batch.since_s[visit.rows.end - 1]);
            for row in visit.rows.clone() {
                let (serves, excludes) = self.bits(batch, row, visit);
                if serves == 0 && excludes == 0 && self.funnel.order != Order::Strict {
                    continue;
                }
                let is_engagement = unit.is_engagement(row);
                if serves == 0 && excludes == 0 && is_engagement {
                    continue;
                }
                let at_s = start_s + u64::from(batch.since_s[row]);
                let enters = serves != 0 && unit.is_asked(row, visit);
                let repeats = self.repeats(serves, excludes, enters);
                let moment = Moment {
                    at_s,
                    serves,
                    excludes,
                    enters,
                    is_engagement,
                    held: self.funnel.hold.map_or(Term::NONE, |group| unit.value(group, row, visit)),
                    row,
                    visit: number,
                };
                match self.moments.last_mut() {
                    Some(last) if repeats => *last = moment,
                    _ => self.moments.push(moment),
                }
            }
        }
    }

    /// True if the event before does not matter once this one is there: it, this one and the one before it may do
    /// nothing but begin a chain. The first such event is whom a visitor who comes no further is told by, and a chain
    /// that goes on does so from the last.
    fn repeats(&self, serves: u16, excludes: u32, enters: bool) -> bool {
        let begins = 1 << self.required.steps[0];
        let only_begins = |serves, excludes, enters| enters && serves == begins && excludes == 0;
        self.funnel.order == Order::Ordered
            && self.funnel.hold.is_none()
            && only_begins(serves, excludes, enters)
            && self.moments.len() >= 2
            && self.moments.iter().rev().take(2).all(|m| only_begins(m.serves, m.excludes, m.enters))
    }

    /// True if some event begins a chain whose window is not over at the end of what is known.
    fn may_go_on(&self, end_s: u64) -> bool {
        let begins = |moment: &&Moment| {
            let mut steps = self.required.steps.iter();
            let serves = match self.funnel.order {
                Order::Any => steps.any(|step| moment.serves & 1 << step != 0),
                _ => moment.serves & 1 << self.required.steps[0] != 0,
            };
            moment.enters && serves && (self.funnel.hold.is_none() || moment.held != Term::NONE)
        };
        let is_open = |moment: &Moment| moment.at_s + u64::from(self.funnel.window_s) >= end_s;
        let mut beginnings = self.moments.iter().filter(begins);
        if self.funnel.order != Order::FirstTouch {
            return beginnings.any(is_open);
        }
        // The first one of each value that is held.
        let mut seen: Vec<Term> = Vec::new();
        beginnings.any(|moment| {
            let is_first = !seen.contains(&moment.held);
            seen.push(moment.held);
            is_first && is_open(moment)
        })
    }

    /// The chain the visitor is told by.
    fn best(&self, path: &Path, links: &mut Links) -> Option<Chain> {
        if self.funnel.hold.is_none() {
            return self.search(path, &self.moments, links);
        }
        let mut values: Vec<Term> =
            self.moments.iter().filter(|m| m.enters && m.held != Term::NONE).map(|m| m.held).collect();
        values.sort_unstable();
        values.dedup();
        let chains = values.into_iter().filter_map(|value| {
            let only = |m: &Moment| Moment { serves: if m.held == value { m.serves } else { 0 }, ..*m };
            self.search(path, &self.moments.iter().map(only).collect::<Vec<_>>(), links)
        });
        chains.min_by_key(|chain| (Reverse(chain.reached), chain.last, Reverse(chain.first)))
    }

    fn search(&self, path: &Path, moments: &[Moment], links: &mut Links) -> Option<Chain> {
        match self.funnel.order {
            Order::Any => in_any_order(&self.funnel, moments),
            _ => in_order(&self.funnel, path, moments, links),
        }
    }

    fn over_time(&self, slice: Slice, chain: &Chain, table: &mut Table) {
        let step = self.steps.len() as u8 - 1;
        let is_whole = chain.reached == self.required.steps.len();
        table.add(Cell::Reached { slice, step: 0 }, 1);
        table.add(if is_whole { Cell::Reached { slice, step } } else { Cell::Left { slice, step } }, 1);
    }

    fn count(&mut self, slice: Slice, chain: &Chain, table: &mut Table) {
        let steps = &self.required.steps;
        let first = match slice {
            Slice::Group(term) => (term.0 as usize).saturating_add(1).saturating_mul(2 * MAX_STEPS),
            _ => 0,
        };
        let known = &mut self.known.steps;
        for step in &steps[..chain.reached] {
            let reached = || Cell::Reached { slice, step: *step as u8 };
            table.add_known(known, first.saturating_add(2 * step), 1, reached);
        }
        if let Some(step) = steps.get(chain.reached) {
            let left = || Cell::Left { slice, step: *step as u8 };
            table.add_known(known, first.saturating_add(2 * step + 1), 1, left);
        }
    }

    fn times(&mut self, chain: &Chain, table: &mut Table) {
        let steps = &self.required.steps;
        let known = &mut self.known;
        known.values.resize_with(MAX_STEPS, Known::default);
        let mut measure = |at: usize, measure, seconds| {
            let value = coarse(seconds);
            table.add_known(&mut known.values[at], value as usize, 1, || Cell::Value(measure, value));
            table.add_known(&mut known.medians, at, 1, || Cell::Median(measure));
        };
        if self.funnel.order != Order::Any {
            for (place, step) in steps.iter().enumerate().take(chain.reached).skip(1) {
                measure(*step, Measure::Gap(*step as u8), chain.elapsed_s(place - 1, place));
            }
        }
        if chain.reached == steps.len() {
            let seconds = chain.elapsed_s(0, chain.reached - 1);
            // No gap is before the first step.
            measure(0, Measure::TimeToConvert, seconds);
            table.add(Cell::Class(Histogram::TimeToConvert, Histogram::TimeToConvert.class(seconds)), 1);
        }
    }

    /// The bucket of a slot; that of the last one is remembered.
    fn bucket(&mut self, interval: Interval, zone: &TimeZone, batch: &Batch, row: usize) -> i64 {
        let (on, slot) = (batch.day_of(row), batch.slot[row]);
        match self.bucket {
            Some((of, at, start)) if of == on && at == slot => start,
            _ => {
                let start = bucket(interval, on, slot, zone);
                self.bucket = Some((on, slot, start));
                start
            }
        }
    }
}

/// True if who serves no second step reaches the first only, and is told by the first row that serves it.
fn is_plain(funnel: &Funnel) -> bool {
    let order = matches!(funnel.order, Order::Ordered | Order::FirstTouch);
    let group = matches!(funnel.group, None | Some(Group::Dimension(_)));
    order && group && funnel.exclude.is_empty() && funnel.optional.is_none() && funnel.hold.is_none()
}
