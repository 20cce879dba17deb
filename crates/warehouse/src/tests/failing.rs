//! A disk and a key tree that stop working after a number of writes, as they do for a process that dies.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use outis_keys::{DataKey, KeyError, KeyName, Keys, MemoryKeys, Purpose};

/// How many writes still work; negative: all.
#[derive(Clone, Debug)]
pub(crate) struct Fuse(Arc<AtomicI64>);

impl Default for Fuse {
    fn default() -> Fuse {
        Fuse(Arc::new(AtomicI64::new(i64::MAX)))
    }
}

impl Fuse {
    /// Lets this many writes work.
    pub(crate) fn burn_after(&self, writes: i64) {
        self.0.store(writes, Ordering::SeqCst);
    }

    pub(crate) fn renew(&self) {
        self.burn_after(i64::MAX);
    }

    /// True if the fuse burnt out.
    pub(crate) fn is_out(&self) -> bool {
        self.0.load(Ordering::SeqCst) < 0
    }

    fn write(&self) -> bool {
        self.0.fetch_sub(1, Ordering::SeqCst) > 0
    }

    fn check(&self) -> Result<()> {
        if self.write() { Ok(()) } else { Err(Error::Generic { store: "failing", source: "the disk is gone".into() }) }
    }
}

/// A store whose writes and deletions can fail.
#[derive(Debug)]
pub(crate) struct Failing {
    inner: Arc<dyn ObjectStore>,
    fuse: Fuse,
}

impl Failing {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, fuse: Fuse) -> Failing {
        Failing { inner, fuse }
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failing")
    }
}

#[async_trait]
impl ObjectStore for Failing {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.fuse.check()?;
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(&self, path: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.fuse.check()?;
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(path, options).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        use futures::StreamExt;
        let fuse = self.fuse.clone();
        let paths = paths.map(move |path| path.and_then(|p| fuse.check().map(|()| p)));
        self.inner.delete_stream(paths.boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.fuse.check()?;
        self.inner.copy_opts(from, to, options).await
    }
}

/// Keys whose changes can fail.
pub(crate) struct FailingKeys {
    inner: MemoryKeys,
    fuse: Fuse,
}

impl FailingKeys {
    pub(crate) fn new(fuse: Fuse) -> FailingKeys {
        FailingKeys { inner: MemoryKeys::default(), fuse }
    }

    fn check(&self) -> std::result::Result<(), KeyError> {
        if self.fuse.write() { Ok(()) } else { Err(KeyError::Closed) }
    }
}

#[async_trait]
impl Keys for FailingKeys {
    async fn create(&self, name: KeyName) -> std::result::Result<DataKey, KeyError> {
        self.check()?;
        self.inner.create(name).await
    }

    async fn get(&self, name: KeyName) -> std::result::Result<Option<DataKey>, KeyError> {
        self.inner.get(name).await
    }

    async fn get_or_create(&self, name: KeyName) -> std::result::Result<DataKey, KeyError> {
        self.inner.get_or_create(name).await
    }

    async fn remove(&self, names: &[KeyName]) -> std::result::Result<(), KeyError> {
        self.check()?;
        self.inner.remove(names).await
    }

    async fn list(&self, purpose: Purpose) -> std::result::Result<Vec<KeyName>, KeyError> {
        self.inner.list(purpose).await
    }
}
