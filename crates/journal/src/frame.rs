//! A frame: the events of one group commit, in a form that tells neither their order nor their time of arrival.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use outis_event::{AnonymousEvent, DecodeError, InsertHash, NodeId, Record, Sequence};
use outis_keys::DataKey;

/// Marks the start of a frame, so that reading can go on behind a damaged one.
pub(crate) const MAGIC: [u8; 4] = *b"OFR1";
/// Magic, length of the sealed part, sequence.
pub(crate) const HEAD_BYTES: usize = 4 + 4 + 8;
/// Authentication tag.
const TAG_BYTES: usize = 16;
/// Most bytes of a sealed part; a longer one is damage.
pub(crate) const MAX_SEALED_BYTES: usize = 64 << 20;

/// The records of one group commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The node that journalled it.
    pub node: NodeId,
    /// Its place in that node's journal.
    pub sequence: Sequence,
    /// Words first, then events in random order, then insert ids in the order of their hashes.
    pub records: Vec<Record>,
}

/// Why bytes are not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The bytes end within the frame.
    #[error("frame ends early")]
    Short,
    /// No frame begins here.
    #[error("no frame begins here")]
    Magic,
    /// The seal is broken.
    #[error("frame does not open: damaged or of another journal")]
    Seal,
    /// The seal holds, but what it holds is not understood.
    #[error("frame holds no records")]
    Records(#[source] DecodeError),
}

/// Seals and opens the frames of one segment.
pub(crate) struct FrameSeal {
    key: LessSafeKey,
    node: NodeId,
    segment: u64,
}

impl FrameSeal {
    pub(crate) fn new(key: &DataKey, node: NodeId, segment: u64) -> FrameSeal {
        let key = UnboundKey::new(&AES_256_GCM, key.bytes("seal the frames of one segment")).expect("32 bytes");
        FrameSeal { key: LessSafeKey::new(key), node, segment }
    }

    /// Appends a sealed frame to `out`. A sequence is used once per segment, so the nonce is too.
    pub(crate) fn seal(
        &self,
        sequence: Sequence,
        words: &[Record],
        events: &[AnonymousEvent],
        inserts: &[InsertHash],
        out: &mut Vec<u8>,
    ) {
        let start = out.len();
        out.resize(start + HEAD_BYTES, 0);
        for word in words {
            word.encode(out);
        }
        for event in events {
            event.encode(out);
        }
        for insert in inserts {
            insert.encode(out);
        }
        let sealed = out.len() - start - HEAD_BYTES + TAG_BYTES;
        let head = head(sealed, sequence);
        out[start..start + HEAD_BYTES].copy_from_slice(&head);
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce(sequence), self.aad(&head), &mut out[start + HEAD_BYTES..])
            .expect("a frame is shorter than the cipher's limit");
        out.extend_from_slice(tag.as_ref());
    }

    /// Opens the frame at the front of `bytes`; gives it and its whole length.
    pub(crate) fn open(&self, bytes: &[u8]) -> Result<(Frame, usize), FrameError> {
        let (sequence, whole) = measure(bytes)?;
        let mut sealed = bytes[HEAD_BYTES..whole].to_vec();
        let aad = self.aad(&bytes[..HEAD_BYTES]);
        let plain = self.key.open_in_place(nonce(sequence), aad, &mut sealed).map_err(|_| FrameError::Seal)?;
        let records = decode(plain)?;
        Ok((Frame { node: self.node, sequence, records }, whole))
    }

    /// Binds a frame to its node, segment and head.
    fn aad(&self, head: &[u8]) -> Aad<[u8; HEAD_BYTES + 10]> {
        let mut aad = [0; HEAD_BYTES + 10];
        aad[..HEAD_BYTES].copy_from_slice(head);
        aad[HEAD_BYTES..HEAD_BYTES + 2].copy_from_slice(&self.node.0.to_le_bytes());
        aad[HEAD_BYTES + 2..].copy_from_slice(&self.segment.to_le_bytes());
        Aad::from(aad)
    }
}

/// Sequence and whole length of the frame at the front of `bytes`, unverified.
pub(crate) fn measure(bytes: &[u8]) -> Result<(Sequence, usize), FrameError> {
    if bytes.len() < HEAD_BYTES {
        return Err(if MAGIC.starts_with(&bytes[..bytes.len().min(4)]) {
            FrameError::Short
        } else {
            FrameError::Magic
        });
    }
    if bytes[..4] != MAGIC {
        return Err(FrameError::Magic);
    }
    let sealed = u32::from_le_bytes(bytes[4..8].try_into().expect("4 bytes")) as usize;
    if !(TAG_BYTES..=MAX_SEALED_BYTES).contains(&sealed) {
        return Err(FrameError::Magic);
    }
    let sequence = Sequence(u64::from_le_bytes(bytes[8..16].try_into().expect("8 bytes")));
    if bytes.len() < HEAD_BYTES + sealed { Err(FrameError::Short) } else { Ok((sequence, HEAD_BYTES + sealed)) }
}

pub(crate) fn decode(mut plain: &[u8]) -> Result<Vec<Record>, FrameError> {
    let mut records = Vec::with_capacity(plain.len() / 48);
    while !plain.is_empty() {
        records.push(Record::decode(&mut plain).map_err(FrameError::Records)?);
    }
    Ok(records)
}

fn head(sealed: usize, sequence: Sequence) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    head[..4].copy_from_slice(&MAGIC);
    head[4..8].copy_from_slice(&u32::try_from(sealed).expect("bounded by the writer").to_le_bytes());
    head[8..].copy_from_slice(&sequence.0.to_le_bytes());
    head
}

fn nonce(sequence: Sequence) -> Nonce {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&sequence.0.to_le_bytes());
    Nonce::assume_unique_for_key(bytes)
}
