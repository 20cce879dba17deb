//! Funnels by trying every chain.

use std::cmp::Reverse;

use outis_event::Term;

use super::{Moment, Unit, Who};
use crate::behaviour::{Cell, Funnel, Histogram, Measure, Order, Path, Slice, coarse};
use crate::bucket::bucket;

/// Places of a chain's events in the unit, in order.
type Chain = Vec<usize>;

/// What a unit counts in.
pub(super) fn cells(funnel: &Funnel, unit: &Unit<'_>) -> Vec<(Cell, u64)> {
    let moments = unit.moments();
    let path = funnel.required();
    let search = Search { funnel, unit, moments: &moments, path: &path };
    let Some(chain) = search.best() else { return Vec::new() };
    let mut cells = Vec::new();
    let entered = &moments[chain[0]];
    let mut cell = |cell| cells.push((cell, 1));
    for slice in [Some(Slice::All), funnel.group.map(|group| Slice::Group(entered.value(group)))].into_iter().flatten()
    {
        for step in &path.steps[..chain.len()] {
            cell(Cell::Reached { slice, step: *step as u8 });
        }
        if let Some(step) = path.steps.get(chain.len()) {
            cell(Cell::Left { slice, step: *step as u8 });
        }
    }
    if let Some(interval) = funnel.over_time {
        let slice = Slice::Time(bucket(interval, entered.event.day, entered.event.slot, &unit.base.zone));
        let step = funnel.steps.len() as u8 - 1;
        cell(Cell::Reached { slice, step: 0 });
        cell(match chain.len() == path.steps.len() {
            true => Cell::Reached { slice, step },
            false => Cell::Left { slice, step },
        });
    }
    let elapsed = |from: usize, to: usize| coarse((moments[to].at_s - moments[from].at_s) as u32);
    if funnel.order != Order::Any {
        for (pair, step) in chain.windows(2).zip(&path.steps[1..]) {
            let gap = Measure::Gap(*step as u8);
            cell(Cell::Value(gap, elapsed(pair[0], pair[1])));
            cell(Cell::Median(gap));
        }
    }
    if chain.len() == path.steps.len() {
        let (first, last) = (chain[0], chain[chain.len() - 1]);
        let exact = (moments[last].at_s - moments[first].at_s) as u32;
        cell(Cell::Value(Measure::TimeToConvert, coarse(exact)));
        cell(Cell::Median(Measure::TimeToConvert));
        cell(Cell::Class(Histogram::TimeToConvert, Histogram::TimeToConvert.class(exact)));
    }
    if chain.len() < path.steps.len() && unit.question.following.is_some() {
        cell(if search.may_go_on() { Cell::Unfinished } else { Cell::Stopped });
    }
    if let Some(detour) = funnel.detour() {
        let optional = detour.steps.len() - 1;
        let taken = Search { path: &detour, ..search }.best().map_or(0, |chain| chain.len());
        if taken == optional + 1 {
            cell(Cell::Reached { slice: Slice::All, step: optional as u8 });
        } else if taken == optional {
            cell(Cell::Left { slice: Slice::All, step: optional as u8 });
        }
    }
    cells
}

#[derive(Clone, Copy)]
struct Search<'a> {
    funnel: &'a Funnel,
    unit: &'a Unit<'a>,
    moments: &'a [Moment<'a>],
    path: &'a Path,
}

impl Search<'_> {
    /// The chain that the visitor is told by.
    fn best(&self) -> Option<Chain> {
        let mut chains = Vec::new();
        self.extend(&mut Vec::new(), &mut Vec::new(), &mut chains);
        chains
            .into_iter()
            .min_by_key(|chain| (Reverse(chain.len()), chain[chain.len() - 1], Reverse(chain[0]), chain[1..].to_vec()))
    }

    /// Every chain that begins with these events, which serve these steps.
    fn extend(&self, chain: &mut Chain, steps: &mut Vec<usize>, chains: &mut Vec<Chain>) {
        let from = chain.last().map_or(0, |last| last + 1);
        for place in from..self.moments.len() {
            for step in &self.path.steps {
                if steps.contains(step) {
                    continue;
                }
                chain.push(place);
                steps.push(*step);
                if self.is_chain(chain, steps) {
                    chains.push(chain.clone());
                    self.extend(chain, steps, chains);
                }
                chain.pop();
                steps.pop();
            }
        }
    }

    fn is_chain(&self, chain: &[usize], steps: &[usize]) -> bool {
        let in_order = self.funnel.order == Order::Any || self.path.steps.starts_with(steps);
        let serve = chain.iter().zip(steps).all(|(place, step)| self.serves(*place, *step));
        in_order
            && serve
            && self.begins(chain[0])
            && self.fits(chain)
            && self.is_strict(chain)
            && self.holds(chain)
            && !self.is_excluded(chain)
    }

    fn serves(&self, place: usize, step: usize) -> bool {
        self.moments[place].fulfils(&self.funnel.steps[step])
    }

    fn begins(&self, place: usize) -> bool {
        let enters = |place: usize| self.unit.is_asked(self.moments[place].event, self.moments[place].visit);
        let earlier = |other: usize| {
            let same = self.funnel.hold.is_none_or(|g| self.moments[other].value(g) == self.moments[place].value(g));
            same && enters(other) && self.serves(other, self.path.steps[0])
        };
        enters(place) && (self.funnel.order != Order::FirstTouch || !(0..place).any(earlier))
    }

    /// True if some event begins a chain whose window is not over at the end of what is known of the member.
    fn may_go_on(&self) -> bool {
        let (Who::Member(member), Some(following)) = (self.unit.who, self.unit.question.following) else {
            return false;
        };
        let end_s = following.end_s(member, &self.unit.base.zone);
        let begins = |place: usize| self.path.steps.iter().any(|step| self.is_chain(&[place], &[*step]));
        let is_open = |place: usize| self.moments[place].at_s + u64::from(self.funnel.window_s) >= end_s;
        (0..self.moments.len()).any(|place| begins(place) && is_open(place))
    }

    fn fits(&self, chain: &[usize]) -> bool {
        let elapsed = self.moments[chain[chain.len() - 1]].at_s - self.moments[chain[0]].at_s;
        elapsed <= u64::from(self.funnel.window_s)
    }

    fn is_strict(&self, chain: &[usize]) -> bool {
        let between = |pair: &[usize]| pair[0] + 1..pair[1];
        let only_engagements = |pair: &[usize]| between(pair).all(|p| self.unit.is_engagement(self.moments[p].event));
        self.funnel.order != Order::Strict || chain.windows(2).all(only_engagements)
    }

    fn holds(&self, chain: &[usize]) -> bool {
        let Some(group) = self.funnel.hold else { return true };
        let value = self.moments[chain[0]].value(group);
        value != Term::NONE && chain.iter().all(|place| self.moments[*place].value(group) == value)
    }

    fn is_excluded(&self, chain: &[usize]) -> bool {
        let last = chain.len() - 1;
        self.funnel.exclude.iter().zip(&self.path.exclusions).any(|(exclusion, (after, before))| {
            let (after, before) = match self.funnel.order {
                Order::Any => (0, last),
                _ => (*after, (*before).min(last)),
            };
            let between = |after: usize| chain[after] + 1..chain[before];
            after < before && between(after).any(|place| self.moments[place].fulfils(&exclusion.filter))
        })
    }
}
