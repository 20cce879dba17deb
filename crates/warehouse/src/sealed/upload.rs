//! Writing a sealed file while its end is not known yet, in bounded memory.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use object_store::path::Path;
use object_store::{MultipartUpload, PutPayload, PutResult, Result, UploadPart};
use outis_keys::Keys;

use super::error::SealedError;
use super::format::{CHUNK_BYTES, FileId, FileSeal};

/// Sealed bytes of each part but the last: equal parts of 5 MiB or more are what remote stores ask for.
const PART_BYTES: usize = 5 << 20;

/// Cuts plain bytes into sealed chunks, and keeps the last one back, since it is sealed as the last.
#[derive(Debug)]
pub(crate) struct Sealer {
    seal: FileSeal,
    next: u64,
    plain: Vec<u8>,
}

impl Sealer {
    pub(crate) fn new(seal: FileSeal) -> Sealer {
        Sealer { seal, next: 0, plain: Vec::new() }
    }

    /// Takes plain bytes; appends the chunks that are certainly not the last to `out`.
    pub(crate) fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), SealedError> {
        while !bytes.is_empty() {
            if self.plain.len() == CHUNK_BYTES {
                self.seal.seal_chunk(self.next, false, &self.plain, out)?;
                self.next += 1;
                self.plain.clear();
            }
            let (here, rest) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.plain.len()));
            self.plain.extend_from_slice(here);
            bytes = rest;
        }
        Ok(())
    }

    /// Appends the last chunk.
    pub(crate) fn finish(self, out: &mut Vec<u8>) -> Result<(), SealedError> {
        self.seal.seal_chunk(self.next, true, &self.plain, out)
    }
}

/// A sealed file that is being written. The key is removed again unless the file was completed.
pub(crate) struct SealedUpload {
    inner: Box<dyn MultipartUpload>,
    /// `None` once it was completed, aborted, or failed.
    sealer: Option<Sealer>,
    sealed: Vec<u8>,
    key: UnusedKey,
    location: Path,
}

impl fmt::Debug for SealedUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedUpload(..)")
    }
}

impl SealedUpload {
    pub(crate) fn new(
        inner: Box<dyn MultipartUpload>,
        seal: FileSeal,
        header: &[u8],
        key: UnusedKey,
        location: Path,
    ) -> SealedUpload {
        SealedUpload { inner, sealer: Some(Sealer::new(seal)), sealed: header.to_vec(), key, location }
    }

    fn ended(&self) -> object_store::Error {
        SealedError::Unsupported("writing to a file that was completed or given up").at(&self.location)
    }
}

#[async_trait]
impl MultipartUpload for SealedUpload {
    /// The order of the calls is the order of the bytes; the futures may be awaited in any order.
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let Some(sealer) = &mut self.sealer else { return futures::future::ready(Err(self.ended())).boxed() };
        for bytes in &data {
            if let Err(error) = sealer.push(bytes, &mut self.sealed) {
                self.sealer = None;
                return futures::future::ready(Err(error.at(&self.location))).boxed();
            }
        }
        let mut parts = Vec::new();
        while self.sealed.len() >= PART_BYTES {
            let rest = self.sealed.split_off(PART_BYTES);
            parts.push(self.inner.put_part(std::mem::replace(&mut self.sealed, rest).into()));
        }
        async move { futures::future::try_join_all(parts).await.map(drop) }.boxed()
    }

    /// Seals the end; the file is as durable as the store under it promises when this returns.
    async fn complete(&mut self) -> Result<PutResult> {
        let sealer = self.sealer.take().ok_or_else(|| self.ended())?;
        sealer.finish(&mut self.sealed).map_err(|e| e.at(&self.location))?;
        self.inner.put_part(std::mem::take(&mut self.sealed).into()).await?;
        let done = self.inner.complete().await?;
        self.key.is_used();
        Ok(done)
    }

    async fn abort(&mut self) -> Result<()> {
        self.sealer = None;
        self.key.remove().await.map_err(|e| e.at(&self.location))?;
        self.inner.abort().await
    }
}

/// The key of a file that is not written yet: removed when it is given up, also by dropping it on a runtime.
pub(crate) struct UnusedKey {
    keys: Arc<dyn Keys>,
    id: Option<FileId>,
}

impl UnusedKey {
    pub(crate) fn new(keys: Arc<dyn Keys>, id: FileId) -> UnusedKey {
        UnusedKey { keys, id: Some(id) }
    }

    /// The file is written: the key stays.
    pub(crate) fn is_used(&mut self) {
        self.id = None;
    }

    pub(crate) async fn remove(&mut self) -> Result<(), SealedError> {
        let Some(id) = self.id.take() else { return Ok(()) };
        Ok(self.keys.remove(&[id.key_name()]).await?)
    }
}

impl Drop for UnusedKey {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        // Without a runtime the process is ending; a key without a file is found by the next sweep.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let keys = Arc::clone(&self.keys);
            runtime.spawn(async move { keys.remove(&[id.key_name()]).await });
        }
    }
}
