//! A linear support vector machine: L2-regularised, squared hinge, solved by dual coordinate descent.
//!
//! This is algorithm 3.1 with shrinking of Hsieh, Chang, Lin, Keerthi and Sundararajan, *A Dual Coordinate Descent Method for
//! Large-scale Linear SVM* (ICML 2008), as in LIBLINEAR's solver 1. The order of examples is drawn from a fixed seed: the
//! same examples give the same weights.

/// Sparse rows, one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    ends: Vec<usize>,
    entries: Vec<(u32, f32)>,
    columns: usize,
}

impl Rows {
    /// No rows of so many columns.
    pub(crate) fn new(columns: usize) -> Rows {
        Rows { ends: Vec::new(), entries: Vec::new(), columns }
    }

    /// Adds a row; its columns are known.
    pub(crate) fn push(&mut self, row: &[(u32, f32)]) {
        self.entries.extend(row.iter().filter(|(column, _)| (*column as usize) < self.columns));
        self.ends.push(self.entries.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    fn row(&self, at: usize) -> &[(u32, f32)] {
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.entries[from..self.ends[at]]
    }
}

/// How exactly a problem is solved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Solver {
    /// What an error costs against the length of the weights (LIBLINEAR's `-c`).
    pub(crate) cost: f32,
    /// Largest difference of projected gradients at the end (LIBLINEAR's `-e`).
    pub(crate) tolerance: f32,
    /// Most rounds over the examples.
    pub(crate) rounds: u32,
    /// Of the constant column whose weight is the bias.
    pub(crate) bias: f32,
}

/// Weights by column, and the bias.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plane {
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: f32,
}

/// A plane that has the rows for which `positive` holds on its upper side.
pub(crate) fn solve(rows: &Rows, positive: impl Fn(usize) -> bool, solver: &Solver, seed: u64) -> Plane {
    Descent::new(rows, positive, solver).run(solver, seed)
}

/// Values above `upper` of the last round may be shrunk, and the round's own.
#[derive(Clone, Copy)]
struct Gradients {
    upper: f32,
    lower: f32,
}

impl Gradients {
    const NONE: Gradients = Gradients { upper: f32::NEG_INFINITY, lower: f32::INFINITY };
    const ANY: Gradients = Gradients { upper: f32::INFINITY, lower: f32::NEG_INFINITY };
}

struct Descent<'a> {
    rows: &'a Rows,
    /// 1 or -1.
    sign: Vec<f32>,
    alpha: Vec<f32>,
    /// `x·x + bias² + 1 / 2C` of each row.
    diagonal: Vec<f32>,
    plane: Plane,
    constant: f32,
    slack: f32,
}

