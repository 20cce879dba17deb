//! The search for parameters by NDCG on held-back likes: one at a time, up or down a ladder of values while it helps.

use super::choose::{FIRST, popularity};
use super::measure::{LIST, Measure, Metrics, best};
use super::split::Held;
use super::{LearnError, Limits};
use crate::model::head::Plan;
use crate::model::linear::{Evidence, solve};
use crate::model::neighbours::neighbours;
use crate::model::weights::Weights;
use crate::model::{Blend, Content, Known, LinearParameters, Parts, Profile, rarity};

/// The best of what was tried.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) linear: Option<LinearParameters>,
    pub(super) shrinkage: f32,
    pub(super) blend: Blend,
    pub(super) metrics: Metrics,
}

const SHRINKAGES: &[f32] = &[1.0, 5.0, 15.0, 50.0];
const RIDGES: &[f32] = &[1.0, 3.0, 10.0, 17.0, 30.0, 55.0, 100.0, 170.0, 300.0];
const DROPOUTS: &[f32] = &[0.0, 0.3, 0.6, 1.0, 1.5];
const TAG_WEIGHTS: &[f32] = &[0.0, 0.3, 1.0, 3.0, 10.0];

/// Blends that are tried for each point of a search, and for what is found.
const FEW: Grid = Grid { liked_tags: &[0.0, 0.3], rarities: &[0.1] };
const MANY: Grid = Grid { liked_tags: &[0.0, 0.2, 0.5, 1.0, 2.0], rarities: &[0.0, 0.1, 0.15, 0.2] };

#[derive(Clone, Copy)]
struct Grid {
    liked_tags: &'static [f32],
    rarities: &'static [f32],
}

/// The best blend with what is liked together as `together` fills it in.
fn measure_blends(
    evidence: &Evidence<'_>,
    held: &[Held],
    limits: &Limits,
    grid: Grid,
    mut together: impl FnMut(&[u32], &mut [f32]),
) -> (Blend, Metrics) {
    let items = evidence.tagging.items();
    let content = Content::new(evidence.tagging);
    let members_of: Vec<u32> = (0..items as u32).map(|item| evidence.matrix.members_of(item)).collect();
    let popular = popularity(&members_of.iter().map(|members| u64::from(*members)).collect::<Vec<_>>());
    let known = Known { popularity: &popular, members_of: &members_of, least_members: limits.least_members_of_item };
    let tagged = (0..items as u32).any(|item| !evidence.tagging.tags_of(item).is_empty());
    let liked_tags = if tagged { grid.liked_tags } else { &grid.liked_tags[..1] };
    let blends = |rarity: f32| liked_tags.iter().map(move |liked_tags| Blend { liked_tags: *liked_tags, rarity });
    let mut tried: Vec<Vec<(Blend, Measure)>> = grid
        .rarities
        .iter()
        .map(|rarity| blends(*rarity).map(|blend| (blend, Measure::new(items))).collect())
        .collect();
    let rare: Vec<Vec<f32>> =
        grid.rarities.iter().map(|power| members_of.iter().map(|members| rarity(*members, *power)).collect()).collect();
    let mut parts = Parts::new(items);
    let mut plain = vec![0.0; items];
    for held in held {
        let profile = Profile { liked: &held.given, tags: &[] };
        together(&held.given, &mut plain);
        parts.tags(&content, evidence.tagging, &profile);
        for (tried, rare) in tried.iter_mut().zip(&rare) {
            parts.together.iter_mut().zip(&plain).zip(rare).for_each(|((to, plain), rare)| *to = plain * rare);
            for (blend, measure) in tried {
                let scores = parts.blended(blend, &profile, &known);
                measure.add(&best(&scores, &held.given, LIST), &held.held_back);
            }
        }
    }
    let measured = tried.into_iter().flatten().map(|(blend, measure)| (blend, measure.metrics()));
    let first = (Blend { liked_tags: 0.0, rarity: 0.0 }, Metrics::default());
    measured.fold(first, |best, next| if next.1.ndcg_100 > best.1.ndcg_100 { next } else { best })
}

