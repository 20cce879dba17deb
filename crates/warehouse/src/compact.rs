//! Rewriting the rows of a day: small files into one, or a closed day into rows without clock and origin.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_lc_rs::hmac;
use object_store::path::Path;
use outis_event::{Day, Dimension, Flags, SiteId};

use crate::WarehouseError;
use crate::catalogue::FileEntry;
use crate::evaluate::Partition;
use crate::files::{ClosedWriter, Column, FileWriter, GROUP_ROWS, Kind, ReadError, Reader, WriteError};
use crate::flush::Encoded;
use crate::forget::{Closed, HiddenDay};
use crate::merge::Merge;
use crate::purge::Rewrite;
use crate::rows::{Place, Rows, place};
use crate::{Batch, Columns};

/// Merges small files into one of the next level, without rows that the partition hides.
pub(crate) fn merge(
    reader: &Reader,
    partition: &Partition,
    site: SiteId,
    path: Path,
) -> Result<Encoded, WarehouseError> {
    let columns = columns(reader, partition, Kind::Small)?;
    let mut file = FileWriter::new(columns, partition.day)?;
    let mut merge = partition.merge(reader, Columns::ALL)?;
    let mut waiting = Rows::none();
    let mut count = 0;
    while let Some(rows) = merge.next()? {
        let rows = partition.seen(rows);
        count += rows.len() as u64;
        waiting = waiting.and(rows);
        if waiting.len() >= GROUP_ROWS / 2 {
            file.group(&waiting, 0..waiting.len())?;
            waiting = Rows::none();
        }
    }
    if waiting.len() > 0 {
        file.group(&waiting, 0..waiting.len())?;
    }
    let files = || partition.files.iter();
    let entry = FileEntry {
        path,
        site,
        day: partition.day,
        kind: Kind::Small,
        level: files().map(|f| f.level).max().unwrap_or(0).saturating_add(1),
        rows: count,
        visitors: 0,
        from: files().map(|f| f.from).min().unwrap_or(0),
        to: files().map(|f| f.to).max().unwrap_or(0),
        bytes: 0,
    };
    Ok(encoded(entry, file.finish()?))
}

/// A closed day being rewritten. Visitors are put in the order of a keyed hash whose key exists only in here, and
/// numbered by their rank: no number before leads to one behind.
pub(crate) struct Compaction {
    partition: Partition,
    order: hmac::Key,
    passes: u64,
    /// Numbers stay as they are.
    keeps_numbers: bool,
}

/// What a pass made.
pub(crate) struct Passed {
    pub(crate) encoded: Encoded,
    /// By the number before, the new numbers of visitors that are linked or members.
    pub(crate) of_linked: HashMap<u64, u64>,
}

/// The new numbers of a day's visitors. Only those of members and of visitors that are linked are remembered, for roster
/// and link file.
pub(crate) struct Numbering {
    number: u64,
    linked: Arc<HashSet<u64>>,
    of_linked: HashMap<u64, u64>,
}

impl Numbering {
    /// Numbers behind `numbered`.
    pub(crate) fn new(numbered: u64, linked: Arc<HashSet<u64>>) -> Numbering {
        Numbering { number: numbered, linked, of_linked: HashMap::new() }
    }

    fn renumber(&mut self, rows: &mut Rows, keeps_numbers: bool) {
        let mut before = 0;
        let Batch { visitor, flags, .. } = &mut rows.batch;
        for (row, visitor) in visitor.iter_mut().enumerate().filter(|(_, visitor)| **visitor != 0) {
            if *visitor != before {
                before = *visitor;
                self.number += 1;
                let is_member = flags.get(row).is_some_and(|flags| flags.has(Flags::MEMBER));
                if is_member || self.linked.contains(&before) {
                    self.of_linked.insert(before, if keeps_numbers { before } else { self.number });
                }
            }
            if !keeps_numbers {
                *visitor = self.number;
            }
        }
    }
}

/// The rows of one visitor in one of the blocks read.
struct Run {
    rank: u64,
    block: u32,
    start: usize,
    end: usize,
}

/// The rows of one pass: blocks that hold them, those of nobody, and those of each visitor.
#[derive(Default)]
struct Picked {
    blocks: Vec<Rows>,
    nobody: Vec<Place>,
    runs: Vec<Run>,
}

