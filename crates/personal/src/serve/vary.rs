//! Greedy maximal marginal relevance (Carbonell, Goldstein, SIGIR 1998) on tags.

use crate::model::Model;

/// A candidate with its score, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) item: u32,
    pub(super) score: f32,
}

/// The candidates in another order, so many of them: each next one is the best by its score, less what its tags have in
/// common with any that are taken already. With diversity 0 the order of the scores.
pub(super) fn varied(model: &Model, candidates: &[Candidate], diversity: f32, most: usize) -> Vec<Candidate> {
    let mut left: Vec<(Candidate, f32)> = candidates.iter().map(|candidate| (*candidate, 0.0)).collect();
    let mut taken = Vec::with_capacity(most.min(left.len()));
    while taken.len() < most {
        let value = |(candidate, common): &(Candidate, f32)| (1.0 - diversity) * candidate.score - diversity * common;
        let best = (0..left.len())
            .max_by(|a, b| value(&left[*a]).total_cmp(&value(&left[*b])).then(left[*b].0.item.cmp(&left[*a].0.item)));
        let Some(best) = best else { break };
        let (candidate, _) = left.swap_remove(best);
        if diversity > 0.0 {
            for (other, common) in &mut left {
                *common = common.max(model.common_tags(candidate.item, other.item));
            }
        }
        taken.push(candidate);
    }
    taken
}
