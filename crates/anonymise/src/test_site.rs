//! A site for the tests of this crate.

use outis_event::{Plan, Policy, Shields, Site, SiteId};

pub(crate) fn site() -> Site {
    Site {
        id: SiteId(7),
        domain: "example.org".into(),
        zone: jiff::tz::TimeZone::get("Europe/Vienna").expect("bundled zone"),
        policy: Policy::default(),
        shields: Shields::default(),
        plan: Plan::default(),
        origins: Vec::new(),
        debug_token_hash: None,
    }
}
