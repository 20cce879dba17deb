//! How far a site's rows may be seen.

use std::collections::HashSet;

use outis_event::Timestamp;

use super::live::Live;

/// The largest floor there is; more waiting visitors need not be told apart.
const MOST_WAITING: usize = 50;

/// What is known of a site in memory.
#[derive(Debug, Default)]
pub(crate) struct SiteState {
    /// Rows that came at this arrival or before may be seen.
    pub(crate) horizon: u64,
    /// The last arrival of any row.
    pub(crate) newest: u64,
    /// Some visitors that count for floors and acted since the horizon.
    waiting: HashSet<u64>,
    /// When the first row behind the horizon came.
    pub(crate) waiting_since: Option<Timestamp>,
    pub(crate) live: Live,
    /// The horizon stays where it is: something is being added that may not come into what was answered from.
    pub(crate) held: bool,
}

impl SiteState {
    /// Rows came.
    pub(crate) fn came(&mut self, arrival: u64, now: Timestamp) {
        self.newest = self.newest.max(arrival);
        self.waiting_since.get_or_insert(now);
    }

    /// A visitor that counts for floors did something.
    pub(crate) fn acted(&mut self, visitor: u64, now: Timestamp) {
        self.live.acted(visitor, now);
        if self.waiting.len() < MOST_WAITING {
            self.waiting.insert(visitor);
        }
    }

    /// Moves the horizon to the newest row if enough people acted since.
    pub(crate) fn advance(&mut self, floor: u32) -> u64 {
        let enough = usize::try_from(floor).unwrap_or(usize::MAX).min(MOST_WAITING);
        if !self.held && (floor <= 1 || self.waiting.len() >= enough) {
            self.horizon = self.newest;
            self.waiting.clear();
            self.waiting_since = None;
        }
        self.horizon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_horizon_moves_when_enough_people_came() {
        let now = Timestamp(0);
        let mut site = SiteState::default();
        for visitor in 1..=9 {
            site.came(visitor, now);
            site.acted(visitor, now);
            site.acted(1, now);
            assert_eq!(site.advance(10), 0);
        }
        site.came(10, now);
        site.acted(10, now);
        assert_eq!(site.advance(10), 10);
        site.came(11, now);
        site.acted(11, now);
        assert_eq!(site.advance(10), 10);
        site.held = true;
        assert_eq!(site.advance(1), 10);
        site.held = false;
        assert_eq!(site.advance(1), 11);
    }
}
