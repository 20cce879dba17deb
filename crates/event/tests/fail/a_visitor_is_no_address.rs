//! A visitor is no network address.

use std::net::{IpAddr, Ipv4Addr};

use outis_event::{AnonymousEvent, Day, SiteId, Slot};

fn main() {
    let mut event = AnonymousEvent::blank(SiteId(1), Day(1), Slot(1));
    event.visitor = IpAddr::V4(Ipv4Addr::LOCALHOST);
}
