//! What an evaluation yields, before the guard.

use outis_event::{Term, Timestamp};

use crate::Metric;

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
/// Parts that no metric of the query needs may be zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// Distinct visitors per day, added over days.
    pub visitors: u64,
    /// Visits with a matching event that is not an engagement.
    pub visits: u64,
    /// Page views.
    pub pageviews: u64,
    /// Page views that belong to a visit.
    pub visit_pageviews: u64,
    /// Events except engagement.
    pub events: u64,
    /// Visits that bounce rate and duration are taken over.
    pub entries: u64,
    /// Of those, bounces.
    pub bounces: u64,
    /// Of those, seconds in all (bounces 0).
    pub duration_s: u64,
    /// Engaged seconds told within visits.
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
    /// What the revenue is in.
    pub currency: Currency,
}

/// The currency of a row's revenue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Currency {
    /// There is no revenue.
    #[default]
    None,
    /// All of it is in this currency.
    One(Term),
    /// It is in several: the sum means nothing and is not told.
    Several,
}

impl Currency {
    /// What revenue in both is in.
    #[must_use]
    pub fn and(self, other: Currency) -> Currency {
        match (self, other) {
            (Currency::None, one) | (one, Currency::None) => one,
            (a, b) if a == b => a,
            _ => Currency::Several,
        }
    }
}

impl Parts {
    /// Adds the parts of another row.
    pub fn add(&mut self, other: &Parts) {
        self.visitors += other.visitors;
        self.visits += other.visits;
        self.pageviews += other.pageviews;
        self.visit_pageviews += other.visit_pageviews;
        self.events += other.events;
        self.entries += other.entries;
        self.bounces += other.bounces;
        self.duration_s += other.duration_s;
        self.engaged_s += other.engaged_s;
        self.scroll_sum += other.scroll_sum;
        self.scroll_pairs += other.scroll_pairs;
        self.exits += other.exits;
        self.revenue_milli = self.revenue_milli.saturating_add(other.revenue_milli);
        self.revenue_events += other.revenue_events;
        self.currency = self.currency.and(other.currency);
    }

    /// What is left when the parts of another row are taken away; nothing falls below 0.
    #[must_use]
    pub fn less(&self, other: &Parts) -> Parts {
        Parts {
            visitors: self.visitors.saturating_sub(other.visitors),
            visits: self.visits.saturating_sub(other.visits),
            pageviews: self.pageviews.saturating_sub(other.pageviews),
            visit_pageviews: self.visit_pageviews.saturating_sub(other.visit_pageviews),
            events: self.events.saturating_sub(other.events),
            entries: self.entries.saturating_sub(other.entries),
            bounces: self.bounces.saturating_sub(other.bounces),
            duration_s: self.duration_s.saturating_sub(other.duration_s),
            engaged_s: self.engaged_s.saturating_sub(other.engaged_s),
            scroll_sum: self.scroll_sum.saturating_sub(other.scroll_sum),
            scroll_pairs: self.scroll_pairs.saturating_sub(other.scroll_pairs),
            exits: self.exits.saturating_sub(other.exits),
            revenue_milli: self.revenue_milli.saturating_sub(other.revenue_milli),
            revenue_events: self.revenue_events.saturating_sub(other.revenue_events),
            currency: self.currency,
        }
    }

    /// The value of each metric; `all_visitors` are those of the query without grouping.
    pub fn values(&self, metrics: &[Metric], all_visitors: u64) -> Vec<Option<f64>> {
        metrics.iter().map(|metric| self.value(*metric, all_visitors)).collect()
    }

    /// The value of one metric; `None` when it is not defined.
    pub fn value(&self, metric: Metric, all_visitors: u64) -> Option<f64> {
        match metric {
            Metric::Visitors => Some(self.visitors as f64),
            Metric::Visits => Some(self.visits as f64),
            Metric::Pageviews => Some(self.pageviews as f64),
            Metric::Events => Some(self.events as f64),
            Metric::ViewsPerVisit => ratio(self.visit_pageviews, self.visits),
            Metric::BounceRate if self.entries == 0 && self.visits > 0 => Some(0.0),
            Metric::BounceRate => percent(self.bounces, self.entries),
            Metric::VisitDuration => ratio(self.duration_s, self.entries),
            Metric::ScrollDepth => ratio(self.scroll_sum, self.scroll_pairs),
            Metric::TimeOnPage if self.engaged_s == 0 => None,
            Metric::TimeOnPage => ratio(self.engaged_s, self.visits),
            Metric::ExitRate => percent(self.exits, self.visit_pageviews),
            Metric::Percentage => percent(self.visitors, all_visitors),
            Metric::TotalRevenue | Metric::AverageRevenue if self.currency == Currency::Several => None,
            Metric::TotalRevenue => (self.revenue_events > 0).then_some(self.revenue_milli as f64),
            Metric::AverageRevenue => {
                (self.revenue_events > 0).then(|| self.revenue_milli as f64 / self.revenue_events as f64)
            }
        }
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn percent(part: u64, whole: u64) -> Option<f64> {
    ratio(part.saturating_mul(100), whole)
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
