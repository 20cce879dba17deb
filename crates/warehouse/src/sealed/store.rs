//! The encrypting object store: whatever lies behind it sees sealed bytes and random names.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    coalesce_ranges,
};
use outis_keys::{KeyError, KeyName, Keys, Purpose};
use parking_lot::Mutex;

use super::error::SealedError;
use super::format::{CHUNK_BYTES, FileId, FileSeal, HEADER_BYTES, Size};
use super::open::{Open, resolve, windows};
use super::upload::{SealedUpload, Sealer, UnusedKey};

/// Windows that are fetched at a time.
const WINDOWS_AHEAD: usize = 2;
/// Ranges that lie closer together are fetched as one.
const COALESCE_BYTES: u64 = CHUNK_BYTES as u64;
/// Headers that are remembered, about 300 bytes each.
const MOST_REMEMBERED: usize = 8192;
/// Payloads above this are sealed on a thread of their own.
const LARGE_PAYLOAD_BYTES: usize = 1 << 20;
/// Files of a delete stream whose keys are destroyed in one call.
const DESTROY_AT_ONCE: usize = 256;

/// An [`ObjectStore`] that seals every file under a key of its own.
///
/// The first 32 digits of a file's name are its id, and the id is the label of its key. Files are written once: a
/// second put of the same id is refused. What is read was verified: another key, a damaged, cut, extended or swapped
/// file end in a [`SealedError`], never in wrong bytes. Sizes are those of the plain bytes; the size that a read or a
/// head tells was verified, the sizes of a listing are derived from the lengths of the files alone.
///
/// Not hidden from the store behind: the length of a file to the byte, its path, and when it is written and read.
/// Attributes, tags, versions, copies and renames are refused.
#[derive(Clone)]
pub struct SealedStore {
    inner: Arc<dyn ObjectStore>,
    keys: Arc<dyn Keys>,
    /// Holds no secrets, so it need not forget in time.
    seen: Arc<Mutex<HashMap<FileId, Seen>>>,
}

/// What is remembered of a file whose header and end were verified.
#[derive(Clone)]
struct Seen {
    header: Bytes,
    size: Size,
    meta: ObjectMeta,
}

impl fmt::Debug for SealedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedStore(..)")
    }
}

impl fmt::Display for SealedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedStore")
    }
}

impl SealedStore {
    /// Seals what goes into `inner` with keys of `keys`.
    pub fn new(inner: Arc<dyn ObjectStore>, keys: Arc<dyn Keys>) -> SealedStore {
        SealedStore { inner, keys, seen: Arc::default() }
    }

    /// A path for a new file: `prefix`, then a fresh random id followed by `suffix` (such as `.parquet`).
    ///
    /// # Errors
    /// [`SealedError::Random`].
    pub fn new_path(prefix: &Path, suffix: &str) -> Result<Path, SealedError> {
        Ok(prefix.clone().join(format!("{}{suffix}", FileId::random()?)))
    }

    /// Destroys files: first all their keys in one call, after which no copy opens any more, then the files.
    /// Files and keys that are gone already are no error, so that a destruction cut short is simply repeated.
    ///
    /// # Errors
    /// When a path names no sealed file (nothing is destroyed), when the key tree refuses, or when a file cannot be
    /// deleted (its key is destroyed then).
    pub async fn destroy(&self, paths: &[Path]) -> Result<()> {
        let ids = paths.iter().map(|path| FileId::of(path).map_err(|e| e.at(path))).collect::<Result<Vec<_>>>()?;
        let Some(first) = paths.first() else { return Ok(()) };
        let names: Vec<KeyName> = ids.iter().map(|id| id.key_name()).collect();
        self.keys.remove(&names).await.map_err(|e| SealedError::from(e).at(first))?;
        {
            let mut seen = self.seen.lock();
            for id in &ids {
                seen.remove(id);
            }
        }
        let paths: Vec<_> = paths.iter().cloned().map(Ok).collect();
        let mut deleted = self.inner.delete_stream(futures::stream::iter(paths).boxed());
        let mut failed = Ok(());
        while let Some(result) = deleted.next().await {
            match result {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => failed = Err(error),
            }
        }
        failed
    }

