//! How the parts of a score come together.

use serde::{Deserialize, Serialize};

use super::content::Content;
use crate::tagging::Tagging;

/// What a member, or a visitor's device in one request, states. All lists ascend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Profile<'a> {
    /// Items that they like or have bookmarked.
    pub liked: &'a [u32],
    /// Tags that they follow or are interested in.
    pub tags: &'a [u32],
}

/// Weights of the parts of a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    /// Of what the tags of liked items have in common with an item, where what is liked together weighs 1.
    pub liked_tags: f32,
    /// What is liked together is divided by the item's members, and one, to this power: how much rarer items are favoured.
    pub rarity: f32,
}

/// How much popularity counts where nothing is liked.
const POPULARITY: f32 = 0.1;

/// How much liked items count beside stated tags: n / (n + 3).
pub(crate) fn known(liked: usize) -> f32 {
    liked as f32 / (liked as f32 + 3.0)
}

/// What is known of all items whoever asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// 0 to 1.
    pub(crate) popularity: &'a [f32],
    pub(crate) members_of: &'a [u32],
    /// Members without whom an item is suggested for its tags only.
    pub(crate) least_members: u32,
}

/// The parts of the scores of all items.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// What is liked together with what the profile likes.
    pub(crate) together: Vec<f32>,
    liked_tags: Vec<f32>,
    stated_tags: Vec<f32>,
}

/// By what an item's weights are multiplied.
pub(crate) fn rarity(members: u32, power: f32) -> f32 {
    (members as f32 + 1.0).powf(-power)
}

impl Parts {
    pub(crate) fn new(items: usize) -> Parts {
        Parts { together: vec![0.0; items], liked_tags: vec![0.0; items], stated_tags: vec![0.0; items] }
    }

    /// Fills in the parts that tags make.
    pub(crate) fn tags(&mut self, content: &Content, tagging: &Tagging, profile: &Profile<'_>) {
        self.liked_tags.fill(0.0);
        self.stated_tags.fill(0.0);
        if !profile.liked.is_empty() {
            let of_liked = content.profile(tagging, profile.liked);
            content.add_cosine(tagging, &of_liked, 1.0, &mut self.liked_tags);
        }
        content.add_mass(tagging, profile.tags, 1.0, &mut self.stated_tags);
    }

    /// Each part is brought to at most 1; what is liked counts the more, the more is liked. An item of few members
    /// that has no tag in common with the profile is not suggested because of who else likes it.
    pub(crate) fn blended(&mut self, blend: &Blend, profile: &Profile<'_>, items: &Known<'_>) -> Vec<f32> {
        for (at, together) in self.together.iter_mut().enumerate() {
            let tagged = self.liked_tags[at] > 0.0 || self.stated_tags[at] > 0.0;
            if items.members_of[at] < items.least_members && !tagged {
                *together = 0.0;
            }
        }
        let known = known(profile.liked.len());
        let together = known / greatest(&self.together, profile.liked);
        let liked_tags = known * blend.liked_tags / greatest(&self.liked_tags, profile.liked);
        let stated_tags = (1.0 - known) / greatest(&self.stated_tags, profile.liked);
        let popular = (1.0 - known) * POPULARITY;
        let mut scores = Vec::with_capacity(items.popularity.len());
        for (at, popularity) in items.popularity.iter().enumerate() {
            scores.push(
                together * self.together[at]
                    + liked_tags * self.liked_tags[at]
                    + stated_tags * self.stated_tags[at]
                    + popular * popularity,
            );
        }
        scores
    }
}

/// The greatest score of an item that is not liked already, or 1 where nothing scores above 0.
fn greatest(scores: &[f32], liked: &[u32]) -> f32 {
    let mut liked = liked.iter().peekable();
    let mut most = 0.0_f32;
    for (at, score) in scores.iter().enumerate() {
        while liked.next_if(|item| (**item as usize) < at).is_some() {}
        if liked.peek().is_none_or(|item| **item as usize != at) {
            most = most.max(*score);
        }
    }
    if most > 0.0 { most } else { 1.0 }
}
