//! The link file: who may be joined, when it is seen, and that it goes in time.

use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{
    AnonymousEvent, Day, Dimension, Flags, Link, Policy, Pseudonym, ShiftedClock, Site, Slot, Term, Visitor,
};
use outis_insight::behaviour::{About, Behaviour, Cell, Following, Funnel, Order, Slice};
use outis_insight::{DayRange, EventFilter, Filter, Query, TermSet};

use super::{World, block_on, noon, site};
use crate::operators::tests::SITE;
use crate::{LinkError, MOST_LINKS, Warehouse, WarehouseOptions};

/// A Monday that begins a period.
const MONDAY: Day = Day(20_752);
const A: Term = Term(10);
const B: Term = Term(11);

fn with(link: Link, floor: u32) -> Arc<Site> {
    let site = Site::clone(&site(SITE, &TimeZone::UTC));
    Arc::new(Site { policy: Policy { link, floor, ..site.policy.clone() }, ..site })
}

fn linking() -> Arc<Site> {
    with(Link::Period, 1)
}

fn event(day: Day, visitor: u64, name: Term) -> AnonymousEvent {
    let mut e = AnonymousEvent::blank(SITE, day, Slot(day.0 as u32 * 96 + 40));
    e.visitor = Visitor(visitor);
    e.clock = ShiftedClock { seconds: 40_000, tie: 0 };
    e.flags = Flags::COUNTS_FOR_FLOOR;
    e.set(Dimension::Event, name);
    e
}

fn named(name: Term) -> Filter {
    Filter::Event(EventFilter::Dimension(Dimension::Event, TermSet::of([name])))
}

/// From A to B within a week.
fn question(from: Day) -> Behaviour {
    let base = Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from, to: from.plus(34), slots: None },
        filter: Filter::ALL,
        metrics: Vec::new(),
        groups: Vec::new(),
        pageview: Term(2),
        engagement: Term(3),
        cap_milli: None,
    };
    let funnel = Funnel {
        steps: vec![named(A), named(B)],
        order: Order::Ordered,
        optional: None,
        window_s: 7 * 86_400,
        exclude: Vec::new(),
        hold: None,
        group: None,
        over_time: None,
    };
    let following = Some(Following { from, until_s: u64::MAX });
    Behaviour { base, about: About::Funnel(funnel), narrowed: Vec::new(), following }
}

/// How many enter and how many come to the end.
async fn steps(warehouse: &Warehouse, floor: u32) -> [u64; 2] {
    let sight = warehouse.sight(SITE, floor);
    let table = warehouse.behaviour(&question(MONDAY), sight).await.expect("an answer");
    [0, 1].map(|step| table.of(&Cell::Reached { slice: Slice::All, step }).count)
}

/// Three members do A on Monday and B on Wednesday, under other numbers each day; a fourth visitor is not linked.
async fn world() -> (World, Warehouse) {
    let mut world =
        World::new(WarehouseOptions { tail_rows: 10, merge_files: 2, pass_rows: 2, ..WarehouseOptions::default() })
            .await;
    world.clock.set(noon(MONDAY));
    let warehouse = world.open().await;
    for (day, name) in [(MONDAY, A), (MONDAY.plus(2), B)] {
        world.clock.set(noon(day));
        let events: Vec<_> = (1..=4).map(|member| event(day, number(member, day), name)).collect();
        warehouse.take(world.frame(&events));
        for member in 1..=3 {
            let entry = (Visitor(number(member, day)), Pseudonym(member << 40));
            warehouse.link(&linking(), day, vec![entry]).await.expect("linked");
        }
    }
    (world, warehouse)
}

fn number(member: u64, day: Day) -> u64 {
    member * 1_000 + day.0 as u64
}

