//! Purging words and events, wherever they are, also of a process that ends at any step.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;
use jiff::tz::TimeZone;
use object_store::ObjectStore;
use outis_event::{
    AnonymousEvent, Day, Dimension, Flags, Property, Record, ShiftedClock, Site, Slot, Space, Term, Visitor,
};
use outis_insight::{DayRange, Filter, Group, Key, Metric, Query};
use outis_journal::Frame;
use outis_keys::{Keys, Purpose};

use super::{Gone, Purge};
use crate::operators::tests::SITE;
use crate::tests::{World, block_on, noon, site};
use crate::{Warehouse, WarehouseError, WarehouseOptions};

const MONDAY: Day = Day(20_752);
const VISITORS: u64 = 24;
/// What should never have been kept.
const NAME: &str = "anna.exemplary";

fn options() -> WarehouseOptions {
    WarehouseOptions { tail_rows: 10, merge_files: 2, pass_rows: 15, ..WarehouseOptions::default() }
}

fn sites() -> [Arc<Site>; 1] {
    [site(SITE, &TimeZone::UTC)]
}

/// The words of the site, numbered as they are admitted.
struct Words {
    pageview: Term,
    download: Term,
    plain: Term,
    above: Term,
    named: Term,
    below: Term,
    search: Term,
    direct: Term,
    key: Term,
    value: Term,
    tag: Term,
}

impl Words {
    fn admit(warehouse: &Warehouse) -> Words {
        let words = warehouse.vocabulary(SITE);
        let word = |space: Space, text: &str| words.admit(space, text).expect("admitted");
        let page = |text: &str| word(Dimension::Page.into(), text);
        let key = word(Space::PROPERTY, "query");
        Words {
            pageview: word(Dimension::Event.into(), "pageview"),
            download: word(Dimension::Event.into(), "download"),
            plain: page("/plain"),
            above: page("/people/*"),
            named: page(&format!("/people/{NAME}")),
            below: page(&format!("/people/{NAME}/*")),
            search: word(Dimension::Channel.into(), "Organic Search"),
            direct: word(Dimension::Channel.into(), "Direct"),
            key,
            value: word(Space::values_of(key), NAME),
            tag: word(Space::TAG, NAME),
        }
    }
}

/// Every visitor views a page; odd ones the named one, by search, and a second row in the same visit.
fn day(day: Day, words: &Words) -> Vec<AnonymousEvent> {
    let event = |visitor: u64, second: bool| {
        let odd = visitor % 2 == 1;
        let mut e = AnonymousEvent::blank(SITE, day, Slot(day.0 as u32 * 96 + 40));
        e.visitor = Visitor(visitor * 1_000_000 + day.0 as u64);
        e.clock = ShiftedClock { seconds: 40_000 + u32::from(second) * 60, tie: 0 };
        e.flags = Flags::COUNTS_FOR_FLOOR;
        e.set(Dimension::Event, if second { words.download } else { words.pageview });
        e.set(Dimension::Page, if odd { words.named } else { words.plain });
        // Only the first row says where the visit came from.
        e.set(Dimension::Channel, if odd && !second { words.search } else { words.direct });
        e.properties = vec![Property { key: words.key, value: if odd { words.value } else { Term::RARE } }];
        e.tags = vec![words.tag];
        e
    };
    (1..=VISITORS).flat_map(|visitor| [event(visitor, false), event(visitor, true)]).collect()
}

fn query(from: Day, to: Day, groups: Vec<Group>, words: &Words) -> Query {
    Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from, to, slots: None },
        filter: Filter::ALL,
        metrics: vec![Metric::Visitors, Metric::Events],
        groups,
        pageview: words.pageview,
        engagement: Term(u32::MAX),
        cap_milli: None,
    }
}

/// Events by value, over all days.
async fn by(warehouse: &Warehouse, group: Group, words: &Words) -> BTreeMap<Term, u64> {
    let query = query(MONDAY, MONDAY.plus(9), vec![group], words);
    let answer = warehouse.evaluate(&query, warehouse.sight(SITE, 1)).await.expect("an answer");
    let term = |keys: &[Key]| match keys {
        [Key::Term(term)] => *term,
        _ => Term::NONE,
    };
    answer.rows.iter().map(|row| (term(&row.keys), row.parts.events)).collect()
}

async fn events(warehouse: &Warehouse, words: &Words) -> u64 {
    let query = query(MONDAY, MONDAY.plus(9), Vec::new(), words);
    warehouse.evaluate(&query, warehouse.sight(SITE, 1)).await.expect("an answer").total.parts.events
}

fn frame(world: &mut World, warehouse: &Warehouse, rows: &[AnonymousEvent]) -> Frame {
    let mut frame = world.frame(rows);
    let words = warehouse.drain_words().into_iter().map(|(site, word)| Record::Word(site, word));
    frame.records = words.chain(frame.records).collect();
    world.journal(frame.clone());
    frame
}

