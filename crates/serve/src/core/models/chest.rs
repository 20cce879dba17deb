//! What was learnt, on the disk: sealed in pieces under a key of the tree that goes with whoever is forgotten.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use outis_event::SiteId;
use outis_keys::{DataKey, KeyName, Keys, Purpose, open_record, seal_record};

/// `outis learnt 1`, then pieces: their sealed length (u32, little-endian) and the sealed bytes, each bound to the site,
/// its place and how many there are.
const MAGIC: &[u8; 16] = b"outis learnt 1\0\0";
const PIECE_BYTES: usize = 1 << 20;
/// More is not read: as much as a model of the largest catalogue takes.
const MOST_BYTES: u64 = 8 << 30;

/// The key of what a site has learnt. While nobody is forgotten it stays the same.
pub(super) fn key_name(site: SiteId) -> KeyName {
    let mut label = *b"learnt----------";
    label[12..].copy_from_slice(&site.0.to_be_bytes());
    KeyName { purpose: Purpose::Snapshot, label }
}

/// The file of one site.
pub(super) struct Chest {
    path: PathBuf,
    site: SiteId,
    keys: Arc<dyn Keys>,
}

impl Chest {
    pub(super) fn new(dir: &Path, site: SiteId, keys: Arc<dyn Keys>) -> Chest {
        Chest { path: dir.join(format!("{}.learnt", site.0)), site, keys }
    }

    /// Replaces what is there; the old one stays until the new one is durable.
    ///
    /// # Errors
    /// When key tree or disk refuse.
    pub(super) async fn write(&self, plain: Vec<u8>) -> anyhow::Result<()> {
        let key = self.keys.get_or_create(key_name(self.site)).await?;
        let (path, site) = (self.path.clone(), self.site);
        tokio::task::spawn_blocking(move || write(&path, site, &key, &plain)).await?
    }

    /// What is there; `None` if there is nothing, its key is gone, or it does not open.
    ///
    /// # Errors
    /// When key tree or disk refuse.
    pub(super) async fn read(&self) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(key) = self.keys.get(key_name(self.site)).await? else { return Ok(None) };
        let (path, site) = (self.path.clone(), self.site);
        tokio::task::spawn_blocking(move || match std::fs::File::open(&path) {
            Ok(file) if file.metadata()?.len() <= MOST_BYTES => Ok(read(file, site, &key).ok()),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        })
        .await?
    }
}

fn place(site: SiteId, at: u32, all: u32) -> Vec<u8> {
    [MAGIC.as_slice(), &site.0.to_be_bytes(), &at.to_be_bytes(), &all.to_be_bytes()].concat()
}

fn write(path: &Path, site: SiteId, key: &DataKey, plain: &[u8]) -> anyhow::Result<()> {
    let dir = path.parent().context("a file lies in a folder")?;
    std::fs::create_dir_all(dir)?;
    let fresh = path.with_extension("learnt.new");
    let mut file = std::fs::File::create(&fresh)?;
    file.write_all(MAGIC)?;
    let all = u32::try_from(plain.len().div_ceil(PIECE_BYTES))?;
    file.write_all(&all.to_le_bytes())?;
    for (at, piece) in (0_u32..).zip(plain.chunks(PIECE_BYTES)) {
        let sealed = seal_record(key, &place(site, at, all), piece)?;
        file.write_all(&u32::try_from(sealed.len())?.to_le_bytes())?;
        file.write_all(&sealed)?;
    }
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    std::fs::File::open(dir)?.sync_all()?;
    Ok(())
}

fn read(mut file: std::fs::File, site: SiteId, key: &DataKey) -> anyhow::Result<Vec<u8>> {
    let mut magic = [0; 16];
    file.read_exact(&mut magic)?;
    anyhow::ensure!(&magic == MAGIC, "not of this version");
    let mut number = [0; 4];
    file.read_exact(&mut number)?;
    let all = u32::from_le_bytes(number);
    let mut plain = Vec::new();
    for at in 0..all {
        file.read_exact(&mut number)?;
        let length = u32::from_le_bytes(number) as usize;
        anyhow::ensure!(length <= 2 * PIECE_BYTES, "a piece is too long");
        let mut sealed = vec![0; length];
        file.read_exact(&mut sealed)?;
        plain.extend(open_record(key, &place(site, at, all), &sealed)?);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use outis_keys::MemoryKeys;

    use super::*;

    #[tokio::test]
    async fn it_opens_while_its_key_is_there_and_whole_only() {
        let dir = tempfile::tempdir().expect("folder");
        let keys: Arc<dyn Keys> = Arc::new(MemoryKeys::default());
        let chest = Chest::new(&dir.path().join("models"), SiteId(7), keys.clone());
        assert_eq!(chest.read().await.expect("read"), None);
        let plain: Vec<u8> = (0..2_500_000_u32).map(|n| (n % 251) as u8).collect();
        chest.write(plain.clone()).await.expect("written");
        assert_eq!(chest.read().await.expect("read"), Some(plain));
        let path = dir.path().join("models/7.learnt");
        let whole = std::fs::read(&path).expect("file");
        std::fs::write(&path, &whole[..whole.len() - 600_000]).expect("cut");
        assert_eq!(chest.read().await.expect("read"), None);
        std::fs::write(&path, &whole).expect("put back");
        keys.remove(&[key_name(SiteId(7))]).await.expect("removed");
        assert_eq!(chest.read().await.expect("read"), None, "nor does any copy of it");
    }
}