/// The best blend with these weights, and what it is measured to do.
pub(super) fn measure_weights(
    weights: &Weights,
    evidence: &Evidence<'_>,
    held: &[Held],
    limits: &Limits,
) -> (Blend, Metrics) {
    measure_blends(evidence, held, limits, MANY, |given, out| {
        out.fill(0.0);
        for item in given {
            weights.row(*item).iter().for_each(|(other, weight)| out[*other as usize] += weight);
        }
    })
}

pub(super) fn search_neighbours(evidence: &Evidence<'_>, held: &[Held], limits: &Limits) -> Found {
    let items = evidence.tagging.items();
    let mut found: Option<Found> = None;
    for shrinkage in SHRINKAGES {
        let weights = neighbours(evidence.matrix, items, *shrinkage, limits.most_weights);
        let (blend, metrics) = measure_weights(&weights, evidence, held, limits);
        let next = Found { linear: None, shrinkage: *shrinkage, blend, metrics };
        if found.as_ref().is_none_or(|found| next.metrics.ndcg_100 > found.metrics.ndcg_100) {
            found = Some(next);
        }
    }
    let none = Blend { liked_tags: 0.0, rarity: 0.0 };
    found.unwrap_or(Found { linear: None, shrinkage: 0.0, blend: none, metrics: Metrics::default() })
}

/// Climbs by one parameter after another, by the first one twice.
pub(super) fn search_linear(evidence: &Evidence<'_>, held: &[Held], limits: &Limits) -> Result<Found, LearnError> {
    let size = limits.most_size.min(limits.search_size);
    let plan = Plan::new(evidence.matrix, evidence.members.len(), evidence.tagging, size);
    let tagged = !plan.tags.is_empty();
    let mut tried = Tried { evidence, held, plan: &plan, limits, all: Vec::new() };
    let first = LinearParameters { tag_weight: if tagged { FIRST.tag_weight } else { 0.0 }, ..FIRST };
    let mut best = tried.measure(first)?;
    best = tried.climb(best, RIDGES, |at| &mut at.ridge)?;
    best = tried.climb(best, DROPOUTS, |at| &mut at.dropout)?;
    if tagged {
        best = tried.climb(best, TAG_WEIGHTS, |at| &mut at.tag_weight)?;
    }
    best = tried.climb(best, RIDGES, |at| &mut at.ridge)?;
    Ok(best)
}

struct Tried<'a> {
    evidence: &'a Evidence<'a>,
    held: &'a [Held],
    plan: &'a Plan,
    limits: &'a Limits,
    all: Vec<LinearParameters>,
}

impl Tried<'_> {
    /// Up the ladder while it helps; where the first step does not, down.
    fn climb(
        &mut self,
        mut best: Found,
        ladder: &[f32],
        field: impl Fn(&mut LinearParameters) -> &mut f32,
    ) -> Result<Found, LearnError> {
        let mut first = best.linear.unwrap_or(FIRST);
        let begin = *field(&mut first);
        let up = ladder.iter().copied().filter(|value| *value > begin);
        let down = ladder.iter().rev().copied().filter(|value| *value < begin);
        for way in [up.collect::<Vec<f32>>(), down.collect()] {
            for value in way {
                let mut next = best.linear.unwrap_or(FIRST);
                *field(&mut next) = value;
                if self.all.contains(&next) {
                    break;
                }
                let next = self.measure(next)?;
                if next.metrics.ndcg_100 <= best.metrics.ndcg_100 {
                    break;
                }
                best = next;
            }
        }
        Ok(best)
    }

    fn measure(&mut self, parameters: LinearParameters) -> Result<Found, LearnError> {
        self.all.push(parameters);
        let solved =
            solve(self.evidence, self.plan, &parameters, self.limits.threads).map_err(|_| LearnError::Unsolved)?;
        let mut scores = vec![0.0; self.plan.head.len()];
        let head = &self.plan.head;
        let (blend, metrics) = measure_blends(self.evidence, self.held, self.limits, FEW, |given, out| {
            solved.scores(&head.places(given), &mut scores);
            out.fill(0.0);
            head.items().iter().zip(&scores).for_each(|(item, score)| out[*item as usize] = *score);
        });
        Ok(Found { linear: Some(parameters), shrinkage: 0.0, blend, metrics })
    }
}
