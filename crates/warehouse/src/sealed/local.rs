//! Files of a local folder, durable when a write returns.

use std::cell::Cell;
use std::fmt;
use std::fs::{File, FileTimes, OpenOptions};
use std::io::{self, Read, Seek};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures::FutureExt;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use tokio::task::spawn_blocking;

thread_local! {
    static MAY_WAIT: Cell<bool> = const { Cell::new(false) };
}

/// Does work on a thread that may wait for the disk: reading in it needs no other thread.
pub(crate) fn waiting<T>(work: impl FnOnce() -> T) -> T {
    let before = MAY_WAIT.replace(true);
    let done = work();
    MAY_WAIT.set(before);
    done
}

/// Tries to create a file whose folder another thread keeps deleting because it is empty.
const MOST_TRIES: u32 = 16;

/// An [`ObjectStore`] of a local folder whose writes are on the disk when they return: written beside, `fsync`ed,
/// renamed, the folder `fsync`ed. ([`LocalFileSystem`], which reads and lists for it, does not sync.)
///
/// Times of modification are set to 1970 in files and their folders, so that copies and backups do not tell when a
/// file was made. The file system's own change times cannot be set; they do not travel with a copy. Deletions are
/// not synced: what must not come back has lost its key before.
#[derive(Clone)]
pub struct LocalFiles {
    read: Arc<LocalFileSystem>,
    root: Arc<PathBuf>,
}

impl fmt::Debug for LocalFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalFiles(..)")
    }
}

impl fmt::Display for LocalFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalFiles")
    }
}

impl LocalFiles {
    /// The files of a folder, which is made if it is missing; files that a crash left half-written are removed.
    /// Only one process may have a folder open.
    ///
    /// # Errors
    /// When the folder cannot be made, read or cleaned.
    pub fn open(folder: &FsPath) -> Result<LocalFiles> {
        std::fs::create_dir_all(folder).map_err(failed)?;
        let root = folder.canonicalize().map_err(failed)?;
        remove_unfinished(&root).map_err(failed)?;
        let read = LocalFileSystem::new_with_prefix(&root)?.with_automatic_cleanup(true);
        Ok(LocalFiles { read: Arc::new(read), root: Arc::new(root) })
    }

    /// Opens a file beside `path`.
    fn stage(&self, path: &FsPath) -> io::Result<Staged> {
        // `#` and digits: what the reading side neither lists nor opens.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!("#{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let beside = PathBuf::from(beside);
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        for _ in 0..MOST_TRIES {
            make_folders(&self.root, folder)?;
            match OpenOptions::new().write(true).create_new(true).open(&beside) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                file => return Ok(Staged { file: file?, beside: Some(beside), path: path.to_owned() }),
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }
}

/// A file that is being written under another name; removed if it is dropped before it was published.
struct Staged {
    file: File,
    beside: Option<PathBuf>,
    path: PathBuf,
}

impl Staged {
    fn publish(&mut self, mode: &PutMode) -> io::Result<()> {
        set_old(&self.file)?;
        self.file.sync_all()?;
        let beside = self.beside.as_ref().ok_or(io::ErrorKind::NotFound)?;
        if *mode == PutMode::Create {
            // A link fails if the name is taken; a rename would replace it. The other name goes on drop.
            std::fs::hard_link(beside, &self.path)?;
        } else {
            std::fs::rename(beside, &self.path)?;
            self.beside = None;
        }
        let folder = File::open(self.path.parent().expect("a file lies in a folder"))?;
        set_old(&folder)?;
        folder.sync_all()
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(beside) = self.beside.take() {
            // What cannot be removed now is removed when the folder is opened next.
            let _ = remove_beside(&beside);
        }
    }
}

fn set_old(file: &File) -> io::Result<()> {
    file.set_times(FileTimes::new().set_accessed(SystemTime::UNIX_EPOCH).set_modified(SystemTime::UNIX_EPOCH))
}

/// Makes the folders from `root` down to `folder`, each durable in the one above.
fn make_folders(root: &FsPath, folder: &FsPath) -> io::Result<()> {
    if folder == root || folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().ok_or(io::ErrorKind::InvalidInput)?;
    make_folders(root, above)?;
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.and_then(|()| File::open(above)?.sync_all()),
    }
}

fn remove_unfinished(folder: &FsPath) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_unfinished(&entry.path())?;
        } else if entry.file_name().to_str().is_some_and(|name| name.contains('#')) {
            remove_beside(&entry.path())?;
        }
    }
    Ok(())
}

