//! The log as files: reading hashes and entries, making the files of an append, and checking all of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use super::checkpoint::Head;
use super::disk::Disk;
use super::hash::{HASH_BYTES, Hash};
use super::merkle::{Subtrees, root};
use super::note::{MOST_NOTE_BYTES, Note};
use super::receipt::Leaf;
use super::tile::{Kind, TILE_HEIGHT, TILE_WIDTH, Tile, fold, grown, levels, read_hashes, write_hashes};

/// The checkpoint's file.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// A length before each entry.
const LENGTH_BYTES: usize = 2;
const ENTRY_BYTES: usize = LENGTH_BYTES + 32;
/// Most bytes of a tile or bundle.
pub(crate) const MOST_FILE_BYTES: usize = TILE_WIDTH as usize * ENTRY_BYTES;

/// Why the log's files are not the log's.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The file system's error.
    #[error("the log's folder")]
    Io(#[from] io::Error),
    /// A file that the checkpoint needs is not there.
    #[error("the log's file {0} is missing")]
    Missing(String),
    /// A file of another length or form.
    #[error("the log's file {0} is damaged")]
    Damaged(String),
    /// A file does not follow from the entries.
    #[error("the log's file {0} does not fit the entries")]
    Hashes(String),
    /// The files do not make the root that was signed.
    #[error("the log's entries do not make the root of its checkpoint")]
    Root,
}

/// A log's files at one size.
pub(crate) struct Files<'a> {
    disk: &'a dyn Disk,
    size: u64,
    /// Tiles that are not written yet.
    fresh: BTreeMap<Tile, Rc<Vec<Hash>>>,
    read: RefCell<BTreeMap<Tile, Rc<Vec<Hash>>>>,
}

/// Most tiles that are remembered; a proof needs no more.
const MOST_REMEMBERED: usize = 64;

impl<'a> Files<'a> {
    pub(crate) fn new(disk: &'a dyn Disk, size: u64) -> Files<'a> {
        Files { disk, size, fresh: BTreeMap::new(), read: RefCell::default() }
    }

    fn bytes(&self, tile: Tile) -> Result<Vec<u8>, FolderError> {
        let path = tile.to_string();
        if let Some(bytes) = self.disk.read(&path, MOST_FILE_BYTES)? {
            return Ok(bytes);
        }
        // Whoever mirrors a log may have dropped a part of a tile once the whole one was there.
        let whole = Tile { width: TILE_WIDTH, ..tile };
        let mut bytes = self.disk.read(&whole.to_string(), MOST_FILE_BYTES)?.ok_or(FolderError::Missing(path))?;
        let each = if tile.kind == Kind::Entries { ENTRY_BYTES } else { HASH_BYTES };
        bytes.truncate(tile.width as usize * each);
        Ok(bytes)
    }

    fn tile(&self, tile: Tile) -> Result<Rc<Vec<Hash>>, FolderError> {
        let known = self.fresh.get(&tile).cloned().or_else(|| self.read.borrow().get(&tile).cloned());
        if let Some(hashes) = known {
            return Ok(hashes);
        }
        let hashes = read_hashes(tile, &self.bytes(tile)?).ok_or_else(|| FolderError::Damaged(tile.to_string()))?;
        let hashes = Rc::new(hashes);
        let mut read = self.read.borrow_mut();
        if read.len() >= MOST_REMEMBERED {
            read.clear();
        }
        read.insert(tile, hashes.clone());
        Ok(hashes)
    }

    /// The entries of a bundle.
    fn entries(&self, number: u64) -> Result<Vec<Leaf>, FolderError> {
        let Some(bundle) = Tile::in_tree(Kind::Entries, number, self.size) else { return Ok(Vec::new()) };
        let damaged = || FolderError::Damaged(bundle.to_string());
        let bytes = self.bytes(bundle)?;
        let leaves: Option<Vec<Leaf>> = bytes.chunks(ENTRY_BYTES).map(read_entry).collect();
        leaves.filter(|leaves| leaves.len() as u64 == bundle.width).ok_or_else(damaged)
    }

    /// Where this leaf is. Reads the newest entries first.
    pub(crate) fn find(&self, leaf: Leaf) -> Result<Option<u64>, FolderError> {
        for number in (0..self.size.div_ceil(TILE_WIDTH)).rev() {
            if let Some(at) = self.entries(number)?.iter().position(|entry| *entry == leaf) {
                return Ok(Some(number * TILE_WIDTH + at as u64));
            }
        }
        Ok(None)
    }

    /// Hashes every entry anew and compares every file.
    pub(crate) fn check(&self, wanted: Hash) -> Result<(), FolderError> {
        let mut below: Vec<Hash> = Vec::new();
        for level in levels(self.size) {
            let mut whole = Vec::new();
            for tile in grown(Kind::Level(level), 0, self.size) {
                let from = (tile.number * TILE_WIDTH) as usize;
                let hashes: Vec<Hash> = match level {
                    0 => self.entries(tile.number)?.iter().map(|leaf| Hash::leaf(&leaf.0)).collect(),
                    _ => below[from..from + tile.width as usize].to_vec(),
                };
                if *self.tile(tile)? != hashes {
                    return Err(FolderError::Hashes(tile.to_string()));
                }
                if tile.width == TILE_WIDTH {
                    whole.push(fold(&hashes));
                }
            }
            below = whole;
        }
        if root(self, self.size)? == wanted { Ok(()) } else { Err(FolderError::Root) }
    }
}

impl Subtrees for Files<'_> {
    type Error = FolderError;

