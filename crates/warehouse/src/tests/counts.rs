//! Answers with day counts are those of rows, bit for bit, and counts go with the rows they are of.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Record, Site, Space, Term};
use outis_insight::{
    DayRange, EvaluateError, EventFilter, Filter, Group, Interval, Key, Metric, Query, RawAnswer, RawRow, TermSet,
    VisitField, naive,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::{World, block_on, noon, site};
use crate::operators::tests::{FIRST, METRICS, SITE, condition, event, same, zones};
use crate::{Warehouse, WarehouseOptions};

fn options() -> WarehouseOptions {
    WarehouseOptions { tail_rows: 10, merge_files: 2, pass_rows: 30, ..WarehouseOptions::default() }
}

/// A site whose words are there, and rows of it in files.
async fn world(events: &[AnonymousEvent]) -> (World, Warehouse) {
    let mut world = World::new(options()).await;
    world.clock.set(noon(Day(FIRST)));
    let warehouse = world.open().await;
    let vocabulary = warehouse.vocabulary(SITE);
    for name in ["pageview", "engagement"] {
        vocabulary.admit(Dimension::Event, name);
    }
    for name in ["a", "b"] {
        vocabulary.admit(Space::PROPERTY, name);
    }
    let words = warehouse.drain_words();
    let mut frame = world.frame(events);
    frame.records.extend(words.into_iter().map(|(site, word)| Record::Word(site, word)));
    world.journal(frame.clone());
    warehouse.take(frame);
    warehouse.sight(SITE, 1);
    warehouse.flush().await.expect("flush");
    (world, warehouse)
}

/// Groups that are counted, alone and over time.
fn groups() -> impl Strategy<Value = Vec<Group>> {
    let values = [Dimension::Event, Dimension::Hostname, Dimension::Page, Dimension::Source, Dimension::Country];
    let more = [
        Group::Dimension(Dimension::Item),
        Group::Visit(VisitField::EntryPage),
        Group::Visit(VisitField::ExitPage),
        Group::Property(Term(2)),
        Group::Property(Term(3)),
        Group::Language,
        Group::Tag,
    ];
    let value = prop::sample::select([values.map(Group::Dimension).to_vec(), more.to_vec()].concat());
    let time = prop::sample::select(&[Interval::Day, Interval::Week, Interval::Month][..]).prop_map(Group::Time);
    prop_oneof![
        1 => Just(Vec::new()),
        1 => Just(vec![Group::Time(Interval::Hour)]),
        1 => time.clone().prop_map(|time| vec![time]),
        3 => value.clone().prop_map(|value| vec![value]),
        2 => (value.clone(), time.clone()).prop_map(|(value, time)| vec![value, time]),
        1 => (value, time).prop_map(|(value, time)| vec![time, value]),
    ]
}

prop_compose! {
    fn question(zone: TimeZone)(
        from in FIRST..FIRST + 3, days in 0i32..4, groups in groups(),
        metrics in prop_oneof![Just(METRICS.to_vec()), prop::sample::subsequence(METRICS.to_vec(), 1..4)],
    ) -> Query {
        Query {
            site: SITE,
            zone: zone.clone(),
            range: DayRange { from: Day(from), to: Day(from + days), slots: None },
            filter: Filter::ALL,
            metrics,
            groups,
            pageview: Term(2),
            engagement: Term(3),
            cap_milli: None,
        }
    }
}

/// The same question, put so that counts do not answer it.
fn from_rows(query: &Query) -> Query {
    Query { filter: Filter::Not(Box::new(Filter::Or(Vec::new()))), ..query.clone() }
}

fn by_keys(answer: &RawAnswer) -> BTreeMap<Vec<Key>, RawRow> {
    answer.rows.iter().map(|row| (row.keys.clone(), row.clone())).collect()
}

/// Asks both ways. Values are compared by their bits.
async fn ask(warehouse: &Warehouse, query: &Query, events: &[AnonymousEvent]) -> Result<(), TestCaseError> {
    let sight = warehouse.sight(SITE, 1);
    let ours = warehouse.evaluate(query, sight).await.expect("an answer");
    let rows = warehouse.evaluate(&from_rows(query), sight).await.expect("an answer");
    prop_assert_eq!(&ours.total, &rows.total);
    prop_assert_eq!(by_keys(&ours), by_keys(&rows));
    prop_assert_eq!(ours.rows.len(), rows.rows.len());
    let bits = |answer: &RawAnswer| -> Vec<Vec<Option<u64>>> {
        let of = |row: &RawRow| row.values.iter().map(|value| value.map(f64::to_bits)).collect();
        by_keys(answer).values().map(of).collect()
    };
    prop_assert_eq!(bits(&ours), bits(&rows));
    same(query, ours, &naive::evaluate(query, events))
}

/// Destroys every file of rows behind the warehouse's back.
async fn lose_rows(world: &World) {
    use futures::TryStreamExt;
    use object_store::{ObjectStore, ObjectStoreExt, path::Path};
    let files: Vec<_> = world.disk.list(Some(&Path::from("rows"))).try_collect().await.expect("listing");
    assert!(!files.is_empty());
    for file in files {
        world.disk.delete(&file.location).await.expect("deleted");
    }
}

fn days_of(events: &[AnonymousEvent]) -> usize {
    let days: std::collections::BTreeSet<Day> = events.iter().map(|e| e.day).collect();
    days.len()
}

async fn run(
    zone: &TimeZone,
    events: &[AnonymousEvent],
    late: &AnonymousEvent,
    queries: &[Query],
) -> Result<(), TestCaseError> {
    let (mut world, warehouse) = world(events).await;
    let sites = [site(SITE, zone)];
    // Some days are over and counted, others are open.
    world.clock.set(noon(Day(FIRST + 3)));
    warehouse.maintain(&sites).await.expect("maintain");
    for query in queries.iter().chain(queries) {
        ask(&warehouse, query, events).await?;
    }
    world.clock.set(noon(Day(FIRST + 9)));
    let counted = warehouse.maintain(&sites).await.expect("maintain").counted;
    prop_assert!(counted <= days_of(events));
    let warehouse = world.open().await;
    for query in queries {
        ask(&warehouse, query, events).await?;
    }
    // Something comes for a day that was counted: into memory, into a file, and into the counts.
    let mut all = events.to_vec();
    let mut late = late.clone();
    late.visitor = outis_event::Visitor(0);
    all.push(late.clone());
    warehouse.take(world.frame(&[late]));
    for query in queries {
        ask(&warehouse, query, &all).await?;
    }
    warehouse.flush().await.expect("flush");
    for query in queries {
        ask(&warehouse, query, &all).await?;
    }
    prop_assert_eq!(warehouse.maintain(&sites).await.expect("maintain").counted, 1);
    prop_assert_eq!(warehouse.maintain(&sites).await.expect("maintain").counted, 0);
    for query in queries {
        ask(&warehouse, query, &all).await?;
    }
    // Counts alone are enough.
    lose_rows(&world).await;
    let warehouse = world.open().await;
    let sight = warehouse.sight(SITE, 1);
    for query in queries {
        same(query, warehouse.evaluate(query, sight).await.expect("an answer"), &naive::evaluate(query, &all))?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn counts_answer_as_rows_do(
        (zone, events, late, queries) in zones().prop_flat_map(|zone| (
            Just(zone.clone()),
            prop::collection::vec(event(zone.clone()), 1..80),
            event(zone.clone()),
            prop::collection::vec(question(zone), 4),
        )),
    ) {
        let mut events = events;
        for (event, tie) in events.iter_mut().zip(0..) {
            event.clock.tie = tie;
        }
        block_on(run(&zone, &events, &late, &queries))?;
    }
}

/// However much is read, it is known whether there are enough persons.
async fn count(warehouse: &Warehouse, query: &Query, events: &[AnonymousEvent]) -> Result<(), TestCaseError> {
    let exact = naive::evaluate(query, events).total.persons;
    for enough in [1, 2, exact.max(1), exact + 1] {
        let sight = warehouse.sight(SITE, 1);
        let persons = warehouse.persons(query, sight, enough).await.expect("a number");
        prop_assert!(persons <= exact, "{} of {}", persons, exact);
        prop_assert_eq!(persons >= enough, exact >= enough);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn enough_persons_are_told_from_too_few(
        (zone, events, queries) in zones().prop_flat_map(|zone| (
            Just(zone.clone()),
            prop::collection::vec(event(zone.clone()), 1..80),
            prop::collection::vec((question(zone), condition()), 4),
        )),
    ) {
        let queries = queries.into_iter().map(|(query, condition)| {
            Query { groups: Vec::new(), filter: Filter::And(vec![Filter::ALL, condition]), ..query }
        });
        block_on(async {
            let (world, warehouse) = world(&events).await;
            world.clock.set(noon(Day(FIRST + 3)));
            warehouse.maintain(&[site(SITE, &zone)]).await.expect("maintain");
            for query in queries {
                count(&warehouse, &query, &events).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}

fn sample() -> Vec<AnonymousEvent> {
    let event = |i: u32| {
        let day = FIRST + (i % 3) as i32;
        let mut e = AnonymousEvent::blank(SITE, Day(day), outis_event::Slot(day as u32 * 96 + 40));
        e.visitor = outis_event::Visitor(u64::from(i % 7) + 1);
        e.clock = outis_event::ShiftedClock { seconds: 1_000 + i * 40, tie: 0 };
        e.flags = outis_event::Flags::COUNTS_FOR_FLOOR;
        e.set(Dimension::Event, Term(2));
        e.set(Dimension::Page, Term(2 + i % 5));
        e
    };
    (0..60).map(event).collect()
}

fn pages() -> Query {
    Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from: Day(FIRST), to: Day(FIRST + 2), slots: None },
        filter: Filter::ALL,
        metrics: vec![Metric::Visitors, Metric::BounceRate],
        groups: vec![Group::Dimension(Dimension::Page)],
        pageview: Term(2),
        engagement: Term(3),
        cap_milli: None,
    }
}

#[test]
fn counts_are_made_anew_when_their_words_mean_something_else() {
    block_on(async {
        let (world, warehouse) = world(&sample()).await;
        let sites = [site(SITE, &TimeZone::UTC)];
        world.clock.set(noon(Day(FIRST + 9)));
        assert_eq!(warehouse.maintain(&sites).await.expect("maintain").counted, 3);
        let elsewhere: Arc<Site> = site(SITE, &TimeZone::get("Asia/Kathmandu").expect("bundled zone"));
        assert_eq!(warehouse.maintain(&[elsewhere]).await.expect("maintain").counted, 3);
        let query = Query { pageview: Term(9), ..pages() };
        ask(&warehouse, &query, &sample()).await.expect("the same");
    });
}

#[test]
fn counts_expire_with_their_rows() {
    block_on(async {
        let (world, warehouse) = world(&sample()).await;
        let sites = [site(SITE, &TimeZone::UTC)];
        world.clock.set(noon(Day(FIRST + 9)));
        warehouse.maintain(&sites).await.expect("maintain");
        ask(&warehouse, &pages(), &sample()).await.expect("the same");
        let listed = "SELECT count(*) FROM warehouse_counts";
        let listed = || async { sqlx::query_scalar::<_, i64>(listed).fetch_one(&world.pool).await.expect("a count") };
        assert_eq!(listed().await, 3);
        let before = world.left().await;
        for left in (0..3).rev() {
            world.clock.set(noon(Day(FIRST + 38 - left)));
            assert_eq!(warehouse.maintain(&sites).await.expect("maintain").expired, 1);
            assert_eq!(listed().await, i64::from(left));
            let kept: Vec<_> = sample().into_iter().filter(|e| e.day > Day(FIRST + 2 - left)).collect();
            ask(&warehouse, &pages(), &kept).await.expect("the same");
        }
        // Rows and counts of three days, and their keys.
        let after = world.left().await;
        assert_eq!((before.0 - after.0, after.0), (6, after.1));
        // What was read is not remembered either.
        let sight = warehouse.sight(SITE, 1);
        let answer = warehouse.evaluate(&pages(), sight).await.expect("an answer");
        assert!(answer.rows.is_empty());
    });
}

#[test]
fn what_counts_do_not_tell_is_asked_of_rows() {
    block_on(async {
        let (world, warehouse) = world(&sample()).await;
        world.clock.set(noon(Day(FIRST + 9)));
        warehouse.maintain(&[site(SITE, &TimeZone::UTC)]).await.expect("maintain");
        lose_rows(&world).await;
        let warehouse = world.open().await;
        let sight = warehouse.sight(SITE, 1);
        let first = Filter::Event(EventFilter::Dimension(Dimension::Page, TermSet::of([Term(2)])));
        let two = [Dimension::Page, Dimension::Country].map(Group::Dimension).to_vec();
        let by_hour = vec![Group::Dimension(Dimension::Page), Group::Time(Interval::Hour)];
        let slots = DayRange { slots: Some((outis_event::Slot(0), outis_event::Slot(9))), ..pages().range };
        for query in [
            Query { filter: first, ..pages() },
            Query { groups: two, ..pages() },
            Query { groups: by_hour, ..pages() },
            Query { groups: vec![Group::Property(Term(77))], ..pages() },
            Query { range: slots, ..pages() },
        ] {
            let answer = warehouse.evaluate(&query, sight).await;
            assert_eq!(answer.expect_err("there are no rows"), EvaluateError::Unavailable);
        }
        warehouse.evaluate(&pages(), sight).await.expect("an answer");
    });
}
