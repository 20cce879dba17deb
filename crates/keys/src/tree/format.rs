//! The bytes of the tree: names of files, the tree file's head, buckets, lists of keys. `docs/keys.md` describes them.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use crate::key::{DataKey, KeyError, KeyName, Purpose};
use crate::seal::{SealError, open_record, seal_record};
use crate::slot::Root;
use crate::tree::batch::BatchSeal;

/// What is written. Version 1 is read too: it lacks the days of keys and the time of the root.
pub(crate) const VERSION: u16 = 2;
const WITHOUT_DAYS: u16 = 1;
/// What a disk writes whole or not at all.
pub(crate) const SECTOR_BYTES: usize = 512;
/// Buckets of the upper level.
pub(crate) const INNERS: usize = 16;
/// Buckets of the lower level under each of the upper one.
pub(crate) const LEAVES_PER_INNER: usize = 16;
/// Buckets of the lower level.
pub(crate) const LEAVES: usize = INNERS * LEAVES_PER_INNER;

const TREE_MAGIC: &[u8; 8] = b"OUTISKT\n";
const TREE_HEAD_BYTES: usize = 70;
const BUCKET_MAGIC: &[u8; 8] = b"OUTISKB\n";
const BUCKET_HEAD_BYTES: usize = 20;
/// Purpose, label, key, day.
const ENTRY_BYTES: usize = 51;
const ENTRY_BYTES_WITHOUT_DAYS: usize = 49;
const TIME_BYTES: usize = 8;

/// A file of the tree's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileName {
    Tree { epoch: u64 },
    Inner { index: u8, epoch: u64 },
    Leaf { index: u8, epoch: u64 },
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileName::Tree { epoch } => write!(f, "tree-{epoch:016x}"),
            FileName::Inner { index, epoch } => write!(f, "inner-{index:02x}-{epoch:016x}"),
            FileName::Leaf { index, epoch } => write!(f, "leaf-{index:02x}-{epoch:016x}"),
        }
    }
}

impl FileName {
    /// The file of this name; `None` if it is none of the tree's.
    pub(crate) fn parse(name: &str) -> Option<FileName> {
        let (kind, rest) = name.split_once('-')?;
        let (index, epoch) = rest.split_once('-').unwrap_or(("0", rest));
        let (index, epoch) = (u8::from_str_radix(index, 16).ok()?, u64::from_str_radix(epoch, 16).ok()?);
        let found = match kind {
            "tree" => FileName::Tree { epoch },
            "inner" => FileName::Inner { index, epoch },
            "leaf" => FileName::Leaf { index, epoch },
            _ => return None,
        };
        // Only the one spelling that is written.
        (found.to_string() == name).then_some(found)
    }
}

/// The key of a bucket and the epoch in which the bucket was written.
#[derive(Clone, Debug)]
pub(crate) struct Wrapped {
    pub(crate) epoch: u64,
    pub(crate) key: DataKey,
}

/// A key in a file.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: KeyName,
    pub(crate) key: DataKey,
    /// The day on which it was made, counted from 1970-01-01 (UTC); 0 if that is not known.
    pub(crate) day: u16,
}

/// Keys in a file.
pub(crate) type Entries = Vec<Entry>;

/// What the sealed body of a tree file says.
#[derive(Debug)]
pub(crate) struct Body {
    /// When this root came, in seconds since 1970, in whole minutes; 0 if that is not known.
    pub(crate) replaced_s: u64,
    pub(crate) inners: Vec<Option<Wrapped>>,
    pub(crate) young: Entries,
}

/// What is sealed with one root.
#[derive(Debug)]
pub(crate) struct RootKeys {
    tree: [u8; 16],
    epoch: u64,
    body: DataKey,
    batch: DataKey,
    check: DataKey,
}

impl RootKeys {
    pub(crate) fn of(root: &Root) -> RootKeys {
        RootKeys {
            tree: root.tree,
            epoch: root.epoch,
            body: root.key.derive(b"outis-keys 1 body"),
            batch: root.key.derive(b"outis-keys 1 batch"),
            check: root.key.derive(b"outis-keys 1 check"),
        }
    }

    /// What seals batches.
    pub(crate) fn batches(&self, version: u16) -> BatchSeal {
        BatchSeal { version, tree: self.tree, epoch: self.epoch, key: self.batch.clone() }
    }

