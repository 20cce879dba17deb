//! Making a backup beside the running server.
//!
//! Everything acknowledged goes into the warehouse's files first, so that no journal is needed. Then comes a copy of the
//! members, then one of the control database with the catalogue, and only then the files that this catalogue lists: one
//! that was replaced meanwhile makes it all begin anew, with little left to copy. Members first: somebody who is forgotten
//! in between is hidden in the catalogue already, or their days are marked in the tree. The manifest is written when
//! everything it names is there, and the copy of the tree last, for it must have the keys of all of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use futures::{StreamExt, TryStreamExt};
use outis_keys::Keys;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

use super::copy::{copy_file, make_folder, or_full, sync_folders};
use super::folder::Folder;
use super::manifest::{FORMAT, Manifest, PEOPLE, Piece, RECEIPTS};
use super::order::doubts;
use super::pack::pack;
use super::told::Made;
use crate::core::Core;
use crate::disk;

/// How often it begins anew when files are replaced while it copies.
const MOST_TRIES: usize = 8;
/// Files that are copied side by side, so that they share the disk's syncs.
const AT_ONCE: usize = 4;
/// Small files that are replaced as a whole, and may be missing.
const SMALL: [&str; 2] = ["waiting.sealed", "dedup.sealed"];
const CONTROL: &str = "control.db";

/// Makes a backup in a folder.
///
/// # Errors
/// When a database or file cannot be copied; earlier backups in the folder are as they were then.
pub(crate) async fn make(core: &Core, dir: &Path) -> anyhow::Result<Made> {
    let Ok(_alone) = core.backing_up.try_lock() else { bail!("another backup is being made") };
    refuse_place(core, dir)?;
    or_full(make_alone(core, dir).await, dir)
}

async fn make_alone(core: &Core, dir: &Path) -> anyhow::Result<Made> {
    let folder = Folder::open_or_begin(dir, core.keys.clone())?;
    core.settle().await.context("what is in memory could not be written")?;
    let scratch = Scratch::new(core).await?;
    let copied = copy_consistently(core, &folder, &scratch).await?;
    small_files(core, &scratch).await?;
    let mut manifest = Manifest {
        format: FORMAT,
        made_ms: core.clock.now().0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pieces: Vec::new(),
        files: copied.files,
    };
    for path in [PEOPLE, CONTROL, RECEIPTS].into_iter().chain(SMALL) {
        let from = scratch.at(path);
        if from.exists() {
            let name = folder.name(".piece")?;
            let bytes = folder.sealed.seal(&name, &from).await?;
            manifest.pieces.push(Piece { path: path.to_owned(), name, bytes });
        }
    }
    make_folder(&folder.files())?;
    sync_folders(dir)?;
    let name = folder.manifest_name()?;
    folder.sealed.put(&name, serde_json::to_vec(&manifest)?).await?;
    folder.tidy().await?;
    let doubts = copy_tree(core, &folder).await?;
    Ok(Made {
        id: name.get(16..32).unwrap_or_default().to_owned(),
        files: manifest.files.len(),
        new_files: copied.new_files,
        new_bytes: copied.new_bytes + manifest.pieces.iter().map(|piece| piece.bytes).sum::<u64>(),
        doubts,
    })
}

/// The tree as it is now, unless it is mirrored into this folder anyway.
pub(super) async fn copy_tree(core: &Core, folder: &Folder) -> anyhow::Result<Vec<String>> {
    let is_mirror = core.config.keys.mirror_dir.as_deref().is_some_and(|mirror| is_same(mirror, &folder.tree()));
    if !is_mirror {
        core.tree.copy_to(&folder.tree()).await.context("the copy of the key tree")?;
    }
    Ok(doubts(&core.config, &core.tree.state()))
}

/// A backup beside what it is of, or one that is backed up itself, is none.
fn refuse_place(core: &Core, dir: &Path) -> anyhow::Result<()> {
    let data = core.config.data_dir.canonicalize()?;
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    if dir.starts_with(&data) || data.starts_with(&dir) {
        bail!("{} and the data folder lie in each other: give another folder", dir.display());
    }
    Ok(())
}