fn remove_beside(beside: &FsPath) -> io::Result<()> {
    std::fs::remove_file(beside)?;
    set_old(&File::open(beside.parent().expect("a file lies in a folder"))?)
}

fn failed(error: io::Error) -> object_store::Error {
    object_store::Error::Generic { store: "LocalFiles", source: error.into() }
}

fn unsupported(what: &'static str) -> object_store::Error {
    object_store::Error::NotSupported { source: what.into() }
}

#[async_trait]
impl ObjectStore for LocalFiles {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        if let PutMode::Update(_) = options.mode {
            return Err(unsupported("updates"));
        }
        if !options.attributes.is_empty() {
            return Err(unsupported("attributes"));
        }
        let (store, path) = (self.clone(), self.read.path_to_filesystem(location)?);
        let location = location.clone();
        spawn_blocking(move || {
            let mut staged = store.stage(&path).map_err(failed)?;
            let mut offset = 0;
            for bytes in &payload {
                staged.file.write_all_at(bytes, offset).map_err(failed)?;
                offset += bytes.len() as u64;
            }
            staged.publish(&options.mode).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    object_store::Error::AlreadyExists { path: location.to_string(), source: error.into() }
                }
                _ => failed(error),
            })?;
            Ok(PutResult { e_tag: None, version: None })
        })
        .await?
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if !options.attributes.is_empty() {
            return Err(unsupported("attributes"));
        }
        let (store, path) = (self.clone(), self.read.path_to_filesystem(location)?);
        let staged = spawn_blocking(move || store.stage(&path)).await?.map_err(failed)?;
        let written = Arc::new(AtomicU64::new(0));
        Ok(Box::new(LocalUpload { staged: Some(Arc::new(staged)), offset: 0, written }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.read.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let (path, location, ranges) = (self.read.path_to_filesystem(location)?, location.clone(), ranges.to_vec());
        let read = move || read_ranges(&path, &location, &ranges);
        if MAY_WAIT.get() { read() } else { spawn_blocking(read).await? }
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.read.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.read.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.read.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, _from: &Path, _to: &Path, _options: CopyOptions) -> Result<()> {
        Err(unsupported("copies"))
    }
}

fn read_ranges(path: &FsPath, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => object_store::Error::NotFound { path: location.to_string(), source: error.into() },
        _ => failed(error),
    };
    let file = File::open(path).map_err(failed)?;
    let read = |range: &Range<u64>| {
        let length = range.end.checked_sub(range.start).ok_or(io::ErrorKind::InvalidInput)?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?);
        // Not into zeros, which would be written first.
        (&file).seek(io::SeekFrom::Start(range.start))?;
        let read = (&file).take(length).read_to_end(&mut bytes)?;
        if read as u64 == length { Ok(bytes.into()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    };
    ranges.iter().map(read).collect::<io::Result<_>>().map_err(failed)
}

/// A file that is written in parts.
struct LocalUpload {
    /// `None` once it was completed or aborted.
    staged: Option<Arc<Staged>>,
    /// Where the next part begins.
    offset: u64,
    /// Bytes of the parts that are written.
    written: Arc<AtomicU64>,
}

impl fmt::Debug for LocalUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalUpload(..)")
    }
}

#[async_trait]
impl MultipartUpload for LocalUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let Some(staged) = self.staged.clone() else {
            return futures::future::ready(Err(unsupported("writing to a file that has ended"))).boxed();
        };
        let (mut offset, written) = (self.offset, Arc::clone(&self.written));
        self.offset += data.content_length() as u64;
        async move {
            let write = move || {
                for bytes in &data {
                    staged.file.write_all_at(bytes, offset).map_err(failed)?;
                    offset += bytes.len() as u64;
                }
                written.fetch_add(data.content_length() as u64, Ordering::SeqCst);
                Ok(())
            };
            spawn_blocking(write).await?
        }
        .boxed()
    }

    /// Refuses if a part failed or was not awaited.
    async fn complete(&mut self) -> Result<PutResult> {
        let staged = self.staged.take().ok_or_else(|| unsupported("completing a file that has ended"))?;
        let whole = self.written.load(Ordering::SeqCst) == self.offset;
        let staged = Arc::into_inner(staged).filter(|_| whole);
        let mut staged = staged.ok_or_else(|| failed(io::Error::other("a part of the file is missing")))?;
        spawn_blocking(move || staged.publish(&PutMode::Overwrite)).await?.map_err(failed)?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn abort(&mut self) -> Result<()> {
        self.staged = None;
        Ok(())
    }
}
