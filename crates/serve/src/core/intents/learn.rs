//! Learning a model: one at a time, on a thread that gives way to everything else.

use std::sync::Arc;

use outis_disclose::note;
use outis_event::SiteId;
use outis_personal::intent::{Catalogue, Definitions, Engine, Model, Training};
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
            let engine = apart(known.definitions.clone(), Catalogue::default()).await;
            if engine.is_none() {
                note!(Error, "the intents of a site could not be learnt; the next change or start tries again");
            }
            intents.take_over(site, known.version, engine);
        });
    }

    /// From now on this answers, unless there are other definitions by now: those are learnt next.
    fn take_over(&self, site: SiteId, version: i64, engine: Option<Engine>) {
        let mut sites = self.sites.write();
        let Some(known) = sites.get(&site).filter(|known| known.version == version).cloned() else { return };
        let (progress, served) = match engine {
            Some(engine) => (Progress::Ready, Some(Arc::new(Served { engine, version, learnt: self.clock.now() }))),
            None => (Progress::Failed, known.served.clone()),
        };
        let definitions = known.definitions.clone();
        sites.insert(site, Arc::new(OfSite { definitions, version, progress, served }));
        drop(sites);
        self.learnt.send_replace(());
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

/// Learns on a thread of its own; `None` if that failed.
async fn apart(definitions: Arc<Definitions>, names: Catalogue) -> Option<Engine> {
    let (done, learnt) = oneshot::channel();
    let work = move || {
        // On Linux this is about the calling thread only. Where it is refused, learning shares alike.
        let _ = rustix::process::nice(NICENESS);
        let model = Model::train(&definitions, &Training::default()).ok();
        let _ = done.send(model.map(|model| Engine::new(model, names)));
    };
    std::thread::Builder::new().name("learning".to_owned()).spawn(work).ok()?;
    learnt.await.ok().flatten()
}
