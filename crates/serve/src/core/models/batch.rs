//! Batches: from counts at one moment to the model and lists that are served from then on.

use std::sync::Arc;
use std::time::Instant;

use outis_disclose::note;
use outis_event::{Site, Timestamp};
use outis_personal::model::{Model, Tier};
use outis_personal::similar::{self, Changes, PairKey, Publication};
use outis_personal::tune::{Input, LearnError, content, learn};

use super::cells::Acted;
use super::liked::Liked;
use super::progress::{Batch, Lists, Outcome};
use super::tally::{Counted, adds};
use super::{Models, OfSite, packed};

const HOUR_MS: i64 = 3_600_000;
/// How often models and lists are made anew, if anything changed.
const EVERY_MS: i64 = 24 * HOUR_MS;
/// The same while nothing was learnt from members yet.
const EVERY_AT_FIRST_MS: i64 = HOUR_MS;
/// Whose likes are in what is served is owed to be out of it within a day; a batch begins well before.
const OWED_MS: i64 = 16 * HOUR_MS;
/// How often cells are asked.
const ASK_MS: i64 = HOUR_MS;
/// Fewest members whose changes are published together.
const LEAST_CHANGED: u32 = 20;
/// How much more willingly than others the thread that learns gives way (`nice`).
const NICENESS: i32 = 19;

/// Whether a batch is made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// If one is due.
    WhenDue,
    /// Whatever was done before.
    Now,
}

impl Models {
    /// Makes the batches that are due, one site after another.
    ///
    /// # Errors
    /// When members, cells, key tree or disk refuse; what is served stays, and the next call tries again.
    pub(crate) async fn learn_all(&self) -> anyhow::Result<()> {
        let mut refused = Ok(());
        for site in self.registry.settings() {
            if let Err(error) = self.learn(&site, Wanted::WhenDue).await {
                refused = Err(error);
            }
        }
        refused
    }

    /// Makes a batch of a site.
    ///
    /// # Errors
    /// As [`Models::learn_all`].
    pub(crate) async fn learn(&self, settings: &Site, wanted: Wanted) -> anyhow::Result<()> {
        let site = self.site(settings.id).await?;
        let _alone = site.working.lock().await;
        self.ask_cells(&site, settings, wanted).await?;
        self.look_through(&site).await?;
        let is_due = wanted == Wanted::Now || self.is_due(&site);
        if is_due {
            self.batch(&site, settings, wanted).await?;
        }
        self.write_down(&site).await
    }

    fn is_due(&self, site: &OfSite) -> bool {
        let now = self.clock.now();
        let (changes, owed) = {
            let tally = self.tallies.of(site.site);
            let tally = tally.lock();
            (tally.changes, tally.owed_since())
        };
        let state = site.state.lock();
        let Some(batched) = state.batched.filter(|_| state.last.is_some()) else { return true };
        let long_ago = |since: Timestamp, ms| now.0 - since.0 >= ms;
        let is_changed = batched != (changes, self.catalogues.version(site.site));
        let every = match site.learnt.lock().model.report().tier {
            Tier::Content => EVERY_AT_FIRST_MS,
            _ => EVERY_MS,
        };
        owed.is_some_and(|since| long_ago(since, OWED_MS))
            || (is_changed && state.last.is_some_and(|last| long_ago(last, every)))
    }

    async fn ask_cells(&self, site: &OfSite, settings: &Site, wanted: Wanted) -> anyhow::Result<()> {
        let now = self.clock.now();
        let asked = site.state.lock().asked;
        if wanted == Wanted::WhenDue && asked.is_some_and(|asked| now.0 - asked.0 < ASK_MS) {
            return Ok(());
        }
        let acted = Acted::ask(&self.gate, &self.warehouse, settings, now.day(&settings.zone)).await?;
        site.state.lock().asked = Some(now);
        let is_new = {
            let mut learnt = site.learnt.lock();
            let is_new = *learnt.acted != acted;
            learnt.acted = Arc::new(acted);
            is_new
        };
        if is_new {
            self.refresh(site);
        }
        Ok(())
    }

