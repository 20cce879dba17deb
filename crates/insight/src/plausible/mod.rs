//! Plausible's Stats API v2: the query of `POST /api/v2/query` and its answer.
//!
//! [`parse`] checks the body against the schema, [`Request::resolve`] turns it into a [`Question`] about numbers, and
//! [`Question::present`] builds the response from the rows that the guard lets pass. What needs goals, revenue goals,
//! segments or imports is not there; `docs/stats-api.md` lists it.

mod countries;
mod error;
mod filter;
mod names;
mod present;
mod range;
mod request;
mod rules;
#[cfg(test)]
mod tests;

use outis_event::Timestamp;

use crate::native::{Context, query};
use crate::period::{self, MAX_BUCKETS, buckets};
use crate::{Filter, Group, Interval, Metric, Query};

pub use error::QueryError;
pub use present::{Answer, Meta, Number, Outis, ResultRow};
pub use request::{Request, parse};

use names::{Asked, What};

/// A query about numbers, ready to be evaluated, guarded and presented.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub main: Query,
    request: Request,
    /// Width of the time dimension's buckets, if there is one.
    interval: Option<Interval>,
}

impl Request {
    /// Turns names into numbers of the site.
    ///
    /// # Errors
    /// What does not go together, or is out of range.
    pub fn resolve(self, context: &Context<'_>) -> Result<Question, QueryError> {
        self.check()?;
        let (range, preset) = self.date_range.resolve(context)?;
        let named = self.dimensions.iter().find_map(|d| match d.what {
            What::Time(interval) => Some(interval),
            _ => None,
        });
        let interval = named.map(|named| named.unwrap_or_else(|| period::interval(preset, &range)));
        // Buckets ahead of now count too: labels cover the whole range.
        let end = range.to.plus(1).start(context.zone).plus_ms(-1);
        if interval.is_some_and(|interval| buckets(interval, &range, end, context.zone).is_none()) {
            return error::wrong(format!("Invalid dimensions. The range has more than {MAX_BUCKETS} time buckets."));
        }
        let metrics: Vec<Metric> = self
            .metrics
            .iter()
            .filter_map(|(_, asked)| match asked {
                Asked::Metric(metric) => Some(*metric),
                Asked::Conversion => None,
            })
            .collect();
        let filters = self.filters.iter().map(|f| f.resolve(context.vocabulary)).collect::<Result<Vec<_>, _>>()?;
        let group = |what: &What| match (what, interval) {
            (What::Time(_), Some(interval)) => Some(Group::Time(interval)),
            _ => what.attribute(context.vocabulary).map(|attribute| attribute.group()),
        };
        let groups = self.dimensions.iter().filter_map(|d| group(&d.what)).collect();
        let main = query(context, range, Filter::And(filters), metrics, groups);
        Ok(Question { main, request: self, interval })
    }
}

impl Question {
    /// The last instant of the range, which labels reach up to.
    fn end(&self) -> Timestamp {
        self.main.range.to.plus(1).start(&self.main.zone).plus_ms(-1)
    }
}
