//! Learning a model: one at a time, on a thread that gives way to everything else.

use std::sync::Arc;

use outis_disclose::note;
use outis_event::{SiteId, Timestamp};
use outis_personal::intent::{Catalogue, Engine, Model, Training};
use tokio::sync::oneshot;

use super::{Intents, OfSite, Progress, Served};

/// How much more willingly than others the thread gives way (`nice`).
const NICENESS: i32 = 19;

impl Intents {
    /// Begins to learn the model of a site.
    pub(super) fn learn(self: &Arc<Self>, site: SiteId) {
        let intents = self.clone();
        tokio::spawn(async move {
            let _alone = intents.learning.lock().await;
            let known = intents.of(site).filter(|known| known.progress == Progress::Learning);
            let Some(known) = known else { return };
            let definitions = known.definitions.clone();
            let embedding = intents.embedding.clone();
            let model = move || Model::train_with(&definitions, &Training::default(), embedding.as_ref()).ok();
            let served = intents.made(site, known.version, intents.clock.now(), model).await;
            if served.is_none() {
                note!(Error, "the intents of a site could not be learnt; the next change or start tries again");
            }
            intents.take_over(site, known.version, served);
        });
    }

    /// Has texts name what is in the catalogues now, where these have changed. One site at a time; nothing is learnt anew.
    pub(crate) fn follow_catalogues(self: &Arc<Self>) {
        let Ok(alone) = self.learning.clone().try_lock_owned() else { return };
        let is_behind = |(site, known): (&SiteId, &Arc<OfSite>)| {
            let served = known.served.clone().filter(|_| known.progress == Progress::Ready)?;
            (self.catalogues.version(*site) != served.named).then_some((*site, served))
        };
        let Some((site, served)) = self.sites.read().iter().find_map(is_behind) else { return };
        let intents = self.clone();
        tokio::spawn(async move {
            let _alone = alone;
            let (version, learnt, before) = (served.version, served.learnt, served.clone());
            let renewed = intents.made(site, version, learnt, move || Some(before.engine.model().clone())).await;
            if renewed.is_some() {
                intents.take_over(site, version, renewed);
            }
        });
    }

    /// A model with what texts may name of the site's catalogue; `None` if that failed.
    async fn made(
        &self,
        site: SiteId,
        version: i64,
        learnt: Timestamp,
        model: impl FnOnce() -> Option<Model> + Send + 'static,
    ) -> Option<Arc<Served>> {
        // The version first: what changes in between is looked at again.
        let named = self.catalogues.version(site);
        let (items, now) = (self.catalogues.of(site), self.clock.now());
        let now = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
        let engine = apart(move || Some(Engine::new(model()?, Catalogue::of(&items, now)))).await?;
        Some(Arc::new(Served { engine, version, learnt, named }))
    }

    /// From now on this answers, unless there are other definitions by now: those are learnt next.
    fn take_over(&self, site: SiteId, version: i64, served: Option<Arc<Served>>) {
        let mut sites = self.sites.write();
        let Some(known) = sites.get(&site).filter(|known| known.version == version).cloned() else { return };
        let (progress, served) = match served {
            Some(served) => (Progress::Ready, Some(served)),
            None => (Progress::Failed, known.served.clone()),
        };
        let definitions = known.definitions.clone();
        sites.insert(site, Arc::new(OfSite { definitions, version, progress, served }));
        drop(sites);
        self.learnt.send_replace(());
    }

    /// Waits until texts name what is in the catalogue now.
    #[cfg(test)]
    pub(crate) async fn named(self: &Arc<Self>, site: SiteId) {
        let mut learnt = self.learnt.subscribe();
        while self.of(site).and_then(|known| known.served.clone()).map(|served| served.named)
            != Some(self.catalogues.version(site))
        {
            self.follow_catalogues();
            learnt.changed().await.expect("the sender is ours");
        }
    }

    /// Waits until the model of a site is learnt, or is not going to be.
    #[cfg(test)]
    pub(crate) async fn settled(&self, site: SiteId) -> Arc<OfSite> {
        let mut learnt = self.learnt.subscribe();
        loop {
            let known = self.of(site).expect("defined");
            if known.progress != Progress::Learning {
                return known;
            }
            learnt.changed().await.expect("the sender is ours");
        }
    }
}

/// Works on a thread of its own; `None` if that failed.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    let (done, made) = oneshot::channel();
    let work = move || {
        // On Linux this is about the calling thread only. Where it is refused, learning shares alike.
        let _ = rustix::process::nice(NICENESS);
        let _ = done.send(work());
    };
    std::thread::Builder::new().name("learning".to_owned()).spawn(work).ok()?;
    made.await.ok().flatten()
}
