//! A folder of backups: what lies where, and who may write to it.
//!
//! `outis-backup` says what the folder is; `sealed/` has what backups sealed, manifests among it; `files/` has files of the
//! warehouse, each once however many backups have it; `tree/` a copy of the key tree, the newest only: older ones are dead.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use outis_keys::{KeyName, Keys, Purpose};
use outis_warehouse::SealedFiles;
use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

use super::copy::{files_below, make_folder};
use super::manifest::{FORMAT, Manifest};

const HEAD: &str = "outis-backup";
/// The head while it is written.
const BEGUN: &str = "outis-backup#";
const TREE: &str = "tree";
const MANIFEST: &str = ".manifest";
/// Largest head that is read.
const MOST_HEAD_BYTES: u64 = 4096;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: u32,
    /// Eight random bytes in hex: the labels of all keys of this folder begin with them.
    id: String,
}

/// A folder of backups that this process alone has open.
pub(super) struct Folder {
    dir: PathBuf,
    id: String,
    keys: Arc<dyn Keys>,
    pub(super) sealed: SealedFiles,
    _lock: File,
}

/// A backup in a folder.
pub(super) struct Backup {
    /// The name of its manifest.
    pub(super) name: String,
    /// None if it does not open.
    pub(super) manifest: Option<Manifest>,
}

impl Backup {
    /// What it is called: the random part of its manifest's name.
    pub(super) fn id(&self) -> &str {
        self.name.get(16..32).unwrap_or(&self.name)
    }

    fn made_ms(&self) -> i64 {
        self.manifest.as_ref().map_or(i64::MIN, |manifest| manifest.made_ms)
    }
}

impl Folder {
    /// Opens a folder of backups, or begins one in a folder that is empty.
    pub(super) fn open_or_begin(dir: &Path, keys: Arc<dyn Keys>) -> anyhow::Result<Folder> {
        make_folder(dir).with_context(|| format!("the folder {}", dir.display()))?;
        if !dir.join(HEAD).exists() {
            begin(dir)?;
        }
        Folder::open(dir, keys)
    }

