//! Who a visitor is for one day, how many share a network, and the order of events within a second.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::hmac;
use outis_event::{Day, SiteId, Visitor};
use parking_lot::Mutex;

use crate::DayKey;

/// The part of an address that counts: IPv4 whole, of IPv6 the first 64 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Prefix {
    bytes: [u8; 9],
    len: u8,
}

impl Prefix {
    pub(crate) fn of(ip: IpAddr) -> Prefix {
        let mut prefix = Prefix { bytes: [0; 9], len: 5 };
        match ip.to_canonical() {
            IpAddr::V4(four) => {
                prefix.bytes[0] = 4;
                prefix.bytes[1..5].copy_from_slice(&four.octets());
            }
            IpAddr::V6(six) => {
                prefix.bytes[0] = 6;
                prefix.bytes[1..].copy_from_slice(&six.octets()[..8]);
                prefix.len = 9;
            }
        }
        prefix
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// A visitor of one day and the offset of their clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// 63 bits, never 0.
    pub(crate) visitor: Visitor,
    /// Seconds, below 2^31.
    pub(crate) offset_s: u32,
}

/// The day's number of whoever has this network and user agent: HMAC-SHA256 under the day key, from separate parts
/// of which come number and offset.
pub(crate) fn identify(key: &DayKey, prefix: &Prefix, user_agent: &str) -> Identity {
    let mut mac = hmac::Context::with_key(key.hmac());
    mac.update(b"outis/visitor/v1");
    mac.update(prefix.bytes());
    mac.update(user_agent.as_bytes());
    let tag = mac.sign();
    let part = |at: usize| u64::from_be_bytes(tag.as_ref()[at..at + 8].try_into().expect("a tag has 32 bytes"));
    let offset_s = u32::try_from(part(8) >> 33).expect("31 bits");
    Identity { visitor: Visitor((part(0) >> 1).max(1)), offset_s }
}

const SHARDS: usize = 16;
/// Networks remembered per shard in each of two generations.
const NETWORKS: usize = 8_192;
/// Most visitors remembered of one network.
const MOST_VISITORS: u32 = 1_000;

#[derive(Default)]
struct Networks {
    young: HashMap<u64, Vec<u64>>,
    old: HashMap<u64, Vec<u64>>,
}

/// The first few visitors of each network and day: only they count for floors. Bounded, in memory, and of keyed
/// hashes only. Under more networks than it can hold the longest unseen are forgotten.
pub(crate) struct Crowd {
    hasher: RandomState,
    shards: [Mutex<Networks>; SHARDS],
}

impl Crowd {
    pub(crate) fn new() -> Crowd {
        Crowd { hasher: RandomState::new(), shards: std::array::from_fn(|_| Mutex::default()) }
    }

    /// True if the visitor is one of the first `limit` of their network on this day.
    pub(crate) fn counts(&self, site: SiteId, day: Day, prefix: &Prefix, visitor: Visitor, limit: u32) -> bool {
        let key = self.hasher.hash_one((site, day, prefix));
        let mut shard = self.shards[usize::try_from(key >> 60).unwrap_or(0)].lock();
        let first = shard.of(key);
        if first.contains(&visitor.0) {
            return true;
        }
        let few = u32::try_from(first.len()).is_ok_and(|n| n < limit.min(MOST_VISITORS));
        if few {
            first.push(visitor.0);
        }
        few
    }
}

impl Networks {
    fn of(&mut self, key: u64) -> &mut Vec<u64> {
        if !self.young.contains_key(&key) {
            let known = self.old.remove(&key).unwrap_or_default();
            if self.young.len() >= NETWORKS {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(key, known);
        }
        self.young.entry(key).or_default()
    }
}

const TIE_SLOTS: usize = 1 << 16;

/// Counts the events of a visitor within a second. A fixed table: when two visitors meet in one place their events
/// of that second may get equal numbers, never wrong times.
pub(crate) struct Ties(Box<[AtomicU64]>);

impl Ties {
    pub(crate) fn new() -> Ties {
        Ties((0..TIE_SLOTS).map(|_| AtomicU64::new(0)).collect())
    }

    /// The number of this event among those of the visitor in this (shifted) second; stays at the highest.
    pub(crate) fn next(&self, visitor: Visitor, seconds: u32) -> u16 {
        let slot = usize::from((visitor.0 & 0xffff) as u16);
        let tag = ((visitor.0 >> 16) & 0xffff) << 48 | u64::from(seconds) << 16;
        let step = |held: u64| {
            let same = held & !0xffff == tag;
            Some(if same { tag | (held & 0xffff).saturating_add(1).min(0xffff) } else { tag | 1 })
        };
        let before = self.0[slot].fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or(0);
        if before & !0xffff == tag { (before & 0xffff) as u16 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        Prefix::of(text.parse().expect("address"))
    }

    #[test]
    fn a_visitor_is_network_and_agent_under_the_day_key() {
        let (a, b) = (DayKey::new(&[1; 32]), DayKey::new(&[2; 32]));
        let me = identify(&a, &prefix("192.0.2.1"), "agent");
        assert_eq!(me, identify(&a, &prefix("::ffff:192.0.2.1"), "agent"));
        assert_ne!(me, identify(&a, &prefix("192.0.2.2"), "agent"));
        assert_ne!(me, identify(&a, &prefix("192.0.2.1"), "agent2"));
        assert_ne!(me, identify(&b, &prefix("192.0.2.1"), "agent"));
        let six = identify(&a, &prefix("2001:db8::1"), "agent");
        assert_eq!(six, identify(&a, &prefix("2001:db8::ffff:1"), "agent"));
        assert_ne!(six, identify(&a, &prefix("2001:db8:0:1::1"), "agent"));
        assert!(me.visitor.0 < 1 << 63 && me.offset_s < 1 << 31);
    }

    #[test]
    fn only_the_first_of_a_network_count() {
        let crowd = Crowd::new();
        let counts = |day, v| crowd.counts(SiteId(1), Day(day), &prefix("192.0.2.1"), Visitor(v), 5);
        for round in 0..2 {
            for v in 1..=9 {
                assert_eq!(counts(1, v), v <= 5, "round {round}, visitor {v}");
            }
        }
        assert!(counts(2, 9));
    }

    #[test]
    fn the_crowd_is_bounded() {
        let crowd = Crowd::new();
        for i in 0..600_000u32 {
            let network = Prefix::of(IpAddr::V4(i.into()));
            crowd.counts(SiteId(1), Day(1), &network, Visitor(1), 5);
        }
        let held: usize = crowd.shards.iter().map(|s| s.lock()).map(|s| s.young.len() + s.old.len()).sum();
        assert!(held <= SHARDS * NETWORKS * 2);
    }

    #[test]
    fn ties_count_within_a_second() {
        let ties = Ties::new();
        let visitor = Visitor(0x1234_5678);
        assert_eq!([0, 1, 2], [0; 3].map(|_| ties.next(visitor, 7)));
        assert_eq!(ties.next(visitor, 8), 0);
        for _ in 0..70_000 {
            ties.next(visitor, 9);
        }
        assert_eq!(ties.next(visitor, 9), u16::MAX);
    }
}
