//! The operators give the answers of the naive evaluator, however rows are cut into batches and evaluations.

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Flags, Marks, Money, Property, ShiftedClock, SiteId, Slot, Term, Visitor};
use outis_insight::{DayRange, TermSet, naive, same_visit};
use proptest::prelude::*;

use super::*;
use crate::Visit;

pub(crate) const SITE: SiteId = SiteId(1);
pub(crate) const FIRST: i32 = 20_756; // In the days after it clocks change in Vienna and a month ends.
const DIMENSIONS: [Dimension; 6] =
    [Dimension::Event, Dimension::Hostname, Dimension::Page, Dimension::Source, Dimension::Country, Dimension::Item];
const FIELDS: [VisitField; 4] =
    [VisitField::EntryPage, VisitField::ExitPage, VisitField::EntryHostname, VisitField::ExitHostname];
pub(crate) const METRICS: [Metric; 13] = [
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
    Metric::TotalRevenue,
    Metric::AverageRevenue,
];

pub(crate) fn zones() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(vec!["UTC", "Europe/Vienna", "Asia/Kathmandu"])
        .prop_map(|name| TimeZone::get(name).expect("bundled zone"))
}

pub(crate) fn terms(most: usize) -> impl Strategy<Value = Vec<Term>> {
    prop::collection::vec((0u32..4).prop_map(Term), 0..=most)
}

prop_compose! {
    pub(crate) fn event(zone: TimeZone)(
        day in FIRST..FIRST + 4, visitor in 0u64..5, seconds in 0u32..8_000, late in prop::bool::weighted(0.05),
        flags in 0u8..4, name in 2u32..5, dimensions in prop::collection::vec(0u32..4, DIMENSIONS.len()),
        languages in terms(3), tags in terms(3), values in prop::collection::vec(0u32..4, 0..3),
        scroll in prop_oneof![Just(255u8), 0u8..120], engaged_s in 0u32..60,
        money in prop::option::weighted(0.3, (2u32..4, -5_000i64..9_000)),
        marks in prop::option::weighted(0.3, (any::<u32>(), FIRST as u32 / 7..FIRST as u32 / 7 + 2)),
    ) -> AnonymousEvent {
        let start = Day(day).start(&zone).slot().0;
        // A late event lies in a slot of another day.
        let slot = if late { start - 40 } else { start + seconds / 900 };
        let mut e = AnonymousEvent::blank(SITE, Day(day), Slot(slot));
        e.visitor = Visitor(visitor);
        e.clock = ShiftedClock { seconds: 1_000 + seconds, tie: 0 };
        e.flags = Flags(flags);
        for (dimension, term) in DIMENSIONS.iter().zip(dimensions) {
            e.set(*dimension, Term(term));
        }
        e.set(Dimension::Event, Term(name));
        e.languages = languages;
        e.tags = tags;
        e.properties = values.iter().zip(2..).map(|(v, k)| Property { key: Term(k), value: Term(*v) }).collect();
        e.scroll = scroll;
        e.engaged_s = engaged_s;
        e.marks = marks.map_or(Marks::NONE, |(bits, week)| Marks(bits.into()).with_cohort(week));
        e.revenue = money.map(|(currency, milli)| Money { currency: Term(currency), milli });
        e
    }
}

fn set() -> impl Strategy<Value = TermSet> {
    (terms(2), any::<bool>()).prop_map(|(terms, not)| {
        let set = TermSet::of(terms);
        if not { set.complement() } else { set }
    })
}

pub(crate) fn condition() -> BoxedStrategy<Filter> {
    prop_oneof![
        (prop::sample::select(&DIMENSIONS[..]), set()).prop_map(|(d, s)| EventFilter::Dimension(d, s)),
        (prop::sample::select(&FIELDS[..]), set()).prop_map(|(f, s)| EventFilter::Visit(f, s)),
        (2u32..4, set()).prop_map(|(k, s)| EventFilter::Property(Term(k), s)),
        set().prop_map(EventFilter::Language),
        set().prop_map(EventFilter::Tag),
        (1u8..=100).prop_map(EventFilter::Scrolled),
        (0i64..3_000).prop_map(EventFilter::Paid),
    ]
    .prop_map(Filter::Event)
    .boxed()
}

pub(crate) fn filter() -> BoxedStrategy<Filter> {
    let tree = condition().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::Or),
            inner.clone().prop_map(|f| Filter::Not(Box::new(f))),
            inner.clone().prop_map(|f| Filter::Selected(Box::new(f))),
            inner.prop_map(|f| Filter::VisitHas(Box::new(f))),
        ]
    });
    prop_oneof![Just(Filter::ALL), tree].boxed()
}

pub(crate) fn group() -> impl Strategy<Value = Group> {
    prop_oneof![
        3 => prop::sample::select(&DIMENSIONS[..]).prop_map(Group::Dimension),
        1 => prop::sample::select(&FIELDS[..]).prop_map(Group::Visit),
        1 => (2u32..4).prop_map(|k| Group::Property(Term(k))),
        1 => Just(Group::Language),
        1 => Just(Group::Tag),
        2 => prop::sample::select(&[Interval::Hour, Interval::Day, Interval::Week, Interval::Month][..]).prop_map(Group::Time),
    ]
}

