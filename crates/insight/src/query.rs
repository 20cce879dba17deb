//! A question, ready to be evaluated: every word is resolved to terms.

use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{Day, Dimension, SiteId, Slot, Term};
use serde::{Deserialize, Serialize};

/// What is measured. Definitions stand at each variant; all are exact.
///
/// An event *matches* when it lies in the query's range and fulfils its filter, and it is in a group when it has the
/// group's key. Three rules hold for all of them:
///
/// - An `engagement` tells how far and how long, not that somebody came: it makes no visitor, visit, event or row.
/// - An event of nobody counts in `pageviews`, `events` and revenue, and in nothing that is about visitors or visits.
/// - A visit is taken whole: whether it bounced and how long it lasted is told by all its events of the day, also by
///   those that do not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Distinct visitors per day, added over days. Grouped by a time bucket within a day: distinct in the bucket.
    Visitors,
    /// Visits with at least one matching event. In a series a visit counts in every bucket it has a matching event in.
    Visits,
    /// Matching events named `pageview`.
    Pageviews,
    /// Matching events except `engagement`.
    Events,
    /// Page views of visits / visits.
    ViewsPerVisit,
    /// Percent (0..=100) of visits with neither a second page view nor an interactive event that is not a page view
    /// or engagement. A visit of one custom event and nothing else is no bounce if that event is interactive.
    /// Grouped by page or hostname: visits that entered there; 0 for a page nobody entered on.
    BounceRate,
    /// Mean seconds from first to last event (engagement too) of the visits that `BounceRate` is taken over; bounces
    /// count 0; absent when there are none.
    VisitDuration,
    /// Mean over (visit, page) of the deepest scroll position told by matching events, 0..=100; unknown ones left
    /// out; none: absent.
    ScrollDepth,
    /// Seconds that matching events tell somebody was engaged / visits; absent when none were told.
    TimeOnPage,
    /// Percent of page views of visits that were the last page view of their visit.
    ExitRate,
    /// Percent of all visitors of the query (without grouping) that are in the group.
    Percentage,
    /// Sum of revenue in thousandths, each amount at most the query's cap; absent when there is none or it is in several currencies.
    TotalRevenue,
    /// Revenue / events with revenue, in thousandths; absent likewise.
    AverageRevenue,
}

/// A fact of the whole visit that is derived from its page views, [`Term::NONE`] if it has none (and for nobody).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitField {
    /// Page of the first page view.
    EntryPage,
    /// Page of the last page view.
    ExitPage,
    /// Host of the first page view.
    EntryHostname,
    /// Host of the last page view.
    ExitHostname,
}

/// Width of a time bucket in the site's local calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// A local hour (slots of 15 minutes make it exact in every zone).
    Hour,
    /// A local day.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A calendar month.
    Month,
}

/// What rows of the answer stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// An attribute. Attributes of the visit are those of its first event.
    Dimension(Dimension),
    /// Entry and exit.
    Visit(VisitField),
    /// The value of a property (key term); events without it have [`Term::NONE`].
    Property(Term),
    /// Each accepted language singly: an event counts once in every one of its languages, without any in
    /// [`Term::NONE`].
    Language,
    /// Each tag of the item singly, likewise.
    Tag,
    /// Time buckets.
    Time(Interval),
}

/// A set of terms of one space, dense for speed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TermSet {
    bits: Arc<[bool]>,
    /// What holds for terms beyond the table (words admitted after the query was made).
    beyond: bool,
}

impl TermSet {
    /// The given terms.
    pub fn of(terms: impl IntoIterator<Item = Term>) -> TermSet {
        let mut bits = Vec::new();
        for term in terms {
            let at = term.0 as usize;
            if bits.len() <= at {
                bits.resize(at + 1, false);
            }
            bits[at] = true;
        }
        TermSet { bits: bits.into(), beyond: false }
    }

    /// The terms of any of the sets, none of which is a complement.
    pub(crate) fn any(sets: &[TermSet]) -> TermSet {
        let length = sets.iter().map(|set| set.bits.len()).max().unwrap_or(0);
        let holds = |at: usize| sets.iter().any(|set| set.bits.get(at).copied().unwrap_or(false));
        TermSet { bits: (0..length).map(holds).collect(), beyond: false }
    }

    /// The term, if it is the only one.
    pub fn only(&self) -> Option<Term> {
        let mut all = (0u32..).zip(self.bits.iter()).filter(|(_, is)| **is).map(|(at, _)| Term(at));
        all.next().filter(|_| !self.beyond && all.next().is_none())
    }

