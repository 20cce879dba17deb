//! Which insert ids were stored within the last day, as keyed hashes in two generations.

use std::collections::HashSet;
use std::sync::Arc;

use aws_lc_rs::hmac;
use outis_event::{InsertHash, SiteId, Timestamp};
use parking_lot::Mutex;

/// How long a generation takes ids; each lives at least that long and at most twice as long.
const GENERATION_MS: i64 = 86_400_000;
const HASH_BYTES: usize = size_of::<InsertHash>();
const SNAPSHOT_VERSION: u8 = 1;

/// The bytes are no snapshot of insert ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a snapshot of insert ids")]
pub struct RestoreError;

#[derive(Default)]
struct Generations {
    young: HashSet<InsertHash>,
    old: HashSet<InsertHash>,
    /// When the young generation began, in milliseconds; 0 before the first id.
    began: i64,
}

/// The table of insert ids. Bounded: when a generation is full the next one begins early.
pub(crate) struct Dedup {
    key: hmac::Key,
    most: usize,
    generations: Mutex<Generations>,
}

/// Ids taken for events that are not durable yet. Dropped without [`Taken::keep`] they are free again.
pub(crate) struct Taken {
    dedup: Arc<Dedup>,
    hashes: Vec<InsertHash>,
}

impl Dedup {
    /// `most` ids are remembered. The caller wipes its copy of the key.
    pub(crate) fn new(key: &[u8; 32], most: usize) -> Dedup {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        Dedup { key, most: (most / 2).max(1), generations: Mutex::default() }
    }

    /// Begins to take ids; without any taken it costs nothing.
    pub(crate) fn begin(self: &Arc<Self>) -> Taken {
        Taken { dedup: self.clone(), hashes: Vec::new() }
    }

    fn hash(&self, site: SiteId, id: &str) -> InsertHash {
        let mut mac = hmac::Context::with_key(&self.key);
        mac.update(&site.0.to_be_bytes());
        mac.update(id.as_bytes());
        InsertHash(mac.sign().as_ref()[..HASH_BYTES].try_into().expect("a tag has 32 bytes"))
    }

    /// Version, begin of the young generation, number of young ids, young ids, old ids. The caller seals it.
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        let generations = self.generations.lock();
        let count = generations.young.len() + generations.old.len();
        let mut bytes = Vec::with_capacity(17 + count * HASH_BYTES);
        bytes.push(SNAPSHOT_VERSION);
        bytes.extend(generations.began.to_le_bytes());
        bytes.extend((generations.young.len() as u64).to_le_bytes());
        generations.young.iter().chain(&generations.old).for_each(|hash| bytes.extend(hash.0));
        bytes
    }

    /// Adds the ids of a snapshot to what is known.
    pub(crate) fn restore(&self, bytes: &[u8]) -> Result<(), RestoreError> {
        let (&version, rest) = bytes.split_first().ok_or(RestoreError)?;
        let (began, rest) = rest.split_first_chunk::<8>().ok_or(RestoreError)?;
        let (young, rest) = rest.split_first_chunk::<8>().ok_or(RestoreError)?;
        let (hashes, tail) = rest.as_chunks::<HASH_BYTES>();
        let young = usize::try_from(u64::from_le_bytes(*young)).map_err(|_| RestoreError)?;
        if version != SNAPSHOT_VERSION || !tail.is_empty() || young > hashes.len() {
            return Err(RestoreError);
        }
        let mut generations = self.generations.lock();
        if generations.young.is_empty() {
            generations.began = i64::from_le_bytes(*began);
        }
        for (at, hash) in hashes.iter().take(self.most.saturating_mul(2)).enumerate() {
            if at < young {
                generations.young.insert(InsertHash(*hash))
            } else {
                generations.old.insert(InsertHash(*hash))
            };
        }
        Ok(())
    }
}

