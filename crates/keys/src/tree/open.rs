//! Reading a tree: nothing is written here.

use std::collections::BTreeSet;
use std::io;

use crate::disk::Disk;
use crate::key::KeyError;
use crate::slot::Root;
use crate::tree::batch;
use crate::tree::format::{
    BucketPlace, Entries, FileName, INNERS, LEAVES, LEAVES_PER_INNER, RootKeys, TreeFile, VERSION, Wrapped,
    check_version,
};

/// Everything a tree says at one epoch.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) root: Root,
    /// When this root came, in seconds since 1970; 0 if that is not known.
    pub(crate) replaced_s: u64,
    pub(crate) inners: Vec<Option<Wrapped>>,
    pub(crate) leaves: Vec<Option<Wrapped>>,
    pub(crate) young: Entries,
    pub(crate) settled: Vec<Entries>,
    /// Batches in the tree file, where the next one goes, how long the file is, whether nothing may be appended to it.
    pub(crate) batches: u32,
    pub(crate) end: usize,
    pub(crate) file_bytes: usize,
    pub(crate) full: bool,
}

/// What lies in the folder and in the slot.
#[derive(Debug)]
pub(crate) enum Found {
    /// Neither tree nor root, or a tree without keys whose making was interrupted.
    Fresh,
    /// A tree that one of the slot's roots opens.
    Tree(Box<Opened>),
}

/// The tree's files in a folder.
pub(crate) fn files(disk: &dyn Disk) -> io::Result<BTreeSet<FileName>> {
    Ok(disk.list()?.iter().filter_map(|name| FileName::parse(name)).collect())
}

/// Opens the tree with one of these roots, the first that fits.
pub(crate) fn open(disk: &dyn Disk, roots: &[Root]) -> Result<Found, KeyError> {
    let files = files(disk)?;
    for name in files.iter().filter(|f| matches!(f, FileName::Tree { .. })) {
        // Other faults matter only in the file that belongs to the root.
        if let Err(KeyError::Version) = check_version(&disk.read(&name.to_string())?) {
            return Err(KeyError::Version);
        }
    }
    if roots.is_empty() {
        return if fresh(disk, &files)? { Ok(Found::Fresh) } else { Err(KeyError::WrongSlot) };
    }
    if files.is_empty() {
        return Err(KeyError::Damaged("there is a root and no tree"));
    }
    let mut failure = None;
    for root in roots {
        match open_with(disk, &files, root) {
            Ok(opened) => return Ok(Found::Tree(Box::new(opened))),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    Err(failure.expect("there is a root"))
}

/// Whether there is no key: the first tree file is written before the first root, so it may be there alone.
fn fresh(disk: &dyn Disk, files: &BTreeSet<FileName>) -> io::Result<bool> {
    let first = FileName::Tree { epoch: 1 };
    if files.iter().any(|f| *f != first) {
        return Ok(false);
    }
    match files.contains(&first) {
        true => Ok(!batch::any(&disk.read(&first.to_string())?)),
        false => Ok(true),
    }
}

fn open_with(disk: &dyn Disk, files: &BTreeSet<FileName>, root: &Root) -> Result<Opened, KeyError> {
    let name = FileName::Tree { epoch: root.epoch };
    if !files.contains(&name) {
        return Err(KeyError::WrongSlot);
    }
    let keys = RootKeys::of(root);
    let file = disk.read(&name.to_string())?;
    let TreeFile { version, body, batches_from } = keys.open_tree(&file)?;
    let mut found = batch::read(&keys.batches(version), &file, batches_from)?;
    let mut young = body.young;
    young.append(&mut found.entries);
    let mut opened = Opened {
        root: root.clone(),
        replaced_s: body.replaced_s,
        inners: body.inners,
        leaves: vec![None; LEAVES],
        young,
        settled: vec![Entries::new(); LEAVES],
        batches: found.count,
        end: found.end,
        file_bytes: file.len(),
        // Nothing new is appended to a file of an older version.
        full: found.torn || version != VERSION,
    };
    for inner in 0..INNERS {
        read_inner(disk, &mut opened, inner)?;
    }
    Ok(opened)
}

fn read_inner(disk: &dyn Disk, opened: &mut Opened, inner: usize) -> Result<(), KeyError> {
    let Some(bucket) = &opened.inners[inner] else { return Ok(()) };
    let name = FileName::Inner { index: inner as u8, epoch: bucket.epoch };
    let place = BucketPlace { tree: opened.root.tree, name };
    let table = place.open_inner(&bucket.key, &read(disk, name)?)?;
    for (i, leaf) in table.into_iter().enumerate() {
        let index = inner * LEAVES_PER_INNER + i;
        if let Some(bucket) = &leaf {
            let name = FileName::Leaf { index: index as u8, epoch: bucket.epoch };
            let place = BucketPlace { tree: opened.root.tree, name };
            opened.settled[index] = place.open_leaf(&bucket.key, &read(disk, name)?)?;
        }
        opened.leaves[index] = leaf;
    }
    Ok(())
}

fn read(disk: &dyn Disk, name: FileName) -> Result<Vec<u8>, KeyError> {
    match disk.read(&name.to_string()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(KeyError::Damaged("a bucket is missing")),
        other => Ok(other?),
    }
}
