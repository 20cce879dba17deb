//! How long storing takes lately, so that answers for unknown sites can take as long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A moving average of the time the sink takes.
#[derive(Default)]
pub(crate) struct Pace(AtomicU64);

impl Pace {
    pub(crate) fn note(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).min(1_000_000);
        let before = self.0.load(Ordering::Relaxed);
        // A lost update does no harm.
        self.0.store(if before == 0 { took } else { (before * 7 + took) / 8 }, Ordering::Relaxed);
    }

    pub(crate) async fn wait(&self) {
        tokio::time::sleep(Duration::from_micros(self.0.load(Ordering::Relaxed))).await;
    }
}
