//! Noise in what is released into history: how the budget is divided, and exact discrete Laplace noise.
//!
//! The ledger is kept by whoever releases: it writes what [`Noise::divide`] gives before it calls [`Noise::add`].

mod divide;
mod sample;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use outis_event::Epsilon;
use outis_insight::Parts;
use outis_insight::history::{Cell, Family, Line, Measure, NoRandomness, Noise, Place, Rule, Scale, Telling, fit};

use sample::{Random, Uniform, laplace};

/// Discrete Laplace noise, independent in each number. Numbers below 0 are told as 0, parts as at most their whole, and
/// what is told as at least one event: that takes nothing from what noise protects, but small numbers become too large on
/// average. Steps of a funnel, which must come in order in the cells, do not grow from one to the next. Each call takes fresh randomness of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct LaplaceNoise;

impl Noise for LaplaceNoise {
    fn divide(&self, epsilon: Epsilon, all: &[Telling], told: &[Family]) -> Vec<Line> {
        divide::divide(epsilon, all, told)
    }

    fn add(&self, lines: &[Line], cells: &mut [Cell]) -> Result<(), NoRandomness> {
        add(lines, cells, &mut Random::new())
    }
}

fn add(lines: &[Line], cells: &mut [Cell], uniform: &mut impl Uniform) -> Result<(), NoRandomness> {
    let of_line = |line: &Line| ((line.family.codes(), line.other, line.measure), line.scale);
    let scales: HashMap<([u32; 2], bool, Measure), Scale> = lines.iter().map(of_line).collect();
    for cell in cells.iter_mut() {
        let other = matches!(cell.place, Place::Other(_));
        let exact = std::mem::take(&mut cell.parts);
        for measure in Measure::ALL {
            let scale = scales.get(&(cell.family.codes(), other, measure));
            let value = match scale {
                Some(scale) => noisy(measure.of(&exact), laplace(*scale, uniform)?),
                None => 0,
            };
            measure.set(&mut cell.parts, value);
        }
        told_of(cell);
    }
    descend(cells);
    Ok(())
}

/// What is told of a number with noise. There is no less than nothing.
fn noisy(exact: u64, noise: i64) -> u64 {
    let exact = i64::try_from(exact).unwrap_or(i64::MAX);
    u64::try_from(exact.saturating_add(noise)).unwrap_or(0)
}

/// Whoever came to a step of a funnel came to the one before.
fn descend(cells: &mut [Cell]) {
    let mut before: HashMap<[u32; 2], u64> = HashMap::new();
    for cell in cells.iter_mut().filter(|cell| cell.family.rule() == Rule::Set) {
        let most = before.entry(cell.family.codes()).or_insert(u64::MAX);
        cell.parts.visitors = cell.parts.visitors.min(*most);
        *most = cell.parts.visitors;
    }
}

fn told_of(cell: &mut Cell) {
    if cell.family.rule() == Rule::Set {
        cell.parts = Parts { visitors: cell.parts.visitors, ..Parts::default() };
    } else {
        fit(&mut cell.parts);
    }
}
