//! Learns a model: chooses what is to be chosen on held-back likes, measures, and refuses what does not help.

mod choose;
mod measure;
mod search;
mod split;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use choose::popularity;
pub use choose::{SEED, SHARE};
pub use measure::{LIST, Measure, Metrics, best};
pub(crate) use split::Draw;
pub use split::{Held, Split, hold_back};

use crate::matrix::{Contribution, Matrix};
use crate::model::{Blend, LinearParameters, Model, Tier};
use crate::tagging::Tagging;

/// What a model is learnt from.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The counts.
    pub matrix: &'a Matrix,
    /// The members that the counts are made of, in any order.
    pub members: &'a [Contribution],
    /// The tags of the catalogue; it has an entry for every item.
    pub tagging: &'a Arc<Tagging>,
    /// How often each item was acted on, as told to everybody; empty to take members instead.
    pub counts: &'a [u64],
}

/// How much may be spent, and how often the choice is made anew.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most rows of a matrix that is inverted: it takes 4 bytes times its square, and its cube in operations.
    pub most_size: usize,
    /// The same while parameters are searched for, which inverts about twenty matrices.
    pub search_size: usize,
    /// Most weights kept of each item.
    pub most_weights: usize,
    /// Members with at least three items, below which nothing is learnt from likes.
    pub least_members: u32,
    /// Members without whom an item is suggested for its tags only, so that one member's likes are not another's
    /// suggestion.
    pub least_members_of_item: u32,
    /// Members to measure on at most.
    pub most_measured: usize,
    /// Threads to invert with.
    pub threads: usize,
}

impl Default for Limits {
    /// At most 1.6 GB while it learns.
    fn default() -> Limits {
        Limits {
            most_size: MOST_SIZE,
            search_size: 3_000,
            most_weights: 800,
            least_members: 50,
            least_members_of_item: 2,
            most_measured: 1_000,
            threads: 1,
        }
    }
}

/// Most rows that are inverted, however much memory there is: it would take too long.
pub const MOST_SIZE: usize = 20_000;
/// Fewest rows for which it is worth while.
const LEAST_SIZE: usize = 500;
/// Columns beside the matrix while it is inverted.
const BESIDE: u64 = 256;

impl Limits {
    /// As much as may be learnt while the matrix that is inverted takes no more than so many bytes; at least of 500 rows, which
    /// take 1.5 MB. Where there are more items and members than rows, items of the head are as many, and neighbours do the rest.
    #[must_use]
    pub fn within(bytes: u64) -> Limits {
        let bytes = bytes.min(inverse_bytes(MOST_SIZE));
        let mut rows = ((bytes / 4) as f64).sqrt() as u64;
        while rows > 0 && inverse_bytes(rows as usize) > bytes {
            rows -= 1;
        }
        let most_size = usize::try_from(rows).unwrap_or(MOST_SIZE).max(LEAST_SIZE);
        Limits { most_size, ..Limits::default() }
    }
}

/// Bytes that a matrix of so many rows takes while it is inverted: `f32`, in place, and a block of 256 columns. Weights that are
/// kept, at most 8 bytes times [`Limits::most_weights`] of each item and three times that while they are made, come on top, and
/// so do the counts.
#[must_use]
pub fn inverse_bytes(rows: usize) -> u64 {
    let rows = rows as u64;
    4 * rows * (rows + BESIDE)
}

/// How a model was chosen, and what it was measured to do on likes that were held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The number of the model, handed in.
    pub version: u64,
    /// The kind of model.
    pub tier: Tier,
    /// Parameters of the linear model, where there is one.
    pub linear: Option<LinearParameters>,
    /// Shrinkage of neighbours.
    pub shrinkage: f32,
    /// Weights of the parts of a score.
    pub blend: Blend,
    /// Members without whom an item is suggested for its tags only.
    pub least_members: u32,
    /// Items with a weight of their own in the linear model.
    pub head: usize,
    /// Rows of the matrix that was inverted.
    pub size: usize,
    /// Weights kept.
    pub weights: usize,
    /// The model that is served, on held-back likes.
    pub measured: Option<Metrics>,
    /// Popularity, on the same.
    pub popularity: Option<Metrics>,
    /// Neighbours, on the same.
    pub neighbours: Option<Metrics>,
}

/// Why there is no new model.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LearnError {
    /// The members are not those that the matrix counts, or items have no entry in the catalogue's tags.
    #[error("matrix, members and catalogue do not belong together")]
    Mismatch,
    /// On held-back likes it finds less than popularity does.
    #[error("the model finds less than popularity does")]
    WorseThanPopularity,
    /// Memory is too short, or numbers are out of bounds.
    #[error("the linear model cannot be solved")]
    Unsolved,
}

/// Learns a model. The same input gives the same model.
///
/// # Errors
/// [`LearnError`]; what is served stays what it is.
pub fn learn(input: &Input<'_>, limits: &Limits, version: u64) -> Result<Model, LearnError> {
    check(input)?;
    choose::learn(input, limits, version)
}

/// A model of the catalogue's tags and the counts alone: what there is where nothing is learnt, or may be kept.
#[must_use]
pub fn content(tagging: &Arc<Tagging>, counts: &[u64], limits: &Limits, version: u64) -> Model {
    choose::content(tagging, counts, limits, version)
}

fn check(input: &Input<'_>) -> Result<(), LearnError> {
    let items = input.tagging.items();
    let known = input.matrix.items().all(|(item, _)| (item as usize) < items);
    let members = input.members.iter().filter(|member| !member.items().is_empty()).count();
    if known && members == input.matrix.members() as usize { Ok(()) } else { Err(LearnError::Mismatch) }
}
