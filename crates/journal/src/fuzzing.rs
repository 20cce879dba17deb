//! A door for the fuzzers in `fuzz/`; no part of the interface.

use outis_event::{NodeId, Record, Sequence};
use outis_keys::DataKey;

use crate::frame::{self, FrameSeal};
use crate::recovery::walk;
use crate::segment::{HEADER_BYTES, Header};

/// A damaged segment grows no longer than twice this.
const MOST_BYTES: usize = 16 << 10;

/// The bytes as a frame, as what a frame seals, as a header, and as damage to a segment of three frames: what opens is
/// what was sealed, in its order.
pub fn segment(bytes: &[u8]) {
    let seal = FrameSeal::new(&DataKey::from_bytes([7; 32]), NodeId(1), 1);
    let _ = Header::parse(bytes);
    assert!(seal.open(bytes).is_err(), "nobody without the key makes a frame that opens");
    let records = frame::decode(bytes).unwrap_or_default();
    let mut segment = vec![0; HEADER_BYTES];
    for sequence in 1..=3 {
        seal.seal(Sequence(sequence), &records, &[], &[], &mut segment);
    }
    let Some((places, values)) = bytes.split_at_checked(bytes.len() / 2) else { return };
    for (place, value) in places.chunks_exact(2).zip(values) {
        let place = usize::from(u16::from_le_bytes([place[0], place[1]])) % segment.len();
        match value {
            0 => segment.truncate(place.max(1)),
            1 if segment.len() <= MOST_BYTES => segment.extend_from_within(place..),
            _ => segment[place] ^= value,
        }
    }
    for frame in walk(&segment, &seal).frames {
        assert!((1..=3).contains(&frame.sequence.0));
        assert!(same(&frame.records, &records));
    }
}

/// Equal, also where a record holds what is cut when it is written.
fn same(a: &[Record], b: &[Record]) -> bool {
    let written = |records: &[Record]| {
        let mut out = Vec::new();
        records.iter().for_each(|record| record.encode(&mut out));
        out
    };
    written(a) == written(b)
}
