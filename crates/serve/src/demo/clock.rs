//! The demo's clock: it stands in the past while days are made, then follows the system.

use std::sync::atomic::{AtomicI64, Ordering};

use outis_event::{Clock, SystemClock, Timestamp};

const FOLLOWS: i64 = i64::MIN;

/// A clock that stands still until it is moved, and at last follows the system.
pub(super) struct DemoClock(AtomicI64);

impl DemoClock {
    pub(super) fn at(at: Timestamp) -> DemoClock {
        DemoClock(AtomicI64::new(at.0))
    }

    /// Moves to an instant.
    pub(super) fn set(&self, at: Timestamp) {
        self.0.store(at.0, Ordering::SeqCst);
    }

    pub(super) fn follow_the_system(&self) {
        self.0.store(FOLLOWS, Ordering::SeqCst);
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        match self.0.load(Ordering::SeqCst) {
            FOLLOWS => SystemClock.now(),
            at => Timestamp(at),
        }
    }
}
