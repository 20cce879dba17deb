//! Copying files so that they are on the disk when it is said that they are.

use std::fs::{DirBuilder, File, FileTimes, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, bail};

/// Makes a folder for this user alone, and those above it.
pub(super) fn make_folder(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Copies a file beside its place, syncs it, and gives it its name; gives its length. Its times tell nothing.
pub(super) fn copy_file(from: &Path, to: &Path) -> io::Result<u64> {
    let mut source = File::open(from)?;
    let folder = to.parent().ok_or(io::ErrorKind::InvalidInput)?;
    make_folder(folder)?;
    let mut beside = to.as_os_str().to_owned();
    beside.push("#");
    let beside = PathBuf::from(beside);
    let copied = write_beside(&mut source, &beside).and_then(|bytes| std::fs::rename(&beside, to).map(|()| bytes));
    match copied {
        Ok(bytes) => File::open(folder)?.sync_all().map(|()| bytes),
        Err(error) => {
            let _ = std::fs::remove_file(&beside);
            Err(error)
        }
    }
}

fn write_beside(source: &mut File, beside: &Path) -> io::Result<u64> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(beside)?;
    let bytes = io::copy(source, &mut file)?;
    file.set_times(FileTimes::new().set_accessed(SystemTime::UNIX_EPOCH).set_modified(SystemTime::UNIX_EPOCH))?;
    file.sync_all()?;
    Ok(bytes)
}

/// Makes the entries of a folder and of all below it durable.
pub(super) fn sync_folders(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    File::open(dir)?.sync_all()
}

/// A path below a folder; refuses one that leads out of it.
pub(super) fn below(dir: &Path, path: &str) -> anyhow::Result<PathBuf> {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if path.is_empty() || !Path::new(path).components().all(is_plain) {
        bail!("the backup names a file outside of the data folder: it is damaged");
    }
    Ok(dir.join(path))
}

/// Every file below a folder, by its path from there; none if there is no such folder.
pub(super) fn files_below(dir: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(dir.join(&folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder.is_empty() => return Ok(files),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            match entry.file_type()? {
                kind if kind.is_dir() => folders.push(path),
                kind if kind.is_file() => files.push((path, entry.metadata()?.len())),
                _ => {}
            }
        }
    }
    Ok(files)
}

/// Says of a full disk that it is full; other errors stay as they are.
pub(super) fn or_full<T>(outcome: anyhow::Result<T>, dir: &Path) -> anyhow::Result<T> {
    let Err(error) = outcome else { return outcome };
    let is_full = error.chain().any(|cause| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    });
    if is_full {
        return Err(error).with_context(|| {
            format!("there is no room left in {}: earlier backups are as they were; make room or prune", dir.display())
        });
    }
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_its_folder() {
        let dir = Path::new("/data");
        for path in ["", "/etc/passwd", "../x", "a/../../x", "./a"] {
            assert!(below(dir, path).is_err(), "{path}");
        }
        assert_eq!(below(dir, "people/people.db").expect("below"), dir.join("people/people.db"));
    }

    #[test]
    fn a_copy_tells_no_time_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let (from, to) = (dir.path().join("from"), dir.path().join("a/b/to"));
        std::fs::write(&from, "content").expect("written");
        assert_eq!(copy_file(&from, &to).expect("copied"), 7);
        assert_eq!(to.metadata().and_then(|about| about.modified()).expect("a time"), SystemTime::UNIX_EPOCH);
        assert_eq!(files_below(&dir.path().join("a")).expect("listed"), [("b/to".to_owned(), 7)]);
        assert!(copy_file(&dir.path().join("none"), &to).is_err());
        assert_eq!(std::fs::read(&to).expect("read"), b"content");
    }

    #[test]
    fn a_full_disk_is_told() {
        let full = Err::<(), _>(anyhow::Error::from(io::Error::from(io::ErrorKind::StorageFull)).context("a piece"));
        let text = format!("{:#}", or_full(full, Path::new("/backups")).expect_err("an error"));
        assert!(text.contains("no room") && text.contains("/backups"), "{text}");
    }
}
