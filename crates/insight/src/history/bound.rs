//! How much of one visitor's day is in the cells of a family, where noise is added: its scale follows from that.

use std::cmp::Reverse;

use outis_event::{Dimension, Term};

use crate::{Group, Parts};

use super::family::{Family, Rule};
use super::release::Keys;

/// A number of a cell that has noise of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Measure {
    /// [`Parts::visitors`].
    Visitors = 0,
    /// [`Parts::visits`].
    Visits = 1,
    /// [`Parts::pageviews`].
    Pageviews = 2,
    /// [`Parts::visit_pageviews`].
    VisitPageviews = 3,
    /// [`Parts::events`].
    Events = 4,
    /// [`Parts::entries`].
    Entries = 5,
    /// [`Parts::bounces`].
    Bounces = 6,
    /// [`Parts::duration_s`].
    Duration = 7,
    /// [`Parts::engaged_s`].
    Engaged = 8,
    /// [`Parts::scroll_sum`].
    ScrollSum = 9,
    /// [`Parts::scroll_pairs`].
    ScrollPairs = 10,
    /// [`Parts::exits`].
    Exits = 11,
}

impl Measure {
    /// All of them, in the order of their numbers. Cells of a family hold no money.
    pub const ALL: [Measure; 12] = [
        Measure::Visitors,
        Measure::Visits,
        Measure::Pageviews,
        Measure::VisitPageviews,
        Measure::Events,
        Measure::Entries,
        Measure::Bounces,
        Measure::Duration,
        Measure::Engaged,
        Measure::ScrollSum,
        Measure::ScrollPairs,
        Measure::Exits,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Visitors => "visitors",
            Measure::Visits => "visits",
            Measure::Pageviews => "pageviews",
            Measure::VisitPageviews => "visit_pageviews",
            Measure::Events => "events",
            Measure::Entries => "entries",
            Measure::Bounces => "bounces",
            Measure::Duration => "duration_s",
            Measure::Engaged => "engaged_s",
            Measure::ScrollSum => "scroll_sum",
            Measure::ScrollPairs => "scroll_pairs",
            Measure::Exits => "exits",
        }
    }

    /// Its value.
    pub fn of(self, parts: &Parts) -> u64 {
        let mut parts = *parts;
        *self.place(&mut parts)
    }

    /// Gives it another value.
    pub fn set(self, parts: &mut Parts, value: u64) {
        *self.place(parts) = value;
    }

    fn place(self, parts: &mut Parts) -> &mut u64 {
        match self {
            Measure::Visitors => &mut parts.visitors,
            Measure::Visits => &mut parts.visits,
            Measure::Pageviews => &mut parts.pageviews,
            Measure::VisitPageviews => &mut parts.visit_pageviews,
            Measure::Events => &mut parts.events,
            Measure::Entries => &mut parts.entries,
            Measure::Bounces => &mut parts.bounces,
            Measure::Duration => &mut parts.duration_s,
            Measure::Engaged => &mut parts.engaged_s,
            Measure::ScrollSum => &mut parts.scroll_sum,
            Measure::ScrollPairs => &mut parts.scroll_pairs,
            Measure::Exits => &mut parts.exits,
        }
    }
}

/// Most of each measure that a visitor has in one value of a family of which they have few, and of which many.
const OF_FEW: [u64; 12] = [1, 2, 12, 12, 15, 2, 2, 1_200, 900, 500, 6, 2];
const OF_MANY: [u64; 12] = [1, 2, 4, 4, 5, 1, 1, 900, 300, 100, 2, 2];
/// A family of which a visitor may have so many values is one of many.
const MANY: u64 = 4;

/// What of a visitor's day is counted singly in a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Most values.
    pub values: u64,
    /// Most of each measure in one value.
    most: [u64; 12],
}

/// A visitor's day in a family.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounded {
    /// What is counted for its value.
    pub kept: Vec<(Keys, Parts)>,
    /// What is beyond the bound, as far as `(other)` takes it: as much as of one value.
    pub beyond: Option<Parts>,
}

