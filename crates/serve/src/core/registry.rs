//! The registered sites as capture and the interfaces see them, kept in step with the control database.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use outis_anonymise::DayKeys;
use outis_capture::{Counters, SiteState, Sites};
use outis_event::{Site, SiteId};
use outis_insight::Definitions;
use outis_warehouse::Warehouse;
use tokio::sync::Mutex;

use super::catalogue::Catalogues;
use crate::control::{Control, SiteRow};

type ByDomain = HashMap<String, Arc<SiteState>>;

/// All sites. Reading never waits.
pub(crate) struct Registry {
    control: Control,
    warehouse: Arc<Warehouse>,
    day_keys: Arc<DayKeys>,
    catalogues: Arc<Catalogues>,
    sites: ArcSwap<ByDomain>,
    /// The rows that `sites` was made from; held while it is made anew.
    rows: Mutex<Vec<SiteRow>>,
    definitions: ArcSwap<HashMap<SiteId, Arc<Definitions>>>,
    /// How often they had changed when they were read; held while they are read anew.
    changes: Mutex<i64>,
}

impl Registry {
    /// No sites yet: see [`Registry::reload`].
    pub(crate) fn new(
        control: Control,
        warehouse: Arc<Warehouse>,
        day_keys: Arc<DayKeys>,
        catalogues: Arc<Catalogues>,
    ) -> Registry {
        Registry {
            control,
            warehouse,
            day_keys,
            catalogues,
            sites: ArcSwap::default(),
            rows: Mutex::default(),
            definitions: ArcSwap::default(),
            changes: Mutex::default(),
        }
    }

    /// Takes over what changed in the control database, also by another process. True if anything did.
    ///
    /// # Errors
    /// When the database cannot be read or a row of it is damaged; everything stays as it was then.
    pub(crate) async fn reload(&self) -> anyhow::Result<bool> {
        self.reload_definitions().await?;
        let mut known = self.rows.lock().await;
        let rows = self.control.site_rows().await?;
        if *known == rows {
            return Ok(false);
        }
        let mut sites = ByDomain::new();
        for row in &rows {
            let before = self.by_row(&known, row);
            let state = match before {
                Some(state) => state,
                None => self.state(row).await?,
            };
            sites.insert(row.domain().to_owned(), state);
        }
        self.sites.store(Arc::new(sites));
        *known = rows;
        Ok(true)
    }

    async fn reload_definitions(&self) -> anyhow::Result<()> {
        let mut known = self.changes.lock().await;
        let changes = self.control.definition_changes().await?;
        if *known != changes {
            let all = self.control.definitions().await?;
            self.definitions
                .store(Arc::new(all.into_iter().map(|(site, of_site)| (site, Arc::new(of_site))).collect()));
            *known = changes;
        }
        Ok(())
    }

    /// What the site's staff have saved.
    pub(crate) fn definitions(&self, site: SiteId) -> Arc<Definitions> {
        self.definitions.load().get(&site).cloned().unwrap_or_default()
    }

    /// The state of a row that did not change.
    fn by_row(&self, known: &[SiteRow], row: &SiteRow) -> Option<Arc<SiteState>> {
        if known.contains(row) { self.by_domain(row.domain()) } else { None }
    }

    async fn state(&self, row: &SiteRow) -> anyhow::Result<Arc<SiteState>> {
        let site = row.site()?;
        let counters = match self.by_id(site.id) {
            Some(state) => state.counters.clone(),
            None => Arc::new(Counters::from_counts(&self.control.counts(site.id).await?)),
        };
        let words = self.warehouse.vocabulary(site.id);
        let declared = self.catalogues.shelf(site.id);
        let state = SiteState::new(Arc::new(site), words, self.day_keys.clone(), counters);
        Ok(Arc::new(state.declared_by(declared)))
    }

    /// Every site, in the order of their names.
    pub(crate) fn all(&self) -> Vec<Arc<SiteState>> {
        let mut all: Vec<_> = self.sites.load().values().cloned().collect();
        all.sort_by(|a, b| a.site().domain.cmp(&b.site().domain));
        all
    }

    /// The settings of every site.
    pub(crate) fn settings(&self) -> Vec<Arc<Site>> {
        self.all().iter().map(|state| state.context.site.clone()).collect()
    }

    /// The site of this number.
    pub(crate) fn by_id(&self, id: SiteId) -> Option<Arc<SiteState>> {
        self.sites.load().values().find(|state| state.site().id == id).cloned()
    }

    /// Writes the counts of all sites to the control database.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn save_counts(&self) -> anyhow::Result<()> {
        for state in self.all() {
            self.control.save_counts(state.site().id, &state.counters.counts()).await?;
        }
        Ok(())
    }
}

impl Sites for Registry {
    fn by_domain(&self, domain: &str) -> Option<Arc<SiteState>> {
        self.sites.load().get(domain).cloned()
    }
}
