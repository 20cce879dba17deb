//! Published lists of items that are liked together, from which nobody's likes can be told.
//!
//! Such lists, watched over time, tell what single people added (Calandrino, Kilzer, Narayanan, Felten, Shmatikov, "You Might
//! Also Like: Privacy Risks of Collaborative Filtering", IEEE S&P 2011). So a pair of items is in a list only while at
//! least `floor` members like both, lists hold no scores and no order, and they change only together and only after enough
//! members changed.
//!
//! How many members more a pair needs is drawn anew for each publication, and for each item, not for each pair: all lists in
//! which an item comes or goes do so together for a reason of chance, which is larger than what one member does. Whoever
//! knows many items of a member, and looks at all their lists, sees hardly more than who knows one.

#[cfg(test)]
mod attack;
mod codec;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};

pub use codec::SimilarError;

use crate::matrix::Matrix;

/// Longest list.
pub const MOST_SIMILAR: usize = 20;
/// Fewest members behind a pair, whatever is asked for.
pub const LEAST_FLOOR: u32 = 5;
/// What the draw of an item adds at most to the members that its pairs need. It does not grow with the floor: what it hides
/// is one member.
const SPREAD: f64 = 40.0;
/// What similarity is rounded to, as a factor, where more items are close than a list holds.
const STEP: f64 = 8.0;
/// One of so many members has to have changed before lists do, where that is more than is asked for.
const SHARE_CHANGED: u32 = 10;
/// Added below the cosine of two items' members, so that it counts for more the more members it rests on.
const SHRINKAGE: f64 = 10.0;

/// What has to be behind a published list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    floor: u32,
    least_changed: u32,
}

/// Lists would tell too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicationError {
    /// Too few members behind a pair.
    #[error("a pair of items needs at least {LEAST_FLOOR} members")]
    Floor,
    /// Too few members whose changes are published together.
    #[error("as many members as the floor have to change before lists do")]
    Changed,
}

impl Publication {
    /// At least `floor` members behind each pair, twice as many behind each item, and `least_changed` members, or one in
    /// ten if that is more, that changed something between two publications.
    ///
    /// # Errors
    /// [`PublicationError`].
    pub fn new(floor: u32, least_changed: u32) -> Result<Publication, PublicationError> {
        match (floor, least_changed) {
            (floor, _) if floor < LEAST_FLOOR => Err(PublicationError::Floor),
            (floor, changed) if changed < floor => Err(PublicationError::Changed),
            _ => Ok(Publication { floor, least_changed }),
        }
    }
}

impl Default for Publication {
    fn default() -> Publication {
        Publication { floor: 10, least_changed: 20 }
    }
}

/// The secret of all draws. Keep it sealed, and as long as the lists are published.
pub struct PairKey(hmac::Key);

impl PairKey {
    /// From 32 bytes of chance.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> PairKey {
        PairKey(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// What is drawn for two items, or for one and itself, in one publication.
    fn draw(&self, epoch: u64, a: u32, b: u32) -> Drawn {
        let mut message = [0; 16];
        message[..8].copy_from_slice(&epoch.to_le_bytes());
        message[8..12].copy_from_slice(&a.to_le_bytes());
        message[12..].copy_from_slice(&b.to_le_bytes());
        let tag = hmac::sign(&self.0, &message);
        let [first, second] = [0, 4].map(|at| tag.as_ref().get(at..at + 4).and_then(|bytes| bytes.try_into().ok()));
        let share = first.map_or(0.0, |bytes| f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0));
        Drawn { share, tie: second.map_or(0, u32::from_le_bytes) }
    }
}

/// A draw.
struct Drawn {
    /// From 0 to below 1.
    share: f64,
    /// For what is equal else.
    tie: u32,
}

impl std::fmt::Debug for PairKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PairKey")
    }
}

/// What happened since the last publication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Different members that added or removed something, those who were forgotten included.
    pub members: u32,
    /// Somebody was forgotten.
    pub forgotten: bool,
    /// What was forgotten has to be out of all lists now, whether enough members changed or not.
    pub due: bool,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// New lists.
    Published,
    /// Too few members changed: the lists are what they were.
    Kept,
    /// Too few members changed, but somebody was forgotten and it is due: all lists are empty until enough have. That says
    /// nothing about what the forgotten member liked.
    Withdrawn,
}

/// The lists that are published. They are the same for everybody and may be shown to anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Similar {
    epoch: u64,
    lists: BTreeMap<u32, Vec<u32>>,
}

impl Similar {
    /// Items liked together with this one, by number, at most [`MOST_SIMILAR`]. Their order says nothing: whoever shows
    /// them orders them by tags, and fills up by tags what is missing.
    #[must_use]
    pub fn of(&self, item: u32) -> &[u32] {
        self.lists.get(&item).map_or(&[], Vec::as_slice)
    }

    /// Items that have a list.
    pub fn items(&self) -> impl Iterator<Item = u32> + '_ {
        self.lists.keys().copied()
    }

    /// Counts publications and withdrawals.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Publishes what the matrix says now, if it may.
    ///
    /// Nothing of before is remembered: the lists are a function of the matrix, the key and the number of the publication, so
    /// after somebody was forgotten they equal those of a world in which the member never was.
    pub fn batch(&mut self, matrix: &Matrix, changes: Changes, rule: Publication, key: &PairKey) -> Batch {
        if changes.members < rule.least_changed.max(matrix.members() / SHARE_CHANGED) {
            if !(changes.forgotten && changes.due) {
                return Batch::Kept;
            }
            self.lists.clear();
            self.epoch += 1;
            return Batch::Withdrawn;
        }
        self.epoch += 1;
        self.lists = lists(matrix, rule, self.epoch, key);
        Batch::Published
    }
}

fn lists(matrix: &Matrix, rule: Publication, epoch: u64, key: &PairKey) -> BTreeMap<u32, Vec<u32>> {
    let often = matrix.items().filter(|(_, members)| *members >= 2 * rule.floor);
    let draws: BTreeMap<u32, f64> = often.map(|(item, _)| (item, SPREAD * key.draw(epoch, item, item).share)).collect();
    let mut ranked: BTreeMap<u32, Vec<(i32, u32, u32)>> = BTreeMap::new();
    for (a, b, both) in matrix.pairs() {
        let (Some(of_a), Some(of_b)) = (draws.get(&a), draws.get(&b)) else { continue };
        if f64::from(both) >= f64::from(rule.floor) + of_a + of_b {
            let drawn = key.draw(epoch, a, b);
            let rank = rank(matrix, a, b, drawn.share);
            ranked.entry(a).or_default().push((rank, drawn.tie, b));
            ranked.entry(b).or_default().push((rank, drawn.tie, a));
        }
    }
    let shortened = |mut list: Vec<(i32, u32, u32)>| {
        list.sort_unstable();
        list.truncate(MOST_SIMILAR);
        let mut list: Vec<u32> = list.into_iter().map(|(_, _, item)| item).collect();
        list.sort_unstable();
        list
    };
    ranked.into_iter().map(|(item, list)| (item, shortened(list))).collect()
}

/// How far a pair is from being in a list that is full; where one step ends and the next begins is drawn.
fn rank(matrix: &Matrix, a: u32, b: u32, share: f64) -> i32 {
    let members = f64::from(matrix.members_of(a)) * f64::from(matrix.members_of(b));
    let cosine = f64::from(matrix.members_of_pair(a, b)) / (members.sqrt() + SHRINKAGE);
    (share - cosine.ln() / STEP.ln()).floor() as i32
}
