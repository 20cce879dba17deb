//! Intents of all sites: what staff defined, what was learnt of it, and what texts mean by that.
//!
//! Models are learnt anew at each start, from definitions that are sealed in the control database: that takes seconds, and
//! there is no second store that could be out of step with them. Until the first one is learnt nothing is interpreted;
//! after a change the model before answers until the new one is there.

mod confirm;
mod counted;
mod learn;
pub(crate) mod starter;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use outis_disclose::note;
use outis_event::{Clock, SiteId, Timestamp};
use outis_keys::Keys;
use outis_personal::intent::{Definitions, Embedding, Engine};
use parking_lot::RwLock;
use tokio::sync::watch;

use crate::control::{Control, IntentStore};
use crate::core::catalogue::Catalogues;

pub(crate) use confirm::{CONFIRM_MINUTES, Confirming, Deed};
pub(crate) use counted::{Counted, Fate};

/// The intents of all sites. Reading never waits.
pub(crate) struct Intents {
    store: IntentStore,
    catalogues: Arc<Catalogues>,
    embedding: Option<Embedding>,
    clock: Arc<dyn Clock>,
    sites: RwLock<HashMap<SiteId, Arc<OfSite>>>,
    /// One model is learnt at a time.
    learning: Arc<tokio::sync::Mutex<()>>,
    /// Told when a model was learnt.
    learnt: watch::Sender<()>,
    pub(crate) counted: Counted,
    pub(crate) confirming: Confirming,
}

/// The intents of a site.
pub(crate) struct OfSite {
    pub(crate) definitions: Arc<Definitions>,
    /// Grows with each change.
    pub(crate) version: i64,
    pub(crate) progress: Progress,
    /// What answers: learnt of these definitions, or of those before while these are learnt.
    pub(crate) served: Option<Arc<Served>>,
}

/// How far learning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Learning,
    Ready,
    /// Something of ours failed; the next change or start tries again.
    Failed,
}

/// A model at work.
pub(crate) struct Served {
    pub(crate) engine: Engine,
    /// The version of the definitions that it was learnt of.
    pub(crate) version: i64,
    pub(crate) learnt: Timestamp,
    /// The version of the catalogue whose items and tags it knows by name.
    named: u64,
}

impl Intents {
    /// Opens them. Nothing is learnt yet: see [`Intents::learn_all`].
    ///
    /// # Errors
    /// When the key tree or the control database refuse.
    pub(crate) async fn open(
        control: Control,
        keys: &dyn Keys,
        counted: Counted,
        catalogues: Arc<Catalogues>,
        embedding: Option<Embedding>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Intents> {
        let store = IntentStore::open(control, keys).await?;
        let mut sites = HashMap::new();
        for kept in store.all().await? {
            let Ok(definitions) = Definitions::from_json(&kept.text) else {
                note!(Error, "intents of a site cannot be read by this program and are left out");
                continue;
            };
            let (definitions, version) = (Arc::new(definitions), kept.version);
            let of_site = OfSite { definitions, version, progress: Progress::Learning, served: None };
            sites.insert(kept.site, Arc::new(of_site));
        }
        Ok(Intents {
            store,
            catalogues,
            embedding,
            clock,
            sites: RwLock::new(sites),
            learning: Arc::default(),
            learnt: watch::Sender::default(),
            counted,
            confirming: Confirming::open(keys).await?,
        })
    }

    /// Begins to learn the models of all sites.
    pub(crate) fn learn_all(self: &Arc<Self>) {
        let sites: Vec<SiteId> = self.sites.read().keys().copied().collect();
        sites.into_iter().for_each(|site| self.learn(site));
    }

    /// The intents of a site; `None` if nobody defined any.
    pub(crate) fn of(&self, site: SiteId) -> Option<Arc<OfSite>> {
        self.sites.read().get(&site).cloned()
    }

    /// Puts definitions in the place of those of a version (0: there are none) and begins to learn them; `None`, and nothing
    /// changes, if there are others meanwhile.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) async fn define(
        self: &Arc<Self>,
        site: SiteId,
        before: i64,
        definitions: Definitions,
    ) -> anyhow::Result<Option<Arc<OfSite>>> {
        let Some(version) = self.store.put(site, before, &definitions.to_json()).await? else { return Ok(None) };
        let of_site = {
            let mut sites = self.sites.write();
            let served = sites.get(&site).and_then(|known| known.served.clone());
            let definitions = Arc::new(definitions);
            let of_site = Arc::new(OfSite { definitions, version, progress: Progress::Learning, served });
            sites.insert(site, of_site.clone());
            of_site
        };
        self.learn(site);
        Ok(Some(of_site))
    }
}
