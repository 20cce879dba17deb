//! Limits on tries to sign in, in memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

/// Tries of one network within [`WINDOW`].
const TRIES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// Networks remembered.
const NETWORKS: usize = 10_000;
/// Passwords hashed at once: each takes 19 MiB and a tenth of a second of one core.
const HASHES: usize = 2;

/// Tries to sign in.
pub(super) struct SignIns {
    tries: Mutex<HashMap<IpAddr, (Instant, u32)>>,
    pub(super) hashing: Semaphore,
}

impl Default for SignIns {
    fn default() -> SignIns {
        SignIns { tries: Mutex::default(), hashing: Semaphore::new(HASHES) }
    }
}

impl SignIns {
    /// Counts a try; the seconds to wait if there were too many.
    pub(super) fn enter(&self, peer: IpAddr, now: Instant) -> Result<(), u32> {
        let mut tries = self.tries.lock();
        if tries.len() >= NETWORKS {
            tries.retain(|_, (began, _)| now.duration_since(*began) < WINDOW);
            if tries.len() >= NETWORKS {
                return Err(60);
            }
        }
        let (began, count) = tries.entry(network(peer)).or_insert((now, 0));
        if now.duration_since(*began) >= WINDOW {
            (*began, *count) = (now, 0);
        }
        *count += 1;
        if *count <= TRIES { Ok(()) } else { Err(60) }
    }
}

/// An IPv4 address, or the first half of an IPv6 address.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(four) => IpAddr::V4(four),
        IpAddr::V6(six) => {
            let mut octets = six.octets();
            octets[8..].fill(0);
            IpAddr::V6(octets.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_a_minute_and_network() {
        let limits = SignIns::default();
        let start = Instant::now();
        let tries = |peer: &str, at: Instant| limits.enter(peer.parse().expect("address"), at).is_ok();
        let allowed = (0..20).filter(|i| tries(&format!("2001:db8::{i}"), start)).count();
        assert_eq!(allowed, 10);
        assert!(tries("2001:db8:0:1::1", start));
        assert!(tries("2001:db8::1", start + WINDOW));
    }
}