impl Compaction {
    /// Rewrites the files in this many passes, each holding about that part of the rows in memory.
    pub(crate) fn new(
        day: Day,
        files: Vec<Arc<FileEntry>>,
        hidden: Arc<HiddenDay>,
        passes: u64,
        keeps_numbers: bool,
    ) -> Result<Compaction, WarehouseError> {
        let mut key = [0; 32];
        aws_lc_rs::rand::fill(&mut key).map_err(|_| outis_keys::KeyError::Random)?;
        let partition = Partition { hidden: Some(hidden), ..Partition::of_files(day, files) };
        let order = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Ok(Compaction { partition, order, passes: passes.max(1), keeps_numbers })
    }

    pub(crate) fn passes(&self) -> u64 {
        self.passes
    }

    /// The file of one pass and the new numbers of visitors that are linked; `None` if no row falls into it.
    pub(crate) fn pass(
        &self,
        reader: &Reader,
        pass: u64,
        site: SiteId,
        path: Path,
        mut numbering: Numbering,
    ) -> Result<Option<Passed>, WarehouseError> {
        let Picked { blocks, nobody, mut runs } = self.pick(self.partition.merge(reader, Columns::ALL)?, pass)?;
        if nobody.is_empty() && runs.is_empty() {
            return Ok(None);
        }
        runs.sort_unstable_by_key(|run| run.rank);
        let blocks: Vec<&Rows> = blocks.iter().collect();
        let columns = columns(reader, &self.partition, Kind::Closed)?;
        let mut file = ClosedWriter::new(columns, self.partition.day).map_err(WriteError::from)?;
        let mut out = Out {
            file: &mut file,
            blocks: &blocks,
            waiting: Vec::new(),
            numbering: &mut numbering,
            keeps_numbers: self.keeps_numbers,
        };
        for row in &nobody {
            out.add([*row])?;
        }
        for run in &runs {
            out.add((run.start..run.end).map(|row| place(run.block, row)))?;
        }
        out.write()?;
        let entry = FileEntry {
            path,
            site,
            day: self.partition.day,
            kind: Kind::Closed,
            level: 0,
            rows: runs.iter().map(|r| (r.end - r.start) as u64).sum::<u64>() + nobody.len() as u64,
            visitors: runs.len() as u64,
            // Everything of it may be seen; when it came is told no longer.
            from: 0,
            to: 0,
            bytes: 0,
        };
        let encoded = encoded(entry, file.finish());
        Ok(Some(Passed { encoded, of_linked: numbering.of_linked }))
    }

    /// Reads the day and keeps the rows of a pass.
    fn pick(&self, mut merge: Merge, pass: u64) -> Result<Picked, ReadError> {
        let Picked { mut blocks, mut nobody, mut runs } = Picked::default();
        let mut of_nobody = 0;
        while let Some(rows) = merge.next()? {
            let rows = self.partition.seen(rows).into_visits();
            let block = u32::try_from(blocks.len()).expect("few blocks");
            let mut kept: Vec<Place> = Vec::new();
            let mut start = 0;
            while start < rows.len() {
                let visitor = rows.batch.visitor[start];
                let mut end = start + 1;
                while visitor != 0 && end < rows.len() && rows.batch.visitor[end] == visitor {
                    end += 1;
                }
                let rank = self.rank(visitor);
                if visitor == 0 && of_nobody % self.passes == pass {
                    nobody.push(place(block, kept.len()));
                    kept.push(place(0, start));
                } else if visitor != 0 && self.pass_of(rank) == pass {
                    runs.push(Run { rank, block, start: kept.len(), end: kept.len() + end - start });
                    kept.extend((start..end).map(|row| place(0, row)));
                }
                of_nobody += u64::from(visitor == 0);
                start = end;
            }
            blocks.push(if kept.len() == rows.len() { rows } else { Rows::gather(&[&rows], &kept) });
        }
        nobody.sort_by_key(|p| content(&blocks[p.source as usize], p.row as usize));
        Ok(Picked { blocks, nobody, runs })
    }

    fn rank(&self, visitor: u64) -> u64 {
        if visitor == 0 {
            return 0;
        }
        let tag = hmac::sign(&self.order, &visitor.to_le_bytes());
        u64::from_le_bytes(tag.as_ref()[..8].try_into().expect("a tag has 32 bytes"))
    }

    fn pass_of(&self, rank: u64) -> u64 {
        u64::try_from((u128::from(rank) * u128::from(self.passes)) >> 64).expect("below the number of passes")
    }
}

/// Rows of nobody are put in an order that says nothing about when they came.
fn content(rows: &Rows, row: usize) -> impl Ord + use<> {
    let b = &rows.batch;
    let term = |d: Dimension| b.terms[d.index()].get(row).copied();
    (b.slot.get(row).copied(), term(Dimension::Event), term(Dimension::Page), term(Dimension::Source))
}

