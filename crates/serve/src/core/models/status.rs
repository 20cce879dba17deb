//! How learning is going, as staff are told: no number of members that is not rounded down.

use outis_event::SiteId;
use outis_personal::tune::{Report, inverse_bytes};
use serde::Serialize;
use utoipa::ToSchema;

use super::Models;
use super::lists::ANEW;
use super::progress::Batch;

const STEP: u64 = 10;
const HOUR_MS: i64 = 3_600_000;

/// How learning is going on a site. Numbers of members, items and pairs that members made are rounded down to tens.
#[derive(Serialize, ToSchema)]
pub(crate) struct Status {
    model: Served,
    memory: Memory,
    counts: Counts,
    similar: Published,
    waiting: Waiting,
    /// Earlier batches, the latest last; at most 400.
    batches: Vec<Batch>,
}

/// The model that is served.
#[derive(Serialize, ToSchema)]
pub(crate) struct Served {
    version: u64,
    /// `content`, `neighbours`, `head_and_tail` or `linear`.
    #[schema(value_type = String)]
    tier: outis_personal::model::Tier,
    /// Why it is of that kind.
    because: &'static str,
    /// Items it knows.
    items: usize,
    /// Rows of the matrix that was inverted.
    size: usize,
    weights: usize,
    bytes: usize,
    /// Parameters that were chosen on held-back likes.
    #[schema(value_type = Object)]
    chosen: serde_json::Value,
}

/// What a batch may take.
#[derive(Serialize, ToSchema)]
pub(crate) struct Memory {
    /// What inverting may take (`learning_memory_mib`, or a quarter of the machine's memory).
    limit_mib: u32,
    /// Rows that this allows. Where there are more items, and more members, the linear model is of so many items with the most
    /// members, and neighbours do the rest.
    most_rows: usize,
    /// What inverting took for the model that is served.
    taken_mib: u64,
}

/// What is counted of members now, in memory only.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counts {
    /// Members who like anything and agreed to its being used.
    members: u64,
    /// Those with at least three items.
    active_members: u64,
    items: u64,
    pairs: u64,
    /// All members were looked through since the server started.
    is_whole: bool,
}

/// Lists of similar items that are published.
#[derive(Serialize, ToSchema)]
pub(crate) struct Published {
    epoch: u64,
    items: usize,
}

/// What the next batch will be about.
#[derive(Serialize, ToSchema)]
pub(crate) struct Waiting {
    /// Members who changed something since lists were published.
    changed_members: u64,
    /// Somebody was forgotten whose likes may be in what is served; hours left until it has to be without them.
    forgetting_hours_left: Option<i64>,
    /// The catalogue has changed since the last batch.
    catalogue_changed: bool,
}

fn rounded(count: usize) -> u64 {
    let count = count as u64;
    count - count % STEP
}

impl Models {
    /// In which day it is since somebody was forgotten whose likes may be in what is served; `None`: there is nobody such.
    pub(crate) fn owed_days(&self, id: SiteId) -> Option<u32> {
        let since = self.tallies.of(id).lock().owed_since()?;
        u32::try_from((self.clock.now().0 - since.0).div_euclid(24 * HOUR_MS) + 1).ok()
    }

    /// How learning is going.
    ///
    /// # Errors
    /// When what there is of the site has to be read first and cannot be.
    pub(crate) async fn status(&self, id: SiteId) -> anyhow::Result<Status> {
        let site = self.site(id).await?;
        let shown = self.shown(id).await?;
        let report = shown.model.report();
        let tally = self.tallies.of(id);
        let tally = tally.lock();
        let matrix = tally.matrix();
        let counts = Counts {
            members: rounded(matrix.members() as usize),
            active_members: rounded(matrix.active_members() as usize),
            items: rounded(matrix.items().count()),
            pairs: rounded(matrix.pairs().count()),
            is_whole: tally.is_whole,
        };
        let left = |since: outis_event::Timestamp| (24 * HOUR_MS - (self.clock.now().0 - since.0)).max(0) / HOUR_MS;
        let waiting = Waiting {
            changed_members: rounded(tally.changed_members() as usize),
            forgetting_hours_left: tally.owed_since().map(left),
            catalogue_changed: site.state.lock().batched.is_none_or(|at| at.1 != self.catalogues.version(id)),
        };
        drop(tally);
        Ok(Status {
            model: Served {
                version: report.version,
                tier: report.tier,
                because: if site.state.lock().is_anew { ANEW } else { because(report) },
                items: shown.model.items(),
                size: report.size,
                weights: report.weights,
                bytes: shown.model.bytes(),
                chosen: serde_json::json!({
                    "linear": report.linear, "shrinkage": report.shrinkage, "blend": report.blend,
                    "least_members_of_item": report.least_members,
                }),
            },
            memory: Memory {
                limit_mib: self.allowance.mib,
                most_rows: self.allowance.limits.most_size,
                taken_mib: inverse_bytes(report.size).div_ceil(1 << 20),
            },
            counts,
            similar: Published { epoch: shown.similar.epoch(), items: shown.similar.items().count() },
            waiting,
            batches: site.progress.lock().batches.clone(),
        })
    }
}

fn because(report: &Report) -> &'static str {
    use outis_personal::model::Tier;
    match report.tier {
        Tier::Content => {
            "fewer than 50 members have said three things or more, or what was learnt found no more than popularity does"
        }
        Tier::Neighbours => "on held-back likes neighbours found more than the linear model",
        Tier::HeadAndTail => "there are more items, and more members, than may be inverted",
        Tier::Linear => "on held-back likes the linear model found the most",
    }
}
