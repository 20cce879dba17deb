//! Rewriting days without the rows that are hidden.

use std::sync::Arc;

use outis_event::{Day, Site, SiteId};

use super::{HiddenDay, Tombstone};
use crate::WarehouseError;
use crate::catalogue::FileEntry;
use crate::compact;
use crate::files::Kind;
use crate::links::Relinked;
use crate::warehouse::Inner;

impl Inner {
    /// Rewrites the compacted days of which something is hidden, all of them in one go, if it is time. Gives how many.
    pub(crate) async fn purge(self: &Arc<Inner>, site: &Site) -> Result<usize, WarehouseError> {
        let now = self.clock.now();
        if !self.state.lock().hidden.is_due(site.id, now, self.options.purge_after_ms) {
            return Ok(0);
        }
        // What is hidden from here on waits for the next time.
        self.state.lock().hidden.purged(site.id);
        let mut purged = 0;
        let days = self.state.lock().hidden.days(site.id);
        for day in days {
            match self.purge_day(site.id, day).await {
                Ok(done) => purged += usize::from(done),
                Err(error) => {
                    self.state.lock().hidden.hid(site.id, now.plus_ms(-self.options.purge_after_ms));
                    return Err(error);
                }
            }
        }
        if !self.state.lock().hidden.days(site.id).is_empty() {
            // Days that are not closed yet.
            self.state.lock().hidden.hid(site.id, now);
        }
        Ok(purged)
    }

    async fn purge_day(self: &Arc<Inner>, site: SiteId, day: Day) -> Result<bool, WarehouseError> {
        let (files, hidden) = {
            let state = self.state.lock();
            let files = state.files.get(&(site, day)).cloned().unwrap_or_default();
            (files, state.hidden.of(site, day))
        };
        let Some(hidden) = hidden else { return Ok(false) };
        let is_whole = |file: &Arc<FileEntry>| file.kind == Kind::Closed;
        if !files.iter().all(is_whole) || self.state.lock().tail.has(site, day) {
            // It is not closed yet: compaction leaves these rows out.
            return Ok(false);
        }
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for file in &files {
            let (reader, path) = (self.reader.clone(), self.new_path(site)?);
            let (of, without) = (file.clone(), hidden.clone());
            let repacked = tokio::task::spawn_blocking(move || compact::without(&reader, &of, path, &without.all));
            match repacked.await.map_err(|_| WarehouseError::Stopped)?? {
                compact::Without::Same => {}
                compact::Without::Rest(encoded) => {
                    old.push(file.clone());
                    match self.put(encoded).await {
                        Ok(entry) => new.push(entry),
                        Err(error) => {
                            self.discard(&new).await;
                            return Err(error);
                        }
                    }
                }
            }
        }
        let _alone = self.hiding.lock().await;
        let is_done = |tombstone: &Tombstone| tombstone.day == day && hidden.all.contains(&tombstone.number);
        let rehidden = self.rehide(site, |before| before.into_iter().filter(|t| !is_done(t)).collect()).await;
        match rehidden {
            Ok(rehidden) => self.swap(&old, new, Relinked::default(), rehidden).await?,
            Err(error) => {
                self.discard(&new).await;
                return Err(error);
            }
        }
        Ok(true)
    }

    /// What is hidden of a day now.
    pub(crate) fn hidden_of(&self, site: SiteId, day: Day) -> Arc<HiddenDay> {
        self.state.lock().hidden.of(site, day).unwrap_or_default()
    }
}
