//! A small site whose people are known, and the questions that are put to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Flags, Policy, ShiftedClock, SiteId, Slot, Term, Visitor};
use outis_insight::behaviour::{self, Behaviour, Links, RawTable};
use outis_insight::history::{HistoryAnswer, PastTable, SetDays};
use outis_insight::{
    DayRange, EvaluateError, EventFilter, Filter, Group, Metric, Query, RawAnswer, Sensitive, Shown, Sight, TermSet,
    naive,
};
use proptest::prelude::*;

use crate::{Gate, Refusal, Rows};

pub(super) const SITE: SiteId = SiteId(1);
pub(super) const FIRST: i32 = 100;
pub(super) const PAGEVIEW: Term = Term(2);
pub(super) const ENGAGEMENT: Term = Term(3);
pub(super) const METRICS: [Metric; 11] = [
    Metric::Visitors,
    Metric::Visits,
    Metric::Pageviews,
    Metric::Events,
    Metric::ViewsPerVisit,
    Metric::BounceRate,
    Metric::VisitDuration,
    Metric::ScrollDepth,
    Metric::TimeOnPage,
    Metric::ExitRate,
    Metric::Percentage,
];

/// Rows in memory, counted with the definition.
pub(super) struct Plain {
    pub(super) events: Vec<AnonymousEvent>,
    pub(super) evaluations: AtomicUsize,
    pub(super) links: Links,
    pub(super) sensitive: Sensitive,
}

#[async_trait]
impl Rows for Plain {
    fn sight(&self, _: SiteId, _: u32) -> Sight {
        Sight::new(7)
    }

    async fn evaluate(&self, query: &Query, sight: Sight) -> Result<RawAnswer, EvaluateError> {
        assert_eq!(sight, Sight::new(7), "all evaluations of an answer see the same rows");
        self.evaluations.fetch_add(1, Ordering::Relaxed);
        Ok(naive::evaluate(query, &self.events))
    }

    async fn persons(&self, query: &Query, sight: Sight, enough: u64) -> Result<u64, EvaluateError> {
        // As low as is allowed.
        Ok(self.evaluate(query, sight).await?.total.persons.min(enough))
    }

    async fn behaviour(&self, question: &Behaviour, sight: Sight) -> Result<RawTable, EvaluateError> {
        assert_eq!(sight, Sight::new(7), "all evaluations of an answer see the same rows");
        self.evaluations.fetch_add(1, Ordering::Relaxed);
        Ok(behaviour::naive::evaluate_linked(question, &self.events, &self.links))
    }

    fn is_past(&self, _: &Query) -> bool {
        false
    }

    async fn history(&self, _: &Query) -> Result<(HistoryAnswer, Day), EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    async fn kept(&self, _: &Query, _: Term) -> Result<(SetDays, Day), EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    fn sensitive(&self, _: SiteId) -> Sensitive {
        self.sensitive.clone()
    }

    async fn past_order(&self, _: &Behaviour) -> Result<(PastTable, Day), EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    fn live(&self, _: SiteId) -> u64 {
        self.events.len() as u64
    }
}

impl Plain {
    pub(super) fn of(events: Vec<AnonymousEvent>) -> Plain {
        Plain { events, evaluations: AtomicUsize::new(0), links: Links::none(), sensitive: Sensitive::default() }
    }
}

/// A gate before these events.
pub(super) fn gate(events: &[AnonymousEvent]) -> (Gate, Arc<Plain>) {
    let rows = Arc::new(Plain::of(events.to_vec()));
    (Gate::new(rows.clone()), rows)
}

/// Runs an answer to its end; nothing in these tests ever waits.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("runtime");
    runtime.block_on(future)
}

pub(super) fn policy(floor: u32) -> Policy {
    Policy { floor, ..Policy::default() }
}

pub(super) fn ask(gate: &Gate, floor: u32, query: &Query) -> Result<Shown, Refusal> {
    now(gate.answer(&policy(floor), query))
}

pub(super) fn query(filter: Filter, groups: &[Group]) -> Query {
    Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from: Day(FIRST), to: Day(FIRST + 6), slots: None },
        filter,
        metrics: METRICS.to_vec(),
        groups: groups.to_vec(),
        pageview: PAGEVIEW,
        engagement: ENGAGEMENT,
        cap_milli: None,
    }
}

