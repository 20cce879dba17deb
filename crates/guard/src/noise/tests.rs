//! What noise costs and what it protects.

use outis_event::{Day, Dimension, Epsilon, Term};
use outis_insight::history::{Bound, Cell, Family, Line, Measure, NANO, NoRandomness, Place, Scale, Span, Telling};
use outis_insight::{Group, Parts};
use proptest::prelude::*;

use super::divide::divide;
use super::sample::Uniform;
use super::{add, noisy};

/// Repeatable numbers: a test that is right once in a thousand runs helps nobody.
pub(super) struct Dice(pub(super) u64);

impl Uniform for Dice {
    fn below(&mut self, end: u128) -> Result<u128, NoRandomness> {
        let mut number = 0;
        for _ in 0..2 {
            // SplitMix64.
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            number = number << 64 | u128::from(z ^ (z >> 31));
        }
        Ok(number % end)
    }
}

fn everything(properties: u32, sets: &[u64]) -> Vec<Telling> {
    let families = Family::declared((0..properties).map(Term), &[], true).into_iter().map(|family| (family, 0));
    let sets = (0u32..).zip(sets).map(|(at, steps)| (Family::set(Term(70_000 + at)), *steps));
    families.chain(sets).collect()
}

fn epsilon() -> impl Strategy<Value = Epsilon> {
    (100u32..=20_000).prop_map(|thousandths| Epsilon::of_thousandths(thousandths).expect("in range"))
}

proptest! {
    #[test]
    fn all_lines_together_cost_what_was_set(
        epsilon in epsilon(),
        properties in 0u32..50,
        sets in prop::collection::vec(1u64..8, 0..20),
    ) {
        let all = everything(properties, &sets);
        let families: Vec<Family> = all.iter().map(|(family, _)| *family).collect();
        let lines = divide(epsilon, &all, &families);
        let spent: u64 = lines.iter().map(|line| line.nano).sum();
        let set = u64::from(epsilon.thousandths()) * (NANO / 1_000);
        prop_assert!(spent <= set, "{spent} of {set}");
        // What does not divide: some billionths of each line, and of the weights of properties and sets.
        prop_assert!(set - spent < set / 100, "{spent} of {set}");
        for line in &lines {
            // The scale is as wide as what was paid asks for.
            prop_assert_eq!(line.scale, Scale::of(line.bound, line.nano).expect("a scale"));
            let sets = all.iter().find(|(family, _)| *family == line.family).map_or(0, |(_, sets)| *sets);
            let bound = Bound::of(&line.family, sets);
            let most = if line.other { bound.other(line.measure) } else { bound.told(line.measure) };
            prop_assert_eq!(line.bound, most);
        }
    }

    #[test]
    fn what_is_not_told_is_not_paid_for_and_changes_no_share(epsilon in epsilon(), at in 0usize..20) {
        let all = everything(3, &[1, 4]);
        let families: Vec<Family> = all.iter().map(|(family, _)| *family).collect();
        let lines = divide(epsilon, &all, &families);
        let one: Vec<Line> = lines.into_iter().filter(|line| line.family == families[at]).collect();
        prop_assert_eq!(divide(epsilon, &all, &families[at..=at]), one);
    }
}

/// What one visitor adds to cells: as much as they may, in as many values as they may.
fn cells(lines: &[Line], with_visitor: bool) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for line in lines {
        let place = if line.other { Place::Other(3) } else { Place::Values([Term(5), Term::NONE]) };
        let of = |cell: &&mut Cell| cell.family == line.family && cell.place == place;
        if cells.iter_mut().find(of).is_none() {
            let (span, first, parts) = (Span::Day, Day(0), Parts::default());
            cells.push(Cell { family: line.family, span, first, place, parts });
        }
        let cell = cells.iter_mut().find(of).expect("just made");
        // So many that no number falls below 0.
        let others = 1_000_000_000;
        line.measure.set(&mut cell.parts, others + if with_visitor { line.bound } else { 0 });
    }
    cells
}

/// How much more likely released cells are with the visitor than without, as a logarithm: the best guess there is for
/// who knows all others.
fn likelihood(lines: &[Line], released: &[Cell]) -> f64 {
    let mut sum = 0.0;
    for line in lines {
        let is_of = |cell: &&Cell| cell.family == line.family && matches!(cell.place, Place::Other(_)) == line.other;
        let cell = released.iter().find(is_of).expect("a cell");
        let seen = line.measure.of(&cell.parts) as f64 - 1_000_000_000.0;
        sum += (seen.abs() - (seen - line.bound as f64).abs()) / line.scale.value();
    }
    sum
}

/// How often the attacker is right about one visitor, over as many worlds with them as without.
fn success(lines: &[Line], rounds: u32, mut release: impl FnMut(&mut [Cell])) -> f64 {
    let mut right = 0;
    for round in 0..rounds {
        let is_there = round % 2 == 0;
        let mut released = cells(lines, is_there);
        release(&mut released);
        right += u32::from((likelihood(lines, &released) > 0.0) == is_there);
    }
    f64::from(right) / f64::from(rounds)
}

