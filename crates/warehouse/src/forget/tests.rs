//! Hiding and purging, also of a process that ends at any step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{
    AnonymousEvent, Day, Dimension, Flags, Link, Policy, Pseudonym, ShiftedClock, Site, Slot, Term, Visitor,
};
use outis_insight::{DayRange, Filter, Metric, Query};
use outis_keys::{Keys, Purpose};
use sqlx::SqlitePool;

use crate::operators::tests::SITE;
use crate::tests::{World, block_on, noon, site};
use crate::{Columns, Warehouse, WarehouseError, WarehouseOptions};

const MONDAY: Day = Day(20_752);
const VISITORS: u64 = 20;

fn options() -> WarehouseOptions {
    WarehouseOptions { tail_rows: 10, merge_files: 2, pass_rows: 15, purge_after_ms: 0, ..WarehouseOptions::default() }
}

fn event(day: Day, visitor: u64) -> AnonymousEvent {
    let mut e = AnonymousEvent::blank(SITE, day, Slot(day.0 as u32 * 96 + 40));
    e.visitor = Visitor(visitor);
    e.clock = ShiftedClock { seconds: 40_000, tie: 0 };
    e.flags = Flags::COUNTS_FOR_FLOOR;
    if visitor > 10 {
        e.flags = e.flags.with(Flags::MEMBER);
    }
    e.set(Dimension::Event, Term(2));
    e.set(Dimension::Page, Term(2));
    e.engaged_s = visitor as u32;
    e
}

/// The number that a visitor comes with on a day.
fn number(visitor: u64, day: Day) -> Visitor {
    Visitor(visitor * 1_000_000 + day.0 as u64)
}

fn day(day: Day) -> Vec<AnonymousEvent> {
    (1..=VISITORS).map(|visitor| AnonymousEvent { visitor: number(visitor, day), ..event(day, visitor) }).collect()
}

fn query(from: Day, to: Day) -> Query {
    Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from, to, slots: None },
        filter: Filter::ALL,
        metrics: vec![Metric::Visitors, Metric::Events],
        groups: Vec::new(),
        pageview: Term(2),
        engagement: Term(3),
        cap_milli: None,
    }
}

async fn visitors(warehouse: &Warehouse, at: Day) -> u64 {
    let sight = warehouse.sight(SITE, 1);
    warehouse.evaluate(&query(at, at), sight).await.expect("an answer").total.parts.visitors
}

fn sites() -> [Arc<Site>; 1] {
    [site(SITE, &TimeZone::UTC)]
}

#[test]
fn rows_are_hidden_at_once_wherever_they_are_and_gone_with_their_day() {
    block_on(async {
        let mut world = World::new(options()).await;
        world.clock.set(noon(MONDAY));
        let warehouse = world.open().await;
        // Monday will be compacted, Tuesday is in small files, Wednesday in memory.
        for at in (0..3).map(|n| MONDAY.plus(n)) {
            world.clock.set(noon(at));
            warehouse.take(world.frame(&day(at)));
            if at < MONDAY.plus(2) {
                warehouse.sight(SITE, 1);
                warehouse.flush().await.expect("flush");
            }
            if at == MONDAY.plus(1) {
                warehouse.maintain(&sites()).await.expect("maintain");
            }
        }
        let days: Vec<Day> = (0..3).map(|n| MONDAY.plus(n)).collect();
        let anna: Vec<(Day, Visitor)> = days.iter().map(|at| (*at, number(15, *at))).collect();
        for at in &days {
            assert_eq!(visitors(&warehouse, *at).await, VISITORS);
        }
        assert_eq!(warehouse.hide(SITE, &anna, true).await.expect("hidden"), 3);
        // Who is no member is found by no number once the day is compacted.
        assert_eq!(warehouse.hide(SITE, &[(MONDAY, number(3, MONDAY))], true).await.expect("hidden"), 0);
        for at in &days {
            assert_eq!(visitors(&warehouse, *at).await, VISITORS - 1);
        }
        let again = world.open().await;
        for at in &days {
            assert_eq!(visitors(&again, *at).await, VISITORS - 1, "after a restart too");
        }
        again.maintain(&sites()).await.expect("maintain");
        // Monday was rewritten; Tuesday closed, was counted with her and compacted without; Wednesday is open.
        assert_eq!(again.hidden(SITE), 1);
        world.clock.set(noon(MONDAY.plus(4)));
        again.sight(SITE, 1);
        again.flush().await.expect("flush");
        again.maintain(&sites()).await.expect("maintain");
        assert_eq!(again.hidden(SITE), 0);
        for at in &days {
            assert_eq!(visitors(&again, *at).await, VISITORS - 1);
        }
        let (files, keys) = world.left().await;
        assert_eq!(files, keys);
        let hidden: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM warehouse_hidden").fetch_one(&world.pool).await.expect("count");
        assert_eq!(hidden, 0, "no list of the forgotten is left");
    });
}

