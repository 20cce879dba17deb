//! What happens on a connection, and until when something must happen next.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::Limits;

/// Time that each byte buys: who takes or sends less than one byte a millisecond is too slow in the long run.
const PER_BYTE: Duration = Duration::from_millis(1);

/// The version of HTTP that a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing came yet.
    Opened,
    /// Part of the headers of a request came.
    Head,
    /// Requests are being answered.
    Busy,
    /// Everything that was asked is answered.
    Idle,
}

struct State {
    phase: Phase,
    /// When the phase began, or when something last moved in it.
    since: Instant,
    open: u32,
    asked: bool,
    drains: bool,
}

/// Written by what reads, writes and answers; read by the connection's watch.
pub(super) struct Activity {
    version: Version,
    limits: Limits,
    state: Mutex<State>,
}

impl Activity {
    pub(super) fn new(version: Version, limits: Limits) -> Arc<Activity> {
        let state = State { phase: Phase::Opened, since: Instant::now(), open: 0, asked: false, drains: false };
        Arc::new(Activity { version, limits, state: Mutex::new(state) })
    }

    /// Bytes came.
    pub(super) fn read(&self, bytes: usize) {
        let mut state = self.state.lock();
        match (state.phase, self.version) {
            (Phase::Opened, _) | (Phase::Idle, Version::One) => state.enter(Phase::Head),
            (Phase::Busy, _) => state.moved_by(bytes),
            // With HTTP/2 pings and window updates come too: they make no request.
            (Phase::Head, _) | (Phase::Idle, Version::Two) => {}
        }
    }

    /// Bytes were taken by the peer.
    pub(super) fn wrote(&self, bytes: usize) {
        let mut state = self.state.lock();
        match (state.phase, self.version) {
            // An answer may be on its way long after it is finished here.
            (Phase::Busy, _) | (Phase::Idle, Version::One) => state.moved_by(bytes),
            _ => {}
        }
    }

    /// A request came. It lasts until the returned value is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Asked {
        let mut state = self.state.lock();
        state.enter(Phase::Busy);
        state.open += 1;
        state.asked = true;
        Asked(Arc::clone(self))
    }

    /// True if there was a request on this connection.
    pub(super) fn was_asked(&self) -> bool {
        self.state.lock().asked
    }

    /// The listener drains.
    pub(super) fn drain(&self) {
        self.state.lock().drains = true;
    }

    /// When something last moved.
    pub(super) fn since(&self) -> Instant {
        self.state.lock().since
    }

    /// When the connection is to be closed if nothing happens until then.
    pub(super) fn due(&self) -> Instant {
        let state = self.state.lock();
        let limit = match state.phase {
            Phase::Opened => self.limits.first_byte,
            Phase::Head => self.limits.headers,
            Phase::Busy => self.limits.stalled,
            Phase::Idle => self.limits.idle,
        };
        state.since + limit
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }

    fn moved_by(&mut self, bytes: usize) {
        let bought = PER_BYTE.saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.since = (self.since + bought).min(Instant::now());
    }
}

/// A request that is being answered.
pub(super) struct Asked(Arc<Activity>);

impl Asked {
    /// True if the connection ends with this answer because the listener drains.
    pub(super) fn drains(&self) -> bool {
        self.0.state.lock().drains
    }

    /// The answer made a step.
    pub(super) fn moved(&self) {
        self.0.state.lock().since = Instant::now();
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.open -= 1;
        if state.open == 0 {
            state.enter(Phase::Idle);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn each_phase_has_its_limit() {
        let limits = Limits::default();
        let activity = Activity::new(Version::One, limits);
        let start = Instant::now();
        assert_eq!(activity.due(), start + limits.first_byte);
        advance(3 * S).await;
        activity.read(1);
        let head = Instant::now();
        advance(3 * S).await;
        activity.read(1);
        assert_eq!(activity.due(), head + limits.headers, "more of the headers does not extend");
        let asked = activity.begin();
        assert_eq!(activity.due(), Instant::now() + limits.stalled);
        advance(3 * S).await;
        asked.moved();
        assert_eq!(activity.due(), Instant::now() + limits.stalled);
        advance(3 * S).await;
        drop(asked);
        assert_eq!(activity.due(), Instant::now() + limits.idle);
        advance(3 * S).await;
        activity.read(1);
        assert_eq!(activity.due(), Instant::now() + limits.headers);
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_buy_time_but_little() {
        let limits = Limits::default();
        let activity = Activity::new(Version::Two, limits);
        let asked = activity.begin();
        let start = Instant::now();
        advance(10 * S).await;
        activity.wrote(2_000);
        assert_eq!(activity.due(), start + 2 * S + limits.stalled);
        activity.wrote(1_000_000);
        assert_eq!(activity.due(), start + 10 * S + limits.stalled, "never more than there was");
        drop(asked);
        let idle = Instant::now();
        advance(5 * S).await;
        activity.read(17);
        activity.wrote(17);
        assert_eq!(activity.due(), idle + limits.idle, "an HTTP/2 ping is no request");
    }
}
