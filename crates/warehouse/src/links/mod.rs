//! The link file: which visitors of a period's days are the same member, where a site's policy joins them.
//!
//! A site and period has one link file, in pieces: what is appended is a piece of its own, sealed under its own key,
//! and pieces are put together when there are many. It goes with its keys when the period is over, or when the site's
//! policy joins nothing any more. Compaction gives visitors other numbers, and rewrites the entries of the day with it.

mod append;
mod format;
mod keep;

use std::sync::Arc;

use object_store::ObjectStoreExt;
use object_store::path::Path;
use outis_event::{Day, SiteId};
use outis_insight::behaviour::Links;

use crate::catalogue::LinkFile;
use crate::warehouse::Inner;
use crate::{SealedStore, WarehouseError};

pub use append::{LinkError, MOST_LINKS};
pub(crate) use format::Entry;
pub(crate) use keep::Relinked;

/// Pieces of one link file that are put together.
const MOST_PIECES: usize = 8;

impl Inner {
    /// Reads what pieces say of days from `from` on.
    pub(crate) async fn links(&self, pieces: &[Arc<LinkFile>], from: Day) -> Result<Links, WarehouseError> {
        let mut entries = Vec::new();
        for piece in pieces {
            entries.extend(self.read_links(piece).await?.into_iter().filter(|entry| entry.day >= from));
        }
        Ok(Links::of(entries.into_iter().map(|entry| (entry.day, entry.visitor, entry.pseudonym))))
    }

    pub(crate) async fn read_links(&self, piece: &LinkFile) -> Result<Vec<Entry>, WarehouseError> {
        let bytes = self.store.get(&piece.path).await?.bytes().await?;
        format::decode(&bytes).map_err(|_| WarehouseError::Links)
    }

    /// Stores a piece that nobody lists yet.
    async fn put_links(&self, piece: LinkFile, entries: Vec<Entry>) -> Result<LinkFile, WarehouseError> {
        self.store.put(&piece.path, format::encode(entries).into()).await?;
        Ok(piece)
    }

    /// A fresh name for a piece.
    fn new_link_path(&self, site: SiteId) -> Result<Path, WarehouseError> {
        Ok(SealedStore::new_path(&Path::from("links").join(site.0.to_string()), ".links")?)
    }

    /// Destroys pieces that never counted; if that fails, opening does it.
    pub(crate) async fn discard_links(&self, pieces: &[LinkFile]) {
        let paths: Vec<Path> = pieces.iter().map(|piece| piece.path.clone()).collect();
        if self.store.destroy(&paths).await.is_err() {
            outis_disclose::note!(Warn, "files that were not committed could not be destroyed yet");
        }
    }
}