#[test]
fn only_open_days_of_a_site_that_joins_them_are_linked() {
    block_on(async {
        let world = World::new(WarehouseOptions::default()).await;
        world.clock.set(noon(MONDAY.plus(3)));
        let warehouse = world.open().await;
        let today = MONDAY.plus(3);
        let entry = || vec![(Visitor(1), Pseudonym(1))];
        let refused = |result: Result<(), LinkError>| result.expect_err("refused");
        let by_day = warehouse.link(&with(Link::Day, 1), today, entry()).await;
        assert!(matches!(refused(by_day), LinkError::NotAllowed));
        for day in [today.plus(-1), today.plus(1)] {
            assert!(matches!(refused(warehouse.link(&linking(), day, entry()).await), LinkError::DayNotOpen));
        }
        let nobody = warehouse.link(&linking(), today, vec![(Visitor::NOBODY, Pseudonym(1))]).await;
        assert!(matches!(refused(nobody), LinkError::Nobody));
        let many = (1..=MOST_LINKS).map(|number| (Visitor(number), Pseudonym(number))).collect();
        warehouse.link(&linking(), today, many).await.expect("as many as there may be");
        assert!(matches!(refused(warehouse.link(&linking(), today, entry()).await), LinkError::TooMany { .. }));
        assert_eq!(world.left().await, (1, 1));
    });
}

#[test]
fn members_are_one_person_before_and_behind_the_close_and_after_a_restart() {
    block_on(async {
        let (world, warehouse) = world().await;
        assert_eq!(steps(&warehouse, 1).await, [4, 3]);
        warehouse.flush().await.expect("flush");
        assert_eq!(steps(&world.open().await, 1).await, [4, 3]);
        world.clock.set(noon(MONDAY.plus(5)));
        let done = warehouse.maintain(&[linking()]).await.expect("maintain");
        assert_eq!(done.compacted, 2);
        assert_eq!(steps(&warehouse, 1).await, [4, 3]);
        assert_eq!(steps(&world.open().await, 1).await, [4, 3]);
    });
}

#[test]
fn numbers_that_visitors_had_while_the_day_was_open_are_not_kept() {
    block_on(async {
        let (world, warehouse) = world().await;
        warehouse.flush().await.expect("flush");
        world.clock.set(noon(MONDAY.plus(5)));
        warehouse.maintain(&[linking()]).await.expect("maintain");
        for day in [MONDAY, MONDAY.plus(2)] {
            let linked = warehouse.inner().linked_visitors(SITE, day).await.expect("links");
            assert_eq!(linked.len(), 3);
            assert!(linked.iter().all(|visitor| *visitor <= 4), "{linked:?}");
        }
    });
}

#[test]
fn rows_that_come_for_a_closed_day_take_no_link_away() {
    block_on(async {
        let (mut world, warehouse) = world().await;
        warehouse.flush().await.expect("flush");
        world.clock.set(noon(MONDAY.plus(5)));
        warehouse.maintain(&[linking()]).await.expect("maintain");
        warehouse.take(world.frame(&[event(MONDAY, 77_777, A)]));
        warehouse.sight(SITE, 1);
        warehouse.flush().await.expect("flush");
        assert_eq!(warehouse.maintain(&[linking()]).await.expect("maintain").compacted, 1);
        assert_eq!(steps(&warehouse, 1).await, [5, 3]);
    });
}

#[test]
fn links_come_into_no_snapshot_that_was_answered_from() {
    block_on(async {
        let (mut world, warehouse) = world().await;
        assert_eq!(steps(&warehouse, 10).await, [0, 0]);
        assert_eq!(steps(&warehouse, 1).await, [4, 3]);
        let today = MONDAY.plus(2);
        // The third member would be two visitors of today, so they are linked no longer: once enough others have come.
        let contradiction = vec![(Visitor(number(4, today)), Pseudonym(3 << 40))];
        warehouse.link(&linking(), today, contradiction).await.expect("linked");
        assert_eq!(steps(&warehouse, 10).await, [4, 3]);
        warehouse.flush().await.expect("flush");
        warehouse.maintain(&[with(Link::Period, 10)]).await.expect("maintain");
        assert_eq!(steps(&warehouse, 10).await, [4, 3]);
        let events: Vec<_> = (100..110).map(|visitor| event(today, visitor, A)).collect();
        warehouse.take(world.frame(&events));
        assert_eq!(steps(&warehouse, 10).await, [14, 2]);
    });
}

