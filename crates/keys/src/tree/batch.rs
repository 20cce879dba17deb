//! Batches of fresh keys at the end of the tree file: whole sectors, so that a torn write is told from damage.

use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::key::{DataKey, KeyError};
use crate::seal::{SealError, open_record, seal_record};
use crate::tree::format::{Entries, SECTOR_BYTES, entries_bytes, push_entries, take_entries};

const MAGIC: &[u8; 4] = b"OKB1";
const HEAD_BYTES: usize = 16;
/// What sealing adds: version byte, nonce, tag.
const SEAL_BYTES: usize = 29;

/// Seals the batches of one epoch.
#[derive(Debug)]
pub(crate) struct BatchSeal {
    /// The tree file's.
    pub(crate) version: u16,
    pub(crate) tree: [u8; 16],
    pub(crate) epoch: u64,
    pub(crate) key: DataKey,
}

/// Seals keys as the batch of this number.
pub(crate) fn seal(by: &BatchSeal, number: u32, entries: &Entries) -> Result<Vec<u8>, KeyError> {
    let length = (HEAD_BYTES + SEAL_BYTES + entries_bytes(entries.len())).next_multiple_of(SECTOR_BYTES);
    let mut plain = Zeroizing::new(Vec::with_capacity(length));
    push_entries(&mut plain, entries);
    plain.resize(length - HEAD_BYTES - SEAL_BYTES, 0);
    let declared = u32::try_from(length).map_err(|_| KeyError::Damaged("too many keys"))?;
    let mut out = head(by, number, declared).to_vec();
    let sealed = seal_record(&by.key, &place(by, &out), &plain).map_err(|SealError| KeyError::Random)?;
    out.extend_from_slice(&sealed);
    Ok(out)
}

/// What follows the body of a tree file.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    pub(crate) entries: Entries,
    /// How many there are.
    pub(crate) count: u32,
    /// Where the next one goes.
    pub(crate) end: usize,
    /// The last write did not arrive whole: nothing may be appended to this file any more.
    pub(crate) torn: bool,
}

/// Reads all batches from `start` on. A batch that is not whole at the end was never acknowledged and is left out.
pub(crate) fn read(by: &BatchSeal, file: &[u8], start: usize) -> Result<Batches, KeyError> {
    let mut found = Batches { end: start, ..Batches::default() };
    while let Some(rest) = file.get(found.end..).filter(|rest| rest.iter().any(|b| *b != 0)) {
        match open(by, found.count, rest) {
            Ok((mut entries, length)) => {
                found.entries.append(&mut entries);
                found.count += 1;
                found.end += length;
            }
            Err(Broken::Torn) if !later(by, found.count, rest) => {
                found.torn = true;
                break;
            }
            Err(_) => return Err(KeyError::Damaged("batch of keys")),
        }
    }
    Ok(found)
}

/// Whether anything that begins like a batch lies in a tree file, told without its root.
pub(crate) fn any(file: &[u8]) -> bool {
    file.chunks(SECTOR_BYTES).any(|sector| sector.starts_with(MAGIC))
}

enum Broken {
    /// Sectors are missing.
    Torn,
    /// All sectors are there, and they do not open.
    Damaged,
}

fn open(by: &BatchSeal, number: u32, rest: &[u8]) -> Result<(Entries, usize), Broken> {
    let first = rest.get(..SECTOR_BYTES).ok_or(Broken::Torn)?;
    if first.iter().all(|b| *b == 0) {
        return Err(Broken::Torn);
    }
    let length = declared(by, number, first).ok_or(Broken::Damaged)?;
    let batch = rest.get(..length).ok_or(Broken::Torn)?;
    if batch.chunks(SECTOR_BYTES).any(|sector| sector.iter().all(|b| *b == 0)) {
        return Err(Broken::Torn);
    }
    let (head, sealed) = batch.split_at(HEAD_BYTES);
    let plain = open_record(&by.key, &place(by, head), sealed).map_err(|_| Broken::Damaged)?;
    let plain = Zeroizing::new(plain);
    let entries = take_entries(by.version, &mut &plain[..]).ok_or(Broken::Damaged)?;
    Ok((entries, length))
}

/// Whether a later batch begins anywhere: then the one at hand had been acknowledged.
fn later(by: &BatchSeal, number: u32, rest: &[u8]) -> bool {
    rest.chunks_exact(SECTOR_BYTES).skip(1).any(|sector| {
        let claimed = u32::from_le_bytes(sector[8..12].try_into().expect("four bytes"));
        claimed > number && declared(by, claimed, sector).is_some()
    })
}

/// The length that the head of this batch declares, if it is the head of this batch.
fn declared(by: &BatchSeal, number: u32, sector: &[u8]) -> Option<usize> {
    let length = u32::from_le_bytes(sector[4..8].try_into().ok()?);
    let whole = length > 0 && (length as usize).is_multiple_of(SECTOR_BYTES);
    (whole && sector[..HEAD_BYTES] == head(by, number, length)).then_some(length as usize)
}

/// Magic, length, number, and a checksum of these, so that a damaged length does not look like a torn write.
fn head(by: &BatchSeal, number: u32, length: u32) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    head[..4].copy_from_slice(MAGIC);
    head[4..8].copy_from_slice(&length.to_le_bytes());
    head[8..12].copy_from_slice(&number.to_le_bytes());
    let sum = digest(&SHA256, &place(by, &head[..12]));
    head[12..].copy_from_slice(&sum.as_ref()[..4]);
    head
}

fn place(by: &BatchSeal, head: &[u8]) -> Vec<u8> {
    [head, &by.tree, &by.epoch.to_le_bytes()].concat()
}
