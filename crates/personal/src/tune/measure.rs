//! How good lists are: recall, NDCG and coverage over all items, none sampled.
//!
//! Recall at k is hits over the smaller of k and what there was to find; NDCG at k has binary gains and is cut at k, as in
//! Liang and others, "Variational Autoencoders for Collaborative Filtering", WWW 2018.

use serde::{Deserialize, Serialize};

/// Means over members whose held-back likes were to be found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Recall within the first 20.
    pub recall_20: f64,
    /// Recall within the first 50.
    pub recall_50: f64,
    /// Normalised discounted cumulative gain of the first 100.
    pub ndcg_100: f64,
    /// Share of all items that are in somebody's first 20.
    pub coverage_20: f64,
    /// Members it was measured on.
    pub members: usize,
}

/// How long lists have to be.
pub const LIST: usize = 100;

/// Sums of what [`Metrics`] are means of.
#[derive(Clone, Debug)]
pub struct Measure {
    recall_20: f64,
    recall_50: f64,
    ndcg_100: f64,
    members: usize,
    shown: Vec<bool>,
}

impl Measure {
    /// For a catalogue of so many items.
    #[must_use]
    pub fn new(items: usize) -> Measure {
        Measure { recall_20: 0.0, recall_50: 0.0, ndcg_100: 0.0, members: 0, shown: vec![false; items] }
    }

    /// Counts a list in, best item first, with the held-back items, ascending. Nothing held back is not counted.
    pub fn add(&mut self, list: &[u32], held_back: &[u32]) {
        if held_back.is_empty() {
            return;
        }
        let hit = |item: &&u32| held_back.binary_search(item).is_ok();
        let recall = |k: usize| list.iter().take(k).filter(hit).count() as f64 / held_back.len().min(k) as f64;
        self.recall_20 += recall(20);
        self.recall_50 += recall(50);
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let found: f64 = list.iter().take(LIST).enumerate().filter(|(_, i)| hit(i)).map(|(rank, _)| gain(rank)).sum();
        let ideal: f64 = (0..held_back.len().min(LIST)).map(gain).sum();
        self.ndcg_100 += found / ideal;
        self.members += 1;
        list.iter().take(20).filter_map(|item| self.shown.get_mut(*item as usize).map(|s| *s = true)).count();
    }

    /// The means.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let mean = |sum: f64| if self.members == 0 { 0.0 } else { sum / self.members as f64 };
        let shown = self.shown.iter().filter(|s| **s).count();
        Metrics {
            recall_20: mean(self.recall_20),
            recall_50: mean(self.recall_50),
            ndcg_100: mean(self.ndcg_100),
            coverage_20: shown as f64 / self.shown.len().max(1) as f64,
            members: self.members,
        }
    }
}

/// The items of the greatest scores, best first, without those that are known (ascending); of equal scores the smaller
/// number first.
#[must_use]
pub fn best(scores: &[f32], known: &[u32], most: usize) -> Vec<u32> {
    let mut ranked: Vec<(f32, u32)> = Vec::with_capacity(scores.len());
    ranked.extend(scores.iter().zip(0_u32..).map(|(score, item)| (*score, item)));
    for item in known {
        if let Some(entry) = ranked.get_mut(*item as usize) {
            entry.0 = f32::NEG_INFINITY;
        }
    }
    let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    let kept = most.min(ranked.len());
    if kept < ranked.len() && kept > 0 {
        ranked.select_nth_unstable_by(kept - 1, order);
    }
    ranked.truncate(kept);
    ranked.sort_unstable_by(order);
    ranked.retain(|entry| entry.0 > f32::NEG_INFINITY);
    ranked.into_iter().map(|entry| entry.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_those_of_the_definition() {
        let mut measure = Measure::new(10);
        measure.add(&[3, 1, 5], &[1, 7]);
        let metrics = measure.metrics();
        assert!((metrics.recall_20 - 0.5).abs() < 1e-12);
        let ideal = 1.0 + 1.0 / 3_f64.log2();
        assert!((metrics.ndcg_100 - (1.0 / 3_f64.log2()) / ideal).abs() < 1e-12);
        assert!((metrics.coverage_20 - 0.3).abs() < 1e-12);
        measure.add(&[1], &[]);
        assert_eq!(measure.metrics().members, 1);
    }

    #[test]
    fn the_best_are_ranked_and_known_ones_left_out() {
        assert_eq!(best(&[0.1, 0.9, 0.9, 0.5], &[1], 2), [2, 3]);
        assert_eq!(best(&[0.1, 0.1], &[], 5), [0, 1]);
        assert_eq!(best(&[0.1, 0.1], &[0, 1], 5), [] as [u32; 0]);
        assert_eq!(best(&[], &[], 5), [] as [u32; 0]);
    }
}
