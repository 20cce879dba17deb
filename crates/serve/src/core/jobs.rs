//! What happens by the clock: flushing, trimming, closing and expiring days, snapshots.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::tz::TimeZone;
use outis_disclose::note;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{Core, NODE};

/// How often settings, day keys and the fill of the tail are looked at.
const STEP: Duration = Duration::from_millis(500);
/// How often marks, links and preferences of members are written: not when they come.
const MEMBERS: Duration = Duration::from_secs(5);
/// How often small tables and counters are written.
const SAVE: Duration = Duration::from_secs(60);
/// How often files are merged, days closed and expired.
const MAINTAIN: Duration = Duration::from_secs(30);
/// A journal segment is closed after this long, so that its key can be destroyed.
const ROLL: Duration = Duration::from_secs(300);

/// How often it is looked whether models are to be made anew.
const LEARN: Duration = Duration::from_secs(60);

/// How many days back persons are remembered.
const PERSONS_DAYS: i32 = 3;

/// The running jobs.
pub(crate) struct Jobs {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
    core: Arc<Core>,
}

impl Jobs {
    /// Starts them.
    pub(crate) fn start(core: &Arc<Core>) -> Jobs {
        let (stop, stopped) = watch::channel(false);
        let running = vec![
            tokio::spawn(steps(core.clone(), stopped.clone())),
            tokio::spawn(maintenance(core.clone(), stopped.clone())),
            tokio::spawn(learning(core.clone(), stopped)),
        ];
        Jobs { stop, running, core: core.clone() }
    }

    /// Ends them, and writes everything that is in memory: call it when no more events come.
    ///
    /// # Errors
    /// When it cannot be written; the journal still has every acknowledged event then.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let _ = self.stop.send(true);
        for task in self.running {
            let _ = task.await;
        }
        self.core.settle().await
    }
}

impl Core {
    /// Settings, day keys: what must be in step with the clock.
    pub(crate) async fn step(&self) -> anyhow::Result<()> {
        self.capture.forget_debug_events(self.clock.now());
        self.registry.reload().await?;
        self.intents.counted.flush(&self.journal).await;
        self.intents.follow_catalogues();
        // Days are closed within a day of their end; what was not closed by then is counted by the day only.
        self.members.forget_linked(self.clock.now().day(&TimeZone::UTC).plus(-PERSONS_DAYS));
        self.persons.forget_before(self.clock.now().day(&TimeZone::UTC).plus(-PERSONS_DAYS));
        self.days.tick(&self.registry.settings(), self.clock.now()).await
    }

    /// Commits the tail and lets the journal forget what is committed: also what was committed before its segment was
    /// closed, however long nothing comes after.
    pub(crate) async fn flush(&self) -> anyhow::Result<()> {
        self.warehouse.flush().await?;
        let consumed = self.warehouse.consumed(NODE);
        if self.journal.can_trim(consumed) {
            // The frames also hold insert ids, which must be in a snapshot before they go.
            self.save_inserts().await?;
            self.journal.trim(consumed).await?;
        }
        Ok(())
    }

    /// Closes the journal's present segment, so that the next flush can forget it.
    pub(crate) async fn roll(&self) {
        self.journal.roll().await;
    }

    /// Merges files, closes and expires days, forgets who is not there any more, and looks whether everything went in time.
    pub(crate) async fn maintain(&self) -> anyhow::Result<()> {
        // Whatever one of these meets, days still close and expire.
        self.reserve.lay_by();
        let purged = self.finish_purges().await;
        let finished = self.members.people.go_on(&*self.members).await;
        self.end_learning().await?;
        self.warehouse.maintain(&self.registry.settings()).await?;
        let forgotten = self.forget_idle().await;
        self.check_retention().await?;
        finished.context("forgetting that was not finished")?;
        purged.and(forgotten)
    }

    /// Writes small tables and counters.
    pub(crate) async fn save(&self) -> anyhow::Result<()> {
        self.receipts.tick(self.clock.now()).await;
        self.save_snapshots().await?;
        self.registry.save_counts().await?;
        self.distribute.expire().await.context("messages that wait to go out")?;
        self.models.save().await?;
        self.records.expire(self.clock.now().day(&TimeZone::UTC)).await
    }

    /// Everything to disk, the journal empty.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        self.members.flush().await?;
        self.intents.counted.flush(&self.journal).await;
        self.save().await?;
        self.roll().await;
        self.flush().await
    }
}

/// When something is due next.
struct Due {
    every: Duration,
    at: Instant,
}

impl Due {
    fn new(every: Duration) -> Due {
        Due { every, at: Instant::now() + every }
    }

    fn is_due(&mut self) -> bool {
        let due = Instant::now() >= self.at;
        if due {
            self.at = Instant::now() + self.every;
        }
        due
    }
}

async fn steps(core: Arc<Core>, mut stopped: watch::Receiver<bool>) {
    let mut flush = Due::new(Duration::from_secs(u64::from(core.config.flush_seconds.max(1))));
    let (mut save, mut roll, mut members) = (Due::new(SAVE), Due::new(ROLL), Due::new(MEMBERS));
    let mut ticks = interval(STEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.changed() => return,
        }
        if core.step().await.is_err() {
            note!(Error, "settings or day keys could not be read");
        }
        // Receivers may be slow: nothing else waits for them.
        let distribute = core.distribute.clone();
        tokio::spawn(async move { distribute.work().await });
        if roll.is_due() {
            core.roll().await;
        }
        if members.is_due() && core.members.flush().await.is_err() {
            note!(Error, "what is known of members could not be written; it is tried again");
        }
        if (core.warehouse.flush_due() || flush.is_due()) && core.flush().await.is_err() {
            note!(Error, "the warehouse could not be written; the journal keeps everything, it is tried again");
        }
        if save.is_due() && core.save().await.is_err() {
            note!(Error, "counters or snapshots could not be written");
        }
    }
}

async fn maintenance(core: Arc<Core>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(MAINTAIN);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.changed() => return,
        }
        if core.maintain().await.is_err() {
            note!(Error, "days could not be closed or expired; it is tried again");
        }
    }
}

/// Apart from the rest: it may take minutes, and is given up when the server ends.
async fn learning(core: Arc<Core>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(LEARN);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.changed() => return,
        }
        let learnt = tokio::select! {
            learnt = core.models.learn_all() => learnt,
            _ = stopped.changed() => return,
        };
        if learnt.is_err() {
            note!(Error, "models of what members like could not be made anew; it is tried again");
        }
    }
}
