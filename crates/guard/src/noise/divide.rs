//! How what a visitor's day may cost is divided over everything that history tells of it.
//!
//! Each kept value of a visitor's day is told once: with its day, or its week, or its period. The noise of these three
//! is of one scale, so they share one part of the budget: together a visitor's day changes them by no more than the
//! bound. What waits or is never told is in the `(other)` of its day, which has a part of its own.

use outis_event::{Dimension, Epsilon};
use outis_insight::history::{Bound, Family, Line, Measure, Rule, Scale, Telling};
use outis_insight::{Group, VisitField};

/// Of a hundred parts of a family's budget, those of each measure.
const MEASURES: [u64; 12] = [28, 12, 10, 6, 16, 5, 5, 7, 3, 3, 2, 3];
/// Of ten parts of a measure's budget, those of `(other)`.
const OTHER: u64 = 2;
const PLACES: u64 = 10;
/// What all properties weigh together, and all sets that staff saved.
const PROPERTIES: u64 = 8;
const SETS: u64 = 4;
/// Weights are in so many parts, so that shares of properties and sets are whole.
const PARTS: u64 = 10_000;
/// Billionths of an epsilon in a thousandth.
const NANO_OF_THOUSANDTH: u64 = 1_000_000;

/// What a family weighs.
fn weight(family: &Family) -> u64 {
    if family.rule() == Rule::Pair {
        return 1;
    }
    match family.groups().last() {
        Some(Group::Dimension(dimension)) => match dimension {
            Dimension::Page => 6,
            Dimension::Event => 5,
            Dimension::Channel | Dimension::Source | Dimension::Country => 4,
            Dimension::Device | Dimension::Item => 3,
            Dimension::Browser | Dimension::Os | Dimension::UtmCampaign | Dimension::Customer => 2,
            _ => 1,
        },
        Some(Group::Visit(VisitField::EntryPage)) => 3,
        Some(Group::Visit(_) | Group::Language | Group::Tag) => 2,
        _ => 1,
    }
}

/// The weights of everything in parts.
fn weights(all: &[Telling]) -> Vec<u64> {
    let is_property =
        |family: &Family| family.rule() == Rule::Single && matches!(family.groups()[..], [Group::Property(_)]);
    let properties = all.iter().filter(|(family, _)| is_property(family)).count() as u64;
    let sets: u64 = all.iter().map(|(_, sets)| sets).sum();
    let weight = |(family, steps): &Telling| match family.rule() {
        Rule::Set => SETS * PARTS * steps / sets.max(1),
        _ if is_property(family) => PROPERTIES * PARTS / properties.max(1),
        _ => weight(family) * PARTS,
    };
    all.iter().map(weight).collect()
}

/// The lines of all that is told. Their sum is what was set, or less by what does not divide.
pub(super) fn divide(epsilon: Epsilon, all: &[Telling], told: &[Family]) -> Vec<Line> {
    let budget = u64::from(epsilon.thousandths()) * NANO_OF_THOUSANDTH;
    let weights = weights(all);
    let whole: u64 = weights.iter().sum();
    let mut lines = Vec::new();
    for ((family, sets), weight) in all.iter().zip(weights).filter(|((family, _), _)| told.contains(family)) {
        let share = part(budget, weight, whole);
        if family.rule() == Rule::Set {
            // Sets tell visitors only, and have no rest.
            lines.extend(line(
                *family,
                false,
                Measure::Visitors,
                Bound::of(family, *sets).told(Measure::Visitors),
                share,
            ));
            continue;
        }
        let bound = Bound::of(family, *sets);
        for measure in Measure::ALL {
            let share = part(share, MEASURES[measure as usize], 100);
            let other = part(share, OTHER, PLACES);
            lines.extend(line(*family, false, measure, bound.told(measure), share - other));
            lines.extend(line(*family, true, measure, bound.other(measure), other));
        }
    }
    lines
}

fn line(family: Family, other: bool, measure: Measure, bound: u64, nano: u64) -> Option<Line> {
    Some(Line { family, other, measure, bound, scale: Scale::of(bound, nano)?, nano })
}

/// `of` * `part` / `whole`, rounded down.
fn part(of: u64, part: u64, whole: u64) -> u64 {
    let share = u128::from(of) * u128::from(part) / u128::from(whole.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}
