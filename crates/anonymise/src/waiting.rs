//! The waiting room: how many people were seen with a word, without knowing who.

mod snapshot;

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::hmac;
use outis_disclose::Secret;
use outis_event::{Day, SiteId, Space};
use parking_lot::{Mutex, RwLock};
use zeroize::Zeroizing;

use crate::member::Who;

/// Words of a site that wait, at most, unless told otherwise.
const WORDS_PER_SITE: usize = 200_000;
/// With a floor above this, a map has 256 bits.
const NARROW_FLOOR: u32 = 20;

/// Weeks that begin on Monday, counted from the one of 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Week(pub i32);

impl Week {
    /// The week of a day.
    pub fn of(day: Day) -> Week {
        Week((day.0.saturating_add(3)).div_euclid(7))
    }
}

/// What is wrong with a snapshot.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum RestoreError {
    /// Not a snapshot, or cut off.
    #[error("the snapshot of the waiting room cannot be read")]
    Unreadable,
    /// A later version.
    #[error("the snapshot of the waiting room was written by a later version")]
    Version,
}

/// The map of one word: one bit for each person, many persons for each bit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Map {
    bits: [u64; 4],
    wide: bool,
    /// Persons that a snapshot knows of. They may be those of `bits`, so the two are never added.
    before: u16,
    /// Counts up with every change in the room of the site: what was touched last is kept longest.
    touched: u32,
}

#[derive(Default)]
struct SiteRoom {
    maps: HashMap<u128, Map>,
    changes: u32,
}

/// One week: its secrets and maps. The secrets die with it.
struct Epoch {
    week: Week,
    /// Finds words. It goes into snapshots.
    secret: Secret<[u8; 32]>,
    words: hmac::Key,
    /// Gives persons their bits. It never leaves the memory: with it, a list of addresses and user agents would tell
    /// who was seen with a rare word.
    persons: hmac::Key,
    sites: Mutex<HashMap<SiteId, SiteRoom>>,
}

/// Words that wait for enough people. Bounded; what it holds may be lost, which only delays admission. There is no
/// text in it: a word is found by a hash under the week's secret.
///
/// A snapshot holds of each word how many persons were seen with it, and nothing of who they are. After a restart
/// nobody can be told from those before it, so that a word waits until as many as it needs come anew, or the snapshot
/// knew of enough.
pub struct WaitingRoom {
    words_per_site: usize,
    epoch: RwLock<Arc<Epoch>>,
}

/// A person in front of the waiting room, in one week: cannot be told from others in any other week.
pub(crate) struct Waiter {
    epoch: Arc<Epoch>,
    person: hmac::Tag,
    words_per_site: usize,
}

impl Default for WaitingRoom {
    fn default() -> WaitingRoom {
        WaitingRoom::new(WORDS_PER_SITE)
    }
}

impl WaitingRoom {
    /// An empty room for at most `words_per_site` words of each site (at least 64).
    pub fn new(words_per_site: usize) -> WaitingRoom {
        let epoch = Arc::new(Epoch::fresh(Week(i32::MIN)));
        WaitingRoom { words_per_site: words_per_site.max(64), epoch: RwLock::new(epoch) }
    }

    /// How many persons wait with each word of the current week, to be sealed by the caller under a key that dies with
    /// the week. Holds no text and nothing that depends on who the persons are.
    pub fn snapshot(&self) -> Vec<u8> {
        snapshot::write(&self.epoch.read().clone())
    }

    /// Merges a snapshot: of each word the higher number of persons holds. One of an earlier week than the room's is
    /// ignored, one of a later week replaces what is here. Of the same week but under another secret it is ignored, unless the room is empty.
    ///
    /// # Errors
    /// When the bytes are no snapshot; the room is unchanged then.
    pub fn restore(&self, bytes: &[u8]) -> Result<(), RestoreError> {
        let read = snapshot::read(bytes, self.words_per_site)?;
        let mut here = self.epoch.write();
        if read.week > here.week || (read.week == here.week && here.is_empty()) {
            *here = Arc::new(read);
        } else if read.week == here.week && read.same_secret(&here) {
            here.merge(read, self.words_per_site);
        }
        Ok(())
    }

    /// The week of what waits now; `None` before the first event.
    pub fn week(&self) -> Option<Week> {
        Some(self.epoch.read().week).filter(|week| week.0 != i32::MIN)
    }

    /// Words of a site that wait.
    pub fn waiting_words(&self, site: SiteId) -> usize {
        self.epoch.read().sites.lock().get(&site).map_or(0, |room| room.maps.len())
    }

    /// The least number of persons seen with a word in this week.
    pub fn persons(&self, site: SiteId, space: Space, word: &str) -> u32 {
        let epoch = self.epoch.read().clone();
        let id = epoch.word_id(site, space, word);
        epoch.sites.lock().get(&site).and_then(|room| room.maps.get(&id)).map_or(0, Map::persons)
    }

    /// Forgets that a word waits.
    pub fn forget_word(&self, site: SiteId, space: Space, word: &str) {
        let epoch = self.epoch.read().clone();
        let id = epoch.word_id(site, space, word);
        if let Some(room) = epoch.sites.lock().get_mut(&site) {
            room.maps.remove(&id);
        }
    }

