//! How much noise a site's history has.

use serde::{Deserialize, Serialize};

/// The least and the most, in thousandths.
const LEAST: u32 = 100;
const MOST: u32 = 20_000;

/// The privacy budget of one visitor on one day, for all that history ever tells of it: 0.1 to 20, in steps of 0.001.
/// Smaller is more noise. What is told of a day with a visitor and of the same day without is alike up to a factor of
/// e^epsilon in probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "f64", try_from = "f64")]
pub struct Epsilon {
    thousandths: u32,
}

/// Not an [`Epsilon`].
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("epsilon is 0.1 to 20, in steps of 0.001")]
pub struct EpsilonError;

impl Epsilon {
    /// In thousandths.
    pub fn thousandths(self) -> u32 {
        self.thousandths
    }

    /// From thousandths.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn of_thousandths(thousandths: u32) -> Result<Epsilon, EpsilonError> {
        if (LEAST..=MOST).contains(&thousandths) { Ok(Epsilon { thousandths }) } else { Err(EpsilonError) }
    }
}

impl From<Epsilon> for f64 {
    fn from(epsilon: Epsilon) -> f64 {
        f64::from(epsilon.thousandths) / 1000.0
    }
}

impl TryFrom<f64> for Epsilon {
    type Error = EpsilonError;

    fn try_from(value: f64) -> Result<Epsilon, EpsilonError> {
        let thousandths = (value * 1000.0).round();
        let is_near = (value * 1000.0 - thousandths).abs() < 1e-6;
        let in_range = thousandths >= f64::from(LEAST) && thousandths <= f64::from(MOST);
        if is_near && in_range { Epsilon::of_thousandths(thousandths as u32) } else { Err(EpsilonError) }
    }
}

/// Noise that is added to what is released into history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// What one visitor's day may cost.
    pub epsilon: Epsilon,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steps_within_range_are_taken() {
        for (value, expected) in [(2.0, Some(2_000)), (0.1, Some(100)), (20.0, Some(20_000)), (1.234, Some(1_234))] {
            assert_eq!(Epsilon::try_from(value).ok().map(Epsilon::thousandths), expected);
        }
        for value in [0.0, 0.0999, 20.001, 1.2345, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Epsilon::try_from(value), Err(EpsilonError));
        }
    }
}
