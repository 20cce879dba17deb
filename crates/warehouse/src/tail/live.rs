//! Who acted in the last five minutes: a number per site, in memory only.

use std::collections::HashMap;

use outis_event::Timestamp;

/// How long somebody is here after their last act.
const LIVE_MS: i64 = 5 * 60 * 1000;
/// Most visitors remembered of one site; more are not counted.
const MOST_VISITORS: usize = 200_000;

/// Visitors of one site by the time of their last act.
#[derive(Debug, Default)]
pub(crate) struct Live {
    last: HashMap<u64, Timestamp>,
    /// Old ones are looked for when there are this many.
    sweep_at: usize,
}

impl Live {
    /// A visitor acted.
    pub(crate) fn acted(&mut self, visitor: u64, now: Timestamp) {
        if self.last.len() >= self.sweep_at.max(1024) {
            self.sweep(now);
            self.sweep_at = self.last.len() * 2;
        }
        if self.last.len() < MOST_VISITORS || self.last.contains_key(&visitor) {
            self.last.insert(visitor, now);
        }
    }

    /// How many are here.
    pub(crate) fn count(&mut self, now: Timestamp) -> u64 {
        self.sweep(now);
        self.last.len() as u64
    }

    fn sweep(&mut self, now: Timestamp) {
        self.last.retain(|_, last| now.0 - last.0 < LIVE_MS);
    }
}
