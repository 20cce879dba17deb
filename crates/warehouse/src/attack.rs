//! What somebody reads who has the warehouse's files and some keys, for tests; and how tests keep visitors' numbers.

use std::path::Path as Folder;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use outis_event::{Day, Pseudonym, ShiftedClock, SiteId, Visitor};
use outis_insight::history::{Cell, Entry, Family};
use outis_keys::Keys;

use crate::catalogue::FileEntry;
use crate::files::{Kind, ReadError, Reader};
use crate::history::table;
use crate::rows::Rows;
use crate::{Batch, Columns, LocalFiles, SealedStore, Warehouse, WarehouseError};

/// The rows of a file that opened.
#[derive(Debug)]
pub struct Found {
    /// Path of the file.
    pub path: String,
    /// Rows of a closed day.
    pub closed: bool,
    /// In the order of the file; slots are counted as if the day were day 0. `visit` and `since_s` only if closed.
    pub batch: Batch,
    /// Shifted clocks; empty if closed.
    pub clock: Vec<ShiftedClock>,
}

/// The rows of every file of a folder that these keys open.
///
/// # Errors
/// When the folder cannot be listed.
pub async fn rows(folder: &Folder, keys: Arc<dyn Keys>) -> object_store::Result<Vec<Found>> {
    let store: Arc<dyn ObjectStore> = Arc::new(SealedStore::new(Arc::new(LocalFiles::open(folder)?), keys));
    let files: Vec<_> = store.list(None).map_ok(|meta| (meta.location, meta.size)).try_collect().await?;
    let reader = Reader::new(store);
    let open =
        move || files.into_iter().filter_map(|(path, bytes)| file(&reader, path, bytes).ok()).flatten().collect();
    Ok(tokio::task::spawn_blocking(open).await?)
}

fn file(reader: &Reader, path: Path, bytes: u64) -> Result<Vec<Found>, ReadError> {
    let entry = |kind| FileEntry {
        path: path.clone(),
        site: SiteId(0),
        day: Day(0),
        kind,
        level: 0,
        rows: 0,
        visitors: 0,
        from: 0,
        to: 0,
        bytes,
    };
    let mut found = Vec::new();
    let mut tell = |rows: Rows, closed| {
        found.push(Found { path: path.to_string(), closed, batch: rows.batch, clock: rows.clock });
    };
    if let Ok(mut file) = reader.closed(&entry(Kind::Closed), Columns::ALL) {
        while let Some(rows) = file.next()? {
            tell(rows, true);
        }
    } else {
        let mut file = reader.open(&entry(Kind::Small), Columns::ALL)?;
        while let Some(rows) = file.next()? {
            tell(rows, false);
        }
    }
    Ok(found)
}

/// The words of a catalogue that some of these keys open.
pub async fn words(catalogue: &sqlx::SqlitePool, keys: &[outis_keys::DataKey]) -> Vec<String> {
    crate::catalogue::attack(catalogue, keys).await
}

impl Warehouse {
    /// All of history, as lines in their order: cells that were released, and what waits.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn told_and_waiting(&self) -> Result<Vec<String>, WarehouseError> {
        let files = self.inner().state.lock().cells.clone();
        let mut all = Vec::new();
        for file in files {
            let bytes = self.inner().store.get(&file.path).await?.bytes().await?;
            let lines = crate::history::lines(bytes, file.span, file.first, file.waiting).map_err(ReadError::from)?;
            let what = if file.waiting { "waiting" } else { "told" };
            all.extend(lines.into_iter().map(|line| format!("{what} {:?} {}: {line}", file.span, file.first.0)));
        }
        all.sort();
        Ok(all)
    }

    /// All of a site's history: cells that were released, and what waits.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn cells(&self, site: SiteId) -> Result<(Vec<Cell>, Vec<(Family, Entry)>), WarehouseError> {
        let files = self.inner().state.lock().cells.clone();
        let (mut told, mut waiting) = (Vec::new(), Vec::new());
        for file in files.iter().filter(|file| file.site == site) {
            let bytes = self.inner().store.get(&file.path).await?.bytes().await?;
            if file.waiting {
                waiting.extend(table::read_entries(bytes).map_err(ReadError::from)?);
            } else {
                told.extend(table::read_all_cells(bytes, file.span, file.first).map_err(ReadError::from)?);
            }
        }
        Ok((told, waiting))
    }

    /// All of a site's link files: day, visitor's number of the day, member's number of the period.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn linked(&self, site: SiteId) -> Result<Vec<(Day, Visitor, Pseudonym)>, WarehouseError> {
        let pieces = self.inner().state.lock().links.clone();
        let mut all = Vec::new();
        for piece in pieces.iter().filter(|piece| piece.site == site) {
            let entries = self.inner().read_links(piece).await?.into_iter();
            all.extend(entries.map(|entry| (entry.day, entry.visitor, entry.pseudonym)));
        }
        Ok(all)
    }

    /// From now on visitors keep their numbers when a day closes: so that a test can show what it would lose.
    pub fn keep_numbers(&self) {
        self.inner().keeps_numbers.store(true, Ordering::SeqCst);
    }
}
