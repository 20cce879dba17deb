//! Matching visitors to rows with everything that was ever on the disk, once the day's key is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::SystemTime;

use aws_lc_rs::hmac;
use outis_event::Record;
use outis_keys::Purpose;

use super::loot::{Loot, files_of};
use super::match_up::{RowSet, Score, in_order, row_sets};
use super::town::{Town, VISITORS, Visitor, visitor};

/// The keys of the day are destroyed; its files are not rewritten yet.
const AFTER_GRACE: &str = "2026-11-24T01:00:30Z";
/// They are.
const AFTER_CLOSE: &str = "2026-11-24T01:30:00Z";

fn visitors() -> Vec<Visitor> {
    (0..VISITORS).map(visitor).collect()
}

/// The number of a visitor under a day's key, by the description of the algorithm.
fn number(key: &[u8; 32], visitor: &Visitor) -> u64 {
    let std::net::IpAddr::V4(ip) = visitor.ip else { panic!("the town has IPv4 only") };
    let text = [b"outis/visitor/v1\x04".as_slice(), &ip.octets(), visitor.agent.as_bytes()].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &text);
    (u64::from_be_bytes(tag.as_ref()[..8].try_into().expect("a tag has 32 bytes")) >> 1).max(1)
}

/// Every number that any of these keys gives any visitor, and whose it is.
fn recomputed<'a>(keys: impl IntoIterator<Item = &'a [u8; 32]>) -> BTreeMap<u64, usize> {
    let visitors = visitors();
    let each = |key| visitors.iter().enumerate().map(move |(at, visitor)| (number(key, visitor), at));
    keys.into_iter().flat_map(each).collect()
}

/// How many sets of rows are those of the visitor whose number they have.
fn named(sets: &[RowSet], numbers: &BTreeMap<u64, usize>) -> usize {
    sets.iter().filter(|set| set.truth.is_some() && numbers.get(&set.number).copied() == set.truth).count()
}

/// A day of three sites, copied again and again.
struct Attacked {
    town: Town,
    /// Copies without the slot, in the order of time.
    copies: Vec<PathBuf>,
    /// One with the slot while the day was open: what the promise excludes.
    leaked: PathBuf,
}

async fn day(sites: usize, keep_numbers: bool) -> Attacked {
    let mut town = Town::new(sites).await;
    if keep_numbers {
        town.core.warehouse.keep_numbers();
    }
    let mut copies = Vec::new();
    for wave in 0..3 {
        town.wave(wave).await;
        // In the journal and in memory; then in files.
        copies.push(town.copy(false));
        if wave < 2 {
            town.write().await;
            copies.push(town.copy(false));
        }
    }
    town.core.flush().await.expect("flush");
    town.core.save().await.expect("save");
    let leaked = town.copy(true);
    Attacked { town, copies, leaked }
}

impl Attacked {
    fn sets(&self, loot: &Loot, site: usize) -> Vec<RowSet> {
        let site = self.town.sites[site].0;
        row_sets(&loot.rows, site, &self.town.core.warehouse.vocabulary(site))
    }

    /// All copies and the directory as it is now, with the slot as it is now.
    async fn loot(&mut self) -> Loot {
        let now = self.town.copy(true);
        let copies: Vec<PathBuf> = self.copies.iter().cloned().chain([now.clone()]).collect();
        Loot::of(&copies, &[&now]).await
    }

