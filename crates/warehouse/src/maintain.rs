//! Merging, compacting and expiring. Each step is one commit; files that it takes out are destroyed behind it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use object_store::path::Path;
use outis_event::{Day, Site, SiteId};

use crate::WarehouseError;
use crate::catalogue::{Change, FileEntry};
use crate::compact::{self, Numbering};
use crate::evaluate::Partition;
use crate::files::Kind;
use crate::forget::{HiddenDay, Known, Rehidden};
use crate::links::Relinked;
use crate::warehouse::Inner;

/// How long after the grace a day is closed: time for events that were accepted last to arrive.
const CLOSE_AFTER_MS: i64 = 10 * 60 * 1000;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// How long after its end a day of the site is over.
pub(crate) fn over_after_ms(site: &Site) -> i64 {
    i64::from(site.policy.grace_hours) * HOUR_MS + CLOSE_AFTER_MS
}
/// Small files are not merged into ones of more rows.
const MOST_MERGED_ROWS: u64 = 2_000_000;

/// What [`Warehouse::maintain`](crate::Warehouse::maintain) did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// Small files that were merged into larger ones.
    pub merged: usize,
    /// Days that were compacted.
    pub compacted: usize,
    /// Days that became cells.
    pub closed: usize,
    /// Compacted days that were counted, so that usual questions need not read their rows.
    pub counted: usize,
    /// Days that were destroyed because they were older than their site keeps.
    pub expired: usize,
    /// Days that were rewritten without rows of who was forgotten.
    pub purged: usize,
}

type Files = Vec<Arc<FileEntry>>;

