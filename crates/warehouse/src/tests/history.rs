//! Days become cells once, whatever happens, and cells answer as rows did.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Flags, Policy, Record, ShiftedClock, Site, Slot, Term, Visitor};
use outis_insight::behaviour::{About, Behaviour};
use outis_insight::history::{Family, HistoryAnswer, Span};
use outis_insight::{
    DayRange, EvaluateError, EventFilter, Filter, Group, Interval, Metric, Query, ShownKey, TermSet, naive,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::{World, block_on, noon, site};
use crate::operators::tests::{FIRST, SITE, event, zones};
use crate::{Warehouse, WarehouseError, WarehouseOptions};

const KEPT: [Metric; 10] = [
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
];
/// A Monday that begins a period.
pub(super) const MONDAY: Day = Day(20_752);

pub(super) fn with_floor(floor: u32, zone: &TimeZone) -> Arc<Site> {
    let mut site = Site::clone(&site(SITE, zone));
    site.policy = Policy { floor, ..site.policy };
    Arc::new(site)
}

pub(super) fn question(zone: &TimeZone, from: Day, to: Day, groups: Vec<Group>) -> Query {
    Query {
        site: SITE,
        zone: zone.clone(),
        range: DayRange { from, to, slots: None },
        filter: Filter::ALL,
        metrics: KEPT.to_vec(),
        groups,
        pageview: Term(2),
        engagement: Term(3),
        cap_milli: None,
    }
}

pub(super) async fn world(events: &[AnonymousEvent]) -> (World, Warehouse) {
    let mut world =
        World::new(WarehouseOptions { tail_rows: 10, merge_files: 2, pass_rows: 50, ..WarehouseOptions::default() })
            .await;
    let first = events.iter().map(|e| e.day).min().unwrap_or(Day(FIRST));
    world.clock.set(noon(first));
    let warehouse = world.open().await;
    let vocabulary = warehouse.vocabulary(SITE);
    for name in ["pageview", "engagement", "click"] {
        vocabulary.admit(Dimension::Event, name);
    }
    vocabulary.admit(outis_event::Space::PROPERTY, "a");
    vocabulary.admit(outis_event::Space::PROPERTY, "b");
    let words = warehouse.drain_words();
    let mut frame = world.frame(events);
    frame.records.extend(words.into_iter().map(|(site, word)| Record::Word(site, word)));
    warehouse.take(frame);
    warehouse.sight(SITE, 1);
    warehouse.flush().await.expect("flush");
    (world, warehouse)
}

type Told = BTreeMap<Vec<ShownKey>, Vec<Option<f64>>>;

fn of_history(answer: &HistoryAnswer) -> Told {
    answer.rows.iter().map(|row| (row.keys.clone(), row.values.clone())).collect()
}

fn of_rows(query: &Query, events: &[AnonymousEvent]) -> Told {
    let key = |key: &outis_insight::Key| match key {
        outis_insight::Key::Term(term) => ShownKey::Term(*term),
        outis_insight::Key::Time(start) => ShownKey::Time(*start),
    };
    let answer = naive::evaluate(query, events);
    answer.rows.iter().map(|row| (row.keys.iter().map(key).collect(), row.values.clone())).collect()
}

pub(super) async fn told(warehouse: &Warehouse, query: &Query) -> HistoryAnswer {
    warehouse.history(query).await.expect("an answer").0
}

/// At floor 1 every family tells what rows told, over all days and day by day.
async fn exact(zone: &TimeZone, events: &[AnonymousEvent]) -> Result<(), TestCaseError> {
    let (world, warehouse) = world(events).await;
    world.clock.set(noon(Day(FIRST + 6)));
    warehouse.maintain(&[with_floor(1, zone)]).await.expect("maintain");
    let (from, to) = (Day(FIRST), Day(FIRST + 5));
    for family in Family::declared([Term(2), Term(3)], &[], true) {
        for time in [None, Some(Group::Time(Interval::Day)), Some(Group::Time(Interval::Week))] {
            let query = question(zone, from, to, family.groups().into_iter().chain(time).collect());
            prop_assert_eq!(of_history(&told(&warehouse, &query).await), of_rows(&query, events), "{:?}", family);
        }
    }
    for time in [Interval::Hour, Interval::Day, Interval::Month] {
        let mut query = question(zone, from, to, vec![Group::Time(time)]);
        query.metrics.push(Metric::TotalRevenue);
        let answer = told(&warehouse, &query).await;
        prop_assert_eq!(of_history(&answer), of_rows(&query, events));
        prop_assert_eq!(answer.total.values, naive::evaluate(&query, events).total.values);
    }
    // A single value of one group, by the other.
    let mut query = question(zone, from, to, vec![Group::Dimension(Dimension::Source)]);
    query.metrics = vec![Metric::Visitors, Metric::Events];
    query.filter = Filter::Event(EventFilter::Dimension(Dimension::Country, TermSet::of([Term(2)])));
    prop_assert_eq!(of_history(&told(&warehouse, &query).await), of_rows(&query, events));
    Ok(())
}

/// At any floor shown rows and `(other)` together are everything.
async fn everything(zone: &TimeZone, events: &[AnonymousEvent], floor: u32) -> Result<(), TestCaseError> {
    let (world, warehouse) = world(events).await;
    let site = with_floor(floor, zone);
    for days in [6, 14, 60] {
        world.clock.set(noon(Day(FIRST + days)));
        warehouse.sight(SITE, 1);
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        for family in Family::declared([Term(2)], &[], true) {
            let (from, to) = (MONDAY.plus(-35), MONDAY.plus(69));
            let query = question(zone, from, to, family.groups());
            let answer = told(&warehouse, &query).await;
            let sum: u64 = answer.rows.iter().map(|row| row.parts.events).sum();
            let rows = naive::evaluate(&query, events);
            let all: u64 = rows.rows.iter().map(|row| row.parts.events).sum();
            // Of a day of few only the site's totals are told.
            let few = answer.total.parts.events;
            prop_assert!(sum == all || floor > 1 && sum <= all.max(few), "{family:?}: {sum} of {all}");
            prop_assert_eq!(answer.total.parts.events, rows.total.parts.events);
        }
        // Of one country, by source and by day: what is told, and the rest of what is told of the country.
        for time in [None, Some(Group::Time(Interval::Day))] {
            let groups = [Group::Dimension(Dimension::Source)].into_iter().chain(time).collect();
            let mut query = question(zone, MONDAY.plus(-35), MONDAY.plus(69), groups);
            query.filter = Filter::Event(EventFilter::Dimension(Dimension::Country, TermSet::of([Term(2)])));
            let answer = told(&warehouse, &query).await;
            let sum: u64 = answer.rows.iter().map(|row| row.parts.events).sum();
            prop_assert!(time.is_some() || sum == answer.total.parts.events);
            query.groups.clear();
            let alone = told(&warehouse, &query).await.total.parts.events;
            prop_assert!(time.is_some() || answer.total.parts.events == alone);
            prop_assert!(answer.total.parts.events <= naive::evaluate(&query, events).total.parts.events);
        }
    }
    Ok(())
}

pub(super) fn numbered(mut events: Vec<AnonymousEvent>) -> Vec<AnonymousEvent> {
    for (event, tie) in events.iter_mut().zip(0..) {
        event.clock.tie = tie;
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn cells_answer_as_rows_did(
        (zone, events) in zones().prop_flat_map(|zone| (
            Just(zone.clone()), prop::collection::vec(event(zone), 0..60),
        )),
    ) {
        block_on(exact(&zone, &numbered(events)))?;
    }

    #[test]
    fn shown_rows_and_the_others_are_everything(
        (zone, events) in zones().prop_flat_map(|zone| (
            Just(zone.clone()), prop::collection::vec(event(zone), 0..80),
        )),
        floor in 1u32..5,
    ) {
        block_on(everything(&zone, &numbered(events), floor))?;
    }
}

/// Some weeks of a site where everybody sees the first page and some see others.
pub(super) fn weeks(days: i32) -> Vec<AnonymousEvent> {
    let mut events = Vec::new();
    for day in (0..days).map(|at| MONDAY.plus(at)) {
        for visitor in 1..=20u32 {
            for step in 0..2 {
                let mut e = AnonymousEvent::blank(SITE, day, Slot(day.0 as u32 * 96 + 40));
                e.visitor = Visitor(u64::from(visitor) + day.0 as u64 * 100);
                e.clock = ShiftedClock { seconds: 1_000 + step * 60, tie: 0 };
                e.flags = Flags::COUNTS_FOR_FLOOR;
                e.set(Dimension::Event, Term(2));
                let page = if step == 0 { 2 } else { 3 + (visitor + day.0 as u32) % 7 };
                e.set(Dimension::Page, Term(page));
                events.push(e);
            }
        }
    }
    events
}

/// A life of a site's days up to a week after them.
pub(super) async fn live(world: &World, warehouse: &Warehouse, days: i32) -> Result<(), WarehouseError> {
    let site = with_floor(10, &TimeZone::UTC);
    for day in 1..=days + 7 {
        world.clock.set(noon(MONDAY.plus(day)));
        warehouse.maintain(std::slice::from_ref(&site)).await?;
    }
    Ok(())
}

fn pages() -> Query {
    question(&TimeZone::UTC, MONDAY, MONDAY.plus(34), vec![Group::Dimension(Dimension::Page)])
}

#[test]
fn days_become_cells_once_whenever_the_process_ends() {
    let expected = block_on(async {
        let (world, warehouse) = world(&weeks(8)).await;
        live(&world, &warehouse, 8).await.expect("lived");
        of_history(&told(&warehouse, &pages()).await)
    });
    assert!(expected.len() > 1);
    let mut ended = 0;
    for writes in (0..).step_by(3) {
        let over = block_on(async {
            let (world, warehouse) = world(&weeks(8)).await;
            world.fuse.burn_after(writes);
            let lived = live(&world, &warehouse, 8).await;
            let out = world.fuse.is_out();
            assert!(out || lived.is_ok());
            drop(warehouse);
            world.fuse.renew();
            let warehouse = world.open().await;
            live(&world, &warehouse, 8).await.expect("goes on");
            assert_eq!(of_history(&told(&warehouse, &pages()).await), expected);
            let (files, keys) = world.left().await;
            assert_eq!(files, keys);
            assert_eq!(of_history(&told(&world.open().await, &pages()).await), expected);
            !out
        });
        if over {
            break;
        }
        ended += 1;
    }
    assert!(ended > 5, "only {ended} places to end at");
}

#[test]
fn cells_outlive_rows_and_say_what_they_cannot_answer() {
    block_on(async {
        let (world, warehouse) = world(&weeks(10)).await;
        let site = with_floor(10, &TimeZone::UTC);
        world.clock.set(noon(MONDAY.plus(12)));
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        assert!(!warehouse.is_past(&pages()));
        let before = of_history(&told(&warehouse, &pages()).await);
        world.clock.set(noon(MONDAY.plus(38)));
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        assert!(warehouse.is_past(&pages()));
        assert_eq!(warehouse.first_day(SITE), Some(MONDAY));
        assert!(of_history(&told(&warehouse, &pages()).await).len() >= before.len());
        let four = question(
            &TimeZone::UTC,
            MONDAY,
            MONDAY.plus(20),
            vec![Group::Dimension(Dimension::Page), Group::Dimension(Dimension::Os)],
        );
        let rows_from = Some(MONDAY.plus(3));
        assert_eq!(warehouse.history(&four).await.err(), Some(EvaluateError::NotKept { kept_from: None }));
        let tags = Query { groups: vec![Group::Tag, Group::Dimension(Dimension::Os)], ..four };
        assert_eq!(warehouse.history(&tags).await.err(), Some(EvaluateError::NotInHistory { rows_from }));
        let visits = |from| {
            let base = question(&TimeZone::UTC, from, MONDAY.plus(20), Vec::new());
            Behaviour { base, about: About::Visits, narrowed: Vec::new(), following: None }
        };
        let sight = warehouse.sight(SITE, 1);
        let refused = warehouse.behaviour(&visits(MONDAY), sight).await.err();
        assert_eq!(refused, Some(EvaluateError::NotInHistory { rows_from }));
        assert!(warehouse.behaviour(&visits(MONDAY.plus(3)), sight).await.is_ok());
    });
}

#[test]
fn what_waits_is_released_with_its_week() {
    block_on(async {
        let (world, warehouse) = world(&weeks(7)).await;
        let site = with_floor(5, &TimeZone::UTC);
        warehouse.tell_persons_by(Arc::new(Visitors));
        world.clock.set(noon(MONDAY.plus(6)));
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        let query = question(&TimeZone::UTC, MONDAY, Span::Week.last(MONDAY), vec![Group::Dimension(Dimension::Page)]);
        let days = told(&warehouse, &query).await;
        world.clock.set(noon(MONDAY.plus(8)));
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        let week = told(&warehouse, &query).await;
        assert!(week.rows.len() > days.rows.len() + 3, "{} {}", days.rows.len(), week.rows.len());
    });
}

/// Every visitor is another person.
pub(super) struct Visitors;

impl outis_insight::history::Presence for Visitors {
    fn secret(&self, _: outis_event::SiteId, _: Day) -> Option<u64> {
        Some(1)
    }

    fn bit(&self, _: outis_event::SiteId, _: Day, visitor: Visitor, _: &[u8], _: bool) -> Option<u8> {
        Some((visitor.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as u8)
    }

    fn forget(&self, _: outis_event::SiteId, _: Day) {}
}

#[test]
fn a_visitor_is_in_cells_with_so_many_rows_only() {
    block_on(async {
        let mut events = weeks(1);
        for i in 0..700u16 {
            let mut e = events[0].clone();
            e.clock = ShiftedClock { seconds: 1_100, tie: i };
            e.set(Dimension::Page, Term(30));
            events.push(e);
        }
        let (world, warehouse) = world(&events).await;
        world.clock.set(noon(MONDAY.plus(2)));
        warehouse.maintain(&[with_floor(1, &TimeZone::UTC)]).await.expect("maintain");
        let answer = told(&warehouse, &pages()).await;
        assert_eq!(answer.total.parts.events, events.len() as u64);
        let page = answer.rows.iter().find(|row| row.keys == [ShownKey::Term(Term(30))]).expect("a row");
        assert!(page.parts.events < 500 && page.parts.events > 490);
    });
}

#[test]
fn a_catalogue_without_history_opens() {
    block_on(async {
        let (world, warehouse) = world(&weeks(1)).await;
        drop(warehouse);
        for sql in [
            "DROP TABLE warehouse_cells",
            "DROP TABLE warehouse_closed",
            "DROP TABLE warehouse_counts",
            "UPDATE warehouse_meta SET value = 1 WHERE name = 'version'",
        ] {
            sqlx::query(sql).execute(&world.pool).await.expect("an older catalogue");
        }
        let warehouse = world.open().await;
        live(&world, &warehouse, 1).await.expect("lived");
        assert_eq!(told(&warehouse, &pages()).await.total.parts.events, 40);
    });
}
