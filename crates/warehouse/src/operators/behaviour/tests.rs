//! The operator gives the tables of the naive evaluator, however rows are cut into batches and passes.

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Pseudonym, Term, Visitor};
use outis_insight::behaviour::{
    Activity, Attribution, Cell, Direction, Exclusion, Followed, Following, Funnel, Journeys, Model, Order, Retention,
    Returns, Slice, naive,
};
use outis_insight::history::{Counted, Keeping, Kept, is_in};
use std::collections::BTreeMap;

use outis_insight::{EventFilter, Filter, Interval, Key, TermSet};
use proptest::prelude::*;

use super::super::tests::{FIRST, batches, condition, event, filter, only, query, zones};
use super::*;

fn named(names: Vec<u32>) -> Filter {
    Filter::Event(EventFilter::Dimension(Dimension::Event, TermSet::of(names.into_iter().map(Term))))
}

/// Mostly events by name, so that steps are taken often.
fn step() -> impl Strategy<Value = Filter> {
    prop_oneof![
        6 => prop::collection::vec(2u32..5, 1..=2).prop_map(named),
        1 => condition(),
    ]
}

fn value() -> impl Strategy<Value = Group> {
    prop_oneof![
        Just(Group::Dimension(Dimension::Page)),
        Just(Group::Dimension(Dimension::Source)),
        Just(Group::Visit(outis_insight::VisitField::EntryPage)),
        (2u32..4).prop_map(|key| Group::Property(Term(key))),
    ]
}

prop_compose! {
    fn funnel()(
        steps in prop::collection::vec(step(), 2..=4),
        order in prop::sample::select(vec![Order::Ordered, Order::Ordered, Order::Strict, Order::Any, Order::FirstTouch]),
        window_s in prop_oneof![Just(86_400u32), 0u32..4_000, 0u32..400_000],
        exclude in prop::collection::vec((step(), 0usize..4, 1usize..4), 0..=2),
        hold in prop::option::weighted(0.3, value()),
        group in prop::option::weighted(0.3, value()),
        over_time in prop::option::weighted(0.3, prop::sample::select(vec![Interval::Hour, Interval::Day, Interval::Week])),
        optional in prop::bool::weighted(0.3),
    ) -> Funnel {
        let optional = (optional && steps.len() > 2 && order == Order::Ordered).then_some(1);
        let last = steps.len() - 1;
        let exclude = exclude.into_iter().filter_map(|(filter, after, length)| {
            let before = (after + length).min(last);
            let allowed = after < before && Some(after) != optional && Some(before) != optional;
            allowed.then_some(Exclusion { filter, after, before })
        });
        Funnel { exclude: exclude.collect(), steps, order, optional, window_s, hold, group, over_time }
    }
}

prop_compose! {
    fn journeys()(
        direction in prop_oneof![
            prop::option::of(step()).prop_map(Direction::Forward),
            step().prop_map(Direction::Backward),
            (step(), step()).prop_map(|(from, to)| Direction::Between(from, to)),
        ],
        (pages, events) in prop::sample::select(vec![(true, false), (false, true), (true, true)]),
        depth in 1usize..5,
        collapse_repeats in any::<bool>(),
        groups in prop::collection::vec(prop::collection::vec(0u32..4, 1..3), 0..2),
    ) -> Journeys {
        let page_groups = groups.into_iter().map(|pages| TermSet::of(pages.into_iter().map(Term))).collect();
        Journeys { direction, pages, events, depth, collapse_repeats, page_groups }
    }
}