/// Row groups being put together out of whole visitors.
struct Out<'a> {
    file: &'a mut ClosedWriter,
    blocks: &'a [&'a Rows],
    waiting: Vec<Place>,
    numbering: &'a mut Numbering,
    keeps_numbers: bool,
}

impl Out<'_> {
    fn add(&mut self, run: impl IntoIterator<Item = Place>) -> Result<(), WarehouseError> {
        self.waiting.extend(run);
        if self.waiting.len() >= GROUP_ROWS { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), WarehouseError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut rows = Rows::gather(self.blocks, &self.waiting);
        self.waiting.clear();
        self.numbering.renumber(&mut rows, self.keeps_numbers);
        self.file.group(&rows).map_err(WriteError::from)?;
        Ok(())
    }
}

/// A file without some visitors.
pub(crate) enum Without {
    /// It stays as it is.
    Same,
    /// What is left, perhaps nothing.
    Rest(Encoded),
}

/// Rewrites a closed file without the rows of some visitors. Others have the numbers that they have without them.
pub(crate) fn without(
    reader: &Reader,
    entry: &FileEntry,
    path: Path,
    gone: &HashSet<u64>,
    numbers: &Closed,
) -> Result<Without, WarehouseError> {
    let mut there = reader.closed(entry, Columns::default())?;
    let (mut found, mut moves) = (HashSet::<u64>::new(), false);
    while let Some(rows) = there.next()? {
        let visitors = rows.visitors();
        moves |= visitors.iter().any(|visitor| numbers.of(*visitor) != *visitor);
        found.extend(visitors.intersection(gone));
    }
    if found.is_empty() && !moves {
        return Ok(Without::Same);
    }
    let mut rest = reader.closed(entry, Columns::ALL)?;
    let mut file = ClosedWriter::new(rest.columns(), entry.day).map_err(WriteError::from)?;
    let mut left = 0;
    while let Some(rows) = rest.next()? {
        let rows = rows.without(gone).renumbered(|number| numbers.of(number));
        if rows.len() > 0 {
            file.group(&rows).map_err(WriteError::from)?;
            left += rows.len() as u64;
        }
    }
    let visitors = entry.visitors.saturating_sub(found.len() as u64);
    Ok(Without::Rest(encoded(FileEntry { path, rows: left, visitors, ..entry.clone() }, file.finish())))
}

/// Rewrites a closed file as a purge makes it, perhaps without any row. Who is left keeps their numbers.
pub(crate) fn rewritten(
    reader: &Reader,
    entry: &FileEntry,
    path: Path,
    rewrite: &Rewrite,
) -> Result<Encoded, WarehouseError> {
    let mut rest = reader.closed(entry, Columns::ALL)?;
    let mut file = ClosedWriter::new(rest.columns(), entry.day).map_err(WriteError::from)?;
    let mut left = 0;
    while let Some(rows) = rest.next()? {
        let rows = rewrite.apply(rows);
        if rows.len() > 0 {
            file.group(&rows).map_err(WriteError::from)?;
            left += rows.len() as u64;
        }
    }
    Ok(encoded(FileEntry { path, rows: left, ..entry.clone() }, file.finish()))
}

/// A file of a day all of whose visitors were forgotten: without it the day would seem to have expired.
pub(crate) fn nothing(site: SiteId, day: Day, path: Path) -> Result<Encoded, WarehouseError> {
    let file = ClosedWriter::new(Vec::new(), day).map_err(WriteError::from)?;
    let entry =
        FileEntry { path, site, day, kind: Kind::Closed, level: 0, rows: 0, visitors: 0, from: 0, to: 0, bytes: 0 };
    Ok(encoded(entry, file.finish()))
}

/// The columns that some file has, as a file of this kind has them.
fn columns(reader: &Reader, partition: &Partition, kind: Kind) -> Result<Vec<Column>, ReadError> {
    let mut found: Vec<Column> = vec![Column::Since];
    for file in &partition.files {
        found.extend(reader.open(file, Columns::ALL)?.columns());
    }
    Ok(Column::of(kind).into_iter().filter(|c| found.contains(c)).collect())
}

fn encoded(mut entry: FileEntry, bytes: Vec<u8>) -> Encoded {
    entry.bytes = bytes.len() as u64;
    Encoded { entry, bytes: bytes.into() }
}
