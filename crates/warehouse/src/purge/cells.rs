//! Changing history: cells that tell of what is purged, and what waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStoreExt;
use outis_event::{Day, Dimension, SiteId, Space, Term};
use outis_insight::history::{Cell, Entry, Family, Keys, Place, Rule, Seen, Span};
use outis_insight::{Group, Parts, VisitField};

use super::{Gone, Rewrite};
use crate::WarehouseError;
use crate::catalogue::{CellFile, Change};
use crate::files::{ReadError, WriteError};
use crate::history::table::{read_all_cells, read_entries, write_cells, write_entries};
use crate::warehouse::Inner;

/// What a file becomes.
struct Changed {
    bytes: Option<Bytes>,
    /// Cells that are taken out.
    cells: usize,
    /// It is of a week or period that lies in the purged days only in part.
    in_part: bool,
}

impl Inner {
    /// Rewrites the files of history that a purge touches. Gives how many cells went, and how many weeks and periods of
    /// which only a part was asked about.
    pub(super) async fn rewrite_cells(
        &self,
        site: SiteId,
        rewrite: &Arc<Rewrite>,
    ) -> Result<(usize, usize), WarehouseError> {
        let (mut cells, mut in_part) = (0, 0);
        for file in self.cell_files(site) {
            let Some(changed) = self.changed(&file, rewrite).await? else { continue };
            cells += changed.cells;
            in_part += usize::from(changed.in_part);
            self.replace_cells(&file, changed.bytes).await?;
        }
        Ok((cells, in_part))
    }

    /// The same without changing anything.
    pub(super) async fn look_at_cells(
        &self,
        site: SiteId,
        rewrite: &Rewrite,
    ) -> Result<(usize, usize), WarehouseError> {
        let (mut cells, mut in_part) = (0, 0);
        for file in self.cell_files(site) {
            if let Some(changed) = self.changed(&file, rewrite).await? {
                cells += changed.cells;
                in_part += usize::from(changed.in_part);
            }
        }
        Ok((cells, in_part))
    }

    fn cell_files(&self, site: SiteId) -> Vec<Arc<CellFile>> {
        self.state.lock().cells.iter().filter(|file| file.site == site).cloned().collect()
    }

    /// What a file becomes; `None` if nothing of it is purged.
    async fn changed(&self, file: &CellFile, rewrite: &Rewrite) -> Result<Option<Changed>, WarehouseError> {
        let bytes = self.store.get(&file.path).await?.bytes().await?;
        if file.waiting {
            let entries = read_entries(bytes).map_err(ReadError::from)?;
            let Some(left) = entries_left(rewrite, entries) else { return Ok(None) };
            let bytes = match left.is_empty() {
                true => None,
                false => Some(write_entries(&left).map_err(WriteError::from)?.into()),
            };
            return Ok(Some(Changed { bytes, cells: 0, in_part: false }));
        }
        let cells = read_all_cells(bytes, file.span, file.first).map_err(ReadError::from)?;
        let in_part = rewrite.gone.as_ref().is_some_and(|gone| lies_in_part(gone, file));
        let Some((left, gone)) = cells_left(rewrite, file, cells) else { return Ok(None) };
        let bytes = match left.is_empty() {
            true => None,
            false => Some(write_cells(&left).map_err(WriteError::from)?.into()),
        };
        Ok(Some(Changed { bytes, cells: gone, in_part }))
    }

    /// Puts a file in the place of another, or nothing, and destroys the old one with its key.
    async fn replace_cells(&self, old: &CellFile, bytes: Option<Bytes>) -> Result<(), WarehouseError> {
        let mut change = Change { remove_cells: vec![old.path.clone()], ..Change::default() };
        if let Some(bytes) = bytes {
            let new = CellFile { path: self.new_cell_path(old.site)?, bytes: bytes.len() as u64, ..old.clone() };
            change.add_cells.push(new.clone());
            if let Err(error) = self.store.put(&new.path, bytes.into()).await {
                self.discard_cells(&change.add_cells).await;
                return Err(error.into());
            }
        }
        if let Err(error) = self.catalogue.commit(&change).await {
            // Only what is certainly not listed may be destroyed.
            if self.catalogue.lists_cells(&old.path).await.unwrap_or(false) {
                self.discard_cells(&change.add_cells).await;
            }
            return Err(error.into());
        }
        {
            let mut state = self.state.lock();
            state.cells.retain(|file| !change.remove_cells.contains(&file.path));
            state.cells.extend(change.add_cells.into_iter().map(Arc::new));
        }
        self.doomed.lock().extend(change.remove_cells);
        self.destroy_doomed().await
    }
}