/// Who has which number on a compacted day.
async fn numbers(warehouse: &Warehouse, at: Day) -> BTreeMap<u64, u64> {
    let files = warehouse.inner().state.lock().files[&(SITE, at)].clone();
    let reader = warehouse.inner().reader.clone();
    let read = move || {
        let mut all = BTreeMap::new();
        for file in files {
            let mut closed = reader.closed(&file, Columns::ALL).expect("opened");
            while let Some(rows) = closed.next().expect("read") {
                let who = rows.batch.engaged_s.iter().map(|seconds| u64::from(*seconds));
                all.extend(rows.batch.visitor.iter().copied().zip(who));
            }
        }
        all
    };
    tokio::task::spawn_blocking(read).await.expect("read")
}

#[test]
fn no_number_is_missing_where_somebody_was_forgotten_and_others_are_found_by_theirs() {
    block_on(async {
        let mut world = World::new(options()).await;
        let policy = Policy { floor: 1, link: Link::Period, ..Policy::default() };
        let linking = [Arc::new(Site { policy, ..Site::clone(&sites()[0]) })];
        world.clock.set(noon(MONDAY));
        let warehouse = world.open().await;
        warehouse.take(world.frame(&day(MONDAY)));
        let links = (11..=VISITORS).map(|visitor| (number(visitor, MONDAY), Pseudonym(visitor))).collect();
        warehouse.link(&linking[0], MONDAY, links).await.expect("linked");
        warehouse.sight(SITE, 1);
        warehouse.flush().await.expect("flush");
        world.clock.set(noon(MONDAY.plus(1)));
        warehouse.maintain(&linking).await.expect("maintain");
        let mut members: Vec<u64> = (11..=VISITORS).collect();
        while let Some(leaves) = members.pop() {
            let hidden = warehouse.hide(SITE, &[(MONDAY, number(leaves, MONDAY))], true).await.expect("hidden");
            assert_eq!(hidden, 1);
            warehouse.unlink(SITE, &[Pseudonym(leaves)]).await.expect("unlinked");
            warehouse.maintain(&linking).await.expect("maintain");
            assert_eq!(warehouse.hidden(SITE), 0);
            let left = 10 + members.len() as u64;
            assert_eq!(visitors(&warehouse, MONDAY).await, left);
            let numbers = numbers(&warehouse, MONDAY).await;
            assert!(numbers.keys().copied().eq(1..=left), "{numbers:?}");
            for member in &members {
                let theirs = [(MONDAY, number(*member, MONDAY))];
                let rows = warehouse.rows_of_member(SITE, &theirs).await.expect("read");
                assert!(rows.iter().map(|row| u64::from(row.engaged_s)).eq([*member]));
            }
            let pieces = warehouse.inner().state.lock().links.clone();
            let mut linked = Vec::new();
            for piece in &pieces {
                linked.extend(warehouse.inner().read_links(piece).await.expect("read"));
            }
            assert!(linked.iter().all(|entry| numbers[&entry.visitor.0] == entry.pseudonym.0));
            assert_eq!(linked.len(), members.len());
        }
    });
}

/// The visitors that history tells of a day.
async fn told(warehouse: &Warehouse, at: Day) -> u64 {
    let (answer, _) = warehouse.history(&query(at, at)).await.expect("cells");
    answer.total.parts.visitors
}

#[test]
fn an_open_day_is_counted_with_who_folds_and_without_who_deletes() {
    block_on(async {
        for (fold, expected) in [(true, VISITORS), (false, VISITORS - 1)] {
            let mut world = World::new(options()).await;
            world.clock.set(noon(MONDAY));
            let warehouse = world.open().await;
            warehouse.take(world.frame(&day(MONDAY)));
            warehouse.hide(SITE, &[(MONDAY, number(15, MONDAY))], fold).await.expect("hidden");
            warehouse.sight(SITE, 1);
            warehouse.flush().await.expect("flush");
            world.clock.set(noon(MONDAY.plus(2)));
            warehouse.maintain(&sites()).await.expect("maintain");
            assert_eq!(visitors(&warehouse, MONDAY).await, VISITORS - 1, "no question about rows sees her");
            // Its rows expire; cells stay.
            world.clock.set(noon(MONDAY.plus(60)));
            warehouse.maintain(&sites()).await.expect("maintain");
            assert_eq!(told(&warehouse, MONDAY).await, expected);
        }
    });
}

