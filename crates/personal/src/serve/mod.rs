//! From a request to a list: candidates, eligibility, scores, rules, diversity, a share for what is new, reasons.

mod eligible;
mod id;
mod index;
mod list;
mod rules;
#[cfg(test)]
mod tests;
mod variant;
mod vary;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use eligible::Filter;
pub use id::{NotAnId, RecommendationId};
pub use index::Index;
pub use list::{explain, recommend};
pub use rules::{MOST_RULES, Rule, RuleError, Rules, Selector};
pub use variant::{CompareError, Comparison, Counts, Test, VariantKey, compare};

use crate::catalogue::Catalogue;
use crate::model::Model;
use crate::similar::Similar;

/// Longest list.
pub const MOST_RECOMMENDED: usize = 100;
/// Items younger than this are new.
pub const NEW_DAYS: i64 = 14;

/// What a list is made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Logic {
    /// What the profile says; popular items where it says nothing.
    ForYou,
    /// Published lists and tags of the item that is looked at.
    Similar,
    /// What most act on.
    Popular,
    /// What more act on than usual.
    Trending,
    /// What was published last.
    Latest,
}

/// A named place in the application, in one variant.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Its number in recommendation ids.
    pub number: u16,
    /// The variant that is shown.
    pub variant: u8,
    /// What lists are made by.
    pub logic: Logic,
    /// What editors decided.
    pub rules: Rules,
    /// 0 for the best scores, 1 for tags as different as can be.
    pub diversity: f32,
    /// Share of the list for new items, at most a half.
    pub explore: f32,
}

/// What lists are made from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The items.
    pub catalogue: &'a Catalogue,
    /// What was learnt, with the catalogue's tags (see [`Model::with_tags`]).
    pub model: &'a Model,
    /// Published lists.
    pub similar: &'a Similar,
    /// The same items by date, made of this catalogue and this model.
    pub index: &'a Index,
    /// Items that trend, the most first: counts told to everybody, handed in.
    pub trending: &'a [u32],
}

/// One request. Who stores nothing sends all of it; who has a profile gets the same list for the same.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Liked items, ascending.
    pub liked: &'a [u32],
    /// Bookmarked items, ascending.
    pub bookmarked: &'a [u32],
    /// Tags that are followed or of interest, ascending.
    pub tags: &'a [u32],
    /// Items not to be suggested, ascending.
    pub not_interested: &'a [u32],
    /// Items already seen, ascending.
    pub seen: &'a [u32],
    /// The item that is looked at.
    pub context: Option<u32>,
    /// What all items have to be like.
    pub filter: &'a Filter,
    /// How many, at most [`MOST_RECOMMENDED`].
    pub length: usize,
    /// The time.
    pub now: Timestamp,
    /// Chance that picks new items; the same chance, the same list.
    pub chance: u64,
}

/// What a list is for somebody of whom nothing is said.
impl<'a> Request<'a> {
    /// A request with nothing but a length.
    #[must_use]
    pub fn new(filter: &'a Filter, length: usize, now: Timestamp) -> Request<'a> {
        Request {
            liked: &[],
            bookmarked: &[],
            tags: &[],
            not_interested: &[],
            seen: &[],
            context: None,
            filter,
            length,
            now,
            chance: 0,
        }
    }
}

/// Why an item is in a list: by the profile's own statements, or by what is the same for everybody; never by other people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reason {
    /// It has a tag that is followed.
    TagFollowed {
        /// The tag.
        tag: u32,
    },
    /// It goes with an item that is liked.
    Liked {
        /// The item.
        item: u32,
    },
    /// It goes with an item that is bookmarked.
    Bookmarked {
        /// The item.
        item: u32,
    },
    /// It goes with the item that is looked at.
    SimilarTo {
        /// The item.
        item: u32,
    },
    /// Many act on it.
    Popular,
    /// More act on it than usual.
    Trending,
    /// It is new.
    New,
    /// Editors decided so.
    Editorial {
        /// The rule's place in the placement's rules.
        rule: usize,
    },
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recommended {
    /// The item.
    pub item: u32,
    /// Why; at least one reason, the weightiest first, at most three.
    pub reasons: Vec<Reason>,
    /// What a click on it tells.
    pub recommendation_id: RecommendationId,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct List {
    /// Best first.
    pub items: Vec<Recommended>,
    /// True where the logic had nothing to go by and popular items took its place.
    pub fallback_used: bool,
}