/// Monday is compacted, Tuesday in small files, Wednesday in memory.
async fn three_days(world: &mut World) -> (Warehouse, Words) {
    world.clock.set(noon(MONDAY));
    let warehouse = world.open().await;
    let words = Words::admit(&warehouse);
    for at in (0..3).map(|n| MONDAY.plus(n)) {
        world.clock.set(noon(at));
        let frame = frame(world, &warehouse, &day(at, &words));
        warehouse.take(frame);
        warehouse.sight(SITE, 1);
        if at < MONDAY.plus(2) {
            warehouse.flush().await.expect("flush");
        }
        if at == MONDAY.plus(1) {
            warehouse.maintain(&sites()).await.expect("maintain");
        }
    }
    (warehouse, words)
}

/// Every word that opens with the keys there are.
async fn words_at_rest(world: &World) -> String {
    let warehouse = world.open().await;
    let words = warehouse.vocabulary(SITE);
    let spaces = [Dimension::Page.into(), Dimension::Event.into(), Space::TAG, Space::PROPERTY];
    let values = words.words(Space::PROPERTY).into_iter().map(|(key, _)| Space::values_of(key));
    let all = spaces.into_iter().chain(values).flat_map(|space| words.words(space));
    all.map(|(_, word)| word.to_string()).collect::<Vec<_>>().join("\n")
}

fn named(words: &Words, warehouse: &Warehouse) -> Purge {
    let page = (Dimension::Page.into(), words.named);
    let found = warehouse.vocabulary(SITE).find(NAME);
    Purge::of_words(found.into_iter().chain([page]), &warehouse.vocabulary(SITE))
}

#[test]
fn a_word_is_struck_and_its_rows_join_the_page_above_or_are_rare() {
    block_on(async {
        let mut world = World::new(options()).await;
        let (warehouse, words) = three_days(&mut world).await;
        assert!(words_at_rest(&world).await.contains(NAME), "it is found before");
        let (before, page) = (events(&warehouse, &words).await, Group::Dimension(Dimension::Page));
        let purge = named(&words, &warehouse);
        assert_eq!(purge.words.len(), 4, "the page, the one below it, the value and the tag");
        let keys_before = world.keys.list(Purpose::Control).await.expect("keys");
        let purged = warehouse.purge(SITE, &purge).await.expect("purged");
        assert_eq!((purged.words, purged.days), (4, 3));
        for warehouse in [warehouse, world.open().await] {
            assert_eq!(events(&warehouse, &words).await, before, "rows stay");
            let pages = by(&warehouse, page, &words).await;
            assert_eq!(pages.get(&words.above), Some(&(3 * VISITORS)), "{pages:?}");
            assert!(!pages.contains_key(&words.named) && !pages.contains_key(&words.below));
            let values = by(&warehouse, Group::Property(words.key), &words).await;
            assert_eq!(values, BTreeMap::from([(Term::RARE, before)]));
            assert!(!by(&warehouse, Group::Tag, &words).await.contains_key(&words.tag));
        }
        assert!(!words_at_rest(&world).await.contains(NAME));
        // An earlier copy of the catalogue is sealed under a key that is gone.
        let keys = world.keys.list(Purpose::Control).await.expect("keys");
        assert!(keys_before.iter().all(|key| !keys.contains(key)) && keys.len() == keys_before.len());
        let (files, keys) = world.left().await;
        assert_eq!(files, keys);
        assert_eq!(world.open().await.purge(SITE, &Purge::default()).await.expect("nothing"), Default::default());
    });
}

#[test]
fn rows_that_are_on_their_way_come_without_the_word() {
    block_on(async {
        let mut world = World::new(options()).await;
        let (warehouse, words) = three_days(&mut world).await;
        let late = world.frame(&day(MONDAY.plus(2), &words));
        warehouse.purge(SITE, &named(&words, &warehouse)).await.expect("purged");
        warehouse.take(late);
        let pages = by(&warehouse, Group::Dimension(Dimension::Page), &words).await;
        assert_eq!(pages.get(&Term::RARE), Some(&VISITORS), "{pages:?}");
        let again = warehouse.vocabulary(SITE).admit(Dimension::Page, &format!("/people/{NAME}")).expect("admitted");
        assert!(again != words.named && again != words.below, "its number is nobody else's");
    });
}

