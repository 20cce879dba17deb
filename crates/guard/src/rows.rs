//! Where rows come from: implemented by whoever wires the guard to the warehouse.

use async_trait::async_trait;
use outis_event::{Day, SiteId, Term};
use outis_insight::behaviour::{Behaviour, RawTable};
use outis_insight::history::{HistoryAnswer, PastTable, SetDays};
use outis_insight::{EvaluateError, Query, RawAnswer, Sensitive, Sight};

/// Evaluates queries without any protection, and gives what was released. Only the guard calls it.
#[async_trait]
pub trait Rows: Send + Sync {
    /// The site's present snapshot. It advances only when at least `floor` persons have acted since the last one.
    fn sight(&self, site: SiteId, floor: u32) -> Sight;

    /// The exact answer at a sight.
    ///
    /// # Errors
    /// When rows cannot be read or the answer would be too large.
    async fn evaluate(&self, query: &Query, sight: Sight) -> Result<RawAnswer, EvaluateError>;

    /// At least how many persons are behind the whole of a query: `enough` or more if there are, and if not, not more
    /// than there are.
    ///
    /// # Errors
    /// When rows cannot be read.
    async fn persons(&self, query: &Query, sight: Sight, enough: u64) -> Result<u64, EvaluateError>;

    /// The exact table of a question about order at a sight.
    ///
    /// # Errors
    /// When rows cannot be read or the table would be too large.
    async fn behaviour(&self, question: &Behaviour, sight: Sight) -> Result<RawTable, EvaluateError>;

    /// True if some day of the question has released cells and no rows any more.
    fn is_past(&self, query: &Query) -> bool;

    /// The answer of released cells, and the last day that is in it.
    ///
    /// # Errors
    /// When cells cannot answer the question or be read.
    async fn history(&self, query: &Query) -> Result<(HistoryAnswer, Day), EvaluateError>;

    /// What closes kept of a set on the days of a query, and the last day that is in it.
    ///
    /// # Errors
    /// When it was not kept on all of them, or cells cannot be read.
    async fn kept(&self, query: &Query, id: Term) -> Result<(SetDays, Day), EvaluateError>;

    /// What the site's plan says is sensitive.
    fn sensitive(&self, site: SiteId) -> Sensitive;

    /// What released cells tell of a question about order, and the last day that is in it.
    ///
    /// # Errors
    /// When cells cannot tell it, did not on all of its days, or cannot be read.
    async fn past_order(&self, question: &Behaviour) -> Result<(PastTable, Day), EvaluateError>;

    /// Exactly how many persons acted in the last five minutes.
    fn live(&self, site: SiteId) -> u64;
}