impl Inner {
    pub(crate) async fn maintain(self: &Arc<Inner>, sites: &[Arc<Site>]) -> Result<Maintenance, WarehouseError> {
        let _alone = self.maintaining.lock().await;
        let mut done = Maintenance::default();
        self.destroy_doomed().await?;
        for site in sites {
            self.drop_links(site).await?;
            // Before anything of a day is destroyed, and while its visitors have the numbers they came with.
            done.closed += self.close_history(site).await?;
            done.expired += self.expire(site).await?;
            done.compacted += self.close(site).await?;
            self.merge_links(site).await?;
            done.purged += self.purge(site).await?;
        }
        done.merged += self.merge().await?;
        self.unmark().await?;
        // Last, and one failure does not keep the others: without counts questions are slower, nothing else.
        let mut failed = None;
        for site in sites {
            match self.count(site).await {
                Ok(days) => done.counted += days,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(done), Err)
    }

    /// Destroys the days that the site keeps no longer.
    async fn expire(&self, site: &Site) -> Result<usize, WarehouseError> {
        let keeps = i32::try_from(site.policy.recent_days).unwrap_or(i32::MAX);
        let first = self.clock.now().day(&site.zone).plus(-keeps);
        let old: Vec<Files> = {
            let state = self.state.lock();
            let days = state.files.range((site.id, Day(i32::MIN))..(site.id, first));
            days.map(|(_, files)| files.clone()).collect()
        };
        for files in &old {
            let Some(day) = files.first().map(|file| file.day) else { continue };
            let _alone = self.hiding.lock().await;
            let rehidden = self.rehide_without(site.id, day).await?;
            self.swap(files, Vec::new(), Relinked::default(), rehidden).await?;
        }
        Ok(old.len())
    }

    /// Compacts the days that are over.
    async fn close(self: &Arc<Inner>, site: &Site) -> Result<usize, WarehouseError> {
        let days = self.over(site);
        for (day, files, visitors) in &days {
            self.compact(site.id, *day, files, *visitors).await?;
        }
        Ok(days.len())
    }

    /// Days that are over and wholly in files, with their small files and the visitors numbered already.
    ///
    /// Rows behind the horizon keep their day open: once renumbered they could not be told from those before it.
    fn over(&self, site: &Site) -> Vec<(Day, Files, u64)> {
        let now = self.clock.now();
        let after_ms = over_after_ms(site);
        let mut state = self.state.lock();
        let horizon = state.sites.get_mut(&site.id).map_or(0, |s| s.advance(site.policy.floor));
        let mut over = Vec::new();
        for ((_, day), files) in state.files_of(site.id) {
            if now < day.plus(1).start(&site.zone).plus_ms(after_ms) || state.tail.has(site.id, *day) {
                continue;
            }
            let (small, closed): (Files, Files) = files.iter().cloned().partition(|f| f.kind == Kind::Small);
            if !small.is_empty() && small.iter().all(|f| f.to <= horizon) {
                over.push((*day, small, closed.iter().map(|f| f.visitors).sum()));
            }
        }
        over
    }

    async fn compact(
        self: &Arc<Inner>,
        site: SiteId,
        day: Day,
        files: &Files,
        mut visitors: u64,
    ) -> Result<(), WarehouseError> {
        // Of a day that was compacted before, links are of the new numbers already; who comes now is not linked.
        let is_first = visitors == 0;
        let linked = Arc::new(if is_first { self.linked_visitors(site, day).await? } else { HashSet::new() });
        let mut numbers = HashMap::new();
        let rows: u64 = files.iter().map(|f| f.rows).sum();
        let passes = rows.div_ceil(self.options.pass_rows);
        let keeps_numbers = self.keeps_numbers.load(Ordering::Relaxed);
        // Its rows were counted into cells, if they were to be: from here on they are left out.
        let (hidden, numbered) = (self.hidden_of(site, day), visitors);
        let work = Arc::new(compact::Compaction::new(day, files.clone(), hidden.clone(), passes, keeps_numbers)?);
        let mut made: Vec<FileEntry> = Vec::new();
        for pass in 0..work.passes() {
            let (work, reader, path) = (work.clone(), self.reader.clone(), self.new_path(site, Kind::Closed)?);
            let linked = linked.clone();
            let place = move || work.pass(&reader, pass, site, path, Numbering::new(visitors, linked));
            let encoded = tokio::task::spawn_blocking(place).await;
            let stored = match encoded.map_err(|_| WarehouseError::Stopped)? {
                Ok(None) => continue,
                Ok(Some(passed)) => {
                    numbers.extend(passed.of_linked);
                    self.put(passed.encoded).await
                }
                Err(error) => Err(error),
            };
            match stored {
                Ok(entry) => {
                    visitors += entry.visitors;
                    made.push(entry);
                }
                Err(error) => {
                    self.discard(&made).await;
                    return Err(error);
                }
            }
        }
        if made.is_empty() {
            made.push(self.put(compact::nothing(site, day, self.new_path(site, Kind::Closed)?)?).await?);
        }
        // Between here and the commit no entry of the day comes: it is over. Nor is anything hidden.
        let _alone = (self.linking.lock().await, self.hiding.lock().await);
        let beside = self.beside(site, day, &hidden, &numbers, numbered).await;
        match beside {
            Ok((relinked, rehidden)) => self.swap(files, made, relinked, rehidden).await,
            Err(error) => {
                self.discard(&made).await;
                Err(error)
            }
        }
    }

    /// What changes beside the rows of a day that got new numbers: links, tombstones, and a roster of its members.
    async fn beside(
        &self,
        site: SiteId,
        day: Day,
        hidden: &HiddenDay,
        numbers: &HashMap<u64, u64>,
        numbered: u64,
    ) -> Result<(Relinked, Rehidden), WarehouseError> {
        let known = numbers.iter().map(|(before, number)| Known { before: *before, number: *number }).collect();
        let mut rehidden = self.rehide_day(site, day, hidden, numbers, numbered).await?;
        rehidden.new_rosters.extend(self.put_roster(site, day, known).await?);
        let relinked = match numbered == 0 {
            true => self.relink(site, day, |number| numbers.get(&number).copied()).await?,
            false => Relinked::default(),
        };
        Ok((relinked, rehidden))
    }

    /// Merges small files of one day and level when there are enough of them.
    async fn merge(self: &Arc<Inner>) -> Result<usize, WarehouseError> {
        let mut merged = 0;
        while let Some((site, day, files)) = self.to_merge() {
            let (reader, path) = (self.reader.clone(), self.new_path(site, Kind::Small)?);
            let partition = Partition::of_files(day, files.clone());
            let encoded = tokio::task::spawn_blocking(move || compact::merge(&reader, &partition, site, path)).await;
            let entry = self.put(encoded.map_err(|_| WarehouseError::Stopped)??).await?;
            self.swap(&files, vec![entry], Relinked::default(), Rehidden::default()).await?;
            merged += files.len();
        }
        Ok(merged)
    }

    /// Small files of one level of one day, all on one side of the horizon.
    fn to_merge(&self) -> Option<(SiteId, Day, Files)> {
        let state = self.state.lock();
        for ((site, day), files) in &state.files {
            let horizon = state.sites.get(site).map_or(0, |s| s.horizon);
            let mut levels: BTreeMap<(u8, bool), Files> = BTreeMap::new();
            for file in files.iter().filter(|f| f.kind == Kind::Small) {
                levels.entry((file.level, file.to <= horizon)).or_default().push(file.clone());
            }
            for files in levels.into_values() {
                let few = files.len() < self.options.merge_files.max(2);
                if !few && files.iter().map(|f| f.rows).sum::<u64>() <= MOST_MERGED_ROWS {
                    return Some((*site, *day, files));
                }
            }
        }
        None
    }

    /// Puts files in the place of others, and pieces of the link file with them: commits, then destroys the old ones, and
    /// counts of what they held with them.
    pub(crate) async fn swap(
        &self,
        old: &[Arc<FileEntry>],
        new: Vec<FileEntry>,
        links: Relinked,
        hidden: Rehidden,
    ) -> Result<(), WarehouseError> {
        let paths: Vec<Path> = old.iter().map(|f| f.path.clone()).collect();
        let link_paths: Vec<Path> = links.old.iter().map(|piece| piece.path.clone()).collect();
        let counts = self.counts_of(old.iter().map(|f| &**f).chain(&new));
        let change = Change {
            add: new,
            remove: paths.clone(),
            remove_counts: counts,
            add_links: links.new,
            remove_links: link_paths.clone(),
            add_hidden: hidden.new.clone(),
            remove_hidden: hidden.old.clone(),
            add_rosters: hidden.new_rosters.clone(),
            remove_rosters: hidden.old_rosters.clone(),
            ..Change::default()
        };
        let beside: Vec<Path> = hidden.old.iter().chain(&hidden.old_rosters).cloned().collect();
        if let Err(error) = self.catalogue.commit(&change).await {
            // Only what is certainly not listed may be destroyed.
            if self.catalogue.lists(&paths).await.unwrap_or(false) {
                self.discard(&change.add).await;
                self.discard_links(&change.add_links).await;
                let new = change.add_hidden.iter().map(|f| &f.path).chain(change.add_rosters.iter().map(|f| &f.path));
                self.discard_paths(&new.cloned().collect::<Vec<_>>()).await;
            }
            return Err(error.into());
        }
        {
            let mut state = self.state.lock();
            state.remove_files(old);
            state.counts.retain(|_, file| !change.remove_counts.contains(&file.path));
            for file in change.add {
                state.add_file(file);
            }
            state.replace_links(&link_paths, change.add_links);
            Inner::apply_rehidden(&mut state, hidden);
        }
        self.forget_counts(&change.remove_counts);
        self.reader.forget(&paths);
        self.doomed.lock().extend(paths.into_iter().chain(link_paths).chain(beside));
        self.destroy_doomed().await
    }

    /// Destroys files that are not listed any more.
    pub(crate) async fn destroy_doomed(&self) -> Result<(), WarehouseError> {
        let _alone = self.destroying.write().await;
        let paths = self.doomed.lock().clone();
        self.store.destroy(&paths).await?;
        self.doomed.lock().retain(|p| !paths.contains(p));
        Ok(())
    }
}
