//! Plausible's Stats API v2: the query of `POST /api/v2/query` and its answer.
//!
//! [`parse`] checks the body against the schema, [`Request::resolve`] turns it into a [`Question`] about numbers, and
//! [`Question::present`] builds the response from the rows that the guard lets pass. What needs imports
//! is not there; `docs/stats-api.md` lists it.

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

use filter::Tree;
use names::{Asked, What};

/// A query about numbers, ready to be evaluated, guarded and presented.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked; where rows stand for goals: everybody.
    pub main: Query,
    /// What rates of conversion are taken of, if there are any and it is not the main query.
    pub everybody: Option<Query>,
    /// Where rows stand for goals: their names, and who reached them.
    pub goals: Vec<(String, Query)>,
    /// What the values of a row measure; a rate of conversion is told by visitors.
    metrics: Vec<Metric>,
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
        self.check(context)?;
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
            .map(|(_, asked)| match asked {
                Asked::Metric(metric) => *metric,
                Asked::Conversion(_) => Metric::Visitors,
            })
            .collect();
        let (of_goals, others): (Vec<&Tree>, Vec<&Tree>) = self.filters.iter().partition(|f| f.of_goals().is_some());
        let resolve = |list: &[&Tree]| list.iter().map(|f| f.resolve(context)).collect::<Result<Vec<_>, _>>();
        let (of_goals, others) = (resolve(&of_goals)?, resolve(&others)?);
        let group = |what: &What| match (what, interval) {
            (What::Time(_), Some(interval)) => Some(Group::Time(interval)),
            _ => what.attribute(context.vocabulary).map(|attribute| attribute.group()),
        };
        let groups: Vec<Group> = self.dimensions.iter().filter_map(|d| group(&d.what)).collect();
        let of = |further: Vec<Filter>, metrics: &[Metric]| {
            let filter = Filter::And(others.iter().cloned().chain(further).collect());
            query(context, range, filter, metrics.to_vec(), groups.clone())
        };
        let visitors = [Metric::Visitors];
        let has_rates = self.metrics.iter().any(|(_, asked)| matches!(asked, Asked::Conversion(_)));
        let (main, everybody, goals) = if self.has_goal_dimension() {
            let goals = self.goals(context).map(|(name, goal)| (name, of(vec![goal], &metrics))).collect();
            (of(Vec::new(), &visitors), None, goals)
        } else {
            let everybody = has_rates.then(|| of(Vec::new(), &visitors));
            (of(of_goals, &metrics), everybody, Vec::new())
        };
        Ok(Question { main, everybody, goals, metrics, request: self, interval })
    }

    /// The saved goals that no filter leaves out. One that names something not known any more is left out too.
    fn goals<'a>(&'a self, context: &'a Context<'_>) -> impl Iterator<Item = (String, Filter)> + 'a {
        let meant = |name: &str| self.filters.iter().filter_map(Tree::of_goals).all(|filter| filter.means_goal(name));
        let goals = context.definitions.goals.iter().filter(move |(name, _)| meant(name));
        goals.filter_map(|(name, goal)| Some((name.clone(), goal.resolve_counted(context).ok()?)))
    }
}

impl Question {
    /// The last instant of the range, which labels reach up to.
    fn end(&self) -> Timestamp {
        self.main.range.to.plus(1).start(&self.main.zone).plus_ms(-1)
    }
}
