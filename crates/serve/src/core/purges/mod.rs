//! Purging captured mistakes from everything that is stored: written down first, done step by step, and done again from
//! the start if the process ended in the middle.
//!
//! The work names what should never have been kept, so it is sealed under a key of its own, which goes with it.

mod jobs;
mod outcome;
mod wish;

use std::sync::Arc;

use anyhow::bail;
use outis_disclose::note;
use outis_event::{Dimension, SiteId, Space};
use outis_keys::Purpose;
use outis_warehouse::{Purge, Purged};
use serde::{Deserialize, Serialize};

use super::Core;

#[cfg(test)]
pub(crate) use jobs::opened;
pub(crate) use jobs::{Jobs as PurgeJobs, Listed};
pub(crate) use outcome::{Outcome, hex};
pub(crate) use wish::{Resolved, What};

/// How often the journal is asked to let go of segments that were there before, and how long between.
const TRIES: u32 = 100;
const STEP: std::time::Duration = std::time::Duration::from_millis(100);

/// What is purged, as it is written down.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) site: SiteId,
    purge: Purge,
    /// Words that may wait for enough people.
    waiting: Vec<(Space, String)>,
    /// Ids that the catalogue is not to know any more.
    #[serde(default)]
    items: Vec<String>,
    /// What waits cannot be found by its text: all that waits for the site is forgotten.
    forgets_room: bool,
}

impl Core {
    /// Writes down what is purged, under the number it has in the list. From here on it is done, sooner or later.
    ///
    /// # Errors
    /// When it cannot be written down: then nothing was done.
    pub(crate) async fn write_purge(&self, resolved: &Resolved) -> anyhow::Result<[u8; 16]> {
        let today = self.clock.now().day(&resolved.site.zone);
        self.purges.write(&resolved.job(), Some(resolved.kind), today).await
    }

    /// Does what was written down under this number.
    ///
    /// # Errors
    /// When a step fails: then all are done again with the next maintenance.
    pub(crate) async fn run_purge(&self, id: [u8; 16]) -> anyhow::Result<Purged> {
        let _alone = self.purges.running().await;
        let Some(job) = self.purges.read(id).await? else { bail!("this purge is done") };
        let done = self.take_out(&job).await?;
        self.purges.finish(id, &done).await?;
        Ok(done)
    }

    /// Purges texts that name somebody who is forgotten, wherever people may have been seen with them: written down when
    /// this returns, and to be done with [`Core::run_purge`]. No list tells of it.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub(crate) async fn purge_of_forgotten(&self, site: SiteId, texts: &[String]) -> anyhow::Result<[u8; 16]> {
        let Some(state) = self.registry.by_id(site) else { bail!("no such site") };
        // What is an item belongs to nobody, as what is in the plan.
        let catalogue = self.catalogues.of(site);
        let texts: Vec<String> = texts.iter().filter(|text| catalogue.by_id(text).is_none()).cloned().collect();
        let resolved = wish::of_forgotten(state.site(), &state.context.vocabulary, &texts);
        self.purges.write(&resolved.job(), None, self.clock.now().day(&state.site().zone)).await
    }

    /// Strikes the words of purges that were not finished, before anybody is let in.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) async fn strike_unfinished(&self) -> anyhow::Result<()> {
        for id in self.purges.left().await? {
            if let Some(job) = self.purges.read(id).await? {
                let words = job.purge.words.iter().map(|struck| (struck.space, struck.term));
                self.warehouse.vocabulary(job.site).strike(words);
            }
        }
        Ok(())
    }

    /// Goes on with purges that were not finished, if none is being done.
    ///
    /// # Errors
    /// When one fails; it is tried again.
    pub(crate) async fn finish_purges(&self) -> anyhow::Result<()> {
        let Some(_alone) = self.purges.try_running() else { return Ok(()) };
        for id in self.purges.unfinished().await? {
            let Some(job) = self.purges.read(id).await? else { continue };
            let done = self.take_out(&job).await?;
            self.purges.finish(id, &done).await?;
            note!(Info, "a purge that was not finished is done");
        }
        Ok(())
    }

    /// All steps, each of which may be done again.
    async fn take_out(&self, job: &Job) -> anyhow::Result<Purged> {
        match job.forgets_room {
            true => self.room.forget_site(job.site),
            false => job.waiting.iter().for_each(|(space, word)| self.room.forget_word(job.site, *space, word)),
        }
        for item in &job.items {
            self.catalogues.expunge(job.site, item).await?;
        }
        self.capture.forget_debug_events_of(job.site);
        let segments = self.keys.list(Purpose::Segment).await?;
        let done = self.warehouse.purge(job.site, &job.purge).await?;
        self.gate.forget(job.site);
        self.save_snapshots().await?;
        self.forget_segments(&segments).await?;
        Ok(done)
    }

    /// Waits until the journal has let go of what was in it: its frames have the words that were admitted in them.
    async fn forget_segments(&self, before: &[outis_keys::KeyName]) -> anyhow::Result<()> {
        for _ in 0..TRIES {
            self.roll().await;
            self.flush().await?;
            let left = self.keys.list(Purpose::Segment).await?;
            if !before.iter().any(|name| left.contains(name)) {
                return Ok(());
            }
            tokio::time::sleep(STEP).await;
        }
        bail!("the journal still holds what came before; it is tried again")
    }

    /// What a purge would do, or has done: what is still named elsewhere, and what recent rows tell of it.
    pub(crate) async fn look_at_purge(&self, resolved: &Resolved) -> anyhow::Result<Outcome> {
        let (cells, spans_in_part) = self.warehouse.cells_to_go(resolved.site.id, &resolved.purge).await?;
        let recent = outcome::recent(self, resolved).await;
        Ok(Outcome::of(self, resolved, recent, cells, spans_in_part))
    }
}

/// The names of events that every site has.
pub(crate) fn is_built_in(space: Space, text: &str) -> bool {
    space == Space::of(Dimension::Event) && outis_event::Plan::BUILT_IN.contains(&text)
        || space == Space::of(Dimension::Page) && text == "/"
}

/// Runs a purge that was written down, whoever asked for it goes away or not.
pub(crate) fn spawn(core: &Arc<Core>, id: [u8; 16]) -> tokio::task::JoinHandle<anyhow::Result<Purged>> {
    let core = core.clone();
    tokio::spawn(async move {
        let done = core.run_purge(id).await;
        if done.is_err() {
            note!(Error, "a purge could not be finished; it is tried again");
        }
        done
    })
}
