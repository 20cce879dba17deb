//! What was learnt, as an immutable snapshot, and how it scores items for a profile.

mod blend;
mod codec;
mod content;
pub(crate) mod head;
pub(crate) mod inverse;
pub(crate) mod linear;
pub(crate) mod neighbours;
mod shelf;
pub(crate) mod weights;

use std::sync::Arc;

pub use blend::{Blend, Profile};
pub(crate) use blend::{Known, Parts, known, rarity};
pub use codec::ModelError;
pub(crate) use content::Content;
pub use linear::LinearParameters;
pub use shelf::{Shelf, Stale};

use crate::tagging::Tagging;
use crate::tune::Report;
use weights::Weights;

/// Which kind of model the counts of a site allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Tags and popularity: too few members have stated enough.
    Content,
    /// Item neighbours.
    Neighbours,
    /// The linear model for the items with the most members, neighbours for the others.
    HeadAndTail,
    /// The linear model for all items.
    Linear,
}

/// What was learnt at one time. It is not changed any more: a later one takes its place on a [`Shelf`].
///
/// Derived from personal data: keep it sealed, and replace it after somebody was forgotten.
#[derive(Debug)]
pub struct Model {
    pub(crate) tagging: Arc<Tagging>,
    pub(crate) content: Content,
    pub(crate) weights: Arc<Weights>,
    /// By item, 0 to 1, on a logarithmic scale.
    pub(crate) popularity: Vec<f32>,
    pub(crate) members_of: Vec<u32>,
    pub(crate) report: Report,
}

impl Model {
    /// Items it knows: numbers below this.
    #[must_use]
    pub fn items(&self) -> usize {
        self.popularity.len()
    }

    /// How it was chosen and what it was measured to do.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The tags it scores by.
    #[must_use]
    pub fn tagging(&self) -> &Arc<Tagging> {
        &self.tagging
    }

    /// Members behind an item when it was learnt.
    #[must_use]
    pub fn members_of(&self, item: u32) -> u32 {
        self.members_of.get(item as usize).copied().unwrap_or(0)
    }

    /// How popular an item is, 0 to 1.
    #[must_use]
    pub fn popularity(&self, item: u32) -> f32 {
        self.popularity.get(item as usize).copied().unwrap_or(0.0)
    }

    /// Bytes in memory, without tags.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.weights.bytes() + self.popularity.len() * 8
    }

    /// A score for each item; greater is better, and only the order means anything. Items that the profile already
    /// has are scored too.
    #[must_use]
    pub fn scores(&self, profile: &Profile<'_>) -> Vec<f32> {
        let mut parts = Parts::new(self.items());
        for item in profile.liked {
            for (other, weight) in self.weights.row(*item) {
                parts.together[*other as usize] += weight;
            }
        }
        parts.tags(&self.content, &self.tagging, profile);
        let known = Known {
            popularity: &self.popularity,
            members_of: &self.members_of,
            least_members: self.report.least_members,
        };
        parts.blended(&self.report.blend, profile, &known)
    }

    /// The tags that weigh most in these items, the heaviest first.
    #[must_use]
    pub fn tags_of(&self, items: &[u32], most: usize) -> Vec<u32> {
        let mut tags = self.content.profile(&self.tagging, items);
        tags.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        tags.truncate(most);
        tags.into_iter().map(|entry| entry.0).collect()
    }

    /// The same model with other tags: those of a catalogue that has changed since, which may have more items.
    #[must_use]
    pub fn with_tags(&self, tagging: Arc<Tagging>) -> Model {
        let items = tagging.items().max(self.items());
        let longer = |values: &[f32]| values.iter().copied().chain(std::iter::repeat(0.0)).take(items).collect();
        let members_of = self.members_of.iter().copied().chain(std::iter::repeat(0)).take(items).collect();
        Model {
            content: Content::new(&tagging),
            tagging,
            weights: Arc::clone(&self.weights),
            popularity: longer(&self.popularity),
            members_of,
            report: self.report.clone(),
        }
    }

    /// The same model with other counts of how often items were acted on, as told to everybody.
    #[must_use]
    pub fn with_counts(&self, counts: &[u64]) -> Model {
        let counts: Vec<u64> = (0..self.items()).map(|item| counts.get(item).copied().unwrap_or(0)).collect();
        Model {
            tagging: Arc::clone(&self.tagging),
            content: self.content.clone(),
            weights: Arc::clone(&self.weights),
            popularity: crate::tune::popularity(&counts),
            members_of: self.members_of.clone(),
            report: self.report.clone(),
        }
    }

    /// True if it is not known of any item that it was acted on.
    #[must_use]
    pub fn knows_no_popularity(&self) -> bool {
        self.popularity.iter().all(|share| *share <= 0.0)
    }

    /// The same model, with so many members without whom an item is suggested for its tags only.
    #[must_use]
    pub fn with_least_members(&self, least_members: u32) -> Model {
        let mut model = self.with_tags(Arc::clone(&self.tagging));
        model.report.least_members = least_members;
        model
    }

    /// Items by the tags that they have in common with this one, 0 to 1.
    pub(crate) fn like_by_tags(&self, item: u32) -> Vec<f32> {
        let mut scores = vec![0.0; self.items()];
        let profile = self.content.profile(&self.tagging, &[item]);
        self.content.add_cosine(&self.tagging, &profile, 1.0, &mut scores);
        scores
    }

    /// The cosine of the tags of two items, 0 to 1.
    pub(crate) fn common_tags(&self, a: u32, b: u32) -> f32 {
        self.content.cosine(&self.tagging, a, b)
    }

    /// Which liked items speak for an item, and how much.
    pub(crate) fn liked_for(&self, liked: &[u32], item: u32) -> Vec<(u32, f32)> {
        let known = known(liked.len());
        let together: Vec<f32> = liked.iter().map(|from| self.weights.of(*from, item).max(0.0)).collect();
        let tags: Vec<f32> = liked.iter().map(|from| self.common_tags(*from, item)).collect();
        let share = |parts: &[f32], at: usize| {
            let sum: f32 = parts.iter().sum();
            if sum > 0.0 { parts[at] / sum } else { 0.0 }
        };
        let weight = |at| known * (share(&together, at) + self.report.blend.liked_tags * share(&tags, at));
        liked.iter().enumerate().map(|(at, from)| (*from, weight(at))).filter(|entry| entry.1 > 0.0).collect()
    }

    /// Which stated tags speak for an item, and how much beside so many liked items.
    pub(crate) fn tags_for(&self, stated: &[u32], liked: usize, item: u32) -> Vec<(u32, f32)> {
        let of_item = self.tagging.tags_of(item);
        let matched: Vec<u32> = stated.iter().copied().filter(|tag| of_item.binary_search(tag).is_ok()).collect();
        let mass: f32 = matched.iter().map(|tag| self.content.idf(*tag)).sum();
        matched.into_iter().map(|tag| (tag, (1.0 - known(liked)) * self.content.idf(tag) / mass)).collect()
    }
}
