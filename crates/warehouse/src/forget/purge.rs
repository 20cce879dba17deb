//! Rewriting days without the rows that are hidden.

use std::sync::Arc;

use futures::StreamExt;
use outis_event::{Day, Site, SiteId};

use super::{Closed, HiddenDay, Known, Rehidden, Tombstone};
use crate::WarehouseError;
use crate::catalogue::{FileEntry, RosterFile};
use crate::compact;
use crate::evaluate::Partition;
use crate::files::Kind;
use crate::links::Relinked;
use crate::maintain::over_after_ms;
use crate::warehouse::Inner;

/// Days that are rewritten at a time.
const AT_A_TIME: usize = 2;

impl Inner {
    /// Rewrites the compacted days of which something is hidden, all of them in one go, if it is time. Gives how many.
    pub(crate) async fn purge(self: &Arc<Inner>, site: &Site) -> Result<usize, WarehouseError> {
        let now = self.clock.now();
        if !self.state.lock().hidden.is_due(site.id, now, self.options.purge_after_ms) {
            return Ok(0);
        }
        // What is hidden from here on waits for the next time.
        self.state.lock().hidden.purged(site.id);
        let days = self.state.lock().hidden.days(site.id);
        let rewriting = days.into_iter().map(|day| {
            let is_over = now >= day.plus(1).start(&site.zone).plus_ms(over_after_ms(site));
            self.purge_day(site.id, day, is_over)
        });
        // None is dropped half-way when another fails.
        let done: Vec<_> = futures::stream::iter(rewriting).buffer_unordered(AT_A_TIME).collect().await;
        let done: Result<Vec<bool>, WarehouseError> = done.into_iter().collect();
        let purged = match done {
            Ok(done) => done.into_iter().filter(|done| *done).count(),
            Err(error) => {
                self.state.lock().hidden.hid(site.id, now.plus_ms(-self.options.purge_after_ms));
                return Err(error);
            }
        };
        if !self.state.lock().hidden.days(site.id).is_empty() {
            // Days that are not closed yet.
            self.state.lock().hidden.hid(site.id, now);
        }
        Ok(purged)
    }

    /// Rewrites a day. One that is over and not closed, because too few have come since, is rewritten too: rows of who is
    /// forgotten must not wait for others.
    async fn purge_day(self: &Arc<Inner>, site: SiteId, day: Day, is_over: bool) -> Result<bool, WarehouseError> {
        let (files, hidden) = {
            let state = self.state.lock();
            let files = state.files.get(&(site, day)).cloned().unwrap_or_default();
            (files, state.hidden.of(site, day))
        };
        let Some(hidden) = hidden else { return Ok(false) };
        let is_whole = |file: &Arc<FileEntry>| file.kind == Kind::Closed;
        if !is_over && !files.iter().all(is_whole) || self.state.lock().tail.has(site, day) {
            // It is not closed yet: compaction leaves these rows out.
            return Ok(false);
        }
        let numbered = files.iter().filter(|file| is_whole(file)).map(|file| file.visitors).sum();
        let numbers = Arc::new(Closed::without(&hidden.all, numbered));
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for file in &files {
            let (reader, path) = (self.reader.clone(), self.new_path(site, file.kind)?);
            let (of, without, numbers) = (file.clone(), hidden.clone(), numbers.clone());
            let repacked = tokio::task::spawn_blocking(move || match of.kind {
                Kind::Closed => compact::without(&reader, &of, path, &without.all, &numbers),
                Kind::Small => {
                    let partition = Partition { hidden: Some(without), ..Partition::of_files(of.day, vec![of]) };
                    compact::merge(&reader, &partition, site, path).map(compact::Without::Rest)
                }
            });
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
        // Until the commit nothing is linked or hidden.
        let _alone = (self.linking.lock().await, self.hiding.lock().await);
        match self.beside_rest(site, day, &hidden, &numbers).await {
            Ok((relinked, rehidden)) => self.swap(&old, new, relinked, rehidden).await?,
            Err(error) => {
                self.discard(&new).await;
                return Err(error);
            }
        }
        Ok(true)
    }

    /// What changes beside the rows of a day without those of who is gone: links, tombstones and rosters.
    async fn beside_rest(
        &self,
        site: SiteId,
        day: Day,
        gone: &HiddenDay,
        numbers: &Closed,
    ) -> Result<(Relinked, Rehidden), WarehouseError> {
        let left = |tombstone: Tombstone| match tombstone.day == day {
            // Hidden while the day was being rewritten, if not gone.
            true => (!gone.all.contains(&tombstone.number))
                .then(|| Tombstone { number: numbers.of(tombstone.number), ..tombstone }),
            false => Some(tombstone),
        };
        let rehidden = self.rehide(site, |before| before.into_iter().filter_map(left).collect()).await?;
        let rehidden = self.with_rosters(rehidden, site, day, gone, numbers).await?;
        if numbers.is_same() {
            return Ok((Relinked::default(), rehidden));
        }
        let number = |number: u64| (!gone.all.contains(&number)).then(|| numbers.of(number));
        Ok((self.relink(site, day, number).await?, rehidden))
    }

    /// Also changes the rosters of a day: who is gone is in none.
    async fn with_rosters(
        &self,
        mut rehidden: Rehidden,
        site: SiteId,
        day: Day,
        gone: &HiddenDay,
        numbers: &Closed,
    ) -> Result<Rehidden, WarehouseError> {
        let is_of = |roster: &&Arc<RosterFile>| (roster.site, roster.day) == (site, day);
        let rosters: Vec<_> = self.state.lock().rosters.iter().filter(is_of).cloned().collect();
        for roster in rosters {
            let known = self.read_roster(&roster).await?;
            let stay = known.iter().filter(|known| !gone.all.contains(&known.number));
            let left: Vec<Known> = stay.map(|known| Known { number: numbers.of(known.number), ..*known }).collect();
            if left != known {
                rehidden.new_rosters.extend(self.put_roster(site, day, left).await?);
                rehidden.old_rosters.push(roster.path.clone());
            }
        }
        Ok(rehidden)
    }

    /// What is hidden of a day now.
    pub(crate) fn hidden_of(&self, site: SiteId, day: Day) -> Arc<HiddenDay> {
        self.state.lock().hidden.of(site, day).unwrap_or_default()
    }
}
