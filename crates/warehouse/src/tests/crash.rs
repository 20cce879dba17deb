//! A process that ends at any step loses no row and counts none twice.

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Flags, Record, ShiftedClock, SiteId, Slot, Space, Term, Visitor};
use outis_event::{Sequence, WordRecord};
use outis_insight::{DayRange, Filter, Group, Metric, Query, naive};

use super::{NODE, World, block_on, noon, site};
use crate::operators::tests::{FIRST, SITE, same};
use crate::{Warehouse, WarehouseError, WarehouseOptions};

fn events(from: u32) -> Vec<AnonymousEvent> {
    (from..from + 20)
        .map(|i| {
            let day = FIRST + (i % 2) as i32;
            let mut e = AnonymousEvent::blank(SITE, Day(day), Slot(day as u32 * 96 + 40));
            e.visitor = Visitor(u64::from(i % 7));
            e.clock = ShiftedClock { seconds: 1_000 + i * 400, tie: 0 };
            e.flags = Flags::COUNTS_FOR_FLOOR;
            e.set(Dimension::Event, Term(2));
            e.set(Dimension::Page, Term(2 + i % 5));
            e.languages = vec![Term(2 + i % 2)];
            e
        })
        .collect()
}

fn question() -> Query {
    Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from: Day(FIRST), to: Day(FIRST + 1), slots: None },
        filter: Filter::ALL,
        metrics: vec![Metric::Visitors, Metric::Visits, Metric::Pageviews, Metric::VisitDuration],
        groups: vec![Group::Dimension(Dimension::Page), Group::Language],
        pageview: Term(2),
        engagement: Term(3),
        cap_milli: None,
    }
}

/// What day counts answer. The site has no words, so counts know no page views either.
fn counted() -> Query {
    let nothing = Term(u32::MAX);
    Query { groups: vec![Group::Dimension(Dimension::Page)], pageview: nothing, engagement: nothing, ..question() }
}

async fn check(warehouse: &Warehouse, all: &[AnonymousEvent]) {
    for query in [question(), counted()] {
        let expected = naive::evaluate(&query, all);
        let sight = warehouse.sight(SITE, 1);
        let ours = warehouse.evaluate(&query, sight).await.expect("an answer");
        same(&query, ours, &expected).expect("the same answer");
    }
}

fn options() -> WarehouseOptions {
    WarehouseOptions { tail_rows: 10, merge_files: 2, pass_rows: 15, ..WarehouseOptions::default() }
}

/// A life of some rows: written, merged, compacted.
async fn live(world: &World, warehouse: &Warehouse, frames: &[outis_journal::Frame]) -> Result<(), WarehouseError> {
    let sites = [site(SITE, &TimeZone::UTC)];
    world.clock.set(noon(Day(FIRST)));
    for frame in frames {
        warehouse.take(frame.clone());
        warehouse.sight(SITE, 1);
        warehouse.flush().await?;
    }
    warehouse.maintain(&sites).await?;
    world.clock.set(noon(Day(FIRST + 3)));
    warehouse.maintain(&sites).await?;
    Ok(())
}

#[test]
fn rows_are_there_once_whenever_the_process_ends() {
    let mut ended = 0;
    for writes in 0.. {
        let over = block_on(async {
            let mut world = World::new(options()).await;
            let all: Vec<_> = (0..4).flat_map(|i| events(i * 20)).collect();
            let warehouse = world.open().await;
            let frames: Vec<_> = (0..4).map(|i| world.frame(&events(i * 20))).collect();
            world.fuse.burn_after(writes);
            let lived = live(&world, &warehouse, &frames).await;
            let out = world.fuse.is_out();
            assert!(out || lived.is_ok());
            drop(warehouse);
            world.fuse.renew();
            let warehouse = world.open().await;
            check(&warehouse, &all).await;
            live(&world, &warehouse, &[]).await.expect("goes on");
            warehouse.flush().await.expect("flush");
            warehouse.maintain(&[site(SITE, &TimeZone::UTC)]).await.expect("maintain");
            check(&warehouse, &all).await;
            let (files, keys) = world.left().await;
            assert_eq!(files, keys);
            // In the end nothing but what compaction made, at least one file for each of two days, and their counts.
            assert!(files >= 4, "{files}");
            let counts: Vec<i64> =
                sqlx::query_scalar("SELECT day FROM warehouse_counts").fetch_all(&world.pool).await.expect("counts");
            assert_eq!(counts.len(), 2);
            check(&world.open().await, &all).await;
            !out
        });
        if over {
            break;
        }
        ended += 1;
    }
    assert!(ended > 20, "only {ended} places to end at");
}