/// True if the span of a file is asked about, but not all of its days.
fn lies_in_part(gone: &Gone, file: &CellFile) -> bool {
    gone.days.is_some_and(|(from, to)| {
        let (first, last) = (file.first, file.span.last(file.first));
        first <= to && from <= last && !(from <= first && last <= to)
    })
}

/// True if some day of the span is asked about.
fn overlaps(gone: &Gone, file: &CellFile) -> bool {
    gone.days.is_none_or(|(from, to)| file.first <= to && from <= file.span.last(file.first))
}

/// What is left of the cells of a file and how many are taken out; `None` if none is.
fn cells_left(rewrite: &Rewrite, file: &CellFile, cells: Vec<Cell>) -> Option<(Vec<Cell>, usize)> {
    let is_asked = rewrite.gone.as_ref().filter(|gone| overlaps(gone, file));
    let (mut left, mut gone, mut folded) = (Vec::with_capacity(cells.len()), Vec::new(), Vec::new());
    let mut families: BTreeSet<[u32; 2]> = BTreeSet::new();
    for cell in cells {
        families.insert(cell.family.codes());
        if is_asked.is_some_and(|asked| is_about(asked, &cell)) || is_of_struck_property(rewrite, cell.family) {
            gone.push(cell);
        } else if is_struck(rewrite, &cell) {
            folded.push(cell);
        } else {
            left.push(cell);
        }
    }
    let taken = gone.len() + folded.len();
    if taken == 0 {
        return None;
    }
    // Of weeks and periods what is not told is in `(other)` of their days already.
    if file.span == Span::Day {
        folded.iter().for_each(|cell| fold(&mut left, cell));
        families
            .iter()
            .filter_map(|codes| Family::of_codes(*codes))
            .for_each(|family| keep_track(&mut left, family, file));
    }
    Some((left, taken))
}

/// Adds what a cell told to what is not told of its family.
fn fold(left: &mut Vec<Cell>, cell: &Cell) {
    // What is left of sets, and of visits to a page, follows from other cells: only that something is not told is kept.
    let adds = !matches!(cell.family.rule(), Rule::Set | Rule::Ways);
    let parts = if adds { cell.parts } else { Parts::default() };
    let is_other = |other: &&mut Cell| other.family == cell.family && matches!(other.place, Place::Other(_));
    match left.iter_mut().find(is_other) {
        Some(Cell { place: Place::Other(values), parts: all, .. }) => {
            *values = values.saturating_add(1);
            all.add(&parts);
        }
        _ => left.push(Cell { place: Place::Other(1), parts, ..*cell }),
    }
}

/// That a family was kept on a day stays known, though nothing of it is left.
fn keep_track(left: &mut Vec<Cell>, family: Family, file: &CellFile) {
    if left.iter().any(|cell| cell.family == family) {
        return;
    }
    let place = if family == Family::SITE { Place::Values([Term::NONE; 2]) } else { Place::Other(0) };
    left.push(Cell { family, span: file.span, first: file.first, place, parts: Parts::default() });
}

/// True if a cell tells of the events that are taken out: of all of them by something that each condition is about.
fn is_about(gone: &Gone, cell: &Cell) -> bool {
    if gone.is_everything() {
        return true;
    }
    let Place::Values(keys) = cell.place else { return false };
    is_about_keys(gone, cell.family, &keys)
}

fn is_about_keys(gone: &Gone, family: Family, keys: &Keys) -> bool {
    let groups = family.values();
    let has = |wanted: &Option<Vec<Term>>, space: Space| match wanted {
        Some(terms) => {
            groups.iter().zip(keys).any(|(group, key)| space_of(*group) == Some(space) && terms.contains(key))
        }
        None => true,
    };
    let space = |dimension| Space::of(dimension);
    gone.is_everything()
        || has(&gone.events, space(Dimension::Event))
            && has(&gone.pages, space(Dimension::Page))
            && has(&gone.channels, space(Dimension::Channel))
}

