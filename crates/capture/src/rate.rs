//! Token buckets for networks, sites and everybody, in a bounded table of keyed hashes.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use outis_event::{Network, SiteId, Timestamp};
use parking_lot::Mutex;

use crate::{Rate, RateLimits};

const SHARDS: usize = 16;
/// Senders remembered per shard in each of two generations.
const BUCKETS: usize = 8_192;

/// The limit is reached: try again after so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Whole seconds, 1 to 3,600.
    pub seconds: u32,
}

#[derive(Clone, Copy)]
struct Bucket {
    /// Thousandths of events; below zero after a batch larger than what was left.
    milli: i64,
    at: Timestamp,
}

#[derive(Default)]
struct Buckets {
    young: HashMap<u64, Bucket>,
    old: HashMap<u64, Bucket>,
}

/// Who sent how much lately. Addresses are kept only as hashes under a key that lives in memory.
pub(crate) struct Limiter {
    limits: RateLimits,
    hasher: RandomState,
    shards: [Mutex<Buckets>; SHARDS],
}

#[derive(Hash)]
enum Who {
    Network(u128),
    Site(SiteId),
    All,
}

impl Limiter {
    pub(crate) fn new(limits: RateLimits) -> Limiter {
        Limiter { limits, hasher: RandomState::new(), shards: std::array::from_fn(|_| Mutex::default()) }
    }

    /// Before the body is read: takes one event of the network and of all.
    pub(crate) fn enter(&self, ip: IpAddr, now: Timestamp) -> Result<(), Wait> {
        self.take(Who::All, self.limits.all, 1, now)?;
        if self.is_exempt(ip) { Ok(()) } else { self.take(network_of(ip), self.limits.network, 1, now) }
    }

    /// When the events are known: takes the others. What is too much is owed, so that no batch is refused that was
    /// let in.
    pub(crate) fn charge(&self, ip: IpAddr, events: usize, now: Timestamp) {
        let others = i64::try_from(events).unwrap_or(i64::MAX / 1000).saturating_sub(1);
        self.owe(Who::All, self.limits.all, others, now);
        if !self.is_exempt(ip) {
            self.owe(network_of(ip), self.limits.network, others, now);
        }
    }

    /// Takes the events of a site.
    pub(crate) fn enter_site(&self, site: SiteId, events: usize, now: Timestamp) -> Result<(), Wait> {
        let events = i64::try_from(events).unwrap_or(i64::MAX / 1000);
        self.take(Who::Site(site), self.limits.site, events, now)
    }

    fn is_exempt(&self, ip: IpAddr) -> bool {
        self.limits.exempt.iter().any(|network: &Network| network.contains(ip))
    }

    fn take(&self, who: Who, rate: Rate, events: i64, now: Timestamp) -> Result<(), Wait> {
        self.with(who, rate, now, |bucket| {
            if bucket.milli >= 1000 {
                bucket.milli -= events * 1000;
                return Ok(());
            }
            let missing = u64::try_from(1000 - bucket.milli).unwrap_or(1000);
            let seconds = missing.div_ceil(u64::from(rate.per_second) * 1000).clamp(1, 3600);
            Err(Wait { seconds: u32::try_from(seconds).expect("at most an hour") })
        })
        .unwrap_or(Ok(()))
    }

    fn owe(&self, who: Who, rate: Rate, events: i64, now: Timestamp) {
        self.with(who, rate, now, |bucket| bucket.milli -= events * 1000);
    }

    /// The bucket, filled up to now. `None` without a limit.
    fn with<T>(&self, who: Who, rate: Rate, now: Timestamp, then: impl FnOnce(&mut Bucket) -> T) -> Option<T> {
        if rate.per_second == 0 {
            return None;
        }
        let full = i64::from(rate.burst.max(1)) * 1000;
        let hash = self.hasher.hash_one(who);
        let mut shard = self.shards[hash as usize % SHARDS].lock();
        let mut bucket = shard.remove(hash).unwrap_or(Bucket { milli: full, at: now });
        let passed_ms = (now.0 - bucket.at.0).max(0);
        bucket.milli = bucket.milli.saturating_add(passed_ms.saturating_mul(i64::from(rate.per_second))).min(full);
        bucket.at = now;
        let result = then(&mut bucket);
        shard.insert(hash, bucket);
        Some(result)
    }
}

impl Buckets {
    fn remove(&mut self, hash: u64) -> Option<Bucket> {
        self.young.get(&hash).copied().or_else(|| self.old.remove(&hash))
    }

    fn insert(&mut self, hash: u64, bucket: Bucket) {
        if self.young.len() >= BUCKETS && !self.young.contains_key(&hash) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(hash, bucket);
    }
}

fn network_of(ip: IpAddr) -> Who {
    match ip.to_canonical() {
        IpAddr::V4(four) => Who::Network(u128::from(four.to_bits()) | 1 << 127),
        IpAddr::V6(six) => Who::Network(six.to_bits() >> 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(per_second: u32, burst: u32) -> Limiter {
        let network = Rate { per_second, burst };
        let exempt = vec!["198.51.100.0/24".parse().expect("network")];
        Limiter::new(RateLimits { network, exempt, ..RateLimits::default() })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn a_burst_then_the_rate() {
        let limiter = limiter(2, 3);
        let (me, other) = (ip("192.0.2.1"), ip("192.0.2.2"));
        let mut now = Timestamp(1_000_000);
        for _ in 0..3 {
            assert_eq!(limiter.enter(me, now), Ok(()));
        }
        assert_eq!(limiter.enter(me, now), Err(Wait { seconds: 1 }));
        assert_eq!(limiter.enter(other, now), Ok(()));
        now = now.plus_ms(500);
        assert_eq!(limiter.enter(me, now), Ok(()));
        assert_eq!(limiter.enter(me, now), Err(Wait { seconds: 1 }));
        // A clock set back gives nothing.
        assert_eq!(limiter.enter(me, Timestamp(0)), Err(Wait { seconds: 1 }));
    }

    #[test]
    fn a_batch_is_paid_back() {
        let limiter = limiter(2, 3);
        let me = ip("2001:db8::1");
        let now = Timestamp(0);
        assert_eq!(limiter.enter(me, now), Ok(()));
        limiter.charge(me, 23, now);
        // The whole /64 waits: 20 owed and one to send.
        assert_eq!(limiter.enter(ip("2001:db8::2"), now), Err(Wait { seconds: 11 }));
        assert_eq!(limiter.enter(ip("2001:db8:0:1::2"), now), Ok(()));
        assert_eq!(limiter.enter(me, now.plus_ms(10_500)), Ok(()));
    }

    #[test]
    fn exempt_networks_have_no_limit() {
        let limiter = limiter(1, 1);
        for _ in 0..100 {
            assert_eq!(limiter.enter(ip("198.51.100.9"), Timestamp(0)), Ok(()));
        }
    }

    #[test]
    fn the_table_is_bounded() {
        let limiter = limiter(1, 1);
        for i in 0..(SHARDS * BUCKETS * 3) as u32 {
            let _ = limiter.enter(IpAddr::V4(i.into()), Timestamp(0));
        }
        let held = |shard: &Mutex<Buckets>| {
            let shard = shard.lock();
            shard.young.len() + shard.old.len()
        };
        let held: usize = limiter.shards.iter().map(held).sum();
        assert!(held <= SHARDS * BUCKETS * 2);
    }
}
