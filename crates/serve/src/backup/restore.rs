//! Putting a backup back, with the keys that exist now and no others.
//!
//! The key tree is the present one: an older copy of it does not open. So records of whoever was forgotten since open
//! nothing and are removed, files that were replaced since are not put back, and rows of days on which somebody was
//! forgotten who may still be in them are left out. What is missing is told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::Timestamp;
use outis_guard::receipts::LogError;
use outis_keys::{Keys, Purpose, TreeKeys};
use outis_people::Vault;
use outis_warehouse::Lost;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

use super::copy::{below, copy_file, make_folder, or_full, sync_folders};
use super::folder::{Backup, Folder};
use super::manifest::{Manifest, PEOPLE, RECEIPTS};
use super::order::tree_of;
use super::pack::unpack;
use super::told::Restored;
use crate::config::{Config, KeysProvider};
use crate::core::{Receipts, open_tree, vault};

/// A file that is there while a data folder is being put back: no server starts on it.
pub(crate) const UNFINISHED: &str = "restore-unfinished";
/// Members and rows are told in steps.
const STEP: usize = 10;
/// What may be in a data folder before something is put back into it.
const ALLOWED: [&str; 4] = ["slot", "slot.wrap", "root", "keys"];

/// What a state of before cannot know.
const AS_THEY_WERE: [&str; 4] = [
    "settings, tokens and secrets are as they were: what was replaced since must be so again",
    "members who ever took a consent back have given none: the application asks them anew",
    "staff sign in anew",
    "lists of items go by tags until what members like is learnt anew, which begins when the server starts",
];

/// What is to be put back.
pub(crate) struct Restore<'a> {
    /// The folder of backups.
    pub(crate) dir: &'a Path,
    /// Which of them; the newest if it is not said.
    pub(crate) id: Option<&'a str>,
    /// The newest copy of the key tree, if it is not where it is looked for.
    pub(crate) tree: Option<&'a Path>,
}

/// Puts a backup into the data folder of the configuration, which is empty but for the slot and the key tree.
///
/// # Errors
/// When the folder holds anything else, no copy of the tree opens with the slot, or something cannot be read or written.
/// A folder that was begun is not one that a server starts on.
pub(crate) async fn restore(config: &Config, order: &Restore<'_>) -> anyhow::Result<Restored> {
    refuse_full(config)?;
    let vault = vault(config)?;
    if let Vault::Server(_) = &vault {
        outis_people::check_empty(&vault).await.context("the database of members")?;
    }
    let tree = Arc::new(open_present_tree(config, order)?);
    let keys: Arc<dyn Keys> = tree.clone();
    let folder = Folder::open(order.dir, keys.clone())?;
    let backup = chosen(&folder, order.id).await?;
    let manifest = backup.manifest.as_ref().context("this backup does not open under the present keys")?;
    let unfinished = config.data_dir.join(UNFINISHED);
    std::fs::write(&unfinished, [])?;
    std::fs::File::open(&config.data_dir)?.sync_all()?;
    let mut told = or_full(put_back(config, &vault, &folder, &backup, manifest, &keys).await, &config.data_dir)?;
    if let Some(remark) = settle_receipts(config, &keys).await? {
        told.remarks.push(remark);
        // The root was replaced: what was copied before is dead.
        tree.copy_to(&folder.tree()).await.context("the copy of the key tree")?;
    }
    sync_folders(&config.data_dir)?;
    std::fs::remove_file(&unfinished)?;
    std::fs::File::open(&config.data_dir)?.sync_all()?;
    Ok(told)
}

fn refuse_full(config: &Config) -> anyhow::Result<()> {
    make_folder(&config.data_dir).context("the data folder")?;
    for entry in std::fs::read_dir(&config.data_dir)? {
        let name = entry?.file_name();
        if !name.to_str().is_some_and(|name| ALLOWED.contains(&name)) {
            bail!("{} is not empty: move what is there aside, all but `keys` and the slot", config.data_dir.display());
        }
    }
    let slot = config.slot();
    if config.keys.provider == KeysProvider::File && !slot.exists() {
        bail!("there is no slot at {}: set slot_file to where it is; without it nothing opens", slot.display());
    }
    Ok(())
}

