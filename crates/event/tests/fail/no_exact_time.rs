//! Neither slot nor clock of an event takes a point in time.

use outis_event::{AnonymousEvent, Day, SiteId, Slot, Timestamp};

fn main() {
    let now = Timestamp(1_795_514_400_000);
    let mut event = AnonymousEvent::blank(SiteId(1), Day(1), Slot(1));
    event.slot = now;
    event.clock = now;
    event.day = now;
}