    /// Looks all members through after a start, and when there are items that they may have liked before.
    async fn look_through(&self, site: &OfSite) -> anyhow::Result<()> {
        let catalogue = self.catalogues.of(site.site);
        let tally = self.tallies.of(site.site);
        if tally.lock().is_whole && site.state.lock().looked_at == catalogue.len() {
            return Ok(());
        }
        tally.lock().begin_pass();
        let found = |who, said: &_| tally.lock().found(who, adds(&catalogue, said));
        match self.people.look_through(site.site, &found).await {
            Ok(()) => tally.lock().end_pass(),
            Err(refused) => {
                tally.lock().break_pass();
                return Err(refused.into());
            }
        }
        site.state.lock().looked_at = catalogue.len();
        Ok(())
    }

    async fn batch(&self, site: &OfSite, settings: &Site, wanted: Wanted) -> anyhow::Result<()> {
        let (now, begun) = (self.clock.now(), Instant::now());
        let tally = self.tallies.of(site.site);
        let counted = Arc::new(tally.lock().counted(now));
        // After the counts: so it has every item that they know.
        let version = self.catalogues.version(site.site);
        let catalogue = self.catalogues.of(site.site);
        let acted = site.learnt.lock().acted.clone();
        let number = site.progress.lock().version + 1;
        let tagging = Arc::new(catalogue.tagging());
        let counts = acted.counts(&catalogue);
        let learnt = {
            let (counted, tagging, counts) = (counted.clone(), tagging.clone(), counts.clone());
            let limits = self.allowance.limits;
            on_a_thread(move || {
                let Counted { matrix, members, .. } = &*counted;
                let input = Input { matrix, members, tagging: &tagging, counts: &counts };
                learn(&input, &limits, number)
            })
            .await?
        };
        let (outcome, fresh) = match learnt {
            Ok(model) if model.report().measured.is_some() => (Outcome::Learnt, Some(model)),
            Ok(model) => (Outcome::NothingToLearn, Some(model)),
            Err(LearnError::WorseThanPopularity) => (Outcome::NoBetterThanPopularity, None),
            Err(LearnError::Unsolved) => (Outcome::NotSolved, None),
            Err(error @ LearnError::Mismatch) => return Err(error.into()),
        };
        let model = fresh.or_else(|| {
            // The model before may stay, unless it has learnt from somebody who was forgotten.
            counted.owed_since.map(|_| content(&tagging, &counts, &self.allowance.limits, number))
        });
        let mut lists = site.learnt.lock().similar.as_ref().clone();
        let is_now = wanted == Wanted::Now;
        let due = counted.owed_since.is_some_and(|since| is_now || now.0 - since.0 >= OWED_MS);
        // Lists have a day of their own: fewer changes would be seen one by one.
        let is_time = site.progress.lock().published().is_none_or(|at| now.0 - at.0 >= EVERY_MS - HOUR_MS);
        // Where nothing was published from here yet, all members are new to the lists. What was published before a backup was
        // put back went by another secret.
        let is_first = lists.epoch() == 0 && site.progress.lock().has_published_nothing();
        let changed = if is_first { counted.matrix.members() } else { counted.changed };
        let members = if is_time || due || is_now { changed } else { 0 };
        let changes = Changes { members, forgotten: counted.owed_since.is_some(), due };
        let key = {
            let mut progress = site.progress.lock();
            if lists.epoch() == 0 && !progress.has_published_nothing() {
                progress.renew_pair_key();
            }
            PairKey::new(&progress.pair_key()?)
        };
        let published = lists.batch(&counted.matrix, changes, publication(settings.policy.floor)?, &key);
        let liked = match published {
            similar::Batch::Kept => None,
            similar::Batch::Withdrawn => Some(Liked::default()),
            similar::Batch::Published => {
                let counted = counted.clone();
                Some(tokio::task::spawn_blocking(move || Liked::of(&counted.members, &tagging, now)).await?)
            }
        };
        self.publish(site, &counted, model, (lists, liked), published);
        let report = site.learnt.lock().model.report().clone();
        let mut batch = Batch::new(now, outcome, &report, counted.matrix.members(), catalogue.len());
        batch.similar = match published {
            similar::Batch::Published => Lists::Published,
            similar::Batch::Kept => Lists::Kept,
            similar::Batch::Withdrawn => Lists::Withdrawn,
        };
        batch.similar_items = site.learnt.lock().similar.items().count();
        batch.seconds = begun.elapsed().as_secs();
        {
            let mut progress = site.progress.lock();
            progress.version = number;
            progress.add(batch);
        }
        let mut state = site.state.lock();
        state.batched = Some((counted.changes, version));
        state.last = Some(now);
        state.is_anew = false;
        drop(state);
        self.refresh(site);
        Ok(())
    }

