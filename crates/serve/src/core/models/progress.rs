//! How learning went over time, and the secrets that outlive a model; small, sealed, and of nobody.

use outis_event::{SiteId, Timestamp};
use outis_keys::{KeyName, Purpose};
use outis_personal::model::Tier;
use outis_personal::tune::Report;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most batches that are remembered.
const MOST_BATCHES: usize = 400;
/// Digits behind the point of what was measured: no more than means over some twenty members are worth.
const STEPS: f64 = 1_000.0;
/// Numbers of members are told in steps.
const MEMBERS_STEP: u32 = 10;

/// How learning went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Progress {
    /// The number of the last model.
    pub(super) version: u64,
    /// Draws which pairs of items are in published lists.
    pair_key: Option<[u8; 32]>,
    /// Draws variants.
    variant_key: Option<[u8; 32]>,
    /// Members who changed something since lists were published.
    pub(super) changed: u32,
    pub(super) batches: Vec<Batch>,
}

/// One batch, as it is told to staff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Batch {
    /// Milliseconds since 1970, to the hour.
    pub(crate) at_ms: i64,
    /// The number of the model.
    pub(crate) version: u64,
    /// `learnt`, `nothing_to_learn`, `no_better_than_popularity`, `not_solved`.
    pub(crate) outcome: Outcome,
    /// Which kind of model is served since: `content`, `neighbours`, `head_and_tail`, `linear`.
    #[schema(value_type = String)]
    pub(crate) tier: Tier,
    /// Items of the catalogue.
    pub(crate) items: usize,
    /// Members whose likes it was learnt from, rounded down to tens.
    pub(crate) members: u32,
    /// On held-back likes, if there were enough; rounded.
    pub(crate) recall_20: Option<f64>,
    /// Likewise.
    pub(crate) ndcg_100: Option<f64>,
    /// Share of the items that are in somebody's first twenty, likewise.
    pub(crate) coverage_20: Option<f64>,
    /// What popularity reaches on the same.
    pub(crate) popularity_ndcg_100: Option<f64>,
    /// Items with a published list.
    pub(crate) similar_items: usize,
    /// `published`, `kept` or `withdrawn`.
    pub(crate) similar: Lists,
    /// Seconds that learning took.
    pub(crate) seconds: u64,
}

/// What came of learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// A model that does better than popularity.
    Learnt,
    /// Too few members have said enough: tags do.
    NothingToLearn,
    /// What was learnt found no more than popularity does, and was not taken.
    NoBetterThanPopularity,
    /// Memory was too short, or numbers were out of bounds.
    NotSolved,
}

/// What became of published lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Lists {
    Published,
    Kept,
    Withdrawn,
}

pub(super) fn key_name(site: SiteId) -> KeyName {
    let mut label = *b"learning--------";
    label[12..].copy_from_slice(&site.0.to_be_bytes());
    KeyName { purpose: Purpose::Control, label }
}

pub(super) fn file(site: SiteId) -> String {
    format!("{}.progress", site.0)
}

fn rounded(share: f64) -> f64 {
    (share * STEPS).round() / STEPS
}

impl Progress {
    /// The secret for pairs, made if there is none.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(super) fn pair_key(&mut self) -> anyhow::Result<[u8; 32]> {
        secret(&mut self.pair_key)
    }

    /// Makes another secret for pairs, for lists whose number begins anew: the same draws must not come twice.
    pub(super) fn renew_pair_key(&mut self) {
        self.pair_key = None;
    }

    /// The secret for variants, made if there is none.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(super) fn variant_key(&mut self) -> anyhow::Result<[u8; 32]> {
        secret(&mut self.variant_key)
    }

    #[cfg(test)]
    pub(super) fn with_pair_key(self, pair_key: [u8; 32]) -> Progress {
        Progress { pair_key: Some(pair_key), ..self }
    }

    pub(super) fn add(&mut self, batch: Batch) {
        self.batches.push(batch);
        let many = self.batches.len().saturating_sub(MOST_BATCHES);
        self.batches.drain(..many);
    }

    /// When lists of similar items were published last.
    pub(super) fn published(&self) -> Option<Timestamp> {
        let of = self.batches.iter().rev().find(|batch| batch.similar != Lists::Kept);
        of.map(|batch| Timestamp(batch.at_ms))
    }

    /// True if no list of similar items was ever published; false if that is not known any more.
    pub(super) fn has_published_nothing(&self) -> bool {
        self.batches.len() < MOST_BATCHES && self.batches.iter().all(|batch| batch.similar == Lists::Kept)
    }

    /// When the last batch was.
    pub(super) fn last(&self) -> Option<Timestamp> {
        self.batches.last().map(|batch| Timestamp(batch.at_ms))
    }
}

fn secret(slot: &mut Option<[u8; 32]>) -> anyhow::Result<[u8; 32]> {
    match slot {
        Some(secret) => Ok(*secret),
        None => {
            let mut fresh = [0; 32];
            aws_lc_rs::rand::fill(&mut fresh).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
            Ok(*slot.insert(fresh))
        }
    }
}

impl Batch {
    /// What is remembered of a batch.
    pub(super) fn new(at: Timestamp, outcome: Outcome, report: &Report, members: u32, items: usize) -> Batch {
        let measured = report.measured.filter(|_| outcome == Outcome::Learnt);
        Batch {
            at_ms: at.0 - at.0.rem_euclid(3_600_000),
            version: report.version,
            outcome,
            tier: report.tier,
            items,
            members: members - members % MEMBERS_STEP,
            recall_20: measured.map(|metrics| rounded(metrics.recall_20)),
            ndcg_100: measured.map(|metrics| rounded(metrics.ndcg_100)),
            coverage_20: measured.map(|metrics| rounded(metrics.coverage_20)),
            popularity_ndcg_100: report.popularity.map(|metrics| rounded(metrics.ndcg_100)),
            similar_items: 0,
            similar: Lists::Kept,
            seconds: 0,
        }
    }
}
