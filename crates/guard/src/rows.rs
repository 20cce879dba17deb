//! Where rows come from: implemented by whoever wires the guard to the warehouse.

use async_trait::async_trait;
use outis_event::SiteId;
use outis_insight::behaviour::{Behaviour, RawTable};
use outis_insight::{EvaluateError, Query, RawAnswer, Sight};

/// Evaluates queries without any protection. Only the guard calls it.
#[async_trait]
pub trait Rows: Send + Sync {
    /// The site's present snapshot. It advances only when at least `floor` persons have acted since the last one.
    fn sight(&self, site: SiteId, floor: u32) -> Sight;

    /// The exact answer at a sight.
    ///
    /// # Errors
    /// When rows cannot be read or the answer would be too large.
    async fn evaluate(&self, query: &Query, sight: Sight) -> Result<RawAnswer, EvaluateError>;

    /// The exact table of a question about order at a sight.
    ///
    /// # Errors
    /// When rows cannot be read or the table would be too large.
    async fn behaviour(&self, question: &Behaviour, sight: Sight) -> Result<RawTable, EvaluateError>;

    /// Exactly how many persons acted in the last five minutes.
    fn live(&self, site: SiteId) -> u64;
}