    /// Opens a folder of backups.
    pub(super) fn open(dir: &Path, keys: Arc<dyn Keys>) -> anyhow::Result<Folder> {
        let id = read_head(dir)?;
        let lock = File::open(dir.join(HEAD))?;
        if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("another backup into {} is under way", dir.display());
        }
        let sealed = SealedFiles::open(&dir.join("sealed"), keys.clone(), Purpose::Backup)
            .with_context(|| format!("the folder {}", dir.display()))?;
        Ok(Folder { dir: dir.to_owned(), id, keys, sealed, _lock: lock })
    }

    pub(super) fn tree(&self) -> PathBuf {
        tree_in(&self.dir)
    }

    pub(super) fn files(&self) -> PathBuf {
        self.dir.join("files")
    }

    /// Files of the warehouse, each under its own key.
    pub(super) fn opened_files(&self) -> anyhow::Result<SealedFiles> {
        Ok(SealedFiles::open(&self.files(), self.keys.clone(), Purpose::File)?)
    }

    /// A fresh name for something sealed.
    pub(super) fn name(&self, ending: &str) -> anyhow::Result<String> {
        Ok(format!("{}{}{ending}", self.id, random_hex()?))
    }

    pub(super) fn manifest_name(&self) -> anyhow::Result<String> {
        self.name(MANIFEST)
    }

    /// All backups, the oldest first; those that do not open before all others.
    pub(super) async fn backups(&self) -> anyhow::Result<Vec<Backup>> {
        let mut backups = Vec::new();
        for name in self.sealed.names().await?.into_iter().filter(|name| name.ends_with(MANIFEST)) {
            let manifest = match self.sealed.get(&name).await {
                Ok(bytes) => Some(serde_json::from_slice::<Manifest>(&bytes).context("a manifest")?),
                Err(_) => None,
            };
            if let Some(other) = manifest.as_ref().map(|m| m.format).filter(|format| *format != FORMAT) {
                bail!("a backup has form {other}; this program knows {FORMAT}");
            }
            backups.push(Backup { name, manifest });
        }
        backups.sort_by(|a, b| (a.made_ms(), &a.name).cmp(&(b.made_ms(), &b.name)));
        Ok(backups)
    }

    /// Removes what no backup has: pieces and files of a backup that was cut short, files that no key opens any more, and
    /// keys without a piece. While some manifest does not open nothing is removed, for it may name anything.
    pub(super) async fn tidy(&self) -> anyhow::Result<()> {
        let backups = self.backups().await?;
        let (mut pieces, mut files) = (HashSet::new(), HashSet::new());
        for backup in &backups {
            let Some(manifest) = &backup.manifest else { return Ok(()) };
            pieces.insert(backup.name.as_str());
            pieces.extend(manifest.pieces.iter().map(|piece| piece.name.as_str()));
            files.extend(manifest.files.iter().map(String::as_str));
        }
        let names = self.sealed.names().await?;
        let idle: Vec<String> = names.iter().filter(|name| !pieces.contains(name.as_str())).cloned().collect();
        self.sealed.destroy(&idle).await?;
        for (path, _) in files_below(&self.files())? {
            let listed = files.contains(path.as_str());
            if !listed || !outis_warehouse::has_key(&path, &*self.keys).await.unwrap_or(false) {
                std::fs::remove_file(self.files().join(&path))?;
            }
        }
        self.remove_idle_keys(&names).await
    }

    async fn remove_idle_keys(&self, names: &[String]) -> anyhow::Result<()> {
        let is_there = |label: &str| names.iter().any(|name| name.starts_with(label));
        let mut idle: Vec<KeyName> = self.keys.list(Purpose::Backup).await?;
        idle.retain(|name| {
            let label = hex(&name.label);
            label.starts_with(&self.id) && !is_there(&label)
        });
        if !idle.is_empty() {
            self.keys.remove(&idle).await?;
        }
        Ok(())
    }
}

/// Where the copy of the tree lies in a folder of backups.
pub(super) fn tree_in(dir: &Path) -> PathBuf {
    dir.join(TREE)
}

fn begin(dir: &Path) -> anyhow::Result<()> {
    // What whoever asks for a backup leaves there, a tree that is mirrored there, and what a file system has of its own.
    let is_ours = |name: &str| name.starts_with(super::order::ASKED) || [TREE, BEGUN, "lost+found"].contains(&name);
    for entry in std::fs::read_dir(dir)? {
        if !entry?.file_name().to_str().is_some_and(is_ours) {
            bail!("{} is neither empty nor a folder of backups", dir.display());
        }
    }
    let head = Head { format: FORMAT, id: random_hex()? };
    let beside = dir.join(BEGUN);
    let mut file = File::create(&beside)?;
    file.write_all(&serde_json::to_vec(&head)?)?;
    file.sync_all()?;
    std::fs::rename(&beside, dir.join(HEAD))?;
    File::open(dir)?.sync_all()?;
    Ok(())
}

fn read_head(dir: &Path) -> anyhow::Result<String> {
    use std::io::Read;
    let none = || format!("{} is no folder of backups", dir.display());
    let mut bytes = Vec::new();
    File::open(dir.join(HEAD)).with_context(none)?.take(MOST_HEAD_BYTES).read_to_end(&mut bytes)?;
    let head: Head = serde_json::from_slice(&bytes).with_context(none)?;
    if head.format != FORMAT {
        bail!("{} has form {}; this program knows {FORMAT}", dir.display(), head.format);
    }
    let is_hex = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
    if head.id.len() != 16 || !head.id.bytes().all(is_hex) {
        bail!(none());
    }
    Ok(head.id)
}

/// Eight random bytes.
fn random_hex() -> anyhow::Result<String> {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
    Ok(hex(&bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
