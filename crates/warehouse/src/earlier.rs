//! An earlier state of the catalogue: what it lists, and what of that is left.

use std::collections::{BTreeMap, BTreeSet};

use object_store::path::Path;
use outis_event::{Day, SiteId};
use outis_insight::history::Span;
use outis_keys::Keys;
use sqlx::SqlitePool;

use crate::catalogue::{Catalogue, Change};
use crate::forget::marked;
use crate::{FileId, WarehouseError};

/// What an earlier state of the catalogue listed and has no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Rows by site and day whose files were replaced or expired since, so that their keys are destroyed.
    pub replaced: BTreeMap<(SiteId, Day), u64>,
    /// Rows by site and day that are left out because somebody of that day was forgotten since, and the rewritten rows
    /// are not in this state.
    pub hidden: BTreeMap<(SiteId, Day), u64>,
    /// Files of what waits to be released.
    pub waiting: usize,
    /// Files of released history: none, unless files are missing or keys were lost.
    pub history: usize,
    /// Files that were not brought along although they have a key: the copy is damaged.
    pub missing: usize,
}

/// The paths of all files that the catalogue in this database lists.
///
/// # Errors
/// When the database cannot be read or is of another version.
pub async fn listed(catalogue: &SqlitePool) -> Result<Vec<String>, WarehouseError> {
    Ok(crate::catalogue::paths(catalogue).await?.into_iter().map(String::from).collect())
}

/// Whether a file still has its key.
///
/// # Errors
/// When the path names no sealed file, or the key tree fails.
pub async fn has_key(path: &str, keys: &dyn Keys) -> Result<bool, WarehouseError> {
    Ok(keys.get(FileId::of(&Path::from(path))?.key_name()).await?.is_some())
}

/// Takes out of a catalogue that was put back whatever nobody may see or open any more: files without a key, files that
/// are not `there`, and rows of days of which something is hidden that this catalogue may not know of. To be called
/// before the warehouse is opened.
///
/// # Errors
/// When catalogue or key tree fail: nothing is changed then.
pub async fn settle(
    catalogue: &SqlitePool,
    keys: &dyn Keys,
    there: impl Fn(&str) -> bool,
) -> Result<Lost, WarehouseError> {
    let opened = Catalogue::open(catalogue.clone(), keys).await?;
    let (contents, marked) = (opened.load().await?, marked(keys).await?);
    let (mut lost, mut change) = (Lost::default(), Change::default());
    let mut dead = BTreeSet::new();
    for path in listed(catalogue).await? {
        let has_key = has_key(&path, keys).await?;
        if !has_key || !there(&path) {
            lost.missing += usize::from(has_key);
            dead.insert(Path::from(path));
        }
    }
    // A day that is history is answered from there, better than from a part of its rows.
    let is_history = |(site, day)| contents.closed.contains(&(site, Span::Day, day));
    let dead_files = contents.files.iter().filter(|file| dead.contains(&file.path));
    let broken: BTreeSet<_> = dead_files.map(|f| (f.site, f.day)).filter(|day| is_history(*day)).collect();
    for file in &contents.files {
        let day = (file.site, file.day);
        let is_dead = dead.contains(&file.path) || broken.contains(&day);
        if is_dead || marked.contains(&day) {
            let list = if is_dead { &mut lost.replaced } else { &mut lost.hidden };
            *list.entry(day).or_default() += file.rows;
            change.remove.push(file.path.clone());
        }
    }
    for file in contents.cells.iter().filter(|file| dead.contains(&file.path)) {
        *(if file.waiting { &mut lost.waiting } else { &mut lost.history }) += 1;
        change.remove_cells.push(file.path.clone());
    }
    let days: BTreeSet<(SiteId, Day)> = lost.replaced.keys().chain(lost.hidden.keys()).copied().collect();
    // Counts are of all closed files of their day.
    let counts = contents.counts.iter();
    let counts = counts.filter(|f| dead.contains(&f.path) || days.contains(&(f.subject.site, f.subject.day)));
    change.remove_counts = counts.map(|file| file.path.clone()).collect();
    let links = contents.links.iter().filter(|file| dead.contains(&file.path));
    change.remove_links = links.map(|file| file.path.clone()).collect();
    let pieces = contents.hidden.iter().filter(|file| dead.contains(&file.path));
    change.remove_hidden = pieces.map(|file| file.path.clone()).collect();
    let rosters = contents.rosters.iter();
    let is_gone = |day: &(SiteId, Day)| lost.hidden.contains_key(day) || broken.contains(day);
    let rosters = rosters.filter(|f| dead.contains(&f.path) || is_gone(&(f.site, f.day)));
    change.remove_rosters = rosters.map(|file| file.path.clone()).collect();
    opened.commit(&change).await?;
    Ok(lost)
}
