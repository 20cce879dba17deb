//! From counts to a model: which tier, which parameters, measured on held-back likes.

use std::sync::Arc;

use super::measure::{LIST, Measure, Metrics, best};
use super::search::{Found, measure_weights, search_linear, search_neighbours};
use super::split::{Held, hold_back};
use super::{Input, LearnError, Limits, Report};
use crate::matrix::{Contribution, Matrix};
use crate::model::head::{Head, Plan};
use crate::model::linear::{Evidence, Solved, solve};
use crate::model::neighbours::neighbours;
use crate::model::weights::{Weights, strongest};
use crate::model::{Blend, Content, LinearParameters, Model, Tier, rarity};
use crate::tagging::Tagging;

/// One member of ten is held back.
pub const SHARE: f64 = 0.1;
/// Which tenth, and which of their likes.
pub const SEED: u64 = 0x006f_7574_6973;
/// Fewer held-back members tell nothing.
const LEAST_MEASURED: usize = 20;

pub(super) fn learn(input: &Input<'_>, limits: &Limits, version: u64) -> Result<Model, LearnError> {
    let items = input.tagging.items();
    let split = hold_back(input.members, SHARE, limits.most_measured, SEED);
    let mut choice = Choice::content(version, limits);
    if input.matrix.active_members() >= limits.least_members && split.measure.len() >= LEAST_MEASURED {
        let matrix = Matrix::of(&split.learn).map_err(|_| LearnError::Mismatch)?;
        choice.make(&matrix, &split.learn, &split.measure, input.tagging, limits)?;
    }
    let evidence = Evidence { matrix: input.matrix, members: input.members, tagging: input.tagging };
    let (mut weights, head, size) = choice.weights(&evidence, items, limits)?;
    let rare = |item| rarity(input.matrix.members_of(item), choice.report.blend.rarity);
    weights.scale(&(0..items as u32).map(rare).collect::<Vec<_>>());
    let counts: Vec<u64> = if input.counts.is_empty() {
        (0..items as u32).map(|item| u64::from(input.matrix.members_of(item))).collect()
    } else {
        (0..items).map(|item| input.counts.get(item).copied().unwrap_or(0)).collect()
    };
    Ok(Model {
        tagging: Arc::clone(input.tagging),
        content: Content::new(input.tagging),
        popularity: popularity(&counts),
        members_of: (0..items as u32).map(|item| input.matrix.members_of(item)).collect(),
        report: Report { head, size, weights: weights.len(), ..choice.report },
        weights: Arc::new(weights),
    })
}

/// A model without anything that was learnt from members.
pub(super) fn content(tagging: &Arc<Tagging>, counts: &[u64], limits: &Limits, version: u64) -> Model {
    let items = tagging.items();
    let counts: Vec<u64> = (0..items).map(|item| counts.get(item).copied().unwrap_or(0)).collect();
    Model {
        tagging: Arc::clone(tagging),
        content: Content::new(tagging),
        popularity: popularity(&counts),
        members_of: vec![0; items],
        report: Choice::content(version, limits).report,
        weights: Arc::new(Weights::default()),
    }
}

/// 0 to 1, by the logarithm.
pub(crate) fn popularity(counts: &[u64]) -> Vec<f32> {
    let most = counts.iter().max().map_or(0.0, |most| (1.0 + *most as f64).ln());
    counts.iter().map(|count| if most > 0.0 { ((1.0 + *count as f64).ln() / most) as f32 } else { 0.0 }).collect()
}

struct Choice {
    report: Report,
}

impl Choice {
    fn content(version: u64, limits: &Limits) -> Choice {
        let report = Report {
            version,
            tier: Tier::Content,
            linear: None,
            shrinkage: 0.0,
            blend: Blend { liked_tags: 1.0, rarity: 0.0 },
            least_members: limits.least_members_of_item,
            head: 0,
            size: 0,
            weights: 0,
            measured: None,
            popularity: None,
            neighbours: None,
        };
        Choice { report }
    }

