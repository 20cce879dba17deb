//! What capture remembers across restarts: what waits for enough people, and insert ids.

use jiff::tz::TimeZone;
use outis_anonymise::Week;
use outis_disclose::note;
use outis_keys::{KeyName, Purpose};

use super::Core;
use super::kept::Kept;

const WAITING_FILE: &str = "waiting.sealed";
const DEDUP_FILE: &str = "dedup.sealed";
const DEDUP_KEY: KeyName = KeyName { purpose: Purpose::Snapshot, label: *b"dedup-snapshot--" };

impl Core {
    /// Takes over the snapshots of an earlier run. One that does not open is left aside: that only delays admission,
    /// or lets a retry of what the journal no longer has count twice.
    pub(super) async fn restore_snapshots(&self) -> anyhow::Result<()> {
        let week = Week::of(self.clock.now().day(&TimeZone::UTC));
        if let Some(plain) = self.kept(WAITING_FILE).read(week_key(week)).await?
            && self.room.restore(&plain).is_err()
        {
            note!(Warn, "the snapshot of the waiting room cannot be read: words wait anew");
        }
        if let Some(plain) = self.kept(DEDUP_FILE).read(DEDUP_KEY).await?
            && self.capture.dedup_restore(&plain).is_err()
        {
            note!(Warn, "the snapshot of insert ids cannot be read: earlier ones are forgotten");
        }
        Ok(())
    }

    /// Writes what waits, sealed under a key that dies with its week.
    pub(super) async fn save_snapshots(&self) -> anyhow::Result<()> {
        let now = Week::of(self.clock.now().day(&TimeZone::UTC));
        let waiting = self.kept(WAITING_FILE);
        // Nothing came yet in this week: the key of the one before goes all the same.
        let week = self.room.week().filter(|week| *week >= now);
        if let Some(week) = week {
            waiting.write(week_key(week), self.room.snapshot()).await?;
        }
        waiting.forget_others(Purpose::Waiting, &[week_key(week.unwrap_or(now))]).await?;
        Ok(())
    }

    /// Writes the insert ids, of all frames so far: an id is in the table before its frame is written.
    pub(crate) async fn save_inserts(&self) -> anyhow::Result<()> {
        self.kept(DEDUP_FILE).write(DEDUP_KEY, self.capture.dedup_snapshot()).await
    }

    fn kept(&self, file: &str) -> Kept {
        Kept::new(&self.config.data_dir, file, self.keys.clone())
    }
}

fn week_key(week: Week) -> KeyName {
    let mut label = *b"week------------";
    label[12..].copy_from_slice(&week.0.to_be_bytes());
    KeyName { purpose: Purpose::Waiting, label }
}
