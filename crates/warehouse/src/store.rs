//! The store of files, until the sealed one takes its place.

use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use outis_keys::Keys;

/// Files in any object store.
#[derive(Clone, Debug)]
pub struct SealedStore {
    inner: Arc<dyn ObjectStore>,
}

impl SealedStore {
    /// Files in `inner`.
    pub fn new(inner: Arc<dyn ObjectStore>, _keys: Arc<dyn Keys>) -> SealedStore {
        SealedStore { inner }
    }

    /// A fresh random name.
    pub fn new_path(&self, prefix: &str, suffix: &str) -> Result<Path, object_store::Error> {
        let mut id = [0u8; 16];
        aws_lc_rs::rand::fill(&mut id)
            .map_err(|_| object_store::Error::Generic { store: "sealed", source: "no randomness".into() })?;
        Ok(Path::from(format!("{prefix}/{:032x}{suffix}", u128::from_be_bytes(id))))
    }

    /// Destroys files.
    pub async fn destroy(&self, paths: &[Path]) -> Result<(), object_store::Error> {
        for path in paths {
            match self.inner.delete(path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(crate) fn objects(&self) -> Arc<dyn ObjectStore> {
        self.inner.clone()
    }
}
