//! The few file operations that the log is made of, so that tests can stop at each of them.

#[cfg(test)]
pub(crate) mod sim;

use std::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use parking_lot::Mutex;
use rustix::fs::FlockOperation;

/// A folder whose files have relative paths with `/`. Only what was synced is there for sure after a crash, and a file's
/// name only after `sync_folder`.
pub(crate) trait Disk: Send + Sync {
    /// Keeps other processes out as long as this value lives.
    fn lock(&self) -> io::Result<()>;
    /// A whole file; none if it is missing, an error if it is longer than `most`.
    fn read(&self, path: &str, most: usize) -> io::Result<Option<Vec<u8>>>;
    /// A file with this content, instead of what it held. Missing folders are made.
    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()>;
    /// Makes the content durable.
    fn sync(&self, path: &str) -> io::Result<()>;
    /// Gives the file another name, in the same folder, instead of the file that has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Makes the names in the file's folder, and the folder's own, durable.
    fn sync_folder(&self, path: &str) -> io::Result<()>;
}

/// Replaces a file: whoever reads it, now or after a crash, finds the old content or the new one.
pub(crate) fn put(disk: &dyn Disk, path: &str, bytes: &[u8]) -> io::Result<()> {
    let fresh = format!("{path}.new");
    disk.write(&fresh, bytes)?;
    disk.sync(&fresh)?;
    disk.rename(&fresh, path)?;
    disk.sync_folder(path)
}

/// A folder of the file system.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: PathBuf,
    file_mode: u32,
    locked: Mutex<Option<File>>,
}

impl Folder {
    /// A folder that is there, to be read.
    pub(crate) fn at(dir: &Path) -> Folder {
        Folder { dir: dir.to_owned(), file_mode: 0o644, locked: Mutex::default() }
    }

    /// A folder that anybody may read, made if it is missing.
    pub(crate) fn public(dir: &Path) -> io::Result<Folder> {
        DirBuilder::new().recursive(true).mode(0o755).create(dir)?;
        Ok(Folder::at(dir))
    }

    /// A folder for this user alone, made if it is missing.
    pub(crate) fn private(dir: &Path) -> io::Result<Folder> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        Ok(Folder { file_mode: 0o600, ..Folder::at(dir) })
    }
}

impl Disk for Folder {
    fn lock(&self) -> io::Result<()> {
        let file = File::open(&self.dir)?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        *self.locked.lock() = Some(file);
        Ok(())
    }

    fn read(&self, path: &str, most: usize) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.dir.join(path)) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            other => other?,
        };
        let mut bytes = Vec::new();
        file.take(most as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(Some(bytes)) }
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.dir.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(self.file_mode).open(path)?;
        file.write_all(bytes)?;
        // When a file of the log was written last tells when somebody left.
        file.set_times(FileTimes::new().set_accessed(SystemTime::UNIX_EPOCH).set_modified(SystemTime::UNIX_EPOCH))
    }

    fn sync(&self, path: &str) -> io::Result<()> {
        File::open(self.dir.join(path))?.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.dir.join(from), self.dir.join(to))
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        let path = self.dir.join(path);
        // The folders above too, up to the one in which this one has its name: they may have been made just now.
        let above = self.dir.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        for folder in path.ancestors().skip(1) {
            File::open(folder)?.sync_all()?;
            if folder == self.dir {
                break;
            }
        }
        File::open(above)?.sync_all()
    }
}