/// The tree as it is now: the one that is still in the data folder, or its mirror, or the copy beside the backups.
fn open_present_tree(config: &Config, order: &Restore<'_>) -> anyhow::Result<TreeKeys> {
    let own = config.data_dir.join("keys");
    let mirror = config.keys.mirror_dir.as_deref().filter(|mirror| has_tree(mirror));
    let beside = tree_of(order.dir);
    let source = match order.tree {
        Some(given) => Some(given),
        None if has_tree(&own) => None,
        None => Some(mirror.unwrap_or(&beside)),
    };
    if let Some(source) = source {
        if has_tree(&own) {
            bail!("there is a key tree in {}: move it aside, or leave out --tree", own.display());
        }
        if !has_tree(source) {
            bail!("there is no copy of the key tree in {}: give the newest one with --tree", source.display());
        }
        copy_tree_files(source, &own)?;
    }
    let opened = open_tree(config);
    if opened.is_err() && source.is_some() {
        // So that another copy can be tried.
        let _ = std::fs::remove_dir_all(&own);
    }
    opened.context(
        "the copy of the key tree does not open with this slot; a copy is dead once a key was removed since it was made: \
         give the newest one with --tree (the folder `keys` of the data, or keys.mirror_dir)",
    )
}

fn is_of_tree(name: &str) -> bool {
    ["tree-", "inner-", "leaf-"].iter().any(|kind| name.starts_with(kind))
}

fn has_tree(dir: &Path) -> bool {
    let names = std::fs::read_dir(dir).into_iter().flatten().flatten();
    names.into_iter().any(|entry| entry.file_name().to_str().is_some_and(|name| name.starts_with("tree-")))
}

fn copy_tree_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(is_of_tree) && entry.file_type()?.is_file() {
            copy_file(&entry.path(), &to.join(name)).context("the copy of the key tree")?;
        }
    }
    Ok(())
}

async fn chosen(folder: &Folder, id: Option<&str>) -> anyhow::Result<Backup> {
    let mut backups = folder.backups().await?;
    let at = match id {
        None => backups.iter().rposition(|backup| backup.manifest.is_some()),
        Some(id) => backups.iter().position(|backup| backup.id() == id),
    };
    let at =
        at.context("there is no such backup in the folder that opens; `outis backup list` says which there are")?;
    Ok(backups.swap_remove(at))
}

async fn put_back(
    config: &Config,
    vault: &Vault,
    folder: &Folder,
    backup: &Backup,
    manifest: &Manifest,
    keys: &Arc<dyn Keys>,
) -> anyhow::Result<Restored> {
    let data = &config.data_dir;
    let mut told = Restored {
        id: backup.id().to_owned(),
        made_s: manifest.made_s(),
        files: 0,
        members: 0,
        remarks: Vec::new(),
        damaged: 0,
    };
    for piece in manifest.pieces.iter().filter(|piece| piece.path != RECEIPTS) {
        let to = below(data, &piece.path)?;
        make_folder(to.parent().context("a file lies in a folder")?)?;
        folder.sealed.unseal(&piece.name, &to).await.with_context(|| format!("the piece {}", piece.path))?;
    }
    for path in &manifest.files {
        told.files += usize::from(put_file_back(folder, data, path, &**keys).await?);
    }
    let lost = settle_catalogue(data, keys).await?;
    tell_lost(&lost, &mut told);
    if let Vault::Server(_) = vault {
        move_members(data, vault).await?;
    }
    let kept = outis_people::settle(vault, &**keys).await.context("the database of members")?;
    told.members = kept.members - kept.members % STEP;
    told.remarks.push("whoever was forgotten since is not there: nothing that exists opens their records".to_owned());
    if kept.without_records > 0 {
        told.remarks.push("members who came since are known again when they come, with an empty profile".to_owned());
    }
    if let Some(piece) = manifest.pieces.iter().find(|piece| piece.path == RECEIPTS) {
        unpack(&folder.sealed.get(&piece.name).await.context("the log of receipts")?, &data.join("receipts"))?;
    }
    told.remarks.extend(AS_THEY_WERE.map(str::to_owned));
    Ok(told)
}

