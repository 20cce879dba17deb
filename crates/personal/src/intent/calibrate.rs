//! What a margin is worth: when a text is out of scope, and how likely its best intent is right.
//!
//! Both are learnt from the examples alone, each looked at by a classifier that had not seen it. Texts out of scope are
//! not needed: a text is rejected if it fits worse than nearly all examples did. Confidence is Platt scaling (*Probabilistic
//! Outputs for Support Vector Machines*, 1999) of the best margin and its lead.

/// How a text fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// Of the best class.
    pub(crate) margin: f32,
    /// How far the best class is ahead of the second.
    pub(crate) gap: f32,
}

/// What was learnt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Calibration {
    /// A text whose best margin is smaller is out of scope.
    pub(crate) threshold: f32,
    /// Of the logarithm of the odds that the best class is right: constant, of the margin, of the gap.
    pub(crate) odds: [f32; 3],
}

impl Default for Calibration {
    fn default() -> Calibration {
        Calibration { threshold: f32::MAX, odds: [0.0; 3] }
    }
}

impl Calibration {
    /// From outcomes and whether the best class was right. Of the outcomes, a share of `reject` lies below the threshold.
    pub(crate) fn learn(outcomes: &[(Outcome, bool)], reject: f32) -> Calibration {
        let mut margins: Vec<f32> = outcomes.iter().map(|(outcome, _)| outcome.margin).collect();
        margins.sort_by(f32::total_cmp);
        let below = (margins.len() as f32 * reject.clamp(0.0, 0.5)) as usize;
        match margins.get(below) {
            Some(threshold) => Calibration { threshold: *threshold, odds: platt(outcomes) },
            None => Calibration::default(),
        }
    }

    /// True if the text does not fit.
    pub(crate) fn rejects(&self, outcome: &Outcome) -> bool {
        outcome.margin < self.threshold
    }

    /// How likely the best class is right, 0 to 1, if the text is in scope.
    pub(crate) fn confidence(&self, outcome: &Outcome) -> f32 {
        let x = inputs(outcome);
        logistic(self.odds.iter().zip(x).map(|(a, b)| f64::from(*a) * b).sum()) as f32
    }
}

fn inputs(outcome: &Outcome) -> [f64; 3] {
    [1.0, f64::from(outcome.margin.clamp(-10.0, 10.0)), f64::from(outcome.gap.clamp(0.0, 20.0))]
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Logistic regression by Newton's method. Targets are smoothed as Platt does it, and a little is added to the diagonal, so
/// that few or separable outcomes give no certainty.
fn platt(outcomes: &[(Outcome, bool)]) -> [f32; 3] {
    let right = outcomes.iter().filter(|(_, right)| *right).count() as f64;
    let wrong = outcomes.len() as f64 - right;
    let (high, low) = ((right + 1.0) / (right + 2.0), 1.0 / (wrong + 2.0));
    let mut odds = [0.0_f64; 3];
    for _ in 0..50 {
        let (gradient, hessian) = derivatives(outcomes, &odds, high, low);
        let Some(step) = solve(hessian, gradient) else { break };
        for (odd, by) in odds.iter_mut().zip(step) {
            *odd -= by.clamp(-5.0, 5.0);
        }
        if step.iter().all(|by| by.abs() < 1e-9) {
            break;
        }
    }
    odds.map(|odd| odd as f32)
}

const RIDGE: f64 = 1e-2;

fn derivatives(outcomes: &[(Outcome, bool)], odds: &[f64; 3], high: f64, low: f64) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut gradient = odds.map(|odd| RIDGE * odd);
    let mut hessian = [[0.0; 3]; 3];
    (0..3).for_each(|at| hessian[at][at] = RIDGE);
    for (outcome, right) in outcomes {
        let x = inputs(outcome);
        let p = logistic(odds.iter().zip(x).map(|(a, b)| a * b).sum());
        let target = if *right { high } else { low };
        for a in 0..3 {
            gradient[a] += (p - target) * x[a];
            for b in 0..3 {
                hessian[a][b] += p * (1.0 - p) * x[a] * x[b];
            }
        }
    }
    (gradient, hessian)
}

/// Cramer's rule.
fn solve(m: [[f64; 3]; 3], v: [f64; 3]) -> Option<[f64; 3]> {
    let determinant = |m: &[[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let whole = determinant(&m);
    let solved = [0, 1, 2].map(|column| {
        let mut replaced = m;
        (0..3).for_each(|row| replaced[row][column] = v[row]);
        determinant(&replaced) / whole
    });
    solved.iter().all(|x| x.is_finite()).then_some(solved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(margin: f32) -> Outcome {
        Outcome { margin, gap: 1.0 }
    }

    #[test]
    fn so_many_of_the_examples_are_rejected() {
        let outcomes: Vec<_> = (0..100_u8).map(|at| (outcome(f32::from(at)), true)).collect();
        let calibration = Calibration::learn(&outcomes, 0.03);
        assert_eq!(outcomes.iter().filter(|(outcome, _)| calibration.rejects(outcome)).count(), 3);
        assert!(Calibration::learn(&[], 0.03).rejects(&outcome(9.0)));
    }

    #[test]
    fn confidence_is_how_often_the_best_class_is_right() {
        // Right in 9 of 10 cases at margin 1, in 1 of 2 at margin 0.
        let mut outcomes = Vec::new();
        for at in 0..1_000 {
            outcomes.push((outcome(1.0), at % 10 != 0));
            outcomes.push((outcome(0.0), at % 2 == 0));
        }
        let calibration = Calibration::learn(&outcomes, 0.0);
        assert!((calibration.confidence(&outcome(1.0)) - 0.9).abs() < 0.01);
        assert!((calibration.confidence(&outcome(0.0)) - 0.5).abs() < 0.01);
    }

    #[test]
    fn few_examples_give_no_certainty() {
        let calibration = Calibration::learn(&[(outcome(1.0), true), (outcome(0.9), true)], 0.02);
        assert!(calibration.confidence(&outcome(1.0)) < 0.95);
    }
}