fn is_same(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// A folder beside the data for copies that are sealed next. It goes with this value; what a process that ended left
/// goes with the next one.
struct Scratch(PathBuf);

impl Scratch {
    async fn new(core: &Core) -> anyhow::Result<Scratch> {
        let dir = core.config.data_dir.join("backup.new");
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        let control = core.config.data_dir.join(CONTROL).metadata().map_or(0, |about| about.len());
        let members = core.members.people.bytes().await.context("the database of members")?;
        let needed = (control >> 20) + (members >> 20) + core.config.low_water_mib;
        if disk::free_mib(&core.config.data_dir).is_some_and(|free| free < needed) {
            bail!("copies of the databases need {needed} MiB of room beside the data folder for a moment");
        }
        let scratch = Scratch(dir);
        make_folder(&scratch.0.join("people"))?;
        Ok(scratch)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Files that the copied catalogue lists, all of which are in the folder.
struct Copied {
    files: Vec<String>,
    new_files: usize,
    new_bytes: u64,
}

async fn copy_consistently(core: &Core, folder: &Folder, scratch: &Scratch) -> anyhow::Result<Copied> {
    let (mut new_files, mut new_bytes) = (0, 0);
    for _ in 0..MOST_TRIES {
        for path in [PEOPLE, CONTROL] {
            match std::fs::remove_file(scratch.at(path)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        core.members.people.copy_to(&scratch.at(PEOPLE)).await.context("the database of members")?;
        core.control.copy_to(&scratch.at(CONTROL)).await.context("the control database")?;
        let files = listed(&scratch.at(CONTROL)).await?;
        let (copied, bytes) = copy_files(core, folder, &files).await?;
        new_files += copied;
        new_bytes += bytes;
        if have_keys(&files, &core.keys).await? && files.iter().all(|path| folder.files().join(path).exists()) {
            return Ok(Copied { files, new_files, new_bytes });
        }
    }
    bail!("files were replaced all the time while they were copied: try again")
}

async fn listed(catalogue: &Path) -> anyhow::Result<Vec<String>> {
    let options = SqliteConnectOptions::new().filename(catalogue);
    let pool = SqlitePool::connect_with(options).await.context("the copy of the control database")?;
    let files = outis_warehouse::listed(&pool).await;
    pool.close().await;
    Ok(files?)
}

async fn have_keys(files: &[String], keys: &Arc<dyn Keys>) -> anyhow::Result<bool> {
    for path in files {
        if !outis_warehouse::has_key(path, &**keys).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Copies the files that are not in the folder yet; gives how many there were and their bytes. One that is gone was
/// replaced a moment ago.
async fn copy_files(core: &Core, folder: &Folder, files: &[String]) -> anyhow::Result<(usize, u64)> {
    let (from, to) = (core.config.data_dir.join("warehouse"), folder.files());
    let copies = files.iter().map(|path| {
        let (from, to) = (from.join(path), to.join(path));
        async move {
            let copied = tokio::task::spawn_blocking(move || match to.exists() {
                // Never changed, and given its name when it was whole.
                true => Ok((0, 0)),
                false => match copy_file(&from, &to) {
                    Ok(bytes) => Ok((1, bytes)),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok((0, 0)),
                    Err(error) => Err(error),
                },
            });
            anyhow::Ok(copied.await?.context("a file of the warehouse")?)
        }
    });
    let copies = futures::stream::iter(copies.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
    copies.try_fold((0, 0), |(files, all), (copied, bytes)| async move { Ok((files + copied, all + bytes)) }).await
}

/// The log of receipts, and what capture remembers. The table of insert ids comes after the catalogue: it must have those
/// of all rows in it.
async fn small_files(core: &Core, scratch: &Scratch) -> anyhow::Result<()> {
    core.save_inserts().await?;
    for path in SMALL {
        let from = core.config.data_dir.join(path);
        if from.exists() {
            std::fs::copy(from, scratch.at(path))?;
        }
    }
    let receipts = core.config.data_dir.join("receipts");
    let packed = core.receipts.log.still(move || pack(&receipts)).await??;
    std::fs::write(scratch.at(RECEIPTS), packed)?;
    Ok(())
}