    /// Chooses on the held-back likes; the report says what was found.
    fn make(
        &mut self,
        matrix: &Matrix,
        learn: &[Contribution],
        measure: &[Held],
        tagging: &Arc<Tagging>,
        limits: &Limits,
    ) -> Result<(), LearnError> {
        let evidence = Evidence { matrix, members: learn, tagging };
        let items = tagging.items();
        let popular = measure_popularity(matrix, items, measure);
        let neighbours = search_neighbours(&evidence, measure, limits);
        let linear = search_linear(&evidence, measure, limits)?;
        self.report.popularity = Some(popular);
        self.report.neighbours = Some(neighbours.metrics);
        self.report.shrinkage = neighbours.shrinkage;
        // As it would be served: at full size, with the weights that are kept. The search was on fewer items.
        self.take(&linear);
        let (weights, head, _) = self.weights(&evidence, items, limits)?;
        let (mut blend, mut metrics) = measure_weights(&weights, &evidence, measure, limits);
        if metrics.ndcg_100 < neighbours.metrics.ndcg_100 {
            self.take(&neighbours);
            (blend, metrics) = (neighbours.blend, neighbours.metrics);
        } else if head < items_of(matrix) {
            self.report.tier = Tier::HeadAndTail;
        }
        self.report.blend = blend;
        self.report.measured = Some(metrics);
        if metrics.ndcg_100 > popular.ndcg_100 { Ok(()) } else { Err(LearnError::WorseThanPopularity) }
    }

    fn take(&mut self, found: &Found) {
        self.report.tier = if found.linear.is_some() { Tier::Linear } else { Tier::Neighbours };
        self.report.linear = found.linear;
        self.report.blend = found.blend;
    }

    /// The weights that are kept, the items of the head, and the rows that were inverted.
    fn weights(
        &self,
        evidence: &Evidence<'_>,
        items: usize,
        limits: &Limits,
    ) -> Result<(Weights, usize, usize), LearnError> {
        let most = limits.most_weights;
        match (self.report.tier, &self.report.linear) {
            (Tier::Content, _) => Ok((Weights::default(), 0, 0)),
            (_, None) => Ok((neighbours(evidence.matrix, items, self.report.shrinkage, most), 0, 0)),
            (_, Some(linear)) => {
                let plan = Plan::new(evidence.matrix, evidence.members.len(), evidence.tagging, limits.most_size);
                let solved = solve(evidence, &plan, linear, limits.threads).map_err(|_| LearnError::Unsolved)?;
                let tail = neighbours(evidence.matrix, items, self.report.shrinkage, most);
                let size = plan.size(evidence.members.len());
                Ok((joined(&solved, &plan.head, &tail, items, most), plan.head.len(), size))
            }
        }
    }
}

fn items_of(matrix: &Matrix) -> usize {
    matrix.items().count()
}

/// Rows of the linear model, and of neighbours where an item of the tail is on either side, brought to its scale.
fn joined(solved: &Solved, head: &Head, tail: &Weights, items: usize, most: usize) -> Weights {
    let mut scores = vec![0.0; head.len()];
    let mut rows: Vec<Vec<(u32, f32)>> = Vec::with_capacity(items);
    let (mut linear, mut neighbour) = (0.0_f64, 0.0_f64);
    for item in 0..items as u32 {
        let Some(place) = head.place(item) else {
            rows.push(Vec::new());
            continue;
        };
        solved.scores(&[place], &mut scores);
        let row = head.items().iter().zip(&scores).map(|(other, weight)| (*other, *weight));
        let row = strongest(row.filter(|(other, weight)| *other != item && *weight != 0.0).collect(), most);
        linear += row.iter().map(|entry| f64::from(entry.1.max(0.0))).sum::<f64>();
        neighbour += tail.row(item).iter().map(|entry| f64::from(entry.1)).sum::<f64>();
        rows.push(row);
    }
    let scale = if neighbour > 0.0 { (linear / neighbour) as f32 } else { 1.0 };
    let mut weights = Weights::default();
    for (item, mut row) in (0_u32..).zip(rows) {
        let within = head.place(item).is_some();
        let other = tail.row(item).iter().filter(|(other, _)| !within || head.place(*other).is_none());
        row.extend(other.map(|(other, weight)| (*other, weight * scale)));
        weights.push(row);
    }
    weights
}

fn measure_popularity(matrix: &Matrix, items: usize, held: &[Held]) -> Metrics {
    let scores: Vec<f32> = (0..items as u32).map(|item| matrix.members_of(item) as f32).collect();
    let mut measure = Measure::new(items);
    held.iter().for_each(|held| measure.add(&best(&scores, &held.given, LIST), &held.held_back));
    measure.metrics()
}

/// The first point of the search for the linear model's parameters.
pub(super) const FIRST: LinearParameters = LinearParameters { ridge: 30.0, dropout: 0.6, tag_weight: 1.0 };
