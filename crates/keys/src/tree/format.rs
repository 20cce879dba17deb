//! The bytes of the tree: names of files, the tree file's head, buckets, lists of keys. `docs/keys.md` describes them.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::key::{DataKey, KeyError, KeyName, Purpose};
use crate::seal::{SealError, open_record, seal_record};
use crate::slot::Root;
use crate::tree::batch::BatchSeal;

pub(crate) const VERSION: u16 = 1;
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
const ENTRY_BYTES: usize = 49;

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

/// The bucket of the lower level in which a key lies once it has left the tree file.
pub(crate) fn leaf_of(name: KeyName) -> usize {
    let mut bytes = [0; 17];
    bytes[0] = name.purpose as u8;
    bytes[1..].copy_from_slice(&name.label);
    usize::from(digest(&SHA256, &bytes).as_ref()[0])
}

/// The key of a bucket and the epoch in which the bucket was written.
#[derive(Clone, Debug)]
pub(crate) struct Wrapped {
    pub(crate) epoch: u64,
    pub(crate) key: DataKey,
}

/// Names and keys in a file.
pub(crate) type Entries = Vec<(KeyName, DataKey)>;

/// What the sealed body of a tree file says.
#[derive(Debug)]
pub(crate) struct Body {
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
    pub(crate) fn batches(&self) -> BatchSeal {
        BatchSeal { tree: self.tree, epoch: self.epoch, key: self.batch.clone() }
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

    /// Opens a tree file; the number is the place where batches begin.
    pub(crate) fn open_tree(&self, file: &[u8]) -> Result<(Body, usize), KeyError> {
        let (head, rest) = file.split_at_checked(TREE_HEAD_BYTES).ok_or(KeyError::Damaged("tree file"))?;
        check_version(head)?;
        if head[10..26] != self.tree {
            return Err(KeyError::WrongSlot);
        }
        // GCM-SIV does not bind a ciphertext to one key; this value does.
        verify_slices_are_equal(&head[38..70], self.check.bytes("compare")).map_err(|_| KeyError::WrongSlot)?;
        let sealed_bytes = u32::from_le_bytes(head[34..38].try_into().expect("four bytes")) as usize;
        let sealed = rest.get(..sealed_bytes).ok_or(KeyError::Damaged("tree file"))?;
        let plain = open_record(&self.body, head, sealed).map_err(|_| KeyError::Damaged("tree file"))?;
        let body = decode_body(&Zeroizing::new(plain)).ok_or(KeyError::Damaged("tree file"))?;
        Ok((body, (TREE_HEAD_BYTES + sealed_bytes).next_multiple_of(SECTOR_BYTES)))
    }
}

/// Refuses what a newer version wrote, and what is no tree file.
pub(crate) fn check_version(file: &[u8]) -> Result<(), KeyError> {
    if file.len() < 10 || !file.starts_with(TREE_MAGIC) {
        return Err(KeyError::Damaged("tree file"));
    }
    match u16::from_le_bytes([file[8], file[9]]) {
        VERSION => Ok(()),
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
    fn head(&self) -> [u8; BUCKET_HEAD_BYTES] {
        let (level, index, epoch) = match self.name {
            FileName::Tree { epoch } => (0, 0, epoch),
            FileName::Inner { index, epoch } => (1, index, epoch),
            FileName::Leaf { index, epoch } => (2, index, epoch),
        };
        let mut head = [0; BUCKET_HEAD_BYTES];
        head[..8].copy_from_slice(BUCKET_MAGIC);
        head[8..10].copy_from_slice(&VERSION.to_le_bytes());
        head[10] = level;
        head[11] = index;
        head[12..].copy_from_slice(&epoch.to_le_bytes());
        head
    }

    fn bound(&self) -> Vec<u8> {
        [&self.head()[..], &self.tree].concat()
    }

    fn seal(&self, key: &DataKey, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        let sealed = seal_record(key, &self.bound(), plain).map_err(|SealError| KeyError::Random)?;
        Ok([&self.head()[..], &sealed].concat())
    }

    fn open(&self, key: &DataKey, file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (head, sealed) = file.split_at_checked(BUCKET_HEAD_BYTES)?;
        if head != self.head() {
            return None;
        }
        open_record(key, &self.bound(), sealed).ok().map(Zeroizing::new)
    }

    pub(crate) fn seal_leaf(&self, key: &DataKey, entries: &Entries) -> Result<Vec<u8>, KeyError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(4 + entries.len() * ENTRY_BYTES));
        push_entries(&mut plain, entries);
        self.seal(key, &plain)
    }

    pub(crate) fn open_leaf(&self, key: &DataKey, file: &[u8]) -> Result<Entries, KeyError> {
        let plain = self.open(key, file).ok_or(KeyError::Damaged("bucket"))?;
        let mut rest = &plain[..];
        take_entries(&mut rest).filter(|_| rest.is_empty()).ok_or(KeyError::Damaged("bucket"))
    }

    pub(crate) fn seal_inner(&self, key: &DataKey, table: &[Option<Wrapped>]) -> Result<Vec<u8>, KeyError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(table.len() * 41));
        push_table(&mut plain, table);
        self.seal(key, &plain)
    }

    pub(crate) fn open_inner(&self, key: &DataKey, file: &[u8]) -> Result<Vec<Option<Wrapped>>, KeyError> {
        let plain = self.open(key, file).ok_or(KeyError::Damaged("bucket"))?;
        let mut rest = &plain[..];
        let table = take_table(&mut rest, LEAVES_PER_INNER);
        table.filter(|_| rest.is_empty()).ok_or(KeyError::Damaged("bucket"))
    }
}

fn encode_body(body: &Body) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(INNERS * 41 + 4 + body.young.len() * ENTRY_BYTES));
    push_table(&mut plain, &body.inners);
    push_entries(&mut plain, &body.young);
    plain
}

fn decode_body(plain: &[u8]) -> Option<Body> {
    let mut rest = plain;
    let body = Body { inners: take_table(&mut rest, INNERS)?, young: take_entries(&mut rest)? };
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

/// A list of keys: how many, then purpose, label and key of each.
pub(crate) fn push_entries(out: &mut Vec<u8>, entries: &Entries) {
    let count = u32::try_from(entries.len()).expect("fewer than 2^32 keys");
    out.extend_from_slice(&count.to_le_bytes());
    for (name, key) in entries {
        out.push(name.purpose as u8);
        out.extend_from_slice(&name.label);
        out.extend_from_slice(key.bytes("store in the tree"));
    }
}

/// Reads a list of keys and moves `rest` behind it.
pub(crate) fn take_entries(rest: &mut &[u8]) -> Option<Entries> {
    let count = u32::from_le_bytes(take(rest, 4)?.try_into().ok()?) as usize;
    let bytes = take(rest, count.checked_mul(ENTRY_BYTES)?)?;
    bytes
        .chunks_exact(ENTRY_BYTES)
        .map(|entry| {
            let purpose = Purpose::from_number(entry[0])?;
            let name = KeyName { purpose, label: entry[1..17].try_into().ok()? };
            Some((name, DataKey::from_bytes(entry[17..].try_into().ok()?)))
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
