//! Forgetting: everything personal is destroyed at once, and what cannot be at once is hidden and follows.
//!
//! The states of the work are types, so that no step can be left out: requested, unreachable, erased, unlinked. What is
//! still to be done is kept as a job, sealed under a key of its own; each step may be done again. When the work is done
//! job and key go, and with them the only list that named the member.

mod job;

use async_trait::async_trait;
use outis_disclose::note;
use outis_event::{Day, Pseudonym, SiteId, Visitor};
use outis_keys::{DataKey, KeyName, Purpose};
use serde::{Deserialize, Serialize};
use tokio::sync::MutexGuard;

use crate::member::Member;
use crate::people::{Active, People, withdrawn};
use crate::vault::{Change, Field, Place, Sealed, seal};
use crate::{ExternalId, PeopleError};
pub(crate) use job::Job;

/// What becomes of a member's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They are hidden at once; those of open days are still counted into cells, over at least the floor of people.
    Fold,
    /// They are hidden at once and counted into nothing any more.
    Delete,
}

/// A visitor number of one day that was a member's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DayVisitor {
    /// The day.
    pub day: Day,
    /// The number.
    pub visitor: Visitor,
}

/// What is to be forgotten.
#[derive(Debug)]
pub struct Order {
    /// What becomes of rows.
    pub mode: Mode,
    /// The last day on which there may be rows of theirs.
    pub today: Day,
    /// How many days back rows are kept.
    pub recent_days: u32,
}

impl Order {
    /// The first day of which there may be rows.
    pub(crate) fn oldest(&self) -> Day {
        self.today.plus(-i32::try_from(self.recent_days).unwrap_or(i32::MAX))
    }
}

/// What a member left outside of what is kept here.
#[derive(Debug)]
pub struct Trace {
    /// Their site.
    pub site: SiteId,
    /// Their numbers, day by day.
    pub days: Vec<DayVisitor>,
    /// Their numbers in link files.
    pub pseudonyms: Vec<Pseudonym>,
    /// What becomes of rows.
    pub mode: Mode,
}

/// What stands behind members could not do its part.
#[derive(Debug, thiserror::Error)]
#[error("what a member left elsewhere could not be removed: {0}")]
pub struct AftermathError(pub &'static str);

/// What stands behind members: rows, links, words, caches. Each call may come again after a restart.
#[async_trait]
pub trait Aftermath: Send + Sync {
    /// Hides what the member left, durably, before it returns.
    async fn hide(&self, trace: &Trace) -> Result<(), AftermathError>;
}

/// What was done when a call to forget answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Days whose rows are hidden.
    pub days: usize,
}

/// A request that nothing was done about yet.
struct Requested<'a> {
    people: &'a People,
    job: Job,
    /// Three records that are written with the job and removed by it: the member's own as they are, or those of a
    /// stand-in. So the database does the same whether there is a member or not.
    records: Vec<Sealed>,
}

/// Nobody can find the member any more; what is left to do is written down.
struct Unreachable<'a> {
    people: &'a People,
    job: Job,
}

/// Records are removed and rows hidden. The key is still in the tree.
struct Gone<'a> {
    people: &'a People,
    job: Job,
}

