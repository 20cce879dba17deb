//! Hiding rows, and keeping tombstones in step with the rows they hide.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use object_store::ObjectStoreExt;
use object_store::path::Path;
use outis_event::{Day, Pseudonym, SiteId, Visitor};

use super::format::{decode_roster, decode_tombstones, encode_roster, encode_tombstones};
use super::{Known, Tombstone};
use crate::catalogue::{Change, HiddenFile, RosterFile};
use crate::evaluate::Partition;
use crate::files::Kind;
use crate::warehouse::Inner;
use crate::{SealedStore, WarehouseError};

/// What changes beside rows: rosters and tombstones of their day.
#[derive(Debug, Default)]
pub(crate) struct Rehidden {
    pub(crate) old: Vec<Path>,
    pub(crate) new: Vec<HiddenFile>,
    /// What is hidden of the site then; `None` if that does not change.
    pub(crate) tombstones: Option<(SiteId, Vec<Tombstone>)>,
    pub(crate) old_rosters: Vec<Path>,
    pub(crate) new_rosters: Vec<RosterFile>,
}

impl Inner {
    /// Hides rows; see [`Warehouse::hide`](crate::Warehouse::hide).
    pub(crate) async fn hide(
        &self,
        site: SiteId,
        days: &[(Day, Visitor)],
        fold: bool,
    ) -> Result<usize, WarehouseError> {
        let _alone = self.hiding.lock().await;
        let mut tombstones = Vec::new();
        for (day, visitor) in days {
            let (numbers, _) = self.numbers_of(site, *day, *visitor).await?;
            tombstones.extend(numbers.into_iter().map(|number| Tombstone { day: *day, number, fold }));
        }
        if tombstones.is_empty() {
            return Ok(0);
        }
        let touched: BTreeSet<Day> = tombstones.iter().map(|t| t.day).collect();
        // Of every day that is asked about, so that no less is done about whoever was not there.
        let counts: BTreeSet<Path> = {
            let state = self.state.lock();
            let of = |(day, _): &(Day, Visitor)| state.counts.get(&(site, *day)).map(|file| file.path.clone());
            days.iter().filter_map(of).collect()
        };
        let counts: Vec<Path> = counts.into_iter().collect();
        // At once, so that they share syncs.
        let (marked, piece) = tokio::join!(self.mark(site, &touched), self.put_tombstones(site, tombstones.clone()));
        let piece = piece?;
        if let Err(error) = marked {
            self.discard_paths(std::slice::from_ref(&piece.path)).await;
            return Err(error);
        }
        let change = Change { add_hidden: vec![piece], remove_counts: counts, ..Change::default() };
        if let Err(error) = self.catalogue.commit(&change).await {
            match self.catalogue.lists_hidden(&change.add_hidden).await {
                Ok(true) => {}
                // Only what certainly does not count may be destroyed.
                Ok(false) => {
                    self.discard_paths(&[change.add_hidden[0].path.clone()]).await;
                    return Err(error.into());
                }
                Err(_) => return Err(error.into()),
            }
        }
        {
            let mut state = self.state.lock();
            state.hidden.add(site, &tombstones);
            state.hidden.hid(site, self.clock.now());
            state.hidden_files.extend(change.add_hidden.into_iter().map(Arc::new));
            state.counts.retain(|_, file| !change.remove_counts.contains(&file.path));
        }
        self.forget_counts(&change.remove_counts);
        self.destroy_doomed().await?;
        Ok(touched.len())
    }

    /// The numbers that a member's rows of a day have, and the day in which they have them: one that is rewritten has
    /// others. The number is the one they came with, if rows of the day may still have such numbers, and what rosters say.
    pub(super) async fn numbers_of(
        &self,
        site: SiteId,
        day: Day,
        visitor: Visitor,
    ) -> Result<(Vec<u64>, Partition), WarehouseError> {
        let (is_open, rosters, partition) = {
            let state = self.state.lock();
            let files = state.files.get(&(site, day)).cloned().unwrap_or_default();
            let is_compacted = !files.is_empty() && files.iter().all(|f| f.kind == Kind::Closed);
            let is_of = |roster: &&Arc<RosterFile>| (roster.site, roster.day) == (site, day);
            let rosters: Vec<Arc<RosterFile>> = state.rosters.iter().filter(is_of).cloned().collect();
            let tail = state.tail.of(site, day, u64::MAX);
            let is_open = !is_compacted || state.tail.has(site, day);
            (is_open, rosters, Partition { tail, ..Partition::of_files(day, files) })
        };
        let mut numbers = Vec::new();
        if is_open {
            numbers.push(visitor.0);
        }
        for roster in rosters {
            let known = self.read_roster(&roster).await?;
            if let Ok(at) = known.binary_search_by_key(&visitor.0, |known| known.before) {
                numbers.push(known[at].number);
            }
        }
        Ok((numbers, partition))
    }

    pub(super) async fn read_roster(&self, roster: &RosterFile) -> Result<Vec<Known>, WarehouseError> {
        let bytes = self.store.get(&roster.path).await?.bytes().await?;
        decode_roster(&bytes).map_err(|_| WarehouseError::Hidden)
    }

