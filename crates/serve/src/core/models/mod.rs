//! What is learnt from what members say about items, site by site: exact counts, a model, published lists, and when they
//! are made anew.
//!
//! Counts follow at once whatever members say, and lose who is forgotten before the call returns ([`tally`]). Models and
//! lists are made from them in batches ([`batch`]); until the next one those that are served may still have learnt from who
//! was forgotten. What lies on the disk ([`chest`]) dies with them at once: its key goes with theirs.

mod batch;
mod cells;
mod chest;
mod liked;
mod lists;
mod memory;
pub(crate) mod placement;
mod progress;
mod shown;
mod status;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use outis_disclose::note;
use outis_event::{Clock, SiteId, Timestamp};
use outis_guard::Gate;
use outis_keys::Keys;
use outis_people::{Learner, People};
use outis_personal::catalogue::Catalogue;
use outis_personal::model::Model;
use outis_personal::similar::Similar;
use outis_warehouse::Warehouse;
use parking_lot::{Mutex, RwLock};

#[cfg(test)]
pub(crate) use batch::Wanted;
pub(crate) use liked::LikedTold;
pub(crate) use lists::{Computed, Filtered, Told, ToldItem, ToldReason, Wish};
pub(crate) use memory::Allowance;
pub(crate) use placement::CONTROL;
pub(crate) use shown::{BUILT_IN, LATEST, SIMILAR, TRENDING, View};
pub(crate) use status::Status;

use super::catalogue::Catalogues;
use super::kept::Kept;
use super::registry::Registry;
use chest::Chest;
use liked::Liked;
use progress::Progress;
use shown::{Declared, Learnt};
use tally::Tallies;

/// Making everything fit a changed catalogue takes at most this share of the time.
const MOST_REFRESHING: u32 = 20;

/// Models, counts and lists of all sites.
pub(crate) struct Models {
    tallies: Arc<Tallies>,
    catalogues: Arc<Catalogues>,
    people: Arc<People>,
    registry: Arc<Registry>,
    gate: Arc<Gate>,
    warehouse: Arc<Warehouse>,
    keys: Arc<dyn Keys>,
    clock: Arc<dyn Clock>,
    dir: PathBuf,
    allowance: Allowance,
    sites: RwLock<HashMap<SiteId, Arc<OfSite>>>,
}

/// What there is of one site.
struct OfSite {
    site: SiteId,
    shown: ArcSwapOption<View>,
    learnt: Mutex<Learnt>,
    declared: Mutex<Declared>,
    /// When everything was made to fit last, and how long that took.
    refreshed: Mutex<Option<(Instant, Duration)>>,
    progress: Mutex<Progress>,
    /// What is on the disk of it.
    saved: Mutex<Progress>,
    state: Mutex<State>,
    /// Held while a batch is made.
    working: tokio::sync::Mutex<()>,
    variant_key: [u8; 32],
}

/// How far the work on a site is.
#[derive(Default)]
struct State {
    /// The counts' number of changes, and the catalogue's version, that the last batch was made from.
    batched: Option<(u64, u64)>,
    /// Items that there were when all members were looked through.
    looked_at: usize,
    /// When cells were asked.
    asked: Option<Timestamp>,
    /// When the last batch was begun.
    last: Option<Timestamp>,
    /// The key of what lies on the disk is gone, or nothing was written yet, though it could be.
    unwritten: bool,
    /// There were members when the server started, and nothing that was learnt from them: a backup was put back, or somebody
    /// was forgotten just before. Until the next batch.
    is_anew: bool,
}

impl Models {
    pub(crate) fn new(
        catalogues: Arc<Catalogues>,
        people: Arc<People>,
        registry: Arc<Registry>,
        (gate, warehouse): (Arc<Gate>, Arc<Warehouse>),
        keys: Arc<dyn Keys>,
        (clock, dir): (Arc<dyn Clock>, PathBuf),
        allowance: Allowance,
    ) -> Models {
        let tallies = Arc::new(Tallies::new(catalogues.clone(), clock.clone()));
        let sites = RwLock::default();
        Models { tallies, catalogues, people, registry, gate, warehouse, keys, clock, dir, allowance, sites }
    }

    /// What is to be told of what members say.
    pub(crate) fn learner(&self) -> Arc<dyn Learner> {
        self.tallies.clone()
    }

    /// Takes over what lies on the disk, of every site.
    ///
    /// # Errors
    /// When key tree or disk refuse.
    pub(crate) async fn restore(&self) -> anyhow::Result<()> {
        for site in self.registry.settings() {
            let of_site = self.site(site.id).await?;
            let has_members = self.people.has_members(site.id).await?;
            let mut state = of_site.state.lock();
            state.is_anew = has_members && state.last.is_none();
        }
        Ok(())
    }

    /// What there is of a site, read from the disk the first time.
    async fn site(&self, id: SiteId) -> anyhow::Result<Arc<OfSite>> {
        if let Some(site) = self.sites.read().get(&id) {
            return Ok(site.clone());
        }
        let catalogue = self.catalogues.of(id);
        let mut progress = self.read_progress(id).await?;
        let read = self.chest(id).read().await?.and_then(|plain| unpacked(&plain, &catalogue));
        let is_read = read.is_some();
        let mut learnt = Learnt::nothing(&catalogue, Arc::default(), progress.version);
        if let Some((model, similar, liked)) = read {
            (learnt.model, learnt.similar, learnt.liked) = (Arc::new(model), Arc::new(similar), Arc::new(liked));
        }
        self.tallies.of(id).lock().restore(progress.changed);
        let saved = progress.clone();
        let variant_key = progress.variant_key()?;
        let site = OfSite {
            site: id,
            shown: ArcSwapOption::empty(),
            learnt: Mutex::new(learnt),
            declared: Mutex::default(),
            refreshed: Mutex::default(),
            state: Mutex::new(State { last: progress.last().filter(|_| is_read), ..State::default() }),
            progress: Mutex::new(progress),
            saved: Mutex::new(saved),
            working: tokio::sync::Mutex::default(),
            variant_key,
        };
        Ok(self.sites.write().entry(id).or_insert_with(|| Arc::new(site)).clone())
    }

