//! Who may come in: a bound on all connections and on those of one network, in memory only.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use outis_disclose::note;
use outis_event::Network;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::ListenOptions;

/// How often it is said at most that connections are turned away.
const BETWEEN_NOTES: Duration = Duration::from_secs(60);

/// Counts the connections that are open.
pub(super) struct Admission {
    places: Arc<Semaphore>,
    all: u32,
    per_network: u32,
    free: Vec<Network>,
    // The standard map has a secret seed: who chooses addresses cannot make it slow.
    open: Mutex<HashMap<u128, u32>>,
    refused: AtomicU64,
    said: Mutex<Option<Instant>>,
}

/// The right to a connection, given back on drop.
pub(super) struct Place {
    admission: Arc<Admission>,
    network: Option<u128>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut open = self.admission.open.lock();
        if let Some(count) = open.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                open.remove(&network);
            }
        }
    }
}

impl Admission {
    pub(super) fn new(options: &ListenOptions) -> Arc<Admission> {
        Arc::new(Admission {
            places: Arc::new(Semaphore::new(options.connections as usize)),
            all: options.connections,
            per_network: options.connections_per_network,
            free: options.trusted_proxies.clone(),
            open: Mutex::new(HashMap::new()),
            refused: AtomicU64::new(0),
            said: Mutex::new(None),
        })
    }

    /// A place, or nothing: then the connection is closed without a word, before anything is spent on it.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let place = self.try_admit(peer);
        if place.is_none() {
            self.say_refused();
        }
        place
    }

    fn try_admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let network = (!self.is_free(peer)).then(|| network_of(peer));
        if let Some(network) = network {
            let mut open = self.open.lock();
            let count = open.entry(network).or_insert(0);
            if *count >= self.per_network {
                return None;
            }
            *count += 1;
        }
        Some(Place { admission: Arc::clone(self), network, _place: place })
    }

    /// Connections that are open.
    pub(super) fn open(&self) -> usize {
        self.all as usize - self.places.available_permits()
    }

    /// Comes back when no connection is open. To be called when no new one can come.
    pub(super) async fn wait_until_empty(&self) {
        // Fails only if the semaphore is closed, which nobody does.
        let _ = self.places.acquire_many(self.all).await;
    }

    fn is_free(&self, peer: IpAddr) -> bool {
        peer.to_canonical().is_loopback() || self.free.iter().any(|network| network.contains(peer))
    }

    fn say_refused(&self) {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        if self.may_speak() {
            note!(Warn, "connections are turned away", refused = refused, open = self.open());
        }
    }

    /// Says that the system gives no more connections.
    pub(super) fn say_exhausted(&self) {
        if self.may_speak() {
            note!(Error, "no connection can be accepted: descriptors or memory are used up", open = self.open());
        }
    }

    /// True once a minute: a flood must not fill the log too.
    fn may_speak(&self) -> bool {
        let now = Instant::now();
        let mut said = self.said.lock();
        let may = said.is_none_or(|said| now - said >= BETWEEN_NOTES);
        if may {
            *said = Some(now);
        }
        may
    }
}

/// The network that an address belongs to: an IPv4 address is one, so is an IPv6 /64.
fn network_of(peer: IpAddr) -> u128 {
    match peer.to_canonical() {
        IpAddr::V4(four) => u128::from(four.to_bits()) | 1 << 127,
        IpAddr::V6(six) => six.to_bits() >> 64,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::*;

    fn admission(connections: u32, connections_per_network: u32) -> Arc<Admission> {
        Admission::new(&ListenOptions {
            connections,
            connections_per_network,
            trusted_proxies: vec!["10.0.0.0/8".parse().expect("network")],
            limits: Limits::default(),
        })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn a_network_has_its_share() {
        let admission = admission(100, 2);
        let first = admission.admit(ip("192.0.2.1")).expect("first");
        let _second = admission.admit(ip("::ffff:192.0.2.1")).expect("second");
        assert!(admission.admit(ip("192.0.2.1")).is_none());
        let _other = admission.admit(ip("192.0.2.2")).expect("another network");
        drop(first);
        let _third = admission.admit(ip("192.0.2.1")).expect("after one left");
        let _six: Vec<_> = (0..2).map(|_| admission.admit(ip("2001:db8::1")).expect("IPv6")).collect();
        assert!(admission.admit(ip("2001:db8::ffff")).is_none(), "the same /64");
        assert!(admission.admit(ip("2001:db8:0:1::1")).is_some(), "another /64");
        assert_eq!(admission.open(), 5);
    }

    #[test]
    fn loopback_and_trusted_proxies_have_no_share_but_the_whole_has_an_end() {
        let admission = admission(6, 1);
        let peers = ["127.0.0.1", "127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.1.1", "10.1.1.1"];
        let places: Vec<_> = peers.iter().map(|peer| admission.admit(ip(peer)).expect("a place")).collect();
        assert!(admission.admit(ip("10.1.1.1")).is_none());
        assert!(admission.admit(ip("192.0.2.1")).is_none());
        drop(places);
        assert!(admission.admit(ip("192.0.2.1")).is_some());
        assert!(admission.open.lock().is_empty(), "who left is forgotten");
    }
}
