//! The inverse of a symmetric positive definite matrix, in place, by Cholesky.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Mat, MatMut, Par};

/// A square matrix of `f32`, by columns.
#[derive(Clone, Debug)]
pub(crate) struct Square {
    size: usize,
    values: Vec<f32>,
}

/// The matrix is not positive definite, or not finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the matrix cannot be inverted")]
pub(crate) struct Singular;

/// Columns that are inverted together.
const BLOCK: usize = 256;

impl Square {
    pub(crate) fn zeros(size: usize) -> Square {
        Square { size, values: vec![0.0; size * size] }
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Of a symmetric matrix also row `at`.
    pub(crate) fn column(&self, at: usize) -> &[f32] {
        &self.values[at * self.size..(at + 1) * self.size]
    }

    pub(crate) fn column_mut(&mut self, at: usize) -> &mut [f32] {
        &mut self.values[at * self.size..(at + 1) * self.size]
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> f32 {
        self.values[column * self.size + row]
    }

    /// The inverse; only what is on and below the diagonal is read. Takes n^3 operations and, beside the matrix, n times
    /// [`BLOCK`] numbers: block columns of the inverse are solved for from the left, and each takes the place of the
    /// factor's block column, which those to the right do not need.
    ///
    /// # Errors
    /// [`Singular`].
    pub(crate) fn inverted(mut self, threads: usize) -> Result<Square, Singular> {
        let n = self.size;
        let par = if threads > 1 { Par::rayon(threads) } else { Par::Seq };
        {
            let factor = MatMut::from_column_major_slice_mut(&mut self.values, n, n);
            let scratch = cholesky_in_place_scratch::<f32>(n, par, Default::default());
            let mut memory = MemBuffer::try_new(scratch).map_err(|_| Singular)?;
            let stack = MemStack::new(&mut memory);
            cholesky_in_place(factor, Default::default(), par, stack, Default::default()).map_err(|_| Singular)?;
        }
        let mut factor = MatMut::from_column_major_slice_mut(&mut self.values, n, n);
        for begin in (0..n).step_by(BLOCK) {
            let width = BLOCK.min(n - begin);
            let mut block = Mat::<f32>::zeros(n - begin, width);
            (0..width).for_each(|at| block[(at, at)] = 1.0);
            let below = factor.as_ref().submatrix(begin, begin, n - begin, n - begin);
            solve_lower_triangular_in_place(below, block.as_mut(), par);
            solve_upper_triangular_in_place(below.transpose(), block.as_mut(), par);
            factor.as_mut().submatrix_mut(begin, begin, n - begin, width).copy_from(&block);
        }
        self.mirror();
        if self.values.iter().all(|value| value.is_finite()) { Ok(self) } else { Err(Singular) }
    }

    /// Copies what is below the diagonal to above it, tile by tile.
    fn mirror(&mut self) {
        const TILE: usize = 64;
        let n = self.size;
        for left in (0..n).step_by(TILE) {
            for top in (left..n).step_by(TILE) {
                for column in left..(left + TILE).min(n) {
                    for row in top.max(column + 1)..(top + TILE).min(n) {
                        self.values[row * n + column] = self.values[column * n + row];
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_the_matrix_it_is_one() {
        for n in [1, 2, 63, 300, 700] {
            let mut a = Square::zeros(n);
            for column in 0..n {
                for row in 0..n {
                    let far = row.abs_diff(column) as f32;
                    a.column_mut(column)[row] = 1.0 / (1.0 + far) + if far == 0.0 { 2.0 } else { 0.0 };
                }
            }
            for threads in [1, 2] {
                let inverse = a.clone().inverted(threads).expect("positive definite");
                let step = n.div_ceil(20);
                for column in (0..n).step_by(step) {
                    for row in 0..n {
                        let dot: f32 = a.column(row).iter().zip(inverse.column(column)).map(|(x, y)| x * y).sum();
                        assert!((dot - f32::from(u8::from(row == column))).abs() < 1e-4, "{n} {row} {column} {dot}");
                        assert!((inverse.at(row, column) - inverse.at(column, row)).abs() == 0.0);
                    }
                }
            }
        }
    }

    #[test]
    fn what_has_no_inverse_is_refused() {
        assert!(Square::zeros(3).inverted(1).is_err());
        let mut odd = Square::zeros(2);
        odd.column_mut(0)[0] = f32::NAN;
        odd.column_mut(1)[1] = 1.0;
        assert!(odd.inverted(1).is_err());
    }
}
