//! Who learns from what members say about items, and how it is told: no more than they agreed to, and only while they are
//! there.

use std::collections::HashMap;

use outis_event::SiteId;
use outis_keys::{KeyName, Purpose as KeyPurpose};

use crate::consent::Purpose;
use crate::member::site_of;
use crate::people::{Identity, People};
use crate::profile::Preferences;
use crate::vault::{Field, Place, open};
use crate::{ExternalId, PeopleError};

/// Members whose records are read together.
const AT_ONCE: usize = 256;

/// A member among those of their site: the same as long as they are there. It is as personal as an id: it is to be kept in
/// memory only, and goes with [`Learner::gone`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who(pub(crate) [u8; 16]);

impl Who {
    /// The same as bytes: as personal.
    #[must_use]
    pub fn name(&self) -> [u8; 16] {
        self.0
    }

    /// Somebody made up, for tests of who learns.
    #[must_use]
    pub fn of(name: [u8; 16]) -> Who {
        Who(name)
    }
}

impl std::fmt::Debug for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Who(..)")
    }
}

/// Learns from what members like and have bookmarked. Its calls must not wait.
pub trait Learner: Send + Sync {
    /// A member says this from now on; `None`: nothing that may be learnt from.
    fn told(&self, site: SiteId, who: Who, said: Option<&Preferences>);

    /// A member is being forgotten: what they said is to be taken out before this returns. Of whoever said nothing too.
    fn gone(&self, site: SiteId, who: Who);

    /// Keys of what lies on the disk and was made of what members of the site said. They are destroyed with the key of a
    /// member who is forgotten, under the same new root, whether they said anything or not.
    fn keys(&self, site: SiteId) -> Vec<KeyName>;
}

pub(crate) fn who(name: &KeyName) -> Who {
    Who(name.label)
}

impl Identity {
    /// True if what is said may be learnt from.
    pub(crate) fn may_be_learnt_from(&self) -> bool {
        self.consents.allow(&Purpose::Personalisation)
    }
}

impl People {
    /// From now on this learns from what members say. It knows nothing of what they said before:
    /// [`People::look_through`] tells.
    pub fn learn_by(&self, learner: std::sync::Arc<dyn Learner>) {
        // A second one would know as much; the first stays.
        let _ = self.learner.set(learner);
    }

    /// True if the site has a member.
    ///
    /// # Errors
    /// When the key tree refuses.
    pub async fn has_members(&self, site: SiteId) -> Result<bool, PeopleError> {
        Ok(self.keys.list(KeyPurpose::Member).await?.iter().any(|name| site_of(name) == site))
    }

    /// Tells what every member of the site says, as it is written, of those who agreed to its being used. Whoever changes
    /// something meanwhile is told to the learner too, in whichever order; whoever is forgotten meanwhile is told to be gone
    /// after they were found.
    ///
    /// # Errors
    /// When database or key tree refuse: some members were not told then.
    pub async fn look_through(
        &self,
        site: SiteId,
        found: &(dyn Fn(Who, &Preferences) + Sync),
    ) -> Result<(), PeopleError> {
        let mut names = self.keys.list(KeyPurpose::Member).await?;
        names.retain(|name| site_of(name) == site);
        for some in names.chunks(AT_ONCE) {
            self.find_some(some, found).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn find_some(
        &self,
        names: &[KeyName],
        found: &(dyn Fn(Who, &Preferences) + Sync),
    ) -> Result<(), PeopleError> {
        let mut places = Vec::with_capacity(names.len());
        for name in names {
            let Some(key) = self.keys.get(*name).await? else { continue };
            places.push((*name, [Field::Profile, Field::Preferences].map(|field| Place::of(&key, field))));
        }
        let ids: Vec<[u8; 16]> = places.iter().flat_map(|(_, places)| places.iter().map(|place| place.id)).collect();
        let records: HashMap<[u8; 16], Vec<u8>> = self.database.records_of(&ids).await?.into_iter().collect();
        for (name, [profile, preferences]) in &places {
            let (Some(of_profile), Some(of_items)) = (records.get(&profile.id), records.get(&preferences.id)) else {
                continue;
            };
            if !open::<Identity>(profile, of_profile)?.may_be_learnt_from() {
                continue;
            }
            found(who(name), &open(preferences, of_items)?);
            if !self.is_there(*name).await? {
                self.tell_gone(*name);
            }
        }
        Ok(())
    }

    /// True if a member has a key and is not being forgotten.
    pub(crate) async fn is_there(&self, name: KeyName) -> Result<bool, PeopleError> {
        Ok(!self.leaving.lock().contains(&name) && self.keys.get(name).await?.is_some())
    }

    /// Whoever the application knows by this id, as the learner is told of them; they need not be a member.
    pub fn who(&self, site: SiteId, id: &ExternalId) -> Who {
        who(&self.name(site, id))
    }

    /// True while they are being forgotten.
    pub fn is_leaving(&self, site: SiteId, id: &ExternalId) -> bool {
        self.leaving.lock().contains(&self.name(site, id))
    }

    pub(crate) fn tell_gone(&self, name: KeyName) {
        if let Some(learner) = self.learner.get() {
            learner.gone(site_of(&name), who(&name));
        }
    }
}