impl<'a> Descent<'a> {
    fn new(rows: &'a Rows, positive: impl Fn(usize) -> bool, solver: &Solver) -> Descent<'a> {
        let slack = 0.5 / solver.cost;
        let length = |at| rows.row(at).iter().map(|(_, value)| value * value).sum::<f32>();
        Descent {
            rows,
            sign: (0..rows.len()).map(|at| if positive(at) { 1.0 } else { -1.0 }).collect(),
            alpha: vec![0.0; rows.len()],
            diagonal: (0..rows.len()).map(|at| length(at) + solver.bias * solver.bias + slack).collect(),
            plane: Plane { weights: vec![0.0; rows.columns], bias: 0.0 },
            constant: solver.bias,
            slack,
        }
    }

    fn run(mut self, solver: &Solver, seed: u64) -> Plane {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        let mut active = order.len();
        let mut last = Gradients::ANY;
        for _ in 0..solver.rounds {
            random.shuffle(&mut order[..active]);
            let now = self.round(&mut order, &mut active, last);
            if now.upper - now.lower <= solver.tolerance {
                if active == order.len() {
                    break;
                }
                // What was shrunk is looked at once more before the end.
                active = order.len();
                last = Gradients::ANY;
                continue;
            }
            last.upper = if now.upper <= 0.0 { f32::INFINITY } else { now.upper };
            last.lower = if now.lower >= 0.0 { f32::NEG_INFINITY } else { now.lower };
        }
        self.plane.bias *= self.constant;
        self.plane
    }

    /// One round over the active rows. Rows that lie well beyond the margin leave.
    fn round(&mut self, order: &mut [usize], active: &mut usize, last: Gradients) -> Gradients {
        let mut now = Gradients::NONE;
        let mut at = 0;
        while at < *active {
            let row = order[at];
            let gradient = self.sign[row] * self.margin(row) - 1.0 + self.alpha[row] * self.slack;
            let mut projected = gradient;
            if self.alpha[row] == 0.0 {
                if gradient > last.upper {
                    *active -= 1;
                    order.swap(at, *active);
                    continue;
                }
                projected = gradient.min(0.0);
            }
            now.upper = now.upper.max(projected);
            now.lower = now.lower.min(projected);
            if projected.abs() > 1e-12 {
                self.step(row, gradient);
            }
            at += 1;
        }
        now
    }

    fn margin(&self, row: usize) -> f32 {
        let weights = &self.plane.weights;
        let sum: f32 = self.rows.row(row).iter().map(|(column, value)| weights[*column as usize] * value).sum();
        sum + self.plane.bias * self.constant
    }

    fn step(&mut self, row: usize, gradient: f32) {
        let before = self.alpha[row];
        self.alpha[row] = (before - gradient / self.diagonal[row]).max(0.0);
        let by = (self.alpha[row] - before) * self.sign[row];
        for (column, value) in self.rows.row(row) {
            self.plane.weights[*column as usize] += by * value;
        }
        self.plane.bias += by * self.constant;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOLVER: Solver = Solver { cost: 1.0, tolerance: 1e-4, rounds: 2_000, bias: 1.0 };

    fn rows(points: &[(f32, f32)]) -> Rows {
        let mut rows = Rows::new(2);
        points.iter().for_each(|(x, y)| rows.push(&[(0, *x), (1, *y)]));
        rows
    }

    /// What is made smallest: half the squared length, and the cost times the squared shortfalls of margins.
    fn objective(plane: &Plane, points: &[(f32, f32)], above: &[bool]) -> f32 {
        let length = plane.weights.iter().map(|w| w * w).sum::<f32>() + plane.bias * plane.bias;
        let short = points.iter().zip(above).map(|((x, y), above)| {
            let margin = plane.weights[0] * x + plane.weights[1] * y + plane.bias;
            (1.0 - if *above { margin } else { -margin }).max(0.0).powi(2)
        });
        0.5 * length + SOLVER.cost * short.sum::<f32>()
    }

    proptest! {
        #[test]
        fn no_plane_nearby_is_better(
            points in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 2..30),
            bits in any::<u32>(),
        ) {
            let above: Vec<bool> = (0..points.len()).map(|at| bits >> at & 1 == 1).collect();
            let plane = solve(&rows(&points), |at| above[at], &SOLVER, 1);
            let best = objective(&plane, &points, &above);
            for (at, by) in [(0, 0.05), (0, -0.05), (1, 0.05), (1, -0.05), (2, 0.05), (2, -0.05)] {
                let mut other = plane.clone();
                if at == 2 { other.bias += by } else { other.weights[at] += by }
                prop_assert!(objective(&other, &points, &above) >= best - 1e-3);
            }
        }
    }

    #[test]
    fn the_same_rows_give_the_same_plane() {
        let points = [(0.0, 1.0), (1.0, 0.0), (0.5, 0.6), (0.7, 0.1)];
        let plane = || solve(&rows(&points), |at| at % 2 == 0, &SOLVER, 7);
        assert_eq!(plane(), plane());
    }

    #[test]
    fn no_rows_give_no_weights() {
        let plane = solve(&Rows::new(3), |_| true, &SOLVER, 1);
        assert_eq!(plane, Plane { weights: vec![0.0; 3], bias: 0.0 });
    }
}
