//! From what was told to what is stored: shields, crawlers, duplicates, the anonymiser, and the sink.

use std::sync::Arc;

use outis_anonymise::{Outcome, Shown};
use outis_event::{AnonymousEvent, DropReason, Rewrite, Timestamp};
use tokio::time::Instant;

use crate::SiteState;
use crate::answer::Refusal;
use crate::capture::Inner;
use crate::dedup::Taken;
use crate::host::host_of;
use crate::sender::Sender;
use crate::wire::told::{Besides, Told};
use crate::{Counters, SinkError};

const DAY_MS: i64 = 86_400_000;
/// Seconds until trying again makes sense when the journal is closed.
const CLOSED_RETRY_S: u32 = 10;

/// What became of one event.
pub(crate) enum Fate {
    Stored {
        rewrites: Vec<Rewrite>,
        /// For a developer with the site's debug token.
        shown: Option<Shown>,
    },
    Dropped(DropReason),
}

impl Fate {
    pub(crate) fn dropped(&self) -> Option<DropReason> {
        match self {
            Fate::Stored { .. } => None,
            Fate::Dropped(reason) => Some(*reason),
        }
    }
}

/// The events of one request on their way to the sink. They are stored together or not at all.
pub(crate) struct Intake<'a> {
    inner: &'a Inner,
    sender: &'a Sender,
    now: Timestamp,
    events: Vec<AnonymousEvent>,
    taken: Taken,
    counts: Vec<(Arc<Counters>, Vec<Count>)>,
}

/// What is counted once the events are durable.
enum Count {
    Stored(Vec<Rewrite>),
    Dropped(DropReason),
}

impl<'a> Intake<'a> {
    pub(crate) fn new(inner: &'a Inner, sender: &'a Sender, now: Timestamp) -> Intake<'a> {
        Intake { inner, sender, now, events: Vec::new(), taken: inner.dedup.begin(), counts: Vec::new() }
    }

    /// Takes events of a site and says what becomes of each, provided that they are stored.
    pub(crate) fn take(&mut self, site: &SiteState, told: &[Told<'_>], besides: &Besides) -> Vec<Fate> {
        let context = site.context.at(self.now);
        let mut fates = Vec::with_capacity(told.len());
        for told in told {
            let fate = match self.refuse(site, told) {
                Some(reason) => Fate::Dropped(reason),
                None => {
                    let raw = told.raw(self.sender, besides, self.now);
                    match self.inner.anonymiser.anonymise(raw, &context) {
                        Outcome::Dropped(reason) => Fate::Dropped(reason),
                        Outcome::Stored { event, rewrites } => self.keep(site, told, event, rewrites, besides.debug),
                    }
                }
            };
            fates.push(fate);
        }
        let count = |fate: &Fate| match fate {
            Fate::Stored { rewrites, .. } => Count::Stored(rewrites.clone()),
            Fate::Dropped(reason) => Count::Dropped(*reason),
        };
        self.counts.push((site.counters.clone(), fates.iter().map(count).collect()));
        fates
    }

    /// The insert id is looked at last, so that an event that is dropped does not use it up.
    fn keep(
        &mut self,
        site: &SiteState,
        told: &Told<'_>,
        event: AnonymousEvent,
        rewrites: Vec<Rewrite>,
        debug: bool,
    ) -> Fate {
        if let Some(id) = &told.id
            && !self.taken.take(site.site().id, id, self.now)
        {
            return Fate::Dropped(DropReason::Duplicate);
        }
        let shown = debug.then(|| Shown::of(&event, &site.context.vocabulary));
        self.events.push(event);
        Fate::Stored { rewrites, shown }
    }

    /// Why an event is left out before anything else is done with it.
    fn refuse(&self, site: &SiteState, told: &Told<'_>) -> Option<DropReason> {
        let (sender, tables) = (self.sender, self.inner.anonymiser.tables());
        let (rules, shields) = (&site.context.rules, &site.site().shields);
        if told.referrer.as_ref().and_then(|r| host_of(r)).is_some_and(|host| tables.is_spam_referrer(host)) {
            return Some(DropReason::SpamReferrer);
        }
        if sender.is_verification() {
            return Some(DropReason::Verification);
        }
        if rules.shields_host(&told.url) {
            return Some(DropReason::ShieldHostname);
        }
        if rules.shields_page(&told.url) {
            return Some(DropReason::ShieldPath);
        }
        if shields.networks.iter().any(|network| network.contains(sender.ip())) {
            return Some(DropReason::ShieldNetwork);
        }
        if !shields.countries.is_empty() {
            let country = sender.country(tables).unwrap_or_default();
            if shields.countries.iter().any(|shielded| shielded.eq_ignore_ascii_case(country)) {
                return Some(DropReason::ShieldCountry);
            }
        }
        if sender.is_crawler(tables) {
            return Some(DropReason::Bot);
        }
        (told.ago_ms > i64::from(site.site().policy.recent_days) * DAY_MS).then_some(DropReason::TooOld)
    }

    /// What is to be stored, free of the sender.
    pub(crate) fn finish(self) -> Pending {
        Pending { events: self.events, taken: self.taken, counts: self.counts }
    }
}

/// Anonymous events that wait for the sink.
pub(crate) struct Pending {
    events: Vec<AnonymousEvent>,
    taken: Taken,
    counts: Vec<(Arc<Counters>, Vec<Count>)>,
}

impl Pending {
    /// Makes the events durable, then counts them.
    ///
    /// # Errors
    /// 503; then nothing is stored, and insert ids may come again.
    pub(crate) async fn store(self, inner: &Arc<Inner>) -> Result<(), Refusal> {
        if self.taken.is_empty() {
            return self.append(inner).await;
        }
        // A sender that hangs up must not undo the ids of events that become durable all the same.
        let inner = inner.clone();
        let task = tokio::spawn(async move { self.append(&inner).await });
        task.await.unwrap_or_else(|_| Err(Refusal::overloaded(CLOSED_RETRY_S)))
    }

    async fn append(self, inner: &Inner) -> Result<(), Refusal> {
        if !self.events.is_empty() {
            let began = Instant::now();
            inner.sink.append(self.events, self.taken.hashes().to_vec()).await.map_err(|error| match error {
                SinkError::Overloaded { retry_after_s } => Refusal::overloaded(retry_after_s),
                SinkError::Closed => Refusal::overloaded(CLOSED_RETRY_S),
            })?;
            inner.pace.note(began.elapsed());
        }
        self.taken.keep();
        for (counters, counts) in self.counts {
            for count in counts {
                match count {
                    Count::Dropped(reason) => counters.add_dropped(reason, 1),
                    Count::Stored(rewrites) => {
                        counters.add_stored(1);
                        rewrites.into_iter().for_each(|reason| counters.add_rewritten(reason));
                    }
                }
            }
        }
        Ok(())
    }
}
