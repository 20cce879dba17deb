//! What may be recommended on each site, in memory: states that are replaced whole, and written before they are seen.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use outis_anonymise::Declared;
use outis_event::SiteId;
use outis_personal::catalogue::{Catalogue, Refusal, canonical_tag};
use parking_lot::RwLock;
use tokio::sync::Mutex;

use super::models::{BUILT_IN, CONTROL};
use crate::control::{Changed, ItemStore};

/// The catalogues of all sites. Reading never waits.
pub(crate) struct Catalogues {
    store: ItemStore,
    shelves: RwLock<HashMap<SiteId, Arc<Shelf>>>,
}

/// The catalogue of a site, as it is at each moment.
#[derive(Default)]
pub(crate) struct Shelf {
    state: ArcSwap<State>,
    /// Placements and their variants as events name them.
    variants: ArcSwap<HashSet<String>>,
    /// Held while a change is made.
    changing: Mutex<()>,
}

#[derive(Default)]
struct State {
    catalogue: Arc<Catalogue>,
    version: u64,
}

/// Why a catalogue was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    /// It may not be changed so.
    #[error("refused")]
    Refused(#[from] Refusal),
    /// It could not be written.
    #[error("not written")]
    Failed(#[from] anyhow::Error),
}

impl Catalogues {
    /// Reads every catalogue.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(crate) async fn open(store: ItemStore) -> anyhow::Result<Catalogues> {
        let shelf = |(catalogue, version)| {
            let state = State { catalogue: Arc::new(catalogue), version };
            Arc::new(Shelf { state: ArcSwap::from_pointee(state), ..Shelf::default() })
        };
        let all = store.read_all().await?.into_iter();
        let shelves = RwLock::new(all.map(|(site, read)| (site, shelf(read))).collect());
        Ok(Catalogues { store, shelves })
    }

    /// The catalogue of a site as it is now; an empty one if nothing was ever in it.
    pub(crate) fn of(&self, site: SiteId) -> Arc<Catalogue> {
        let shelf = self.shelves.read().get(&site).cloned();
        shelf.map(|shelf| shelf.state.load().catalogue.clone()).unwrap_or_default()
    }

    /// A number that grows with every change of a site's catalogue.
    pub(crate) fn version(&self, site: SiteId) -> u64 {
        self.shelves.read().get(&site).map_or(0, |shelf| shelf.state.load().version)
    }

    /// Where the site's catalogue will always be found.
    pub(crate) fn shelf(&self, site: SiteId) -> Arc<Shelf> {
        self.shelves.write().entry(site).or_default().clone()
    }

    /// Changes a site's catalogue: on a copy, which is written and then takes its place. It is done to the end, whether
    /// whoever asked for it waits or not.
    ///
    /// # Errors
    /// When the change is refused, or cannot be written; then nothing has changed.
    pub(crate) async fn change<T, F>(self: &Arc<Self>, site: SiteId, change: F) -> Result<T, ChangeError>
    where
        F: FnOnce(&mut Catalogue) -> Result<(T, Changed), Refusal> + Send + 'static,
        T: Send + 'static,
    {
        let this = self.clone();
        let changing = tokio::spawn(async move {
            let shelf = this.shelf(site);
            let _alone = shelf.changing.lock().await;
            let before = shelf.state.load().catalogue.clone();
            let mut after = before.as_ref().clone();
            let changed = tokio::task::spawn_blocking(move || {
                let changed = change(&mut after);
                changed.map(|(told, changed)| (told, changed, after))
            });
            let (told, changed, after) = changed.await.map_err(anyhow::Error::from)??;
            if changed.items.is_empty() && !changed.synonyms {
                return Ok(told);
            }
            let version = this.store.write(site, &before, &after, &changed).await?;
            shelf.state.store(Arc::new(State { catalogue: Arc::new(after), version }));
            Ok(told)
        });
        changing.await.map_err(anyhow::Error::from)?
    }

    /// Takes an item out of a site's catalogue with its id, also out of earlier copies of what is on disk. True if the
    /// catalogue knew it.
    ///
    /// # Errors
    /// When it cannot be written; then it may be done again.
    pub(crate) async fn expunge(&self, site: SiteId, id: &str) -> anyhow::Result<bool> {
        let shelf = self.shelf(site);
        let _alone = shelf.changing.lock().await;
        let mut after = shelf.state.load().catalogue.as_ref().clone();
        if after.expunge(id).is_none() {
            return Ok(false);
        }
        let version = self.store.write_anew(site, &after).await?;
        shelf.state.store(Arc::new(State { catalogue: Arc::new(after), version }));
        Ok(true)
    }
}

impl Shelf {
    /// From now on lists of these placements and variants are shown: `PLACEMENT.VARIANT`.
    pub(crate) fn name_variants(&self, names: HashSet<String>) {
        self.variants.store(Arc::new(names));
    }
}

impl Declared for Shelf {
    fn has_item(&self, text: &str) -> bool {
        self.state.load().catalogue.by_id(text).is_some()
    }

    /// In its canonical form only: others would be as many words as there are ways of writing it.
    fn has_tag(&self, text: &str) -> bool {
        canonical_tag(text).is_some_and(|tag| tag == text) && {
            let state = self.state.load();
            let number = state.catalogue.tag(text);
            number.and_then(|number| state.catalogue.tag_name(number)).is_some_and(|name| name == text)
        }
    }

    fn has_variant(&self, text: &str) -> bool {
        let built_in = text.strip_suffix(CONTROL).and_then(|rest| rest.strip_suffix('.'));
        built_in.is_some_and(|name| BUILT_IN.contains(&name)) || self.variants.load().contains(text)
    }
}