#[test]
fn many_pieces_become_one_and_say_the_same() {
    block_on(async {
        let (world, warehouse) = world().await;
        let today = MONDAY.plus(2);
        for visitor in 100..120 {
            let entry = vec![(Visitor(visitor), Pseudonym(visitor))];
            warehouse.link(&linking(), today, entry).await.expect("linked");
        }
        let before = world.left().await;
        assert_eq!(before, (26, 26));
        assert_eq!(steps(&warehouse, 1).await, [4, 3]);
        warehouse.maintain(&[linking()]).await.expect("maintain");
        assert_eq!(world.left().await, (1, 1));
        assert_eq!(steps(&warehouse, 1).await, [4, 3]);
        assert_eq!(steps(&world.open().await, 1).await, [4, 3]);
    });
}

#[test]
fn links_go_when_the_policy_joins_nothing_any_more() {
    block_on(async {
        let (world, warehouse) = world().await;
        warehouse.maintain(&[linking()]).await.expect("maintain");
        assert_eq!(world.left().await, (6, 6));
        warehouse.maintain(&[with(Link::Day, 1)]).await.expect("maintain");
        assert_eq!(world.left().await, (0, 0));
        assert_eq!(steps(&warehouse, 1).await, [4, 0]);
    });
}

#[test]
fn links_go_when_the_period_is_over() {
    block_on(async {
        let (world, warehouse) = world().await;
        warehouse.flush().await.expect("flush");
        let links = async |world: &World| {
            let files = world.left().await;
            let rows = warehouse.inner().state.lock().links.len();
            (files.0 == files.1, rows)
        };
        // The last minute of the grace, and behind it.
        let end = MONDAY.plus(35).start(&TimeZone::UTC);
        world.clock.set(end.plus_ms(130 * 60_000 - 1));
        warehouse.maintain(&[linking()]).await.expect("maintain");
        assert!(links(&world).await.1 > 0);
        assert_eq!(steps(&warehouse, 1).await, [4, 3]);
        world.clock.set(end.plus_ms(130 * 60_000));
        warehouse.maintain(&[linking()]).await.expect("maintain");
        assert_eq!(links(&world).await, (true, 0));
        assert_eq!(steps(&warehouse, 1).await, [4, 0]);
    });
}

#[test]
fn a_link_is_whole_or_not_there_wherever_writing_stops() {
    block_on(async {
        for writes in 0..12 {
            let (world, warehouse) = world().await;
            warehouse.flush().await.expect("flush");
            let today = MONDAY.plus(2);
            world.fuse.burn_after(writes);
            let entry = (Visitor(number(4, today)), Pseudonym(9));
            let linked = warehouse.link(&linking(), today, vec![entry]).await;
            drop(warehouse);
            world.fuse.renew();
            let warehouse = world.open().await;
            warehouse.sight(SITE, 1);
            let visitors = warehouse.inner().linked_visitors(SITE, today).await.expect("links");
            assert_eq!(visitors.contains(&entry.0.0), linked.is_ok(), "{writes}");
            world.clock.set(noon(MONDAY.plus(5)));
            world.fuse.burn_after(writes);
            let _ = warehouse.maintain(&[linking()]).await;
            drop(warehouse);
            world.fuse.renew();
            let warehouse = world.open().await;
            assert_eq!(steps(&warehouse, 1).await, [4, 3], "{writes}");
            warehouse.maintain(&[linking()]).await.expect("maintain");
            assert_eq!(steps(&warehouse, 1).await, [4, 3], "{writes}");
        }
    });
}
