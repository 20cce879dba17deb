//! The persons of open days as the warehouse counts them: by bits, at the close of a day.

use std::sync::Arc;

use outis_anonymise::Persons;
use outis_event::{Day, SiteId, Visitor};
use outis_insight::history::Presence;

/// Who is known of the visitors of open days.
pub(crate) struct KnownPersons(pub(crate) Arc<Persons>);

impl Presence for KnownPersons {
    fn secret(&self, site: SiteId, day: Day) -> Option<u64> {
        self.0.secret(site, day)
    }

    fn bit(&self, site: SiteId, day: Day, visitor: Visitor, cell: &[u8], wide: bool) -> Option<u8> {
        self.0.bit(site, day, visitor, cell, wide)
    }

    fn forget(&self, site: SiteId, day: Day) {
        self.0.forget(site, day);
    }
}