    /// A tree file up to where batches begin.
    pub(crate) fn seal_tree(&self, body: &Body) -> Result<Vec<u8>, KeyError> {
        let plain = encode_body(body);
        let sealed_bytes = u32::try_from(plain.len() + 29).map_err(|_| KeyError::Damaged("too many keys"))?;
        let mut file = Vec::with_capacity(TREE_HEAD_BYTES + plain.len() + SECTOR_BYTES);
        file.extend_from_slice(TREE_MAGIC);
        file.extend_from_slice(&VERSION.to_le_bytes());
        file.extend_from_slice(&self.tree);
        file.extend_from_slice(&self.epoch.to_le_bytes());
        file.extend_from_slice(&sealed_bytes.to_le_bytes());
        file.extend_from_slice(self.check.bytes("name the root in the head of the tree file"));
        let sealed = seal_record(&self.body, &file, &plain).map_err(|SealError| KeyError::Random)?;
        file.extend_from_slice(&sealed);
        file.resize(file.len().next_multiple_of(SECTOR_BYTES), 0);
        Ok(file)
    }

    /// Opens a tree file.
    pub(crate) fn open_tree(&self, file: &[u8]) -> Result<TreeFile, KeyError> {
        let (head, rest) = file.split_at_checked(TREE_HEAD_BYTES).ok_or(KeyError::Damaged("tree file"))?;
        let version = check_version(head)?;
        if head[10..26] != self.tree {
            return Err(KeyError::WrongSlot);
        }
        // GCM-SIV does not bind a ciphertext to one key; this value does.
        verify_slices_are_equal(&head[38..70], self.check.bytes("compare")).map_err(|_| KeyError::WrongSlot)?;
        let sealed_bytes = u32::from_le_bytes(head[34..38].try_into().expect("four bytes")) as usize;
        let sealed = rest.get(..sealed_bytes).ok_or(KeyError::Damaged("tree file"))?;
        let plain = open_record(&self.body, head, sealed).map_err(|_| KeyError::Damaged("tree file"))?;
        let body = decode_body(version, &Zeroizing::new(plain)).ok_or(KeyError::Damaged("tree file"))?;
        Ok(TreeFile { version, body, batches_from: (TREE_HEAD_BYTES + sealed_bytes).next_multiple_of(SECTOR_BYTES) })
    }
}

/// An opened tree file.
#[derive(Debug)]
pub(crate) struct TreeFile {
    pub(crate) version: u16,
    pub(crate) body: Body,
    pub(crate) batches_from: usize,
}

/// Which tree a tree file is of; `None` if it is none.
pub(crate) fn tree_of(file: &[u8]) -> Option<[u8; 16]> {
    let rest = file.strip_prefix(TREE_MAGIC)?;
    rest.get(2..18)?.try_into().ok()
}

/// Refuses what a newer version wrote, and what is no tree file.
pub(crate) fn check_version(file: &[u8]) -> Result<u16, KeyError> {
    if file.len() < 10 || !file.starts_with(TREE_MAGIC) {
        return Err(KeyError::Damaged("tree file"));
    }
    match u16::from_le_bytes([file[8], file[9]]) {
        version @ (WITHOUT_DAYS | VERSION) => Ok(version),
        version if version > VERSION => Err(KeyError::Version),
        _ => Err(KeyError::Damaged("tree file")),
    }
}

/// Where a bucket belongs; it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BucketPlace {
    pub(crate) tree: [u8; 16],
    pub(crate) name: FileName,
}

impl BucketPlace {
    fn head(&self, version: u16) -> [u8; BUCKET_HEAD_BYTES] {
        let (level, index, epoch) = match self.name {
            FileName::Tree { epoch } => (0, 0, epoch),
            FileName::Inner { index, epoch } => (1, index, epoch),
            FileName::Leaf { index, epoch } => (2, index, epoch),
        };
        let mut head = [0; BUCKET_HEAD_BYTES];
        head[..8].copy_from_slice(BUCKET_MAGIC);
        head[8..10].copy_from_slice(&version.to_le_bytes());
        head[10] = level;
        head[11] = index;
        head[12..].copy_from_slice(&epoch.to_le_bytes());
        head
    }

    fn bound(&self, version: u16) -> Vec<u8> {
        [&self.head(version)[..], &self.tree].concat()
    }

    fn seal(&self, key: &DataKey, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        let sealed = seal_record(key, &self.bound(VERSION), plain).map_err(|SealError| KeyError::Random)?;
        Ok([&self.head(VERSION)[..], &sealed].concat())
    }

    /// The version and the content.
    fn open(&self, key: &DataKey, file: &[u8]) -> Option<(u16, Zeroizing<Vec<u8>>)> {
        let (head, sealed) = file.split_at_checked(BUCKET_HEAD_BYTES)?;
        let version = [WITHOUT_DAYS, VERSION].into_iter().find(|version| head == self.head(*version))?;
        Some((version, Zeroizing::new(open_record(key, &self.bound(version), sealed).ok()?)))
    }