    /// The keys of the open days, from the copy with the slot.
    async fn day_keys(&self) -> BTreeSet<[u8; 32]> {
        Loot::of(std::slice::from_ref(&self.leaked), &[&self.leaked]).await.keys(Purpose::VisitorDay)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_slot_of_the_open_day_everybody_is_found() {
    let attacked = day(1, false).await;
    let copies: Vec<PathBuf> = attacked.copies.iter().cloned().chain([attacked.leaked.clone()]).collect();
    let loot = Loot::of(&copies, &[&attacked.leaked]).await;
    let numbers = recomputed(&loot.keys(Purpose::VisitorDay));
    assert_eq!(named(&attacked.sets(&loot, 0), &numbers), VISITORS, "in files of rows");
    let mut journalled = BTreeSet::new();
    for record in loot.frames.iter().flat_map(|frame| &frame.records) {
        if let Record::Event(event) = record
            && event.engaged_s > 0
        {
            assert_eq!(numbers.get(&event.visitor.0).copied(), Some(event.engaged_s as usize - 1));
            journalled.insert(event.visitor.0);
        }
    }
    assert!(journalled.len() >= VISITORS / 3, "in the journal: the last third of the day");
    assert!(loot.snapshots.iter().any(|(file, _)| *file == "waiting.sealed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_new_numbers_at_close_the_days_key_would_find_everybody() {
    let mut attacked = day(1, true).await;
    attacked.town.until(AFTER_CLOSE).await;
    let loot = attacked.loot().await;
    assert!(loot.rows.iter().all(|found| found.closed));
    let numbers = recomputed(&attacked.day_keys().await);
    assert_eq!(named(&attacked.sets(&loot, 0), &numbers), VISITORS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_the_days_key_is_gone_matching_is_no_better_than_guessing() {
    let mut attacked = day(3, false).await;
    let day_keys = attacked.day_keys().await;
    assert_eq!(day_keys.len(), 3, "one key of each site");
    let true_numbers = recomputed(&day_keys);

    // Destroyed, but not closed yet: rows have the day's numbers, and nothing leads to them.
    attacked.town.clock.set(super::town::at(AFTER_GRACE));
    attacked.town.core.step().await.expect("step");
    let early = attacked.loot().await;
    assert!(early.reached.all.is_disjoint(&day_keys), "a destroyed key was reached");
    assert!(early.numbers().iter().filter(|number| true_numbers.contains_key(number)).count() >= VISITORS);
    let tried = recomputed(&early.reached.all);
    assert!(early.numbers().iter().all(|number| !tried.contains_key(number)), "a key gives a number of some row");

    // Closed.
    attacked.copies.push(attacked.town.copy(false));
    attacked.town.until(AFTER_CLOSE).await;
    let loot = attacked.loot().await;
    assert!(loot.reached.all.is_disjoint(&day_keys), "a destroyed key was reached");
    assert!(loot.rows.iter().all(|found| found.closed), "a file of the open day opens");
    let numbers = loot.numbers();
    assert!(numbers.iter().all(|number| !true_numbers.contains_key(number)), "a number of the open day is left");
    let tried = recomputed(&loot.reached.all);
    assert!(numbers.iter().all(|number| !tried.contains_key(number)), "a key gives a number of some row");
    assert!(loot.frames.is_empty(), "the journal of the day opens");
    nothing_in_clear(&attacked, &true_numbers);
    file_times_tell_nothing(&attacked);
    orders_tell_nothing(&attacked, &loot);
}

/// No visitor number lies in clear in any file of any copy.
fn nothing_in_clear(attacked: &Attacked, numbers: &BTreeMap<u64, usize>) {
    let folders = attacked.copies.iter().map(PathBuf::as_path).chain([attacked.town.dir.as_path()]);
    for (path, content) in folders.flat_map(files_of) {
        for window in content.windows(8) {
            let bytes: [u8; 8] = window.try_into().expect("8 bytes");
            let clear = [u64::from_be_bytes(bytes), u64::from_le_bytes(bytes)].iter().any(|n| numbers.contains_key(n));
            assert!(!clear, "{} holds a visitor's number", path.display());
        }
    }
}

/// Files of rows have no time of change.
fn file_times_tell_nothing(attacked: &Attacked) {
    for (path, _) in files_of(&attacked.town.dir.join("warehouse")) {
        let changed = path.metadata().and_then(|about| about.modified()).expect("a time");
        assert_eq!(changed, SystemTime::UNIX_EPOCH, "{}", path.display());
    }
}

/// Order of sending, addresses and user agents against numbers and places of rows. Each is tried on three sites: an
/// order that tells something does so on all, while chance beats its bound of 99 in 100 on all three once in a million.
fn orders_tell_nothing(attacked: &Attacked, loot: &Loot) {
    let visitors = visitors();
    let mut scores: BTreeMap<String, Vec<Score>> = BTreeMap::new();
    for site in 0..3 {
        let sets = attacked.sets(loot, site);
        assert_eq!(sets.len(), VISITORS, "every visitor has rows");
        let order = &attacked.town.sites[site].1;
        let mut sent = vec![0; VISITORS];
        order.iter().enumerate().for_each(|(at, number)| sent[*number] = at);
        let slots: BTreeSet<u32> = sets.iter().map(|set| set.context.2).collect();
        let slots: Vec<u32> = slots.into_iter().collect();
        let slot = |number: usize| slots[sent[number] * 3 / VISITORS];
        let place = |set: &RowSet| set.place;
        let number = |set: &RowSet| set.number;
        let mut add = |name: &str, score: Score| scores.entry(name.to_owned()).or_default().push(score);
        add("sent, place", in_order(&visitors, &sets, slot, |v| sent[v], place));
        add("sent, number", in_order(&visitors, &sets, slot, |v| sent[v], number));
        add("address, number", in_order(&visitors, &sets, slot, |v| visitors[v].ip, number));
        add("user agent, number", in_order(&visitors, &sets, slot, |v| &visitors[v].agent, number));
        add("list, number", in_order(&visitors, &sets, slot, |v| v, number));
        let all = in_order(&visitors, &sets, slot, |v| v, |set| set.truth);
        assert_eq!(all.hits, VISITORS, "the measure counts right matches");
    }
    for (name, scores) in scores {
        let told: Vec<_> = scores.iter().map(|s| (s.hits, s.by_chance, s.agreement)).collect();
        assert!(scores.iter().any(Score::is_a_guess), "{name}: {told:?} (hits, by chance, agreement)");
    }
}
