//! The few file operations that the tree and its slot are made of, so that tests can stop at each of them.

#[cfg(test)]
pub(crate) mod sim;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rustix::fs::FlockOperation;

const SYNC_THREADS: usize = 16;

/// One folder. Nothing but what was synced is there for sure after a crash, and a file's entry only after `sync_dir`.
pub(crate) trait Disk: Send + Sync {
    /// Keeps other processes out as long as this value lives; `.` is the folder itself.
    fn lock(&self, name: &str) -> io::Result<()>;
    /// The names of all files.
    fn list(&self) -> io::Result<Vec<String>>;
    /// A whole file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    /// A file with this content, instead of what it held.
    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Overwrites in place, or makes the file longer.
    fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes the content durable.
    fn sync(&self, name: &str) -> io::Result<()>;
    /// Makes the content of all of these durable.
    fn sync_all(&self, names: &[String]) -> io::Result<()>;
    /// Gives the file another name, in place of whatever has that name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes the file's entry.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes entries durable.
    fn sync_dir(&self) -> io::Result<()>;
}

/// A folder of the file system.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: PathBuf,
    /// Written and not yet synced. Synced through the descriptor that wrote, so that no failure is missed.
    written: Mutex<BTreeMap<String, File>>,
    locked: Mutex<Vec<File>>,
}

impl Folder {
    /// The folder; the caller has made it.
    pub(crate) fn at(dir: &Path) -> Folder {
        Folder { dir: dir.to_owned(), written: Mutex::default(), locked: Mutex::default() }
    }

    /// The folder, made for this user alone if it is missing.
    pub(crate) fn make(dir: &Path) -> io::Result<Folder> {
        if !dir.is_dir() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            let parent = dir.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(parent)?.sync_all()?;
        }
        Ok(Folder::at(dir))
    }
}

impl Disk for Folder {
    fn lock(&self, name: &str) -> io::Result<()> {
        let file = File::open(self.dir.join(name))?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        self.locked.lock().push(file);
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            // Names that are not UTF-8 are none of ours.
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.dir.join(name))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(self.dir.join(name))?;
        file.write_all(bytes)?;
        self.written.lock().insert(name.to_owned(), file);
        Ok(())
    }

    fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.dir.join(name))?;
        file.write_all_at(bytes, offset)?;
        self.written.lock().insert(name.to_owned(), file);
        Ok(())
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        let written = self.written.lock().remove(name);
        match written {
            Some(file) => file.sync_data(),
            None => File::open(self.dir.join(name))?.sync_data(),
        }
    }

    fn sync_all(&self, names: &[String]) -> io::Result<()> {
        // Side by side, so that the file system commits its journal once for many of them.
        let share = names.len().div_ceil(SYNC_THREADS).max(1);
        let sync_some = |some: &[String]| some.iter().try_for_each(|name| self.sync(name));
        std::thread::scope(|scope| {
            let rest = names.get(share..).unwrap_or_default();
            let threads: Vec<_> = rest.chunks(share).map(|some| scope.spawn(move || sync_some(some))).collect();
            let first = sync_some(&names[..share.min(names.len())]);
            let join = |thread: std::thread::ScopedJoinHandle<'_, io::Result<()>>| {
                thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread ended")))
            };
            threads.into_iter().map(join).fold(first, |all, one| all.and(one))
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.dir.join(from), self.dir.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.written.lock().remove(name);
        fs::remove_file(self.dir.join(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}