#[test]
fn a_property_goes_with_its_values() {
    block_on(async {
        let mut world = World::new(options()).await;
        let (warehouse, words) = three_days(&mut world).await;
        let purge = Purge::of_words([(Space::PROPERTY, words.key)], &warehouse.vocabulary(SITE));
        assert_eq!(purge.words.len(), 2);
        warehouse.purge(SITE, &purge).await.expect("purged");
        let values = by(&warehouse, Group::Property(words.key), &words).await;
        assert_eq!(values.keys().copied().collect::<Vec<_>>(), [Term::NONE]);
        let left = words_at_rest(&world).await;
        assert!(!left.contains("query") && left.contains(NAME), "the same text elsewhere is another word");
    });
}

/// A purge, and how many events are left.
type Case<'a> = (&'a dyn Fn(&Words) -> Purge, u64);

#[test]
fn events_are_taken_out_by_name_page_channel_and_day() {
    let gone = |change: fn(&mut Gone, &Words)| {
        move |words: &Words| {
            let mut gone = Gone::default();
            change(&mut gone, words);
            Purge { words: Vec::new(), gone: Some(gone) }
        }
    };
    let all = 3 * 2 * VISITORS;
    let of_name = gone(|gone, words| gone.events = Some(vec![words.download]));
    let of_page = gone(|gone, words| gone.pages = Some(vec![words.named]));
    // Both rows of the visits, also the one that does not say where they came from.
    let of_channel = gone(|gone, words| gone.channels = Some(vec![words.search]));
    let of_days = gone(|gone, _| gone.days = Some((MONDAY, MONDAY.plus(1))));
    let of_both = gone(|gone, words| {
        gone.events = Some(vec![words.download]);
        gone.days = Some((MONDAY, MONDAY));
    });
    let cases: [Case<'_>; 5] = [
        (&of_name, all / 2),
        (&of_page, all / 2),
        (&of_channel, all / 2),
        (&of_days, all / 3),
        (&of_both, all - VISITORS),
    ];
    for (at, (purge, left)) in cases.into_iter().enumerate() {
        block_on(async {
            let mut world = World::new(options()).await;
            let (warehouse, words) = three_days(&mut world).await;
            assert_eq!(events(&warehouse, &words).await, all);
            warehouse.purge(SITE, &purge(&words)).await.expect("purged");
            assert_eq!(events(&warehouse, &words).await, left, "case {at}");
            let again = world.open().await;
            assert_eq!(events(&again, &words).await, left, "case {at}, after a restart");
            // Days that are closed later have what is left.
            world.clock.set(noon(MONDAY.plus(5)));
            again.maintain(&sites()).await.expect("maintain");
            assert_eq!(events(&again, &words).await, left, "case {at}, compacted");
            let (files, keys) = world.left().await;
            assert_eq!(files, keys);
        });
    }
}

/// Visitors and events that history tells, by value; `None` is `(other)`.
async fn told(warehouse: &Warehouse, at: Day, group: Option<Group>, words: &Words) -> BTreeMap<Option<Term>, u64> {
    let (answer, _) = warehouse.history(&query(at, at, group.into_iter().collect(), words)).await.expect("cells");
    if group.is_none() {
        return [(None, answer.total.parts.events)].into();
    }
    let term = |keys: &[outis_insight::ShownKey]| match keys {
        [outis_insight::ShownKey::Term(term)] => Some(*term),
        _ => None,
    };
    answer.rows.iter().map(|row| (term(&row.keys), row.parts.events)).collect()
}

/// Monday to Wednesday are history, and their rows are gone.
async fn past(world: &mut World) -> (Warehouse, Words) {
    let (warehouse, words) = three_days(world).await;
    warehouse.flush().await.expect("flush");
    world.clock.set(noon(MONDAY.plus(5)));
    warehouse.maintain(&sites()).await.expect("maintain");
    world.clock.set(noon(MONDAY.plus(60)));
    warehouse.maintain(&sites()).await.expect("maintain");
    (warehouse, words)
}