    /// Forgets all that waits for a site.
    pub fn forget_site(&self, site: SiteId) {
        self.epoch.read().sites.lock().remove(&site);
    }

    /// Someone, in this week. A later week than the room's begins anew.
    pub(crate) fn enter(&self, week: Week, who: Who<'_>) -> Waiter {
        let epoch = self.epoch_of(week);
        let mut mac = hmac::Context::with_key(&epoch.persons);
        mac.update(b"outis/waiting/person/v1");
        who.add_to(&mut mac);
        Waiter { person: mac.sign(), epoch, words_per_site: self.words_per_site }
    }

    fn epoch_of(&self, week: Week) -> Arc<Epoch> {
        let here = self.epoch.read().clone();
        if here.week >= week {
            return here;
        }
        let mut epoch = self.epoch.write();
        if epoch.week < week {
            *epoch = Arc::new(Epoch::fresh(week));
        }
        epoch.clone()
    }
}

impl Waiter {
    /// Marks the word as seen with this person and gives the least number of persons it was seen with. `floor` is
    /// the number of persons that the caller waits for.
    pub(crate) fn add(&self, site: SiteId, space: Space, word: &str, floor: u32) -> u32 {
        let id = self.epoch.word_id(site, space, word);
        let mut mac = hmac::Context::with_key(&self.epoch.persons);
        mac.update(b"outis/waiting/bit/v1");
        mac.update(&id.to_be_bytes());
        mac.update(self.person.as_ref());
        let place = mac.sign().as_ref()[0];
        let mut sites = self.epoch.sites.lock();
        sites.entry(site).or_default().mark(id, place, floor > NARROW_FLOOR, self.words_per_site)
    }

    /// The word is admitted: it waits no more.
    pub(crate) fn leave(&self, site: SiteId, space: Space, word: &str) {
        let id = self.epoch.word_id(site, space, word);
        if let Some(room) = self.epoch.sites.lock().get_mut(&site) {
            room.maps.remove(&id);
        }
    }
}

impl Epoch {
    fn fresh(week: Week) -> Epoch {
        Epoch::with_secret(week, random())
    }

    /// An epoch that finds the words of another; its persons are new.
    fn with_secret(week: Week, secret: [u8; 32]) -> Epoch {
        let words = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let persons = hmac::Key::new(hmac::HMAC_SHA256, &Zeroizing::new(random())[..]);
        Epoch { week, secret: Secret::new(secret), words, persons, sites: Mutex::default() }
    }

    fn word_id(&self, site: SiteId, space: Space, word: &str) -> u128 {
        let mut mac = hmac::Context::with_key(&self.words);
        mac.update(b"outis/waiting/word/v1");
        mac.update(&site.0.to_be_bytes());
        mac.update(&space.0.to_be_bytes());
        mac.update(word.as_bytes());
        let tag = mac.sign();
        u128::from_be_bytes(tag.as_ref()[..16].try_into().expect("a tag has 32 bytes"))
    }

    fn is_empty(&self) -> bool {
        self.sites.lock().values().all(|room| room.maps.is_empty())
    }

    fn same_secret(&self, other: &Epoch) -> bool {
        const WHY: &str = "two rooms of one secret can be merged";
        self.secret.expose(WHY) == other.secret.expose(WHY)
    }

    fn merge(&self, other: Epoch, most: usize) {
        let mut sites = self.sites.lock();
        for (site, theirs) in other.sites.into_inner() {
            let ours = sites.entry(site).or_default();
            for (id, map) in theirs.maps {
                ours.merge(id, map.before, most);
            }
        }
    }
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

impl SiteRoom {
    fn mark(&mut self, id: u128, place: u8, wide: bool, most: usize) -> u32 {
        let map = self.map_of(id, most);
        if map.wide != wide {
            // Bits of the other width mean other persons.
            (map.bits, map.wide) = ([0; 4], wide);
        }
        let place = if wide { place } else { place % 64 };
        map.bits[usize::from(place / 64)] |= 1 << (place % 64);
        map.persons()
    }

    fn merge(&mut self, id: u128, persons: u16, most: usize) {
        let ours = self.map_of(id, most);
        ours.before = ours.before.max(persons);
    }

    fn map_of(&mut self, id: u128, most: usize) -> &mut Map {
        self.changes = self.changes.wrapping_add(1);
        if self.maps.len() >= most && !self.maps.contains_key(&id) {
            self.make_room(most);
        }
        let map = self.maps.entry(id).or_default();
        map.touched = self.changes;
        map
    }

    /// Lets go of an eighth of the words: those with the fewest persons, of these the longest untouched.
    fn make_room(&mut self, most: usize) {
        let now = self.changes;
        let rank = |map: &Map| (map.persons(), std::cmp::Reverse(now.wrapping_sub(map.touched)));
        let mut ranks: Vec<_> = self.maps.iter().map(|(id, map)| (rank(map), *id)).collect();
        let (gone, _, _) = ranks.select_nth_unstable(most / 8);
        for (_, id) in gone {
            self.maps.remove(id);
        }
    }
}

impl Map {
    fn persons(&self) -> u32 {
        let seen: u32 = self.bits.iter().map(|bits| bits.count_ones()).sum();
        seen.max(u32::from(self.before))
    }
}

#[cfg(test)]
mod tests;
