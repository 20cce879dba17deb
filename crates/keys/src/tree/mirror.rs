//! A second folder that holds the same tree: losing the first folder loses no key then.
//!
//! What the tree's next step relies on is in the mirror before that step: a key before it is given away, the files of the
//! next epoch before the root is replaced. A mirror that cannot be written keeps nobody from forgetting: the tree goes on
//! without it, says so, and makes up for it with the next change.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use outis_disclose::note;

use crate::disk::Disk;
use crate::key::KeyError;
use crate::tree::format::{FileName, tree_of};

/// Whether there is a second copy of the tree, and whether it is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mirrored {
    /// There is none.
    No,
    /// It holds every key.
    Current,
    /// It could not be written: what hangs on keys made since, or on the present root, does not open by it.
    Behind,
}

/// Tells of a mirror while another thread writes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct MirrorState(Option<Arc<AtomicBool>>);

impl MirrorState {
    pub(crate) fn told(&self) -> Mirrored {
        match self.0.as_ref().map(|behind| behind.load(Ordering::SeqCst)) {
            None => Mirrored::No,
            Some(false) => Mirrored::Current,
            Some(true) => Mirrored::Behind,
        }
    }
}

/// The mirror.
pub(crate) struct Mirror {
    disk: Arc<dyn Disk>,
    behind: Arc<AtomicBool>,
}

impl Mirror {
    /// Makes the folder hold the tree's files and no others of a tree.
    ///
    /// # Errors
    /// [`KeyError::OtherMirror`] if it holds another tree. One that cannot be written is behind, which is no error.
    pub(crate) fn begin(
        disk: Arc<dyn Disk>,
        main: &dyn Disk,
        tree: [u8; 16],
        live: &BTreeSet<FileName>,
    ) -> Result<Mirror, KeyError> {
        if holds_another(&*disk, tree).unwrap_or(false) {
            return Err(KeyError::OtherMirror);
        }
        let mirror = Mirror { disk, behind: Arc::default() };
        mirror.catch_up(main, live);
        Ok(mirror)
    }

    pub(crate) fn state(&self) -> MirrorState {
        MirrorState(Some(self.behind.clone()))
    }

    /// The batch that was just appended to the tree file.
    pub(crate) fn append(&self, main: &dyn Disk, live: &BTreeSet<FileName>, name: &str, offset: usize, bytes: &[u8]) {
        if self.is_behind() {
            self.catch_up(main, live);
            return;
        }
        let written = self.disk.write_at(name, offset as u64, bytes).and_then(|()| self.disk.sync(name));
        self.note(written);
    }

    /// The files of the next epoch, beside those of the present one. `all` are those it will be made of, `fresh` those
    /// that were just written.
    pub(crate) fn prepare(&self, main: &dyn Disk, all: &BTreeSet<FileName>, fresh: &BTreeSet<FileName>) {
        let wanted = if self.is_behind() { all } else { fresh };
        self.note(copy_files(main, &*self.disk, wanted));
    }

    /// Files of other epochs go: they are dead.
    pub(crate) fn sweep(&self, main: &dyn Disk, live: &BTreeSet<FileName>) {
        if self.is_behind() {
            self.catch_up(main, live);
        } else {
            remove_others(&*self.disk, live);
        }
    }

    fn catch_up(&self, main: &dyn Disk, live: &BTreeSet<FileName>) {
        let copied = copy_files(main, &*self.disk, live);
        let whole = copied.is_ok();
        self.note(copied);
        if whole {
            self.behind.store(false, Ordering::SeqCst);
            remove_others(&*self.disk, live);
        }
    }

    fn is_behind(&self) -> bool {
        self.behind.load(Ordering::SeqCst)
    }

    fn note(&self, outcome: io::Result<()>) {
        if outcome.is_err() && !self.behind.swap(true, Ordering::SeqCst) {
            note!(Error, "the mirror of the key tree cannot be written: backups made from now on may not open");
        }
    }
}

/// Makes a folder hold these files of a tree, durably, and no others of a tree.
///
/// # Errors
/// [`KeyError::OtherMirror`] if it holds another tree, or the file system's error.
pub(crate) fn copy_tree(
    main: &dyn Disk,
    to: &dyn Disk,
    tree: [u8; 16],
    live: &BTreeSet<FileName>,
) -> Result<(), KeyError> {
    if holds_another(to, tree)? {
        return Err(KeyError::OtherMirror);
    }
    copy_files(main, to, live)?;
    remove_others(to, live);
    Ok(())
}

/// New files first, so that whatever opens now goes on opening until they are there.
fn copy_files(main: &dyn Disk, to: &dyn Disk, wanted: &BTreeSet<FileName>) -> io::Result<()> {
    let mut written = Vec::new();
    for name in wanted.iter().map(ToString::to_string) {
        let bytes = main.read(&name)?;
        if to.read(&name).is_ok_and(|there| there == bytes) {
            continue;
        }
        to.create(&name, &bytes)?;
        written.push(name);
    }
    to.sync_all(&written)?;
    to.sync_dir()
}

/// What cannot be removed now is removed the next time.
fn remove_others(disk: &dyn Disk, live: &BTreeSet<FileName>) {
    for name in super::open::files(disk).unwrap_or_default().difference(live) {
        let _ = disk.remove(&name.to_string());
    }
}

fn holds_another(disk: &dyn Disk, tree: [u8; 16]) -> io::Result<bool> {
    for name in super::open::files(disk)?.iter().filter(|name| matches!(name, FileName::Tree { .. })) {
        if tree_of(&disk.read(&name.to_string())?).is_some_and(|found| found != tree) {
            return Ok(true);
        }
    }
    Ok(false)
}