    fn chest(&self, site: SiteId) -> Chest {
        Chest::new(&self.dir, site, self.keys.clone())
    }

    fn kept(&self, site: SiteId) -> Kept {
        Kept::new(&self.dir, &progress::file(site), self.keys.clone())
    }

    async fn read_progress(&self, site: SiteId) -> anyhow::Result<Progress> {
        let plain = self.kept(site).read(progress::key_name(site)).await?;
        let read = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        Ok(read.unwrap_or_default())
    }

    /// Writes what is small and changed.
    ///
    /// # Errors
    /// When key tree or disk refuse.
    pub(crate) async fn save(&self) -> anyhow::Result<()> {
        let all: Vec<Arc<OfSite>> = self.sites.read().values().cloned().collect();
        for site in all {
            let changed = self.tallies.of(site.site).lock().changed_members();
            let progress = {
                let mut progress = site.progress.lock();
                progress.changed = changed;
                progress.clone()
            };
            let is_new = progress.batches.is_empty() && changed == 0;
            if is_new || *site.saved.lock() == progress {
                continue;
            }
            std::fs::create_dir_all(&self.dir)?;
            let plain = serde_json::to_vec(&progress)?;
            self.kept(site.site).write(progress::key_name(site.site), plain).await?;
            *site.saved.lock() = progress;
        }
        Ok(())
    }

    /// What lists are made from now. Where the catalogue has changed everything is made to fit first, unless that was done
    /// too short a while ago.
    ///
    /// # Errors
    /// When it has to be read and cannot be.
    pub(crate) async fn shown(&self, id: SiteId) -> anyhow::Result<Arc<View>> {
        let site = self.site(id).await?;
        let version = self.catalogues.version(id);
        match site.shown.load_full() {
            Some(shown) if shown.version == version || site.is_refreshed_enough() => Ok(shown),
            _ => Ok(self.refresh(&site)),
        }
    }

    /// Makes everything fit the catalogue as it is now.
    fn refresh(&self, site: &OfSite) -> Arc<View> {
        let begun = Instant::now();
        // The version first: a change in between is seen the next time.
        let version = self.catalogues.version(site.site);
        let catalogue = self.catalogues.of(site.site);
        let (learnt, declared) = (site.learnt.lock().clone(), site.declared.lock().clone());
        let shown = Arc::new(View::new(catalogue, version, &learnt, &declared));
        site.shown.store(Some(shown.clone()));
        *site.refreshed.lock() = Some((Instant::now(), begun.elapsed()));
        shown
    }

    /// From now on these placements are declared.
    ///
    /// # Errors
    /// When what there is of the site has to be read and cannot be.
    pub(crate) async fn declare(
        &self,
        id: SiteId,
        placements: Vec<(u16, placement::PlacementText)>,
    ) -> anyhow::Result<()> {
        let site = self.site(id).await?;
        let names = placements.iter().flat_map(|(_, placement)| placement.variant_names()).collect();
        self.catalogues.shelf(id).name_variants(names);
        *site.declared.lock() = Arc::new(placements);
        self.refresh(&site);
        Ok(())
    }
}

impl OfSite {
    fn is_refreshed_enough(&self) -> bool {
        self.refreshed.lock().is_some_and(|(at, took)| at.elapsed() < took * MOST_REFRESHING)
    }
}

/// Model, lists and counts by tag as they lie on the disk: each behind its length (u64, little-endian).
fn packed(model: &Model, similar: &Similar, liked: &Liked) -> anyhow::Result<Vec<u8>> {
    let mut plain = Vec::new();
    for part in [model.to_bytes(), similar.to_bytes(), serde_json::to_vec(liked)?] {
        plain.extend((part.len() as u64).to_le_bytes());
        plain.extend(part);
    }
    Ok(plain)
}

/// The first part, and the rest.
fn part(plain: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = plain.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

/// `None` if it is of another program's version.
fn unpacked(plain: &[u8], catalogue: &Catalogue) -> Option<(Model, Similar, Liked)> {
    let read = || {
        let (model, rest) = part(plain)?;
        let (similar, rest) = part(rest)?;
        let (liked, _) = part(rest)?;
        let model = Model::from_bytes(model, Arc::new(catalogue.tagging())).ok()?;
        Some((model, Similar::from_bytes(similar).ok()?, serde_json::from_slice(liked).ok()?))
    };
    let read = read();
    if read.is_none() {
        note!(Warn, "what was learnt cannot be read: it is learnt anew");
    }
    read
}

/// Puts items into the catalogue of a site.
#[cfg(test)]
pub(crate) async fn stock(core: &super::Core, site: SiteId, items: Vec<serde_json::Value>) {
    let put = move |catalogue: &mut Catalogue| {
        for item in &items {
            catalogue.put(item.as_object().expect("an object"))?;
        }
        let items = catalogue.items().map(|(number, _)| number).collect();
        Ok(((), crate::control::Changed { items, synonyms: false }))
    };
    core.catalogues.change(site, put).await.expect("changed");
}