    pub(crate) fn seal_leaf(&self, key: &DataKey, entries: &Entries) -> Result<Vec<u8>, KeyError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(4 + entries.len() * ENTRY_BYTES));
        push_entries(&mut plain, entries);
        self.seal(key, &plain)
    }

    pub(crate) fn open_leaf(&self, key: &DataKey, file: &[u8]) -> Result<Entries, KeyError> {
        let (version, plain) = self.open(key, file).ok_or(KeyError::Damaged("bucket"))?;
        let mut rest = &plain[..];
        take_entries(version, &mut rest).filter(|_| rest.is_empty()).ok_or(KeyError::Damaged("bucket"))
    }

    pub(crate) fn seal_inner(&self, key: &DataKey, table: &[Option<Wrapped>]) -> Result<Vec<u8>, KeyError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(table.len() * 41));
        push_table(&mut plain, table);
        self.seal(key, &plain)
    }

    pub(crate) fn open_inner(&self, key: &DataKey, file: &[u8]) -> Result<Vec<Option<Wrapped>>, KeyError> {
        let (_, plain) = self.open(key, file).ok_or(KeyError::Damaged("bucket"))?;
        let mut rest = &plain[..];
        let table = take_table(&mut rest, LEAVES_PER_INNER);
        table.filter(|_| rest.is_empty()).ok_or(KeyError::Damaged("bucket"))
    }
}

fn encode_body(body: &Body) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(TIME_BYTES + INNERS * 41 + entries_bytes(body.young.len())));
    plain.extend_from_slice(&body.replaced_s.to_le_bytes());
    push_table(&mut plain, &body.inners);
    push_entries(&mut plain, &body.young);
    plain
}

fn decode_body(version: u16, plain: &[u8]) -> Option<Body> {
    let mut rest = plain;
    let replaced_s = match version {
        WITHOUT_DAYS => 0,
        _ => u64::from_le_bytes(take(&mut rest, TIME_BYTES)?.try_into().ok()?),
    };
    let body = Body { replaced_s, inners: take_table(&mut rest, INNERS)?, young: take_entries(version, &mut rest)? };
    rest.is_empty().then_some(body)
}

fn push_table(out: &mut Vec<u8>, table: &[Option<Wrapped>]) {
    for bucket in table {
        match bucket {
            Some(bucket) => {
                out.push(1);
                out.extend_from_slice(&bucket.epoch.to_le_bytes());
                out.extend_from_slice(bucket.key.bytes("wrap a bucket's key"));
            }
            None => out.extend_from_slice(&[0; 41]),
        }
    }
}

fn take_table(rest: &mut &[u8], length: usize) -> Option<Vec<Option<Wrapped>>> {
    (0..length)
        .map(|_| {
            let cell = take(rest, 41)?;
            let epoch = u64::from_le_bytes(cell[1..9].try_into().ok()?);
            let key = DataKey::from_bytes(cell[9..].try_into().ok()?);
            Some((cell[0] == 1).then_some(Wrapped { epoch, key }))
        })
        .collect()
}

/// A list of keys: how many, then purpose, label, key and day of each.
pub(crate) fn push_entries(out: &mut Vec<u8>, entries: &Entries) {
    let count = u32::try_from(entries.len()).expect("fewer than 2^32 keys");
    out.extend_from_slice(&count.to_le_bytes());
    for entry in entries {
        out.push(entry.name.purpose as u8);
        out.extend_from_slice(&entry.name.label);
        out.extend_from_slice(entry.key.bytes("store in the tree"));
        out.extend_from_slice(&entry.day.to_le_bytes());
    }
}

/// Reads a list of keys and moves `rest` behind it.
pub(crate) fn take_entries(version: u16, rest: &mut &[u8]) -> Option<Entries> {
    let entry_bytes = if version == WITHOUT_DAYS { ENTRY_BYTES_WITHOUT_DAYS } else { ENTRY_BYTES };
    let count = u32::from_le_bytes(take(rest, 4)?.try_into().ok()?) as usize;
    let bytes = take(rest, count.checked_mul(entry_bytes)?)?;
    bytes
        .chunks_exact(entry_bytes)
        .map(|entry| {
            let purpose = Purpose::from_number(entry[0])?;
            let name = KeyName { purpose, label: entry[1..17].try_into().ok()? };
            let key = DataKey::from_bytes(entry[17..49].try_into().ok()?);
            let day = entry.get(49..51).map_or(Some(0), |day| Some(u16::from_le_bytes(day.try_into().ok()?)))?;
            Some(Entry { name, key, day })
        })
        .collect()
}

/// How long a list of so many keys is.
pub(crate) fn entries_bytes(count: usize) -> usize {
    4 + count * ENTRY_BYTES
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}
