//! What an evaluation yields, before the guard.

use outis_event::{Term, Timestamp};

/// One part of a row's key, in the order of the query's groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A word of the group's space.
    Term(Term),
    /// A time bucket: its first instant as local civil time, in minutes since 1970-01-01T00:00 local.
    Time(i64),
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct RawRow {
    /// What it stands for.
    pub keys: Vec<Key>,
    /// One value per metric; `None` when the metric is not defined for the row.
    pub values: Vec<Option<f64>>,
    /// At least this many persons are behind the row: the largest day's distinct visitors that count for floors.
    pub persons: u64,
    /// What is needed to fold rows together exactly: additive parts of every metric.
    pub parts: Parts,
}

/// Additive parts from which every metric of a row is computed; parts of disjoint groups can be added, except that
/// added `visitors` and `visits` may count a visitor of several groups more than once (which is how `(other)` is told).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// Distinct visitors per day, added over days.
    pub visitors: u64,
    /// Visits with a matching event.
    pub visits: u64,
    /// Page views.
    pub pageviews: u64,
    /// Events except engagement.
    pub events: u64,
    /// Visits that bounce rate and duration are taken over.
    pub entries: u64,
    /// Of those, bounces.
    pub bounces: u64,
    /// Of those, seconds in all (bounces 0).
    pub duration_s: u64,
    /// Engaged seconds.
    pub engaged_s: u64,
    /// Sum of deepest scroll positions.
    pub scroll_sum: u64,
    /// How many (visit, page) pairs told one.
    pub scroll_pairs: u64,
    /// Page views that ended their visit.
    pub exits: u64,
    /// Revenue in thousandths.
    pub revenue_milli: i64,
    /// Events with revenue.
    pub revenue_events: u64,
}

/// An answer that has not passed the guard. Not serialisable, on purpose.
#[derive(Clone, Debug)]
pub struct RawAnswer {
    /// The rows, in no particular order.
    pub rows: Vec<RawRow>,
    /// The same without grouping.
    pub total: RawRow,
    /// Everything acknowledged before this instant is in the answer.
    pub fresh_as_of: Timestamp,
}
