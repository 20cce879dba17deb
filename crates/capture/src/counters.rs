//! What became of events, by reason: plain numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use outis_event::{DropReason, Rewrite};

const DROPS: usize = DropReason::ALL.len();
const REWRITES: usize = Rewrite::ALL.len();

/// Counts events by what became of them. Counting never waits.
#[derive(Debug)]
pub struct Counters {
    stored: AtomicU64,
    dropped: [AtomicU64; DROPS],
    rewritten: [AtomicU64; REWRITES],
}

/// The counts at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events stored.
    pub stored: u64,
    /// Events dropped, by reason; reasons that never occurred are left out.
    pub dropped: Vec<(DropReason, u64)>,
    /// Stored events in which something was changed, by reason.
    pub rewritten: Vec<(Rewrite, u64)>,
}

impl Default for Counters {
    fn default() -> Counters {
        let zero = || AtomicU64::new(0);
        Counters {
            stored: zero(),
            dropped: std::array::from_fn(|_| zero()),
            rewritten: std::array::from_fn(|_| zero()),
        }
    }
}

impl Counters {
    /// Counters that go on from earlier counts.
    pub fn from_counts(counts: &Counts) -> Counters {
        let counters = Counters::default();
        counters.stored.store(counts.stored, Ordering::Relaxed);
        for (reason, count) in &counts.dropped {
            counters.dropped[*reason as usize].store(*count, Ordering::Relaxed);
        }
        for (reason, count) in &counts.rewritten {
            counters.rewritten[*reason as usize].store(*count, Ordering::Relaxed);
        }
        counters
    }

    /// Counts stored events.
    pub fn add_stored(&self, count: u64) {
        self.stored.fetch_add(count, Ordering::Relaxed);
    }

    /// Counts dropped events.
    pub fn add_dropped(&self, reason: DropReason, count: u64) {
        self.dropped[reason as usize].fetch_add(count, Ordering::Relaxed);
    }

    /// Counts a stored event in which something was changed.
    pub fn add_rewritten(&self, reason: Rewrite) {
        self.rewritten[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// The counts now.
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let dropped = DropReason::ALL.iter().map(|reason| (*reason, read(&self.dropped[*reason as usize])));
        let rewritten = Rewrite::ALL.iter().map(|reason| (*reason, read(&self.rewritten[*reason as usize])));
        Counts {
            stored: read(&self.stored),
            dropped: dropped.filter(|(_, count)| *count > 0).collect(),
            rewritten: rewritten.filter(|(_, count)| *count > 0).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_on_after_a_restart() {
        let counters = Counters::default();
        counters.add_stored(3);
        DropReason::ALL.iter().for_each(|reason| counters.add_dropped(*reason, 2));
        Rewrite::ALL.iter().for_each(|reason| counters.add_rewritten(*reason));
        let again = Counters::from_counts(&counters.counts());
        again.add_dropped(DropReason::Bot, 1);
        assert_eq!(again.counts().stored, 3);
        assert!(again.counts().dropped.contains(&(DropReason::Bot, 3)));
        assert_eq!(again.counts().dropped.len(), DropReason::ALL.len());
        assert_eq!(again.counts().rewritten, counters.counts().rewritten);
    }
}