prop_compose! {
    pub(crate) fn query(zone: TimeZone)(
        from in FIRST..FIRST + 2, days in 0i32..4, filter in filter(), groups in prop::collection::vec(group(), 0..3),
        metrics in prop_oneof![Just(METRICS.to_vec()), prop::sample::subsequence(METRICS.to_vec(), 1..4)],
        slots in prop::option::weighted(0.3, (0u32..6, 1u32..200)), cap_milli in prop::option::weighted(0.3, 0i64..3_000),
    ) -> Query {
        let start = Day(from).start(&zone).slot().0;
        Query {
            site: SITE,
            zone: zone.clone(),
            range: DayRange {
                from: Day(from),
                to: Day(from + days),
                slots: slots.map(|(after, length)| (Slot(start + after), Slot(start + after + length))),
            },
            filter,
            metrics,
            groups,
            pageview: Term(2),
            engagement: Term(3),
            cap_milli,
        }
    }
}

/// Sorts events as storage does, derives visits and what is the same in a visit, and cuts them into batches of
/// `visitors` visitors.
pub(crate) fn batches(events: &[AnonymousEvent], visitors: usize) -> Vec<Batch> {
    let mut sorted = events.to_vec();
    sorted.sort_by_key(|e| (e.day, e.visitor, e.clock));
    let mut batches: Vec<Batch> = Vec::new();
    for of_day in sorted.chunk_by(|a, b| a.day == b.day) {
        let runs: Vec<_> = of_day.chunk_by(|a, b| a.visitor == b.visitor).collect();
        for some in runs.chunks(visitors) {
            let mut batch = Batch { day: of_day[0].day, terms: vec![Vec::new(); Dimension::COUNT], ..Batch::default() };
            for run in some {
                push(&mut batch, run);
            }
            batches.push(batch);
        }
    }
    batches
}

fn push(batch: &mut Batch, run: &[AnonymousEvent]) {
    let mut visit = 0;
    let mut run_visit = 0;
    let mut first = &run[0];
    for (i, event) in run.iter().enumerate() {
        if i > 0 && !event.visitor.is_nobody() && !same_visit(run[i - 1].clock, event.clock) {
            visit += 1;
            first = event;
        }
        if event.visitor.is_nobody() {
            first = event;
        }
        batch.rows += 1;
        if i == 0 || event.visitor.is_nobody() || run_visit != visit {
            batch.visits.push(Visit { visitor: event.visitor.0, end: 0 });
            run_visit = visit;
        }
        batch.visits.last_mut().expect("a visit").end = batch.rows as u32;
        batch.since_s.push(event.clock.seconds - first.clock.seconds);
        batch.slot.push(event.slot);
        batch.flags.push(event.flags);
        for dimension in Dimension::ALL {
            let of = if dimension.is_of_visit() { first } else { event };
            batch.terms[dimension.index()].push(of.term(*dimension));
        }
        batch.scroll.push(event.scroll);
        batch.engaged_s.push(event.engaged_s);
        batch.revenue_milli.push(event.revenue.map_or(0, |r| r.milli));
        batch.currency.push(event.revenue.map_or(Term::NONE, |r| r.currency));
        batch.languages.push(event.languages.iter().copied());
        batch.tags.push(event.tags.iter().copied());
        batch.properties.push(event.properties.iter().copied());
        batch.marks.push(event.marks);
    }
}

/// Leaves out what the evaluation did not ask for, as storage does.
pub(crate) fn only(batch: &Batch, columns: Columns) -> Batch {
    let mut batch = batch.clone();
    for dimension in Dimension::ALL.iter().filter(|d| !columns.has(**d)) {
        batch.terms[dimension.index()].clear();
    }
    let drop = |wanted: bool| !wanted;
    if drop(columns.slot) {
        batch.slot.clear();
    }
    if drop(columns.scroll) {
        batch.scroll.clear();
    }
    if drop(columns.engaged) {
        batch.engaged_s.clear();
    }
    if drop(columns.revenue) {
        batch.revenue_milli.clear();
        batch.currency.clear();
    }
    if drop(columns.languages) {
        batch.languages = Default::default();
    }
    if drop(columns.tags) {
        batch.tags = Default::default();
    }
    if drop(columns.properties) {
        batch.properties = Default::default();
    }
    if columns.marked {
        batch.marked = batch.find_marked();
    }
    if drop(columns.marks) {
        batch.marks.clear();
    }
    if drop(columns.since) {
        batch.since_s.clear();
    }
    batch
}

fn evaluate(query: &Query, batches: &[Batch]) -> Evaluation {
    let mut evaluation = Evaluation::new(query);
    let columns = evaluation.columns();
    for batch in batches {
        evaluation.batch(&only(batch, columns));
    }
    evaluation
}

