//! Rewriting rows: whole files, whose old keys are destroyed.

use std::sync::Arc;

use outis_event::{Day, SiteId};

use super::Rewrite;
use crate::WarehouseError;
use crate::catalogue::FileEntry;
use crate::compact::{self, Without};
use crate::evaluate::Partition;
use crate::files::{Kind, ReadError, Reader};
use crate::forget::Rehidden;
use crate::links::Relinked;
use crate::warehouse::Inner;

type Files = Vec<Arc<FileEntry>>;

impl Inner {
    /// Rewrites the files that a purge touches, each day in one transaction. Gives how many days.
    pub(super) async fn rewrite_rows(
        self: &Arc<Inner>,
        site: SiteId,
        rewrite: &Arc<Rewrite>,
    ) -> Result<usize, WarehouseError> {
        let is_asked = |day: &Day| rewrite.gone.as_ref().is_none_or(|gone| gone.has_day(*day));
        let days: Vec<Day> =
            self.state.lock().files_of(site).map(|((_, day), _)| *day).filter(|day| is_asked(day)).collect();
        let mut rewritten = 0;
        for day in days {
            rewritten += usize::from(self.rewrite_day(site, day, rewrite).await?);
        }
        if let Some(gone) = rewrite.gone.as_ref().filter(|gone| gone.is_everything()) {
            self.without_links(site, |entry| gone.has_day(entry.day)).await?;
        }
        Ok(rewritten)
    }

    async fn rewrite_day(
        self: &Arc<Inner>,
        site: SiteId,
        day: Day,
        rewrite: &Arc<Rewrite>,
    ) -> Result<bool, WarehouseError> {
        let (mut old, mut new): (Files, Vec<FileEntry>) = (Vec::new(), Vec::new());
        for files in self.groups(site, day, rewrite) {
            let (reader, path) = (self.reader.clone(), self.new_path(site, files[0].kind)?);
            let (of, by) = (files.clone(), rewrite.clone());
            let made = tokio::task::spawn_blocking(move || rewritten(&reader, of, site, path, &by));
            let stored = match made.await.map_err(|_| WarehouseError::Stopped)? {
                Ok(Without::Same) => continue,
                Ok(Without::Rest(encoded)) => self.put(encoded).await,
                Err(error) => Err(error),
            };
            match stored {
                Ok(entry) => new.push(entry),
                Err(error) => {
                    self.discard(&new).await;
                    return Err(error);
                }
            }
            old.extend(files);
        }
        if old.is_empty() {
            return Ok(false);
        }
        let _alone = self.hiding.lock().await;
        let rehidden = match rewrite.gone.as_ref().is_some_and(super::Gone::is_everything) {
            // Nobody is left who is hidden, or known as a member.
            true => self.rehide_without(site, day).await,
            false => Ok(Rehidden::default()),
        };
        match rehidden {
            Ok(rehidden) => {
                self.swap(&old, new, Relinked::default(), rehidden).await?;
                Ok(true)
            }
            Err(error) => {
                self.discard(&new).await;
                Err(error)
            }
        }
    }

    /// The files of a day as they are rewritten: each by itself, or small ones together where whole visits matter.
    fn groups(&self, site: SiteId, day: Day, rewrite: &Rewrite) -> Vec<Files> {
        let state = self.state.lock();
        let horizon = state.sites.get(&site).map_or(0, |s| s.horizon);
        let files = state.files.get(&(site, day)).cloned().unwrap_or_default();
        if !rewrite.is_of_visits() {
            return files.into_iter().map(|file| vec![file]).collect();
        }
        let (closed, small): (Files, Files) = files.into_iter().partition(|file| file.kind == Kind::Closed);
        let (seen, unseen): (Files, Files) = small.into_iter().partition(|file| file.to <= horizon);
        let small = [seen, unseen].into_iter().filter(|files| !files.is_empty());
        closed.into_iter().map(|file| vec![file]).chain(small).collect()
    }
}

/// The file that takes the place of others.
fn rewritten(
    reader: &Reader,
    files: Files,
    site: SiteId,
    path: object_store::path::Path,
    rewrite: &Arc<Rewrite>,
) -> Result<Without, WarehouseError> {
    let is_touched = |file: &Arc<FileEntry>| touches(reader, file, rewrite);
    if !files.iter().map(is_touched).collect::<Result<Vec<bool>, ReadError>>()?.contains(&true) {
        return Ok(Without::Same);
    }
    if let [file] = &files[..]
        && file.kind == Kind::Closed
    {
        return Ok(Without::Rest(compact::rewritten(reader, file, path, rewrite)?));
    }
    let (day, level) = (files[0].day, files.iter().map(|file| file.level).max().unwrap_or(0));
    let partition = Partition { rewrite: Some(rewrite.clone()), ..Partition::of_files(day, files) };
    let mut encoded = compact::merge(reader, &partition, site, path)?;
    encoded.entry.level = level;
    Ok(Without::Rest(encoded))
}

fn touches(reader: &Reader, file: &FileEntry, rewrite: &Rewrite) -> Result<bool, ReadError> {
    match file.kind {
        Kind::Closed => {
            let mut reading = reader.closed(file, rewrite.columns())?;
            while let Some(rows) = reading.next()? {
                if rewrite.touches(&rows) {
                    return Ok(true);
                }
            }
        }
        Kind::Small => {
            let mut reading = reader.open(file, rewrite.columns())?;
            while let Some(rows) = reading.next()? {
                if rewrite.touches(&rows) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}