/// Boxed, for together they are too large for a test's stack.
fn about() -> BoxedStrategy<About> {
    let marks = (any::<bool>(), prop::option::of(0u8..8))
        .prop_map(|(by_day, action)| About::Retention(Retention { by_day, action }));
    prop_oneof![
        3 => funnel().prop_map(About::Funnel).boxed(),
        2 => journeys().prop_map(About::Journeys).boxed(),
        1 => Just(About::Visits).boxed(),
        1 => step().prop_map(About::Frequency).boxed(),
        1 => step().prop_map(About::Present).boxed(),
        2 => attribution().prop_map(About::Attribution).boxed(),
        1 => marks.boxed(),
        2 => followed().prop_map(About::Followed).boxed(),
        1 => prop::option::of(weeks()).prop_map(|weeks| About::Lifecycle(Activity { weeks })).boxed(),
    ]
    .boxed()
}

fn weeks() -> impl Strategy<Value = (i32, i32)> {
    let first = Day(FIRST).week();
    (first - 1..first + 2, 0..3).prop_map(|(from, more)| (from, from + more))
}

fn followed() -> impl Strategy<Value = Followed> {
    let returns = prop_oneof![
        (0u32..5, 1u32..4).prop_map(|(from, length)| Returns::Within(from, from + length)),
        (0u32..5).prop_map(Returns::Since),
    ];
    (any::<bool>(), prop::collection::vec(returns, 1..5)).prop_map(|(by_day, columns)| Followed { by_day, columns })
}

fn attribution() -> impl Strategy<Value = Attribution> {
    let models = vec![Model::First, Model::Last, Model::Linear, Model::Position];
    let groups = vec![Group::Dimension(Dimension::Source), Group::Visit(outis_insight::VisitField::EntryPage)];
    (step(), prop::sample::select(groups), prop::sample::select(models)).prop_map(|(goal, group, model)| Attribution {
        goal,
        group,
        model,
    })
}

/// From which day on members are followed, and up to when it is known what they do.
fn following() -> impl Strategy<Value = Option<Following>> {
    let some = (FIRST - 1..FIRST + 3, 0u64..5 * 86_400)
        .prop_map(|(from, seconds)| Following { from: Day(from), until_s: FIRST as u64 * 86_400 + seconds });
    prop_oneof![2 => Just(None), 3 => some.prop_map(Some)]
}

/// Links of some visitors of some days, now and then with contradictions.
pub(crate) fn links() -> impl Strategy<Value = Vec<(Day, Visitor, Pseudonym)>> {
    let link = (FIRST..FIRST + 4, 1u64..5, 0u64..4).prop_map(|(day, visitor, other)| {
        // Mostly visitor and member have the same number, so that days are joined often.
        let pseudonym = if other == 0 { visitor % 4 + 1 } else { visitor };
        (Day(day), Visitor(visitor), Pseudonym(pseudonym << 32))
    });
    prop::collection::vec(link, 0..14)
}

fn few_filters() -> BoxedStrategy<Filter> {
    prop_oneof![2 => Just(Filter::ALL), 1 => filter()].boxed()
}

prop_compose! {
    pub(crate) fn question(zone: TimeZone)(
        base in query(zone), filter in few_filters(), about in about(), following in following(),
    ) -> Behaviour {
        Behaviour { base: Query { filter, groups: Vec::new(), ..base }, about, narrowed: Vec::new(), following }
    }
}

/// Few enough events that all chains can be tried, with an order among those of one second.
pub(crate) fn events(zone: TimeZone) -> impl Strategy<Value = Vec<AnonymousEvent>> {
    prop::collection::vec(event(zone), 0..70).prop_map(|mut events| {
        for (event, tie) in events.iter_mut().zip(0..) {
            event.clock.tie = tie;
        }
        events
    })
}

/// A question about all days without a filter.
fn everything(zone: &TimeZone, filter: Filter) -> Query {
    Query {
        site: super::super::tests::SITE,
        zone: zone.clone(),
        range: outis_insight::DayRange { from: Day(FIRST - 9), to: Day(FIRST + 9), slots: None },
        filter,
        metrics: vec![outis_insight::Metric::Visitors],
        groups: Vec::new(),
        pageview: Term(2),
        engagement: Term(3),
        cap_milli: None,
    }
}

