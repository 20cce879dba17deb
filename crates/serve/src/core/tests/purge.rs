//! A captured mistake is found by whoever has all keys, until it is purged: then by nobody, in no earlier copy either.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use outis_event::{Record, Space};
use outis_keys::{DataKey, Purpose};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::loot::{Loot, files_of};
use super::town::{Town, at};
use crate::config::Config;
use crate::core::Core;
use crate::core::purges::{What, opened};

/// Somebody's name, sent as a property by mistake.
const NAME: &str = "anna-exemplary";
/// And as events: one of the first day, and one of the second, which the journal still has.
const EVENT: &str = "saw-anna-exemplary";
const LATER: &str = "met-anna-exemplary";

fn what(change: impl FnOnce(&mut What)) -> What {
    let mut what = What::default();
    change(&mut what);
    what
}

/// A day on which enough people sent the name, and the day after, on which it became history.
async fn two_days() -> Town {
    let town = Town::new(1).await;
    for visitor in 0..30 {
        town.act(visitor, EVENT, NAME).await;
    }
    town.write().await;
    town.until("2026-11-24T08:00:00Z").await;
    for visitor in 0..30 {
        town.act(visitor, EVENT, NAME).await;
        town.act(visitor, LATER, NAME).await;
        town.act(visitor, "other", NAME).await;
    }
    town.core.flush().await.expect("flush");
    // Few have this one, so it waits.
    town.act(1, "other", "anna-exemplary-again").await;
    town.core.save().await.expect("save");
    town
}

/// Every text that opens: where it is, and what.
async fn texts(copies: &[PathBuf], slots: &[&Path]) -> Vec<(&'static str, String)> {
    let loot = Loot::of(copies, slots).await;
    let mut texts = Vec::new();
    let words = loot.frames.iter().flat_map(|frame| &frame.records).filter_map(|record| match record {
        Record::Word(_, word) => Some(("journal", word.text.to_string())),
        Record::Event(_) | Record::Insert(_) => None,
    });
    texts.extend(words);
    let keys: Vec<DataKey> = loot.keys(Purpose::Control).into_iter().map(DataKey::from_bytes).collect();
    for copy in copies {
        let options = SqliteConnectOptions::new().filename(copy.join("control.db"));
        let pool = SqlitePoolOptions::new().connect_with(options).await.expect("opens");
        texts.extend(outis_warehouse::attack::words(&pool, &keys).await.into_iter().map(|word| ("words", word)));
        texts.extend(opened(&pool, &keys).await.into_iter().map(|job| ("jobs", job)));
        pool.close().await;
        let lossy = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        texts.extend(files_of(copy).into_iter().map(|(_, bytes)| ("raw", lossy(bytes))));
    }
    let lossy = |(_, bytes): (&'static str, Vec<u8>)| ("snapshots", String::from_utf8_lossy(&bytes).into_owned());
    texts.extend(loot.snapshots.into_iter().map(lossy));
    texts
}

fn found(texts: &[(&'static str, String)]) -> Vec<&'static str> {
    let mut stores: Vec<_> = texts.iter().filter(|(_, text)| text.contains(NAME)).map(|(store, _)| *store).collect();
    stores.dedup();
    stores
}

async fn purge(core: &Core, what: &What) -> outis_warehouse::Purged {
    let state = core.registry.all()[0].clone();
    let resolved = what.resolve(&state.context.site, &state.context.vocabulary).expect("makes sense");
    let id = core.write_purge(&resolved).await.expect("written");
    core.run_purge(id).await.expect("done")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purged_name_is_nowhere_in_no_earlier_copy_either() {
    let mut town = two_days().await;
    let site = town.sites[0].0;
    assert_eq!(town.core.room.waiting_words(site), 1);
    let before = town.copy(true);
    assert_eq!(found(&texts(std::slice::from_ref(&before), &[&before]).await), ["journal", "words"]);

    let state = town.core.registry.all()[0].clone();
    let resolve = |what: What| what.resolve(&state.context.site, &state.context.vocabulary).expect("makes sense");
    let of_property = resolve(what(|what| what.property = Some(NAME.to_owned())));
    let id = town.core.write_purge(&of_property).await.expect("written");
    let between = town.copy(true);
    let told = texts(std::slice::from_ref(&between), &[&between]).await;
    assert!(found(&told).contains(&"jobs"), "what is to be done is written down");
    let done = town.core.run_purge(id).await.expect("done");
    assert_eq!((done.words, done.days), (2, 2), "the property and its value, on both days");
    assert!(done.cells > 0);
    for event in [EVENT, LATER] {
        purge(&town.core, &what(|what| what.event = Some(event.to_owned()))).await;
    }
    assert_eq!(town.core.room.waiting_words(site), 0);
    town.core.settle().await.expect("settled");

    let after = town.copy(true);
    let copies = [before.clone(), between.clone(), after.clone()];
    assert_eq!(found(&texts(&copies, &[&after]).await), [""; 0]);
    // One step earlier the same look finds it.
    assert!(!found(&texts(&copies, &[&between]).await).is_empty());
    let words = town.core.warehouse.vocabulary(site);
    assert!(words.words(Space::PROPERTY).iter().all(|(_, word)| !word.contains(NAME)));
    assert!(words.lookup(outis_event::Dimension::Event, "other").is_some(), "another word stays");
    assert_eq!(town.core.purges.list(site).await.expect("listed").len(), 3);
    let keys = |purpose| {
        let keys = town.core.keys.clone();
        async move { keys.list(purpose).await.expect("keys") }
    };
    assert!(keys(Purpose::Control).await.iter().all(|name| !name.label.starts_with(b"purge")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purge_that_was_only_written_down_is_done_after_a_start() {
    let town = two_days().await;
    let state = town.core.registry.all()[0].clone();
    let property = what(|what| what.property = Some(NAME.to_owned()));
    let resolved = property.resolve(&state.context.site, &state.context.vocabulary).expect("makes sense");
    town.core.write_purge(&resolved).await.expect("written");
    let Town { dir, core, sites, home: _home, .. } = town;
    let site = sites[0].0;
    drop((state, core));
    let config = Config { data_dir: dir, low_water_mib: 0, ..Config::default() };
    let clock = outis_event::ManualClock::new(at("2026-11-24T09:00:00Z"));
    let core = Core::open(&config, Arc::new(clock)).await.expect("opens");
    let words = core.warehouse.vocabulary(site);
    assert_eq!(words.lookup(Space::PROPERTY, NAME), None, "nobody can use it from the start on");
    assert!(core.purges.list(site).await.expect("listed")[0].done.is_none());
    core.maintain().await.expect("maintain");
    let listed = core.purges.list(site).await.expect("listed");
    assert_eq!(listed[0].done.expect("done").days, 2);
    assert_eq!(listed[0].kind, "property");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_name_who_is_forgotten_go_and_are_listed_nowhere() {
    let town = two_days().await;
    let site = town.sites[0].0;
    let words = town.core.warehouse.vocabulary(site);
    assert!(words.lookup(Space::PROPERTY, NAME).is_some());
    // Neither what every site has nor what nobody sent is anybody's.
    let texts = [NAME, "pageview", "never-sent"].map(str::to_owned);
    let id = town.core.purge_of_forgotten(site, &texts).await.expect("written");
    town.core.run_purge(id).await.expect("done");
    assert_eq!(words.lookup(Space::PROPERTY, NAME), None);
    assert!(words.lookup(outis_event::Dimension::Event, EVENT).is_some(), "it was not named");
    assert!(town.core.purges.list(site).await.expect("listed").is_empty());
}