pub(super) fn is(dimension: Dimension, term: u32) -> Filter {
    Filter::Event(EventFilter::Dimension(dimension, TermSet::of([Term(term)])))
}

pub(super) fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

pub(super) fn all(filters: &[Filter]) -> Filter {
    Filter::And(filters.to_vec())
}

/// A page view on a day by a visitor.
pub(super) fn view(day: i32, visitor: u64, seconds: u32, page: u32, country: u32) -> AnonymousEvent {
    let start = Day(FIRST + day).start(&TimeZone::UTC).slot().0;
    let mut e = AnonymousEvent::blank(SITE, Day(FIRST + day), Slot(start + seconds / 900));
    e.visitor = Visitor(visitor);
    e.clock = ShiftedClock { seconds, tie: 0 };
    e.flags = Flags::INTERACTIVE.with(Flags::COUNTS_FOR_FLOOR);
    e.set(Dimension::Event, PAGEVIEW);
    e.set(Dimension::Page, Term(page));
    e.set(Dimension::Country, Term(country));
    e
}

/// What one person does on one day: where they are from, with what, and which pages they see when.
type Stay = (i32, u32, u32, Vec<(u32, u32)>, u32);

/// Few words and many people: groups of every size around the floor, overlapping and nested.
pub(super) fn events() -> impl Strategy<Value = Vec<AnonymousEvent>> {
    let skewed = |most: u32| (0..most, 0..most).prop_map(|(a, b)| 10 + a.min(b));
    let stay = (0i32..3, skewed(4), skewed(3), prop::collection::vec((skewed(5), 0u32..80_000), 1..4), 0u32..40);
    prop::collection::vec(stay, 10..140).prop_map(|stays| {
        let stays: Vec<Stay> = stays;
        stays.iter().zip(1u64..).flat_map(|(stay, visitor)| of(stay, visitor)).collect()
    })
}

fn of((day, country, device, pages, oddity): &Stay, visitor: u64) -> Vec<AnonymousEvent> {
    let mut events = Vec::new();
    for (page, seconds) in pages {
        let mut e = view(*day, visitor, *seconds, *page, *country);
        e.set(Dimension::Device, Term(*device));
        e.languages = (10..10 + country % 3).map(Term).collect();
        match oddity {
            0 => e.visitor = Visitor(0),
            1 => e.flags = Flags::INTERACTIVE,
            2 => e.set(Dimension::Event, ENGAGEMENT),
            _ => {}
        }
        events.push(e);
    }
    events
}

/// The persons behind what a filter leaves: per day, those that count. The largest day is what is known of them.
pub(super) fn people(events: &[AnonymousEvent], filter: &Filter) -> BTreeMap<Day, BTreeSet<Visitor>> {
    let mut people: BTreeMap<Day, BTreeSet<Visitor>> = BTreeMap::new();
    for e in events.iter().filter(|e| counts(e) && fulfils(filter, e)) {
        people.entry(e.day).or_default().insert(e.visitor);
    }
    people
}

pub(super) fn most(people: &BTreeMap<Day, BTreeSet<Visitor>>) -> u64 {
    people.values().map(BTreeSet::len).max().unwrap_or(0) as u64
}

/// True if the event is of somebody who counts, and tells that somebody came.
pub(super) fn counts(e: &AnonymousEvent) -> bool {
    !e.visitor.is_nobody() && e.flags.has(Flags::COUNTS_FOR_FLOOR) && e.term(Dimension::Event) != ENGAGEMENT
}

/// The tests' own reading of filters: each person keeps country and device, so visits need not be looked at.
pub(super) fn fulfils(filter: &Filter, e: &AnonymousEvent) -> bool {
    match filter {
        Filter::Event(EventFilter::Dimension(dimension, set)) => set.contains(e.term(*dimension)),
        Filter::Event(EventFilter::Language(set)) => e.languages.iter().any(|t| set.contains(*t)),
        Filter::And(list) => list.iter().all(|f| fulfils(f, e)),
        Filter::Selected(inner) => fulfils(inner, e),
        Filter::Or(list) => list.iter().any(|f| fulfils(f, e)),
        Filter::Not(inner) => !fulfils(inner, e),
        other => panic!("tests do not ask for {other:?}"),
    }
}