    fn subtree(&self, level: u32, index: u64) -> Result<Hash, FolderError> {
        let (row, height) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let first = index << height;
        let missing = || FolderError::Missing(CHECKPOINT.to_owned());
        let tile = Tile::in_tree(Kind::Level(row), first / TILE_WIDTH, self.size).ok_or_else(missing)?;
        let (hashes, from) = (self.tile(tile)?, (first % TILE_WIDTH) as usize);
        let within = hashes.get(from..from + (1 << height)).ok_or_else(|| FolderError::Damaged(tile.to_string()))?;
        Ok(fold(within))
    }
}

/// What an append changes.
pub(crate) struct Append {
    pub(crate) head: Head,
    /// Path and content; none of them is in use before the checkpoint of `head` is there.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// The files that a log has after these leaves and has not before.
pub(crate) fn append(disk: &dyn Disk, size: u64, leaves: &[Leaf]) -> Result<Append, FolderError> {
    let before = Files::new(disk, size);
    let grown_size = size + leaves.len() as u64;
    let mut files = Vec::new();
    let mut rows: BTreeMap<Tile, Vec<Hash>> = BTreeMap::new();
    for bundle in grown(Kind::Entries, size, grown_size) {
        let mut entries = if bundle.number == size / TILE_WIDTH { before.entries(bundle.number)? } else { Vec::new() };
        let from = (bundle.number * TILE_WIDTH + entries.len() as u64 - size) as usize;
        entries.extend_from_slice(&leaves[from..from + bundle.width as usize - entries.len()]);
        files.push((bundle.to_string(), entries.iter().flat_map(|leaf| write_entry(*leaf)).collect()));
        let tile = Tile { kind: Kind::Level(0), ..bundle };
        rows.insert(tile, entries.iter().map(|leaf| Hash::leaf(&leaf.0)).collect());
    }
    for level in levels(grown_size).skip(1) {
        for tile in grown(Kind::Level(level), size, grown_size) {
            let children = tile.number * TILE_WIDTH..tile.number * TILE_WIDTH + tile.width;
            let hash = |number: u64| {
                let child = Tile { kind: Kind::Level(level - 1), number, width: TILE_WIDTH };
                rows.get(&child).map_or_else(|| before.tile(child).map(|old| fold(&old)), |new| Ok(fold(new)))
            };
            let hashes: Vec<Hash> = children.map(hash).collect::<Result<_, FolderError>>()?;
            rows.insert(tile, hashes);
        }
    }
    files.extend(rows.iter().map(|(tile, hashes)| (tile.to_string(), write_hashes(hashes))));
    let fresh = rows.into_iter().map(|(tile, hashes)| (tile, Rc::new(hashes))).collect();
    let after = Files { fresh, ..Files::new(disk, grown_size) };
    Ok(Append { head: Head { size: grown_size, root: root(&after, grown_size)? }, files })
}

/// The checkpoint's note, if there is one.
pub(crate) fn read_checkpoint(disk: &dyn Disk) -> Result<Option<Note>, FolderError> {
    match disk.read(CHECKPOINT, MOST_NOTE_BYTES)? {
        None => Ok(None),
        Some(bytes) => Ok(Some(Note::parse(&bytes).map_err(|_| FolderError::Damaged(CHECKPOINT.to_owned()))?)),
    }
}

fn read_entry(bytes: &[u8]) -> Option<Leaf> {
    let (length, entry) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let entry: [u8; 32] = entry.try_into().ok()?;
    (usize::from(u16::from_be_bytes(*length)) == entry.len()).then_some(Leaf(entry))
}

fn write_entry(leaf: Leaf) -> [u8; ENTRY_BYTES] {
    let mut bytes = [0; ENTRY_BYTES];
    bytes[1] = 32;
    bytes[LENGTH_BYTES..].copy_from_slice(&leaf.0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipts::disk::put;
    use crate::receipts::disk::sim::Machine;
    use crate::receipts::merkle::{consistency, extends, includes, inclusion};

    fn leaves(from: u64, count: u64) -> Vec<Leaf> {
        (from..from + count).map(|i| Leaf(Hash::leaf(&i.to_le_bytes()).0)).collect()
    }

    fn grow(machine: &Machine, head: Head, count: u64) -> Head {
        let disk = machine.folder("log");
        let append = append(&*disk, head.size, &leaves(head.size, count)).expect("append");
        append.files.iter().for_each(|(path, bytes)| put(&*disk, path, bytes).expect("written"));
        append.head
    }

    #[test]
    fn a_log_grown_in_steps_is_the_log_grown_at_once() {
        // Past one whole tile of level 1 (65,536 leaves), in uneven steps.
        let stepwise = Machine::default();
        let mut heads = vec![Head::empty()];
        for count in [1, 7, 248, 256, 300, 4096, 60_000, 1, 2000] {
            heads.push(grow(&stepwise, heads[heads.len() - 1], count));
        }
        let last = heads[heads.len() - 1];
        let at_once = Machine::default();
        assert_eq!(grow(&at_once, Head::empty(), last.size), last);
        let (all, some) = (stepwise.files("log"), at_once.files("log"));
        assert!(some.iter().all(|(path, bytes)| all.get(path) == Some(bytes)));
        let disk = stepwise.folder("log");
        for head in &heads {
            Files::new(&*disk, head.size).check(head.root).expect("every earlier log is still there");
        }
        let files = Files::new(&*disk, last.size);
        for old in &heads[1..] {
            let path = consistency(&files, old.size, last.size).expect("proof");
            assert!(extends((old.size, old.root), (last.size, last.root), &path));
        }
        for index in [0, 1, 255, 256, 65_535, 65_536, last.size - 1] {
            let leaf = leaves(index, 1)[0];
            assert_eq!(files.find(leaf).expect("read"), Some(index));
            let path = inclusion(&files, index, last.size).expect("proof");
            assert!(includes(Hash::leaf(&leaf.0), index, last.size, last.root, &path));
        }
        assert_eq!(files.find(Leaf([0; 32])).expect("read"), None);
    }

    #[test]
    fn a_missing_or_changed_file_is_found() {
        let machine = Machine::default();
        let head = grow(&machine, Head::empty(), 600);
        let files = machine.files("log");
        for (path, bytes) in &files {
            let mut without = files.clone();
            without.remove(path);
            machine.replace("log", &without);
            assert!(Files::new(&*machine.folder("log"), head.size).check(head.root).is_err(), "{path}");
            for at in [0, bytes.len() / 2, bytes.len() - 1] {
                let mut changed = files.clone();
                changed.get_mut(path).expect("file")[at] ^= 1;
                machine.replace("log", &changed);
                assert!(Files::new(&*machine.folder("log"), head.size).check(head.root).is_err(), "{path}");
            }
        }
        machine.replace("log", &files);
        Files::new(&*machine.folder("log"), head.size).check(head.root).expect("the control");
    }
}