#[test]
fn counts_of_a_day_do_not_have_who_was_hidden() {
    block_on(async {
        let mut world = World::new(options()).await;
        world.clock.set(noon(MONDAY));
        let warehouse = world.open().await;
        warehouse.take(world.frame(&day(MONDAY)));
        warehouse.sight(SITE, 1);
        warehouse.flush().await.expect("flush");
        world.clock.set(noon(MONDAY.plus(2)));
        warehouse.maintain(&sites()).await.expect("maintain");
        let counted = || async {
            let sql = "SELECT COUNT(*) FROM warehouse_counts";
            sqlx::query_scalar::<_, i64>(sql).fetch_one(&world.pool).await.expect("count")
        };
        assert_eq!(counted().await, 1);
        warehouse.hide(SITE, &[(MONDAY, number(12, MONDAY))], false).await.expect("hidden");
        assert_eq!(counted().await, 0);
        assert_eq!(visitors(&warehouse, MONDAY).await, VISITORS - 1);
        warehouse.maintain(&sites()).await.expect("maintain");
        assert_eq!(counted().await, 1);
        assert_eq!(visitors(&warehouse, MONDAY).await, VISITORS - 1);
    });
}

#[test]
fn rows_of_many_wait_to_be_rewritten_together() {
    block_on(async {
        let mut world = World::new(WarehouseOptions { purge_after_ms: 3_600_000, ..options() }).await;
        world.clock.set(noon(MONDAY));
        let warehouse = world.open().await;
        warehouse.take(world.frame(&day(MONDAY)));
        warehouse.sight(SITE, 1);
        warehouse.flush().await.expect("flush");
        world.clock.set(noon(MONDAY.plus(2)));
        warehouse.maintain(&sites()).await.expect("maintain");
        warehouse.hide(SITE, &[(MONDAY, number(12, MONDAY))], true).await.expect("hidden");
        assert_eq!(warehouse.maintain(&sites()).await.expect("maintain").purged, 0);
        world.clock.advance_ms(3_600_000);
        assert_eq!(warehouse.maintain(&sites()).await.expect("maintain").purged, 1);
        warehouse.hide(SITE, &[(MONDAY, number(13, MONDAY))], true).await.expect("hidden");
        warehouse.purge_soon(SITE);
        assert_eq!(warehouse.maintain(&sites()).await.expect("maintain").purged, 1);
        assert_eq!((warehouse.hidden(SITE), visitors(&warehouse, MONDAY).await), (0, VISITORS - 2));
    });
}

async fn forget(world: &World, warehouse: &Warehouse) -> Result<(), WarehouseError> {
    world.clock.set(noon(MONDAY.plus(1)));
    warehouse.sight(SITE, 1);
    warehouse.flush().await?;
    warehouse.maintain(&sites()).await?;
    warehouse.hide(SITE, &[(MONDAY, number(15, MONDAY)), (MONDAY.plus(1), number(15, MONDAY.plus(1)))], true).await?;
    warehouse.maintain(&sites()).await?;
    world.clock.set(noon(MONDAY.plus(3)));
    warehouse.maintain(&sites()).await?;
    Ok(())
}