#[test]
fn a_commit_that_fails_leaves_rows_in_memory_and_no_files() {
    block_on(async {
        let mut world = World::new(options()).await;
        let warehouse = world.open().await;
        warehouse.take(world.frame(&events(0)));
        for table in ["warehouse_files", "warehouse_consumed", "warehouse_meta"] {
            let sql = format!("CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END");
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&world.pool).await.expect("trigger");
            warehouse.flush().await.expect_err("refused");
            assert_eq!(warehouse.consumed(NODE), Sequence(0));
            assert_eq!(world.left().await, (0, 0));
            check(&warehouse, &events(0)).await;
            sqlx::query("DROP TRIGGER broken").execute(&world.pool).await.expect("no trigger");
        }
        assert_eq!(warehouse.flush().await.expect("flush"), Some(Sequence(1)));
        assert_eq!(warehouse.flush().await.expect("flush"), None);
        assert_eq!(warehouse.consumed(NODE), Sequence(1));
        check(&warehouse, &events(0)).await;
        check(&world.open().await, &events(0)).await;
    });
}

#[test]
fn days_that_are_kept_no_longer_lose_their_keys() {
    block_on(async {
        let mut world = World::new(options()).await;
        let sites = [site(SITE, &TimeZone::UTC)];
        world.clock.set(noon(Day(FIRST)));
        let warehouse = world.open().await;
        warehouse.take(world.frame(&events(0)));
        warehouse.flush().await.expect("flush");
        assert_eq!(warehouse.first_day(SITE), Some(Day(FIRST)));
        world.clock.set(noon(Day(FIRST + 35)));
        assert_eq!(warehouse.maintain(&sites).await.expect("maintain").expired, 0);
        world.clock.set(noon(Day(FIRST + 36)));
        assert_eq!(warehouse.maintain(&sites).await.expect("maintain").expired, 1);
        world.clock.set(noon(Day(FIRST + 37)));
        assert_eq!(warehouse.maintain(&sites).await.expect("maintain").expired, 1);
        check(&warehouse, &[]).await;
        // Only the cells of both days are left.
        assert_eq!(world.left().await, (2, 2));
        assert_eq!(warehouse.first_day(SITE), Some(Day(FIRST)));
    });
}

#[test]
fn words_come_back_with_their_numbers() {
    block_on(async {
        let mut world = World::new(options()).await;
        let warehouse = world.open().await;
        let vocabulary = warehouse.vocabulary(SITE);
        let page = vocabulary.admit(Dimension::Page, "/a").expect("admitted");
        let other = warehouse.vocabulary(SiteId(9)).admit(Space::TAG, "jazz").expect("admitted");
        let mut frame = world.frame(&events(0));
        let words = warehouse.drain_words();
        assert_eq!(words.len(), 2);
        frame.records.extend(words.into_iter().map(|(site, word)| Record::Word(site, word)));
        warehouse.take(frame);
        // Admitted, but its frame never came to be: its number is free again.
        vocabulary.admit(Dimension::Page, "/lost").expect("admitted");
        warehouse.flush().await.expect("flush");
        let text: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT sealed FROM warehouse_words").fetch_all(&world.pool).await.expect("words");
        assert!(text.iter().all(|sealed| !sealed.windows(4).any(|w| w == b"jazz")));

        let warehouse = world.open().await;
        let vocabulary = warehouse.vocabulary(SITE);
        assert_eq!(vocabulary.lookup(Dimension::Page, "/a"), Some(page));
        assert_eq!(warehouse.vocabulary(SiteId(9)).lookup(Space::TAG, "jazz"), Some(other));
        assert_eq!(vocabulary.lookup(Dimension::Page, "/lost"), None);
        let next = vocabulary.admit(Dimension::Page, "/b").expect("admitted");
        assert_eq!(next, Term(page.0 + 1));
        assert_eq!(
            warehouse.drain_words(),
            [(SITE, WordRecord { space: Dimension::Page.into(), term: next, text: "/b".into() })]
        );
    });
}