#[test]
fn who_knows_all_others_learns_as_much_of_one_visitor_as_epsilon_allows() {
    let mut dice = Dice(7);
    let (rounds, one) = (600, (Family::set(Term(70_000)), 1));
    // Four standard deviations of so many guesses.
    let slack = 4.0 * (0.25 / f64::from(rounds)).sqrt();
    for (thousandths, all) in [(1_000, vec![one]), (2_000, vec![one]), (2_000, everything(2, &[3]))] {
        let epsilon = Epsilon::of_thousandths(thousandths).expect("in range");
        let families: Vec<Family> = all.iter().map(|(family, _)| *family).collect();
        let lines = divide(epsilon, &all, &families);
        assert_eq!(success(&lines, rounds, |_| {}), 1.0, "without noise everybody is found");
        let found = success(&lines, rounds, |cells| sampled(&lines, cells, &mut dice));
        let odds = (f64::from(thousandths) / 1_000.0).exp();
        assert!(found <= odds / (1.0 + odds) + slack, "{found}");
        // The best guess about a single number is right so often; many numbers of small parts tell less together.
        let single = 1.0 - (-f64::from(thousandths) / 2_000.0).exp() / 2.0;
        assert!(all.len() > 1 || found > single - slack, "the attack is worth less than it could: {found}");
    }
}

/// Cells with noise as it is sampled: what is fitted afterwards can only tell less.
fn sampled(lines: &[Line], cells: &mut [Cell], dice: &mut Dice) {
    for line in lines {
        let is_of =
            |cell: &&mut Cell| cell.family == line.family && matches!(cell.place, Place::Other(_)) == line.other;
        let cell = cells.iter_mut().find(is_of).expect("a cell");
        let noise = super::sample::laplace(line.scale, dice).expect("a sample");
        let exact = line.measure.of(&cell.parts);
        line.measure.set(&mut cell.parts, noisy(exact, noise));
    }
}

#[test]
fn no_answer_is_much_more_likely_with_a_visitor_than_without() {
    // One number, all of what it may show: the definition itself, of each of its values.
    let line = |nano| Scale::of(1, nano).expect("a scale");
    let mut dice = Dice(11);
    let rounds = 60_000;
    for nano in [NANO / 2, NANO, 2 * NANO] {
        let mut seen = |exact: u64| {
            let mut counts = std::collections::BTreeMap::<u64, f64>::new();
            for _ in 0..rounds {
                let noise = super::sample::laplace(line(nano), &mut dice).expect("a sample");
                *counts.entry(noisy(exact, noise)).or_default() += 1.0;
            }
            counts
        };
        let (with, without) = (seen(4), seen(3));
        let most = (nano as f64 / NANO as f64).exp();
        for (value, count) in with.iter().filter(|(_, count)| **count > 500.0) {
            let other = without.get(value).copied().unwrap_or(0.0);
            let slack = 1.0 + 5.0 / count.sqrt() + 5.0 / other.max(1.0).sqrt();
            assert!(count / other <= most * slack && other / count <= most * slack, "{value}: {count} {other}");
        }
    }
}

#[test]
fn numbers_that_nobody_paid_for_are_not_told() {
    let family = Family::single(Group::Dimension(Dimension::Page));
    let parts = Parts { visitors: 90, pageviews: 40, events: 50, ..Parts::default() };
    let place = Place::Values([Term(5), Term::NONE]);
    let mut cells = [Cell { family, span: Span::Day, first: Day(0), place, parts }];
    let scale = Scale { numerator: 1, denominator: 4 };
    let line = Line { family, other: false, measure: Measure::Visitors, bound: 1, scale, nano: 4 * NANO };
    add(&[line], &mut cells, &mut Dice(1)).expect("noise");
    assert!(cells[0].parts.visitors.abs_diff(90) < 10);
    assert_eq!(cells[0].parts, Parts { visitors: cells[0].parts.visitors, events: 1, ..Parts::default() });
}

#[test]
fn what_is_told_fits_together() {
    let all = everything(0, &[4]);
    let families: Vec<Family> = all.iter().map(|(family, _)| *family).collect();
    let lines = divide(Epsilon::of_thousandths(100).expect("in range"), &all, &families);
    let funnel = Family::set(Term(70_000));
    let mut dice = Dice(5);
    for _ in 0..20 {
        let (span, first) = (Span::Day, Day(0));
        let step = |at| {
            let place = Place::Values([Term(at), Term::NONE]);
            Cell { family: funnel, span, first, place, parts: Parts { visitors: 50, ..Parts::default() } }
        };
        let mut cells: Vec<Cell> = (0..4).map(step).collect();
        let place = Place::Values([Term(5), Term::NONE]);
        cells.extend(families.iter().map(|family| Cell {
            family: *family,
            span,
            first,
            place,
            parts: Parts::default(),
        }));
        add(&lines, &mut cells, &mut dice).expect("noise");
        assert!(cells[..4].windows(2).all(|steps| steps[1].parts.visitors <= steps[0].parts.visitors));
        for parts in cells[4..].iter().map(|cell| cell.parts).filter(|parts| parts.visitors > 0) {
            assert!(parts.bounces <= parts.entries && parts.exits <= parts.visit_pageviews);
            assert!(parts.visit_pageviews <= parts.pageviews);
        }
    }
}
