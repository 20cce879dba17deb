//! What staff saved, as the warehouse's closes keep it.

use std::sync::{Arc, Weak};

use outis_event::{Clock, Site};
use outis_insight::history::{Keeping, Keeps};
use outis_insight::native::{Context, keeping};
use outis_warehouse::Warehouse;

use super::registry::Registry;

/// The definitions of all sites. The warehouse holds it, so it does not hold the warehouse.
pub(super) struct Saved {
    pub(super) registry: Weak<Registry>,
    pub(super) warehouse: Weak<Warehouse>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Keeps for Saved {
    fn keeping(&self, site: &Site) -> Keeping {
        let (Some(registry), Some(warehouse)) = (self.registry.upgrade(), self.warehouse.upgrade()) else {
            return Keeping::default();
        };
        keeping(&Context {
            site: site.id,
            zone: &site.zone,
            vocabulary: &warehouse.vocabulary(site.id),
            now: self.clock.now(),
            first_day: None,
            definitions: &registry.definitions(site.id),
            actions: &[],
            link: site.policy.link,
        })
    }
}