impl<'a> Requested<'a> {
    /// Writes the work down, then makes the member unreachable.
    async fn begin(self, writing: Option<MutexGuard<'_, ()>>) -> Result<Unreachable<'a>, PeopleError> {
        let Requested { people, job, records } = self;
        let key = people.keys.get_or_create(job.key_name()).await?;
        let change = Change { put: records, put_jobs: vec![(job.id, job.sealed(&key)?)], ..Change::default() };
        if let Err(refused) = people.database.commit(&change).await {
            // A server that answers too late may have written it all the same. Nothing was done: so it must not be done at
            // some later start either, perhaps to somebody who came back.
            people.keys.remove(&[job.key_name()]).await?;
            return Err(refused);
        }
        drop(writing);
        people.leave(job.member()).await;
        Ok(Unreachable { people, job })
    }
}

/// The work about a member, and their records as they are.
fn work(active: &Active, order: &Order) -> Result<(Job, Vec<Sealed>), PeopleError> {
    Ok((Job::of(active, order)?, active.records()?))
}

/// Records of a member whom nobody ever was.
fn stand_in_records(stand_in: &Member) -> Result<Vec<Sealed>, PeopleError> {
    let record = |field| {
        let place = Place::of(&stand_in.key, field);
        Ok((place.id, seal(&place, &())?))
    };
    Field::ALL.into_iter().map(record).collect()
}

impl<'a> Unreachable<'a> {
    /// Removes records and hides rows.
    async fn erase(self, behind: &dyn Aftermath) -> Result<Gone<'a>, PeopleError> {
        let Unreachable { people, job } = self;
        match erased(people, &job, behind).await {
            Ok(()) => Ok(Gone { people, job }),
            Err(refused) => {
                people.unfinished.lock().push(job);
                Err(refused)
            }
        }
    }
}

/// Neither waits for the other: each has disks to wait for, and is done again whatever became of the other.
async fn erased(people: &People, job: &Job, behind: &dyn Aftermath) -> Result<(), PeopleError> {
    let change = Change { remove: job.records.clone(), ..Change::default() };
    let trace = job.trace();
    let (removed, hidden) = tokio::join!(people.database.commit(&change), behind.hide(&trace));
    removed?;
    Ok(hidden?)
}

impl Gone<'_> {
    /// Destroys the member's key, and the job with its own: with the next root nothing leads back.
    async fn unlink(self) -> Result<(), PeopleError> {
        let Gone { people, job } = self;
        let mut names = vec![job.member(), withdrawn(job.member()), job.key_name()];
        names.extend(people.learner.get().into_iter().flat_map(|learner| learner.keys(job.site())));
        if let Err(refused) = people.keys.remove(&names).await {
            people.unfinished.lock().push(job);
            return Err(refused.into());
        }
        people.leaving.lock().remove(&job.member());
        let change = Change { remove_jobs: vec![job.id], ..Change::default() };
        if people.database.commit(&change).await.is_err() {
            // Nothing opens it any more, and nobody is named by it.
            note!(Warn, "the database of members could not remove what is done; it goes with the next start");
        }
        Ok(())
    }
}

impl People {
    /// Forgets whoever the application knows by this id. When it returns, identity and profile are gone and rows
    /// hidden; the member's key follows with the tree's next root, which [`People::unlink`] waits for.
    ///
    /// Of an id that is no member's it does the same work about a stand-in who was here on the days of some other member,
    /// and answers the same: as many commits, syncs and buckets of the key tree. What depends on how much somebody did
    /// differs as it does between members.
    ///
    /// # Errors
    /// When it cannot be written down: then nothing was done. Or when a later step failed: then it is done again by the
    /// next call about the same member, [`People::go_on`] or [`People::resume`].
    pub async fn forget(
        &self,
        site: SiteId,
        id: &ExternalId,
        order: Order,
        behind: &dyn Aftermath,
    ) -> Result<(Erased, Forgotten), PeopleError> {
        let name = self.name(site, id);
        if let Some(job) = self.take_unfinished(|job| job.member() == name) {
            return erase(Unreachable { people: self, job }, behind).await;
        }
        let found = self.find(site, id).await?;
        // Held until the records are written: what another call writes meanwhile must not be replaced by older ones.
        let writing = match &found {
            Some(active) => Some(active.writing.lock().await),
            None => None,
        };
        let known = match found.as_ref().map(|active| work(active, &order)) {
            Some(Err(PeopleError::Gone)) | None => None,
            Some(known) => Some(known?),
        };
        let (job, records) = match known {
            Some(known) => known,
            None => {
                let stand_in = Member { name, key: DataKey::random()? };
                let job = Job::of_nobody(&stand_in, &self.days_of_somebody(site, &order), &order)?;
                (job, stand_in_records(&stand_in)?)
            }
        };
        self.carry_out(job, records, writing, behind).await
    }

