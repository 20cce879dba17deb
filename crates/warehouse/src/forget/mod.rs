//! Forgetting: rows of who is forgotten are hidden at once, and gone when their day is next rewritten.
//!
//! A *tombstone* says a day and a visitor's number, never whose it is. Tombstones of a site lie in sealed pieces, each
//! with a key of its own, and go when the rows they hide do. Compaction gives all visitors of a day other numbers; so
//! that a member's rows can still be found by the number that only the member's key gives, each compacted day has a
//! sealed *roster*: the numbers that its members came with, and those they have now. It goes with the rows.

mod format;
mod held;
mod hide;
mod mark;
mod numbers;
mod purge;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use outis_event::{Day, SiteId, Timestamp};

pub(crate) use format::{Known, Tombstone};
pub(crate) use hide::Rehidden;
pub(crate) use mark::marked;
pub(crate) use numbers::Closed;

/// What is hidden of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HiddenDay {
    /// Visitors whose rows no question sees.
    pub(crate) all: HashSet<u64>,
    /// Those of them whose rows are not counted into cells either.
    pub(crate) deleted: HashSet<u64>,
}

impl HiddenDay {
    /// Only those whose rows are counted into nothing.
    pub(crate) fn but_deleted(&self) -> Arc<HiddenDay> {
        Arc::new(HiddenDay { all: self.deleted.clone(), deleted: self.deleted.clone() })
    }

    pub(crate) fn add(&mut self, tombstone: &Tombstone) {
        self.all.insert(tombstone.number);
        if !tombstone.fold {
            self.deleted.insert(tombstone.number);
        }
    }
}

/// Everything that is hidden.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hidden {
    days: BTreeMap<(SiteId, Day), Arc<HiddenDay>>,
    /// Since when something of a site is hidden whose rows are to go.
    since: BTreeMap<SiteId, Timestamp>,
}

impl Hidden {
    /// What is hidden of a day; `None` if nothing is.
    pub(crate) fn of(&self, site: SiteId, day: Day) -> Option<Arc<HiddenDay>> {
        self.days.get(&(site, day)).cloned()
    }

    pub(crate) fn add(&mut self, site: SiteId, tombstones: &[Tombstone]) {
        for tombstone in tombstones {
            let day = self.days.entry((site, tombstone.day)).or_default();
            Arc::make_mut(day).add(tombstone);
        }
    }

    /// Replaces what is hidden of a site.
    pub(crate) fn replace(&mut self, site: SiteId, tombstones: &[Tombstone]) {
        self.days.retain(|(of, _), _| *of != site);
        self.add(site, tombstones);
    }

    /// The tombstones of a site.
    pub(crate) fn tombstones(&self, site: SiteId) -> Vec<Tombstone> {
        let days = self.days.range((site, Day(i32::MIN))..=(site, Day(i32::MAX)));
        let of = |((_, day), hidden): (&(SiteId, Day), &Arc<HiddenDay>)| {
            let tombstone =
                |number: &u64| Tombstone { day: *day, number: *number, fold: !hidden.deleted.contains(number) };
            hidden.all.iter().map(tombstone).collect::<Vec<_>>()
        };
        days.flat_map(of).collect()
    }

    /// Something of the site was hidden.
    pub(crate) fn hid(&mut self, site: SiteId, now: Timestamp) {
        self.since.entry(site).or_insert(now);
    }

    /// True if rows of the site are to be rewritten: something has been hidden for so long.
    pub(crate) fn is_due(&self, site: SiteId, now: Timestamp, after_ms: i64) -> bool {
        self.since.get(&site).is_some_and(|since| now >= since.plus_ms(after_ms))
    }

    /// Rows of the site were rewritten.
    pub(crate) fn purged(&mut self, site: SiteId) {
        self.since.remove(&site);
    }

    /// The days of a site of which something is hidden.
    pub(crate) fn days(&self, site: SiteId) -> Vec<Day> {
        self.days.range((site, Day(i32::MIN))..=(site, Day(i32::MAX))).map(|((_, day), _)| *day).collect()
    }
}
