//! No dimension takes text: not a page, not an event's name, nothing.

use outis_event::{AnonymousEvent, Day, Dimension, SiteId, Slot};

fn record(event: &mut AnonymousEvent, sent: String) {
    event.set(Dimension::Page, sent);
}

fn main() {
    let mut event = AnonymousEvent::blank(SiteId(1), Day(1), Slot(1));
    record(&mut event, String::from("/users/anna"));
}