    /// Serves what was made. What is owed is settled if lists are without whoever was forgotten too.
    fn publish(
        &self,
        site: &OfSite,
        counted: &Counted,
        model: Option<Model>,
        (lists, liked): (similar::Similar, Option<Liked>),
        published: similar::Batch,
    ) {
        let mut learnt = site.learnt.lock();
        learnt.model = model.map_or_else(|| learnt.model.clone(), Arc::new);
        learnt.similar = Arc::new(lists);
        learnt.liked = liked.map_or_else(|| learnt.liked.clone(), Arc::new);
        drop(learnt);
        let tally = self.tallies.of(site.site);
        let mut tally = tally.lock();
        if published == similar::Batch::Published {
            tally.published(counted);
        }
        if published != similar::Batch::Kept || counted.owed_since.is_none() {
            tally.settle(counted);
        }
        site.state.lock().unwritten = true;
    }

    /// Writes model and lists, if there is anything new in them and nobody is in them who was forgotten.
    async fn write_down(&self, site: &OfSite) -> anyhow::Result<()> {
        let tally = self.tallies.of(site.site);
        let is_clean = |before: Option<u64>| {
            let tally = tally.lock();
            let left = tally.left();
            (tally.owed_since().is_none() && before.is_none_or(|before| before == left)).then_some(left)
        };
        let is_gone = self.keys.get(super::chest::key_name(site.site)).await?.is_none();
        let is_new = {
            let state = site.state.lock();
            state.unwritten || (is_gone && state.last.is_some())
        };
        let Some(left) = is_clean(None).filter(|_| is_new) else { return Ok(()) };
        let learnt = site.learnt.lock().clone();
        let plain =
            tokio::task::spawn_blocking(move || packed(&learnt.model, &learnt.similar, &learnt.liked)).await??;
        self.chest(site.site).write(plain).await?;
        if is_clean(Some(left)).is_none() {
            // Somebody was forgotten while it was written, perhaps after its key was made: it must not stay.
            self.keys.remove(&[super::chest::key_name(site.site)]).await?;
            return Ok(());
        }
        site.state.lock().unwritten = false;
        Ok(())
    }

    /// Different members who changed something since lists were published.
    #[cfg(test)]
    pub(crate) fn changed_members(&self, site: outis_event::SiteId) -> u32 {
        self.tallies.of(site).lock().changed_members()
    }

    /// True if what lies on the disk opens.
    #[cfg(test)]
    pub(crate) async fn is_on_disk(&self, site: outis_event::SiteId) -> bool {
        self.chest(site).read().await.is_ok_and(|read| read.is_some())
    }

    /// The counts of a site in their one form.
    #[cfg(test)]
    pub(crate) fn counts(&self, site: outis_event::SiteId) -> Vec<u8> {
        self.tallies.of(site).lock().bytes()
    }
}

/// What has to be behind lists that anybody may see; never less than elsewhere, whatever the site's floor is.
fn publication(floor: u32) -> anyhow::Result<Publication> {
    let floor = floor.max(similar::LEAST_FLOOR);
    Ok(Publication::new(floor, LEAST_CHANGED.max(floor))?)
}

/// Learns apart from everything else: it may take minutes, and nobody waits for it when the server ends.
async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    let (done, result) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("learning".to_owned()).spawn(move || {
        // On Linux this is about this thread only; where it is refused all share alike.
        let _ = rustix::process::nice(NICENESS);
        // Nobody is there any more if the server has ended.
        let _ = done.send(work());
    })?;
    let result = result.await;
    if result.is_err() {
        note!(Error, "learning from what members like broke off");
    }
    Ok(result?)
}
