//! Reading the plain bytes of a file whose header was verified.

use std::ops::Range;

use bytes::Bytes;
use object_store::{GetRange, ObjectMeta, ObjectStore, Result};

use super::error::SealedError;
use super::format::{CHUNK_BYTES, FileSeal, Size, chunks_of};

/// Plain bytes that are read and opened at a time.
const WINDOW_BYTES: u64 = 32 * CHUNK_BYTES as u64;

/// A file that may be read.
pub(crate) struct Open {
    pub(crate) seal: FileSeal,
    pub(crate) size: Size,
    pub(crate) meta: ObjectMeta,
}

impl Open {
    /// The plain bytes of these chunks.
    pub(crate) async fn chunks(&self, inner: &dyn ObjectStore, chunks: Range<u64>) -> Result<Vec<u8>> {
        let place = self.size.place(chunks.clone());
        let expected = place.end - place.start;
        let mut read = inner.get_ranges(&self.meta.location, &[place]).await?;
        let sealed = read.pop().unwrap_or_default();
        let opened = if sealed.len() as u64 == expected {
            self.seal.open_chunks(self.size, chunks.start, &sealed)
        } else {
            Err(SealedError::Chunk)
        };
        opened.map_err(|e| e.at(&self.meta.location))
    }

    /// The plain bytes of a range within the file that lies in a few chunks.
    pub(crate) async fn window(&self, inner: &dyn ObjectStore, range: Range<u64>) -> Result<Bytes> {
        let chunks = chunks_of(&range);
        let offset = chunks.start * CHUNK_BYTES as u64;
        let plain = Bytes::from(self.chunks(inner, chunks).await?);
        let within = |at: u64| usize::try_from(at - offset).expect("a window fits memory");
        Ok(plain.slice(within(range.start)..within(range.end)))
    }
}

/// The parts of a range that are read at a time.
pub(crate) fn windows(range: Range<u64>) -> impl Iterator<Item = Range<u64>> + Send {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let end = range.end.min((start / WINDOW_BYTES + 1) * WINDOW_BYTES);
        let window = start..end;
        start = end;
        (!window.is_empty()).then_some(window)
    })
}

/// The bytes that a range asks for.
pub(crate) fn resolve(range: &GetRange, size: Size) -> Result<Range<u64>> {
    let refuse = |source: Box<dyn std::error::Error + Send + Sync>| object_store::Error::Generic {
        store: "SealedStore",
        source,
    };
    range.as_range(size.plain()).map_err(|e| refuse(e.to_string().into()))
}
