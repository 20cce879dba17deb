//! Rows that are not in files yet, and what is known of each site's last minutes. In memory only.

mod live;
mod site;

use std::collections::BTreeMap;
use std::sync::Arc;

use outis_event::{AnonymousEvent, Day, SiteId};

pub(crate) use site::SiteState;

/// Events of one frame, site and day.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    /// When they came, counted over the life of the warehouse.
    pub(crate) arrival: u64,
    pub(crate) events: Arc<Vec<AnonymousEvent>>,
}

/// Rows waiting to be written.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    parts: BTreeMap<(SiteId, Day), Vec<Chunk>>,
    rows: usize,
}

impl Tail {
    /// Adds events of one site and day; later calls have the same or a later arrival.
    pub(crate) fn push(&mut self, site: SiteId, day: Day, arrival: u64, events: Vec<AnonymousEvent>) {
        self.rows += events.len();
        self.parts.entry((site, day)).or_default().push(Chunk { arrival, events: Arc::new(events) });
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// All parts as they are now.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (SiteId, Day, &[Chunk])> {
        self.parts.iter().map(|((site, day), chunks)| (*site, *day, chunks.as_slice()))
    }

    /// The chunks of a site and day that came at `until` or before.
    pub(crate) fn of(&self, site: SiteId, day: Day, until: u64) -> Vec<Chunk> {
        let chunks = self.parts.get(&(site, day)).map_or(&[][..], Vec::as_slice);
        chunks.iter().filter(|c| c.arrival <= until).cloned().collect()
    }

    /// The days of a site that have rows here.
    pub(crate) fn days(&self, site: SiteId) -> impl Iterator<Item = Day> {
        self.parts.range((site, Day(i32::MIN))..=(site, Day(i32::MAX))).map(|((_, day), _)| *day)
    }

    /// Removes what came at `until` or before: it is in files now.
    pub(crate) fn remove(&mut self, until: u64) {
        self.parts.retain(|_, chunks| {
            chunks.retain(|c| c.arrival > until);
            !chunks.is_empty()
        });
        self.rows = self.parts.values().flatten().map(|c| c.events.len()).sum();
    }

    /// True if rows of the site and day are here.
    pub(crate) fn has(&self, site: SiteId, day: Day) -> bool {
        self.parts.contains_key(&(site, day))
    }
}