/// True if a cell has a word that is struck.
fn is_struck(rewrite: &Rewrite, cell: &Cell) -> bool {
    let Place::Values(keys) = cell.place else { return false };
    (0..keys.len()).any(|at| is_struck_at(rewrite, cell.family, &keys, at))
}

fn is_struck_at(rewrite: &Rewrite, family: Family, keys: &Keys, at: usize) -> bool {
    let space = family.values().get(at).and_then(|group| space_of(*group));
    space.is_some_and(|space| rewrite.strikes(space, keys[at]))
}

fn is_of_struck_property(rewrite: &Rewrite, family: Family) -> bool {
    let is_struck = |group: &Group| matches!(group, Group::Property(key) if rewrite.strikes(Space::PROPERTY, *key));
    family.values().iter().any(is_struck)
}

/// What waits afterwards; `None` if it is the same. What is purged waits on as `(rare)`, for it is in sums that were
/// released; below a value that is purged nothing is told any more.
fn entries_left(rewrite: &Rewrite, entries: Vec<(Family, Entry)>) -> Option<Vec<(Family, Entry)>> {
    let mut changed = false;
    let mut left: BTreeMap<([u32; 2], Day, Keys), (Family, Entry)> = BTreeMap::new();
    for (family, mut entry) in entries {
        let is_asked = rewrite.gone.as_ref().filter(|gone| gone.has_day(entry.day));
        if is_asked.is_some_and(Gone::is_everything) || is_of_struck_property(rewrite, family) {
            changed = true;
            continue;
        }
        let is_purged = |at: usize| {
            is_struck_at(rewrite, family, &entry.keys, at)
                || is_asked.is_some_and(|gone| {
                    let space = family.values().get(at).and_then(|group| space_of(*group));
                    is_named(gone, space, entry.keys[at]) && is_about_keys(gone, family, &entry.keys)
                })
        };
        let purged = [is_purged(0), is_purged(1)];
        if purged.contains(&true) {
            changed = true;
            if purged[0] && family.rule() == Rule::Within {
                continue;
            }
            (0..2).filter(|at| purged[*at]).for_each(|at| entry.keys[at] = Term::RARE);
            // A person has another bit in another cell.
            entry.seen = Seen::default();
        }
        let key = (family.codes(), entry.day, entry.keys);
        match left.get_mut(&key) {
            Some((_, known)) => join(known, &entry),
            None => _ = left.insert(key, (family, entry)),
        }
    }
    changed.then(|| left.into_values().collect())
}

/// True if a condition of the purge names this value.
fn is_named(gone: &Gone, space: Option<Space>, term: Term) -> bool {
    let of = |dimension: Dimension, terms: &Option<Vec<Term>>| {
        space == Some(Space::of(dimension)) && terms.as_ref().is_some_and(|terms| terms.contains(&term))
    };
    of(Dimension::Event, &gone.events) || of(Dimension::Page, &gone.pages) || of(Dimension::Channel, &gone.channels)
}

/// Two counts of the same day become one. Who is behind both may be the same persons, so the more of them hold.
fn join(known: &mut Entry, entry: &Entry) {
    known.parts.add(&entry.parts);
    known.persons = known.persons.max(entry.persons);
    known.own = known.own.saturating_add(entry.own);
    if known.seen == Seen::default() {
        known.seen = entry.seen;
    }
}

/// The words that a group's terms are of.
fn space_of(group: Group) -> Option<Space> {
    match group {
        Group::Dimension(dimension) => Some(dimension.into()),
        Group::Visit(VisitField::EntryPage | VisitField::ExitPage) => Some(Dimension::Page.into()),
        Group::Visit(VisitField::EntryHostname | VisitField::ExitHostname) => Some(Dimension::Hostname.into()),
        Group::Language => Some(Space::LANGUAGE),
        Group::Tag => Some(Space::TAG),
        Group::Property(key) => Some(Space::values_of(key)),
        Group::Time(_) => None,
    }
}