    /// Destroys every key and file that is not in `keep`: what a process that ended in the middle of a write left.
    /// Gives how many keys and files there were. Not to be called while a file is being written.
    ///
    /// # Errors
    /// As [`Self::destroy`], and when the store cannot be listed.
    pub async fn sweep(&self, keep: &HashSet<FileId>) -> Result<(usize, usize)> {
        let root = Path::default();
        let names = self.keys.list(Purpose::File).await.map_err(|e| SealedError::from(e).at(&root))?;
        let lost: Vec<_> = names.into_iter().filter(|name| !keep.contains(&FileId::from_bytes(name.label))).collect();
        self.keys.remove(&lost).await.map_err(|e| SealedError::from(e).at(&root))?;
        let unknown = |meta: &ObjectMeta| FileId::of(&meta.location).is_ok_and(|id| !keep.contains(&id));
        let listed = self.list(None).try_filter(|meta| futures::future::ready(unknown(meta)));
        let files: Vec<Path> = listed.map_ok(|meta| meta.location).try_collect().await?;
        self.destroy(&files).await?;
        Ok((lost.len(), files.len()))
    }

    /// A fresh key for a new file.
    async fn create_key(&self, location: &Path) -> Result<(UnusedKey, FileSeal, [u8; HEADER_BYTES])> {
        let fresh = async {
            let id = FileId::of(location)?;
            let key = self.keys.create(id.key_name()).await.map_err(|e| match e {
                KeyError::AlreadyExists => SealedError::Written,
                other => SealedError::Keys(other),
            })?;
            self.seen.lock().remove(&id);
            let unused = UnusedKey::new(Arc::clone(&self.keys), id);
            let (seal, header) = FileSeal::new(&key, id)?;
            Ok((unused, seal, header))
        };
        fresh.await.map_err(|e: SealedError| e.at(location))
    }

    /// Verifies header and end of a file. The key is asked for each time: a destroyed one opens nothing from then on.
    async fn open(&self, location: &Path) -> Result<Open> {
        let id = FileId::of(location).map_err(|e| e.at(location))?;
        let key = self.keys.get(id.key_name()).await.map_err(|e| SealedError::from(e).at(location))?;
        let key = key.ok_or_else(|| SealedError::KeyGone.at(location))?;
        let remembered = self.seen.lock().get(&id).filter(|seen| seen.meta.location == *location).cloned();
        if let Some(Seen { header, size, meta }) = remembered {
            let seal = FileSeal::open(&key, id, &header).map_err(|e| e.at(location))?;
            return Ok(Open { seal, size, meta });
        }
        let found = self.read_header(location).await?;
        let mut meta = found.meta.clone();
        let size = Size::of_sealed(meta.size).ok_or_else(|| SealedError::NotSealed.at(location))?;
        meta.size = size.plain();
        meta.location = location.clone();
        let header = found.bytes().await?;
        let seal = FileSeal::open(&key, id, &header).map_err(|e| e.at(location))?;
        let open = Open { seal, size, meta };
        open.chunks(&*self.inner, size.chunks() - 1..size.chunks()).await?;
        self.remember(id, Seen { header, size, meta: open.meta.clone() });
        Ok(open)
    }

    async fn read_header(&self, location: &Path) -> Result<GetResult> {
        let options = GetOptions::new().with_range(Some(0..HEADER_BYTES as u64));
        match self.inner.get_opts(location, options).await {
            // Stores have no error of its own for a range of an empty file.
            Err(error @ object_store::Error::Generic { .. }) => {
                let empty = self.inner.head(location).await.is_ok_and(|meta| meta.size == 0);
                Err(if empty { SealedError::NotSealed.at(location) } else { error })
            }
            found => found,
        }
    }

    fn remember(&self, id: FileId, file: Seen) {
        let mut seen = self.seen.lock();
        if seen.len() >= MOST_REMEMBERED {
            seen.clear();
        }
        seen.insert(id, file);
    }
}

/// Options that would leave something in clear, or that a file written once cannot follow.
fn refuse_options(location: &Path, attributes: &Attributes, tags: &object_store::TagSet) -> Result<()> {
    if attributes.is_empty() && tags.encoded().is_empty() {
        return Ok(());
    }
    Err(SealedError::Unsupported("attributes and tags, which would be stored in clear").at(location))
}

