//! Noise at release: what it costs, how much it is, and who adds it.

use std::collections::BTreeMap;

use outis_event::{Day, Epsilon};

use crate::{Metric, Parts};

use super::bound::Measure;
use super::cell::{Cell, Place, Span};
use super::family::Family;

/// Billionths of an epsilon.
pub const NANO: u64 = 1_000_000_000;

/// How wide noise is: a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Above the line.
    pub numerator: u64,
    /// Below it; not 0.
    pub denominator: u64,
}

impl Scale {
    /// The scale at which a change of up to `bound` costs `nano` billionths of an epsilon; `None` if that cannot be.
    pub fn of(bound: u64, nano: u64) -> Option<Scale> {
        let numerator = bound.checked_mul(NANO)?;
        (bound > 0 && nano > 0).then_some(Scale { numerator, denominator: nano })
    }

    /// As a number.
    pub fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// True if it is wider than another one.
    pub fn is_wider(self, other: Scale) -> bool {
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        product(self.numerator, other.denominator) > product(other.numerator, self.denominator)
    }

    /// The variance of discrete Laplace noise of this scale.
    pub fn variance(self) -> f64 {
        let p = (-1.0 / self.value()).exp();
        2.0 * p / (1.0 - p).powi(2)
    }
}

/// A line of the ledger: what is paid for the noise of one measure in one family's cells of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Of which family.
    pub family: Family,
    /// Of its `(other)`, not of its values.
    pub other: bool,
    /// Which number of the cells.
    pub measure: Measure,
    /// Most that one visitor's day adds to it, over all these cells.
    pub bound: u64,
    /// How wide the noise is.
    pub scale: Scale,
    /// What it costs one visitor's day, in billionths of an epsilon.
    pub nano: u64,
}

/// Noise could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no randomness")]
pub struct NoRandomness;

/// A family, and how many sets it is if staff saved it.
pub type Telling = (Family, u64);

/// Who divides the budget and adds noise: implemented in the guard.
pub trait Noise: Send + Sync {
    /// Divides what a visitor's day may cost over all that is told of it: `all` is everything the site tells, and the
    /// lines are those of what is `told` now.
    fn divide(&self, epsilon: Epsilon, all: &[Telling], told: &[Family]) -> Vec<Line>;

    /// Adds noise to each number of the cells that a line pays for. Others are told as 0.
    ///
    /// # Errors
    /// When there is no randomness. The cells must not be told then.
    fn add(&self, lines: &[Line], cells: &mut [Cell]) -> Result<(), NoRandomness>;
}

/// The variances of the noise in a cell, or in sums of cells, by measure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread([f64; 12]);

impl Spread {
    /// Adds the noise of something else.
    pub fn add(&mut self, other: &Spread) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// The larger of both, measure by measure.
    pub fn widen(&mut self, other: &Spread) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine = mine.max(theirs));
    }

    /// Sets the variance of a measure.
    pub fn set(&mut self, measure: Measure, variance: f64) {
        self.0[measure as usize] = variance;
    }

    /// True if there is no noise in it.
    pub fn is_none(&self) -> bool {
        self.0.iter().all(|variance| *variance == 0.0)
    }

    /// The standard error of a metric that is a count; `None` of others.
    pub fn standard_error(&self, metric: Metric) -> Option<f64> {
        let measure = match metric {
            Metric::Visitors => Measure::Visitors,
            Metric::Visits => Measure::Visits,
            Metric::Pageviews => Measure::Pageviews,
            Metric::Events => Measure::Events,
            _ => return None,
        };
        Some(self.0[measure as usize].sqrt())
    }
}

/// How much noise there is in the cells of a question.
#[derive(Clone, Debug, Default)]
pub struct Spreads(BTreeMap<(Span, Day, [u32; 2], bool), Spread>);

impl Spreads {
    /// Takes in that cells have noise of a line.
    pub fn take(&mut self, span: Span, first: Day, line: &Line) {
        let spread = self.0.entry((span, first, line.family.codes(), line.other)).or_default();
        spread.set(line.measure, line.scale.variance());
    }

    /// The noise in a cell; none if nothing is known of it.
    pub fn of(&self, cell: &Cell) -> Spread {
        let other = match cell.place {
            Place::Values(_) => false,
            Place::Other(_) => true,
            Place::Hour(_) => return Spread::default(),
        };
        self.0.get(&(cell.span, cell.first, cell.family.codes(), other)).copied().unwrap_or_default()
    }
}

/// Makes numbers with noise fit each other: what is a part of another is at most as much, and what is told happened at
/// least once.
pub fn fit(parts: &mut Parts) {
    parts.events = parts.events.max(1);
    parts.bounces = parts.bounces.min(parts.entries);
    parts.visit_pageviews = parts.visit_pageviews.min(parts.pageviews);
    parts.exits = parts.exits.min(parts.visit_pageviews);
    parts.scroll_sum = parts.scroll_sum.min(parts.scroll_pairs.saturating_mul(100));
}
