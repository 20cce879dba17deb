//! Answers move on only when enough people have come.

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Flags, Slot, Term, Visitor};
use outis_insight::{DayRange, Filter, Metric, Query};

use super::{World, block_on, noon, site};
use crate::operators::tests::{FIRST, SITE};
use crate::{Warehouse, WarehouseOptions};

fn page_view(visitor: u64) -> AnonymousEvent {
    let mut e = AnonymousEvent::blank(SITE, Day(FIRST), Slot(FIRST as u32 * 96 + 40));
    e.visitor = Visitor(visitor);
    e.flags = Flags::COUNTS_FOR_FLOOR;
    e.set(Dimension::Event, Term(2));
    e
}

fn question() -> Query {
    Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from: Day(FIRST), to: Day(FIRST), slots: None },
        filter: Filter::ALL,
        metrics: vec![Metric::Pageviews],
        groups: Vec::new(),
        pageview: Term(2),
        engagement: Term(3),
        cap_milli: None,
    }
}

async fn page_views(warehouse: &Warehouse, floor: u32) -> f64 {
    let sight = warehouse.sight(SITE, floor);
    let answer = warehouse.evaluate(&question(), sight).await.expect("an answer");
    answer.total.values[0].expect("a number")
}

#[test]
fn fewer_people_than_the_floor_change_nothing() {
    block_on(async {
        let mut world = World::new(WarehouseOptions { merge_files: 2, ..WarehouseOptions::default() }).await;
        world.clock.set(noon(Day(FIRST)));
        let warehouse = world.open().await;
        let sites = [site(SITE, &TimeZone::UTC)];
        for visitor in 1..=10 {
            assert_eq!(page_views(&warehouse, 10).await, 0.0);
            // Again and again the same people.
            warehouse.take(world.frame(&[page_view(visitor), page_view(1)]));
            warehouse.flush().await.expect("flush");
        }
        assert_eq!(page_views(&warehouse, 10).await, 20.0);
        for visitor in 1..=9 {
            warehouse.take(world.frame(&[page_view(visitor)]));
            assert_eq!(page_views(&warehouse, 10).await, 20.0);
        }
        // Neither writing nor a restart shows them.
        warehouse.flush().await.expect("flush");
        assert_eq!(page_views(&warehouse, 10).await, 20.0);
        let warehouse = world.open().await;
        assert_eq!(page_views(&warehouse, 10).await, 20.0);
        assert_eq!(page_views(&warehouse, 1).await, 29.0);
        warehouse.maintain(&sites).await.expect("maintain");
        assert_eq!(page_views(&warehouse, 10).await, 29.0);
    });
}

#[test]
fn events_of_nobody_and_uncounted_visitors_move_nothing() {
    block_on(async {
        let mut world = World::new(WarehouseOptions::default()).await;
        let warehouse = world.open().await;
        for visitor in 0..100 {
            let mut event = page_view(visitor);
            event.flags = Flags::default();
            warehouse.take(world.frame(&[event, page_view(0)]));
        }
        assert_eq!(page_views(&warehouse, 5).await, 0.0);
        assert_eq!(warehouse.live(SITE), 0);
    });
}

#[test]
fn live_counts_those_of_the_last_minutes() {
    block_on(async {
        let mut world = World::new(WarehouseOptions::default()).await;
        world.clock.set(noon(Day(FIRST)));
        let warehouse = world.open().await;
        warehouse.take(world.frame(&[page_view(1), page_view(2), page_view(2)]));
        world.clock.advance_ms(200_000);
        warehouse.take(world.frame(&[page_view(2), page_view(3)]));
        assert_eq!(warehouse.live(SITE), 3);
        world.clock.advance_ms(200_000);
        assert_eq!(warehouse.live(SITE), 2);
        world.clock.advance_ms(200_000);
        assert_eq!(warehouse.live(SITE), 0);
    });
}
