//! From the tail into files: files first, then one transaction that makes them, their words and the offsets count.

use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use outis_event::{Day, Sequence, SiteId};

use crate::WarehouseError;
use crate::catalogue::{Change, FileEntry};
use crate::files::{FileWriter, Kind, WriteError, present};
use crate::rows::Rows;
use crate::tail::Chunk;
use crate::warehouse::Inner;

/// A file that is encoded but not stored.
pub(crate) struct Encoded {
    pub(crate) entry: FileEntry,
    pub(crate) bytes: Bytes,
}

/// Chunks that become one file.
struct Part {
    site: SiteId,
    day: Day,
    chunks: Vec<Chunk>,
}

impl Inner {
    pub(crate) async fn flush(self: &Arc<Inner>) -> Result<Option<Sequence>, WarehouseError> {
        let mut unsure = self.flushing.lock().await;
        if let Some(change) = unsure.take() {
            self.settle(&mut unsure, change).await?;
        }
        let (parts, mut change) = self.to_flush();
        if parts.is_empty() && change.consumed.is_empty() && change.horizons.is_empty() {
            return Ok(None);
        }
        for part in parts {
            let path = self.new_path(part.site, Kind::Small)?;
            let encoded = tokio::task::spawn_blocking(move || encode(path, &part)).await;
            let encoded = encoded.map_err(|_| WarehouseError::Stopped)??;
            match self.put(encoded).await {
                Ok(entry) => change.add.push(entry),
                Err(error) => {
                    self.discard(&change.add).await;
                    return Err(error);
                }
            }
        }
        // A flush that is given up while it commits leaves the change to the next one.
        let pending = unsure.insert(change);
        let committed = self.catalogue.commit(pending).await;
        let change = unsure.take().expect("put there before the commit");
        if let Err(error) = committed {
            // Not known whether that worked.
            return match self.settle(&mut unsure, change).await? {
                Some(moved) => Ok(moved),
                None => Err(error.into()),
            };
        }
        Ok(self.apply(&change))
    }

    /// Asks the catalogue whether a change was committed: then it counts, and gives what the flush would have given;
    /// else its files are destroyed. When the catalogue does not answer, the change waits for the next flush.
    async fn settle(
        &self,
        unsure: &mut Option<Change>,
        change: Change,
    ) -> Result<Option<Option<Sequence>>, WarehouseError> {
        let Ok(consumed) = self.catalogue.consumed().await else {
            *unsure = Some(change);
            return Err(WarehouseError::Unsure);
        };
        if !change.consumed.is_empty() && change.consumed.iter().all(|moved| consumed.contains(moved)) {
            return Ok(Some(self.apply(&change)));
        }
        self.discard(&change.add).await;
        Ok(None)
    }

    /// Takes a committed change over into memory; gives the sequence up to which the journal may be trimmed.
    fn apply(&self, change: &Change) -> Option<Sequence> {
        let mut state = self.state.lock();
        state.tail.remove(change.arrival.unwrap_or(0));
        state.words.drain(..change.words.len());
        for (node, sequence) in &change.consumed {
            state.committed.insert(*node, *sequence);
        }
        for (site, arrival) in &change.horizons {
            self.horizons.lock().insert(*site, *arrival);
        }
        for file in &change.add {
            state.add_file(file.clone());
        }
        let node = state.node;
        change.consumed.iter().find(|(n, _)| *n == node).map(|(_, sequence)| *sequence)
    }

    /// What is to be written, cut at each site's horizon so that every file is wholly before or behind it.
    fn to_flush(&self) -> (Vec<Part>, Change) {
        let state = self.state.lock();
        let mut parts = Vec::new();
        for (site, day, chunks) in state.tail.parts() {
            let horizon = state.sites.get(&site).map_or(0, |s| s.horizon);
            let (seen, unseen): (Vec<_>, Vec<_>) = chunks.iter().cloned().partition(|c| c.arrival <= horizon);
            parts.extend([seen, unseen].into_iter().filter(|c| !c.is_empty()).map(|chunks| Part { site, day, chunks }));
        }
        let known = self.horizons.lock();
        let moved = state.sites.iter().filter(|(site, s)| known.get(site).copied().unwrap_or(0) != s.horizon);
        let change = Change {
            words: state.words.clone(),
            consumed: state
                .taken
                .iter()
                .filter(|(n, s)| state.committed.get(n) != Some(s))
                .map(|(n, s)| (*n, *s))
                .collect(),
            horizons: moved.map(|(site, s)| (*site, s.horizon)).collect(),
            arrival: Some(state.arrival),
            ..Change::default()
        };
        (parts, change)
    }

    /// Stores a file.
    pub(crate) async fn put(&self, encoded: Encoded) -> Result<FileEntry, WarehouseError> {
        self.store.put(&encoded.entry.path, encoded.bytes.into()).await?;
        Ok(encoded.entry)
    }

    /// Destroys files that never counted; if that fails, opening does it.
    pub(crate) async fn discard(&self, files: &[FileEntry]) {
        let paths: Vec<Path> = files.iter().map(|f| f.path.clone()).collect();
        self.discard_paths(&paths).await;
    }

    /// The same by their names.
    pub(crate) async fn discard_paths(&self, paths: &[Path]) {
        if self.store.destroy(paths).await.is_err() {
            outis_disclose::note!(Warn, "files that were not committed could not be destroyed yet");
        }
    }
}

fn encode(path: Path, part: &Part) -> Result<Encoded, WriteError> {
    let rows = Rows::of_events(part.chunks.iter().flat_map(|c| c.events.iter()));
    let mut file = FileWriter::new(present(&rows), part.day)?;
    file.groups(&rows)?;
    let bytes: Bytes = file.finish()?.into();
    let arrivals = || part.chunks.iter().map(|c| c.arrival);
    let entry = FileEntry {
        path,
        site: part.site,
        day: part.day,
        kind: Kind::Small,
        level: 0,
        rows: rows.len() as u64,
        visitors: 0,
        from: arrivals().min().unwrap_or(0),
        to: arrivals().max().unwrap_or(0),
        bytes: bytes.len() as u64,
    };
    Ok(Encoded { entry, bytes })
}