#[test]
fn in_history_a_word_joins_what_is_not_told_and_events_go() {
    block_on(async {
        let page = Some(Group::Dimension(Dimension::Page));
        let mut world = World::new(options()).await;
        let (warehouse, words) = past(&mut world).await;
        assert_eq!(told(&warehouse, MONDAY, page, &words).await[&Some(words.named)], VISITORS);
        let purge = named(&words, &warehouse);
        let (to_go, _) = warehouse.cells_to_go(SITE, &purge).await.expect("looked");
        let purged = warehouse.purge(SITE, &purge).await.expect("purged");
        assert!(purged.cells > 3 && purged.cells == to_go, "{purged:?}");
        let pages = told(&warehouse, MONDAY, page, &words).await;
        assert_eq!(pages, BTreeMap::from([(None, VISITORS), (Some(words.plain), VISITORS)]));
        assert_eq!(told(&warehouse, MONDAY, None, &words).await[&None], 2 * VISITORS, "the total stays");

        let mut world = World::new(options()).await;
        let (warehouse, words) = past(&mut world).await;
        let gone = Gone { pages: Some(vec![words.named]), days: Some((MONDAY, MONDAY)), ..Gone::default() };
        warehouse.purge(SITE, &Purge { words: Vec::new(), gone: Some(gone) }).await.expect("purged");
        let pages = told(&warehouse, MONDAY, page, &words).await;
        assert_eq!(pages, BTreeMap::from([(Some(words.plain), VISITORS)]));
        let next = told(&warehouse, MONDAY.plus(1), page, &words).await;
        assert_eq!(next[&Some(words.named)], VISITORS, "another day is left alone");

        let gone = Gone { days: Some((MONDAY, MONDAY.plus(1))), ..Gone::default() };
        let purged = warehouse.purge(SITE, &Purge { words: Vec::new(), gone: Some(gone) }).await.expect("purged");
        for at in [MONDAY, MONDAY.plus(1)] {
            assert_eq!(told(&warehouse, at, None, &words).await[&None], 0);
        }
        assert_eq!(told(&warehouse, MONDAY.plus(2), None, &words).await[&None], 2 * VISITORS);
        assert!(purged.cells > 10, "{purged:?}");
        let (files, keys) = world.left().await;
        assert_eq!(files, keys);
    });
}

async fn purge_named(world: &World, warehouse: &Warehouse, purge: &Purge) -> Result<(), WarehouseError> {
    world.clock.set(noon(MONDAY.plus(2)));
    warehouse.purge(SITE, purge).await?;
    Ok(())
}

#[test]
fn whenever_the_process_ends_purging_again_finishes_and_nothing_else_is_lost() {
    let mut ended = 0;
    for writes in 0.. {
        let over = block_on(async {
            let mut world = World::new(options()).await;
            let (warehouse, words) = three_days(&mut world).await;
            let mut purge = named(&words, &warehouse);
            purge.gone = Some(Gone { events: Some(vec![words.download]), ..Gone::default() });
            world.fuse.burn_after(writes);
            let done = purge_named(&world, &warehouse, &purge).await;
            let out = world.fuse.is_out();
            assert!(out || done.is_ok());
            drop(warehouse);
            world.fuse.renew();
            let warehouse = world.open().await;
            purge_named(&world, &warehouse, &purge).await.expect("finishes");
            assert_eq!(events(&warehouse, &words).await, 3 * VISITORS);
            let pages = by(&warehouse, Group::Dimension(Dimension::Page), &words).await;
            let expected = BTreeMap::from([(words.above, 3 * VISITORS / 2), (words.plain, 3 * VISITORS / 2)]);
            assert_eq!(pages, expected, "ended after {writes}");
            assert!(!words_at_rest(&world).await.contains(NAME));
            let (files, keys) = world.left().await;
            assert_eq!(files, keys);
            !out
        });
        if over {
            break;
        }
        ended += 1;
    }
    assert!(ended > 10, "only {ended} places to end at");
}

/// What waits is in sums that were released: who takes a value out must not leave the others behind it alone.
#[test]
fn what_waits_for_a_purged_value_waits_on_without_its_name() {
    block_on(async {
        let mut world = World::new(options()).await;
        world.clock.set(noon(MONDAY));
        let warehouse = world.open().await;
        let words = Words::admit(&warehouse);
        let site = {
            let mut site = Site::clone(&sites()[0]);
            site.policy.floor = 20;
            [Arc::new(site)]
        };
        let frame = frame(&mut world, &warehouse, &day(MONDAY, &words));
        warehouse.take(frame);
        warehouse.sight(SITE, 1);
        warehouse.flush().await.expect("flush");
        world.clock.set(noon(MONDAY.plus(2)));
        warehouse.maintain(&site).await.expect("maintain");
        warehouse.purge(SITE, &named(&words, &warehouse)).await.expect("purged");
        let waiting: Vec<_> = warehouse.inner().state.lock().cells.iter().filter(|f| f.waiting).cloned().collect();
        assert!(!waiting.is_empty());
        let mut pages = BTreeMap::new();
        for file in waiting {
            let bytes = warehouse.inner().store.get_opts(&file.path, Default::default()).await.expect("there");
            let entries = crate::history::table::read_entries(bytes.bytes().await.expect("read")).expect("entries");
            for (family, entry) in entries {
                if family.groups() == [Group::Dimension(Dimension::Page)] {
                    pages.insert(entry.keys[0], entry.parts.events);
                }
            }
        }
        assert_eq!(pages, BTreeMap::from([(Term::RARE, VISITORS), (words.plain, VISITORS)]));
        let listed: Vec<_> = world.disk.list(None).try_collect().await.expect("listing");
        assert_eq!(listed.len(), world.left().await.1);
    });
}
