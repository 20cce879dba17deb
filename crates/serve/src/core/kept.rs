//! Small tables that outlive a restart: sealed, replaced as a whole, and of no consequence when they are lost.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outis_keys::{KeyName, Keys, Purpose, open_record, seal_record};

/// A file that holds one sealed record under a key of the tree.
pub(crate) struct Kept {
    path: PathBuf,
    keys: Arc<dyn Keys>,
}

impl Kept {
    pub(crate) fn new(dir: &Path, file: &str, keys: Arc<dyn Keys>) -> Kept {
        Kept { path: dir.join(file), keys }
    }

    /// Replaces the record; the old one stays until the new one is durable.
    pub(crate) async fn write(&self, name: KeyName, plain: Vec<u8>) -> anyhow::Result<()> {
        let key = self.keys.get_or_create(name).await?;
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || {
            let sealed = seal_record(&key, &place(name), &plain)?;
            replace(&path, &sealed)
        })
        .await?
    }

    /// The record; `None` if there is none, or its key was destroyed, or it does not open.
    pub(crate) async fn read(&self, name: KeyName) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(key) = self.keys.get(name).await? else { return Ok(None) };
        match std::fs::read(&self.path) {
            Ok(sealed) => Ok(open_record(&key, &place(name), &sealed).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Destroys the keys of this purpose that the file no longer needs.
    pub(crate) async fn forget_others(&self, purpose: Purpose, kept: &[KeyName]) -> anyhow::Result<()> {
        let mut old = self.keys.list(purpose).await?;
        old.retain(|name| !kept.contains(name));
        if !old.is_empty() {
            self.keys.remove(&old).await?;
        }
        Ok(())
    }
}

fn place(name: KeyName) -> Vec<u8> {
    [b"kept/".as_slice(), &[name.purpose as u8], &name.label].concat()
}

fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = std::fs::File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    if let Some(dir) = path.parent() {
        std::fs::File::open(dir)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use outis_keys::MemoryKeys;

    use super::*;

    #[tokio::test]
    async fn a_record_is_read_under_its_name_only() {
        let dir = tempfile::tempdir().expect("folder");
        let keys: Arc<dyn Keys> = Arc::new(MemoryKeys::default());
        let kept = Kept::new(dir.path(), "table.sealed", keys.clone());
        let [a, b] = [[1; 16], [2; 16]].map(|label| KeyName { purpose: Purpose::Waiting, label });
        assert_eq!(kept.read(a).await.expect("read"), None);
        kept.write(a, b"something to find".to_vec()).await.expect("written");
        assert_eq!(kept.read(a).await.expect("read").as_deref(), Some(b"something to find".as_slice()));
        assert_eq!(kept.read(b).await.expect("read"), None);
        kept.write(b, b"later".to_vec()).await.expect("written");
        kept.forget_others(Purpose::Waiting, &[b]).await.expect("removed");
        assert!(keys.get(a).await.expect("read").is_none());
        assert_eq!(kept.read(b).await.expect("read").as_deref(), Some(b"later".as_slice()));
        let disk = std::fs::read(dir.path().join("table.sealed")).expect("file");
        assert!(!disk.windows(5).any(|w| w == b"later"));
    }
}
