//! A folder of sealed files for those who have files and names, not objects and paths.

use std::path::Path as FsPath;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use outis_keys::{DataKey, KeyError, KeyName, Keys, Purpose, Retired};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{LocalFiles, SealedStore, WarehouseError};

/// What is sealed and written at once.
const PART_BYTES: usize = 1 << 20;

/// Files of a local folder, each sealed under a key of its own of one purpose, as `docs/sealed-files.md` says. The last
/// segment of a name begins with 32 lower-case hex digits. Durable when a call returns.
#[derive(Clone, Debug)]
pub struct SealedFiles {
    store: SealedStore,
}

impl SealedFiles {
    /// The files of a folder, which is made if it is missing. Only one process may have it open.
    ///
    /// # Errors
    /// When the folder cannot be made, read or cleaned.
    pub fn open(folder: &FsPath, keys: Arc<dyn Keys>, purpose: Purpose) -> Result<SealedFiles, WarehouseError> {
        let files = Arc::new(LocalFiles::open(folder)?);
        Ok(SealedFiles { store: SealedStore::new(files, Arc::new(Of { keys, purpose })) })
    }

    /// Seals a file under a new name.
    ///
    /// # Errors
    /// When it cannot be read, the name is taken, or it cannot be written.
    pub async fn seal(&self, name: &str, from: &FsPath) -> Result<u64, WarehouseError> {
        let mut file = tokio::fs::File::open(from).await.map_err(io)?;
        let mut upload = self.store.put_multipart(&Path::from(name)).await?;
        let mut bytes = 0;
        loop {
            let mut part = BytesMut::with_capacity(PART_BYTES);
            while part.len() < PART_BYTES && file.read_buf(&mut part).await.map_err(io)? > 0 {}
            if part.is_empty() {
                break;
            }
            bytes += part.len() as u64;
            upload.put_part(PutPayload::from_bytes(part.freeze())).await?;
        }
        upload.complete().await?;
        Ok(bytes)
    }

    /// Seals bytes under a new name.
    ///
    /// # Errors
    /// When the name is taken, or it cannot be written.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), WarehouseError> {
        self.store.put(&Path::from(name), bytes.into()).await?;
        Ok(())
    }

    /// The content of a file.
    ///
    /// # Errors
    /// When it is missing, has no key any more, or is damaged.
    pub async fn get(&self, name: &str) -> Result<Bytes, WarehouseError> {
        Ok(self.store.get(&Path::from(name)).await?.bytes().await?)
    }

    /// Writes the content of a file into a new one in clear.
    ///
    /// # Errors
    /// As [`SealedFiles::get`], and when the new file is there or cannot be written; part of it may be left then.
    pub async fn unseal(&self, name: &str, to: &FsPath) -> Result<u64, WarehouseError> {
        let mut content = self.store.get(&Path::from(name)).await?.into_stream();
        let mut file = tokio::fs::OpenOptions::new().write(true).create_new(true).open(to).await.map_err(io)?;
        let mut bytes = 0;
        while let Some(part) = content.next().await {
            let part = part?;
            bytes += part.len() as u64;
            file.write_all(&part).await.map_err(io)?;
        }
        file.sync_all().await.map_err(io)?;
        Ok(bytes)
    }

    /// Opens every byte of a file.
    ///
    /// # Errors
    /// As [`SealedFiles::get`].
    pub async fn check(&self, name: &str) -> Result<(), WarehouseError> {
        let mut content = self.store.get(&Path::from(name)).await?.into_stream();
        while content.try_next().await?.is_some() {}
        Ok(())
    }

    /// All names, without those of files that are none of a sealed file.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub async fn names(&self) -> Result<Vec<String>, WarehouseError> {
        Ok(self.store.list(None).map_ok(|meta| meta.location.to_string()).try_collect().await?)
    }

    /// Destroys files: first their keys, then the files.
    ///
    /// # Errors
    /// When the key tree refuses, or a file cannot be deleted.
    pub async fn destroy(&self, names: &[String]) -> Result<(), WarehouseError> {
        let paths: Vec<Path> = names.iter().map(|name| Path::from(name.as_str())).collect();
        Ok(self.store.destroy(&paths).await?)
    }
}

fn io(error: std::io::Error) -> WarehouseError {
    object_store::Error::Generic { store: "SealedFiles", source: error.into() }.into()
}

/// Keys of another purpose than that of the warehouse's own files.
struct Of {
    keys: Arc<dyn Keys>,
    purpose: Purpose,
}

impl Of {
    fn name(&self, name: KeyName) -> KeyName {
        KeyName { purpose: self.purpose, ..name }
    }

    fn names(&self, names: &[KeyName]) -> Vec<KeyName> {
        names.iter().map(|name| self.name(*name)).collect()
    }
}

#[async_trait]
impl Keys for Of {
    async fn create(&self, name: KeyName) -> Result<DataKey, KeyError> {
        self.keys.create(self.name(name)).await
    }

    async fn get(&self, name: KeyName) -> Result<Option<DataKey>, KeyError> {
        self.keys.get(self.name(name)).await
    }

    async fn get_or_create(&self, name: KeyName) -> Result<DataKey, KeyError> {
        self.keys.get_or_create(self.name(name)).await
    }

    async fn remove(&self, names: &[KeyName]) -> Result<(), KeyError> {
        self.keys.remove(&self.names(names)).await
    }

    async fn retire(&self, names: &[KeyName]) -> Result<Retired, KeyError> {
        self.keys.retire(&self.names(names)).await
    }

    async fn list(&self, purpose: Purpose) -> Result<Vec<KeyName>, KeyError> {
        let own = if purpose == Purpose::File { self.purpose } else { purpose };
        let listed = self.keys.list(own).await?;
        Ok(listed.into_iter().map(|name| KeyName { purpose, ..name }).collect())
    }
}

#[cfg(test)]
mod tests {
    use outis_keys::MemoryKeys;

    use super::*;
    use crate::FileId;

    #[tokio::test]
    async fn a_file_comes_back_and_is_dead_once_it_is_destroyed() {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Arc::new(MemoryKeys::default());
        let files = SealedFiles::open(&folder.path().join("sealed"), keys.clone(), Purpose::Backup).expect("opened");
        let [plain, back] = ["plain", "back"].map(|name| folder.path().join(name));
        for bytes in [0, 1, PART_BYTES, 2 * PART_BYTES + 77] {
            let content: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
            std::fs::write(&plain, &content).expect("written");
            let name = format!("a/{}.db", FileId::random().expect("randomness"));
            assert_eq!(files.seal(&name, &plain).await.expect("sealed"), bytes as u64);
            let on_disk = std::fs::read(folder.path().join("sealed").join(&name)).expect("a file");
            assert!(bytes < 64 || !on_disk.windows(64).any(|w| w == &content[..64]));
            files.check(&name).await.expect("whole");
            assert_eq!(files.get(&name).await.expect("opens"), content);
            files.unseal(&name, &back).await.expect("opens");
            assert_eq!(std::fs::read(&back).expect("read"), content);
            std::fs::remove_file(&back).expect("removed");
            let copy = folder.path().join("sealed").join(&name);
            std::fs::write(&plain, &on_disk).expect("kept");
            files.destroy(std::slice::from_ref(&name)).await.expect("destroyed");
            std::fs::create_dir_all(copy.parent().expect("a folder")).expect("made");
            std::fs::copy(&plain, copy).expect("put back");
            assert!(files.get(&name).await.is_err());
        }
        assert!(keys.list(Purpose::Backup).await.expect("listed").is_empty());
    }
}
