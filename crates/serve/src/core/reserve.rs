//! Room on the disk that is kept so that somebody can be forgotten when the disk is full.
//!
//! Forgetting writes: what is to be done, tombstones, the key tree anew, a leaf of the log of receipts. A file that holds nothing
//! takes up as much room, and is removed when there is too little for that.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use outis_disclose::note;
use rustix::fs::FallocateFlags;

/// As much as some hundred members need.
const BYTES: u64 = 8 << 20;
/// With less than this it may not be enough.
const NEEDED: u64 = 4 << 20;

/// The file that takes up room.
#[derive(Clone, Debug)]
pub(crate) struct Reserve {
    file: PathBuf,
    /// Room that must be left besides.
    besides: u64,
}

impl Reserve {
    /// Of a data directory; so many bytes must stay free when room is laid by.
    pub(crate) fn new(data: &Path, besides: u64) -> Reserve {
        Reserve { file: data.join("reserve"), besides }
    }

    /// Lays room by, if there is enough.
    pub(crate) fn lay_by(&self) {
        if self.file.metadata().is_ok_and(|found| found.len() == BYTES) || self.free() < self.besides + BYTES + NEEDED {
            return;
        }
        if self.fill().is_err() {
            let _ = std::fs::remove_file(&self.file);
            note!(Warn, "no room could be laid by for forgetting on a full disk");
        }
    }

    /// Gives the room away if there is too little for somebody to be forgotten. True if it was given.
    pub(crate) fn make_room(&self) -> bool {
        let is_given = self.free() < NEEDED && std::fs::remove_file(&self.file).is_ok();
        if is_given {
            note!(Warn, "the disk is full: room that was laid by is used to forget somebody");
        }
        is_given
    }

    fn fill(&self) -> io::Result<()> {
        let mut file = File::create(&self.file)?;
        match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, BYTES) {
            // A file system that cannot do it, where zeros are written instead.
            Err(rustix::io::Errno::OPNOTSUPP) => (0..BYTES >> 16).try_for_each(|_| file.write_all(&[0; 1 << 16]))?,
            done => done?,
        }
        file.sync_all()
    }

    fn free(&self) -> u64 {
        let dir = self.file.parent().unwrap_or(Path::new("."));
        rustix::fs::statvfs(dir).map_or(u64::MAX / 2, |found| found.f_bavail.saturating_mul(found.f_frsize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_laid_by_only_where_there_is_enough_and_stays_while_there_is() {
        let dir = tempfile::tempdir().expect("a folder");
        Reserve::new(dir.path(), u64::MAX / 4).lay_by();
        assert!(!dir.path().join("reserve").exists());
        let reserve = Reserve::new(dir.path(), 0);
        reserve.lay_by();
        reserve.lay_by();
        assert_eq!(dir.path().join("reserve").metadata().expect("laid by").len(), BYTES);
        assert!(!reserve.make_room(), "there is room");
        assert!(dir.path().join("reserve").exists());
    }
}