#[test]
fn whenever_the_process_ends_forgetting_again_finishes_and_nobody_else_loses_anything() {
    let mut ended = 0;
    for writes in 0.. {
        let over = block_on(async {
            let mut world = World::new(options()).await;
            world.clock.set(noon(MONDAY));
            let warehouse = world.open().await;
            let both: Vec<AnonymousEvent> = [day(MONDAY), day(MONDAY.plus(1))].concat();
            warehouse.take(world.frame(&both));
            world.fuse.burn_after(writes);
            let done = forget(&world, &warehouse).await;
            let out = world.fuse.is_out();
            assert!(out || done.is_ok());
            drop(warehouse);
            world.fuse.renew();
            let warehouse = world.open().await;
            forget(&world, &warehouse).await.expect("finishes");
            assert_eq!(warehouse.hidden(SITE), 0);
            for at in [MONDAY, MONDAY.plus(1)] {
                assert_eq!(visitors(&warehouse, at).await, VISITORS - 1);
            }
            let (files, keys) = world.left().await;
            assert_eq!(files, keys);
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
fn no_key_that_exists_opens_a_row_of_who_is_gone() {
    block_on(async {
        let mut world = World::new(options()).await;
        world.clock.set(noon(MONDAY));
        let warehouse = world.open().await;
        warehouse.take(world.frame(&day(MONDAY)));
        forget(&world, &warehouse).await.expect("forgotten");
        let rows = crate::forget::tests::all_rows(&world).await;
        assert_eq!(rows.len(), VISITORS as usize - 1);
        // Numbers that members came with lead to no row either.
        assert!(rows.iter().all(|visitor| *visitor <= VISITORS));
    });
}

/// The visitor of every row of every file that opens.
async fn all_rows(world: &World) -> BTreeSet<u64> {
    let warehouse = world.open().await;
    let partitions = warehouse.inner().state.lock().partitions(&query(MONDAY, MONDAY), u64::MAX);
    let reader = warehouse.inner().reader.clone();
    let read = move || {
        let mut visitors = BTreeSet::new();
        for partition in partitions {
            for file in &partition.files {
                let mut file = reader.closed(file, crate::Columns::ALL).expect("opens");
                while let Some(rows) = file.next().expect("reads") {
                    visitors.extend(rows.batch.visitor.iter().copied());
                }
            }
        }
        visitors
    };
    tokio::task::spawn_blocking(read).await.expect("read")
}

/// The catalogue as it is now, in a database of its own.
async fn copied(world: &World, to: &std::path::Path) -> SqlitePool {
    let to = to.to_str().expect("text").to_owned();
    sqlx::query("VACUUM INTO ?").bind(&to).execute(&world.pool).await.expect("copied");
    SqlitePool::connect(&format!("sqlite:{to}")).await.expect("opened")
}

#[test]
fn an_earlier_catalogue_does_not_show_who_was_hidden_since() {
    block_on(async {
        let folder = tempfile::tempdir().expect("folder");
        let mut world = World::new(options()).await;
        let database = format!("sqlite:{}?mode=rwc", folder.path().join("database").display());
        world.pool = SqlitePool::connect(&database).await.expect("a database that can be copied");
        let warehouse = world.open().await;
        let days: Vec<Day> = (0..3).map(|n| MONDAY.plus(n)).collect();
        // Monday and Tuesday are compacted, Wednesday is in small files.
        for at in &days {
            world.clock.set(noon(*at));
            warehouse.take(world.frame(&day(*at)));
            warehouse.sight(SITE, 1);
            warehouse.flush().await.expect("flush");
            warehouse.maintain(&sites()).await.expect("maintain");
        }
        let earlier = |name: &str| folder.path().join(name);
        let copies = [
            copied(&world, &earlier("a")).await,
            copied(&world, &earlier("b")).await,
            copied(&world, &earlier("c")).await,
        ];
        let lost = crate::settle(&copies[0], &*world.keys, |_| true).await.expect("settled");
        assert_eq!(lost, crate::Lost::default(), "the control: nothing was hidden");
        let all = |list: &std::collections::BTreeMap<_, u64>| list.values().sum::<u64>();

        let anna: Vec<(Day, Visitor)> = days[1..].iter().map(|at| (*at, number(15, *at))).collect();
        assert_eq!(warehouse.hide(SITE, &anna, false).await.expect("hidden"), 2);
        let lost = crate::settle(&copies[1], &*world.keys, |_| true).await.expect("settled");
        let hidden: Vec<Day> = lost.hidden.keys().map(|(_, day)| *day).collect();
        assert_eq!((hidden, all(&lost.hidden), all(&lost.replaced)), (days[1..].to_vec(), 2 * VISITORS, 0));

        // Tuesday is rewritten: its earlier files are dead. Wednesday is not.
        warehouse.maintain(&sites()).await.expect("maintain");
        let lost = crate::settle(&copies[2], &*world.keys, |_| true).await.expect("settled");
        let of =
            |list: &std::collections::BTreeMap<(_, Day), u64>| list.keys().map(|(_, day)| *day).collect::<Vec<_>>();
        assert_eq!((of(&lost.replaced), of(&lost.hidden)), (vec![days[1]], vec![days[2]]));
        let World { keys, clock, pool: _, .. } = &world;
        let store = Arc::new(crate::SealedStore::new(world.disk.clone(), keys.clone()));
        let again = Warehouse::open(store, copies[2].clone(), keys.clone(), Arc::new(clock.clone()), options());
        let again = again.await.expect("opened");
        assert_eq!(visitors(&again, days[0]).await, VISITORS);
        assert_eq!(visitors(&again, days[2]).await, 0);
    });
}

#[test]
fn marks_of_days_go_with_the_last_that_is_hidden_of_them() {
    block_on(async {
        let mut world = World::new(options()).await;
        world.clock.set(noon(MONDAY));
        let warehouse = world.open().await;
        warehouse.take(world.frame(&day(MONDAY)));
        warehouse.hide(SITE, &[(MONDAY, number(15, MONDAY))], false).await.expect("hidden");
        let keys = world.keys.clone();
        let marks = || async { keys.list(Purpose::Hidden).await.expect("listed").len() };
        warehouse.sight(SITE, 1);
        warehouse.flush().await.expect("flush");
        warehouse.maintain(&sites()).await.expect("maintain");
        assert_eq!(marks().await, 1, "the day is open");
        let names = keys.list(Purpose::Hidden).await.expect("listed");
        keys.remove(&names).await.expect("removed");
        let warehouse = world.open().await;
        assert_eq!(marks().await, 1, "made again where they are missing");
        world.clock.set(noon(MONDAY.plus(2)));
        warehouse.maintain(&sites()).await.expect("maintain");
        assert_eq!((warehouse.hidden(SITE), marks().await), (0, 0));
    });
}