    /// All other terms.
    #[must_use]
    pub fn complement(&self) -> TermSet {
        TermSet { bits: self.bits.iter().map(|b| !b).collect(), beyond: !self.beyond }
    }

    /// True if the term is in the set.
    #[inline]
    pub fn contains(&self, term: Term) -> bool {
        self.bits.get(term.0 as usize).copied().unwrap_or(self.beyond)
    }
}

/// A condition on one event (with its visit). An event of nobody has its own attributes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EventFilter {
    /// The attribute is in the set. Attributes of the visit are those of its first event.
    Dimension(Dimension, TermSet),
    /// Entry or exit is in the set.
    Visit(VisitField, TermSet),
    /// The first value of the property is in the set ([`Term::NONE`] when absent).
    Property(Term, TermSet),
    /// Any accepted language is in the set; without any: [`Term::NONE`] is.
    Language(TermSet),
    /// Any tag is in the set, likewise.
    Tag(TermSet),
    /// The event tells that somebody scrolled at least so far, in percent (1..=100).
    Scrolled(u8),
    /// The event is about money: at least so much of it, in thousandths, in either direction.
    Paid(i64),
}

/// A tree of conditions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// One condition on the event.
    Event(EventFilter),
    /// All hold; empty: true.
    And(Vec<Filter>),
    /// Any holds; empty: false.
    Or(Vec<Filter>),
    /// Does not hold.
    Not(Box<Filter>),
    /// Some event of the same visit (matching or not) fulfils the filter. An event of nobody stands for itself.
    VisitHas(Box<Filter>),
    /// What a selector names, such as views of certain pages: holds when the inner filter holds. The guard takes it
    /// away as a whole, so nothing may be inside but names of events and pages, and how far was scrolled.
    Selected(Box<Filter>),
}

impl Filter {
    /// Everything matches.
    pub const ALL: Filter = Filter::And(Vec::new());

    /// True if nothing is filtered.
    pub fn is_all(&self) -> bool {
        matches!(self, Filter::And(list) if list.iter().all(Filter::is_all))
    }
}

/// Days of the site's local calendar, both included, optionally cut to slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DayRange {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// If set, only events in slots from the first (included) to the second (excluded) match.
    pub slots: Option<(Slot, Slot)>,
}

/// Most groups of one query.
pub const MAX_GROUPS: usize = 4;

/// A question to one site.
#[derive(Clone, Debug)]
pub struct Query {
    /// The site.
    pub site: SiteId,
    /// Its calendar.
    pub zone: TimeZone,
    /// The days asked about.
    pub range: DayRange,
    /// Which events match.
    pub filter: Filter,
    /// What is measured, in the order of the answer's values.
    pub metrics: Vec<Metric>,
    /// What rows stand for; empty: one row. At most [`MAX_GROUPS`].
    pub groups: Vec<Group>,
    /// The term of `pageview` in this site's vocabulary (`u32::MAX` if it has none yet).
    pub pageview: Term,
    /// The term of `engagement`, likewise.
    pub engagement: Term,
    /// Amounts of money count at most so much, in thousandths, in either direction.
    pub cap_milli: Option<i64>,
}

/// What makes two queries the same question, for use as the key of a table of answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueryKey {
    site: SiteId,
    zone: String,
    range: DayRange,
    filter: Filter,
    metrics: Vec<Metric>,
    groups: Vec<Group>,
    names: (Term, Term),
    cap_milli: Option<i64>,
}

impl Query {
    /// An amount of money as it counts.
    pub fn capped(&self, milli: i64) -> i64 {
        match self.cap_milli {
            Some(cap) => milli.clamp(-cap.saturating_abs(), cap.saturating_abs()),
            None => milli,
        }
    }

    /// The question as a key; `None` if its time zone has no name to be told apart by. Queries with equal keys have
    /// equal answers at one sight; queries with different keys may have equal answers too.
    pub fn key(&self) -> Option<QueryKey> {
        Some(QueryKey {
            site: self.site,
            zone: self.zone.iana_name()?.to_owned(),
            range: self.range,
            filter: self.filter.clone(),
            metrics: self.metrics.clone(),
            groups: self.groups.clone(),
            names: (self.pageview, self.engagement),
            cap_milli: self.cap_milli,
        })
    }
}
