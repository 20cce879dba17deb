//! What is found at start: frames to replay, a torn tail, damaged frames.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outis_event::Sequence;
use outis_keys::{KeyName, Keys, Purpose};

use crate::frame::{self, Frame, FrameError, FrameSeal, MAGIC};
use crate::journal::JournalError;
use crate::segment::{self, HEADER_BYTES, Header};

/// A frame that could not be opened. Its sealed bytes were copied to the quarantine folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// Segment number.
    pub segment: u64,
    /// Position of the frame in the segment.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// Frames that should be there and are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// First missing sequence.
    pub from: Sequence,
    /// Last missing sequence.
    pub to: Sequence,
}

/// What was found at start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Whole frames.
    pub frames: u64,
    /// The last sequence in use.
    pub last: Sequence,
    /// Bytes of a last, never acknowledged frame that was being written when the process ended.
    pub torn_bytes: u64,
    /// Damaged frames.
    pub quarantined: Vec<Quarantine>,
    /// Missing frames.
    pub gaps: Vec<Gap>,
}

/// A segment on disk that can still be read.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) header: Header,
    pub(crate) last: Sequence,
    /// Frames at or behind this sequence are void.
    pub(crate) void_from: Option<Sequence>,
}

/// Looks through all segments and removes what is dead: segments whose key was destroyed, keys without a segment.
pub(crate) async fn recover(
    dir: &Path,
    keys: &Arc<dyn Keys>,
    after: Sequence,
) -> Result<(Recovery, Vec<Kept>, u64), JournalError> {
    let mut recovery = Recovery { last: after, ..Recovery::default() };
    let mut kept: Vec<Kept> = Vec::new();
    let mut next_number = 1;
    for number in segment::list(dir)? {
        next_number = next_number.max(number + 1);
        let bytes = segment::read(dir, number)?;
        let Some(header) = Header::parse(&bytes) else {
            set_aside(dir, number, &bytes, &mut recovery)?;
            continue;
        };
        let Some(key) = keys.get(header.key_name()).await? else {
            segment::unlink(dir, number)?;
            continue;
        };
        let seal = FrameSeal::new(&key, header.node, header.number);
        let walk = walk(&bytes, &seal);
        keep_damaged(dir, number, &bytes, &walk, &mut recovery)?;
        kept.push(Kept { header, last: walk.last, void_from: None });
    }
    void_unacknowledged(&mut kept);
    count(dir, keys, &kept, after, &mut recovery).await?;
    remove_orphan_keys(keys, &kept).await?;
    segment::sync_dir(dir)?;
    Ok((recovery, kept, next_number))
}

/// A segment begins where acknowledged frames of the earlier ones end.
fn void_unacknowledged(kept: &mut [Kept]) {
    let mut first = None;
    for segment in kept.iter_mut().rev() {
        segment.void_from = first;
        first = Some(first.map_or(segment.header.first, |f: Sequence| f.min(segment.header.first)));
    }
}

async fn count(
    dir: &Path,
    keys: &Arc<dyn Keys>,
    kept: &[Kept],
    after: Sequence,
    recovery: &mut Recovery,
) -> Result<(), JournalError> {
    let mut expected: Option<Sequence> = None;
    for segment in kept {
        for frame in frames_of(dir, keys, segment).await? {
            if let Some(want) = expected.filter(|w| *w < frame.sequence && frame.sequence > after) {
                recovery.gaps.push(Gap { from: want, to: Sequence(frame.sequence.0 - 1) });
            }
            expected = Some(Sequence(frame.sequence.0 + 1));
            recovery.frames += 1;
            recovery.last = recovery.last.max(frame.sequence);
        }
    }
    Ok(())
}