fn pass(question: &Behaviour, links: &Arc<Links>, batches: &[Batch]) -> Tracing {
    let mut tracing = Tracing::new(question, links);
    let columns = tracing.columns();
    batches.iter().for_each(|batch| tracing.batch(&only(batch, columns)));
    tracing
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn tables_are_those_of_the_naive_evaluator(
        (events, question) in zones().prop_flat_map(|zone| (events(zone.clone()), question(zone))),
        links in links(),
        visitors in 1usize..4,
        split in 0i32..4,
    ) {
        let links = Arc::new(Links::of(links));
        let expected = naive::evaluate_linked(&question, &events, &links);
        let all = batches(&events, visitors);
        let whole = pass(&question, &links, &all).finish(Timestamp(0)).expect("few cells");
        prop_assert_eq!(&whole.cells, &expected.cells);

        let (early, late): (Vec<_>, Vec<_>) = all.into_iter().partition(|batch| batch.day < Day(FIRST + split));
        let merged = pass(&question, &links, &late).merge(pass(&question, &links, &early));
        prop_assert_eq!(merged.finish(Timestamp(0)).expect("few cells").cells, expected.cells);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn sets_hold_whom_the_naive_evaluators_count(
        (zone, events) in zones().prop_flat_map(|zone| (Just(zone.clone()), events(zone))),
        known in filter(),
        any in prop_oneof![step(), filter()],
        funnel in funnel(),
    ) {
        let kept = [
            Kept { id: Term(1), counted: Counted::Any(any.clone()), pages: None },
            Kept { id: Term(2), counted: Counted::Funnel(Box::new(funnel.clone())), pages: None },
        ];
        let keeping = Keeping { known: vec![known.clone()], kept: kept.to_vec(), pairs: Vec::new() };
        let mut sets = Sets::new(everything(&zone, Filter::ALL), &keeping);
        batches(&events, 2).iter().for_each(|batch| sets.batch(batch));
        let counted = sets.finish();
        let together = counted.together.expect("few combinations");
        let visitors = |set: usize| -> u64 {
            together.iter().filter(|(mask, _)| is_in(mask, set)).map(|(_, crowd)| crowd.visitors).sum()
        };
        let naively = |filter: Filter| outis_insight::naive::evaluate(&everything(&zone, filter), &events).total;
        let all = naively(Filter::ALL);
        prop_assert!(together.values().map(|crowd| crowd.visitors).sum::<u64>() >= all.parts.visitors);
        prop_assert_eq!(visitors(0), naively(known).parts.visitors);
        prop_assert_eq!(visitors(1), naively(any.clone()).parts.visitors);
        for (dimension, shares) in counted.shares {
            let query = Query { groups: vec![Group::Dimension(dimension)], ..everything(&zone, any.clone()) };
            let naively = outis_insight::naive::evaluate(&query, &events).rows;
            let naively = naively.iter().filter(|row| row.parts.visitors > 0);
            let mut ours: BTreeMap<Vec<Key>, u64> = BTreeMap::new();
            for ((value, _), share) in shares.iter().filter(|((_, mask), _)| is_in(mask, 1)) {
                *ours.entry(vec![Key::Term(*value)]).or_default() += share.crowd.visitors;
            }
            prop_assert_eq!(ours, naively.map(|row| (row.keys.clone(), row.parts.visitors)).collect());
            let persons = shares.values().map(|share| share.own).sum::<u64>();
            prop_assert_eq!(persons, together.values().map(|crowd| crowd.persons).sum::<u64>());
        }
        let about = About::Funnel(funnel.clone());
        let table = naive::evaluate(
            &Behaviour { base: everything(&zone, Filter::ALL), about, narrowed: Vec::new(), following: None },
            &events,
        );
        for step in 0..funnel.steps.len() {
            let reached = Cell::Reached { slice: Slice::All, step: step as u8 };
            prop_assert_eq!(visitors(2 + step), table.of(&reached).count, "step {}", step);
        }
    }
}