    /// Reads what is hidden, at opening.
    pub(crate) async fn load_hidden(&self) -> Result<(), WarehouseError> {
        let files = self.state.lock().hidden_files.clone();
        for file in files {
            let bytes = self.store.get(&file.path).await?.bytes().await?;
            let tombstones = decode_tombstones(&bytes).map_err(|_| WarehouseError::Hidden)?;
            {
                let mut state = self.state.lock();
                state.hidden.add(file.site, &tombstones);
                // Since when is not known: at once, then.
                state.hidden.hid(file.site, outis_event::Timestamp(i64::MIN / 2));
            }
            // They are marked already, unless catalogue and tree are not of the same time.
            self.mark(file.site, &tombstones.iter().map(|tombstone| tombstone.day).collect()).await?;
        }
        Ok(())
    }

    async fn put_tombstones(&self, site: SiteId, tombstones: Vec<Tombstone>) -> Result<HiddenFile, WarehouseError> {
        let path = SealedStore::new_path(&Path::from("hidden").join(site.0.to_string()), ".hidden")?;
        self.store.put(&path, encode_tombstones(tombstones).into()).await?;
        Ok(HiddenFile { path, site })
    }

    /// A roster of members of a day that was compacted; none if it has no members.
    pub(crate) async fn put_roster(
        &self,
        site: SiteId,
        day: Day,
        known: Vec<Known>,
    ) -> Result<Option<RosterFile>, WarehouseError> {
        if known.is_empty() {
            return Ok(None);
        }
        let path = SealedStore::new_path(&Path::from("rosters").join(site.0.to_string()), ".roster")?;
        self.store.put(&path, encode_roster(known).into()).await?;
        Ok(Some(RosterFile { path, site, day }))
    }

    /// What is hidden of a site after `change` was done to its tombstones: one piece in the place of all. To be called
    /// with `hiding` held.
    pub(crate) async fn rehide(
        &self,
        site: SiteId,
        change: impl FnOnce(Vec<Tombstone>) -> Vec<Tombstone>,
    ) -> Result<Rehidden, WarehouseError> {
        let (before, old) = {
            let state = self.state.lock();
            let of_site = state.hidden_files.iter().filter(|file| file.site == site);
            (state.hidden.tombstones(site), of_site.map(|file| file.path.clone()).collect::<Vec<_>>())
        };
        if before.is_empty() {
            return Ok(Rehidden::default());
        }
        let after = change(before);
        let new = match after.is_empty() {
            true => Vec::new(),
            false => vec![self.put_tombstones(site, after.clone()).await?],
        };
        Ok(Rehidden { old, new, tombstones: Some((site, after)), ..Rehidden::default() })
    }

    /// The same for a day whose rows got other numbers, or went. `numbers` are those of members who came with them; of
    /// others nothing is left to hide, besides rows compacted earlier, numbered up to `numbered`.
    pub(crate) async fn rehide_day(
        &self,
        site: SiteId,
        day: Day,
        dropped: &crate::forget::HiddenDay,
        numbers: &HashMap<u64, u64>,
        numbered: u64,
    ) -> Result<Rehidden, WarehouseError> {
        let moved = |tombstone: Tombstone| {
            if tombstone.day != day || tombstone.number <= numbered {
                return Some(tombstone);
            }
            if dropped.all.contains(&tombstone.number) {
                return None;
            }
            // Hidden while the day was being rewritten.
            numbers.get(&tombstone.number).map(|number| Tombstone { number: *number, ..tombstone })
        };
        self.rehide(site, |before| before.into_iter().filter_map(moved).collect()).await
    }

    /// Tombstones and rosters of a day that is destroyed go with it.
    pub(crate) async fn rehide_without(&self, site: SiteId, day: Day) -> Result<Rehidden, WarehouseError> {
        let mut rehidden = self.rehide(site, |before| before.into_iter().filter(|t| t.day != day).collect()).await?;
        let state = self.state.lock();
        let of_day = state.rosters.iter().filter(|roster| (roster.site, roster.day) == (site, day));
        rehidden.old_rosters = of_day.map(|roster| roster.path.clone()).collect();
        Ok(rehidden)
    }

    /// Takes a committed change over into memory.
    pub(crate) fn apply_rehidden(state: &mut crate::state::State, rehidden: Rehidden) {
        state.hidden_files.retain(|file| !rehidden.old.contains(&file.path));
        state.hidden_files.extend(rehidden.new.into_iter().map(Arc::new));
        if let Some((site, tombstones)) = rehidden.tombstones {
            state.hidden.replace(site, &tombstones);
        }
        state.rosters.retain(|roster| !rehidden.old_rosters.contains(&roster.path));
        state.rosters.extend(rehidden.new_rosters.into_iter().map(Arc::new));
    }

    /// Takes a member's links out; see [`Warehouse::unlink`](crate::Warehouse::unlink).
    pub(crate) async fn unlink(&self, site: SiteId, pseudonyms: &[Pseudonym]) -> Result<(), WarehouseError> {
        self.without_links(site, |entry| pseudonyms.contains(&entry.pseudonym)).await
    }
}