/// A backup has members as a file, whichever kind of database they were in.
async fn move_members(data: &Path, vault: &Vault) -> anyhow::Result<()> {
    let file = below(data, PEOPLE)?;
    outis_people::put_back(&file, vault).await.context("the database of members")?;
    std::fs::remove_dir_all(data.join("people")).context("the copy of the database of members")
}

/// False if the file has no key any more, or is not there.
async fn put_file_back(folder: &Folder, data: &Path, path: &str, keys: &dyn Keys) -> anyhow::Result<bool> {
    if !outis_warehouse::has_key(path, keys).await? {
        return Ok(false);
    }
    let (from, to) = (below(&folder.files(), path)?, below(&data.join("warehouse"), path)?);
    match tokio::task::spawn_blocking(move || copy_file(&from, &to)).await? {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).context("a file of the warehouse"),
    }
}

async fn settle_catalogue(data: &Path, keys: &Arc<dyn Keys>) -> anyhow::Result<Lost> {
    let options = SqliteConnectOptions::new().filename(data.join("control.db"));
    let pool = SqlitePool::connect_with(options).await.context("the control database")?;
    let warehouse: PathBuf = data.join("warehouse");
    let settled = async {
        // Who signed out since is not signed in again, and no link or ticket is good once more.
        for table in ["sessions", "invitations", "tickets", "setup_codes"] {
            let there = sqlx::query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").bind(table);
            if there.fetch_optional(&pool).await?.is_some() {
                sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&pool).await?;
            }
        }
        let lost = outis_warehouse::settle(&pool, &**keys, |path| warehouse.join(path).exists()).await;
        lost.context("the catalogue")
    };
    let lost = settled.await;
    pool.close().await;
    lost
}

fn tell_lost(lost: &Lost, told: &mut Restored) {
    let rows = |list: &std::collections::BTreeMap<_, u64>| list.values().sum::<u64>().next_multiple_of(STEP as u64);
    if !lost.replaced.is_empty() {
        told.remarks.push(format!(
            "up to {} rows of {} days of sites are not there: their files were replaced or expired since, and what took \
             their place is not in this backup; of days that had become history, history is there",
            rows(&lost.replaced),
            lost.replaced.len()
        ));
    }
    if !lost.hidden.is_empty() {
        told.remarks.push(format!(
            "up to {} rows of {} days of sites are left out: somebody of these days was forgotten since and may be among \
             them",
            rows(&lost.hidden),
            lost.hidden.len()
        ));
    }
    if lost.waiting > 0 {
        told.remarks.push("values that waited for more people to be told of wait anew".to_owned());
    }
    told.damaged = lost.missing + lost.history;
    if told.damaged > 0 {
        told.remarks.push(format!("{} files should be in this backup and are not: it is damaged", told.damaged));
    }
}

/// The log goes on if nothing was appended to it since. Else it would be continued otherwise than others have seen it: then
/// it is kept as what it was, and a new one begins.
async fn settle_receipts(config: &Config, keys: &Arc<dyn Keys>) -> anyhow::Result<Option<String>> {
    if !config.data_dir.join("receipts").exists() {
        return Ok(None);
    }
    let now = outis_event::Timestamp(Timestamp::now().as_millisecond());
    match Receipts::open(config, keys.clone(), now).await {
        Ok(_) => return Ok(None),
        Err(error) if matches!(error.downcast_ref::<LogError>(), Some(LogError::StateOld)) => {}
        Err(error) => return Err(error),
    }
    let (own, earlier) = (config.data_dir.join("receipts"), config.data_dir.join("receipts-earlier"));
    std::fs::rename(own.join("log"), &earlier).context("the log of receipts")?;
    std::fs::remove_dir_all(&own).context("the log of receipts")?;
    let names = keys.list(Purpose::Receipt).await?;
    keys.remove(&names).await.context("keys of the log of receipts")?;
    Ok(Some(
        "the log of receipts has grown since: it is kept in receipts-earlier, and a new one begins; give it another name \
         with receipt_log_name before the first start, publish both, and say so"
            .to_owned(),
    ))
}
