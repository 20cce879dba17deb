//! Published lists of items that are liked together, from which nobody's likes can be told.
//!
//! Such lists, watched over time, tell what single people added (Calandrino, Kilzer, Narayanan, Felten, Shmatikov, "You Might
//! Also Like: Privacy Risks of Collaborative Filtering", IEEE S&P 2011). So a pair of items is in a list only while at
//! least `floor` members like both, lists hold no scores and no order, change only together and only after enough members changed, and
//! a pair enters at a count that a secret draws for it.

#[cfg(test)]
mod attack;
mod codec;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};

pub use codec::SimilarError;

use crate::matrix::Matrix;

/// Longest list.
pub const MOST_SIMILAR: usize = 20;
/// Fewest members behind a pair, whatever is asked for.
pub const LEAST_FLOOR: u32 = 5;
/// A pair enters at the floor and up to so many times as many more members.
const SPREAD: f64 = 4.0;
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

/// The secret by which pairs enter at different counts. Keep it sealed, and as long as the lists are published.
pub struct PairKey(hmac::Key);

impl PairKey {
    /// From 32 bytes of chance.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> PairKey {
        PairKey(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// A number of the pair, 0 to 1, for one use.
    fn share(&self, usage: &[u8; 4], a: u32, b: u32) -> f64 {
        let mut message = [0; 12];
        message[..4].copy_from_slice(usage);
        message[4..8].copy_from_slice(&a.to_le_bytes());
        message[8..].copy_from_slice(&b.to_le_bytes());
        let tag = hmac::sign(&self.0, &message);
        let first = tag.as_ref().first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        f64::from(first) / (f64::from(u32::MAX) + 1.0)
    }
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
    /// Pairs that are in, smaller item first; they stay down to the floor.
    pairs: BTreeSet<(u32, u32)>,
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
    /// A pair that is in stays while it has the floor's members (hysteresis); another enters at its own count. After
    /// somebody was forgotten nothing of before is remembered: the lists are then a function of the matrix and the key,
    /// so they equal those of a world in which the member never was.
    pub fn batch(&mut self, matrix: &Matrix, changes: Changes, rule: Publication, key: &PairKey) -> Batch {
        if changes.members < rule.least_changed.max(matrix.members() / SHARE_CHANGED) {
            if !(changes.forgotten && changes.due) {
                return Batch::Kept;
            }
            self.lists.clear();
            self.pairs.clear();
            self.epoch += 1;
            return Batch::Withdrawn;
        }
        if changes.forgotten {
            self.pairs.clear();
        }
        self.pairs = pairs(matrix, &self.pairs, rule, key);
        self.lists = lists(matrix, &self.pairs, key);
        self.epoch += 1;
        Batch::Published
    }
}

fn pairs(matrix: &Matrix, before: &BTreeSet<(u32, u32)>, rule: Publication, key: &PairKey) -> BTreeSet<(u32, u32)> {
    let often = |item| matrix.members_of(item) >= 2 * rule.floor;
    let enough = |a, b, both| {
        let entry = || rule.floor + (key.share(b"come", a, b) * f64::from(rule.floor) * SPREAD) as u32;
        both >= rule.floor && (before.contains(&(a, b)) || both >= entry())
    };
    matrix
        .pairs()
        .filter(|(a, b, both)| often(*a) && often(*b) && enough(*a, *b, *both))
        .map(|(a, b, _)| (a, b))
        .collect()
}

fn lists(matrix: &Matrix, pairs: &BTreeSet<(u32, u32)>, key: &PairKey) -> BTreeMap<u32, Vec<u32>> {
    let mut ranked: BTreeMap<u32, Vec<(i32, u32)>> = BTreeMap::new();
    for (a, b) in pairs {
        let rank = rank(matrix, *a, *b, key);
        ranked.entry(*a).or_default().push((rank, *b));
        ranked.entry(*b).or_default().push((rank, *a));
    }
    let shortened = |mut list: Vec<(i32, u32)>| {
        list.sort_unstable();
        list.truncate(MOST_SIMILAR);
        let mut list: Vec<u32> = list.into_iter().map(|(_, item)| item).collect();
        list.sort_unstable();
        list
    };
    ranked.into_iter().map(|(item, list)| (item, shortened(list))).collect()
}

/// How far a pair is from being in a list that is full; where one step ends and the next begins is the pair's own.
fn rank(matrix: &Matrix, a: u32, b: u32, key: &PairKey) -> i32 {
    let members = f64::from(matrix.members_of(a)) * f64::from(matrix.members_of(b));
    let cosine = f64::from(matrix.members_of_pair(a, b)) / (members.sqrt() + SHRINKAGE);
    (key.share(b"rank", a, b) - cosine.ln() / STEP.ln()).floor() as i32
}