fn seal_all(seal: FileSeal, header: &[u8], payload: &PutPayload) -> Result<Vec<u8>, SealedError> {
    let length = payload.content_length();
    let mut sealed = Vec::with_capacity(header.len() + length + (length / CHUNK_BYTES + 1) * 16);
    sealed.extend_from_slice(header);
    let mut sealer = Sealer::new(seal);
    for bytes in payload {
        sealer.push(bytes, &mut sealed)?;
    }
    sealer.finish(&mut sealed)?;
    Ok(sealed)
}

#[async_trait]
impl ObjectStore for SealedStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        refuse_options(location, &options.attributes, &options.tags)?;
        if let PutMode::Update(_) = options.mode {
            return Err(SealedError::Unsupported("updates").at(location));
        }
        let (mut key, seal, header) = self.create_key(location).await?;
        let written = async {
            let sealed = if payload.content_length() > LARGE_PAYLOAD_BYTES {
                tokio::task::spawn_blocking(move || seal_all(seal, &header, &payload)).await?
            } else {
                seal_all(seal, &header, &payload)
            };
            let sealed = sealed.map_err(|e| e.at(location))?;
            self.inner.put_opts(location, sealed.into(), PutOptions::default()).await
        };
        match written.await {
            Ok(done) => {
                key.is_used();
                Ok(done)
            }
            Err(error) => {
                // The write's own error matters more; a key that could not be removed is found by the next sweep.
                let _ = key.remove().await;
                Err(error)
            }
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        refuse_options(location, &options.attributes, &options.tags)?;
        let (key, seal, header) = self.create_key(location).await?;
        let inner = self.inner.put_multipart_opts(location, PutMultipartOptions::default()).await?;
        Ok(Box::new(SealedUpload::new(inner, seal, &header, key, location.clone())))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if options.version.is_some() {
            return Err(SealedError::Unsupported("versions").at(location));
        }
        let open = self.open(location).await?;
        options.check_preconditions(&open.meta)?;
        let range = match &options.range {
            Some(range) => resolve(range, open.size)?,
            None => 0..open.size.plain(),
        };
        let meta = open.meta.clone();
        let asked = if options.head { 0..0 } else { range.clone() };
        let (open, inner) = (Arc::new(open), Arc::clone(&self.inner));
        let payload = futures::stream::iter(windows(asked))
            .map(move |window| {
                let (open, inner) = (Arc::clone(&open), Arc::clone(&inner));
                async move { open.window(&*inner, window).await }
            })
            .buffered(WINDOWS_AHEAD);
        let payload = GetResultPayload::Stream(payload.boxed());
        Ok(GetResult { payload, meta, range, attributes: Attributes::default() })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let open = self.open(location).await?;
        let resolved = ranges.iter().map(|range| resolve(&GetRange::Bounded(range.clone()), open.size));
        let ranges = resolved.collect::<Result<Vec<_>>>()?;
        coalesce_ranges(&ranges, |range| open.window(&*self.inner, range), COALESCE_BYTES).await
    }

    /// Destroys: the keys go first, a few hundred in one call.
    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let store = self.clone();
        locations
            .try_chunks(DESTROY_AT_ONCE)
            .map_err(|e| e.1)
            .and_then(move |paths| {
                let store = store.clone();
                async move {
                    store.destroy(&paths).await?;
                    Ok(futures::stream::iter(paths.into_iter().map(Ok)))
                }
            })
            .try_flatten()
            .boxed()
    }

    /// Only sealed files are listed; one whose length no sealed file has is listed with size 0, and does not open.
    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix).try_filter_map(|meta| async move { Ok(plain_meta(meta)) }).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let found = self.inner.list_with_delimiter(prefix).await?;
        let objects = found.objects.into_iter().filter_map(plain_meta).collect();
        Ok(ListResult { common_prefixes: found.common_prefixes, objects })
    }

    async fn copy_opts(&self, from: &Path, _to: &Path, _options: CopyOptions) -> Result<()> {
        Err(SealedError::Unsupported("copies and renames: a file is bound to its id").at(from))
    }
}

fn plain_meta(mut meta: ObjectMeta) -> Option<ObjectMeta> {
    FileId::of(&meta.location).ok()?;
    meta.size = Size::of_sealed(meta.size).map_or(0, Size::plain);
    Some(meta)
}
