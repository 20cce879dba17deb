//! Tables that were read or added up a while ago.

use std::sync::Arc;

use hashlink::LruCache;
use object_store::path::Path;
use parking_lot::Mutex;

use super::{Table, What};

/// Memory that tables may take.
const MOST_BYTES: usize = 64 << 20;

/// The files whose counts are added up, and what is counted.
type CacheKey = (Arc<[Path]>, What);

/// Tables by the files they are of; those not asked for longest make room. Files are never changed, so tables hold
/// until their files are gone.
pub(crate) struct Cache {
    kept: Mutex<Kept>,
    most_bytes: usize,
}

struct Kept {
    tables: LruCache<CacheKey, Arc<Table>>,
    bytes: usize,
}

impl Default for Cache {
    fn default() -> Cache {
        Cache::of(MOST_BYTES)
    }
}

impl Cache {
    fn of(most_bytes: usize) -> Cache {
        Cache { kept: Mutex::new(Kept { tables: LruCache::new_unbounded(), bytes: 0 }), most_bytes }
    }

    /// The table of these files, if it is there.
    pub(super) fn find(&self, files: &Arc<[Path]>, what: What) -> Option<Arc<Table>> {
        self.kept.lock().tables.get(&(files.clone(), what)).cloned()
    }

    /// Keeps a table.
    pub(super) fn keep(&self, files: Arc<[Path]>, what: What, table: &Arc<Table>) {
        let mut kept = self.kept.lock();
        kept.bytes += table.bytes();
        if let Some(old) = kept.tables.insert((files, what), table.clone()) {
            kept.bytes -= old.bytes();
        }
        while kept.bytes > self.most_bytes {
            let Some((_, old)) = kept.tables.remove_lru() else { break };
            kept.bytes -= old.bytes();
        }
    }

    /// Forgets everything of files that are gone.
    pub(crate) fn forget(&self, gone: &[Path]) {
        let mut kept = self.kept.lock();
        let Kept { tables, bytes } = &mut *kept;
        tables.retain(|(files, _), table| {
            let stays = !files.iter().any(|file| gone.contains(file));
            *bytes -= if stays { 0 } else { table.bytes() };
            stays
        });
    }
}

#[cfg(test)]
mod tests {
    use outis_insight::Parts;

    use super::super::Counted;
    use super::*;

    fn files(name: &str) -> Arc<[Path]> {
        Arc::new([Path::from(name)])
    }

    fn table() -> Arc<Table> {
        let row = |key| Counted { key, persons: 1, parts: Parts { visitors: 1, ..Parts::default() } };
        Arc::new(Table::of((0..100).map(row).collect()))
    }

    #[test]
    fn the_table_that_was_asked_for_last_stays() {
        let cache = Cache::of(table().bytes() * 2);
        for name in ["a", "b"] {
            cache.keep(files(name), What::Site, &table());
        }
        assert!(cache.find(&files("a"), What::Site).is_some());
        cache.keep(files("c"), What::Site, &table());
        assert!(cache.find(&files("a"), What::Site).is_some());
        assert!(cache.find(&files("b"), What::Site).is_none());
        // The same again takes no room.
        cache.keep(files("c"), What::Site, &table());
        assert!(cache.find(&files("a"), What::Site).is_some());
    }

    #[test]
    fn nothing_is_left_of_files_that_are_gone() {
        let cache = Cache::default();
        let both: Arc<[Path]> = Arc::new([Path::from("a"), Path::from("b")]);
        cache.keep(both.clone(), What::Hours, &table());
        cache.keep(files("a"), What::Site, &table());
        cache.forget(&[Path::from("b")]);
        assert!(cache.find(&both, What::Hours).is_none());
        assert!(cache.find(&files("a"), What::Site).is_some());
        cache.forget(&[Path::from("a")]);
        assert_eq!(cache.kept.lock().bytes, 0);
    }
}
