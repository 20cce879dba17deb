//! An anonymous event has its fields and no others.

use outis_event::{AnonymousEvent, Day, SiteId, Slot};

fn main() {
    let mut event = AnonymousEvent::blank(SiteId(1), Day(1), Slot(1));
    event.url = String::from("https://example.org/users/anna");
    event.at = outis_event::Timestamp(0);
}
