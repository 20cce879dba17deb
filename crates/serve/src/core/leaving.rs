//! Who is told that somebody is being forgotten, so that it takes out of memory at once what was theirs.

use std::sync::Arc;

use outis_distribute::{Distribute, Owner};
use outis_event::SiteId;
use outis_keys::KeyName;
use outis_people::{Learner, Preferences, Who};

/// What is learnt from members, and messages that wait.
pub(super) struct Leaving {
    pub(super) learner: Arc<dyn Learner>,
    pub(super) distribute: Arc<Distribute>,
}

/// Whose a message is.
pub(crate) fn owner(who: Who) -> Owner {
    Owner(who.name())
}

impl Learner for Leaving {
    fn told(&self, site: SiteId, who: Who, said: Option<&Preferences>) {
        self.learner.told(site, who, said);
    }

    fn gone(&self, site: SiteId, who: Who) {
        self.learner.gone(site, who);
        self.distribute.gone(owner(who));
    }

    fn keys(&self, site: SiteId) -> Vec<KeyName> {
        let mut keys = self.learner.keys(site);
        keys.extend(self.distribute.keys_over());
        keys
    }
}