    /// The same of a member at hand.
    ///
    /// # Errors
    /// As [`People::forget`]; [`PeopleError::Gone`] if somebody else has them forgotten already.
    pub async fn forget_active(
        &self,
        active: &Active,
        order: Order,
        behind: &dyn Aftermath,
    ) -> Result<(Erased, Forgotten), PeopleError> {
        let writing = active.writing.lock().await;
        let (job, records) = work(active, &order)?;
        self.carry_out(job, records, Some(writing), behind).await
    }

    async fn carry_out(
        &self,
        job: Job,
        records: Vec<Sealed>,
        writing: Option<MutexGuard<'_, ()>>,
        behind: &dyn Aftermath,
    ) -> Result<(Erased, Forgotten), PeopleError> {
        let requested = Requested { people: self, job, records };
        erase(requested.begin(writing).await?, behind).await
    }

    fn take_unfinished(&self, wanted: impl Fn(&Job) -> bool) -> Option<Job> {
        let mut unfinished = self.unfinished.lock();
        unfinished.iter().position(wanted).map(|at| unfinished.swap_remove(at))
    }

    /// Goes on with what database, key tree or what stands behind members refused a while ago. Gives how many jobs it
    /// finished.
    ///
    /// # Errors
    /// When one of them still refuses; then it is done again by the next call.
    pub async fn go_on(&self, behind: &dyn Aftermath) -> Result<usize, PeopleError> {
        let mut finished = 0;
        while let Some(job) = self.take_unfinished(|_| true) {
            Unreachable { people: self, job }.erase(behind).await?.unlink().await?;
            finished += 1;
        }
        Ok(finished)
    }

    /// Finishes the forgetting: when it returns, no copy of the key tree made before opens anything of the member.
    ///
    /// # Errors
    /// When the key tree refuses; [`People::go_on`] or [`People::resume`] does it again.
    pub async fn unlink(&self, forgotten: Forgotten) -> Result<(), PeopleError> {
        Gone { people: self, job: forgotten.0 }.unlink().await
    }

    /// Goes on with what was not finished when the machine stopped. Gives how many jobs it finished. To be called before
    /// members are let in.
    ///
    /// # Errors
    /// When database or key tree refuse.
    pub async fn resume(&self, behind: &dyn Aftermath) -> Result<usize, PeopleError> {
        let mut finished = 0;
        for (id, sealed) in self.database.jobs().await? {
            let name = job::key_name(id);
            let Some(key) = self.keys.get(name).await? else {
                // Its key is gone, so it was done.
                self.database.commit(&Change { remove_jobs: vec![id], ..Change::default() }).await?;
                continue;
            };
            let job = Job::open(id, &key, &sealed)?;
            self.leave(job.member()).await;
            Unreachable { people: self, job }.erase(behind).await?.unlink().await?;
            finished += 1;
        }
        // A key without a job: it stopped before the job was written.
        let jobs: Vec<[u8; 16]> = self.database.jobs().await?.into_iter().map(|(id, _)| id).collect();
        let names = self.keys.list(Purpose::Job).await?;
        let idle: Vec<KeyName> = names.into_iter().filter(|name| !jobs.contains(&name.label)).collect();
        if !idle.is_empty() {
            note!(Info, "keys of work that was never written down are removed", keys = idle.len());
            self.keys.remove(&idle).await?;
        }
        Ok(finished)
    }
}

async fn erase(begun: Unreachable<'_>, behind: &dyn Aftermath) -> Result<(Erased, Forgotten), PeopleError> {
    let done = begun.erase(behind).await?;
    Ok((Erased { days: done.job.days.len() }, Forgotten(done.job)))
}

/// A member whose key is about to be destroyed.
#[derive(Debug)]
pub struct Forgotten(Job);
