//! Item neighbours: the cosine of two items' members, shrunk where it rests on few of them.
//!
//! `members of both / (root of members of one times members of the other + shrinkage)`: a pair that one member makes is
//! not taken for a perfect match.

use crate::matrix::Matrix;

use super::weights::{Weights, strongest};

/// The neighbours of every item, at most `most` of each.
pub(crate) fn neighbours(matrix: &Matrix, items: usize, shrinkage: f32, most: usize) -> Weights {
    let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); items];
    let members: Vec<f32> = (0..items as u32).map(|item| matrix.members_of(item) as f32).collect();
    for (a, b, both) in matrix.pairs() {
        let (at, bt) = (a as usize, b as usize);
        if at < items && bt < items {
            let weight = both as f32 / ((members[at] * members[bt]).sqrt() + shrinkage);
            rows[at].push((b, weight));
            rows[bt].push((a, weight));
        }
    }
    let mut weights = Weights::default();
    rows.into_iter().for_each(|row| weights.push(strongest(row, most)));
    weights
}
