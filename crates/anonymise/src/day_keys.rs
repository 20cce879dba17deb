//! The keys of the days that are still open, in memory.

use std::collections::HashMap;

use aws_lc_rs::hmac;
use outis_event::{Day, SiteId};
use parking_lot::RwLock;

/// The secret of one site and local day. Wiped when it is dropped; copies are not made.
pub struct DayKey(hmac::Key);

impl DayKey {
    /// A key of 32 random bytes. The caller wipes its own copy.
    pub fn new(bytes: &[u8; 32]) -> DayKey {
        DayKey(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    pub(crate) fn hmac(&self) -> &hmac::Key {
        &self.0
    }
}

/// The day keys of all sites. A day without a key has no visitors: its events are counted as late.
#[derive(Default)]
pub struct DayKeys {
    keys: RwLock<HashMap<(SiteId, Day), std::sync::Arc<DayKey>>>,
}

impl DayKeys {
    /// No keys.
    pub fn new() -> DayKeys {
        DayKeys::default()
    }

    /// Opens a day.
    pub fn insert(&self, site: SiteId, day: Day, key: DayKey) {
        self.keys.write().insert((site, day), std::sync::Arc::new(key));
    }

    /// Closes a day: from now on its events belong to nobody.
    pub fn remove(&self, site: SiteId, day: Day) {
        self.keys.write().remove(&(site, day));
    }

    /// True if the day is open.
    pub fn holds(&self, site: SiteId, day: Day) -> bool {
        self.keys.read().contains_key(&(site, day))
    }

    /// The open days of a site, in no order.
    pub fn days(&self, site: SiteId) -> Vec<Day> {
        self.keys.read().keys().filter(|(s, _)| *s == site).map(|(_, day)| *day).collect()
    }

    pub(crate) fn of(&self, site: SiteId, day: Day) -> Option<std::sync::Arc<DayKey>> {
        self.keys.read().get(&(site, day)).cloned()
    }
}
