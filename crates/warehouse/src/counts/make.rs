//! Counting closed days, and letting go of counts whose rows change.

use std::sync::Arc;

use object_store::ObjectStoreExt;
use object_store::path::Path;
use outis_event::{Dimension, Site, Space, Term};

use super::count::{Subject, count};
use super::file::encode;
use super::{Table, What};
use crate::WarehouseError;
use crate::catalogue::{Change, CountFile, FileEntry};
use crate::evaluate::Partition;
use crate::files::{Kind, WriteError};
use crate::warehouse::Inner;

impl Inner {
    /// Counts the compacted days of a site that were not counted since their files or the words that counts depend on
    /// changed. Gives their number.
    pub(crate) async fn count(self: &Arc<Inner>, site: &Site) -> Result<usize, WarehouseError> {
        let (mut counted, mut failed) = (0, None);
        for (subject, partition) in self.uncounted(site) {
            match self.count_day(&subject, &partition).await {
                Ok(()) => counted += 1,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(counted), Err)
    }

    fn uncounted(&self, site: &Site) -> Vec<(Subject, Partition)> {
        // Hours cannot be told apart by a zone without a name.
        let Some(zone) = site.zone.iana_name().filter(|_| self.options.day_counts) else { return Vec::new() };
        let vocabulary = self.vocabulary(site.id);
        let event = |name| vocabulary.lookup(Dimension::Event, name).unwrap_or(Term(u32::MAX));
        let (pageview, engagement) = (event("pageview"), event("engagement"));
        let state = self.state.lock();
        let mut days = Vec::new();
        for ((_, day), files) in state.files_of(site.id) {
            let subject = Subject { site: site.id, day: *day, zone: zone.to_owned(), pageview, engagement };
            let is_counted = state.counts.get(&(site.id, *day)).is_some_and(|file| file.subject == subject);
            if !is_counted && files.iter().all(|f| f.kind == Kind::Closed) {
                let hidden = state.hidden.of(site.id, *day);
                days.push((subject, Partition { hidden, ..Partition::of_files(*day, files.clone()) }));
            }
        }
        days
    }

    async fn count_day(self: &Arc<Inner>, subject: &Subject, partition: &Partition) -> Result<(), WarehouseError> {
        let what = What::all(self.vocabulary(subject.site).words(Space::PROPERTY).into_iter().map(|(term, _)| term));
        let (inner, of) = (self.clone(), subject.clone());
        let day = partition.clone();
        let counted = tokio::task::spawn_blocking(move || count(&inner.reader, &day, &of, &what)).await;
        match counted.map_err(|_| WarehouseError::Stopped)?? {
            Some(tables) => self.commit_counts(subject, partition, &tables).await,
            None => Ok(()),
        }
    }

    /// Makes counts count, in the place of earlier ones of the day.
    async fn commit_counts(
        &self,
        subject: &Subject,
        partition: &Partition,
        tables: &[(What, Table)],
    ) -> Result<(), WarehouseError> {
        let _alone = self.hiding.lock().await;
        if self.state.lock().hidden.of(subject.site, subject.day) != partition.hidden {
            // Something of the day was hidden while it was counted: it is counted again.
            return Ok(());
        }
        let bytes = encode(tables).map_err(WriteError::from)?;
        let dir = Path::from("counts").join(subject.site.0.to_string());
        let path = crate::SealedStore::new_path(&dir, ".table")?;
        let entry = CountFile { path, subject: subject.clone(), bytes: bytes.len() as u64 };
        let key = (subject.site, subject.day);
        let old: Vec<Path> = self.state.lock().counts.get(&key).map(|file| file.path.clone()).into_iter().collect();
        let change = Change { add_counts: vec![entry], remove_counts: old, ..Change::default() };
        let [entry] = &change.add_counts[..] else { return Ok(()) };
        self.store.put(&entry.path, bytes.into()).await?;
        if let Err(error) = self.catalogue.commit(&change).await {
            match self.catalogue.has_counts(&entry.path).await {
                Ok(true) => {}
                // Only what certainly does not count may be destroyed.
                Ok(false) => {
                    self.discard_paths(std::slice::from_ref(&entry.path)).await;
                    return Err(error.into());
                }
                Err(_) => return Err(error.into()),
            }
        }
        self.state.lock().counts.insert(key, Arc::new(entry.clone()));
        self.forget_counts(&change.remove_counts);
        self.destroy_doomed().await
    }

    /// The counts that hold no longer when these files are swapped: those of days whose closed files change.
    pub(crate) fn counts_of<'a>(&self, changed: impl Iterator<Item = &'a FileEntry>) -> Vec<Path> {
        let state = self.state.lock();
        let closed = changed.filter(|file| file.kind == Kind::Closed);
        let mut paths: Vec<Path> =
            closed.filter_map(|file| state.counts.get(&(file.site, file.day))).map(|file| file.path.clone()).collect();
        paths.dedup();
        paths
    }

    /// Forgets counts that are not listed any more, and has them destroyed.
    pub(crate) fn forget_counts(&self, paths: &[Path]) {
        self.reader.forget(paths);
        self.counts.forget(paths);
        self.doomed.lock().extend(paths.iter().cloned());
    }
}