pub(crate) fn same(query: &Query, ours: RawAnswer, naive: &RawAnswer) -> Result<(), TestCaseError> {
    let mut rows = ours.rows;
    rows.sort_by(|a, b| a.keys.cmp(&b.keys));
    let told = |row: &RawRow| (row.keys.clone(), row.values.clone(), row.persons);
    prop_assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), naive.rows.iter().map(told).collect::<Vec<_>>());
    prop_assert_eq!(told(&ours.total), told(&naive.total));
    if query.metrics.len() == METRICS.len() {
        prop_assert_eq!(rows, naive.rows.clone());
        prop_assert_eq!(ours.total, naive.total.clone());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn answers_are_those_of_the_naive_evaluator(
        (events, query) in zones().prop_flat_map(|zone| (prop::collection::vec(event(zone.clone()), 0..60), query(zone))),
        split in prop::collection::vec(0usize..3, 4),
    ) {
        let mut events = events;
        for (event, tie) in events.iter_mut().zip(0..) {
            event.clock.tie = tie;
        }
        let expected = naive::evaluate(&query, &events);
        let whole = batches(&events, usize::MAX);
        same(&query, evaluate(&query, &whole).finish(Timestamp(0)).expect("an answer"), &expected)?;

        let mut drawn = Evaluation::new(&query);
        for batch in &whole {
            drawn.batch(&only(batch, drawn.columns()));
            drawn.draw();
        }
        same(&query, drawn.finish(Timestamp(0)).expect("an answer"), &expected)?;

        let cut = batches(&events, 1);
        same(&query, evaluate(&query, &cut).finish(Timestamp(0)).expect("an answer"), &expected)?;

        // Memory for a few groups only.
        let folder = tempfile::tempdir().expect("a folder");
        let to = SpillTo { folder: folder.path().into(), most_groups: 3 };
        let spilled = |batches: &[Batch]| {
            let mut evaluation = Evaluation::new(&query).with_spill(Some(to.clone()));
            let columns = evaluation.columns();
            batches.iter().for_each(|batch| evaluation.batch(&only(batch, columns)));
            evaluation
        };
        same(&query, spilled(&cut).finish(Timestamp(0)).expect("an answer"), &expected)?;

        let part = |number| -> Vec<Batch> {
            let mine = |b: &&Batch| split[(b.day.0 - FIRST) as usize] == number;
            cut.iter().filter(mine).cloned().collect()
        };
        let merged = evaluate(&query, &part(0)).merge(evaluate(&query, &part(1))).merge(evaluate(&query, &part(2)));
        same(&query, merged.finish(Timestamp(0)).expect("an answer"), &expected)?;
        let merged = spilled(&part(0)).merge(spilled(&part(1))).merge(spilled(&part(2)));
        same(&query, merged.finish(Timestamp(0)).expect("an answer"), &expected)?;
    }
}

#[test]
fn large_and_sparse_terms_are_told_apart() {
    let mut query = Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from: Day(FIRST), to: Day(FIRST), slots: None },
        filter: Filter::ALL,
        metrics: vec![Metric::Visitors, Metric::Pageviews],
        groups: vec![Group::Dimension(Dimension::Page)],
        pageview: Term(2),
        engagement: Term(3),
        cap_milli: None,
    };
    let mut events = Vec::new();
    for (visitor, page) in [0, 5, 1 << 10, 1 << 19, (1 << 20) + 7, u32::MAX, 5].into_iter().enumerate() {
        let mut e = AnonymousEvent::blank(SITE, Day(FIRST), Day(FIRST).start(&TimeZone::UTC).slot());
        e.visitor = Visitor(visitor as u64 + 1);
        e.set(Dimension::Event, Term(2));
        e.set(Dimension::Page, Term(page));
        e.set(Dimension::Source, Term(page / 2));
        events.push(e);
    }
    for groups in [vec![Dimension::Page], vec![Dimension::Page, Dimension::Source], vec![Dimension::Source; 4]] {
        query.groups = groups.into_iter().map(Group::Dimension).collect();
        let expected = naive::evaluate(&query, &events);
        let ours = evaluate(&query, &batches(&events, 2)).finish(Timestamp(0)).expect("an answer");
        let mut rows = ours.rows;
        rows.sort_by(|a, b| a.keys.cmp(&b.keys));
        let told = |rows: &[RawRow]| rows.iter().map(|r| (r.keys.clone(), r.values.clone())).collect::<Vec<_>>();
        assert_eq!(told(&rows), told(&expected.rows));
    }
}

#[test]
fn days_outside_the_range_change_nothing() {
    let query = Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from: Day(FIRST), to: Day(FIRST), slots: None },
        filter: Filter::ALL,
        metrics: vec![Metric::Events],
        groups: Vec::new(),
        pageview: Term(2),
        engagement: Term(3),
        cap_milli: None,
    };
    let mut e = AnonymousEvent::blank(SITE, Day(FIRST + 1), Slot(0));
    e.set(Dimension::Event, Term(2));
    let answer = evaluate(&query, &batches(&[e], 1)).finish(Timestamp(7)).expect("an answer");
    assert_eq!((answer.rows.len(), answer.total.values[0], answer.fresh_as_of), (0, Some(0.0), Timestamp(7)));
}