impl Dedup {
    /// Adds ids that were stored after the last snapshot.
    pub(crate) fn recall(&self, hashes: impl IntoIterator<Item = InsertHash>, now: Timestamp) {
        let mut generations = self.generations.lock();
        for hash in hashes {
            generations.turn(now, self.most);
            generations.young.insert(hash);
        }
    }
}

impl Generations {
    fn turn(&mut self, now: Timestamp, most: usize) {
        let age = now.0.saturating_sub(self.began);
        if age >= GENERATION_MS || self.young.len() >= most {
            let young = std::mem::take(&mut self.young);
            // Two days without any id: the young are old enough to be forgotten too.
            self.old = if age >= 2 * GENERATION_MS { HashSet::new() } else { young };
            self.began = now.0;
        }
    }
}

impl Taken {
    /// Takes an id; false if it was taken before.
    pub(crate) fn take(&mut self, site: SiteId, id: &str, now: Timestamp) -> bool {
        let hash = self.dedup.hash(site, id);
        let mut generations = self.dedup.generations.lock();
        generations.turn(now, self.dedup.most);
        let fresh = !generations.old.contains(&hash) && generations.young.insert(hash);
        if fresh {
            self.hashes.push(hash);
        }
        fresh
    }

    /// The ids taken.
    pub(crate) fn hashes(&self) -> &[InsertHash] {
        &self.hashes
    }

    /// True if no id was taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The events are durable: their ids stay taken.
    pub(crate) fn keep(mut self) {
        self.hashes.clear();
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.hashes.is_empty() {
            return;
        }
        let mut generations = self.dedup.generations.lock();
        for hash in &self.hashes {
            generations.young.remove(hash);
            generations.old.remove(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: SiteId = SiteId(1);
    const NOW: Timestamp = Timestamp(1_795_514_400_000);

    fn take(dedup: &Arc<Dedup>, id: &str, now: Timestamp) -> bool {
        let mut taken = dedup.begin();
        let fresh = taken.take(SITE, id, now);
        taken.keep();
        fresh
    }

    #[test]
    fn an_id_is_taken_once_a_day() {
        let dedup = Arc::new(Dedup::new(&[1; 32], 1000));
        assert!(take(&dedup, "a", NOW));
        assert!(!take(&dedup, "a", NOW));
        assert!(!take(&dedup, "a", NOW.plus_ms(GENERATION_MS)));
        assert!(take(&dedup, "b", NOW.plus_ms(GENERATION_MS)));
        assert!(take(&dedup, "a", NOW.plus_ms(2 * GENERATION_MS)));
        let mut other = dedup.begin();
        assert!(other.take(SiteId(2), "b", NOW.plus_ms(2 * GENERATION_MS)));
    }

    #[test]
    fn what_was_not_stored_may_come_again() {
        let dedup = Arc::new(Dedup::new(&[1; 32], 1000));
        let mut taken = dedup.begin();
        assert!(taken.take(SITE, "a", NOW));
        assert!(!taken.take(SITE, "a", NOW));
        drop(taken);
        assert!(take(&dedup, "a", NOW));
    }

    #[test]
    fn a_snapshot_remembers_under_the_same_key() {
        let dedup = Arc::new(Dedup::new(&[1; 32], 1000));
        take(&dedup, "old", NOW);
        take(&dedup, "young", NOW.plus_ms(GENERATION_MS));
        let again = Arc::new(Dedup::new(&[1; 32], 1000));
        again.restore(&dedup.snapshot()).expect("own snapshot");
        let later = NOW.plus_ms(GENERATION_MS + 1);
        assert!(!take(&again, "old", later) && !take(&again, "young", later));
        for bad in [&b""[..], b"\x02", &dedup.snapshot()[..20]] {
            assert_eq!(again.restore(bad), Err(RestoreError));
        }
    }

    #[test]
    fn the_table_is_bounded() {
        let dedup = Arc::new(Dedup::new(&[1; 32], 100));
        for i in 0..1000 {
            assert!(take(&dedup, &i.to_string(), NOW));
        }
        assert!(dedup.snapshot().len() <= 17 + 100 * HASH_BYTES);
    }
}
