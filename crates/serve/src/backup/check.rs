//! Looking at backups, and removing old ones.

use std::collections::BTreeMap;

use anyhow::bail;
use outis_keys::Keys;

use super::folder::{Backup, Folder};
use super::manifest::Manifest;
use super::told::{CheckedBackup, Listed, Pruned};

/// The backups of a folder, the oldest first.
pub(super) async fn list(folder: &Folder) -> anyhow::Result<Vec<Listed>> {
    let listed = |backup: &Backup| {
        let manifest = backup.manifest.as_ref();
        Listed {
            id: backup.id().to_owned(),
            made_s: manifest.map(Manifest::made_s),
            version: manifest.map(|m| m.version.clone()),
            files: manifest.map_or(0, |m| m.files.len()),
            bytes: manifest.map_or(0, |m| m.pieces.iter().map(|piece| piece.bytes).sum()),
        }
    };
    Ok(folder.backups().await?.iter().map(listed).collect())
}

/// Opens every byte of every backup under the keys that exist now.
pub(super) async fn check(folder: &Folder, keys: &dyn Keys) -> anyhow::Result<Vec<CheckedBackup>> {
    let opened = folder.opened_files()?;
    // Backups share files: each is read once.
    let mut seen: BTreeMap<String, State> = BTreeMap::new();
    let mut checked = Vec::new();
    for backup in folder.backups().await? {
        let mut told = CheckedBackup { id: backup.id().to_owned(), made_s: None, open: 0, replaced: 0, damaged: 0 };
        match &backup.manifest {
            None => told.damaged += 1,
            Some(manifest) => {
                told.made_s = Some(manifest.made_s());
                for piece in &manifest.pieces {
                    let opens = folder.sealed.check(&piece.name).await.is_ok();
                    told.count(if opens { State::Opens } else { State::Damaged });
                }
                for path in &manifest.files {
                    let state = match seen.get(path) {
                        Some(state) => *state,
                        None if !outis_warehouse::has_key(path, keys).await? => State::Replaced,
                        None if opened.check(path).await.is_ok() => State::Opens,
                        None => State::Damaged,
                    };
                    seen.insert(path.clone(), state);
                    told.count(state);
                }
            }
        }
        checked.push(told);
    }
    Ok(checked)
}

#[derive(Clone, Copy)]
enum State {
    Opens,
    Replaced,
    Damaged,
}

impl CheckedBackup {
    fn count(&mut self, state: State) {
        match state {
            State::Opens => self.open += 1,
            State::Replaced => self.replaced += 1,
            State::Damaged => self.damaged += 1,
        }
    }
}

/// Removes all backups but the newest: first their keys, so that no copy of them opens any more.
pub(super) async fn prune(folder: &Folder, keep: usize) -> anyhow::Result<Pruned> {
    if keep == 0 {
        bail!("keep at least one backup");
    }
    let backups = folder.backups().await?;
    let (old, kept) = backups.split_at(backups.len().saturating_sub(keep));
    // The manifest goes first: what has no manifest is no backup.
    for backup in old {
        folder.sealed.destroy(std::slice::from_ref(&backup.name)).await?;
    }
    folder.tidy().await?;
    let ids = |list: &[Backup]| list.iter().map(|backup| backup.id().to_owned()).collect();
    Ok(Pruned { removed: ids(old), kept: ids(kept) })
}