/// The valid frames of a segment, in order.
pub(crate) async fn frames_of(dir: &Path, keys: &Arc<dyn Keys>, kept: &Kept) -> Result<Vec<Frame>, JournalError> {
    let Some(key) = keys.get(kept.header.key_name()).await? else { return Ok(Vec::new()) };
    let seal = FrameSeal::new(&key, kept.header.node, kept.header.number);
    let bytes = segment::read(dir, kept.header.number)?;
    let mut frames = walk(&bytes, &seal).frames;
    frames.retain(|f| kept.void_from.is_none_or(|void| f.sequence < void));
    Ok(frames)
}

#[derive(Default)]
pub(crate) struct Walk {
    pub(crate) frames: Vec<Frame>,
    last: Sequence,
    torn: u64,
    damaged: Vec<(usize, usize)>,
}

/// Reads frame after frame; behind damage it goes on at the next place where a frame opens.
pub(crate) fn walk(bytes: &[u8], seal: &FrameSeal) -> Walk {
    let mut walk = Walk::default();
    let mut at = HEADER_BYTES.min(bytes.len());
    while at < bytes.len() {
        match seal.open(&bytes[at..]) {
            Ok((frame, length)) => {
                walk.last = frame.sequence;
                walk.frames.push(frame);
                at += length;
            }
            Err(error) => match next_frame(bytes, at + 1, seal) {
                Some(next) => {
                    walk.damaged.push((at, next - at));
                    at = next;
                }
                None => {
                    end(bytes, at, error, &mut walk);
                    break;
                }
            },
        }
    }
    walk
}

/// Nothing valid follows: a frame that ends early was torn by the crash, anything else is damage worth keeping.
fn end(bytes: &[u8], at: usize, error: FrameError, walk: &mut Walk) {
    let zeros = bytes[at..].iter().all(|b| *b == 0);
    if error == FrameError::Short || zeros {
        walk.torn = (bytes.len() - at) as u64;
    } else {
        walk.damaged.push((at, bytes.len() - at));
    }
}

fn next_frame(bytes: &[u8], from: usize, seal: &FrameSeal) -> Option<usize> {
    let starts = bytes.get(from..)?.windows(MAGIC.len()).enumerate();
    let mut candidates = starts.filter(|(_, w)| *w == MAGIC).map(|(i, _)| from + i);
    candidates.find(|at| frame::measure(&bytes[*at..]).is_ok() && seal.open(&bytes[*at..]).is_ok())
}

fn keep_damaged(dir: &Path, number: u64, bytes: &[u8], walk: &Walk, recovery: &mut Recovery) -> io::Result<()> {
    recovery.torn_bytes += walk.torn;
    for &(at, length) in &walk.damaged {
        write_quarantine(dir, number, at, &bytes[at..at + length])?;
        recovery.quarantined.push(Quarantine { segment: number, offset: at as u64, length: length as u64 });
    }
    Ok(())
}

/// A file without a readable header: empty ones were just being created, others are kept for inspection.
fn set_aside(dir: &Path, number: u64, bytes: &[u8], recovery: &mut Recovery) -> io::Result<()> {
    if bytes.len() < HEADER_BYTES {
        recovery.torn_bytes += bytes.len() as u64;
        return segment::unlink(dir, number);
    }
    write_quarantine(dir, number, 0, bytes)?;
    recovery.quarantined.push(Quarantine { segment: number, offset: 0, length: bytes.len() as u64 });
    segment::unlink(dir, number)
}

fn write_quarantine(dir: &Path, number: u64, at: usize, bytes: &[u8]) -> io::Result<()> {
    let folder: PathBuf = dir.join("quarantine");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{number:016x}-{at}.frame"));
    std::fs::write(&path, bytes)?;
    std::fs::File::open(&path)?.sync_all()?;
    segment::sync_dir(&folder)
}

async fn remove_orphan_keys(keys: &Arc<dyn Keys>, kept: &[Kept]) -> Result<(), JournalError> {
    let known: Vec<KeyName> = kept.iter().map(|k| k.header.key_name()).collect();
    let mut orphans = keys.list(Purpose::Segment).await?;
    orphans.retain(|name| !known.contains(name));
    if !orphans.is_empty() {
        keys.remove(&orphans).await?;
    }
    Ok(())
}