impl Bound {
    /// The bound of a family; of a [`Rule::Set`] one, of so many sets: a visitor is in each once, or not.
    pub fn of(family: &Family, sets: u64) -> Bound {
        if family.rule() == Rule::Set {
            let mut most = [0; 12];
            most[0] = 1;
            return Bound { values: sets, most };
        }
        let groups = family.groups();
        let values = match family.rule() {
            Rule::Within => groups.last().map_or(1, values),
            _ => groups.iter().map(values).max().unwrap_or(1),
        };
        Bound { values, most: if values < MANY { OF_FEW } else { OF_MANY } }
    }

    /// Most that a visitor's day adds to all cells of values together.
    pub fn told(&self, measure: Measure) -> u64 {
        self.values * self.most[measure as usize]
    }

    /// Most that it adds to `(other)`.
    pub fn other(&self, measure: Measure) -> u64 {
        (self.values + 1) * self.most[measure as usize]
    }

    /// Takes of the values of one visitor's day as many as the bound has, those that are set and have most events
    /// first, and of each as much. What is taken depends on this visitor only.
    pub fn take(&self, mut values: Vec<(Keys, Parts)>) -> Bounded {
        values.sort_by_key(|(keys, parts)| (keys.contains(&Term::NONE), Reverse(parts.events), *keys));
        let most = usize::try_from(self.values).unwrap_or(usize::MAX);
        let mut beyond = Parts::default();
        values.iter().skip(most).for_each(|(_, parts)| beyond.add(parts));
        values.truncate(most);
        for (_, parts) in &mut values {
            let all = *parts;
            *parts = self.cut(&all);
            beyond.add(&all.less(parts));
        }
        let beyond = self.cut(&beyond);
        Bounded { kept: values, beyond: (beyond != Parts::default()).then_some(beyond) }
    }

    fn cut(&self, parts: &Parts) -> Parts {
        let mut cut = Parts::default();
        for measure in Measure::ALL {
            measure.set(&mut cut, measure.of(parts).min(self.most[measure as usize]));
        }
        cut
    }
}

/// How many values of a group are counted of one visitor and day.
fn values(group: &Group) -> u64 {
    match group {
        Group::Dimension(dimension) => match dimension {
            Dimension::Page => 8,
            Dimension::Event => 6,
            Dimension::Item => 4,
            Dimension::Channel | Dimension::Source | Dimension::UtmCampaign => 2,
            _ => 1,
        },
        Group::Visit(_) | Group::Property(_) => 2,
        Group::Language => 3,
        Group::Tag => 6,
        Group::Time(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts() -> impl Strategy<Value = Parts> {
        prop::array::uniform12(0u64..3_000).prop_map(|numbers| {
            let mut parts = Parts::default();
            Measure::ALL.iter().zip(numbers).for_each(|(measure, number)| measure.set(&mut parts, number));
            Parts { visitors: 1, ..parts }
        })
    }

    proptest! {
        #[test]
        fn nobody_adds_more_than_the_bound(
            day in prop::collection::btree_map(0u32..40, parts(), 0..20),
            family in prop::sample::select(Family::declared([Term(9)], &[], true)),
        ) {
            let bound = Bound::of(&family, 0);
            let values: Vec<(Keys, Parts)> =
                day.into_iter().map(|(value, parts)| ([Term(value), Term::NONE], parts)).collect();
            let taken = bound.take(values.clone());
            for measure in Measure::ALL {
                let sum = |list: &[(Keys, Parts)]| list.iter().map(|(_, parts)| measure.of(parts)).sum::<u64>();
                let (all, kept) = (sum(&values), sum(&taken.kept));
                let beyond = taken.beyond.as_ref().map_or(0, |parts| measure.of(parts));
                prop_assert!(kept <= bound.told(measure));
                prop_assert!(kept + beyond <= bound.other(measure));
                prop_assert!(kept + beyond <= all && (beyond > 0 || kept == all));
            }
        }
    }
}
