//! The evaluations behind one answer: all at one sight, and not too many.

use outis_insight::{Filter, Metric, Query, RawAnswer, Sight};

use crate::refusal::Refusal;
use crate::rows::Rows;

/// Most evaluations of one answer.
pub(crate) const MOST_EVALUATIONS: usize = 5;
/// Most conditions of a filter: with the question itself and one more they fit into the evaluations.
pub(crate) const MOST_FILTERS: usize = 3;

/// One answer in the making.
pub(crate) struct Asking<'a> {
    rows: &'a dyn Rows,
    sight: Sight,
    left: usize,
}

impl<'a> Asking<'a> {
    pub(crate) fn new(rows: &'a dyn Rows, sight: Sight) -> Asking<'a> {
        Asking { rows, sight, left: MOST_EVALUATIONS }
    }

    /// How many evaluations may still be made.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Evaluates a query.
    pub(crate) async fn evaluate(&mut self, query: &Query) -> Result<RawAnswer, Refusal> {
        self.left = self.left.checked_sub(1).ok_or(Refusal::TooManyFilters { most: MOST_FILTERS })?;
        Ok(self.rows.evaluate(query, self.sight).await?)
    }

    /// At least how many persons are behind the same query with another filter, counted up to `enough`.
    pub(crate) async fn persons(&mut self, query: &Query, filter: Filter, enough: u64) -> Result<u64, Refusal> {
        self.left = self.left.checked_sub(1).ok_or(Refusal::TooManyFilters { most: MOST_FILTERS })?;
        Ok(self.rows.persons(&Query { filter, ..query.clone() }, self.sight, enough).await?)
    }

    /// Evaluates the same query with another filter.
    pub(crate) async fn with_filter(&mut self, query: &Query, filter: Filter) -> Result<RawAnswer, Refusal> {
        self.evaluate(&Query { filter, ..query.clone() }).await
    }
}

/// The query with the metrics that the guard itself needs, behind those that were asked for.
pub(crate) fn measured(query: &Query) -> Query {
    let mut query = query.clone();
    for metric in [Metric::Visitors, Metric::Visits, Metric::Events] {
        if !query.metrics.contains(&metric) {
            query.metrics.push(metric);
        }
    }
    query
}
