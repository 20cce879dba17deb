//! Items by the tags they share with a profile: TF-IDF, which needs nobody's behaviour.

use crate::tagging::Tagging;

/// How rare each tag is, and how much an item's tags weigh together.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// `ln((1 + items) / (1 + items of the tag)) + 1`; 0 for a tag without items.
    idf: Vec<f32>,
    /// The length of each item's vector of IDFs.
    norm: Vec<f32>,
}

impl Content {
    pub(crate) fn new(tagging: &Tagging) -> Content {
        let items = tagging.items() as f64;
        let idf = (0..tagging.tags() as u32)
            .map(|tag| match tagging.items_of(tag).len() {
                0 => 0.0,
                n => (((1.0 + items) / (1.0 + n as f64)).ln() + 1.0) as f32,
            })
            .collect::<Vec<f32>>();
        let norm = (0..tagging.items() as u32)
            .map(|item| tagging.tags_of(item).iter().map(|tag| square(idf[*tag as usize])).sum::<f32>().sqrt())
            .collect();
        Content { idf, norm }
    }

    pub(crate) fn idf(&self, tag: u32) -> f32 {
        self.idf.get(tag as usize).copied().unwrap_or(0.0)
    }

    /// The tags of liked items, as a profile: the mean of the items' vectors of length 1.
    pub(crate) fn profile(&self, tagging: &Tagging, liked: &[u32]) -> Vec<(u32, f32)> {
        let mut weights = std::collections::BTreeMap::new();
        for item in liked {
            let norm = self.norm.get(*item as usize).copied().unwrap_or(0.0);
            for tag in tagging.tags_of(*item) {
                *weights.entry(*tag).or_insert(0.0) += self.idf(*tag) / norm / liked.len() as f32;
            }
        }
        weights.into_iter().collect()
    }

    /// Adds to each item `weight` times the cosine of its vector and the profile's, the latter not brought to length 1.
    pub(crate) fn add_cosine(&self, tagging: &Tagging, profile: &[(u32, f32)], weight: f32, scores: &mut [f32]) {
        for (tag, has) in profile {
            let part = weight * has * self.idf(*tag);
            for item in tagging.items_of(*tag) {
                let at = *item as usize;
                scores[at] += part / self.norm[at];
            }
        }
    }

    /// The cosine of two items' vectors, 0 to 1.
    pub(crate) fn cosine(&self, tagging: &Tagging, a: u32, b: u32) -> f32 {
        let (of_a, of_b) = (tagging.tags_of(a), tagging.tags_of(b));
        let (mut i, mut j, mut sum) = (0, 0, 0.0);
        while i < of_a.len() && j < of_b.len() {
            match of_a[i].cmp(&of_b[j]) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => {
                    sum += square(self.idf(of_a[i]));
                    (i, j) = (i + 1, j + 1);
                }
            }
        }
        if sum > 0.0 { sum / (self.norm[a as usize] * self.norm[b as usize]) } else { 0.0 }
    }

    /// Adds to each item `weight` times the IDFs of the stated tags that it carries: what carries more of them never
    /// scores less.
    pub(crate) fn add_mass(&self, tagging: &Tagging, stated: &[u32], weight: f32, scores: &mut [f32]) {
        for tag in stated {
            let part = weight * self.idf(*tag);
            for item in tagging.items_of(*tag) {
                scores[*item as usize] += part;
            }
        }
    }
}

fn square(x: f32) -> f32 {
    x * x
}
