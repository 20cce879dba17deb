//! The warehouse as the guard sees it: the only place where unguarded answers pass through this crate.

use std::sync::Arc;

use async_trait::async_trait;
use outis_event::{Day, SiteId, Term};
use outis_guard::Rows;
use outis_insight::behaviour::{Behaviour, RawTable};
use outis_insight::history::{HistoryAnswer, PastTable, SetDays};
use outis_insight::{EvaluateError, Query, RawAnswer, Sensitive, Sight};
use outis_warehouse::Warehouse;

use crate::core::Registry;

/// The recent rows of all sites, and what their plans say of them.
pub(crate) struct WarehouseRows(pub(crate) Arc<Warehouse>, pub(crate) Arc<Registry>);

#[async_trait]
impl Rows for WarehouseRows {
    fn sight(&self, site: SiteId, floor: u32) -> Sight {
        self.0.sight(site, floor)
    }

    async fn evaluate(&self, query: &Query, sight: Sight) -> Result<RawAnswer, EvaluateError> {
        self.0.evaluate(query, sight).await
    }

    async fn persons(&self, query: &Query, sight: Sight, enough: u64) -> Result<u64, EvaluateError> {
        self.0.persons(query, sight, enough).await
    }

    async fn behaviour(&self, question: &Behaviour, sight: Sight) -> Result<RawTable, EvaluateError> {
        self.0.behaviour(question, sight).await
    }

    fn is_past(&self, query: &Query) -> bool {
        self.0.is_past(query)
    }

    async fn history(&self, query: &Query) -> Result<(HistoryAnswer, Day), EvaluateError> {
        self.0.history(query).await
    }

    async fn kept(&self, query: &Query, id: Term) -> Result<(SetDays, Day), EvaluateError> {
        self.0.kept(query, id).await
    }

    fn sensitive(&self, site: SiteId) -> Sensitive {
        match self.1.by_id(site) {
            Some(state) => Sensitive::of(state.site(), &self.0.vocabulary(site)),
            // Nothing is known of it: it is not the time to tell more.
            None => Sensitive { pages: true, properties: Vec::new() },
        }
    }

    async fn past_order(&self, question: &Behaviour) -> Result<(PastTable, Day), EvaluateError> {
        self.0.past_order(question).await
    }

    fn live(&self, site: SiteId) -> u64 {
        self.0.live(site)
    }
}
