//! Segment files: their names, headers and life.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use outis_event::{NodeId, Sequence};
use outis_keys::{KeyName, Purpose};

const MAGIC: [u8; 8] = *b"OUTISJ1\n";
/// Magic, node, segment number, first sequence, key label.
pub(crate) const HEADER_BYTES: usize = 8 + 2 + 8 + 8 + 16;

/// What a segment file says of itself in clear. Everything in it is bound to the frames by their seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) node: NodeId,
    pub(crate) number: u64,
    /// Frames of earlier segments with this sequence or a later one were never acknowledged and are void.
    pub(crate) first: Sequence,
    pub(crate) label: [u8; 16],
}

impl Header {
    pub(crate) fn key_name(&self) -> KeyName {
        KeyName { purpose: Purpose::Segment, label: self.label }
    }

    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        out[..8].copy_from_slice(&MAGIC);
        out[8..10].copy_from_slice(&self.node.0.to_le_bytes());
        out[10..18].copy_from_slice(&self.number.to_le_bytes());
        out[18..26].copy_from_slice(&self.first.0.to_le_bytes());
        out[26..].copy_from_slice(&self.label);
        out
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Header> {
        let bytes: &[u8; HEADER_BYTES] = bytes.get(..HEADER_BYTES)?.try_into().ok()?;
        if bytes[..8] != MAGIC {
            return None;
        }
        Some(Header {
            node: NodeId(u16::from_le_bytes(bytes[8..10].try_into().ok()?)),
            number: u64::from_le_bytes(bytes[10..18].try_into().ok()?),
            first: Sequence(u64::from_le_bytes(bytes[18..26].try_into().ok()?)),
            label: bytes[26..].try_into().ok()?,
        })
    }
}

/// Path of a segment.
pub(crate) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:016x}.segment"))
}

/// Creates a segment file with its header, durable in its directory when this returns.
pub(crate) fn create(dir: &Path, header: Header) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path(dir, header.number))?;
    file.write_all(&header.to_bytes())?;
    file.sync_all()?;
    sync_dir(dir)?;
    Ok(file)
}

/// The segment numbers in a directory, in order.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|n| n.strip_suffix(".segment"));
        numbers.extend(number.and_then(|n| u64::from_str_radix(n, 16).ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Reads a whole segment (bounded by the writer's limit on a segment's size).
pub(crate) fn read(dir: &Path, number: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path(dir, number))?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Deletes a segment file.
pub(crate) fn unlink(dir: &Path, number: u64) -> io::Result<()> {
    match std::fs::remove_file(path(dir, number)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Makes creations and deletions in a directory durable.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
