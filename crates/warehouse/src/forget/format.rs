//! The bytes of tombstones and rosters: whole entries of equal length, sorted, so that their order tells nothing.

use outis_event::Day;

const TOMBSTONES: [u8; 8] = *b"outistb1";
const ROSTER: [u8; 8] = *b"outisro1";
const TOMBSTONE_BYTES: usize = 4 + 8 + 1;
const KNOWN_BYTES: usize = 8 + 8;

/// A visitor of a day whose rows are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tombstone {
    pub(crate) day: Day,
    /// The number that the rows have.
    pub(crate) number: u64,
    /// Rows that are not closed yet are still counted into cells.
    pub(crate) fold: bool,
}

/// A member of a compacted day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Known {
    /// The number they came with.
    pub(crate) before: u64,
    /// The number that the rows have.
    pub(crate) number: u64,
}

/// The bytes are not of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a list of numbers that is understood")]
pub(crate) struct NoList;

pub(crate) fn encode_tombstones(mut tombstones: Vec<Tombstone>) -> Vec<u8> {
    tombstones.sort_unstable();
    tombstones.dedup();
    let mut bytes = TOMBSTONES.to_vec();
    for tombstone in tombstones {
        bytes.extend_from_slice(&tombstone.day.0.to_le_bytes());
        bytes.extend_from_slice(&tombstone.number.to_le_bytes());
        bytes.push(u8::from(tombstone.fold));
    }
    bytes
}

pub(crate) fn decode_tombstones(bytes: &[u8]) -> Result<Vec<Tombstone>, NoList> {
    let rest = bytes.strip_prefix(&TOMBSTONES).ok_or(NoList)?;
    let (entries, cut) = rest.as_chunks::<TOMBSTONE_BYTES>();
    let one = |[d0, d1, d2, d3, n0, n1, n2, n3, n4, n5, n6, n7, fold]: &[u8; TOMBSTONE_BYTES]| {
        let day = Day(i32::from_le_bytes([*d0, *d1, *d2, *d3]));
        let number = u64::from_le_bytes([*n0, *n1, *n2, *n3, *n4, *n5, *n6, *n7]);
        (*fold <= 1).then_some(Tombstone { day, number, fold: *fold == 1 })
    };
    if !cut.is_empty() {
        return Err(NoList);
    }
    entries.iter().map(one).collect::<Option<Vec<_>>>().ok_or(NoList)
}

pub(crate) fn encode_roster(mut known: Vec<Known>) -> Vec<u8> {
    known.sort_unstable();
    let mut bytes = ROSTER.to_vec();
    for known in known {
        bytes.extend_from_slice(&known.before.to_le_bytes());
        bytes.extend_from_slice(&known.number.to_le_bytes());
    }
    bytes
}

pub(crate) fn decode_roster(bytes: &[u8]) -> Result<Vec<Known>, NoList> {
    let rest = bytes.strip_prefix(&ROSTER).ok_or(NoList)?;
    let (entries, cut) = rest.as_chunks::<KNOWN_BYTES>();
    let one = |entry: &[u8; KNOWN_BYTES]| {
        let (before, number) = entry.split_at(8);
        let number_of = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("half an entry"));
        Known { before: number_of(before), number: number_of(number) }
    };
    if cut.is_empty() { Ok(entries.iter().map(one).collect()) } else { Err(NoList) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lists_come_back_sorted(list in prop::collection::vec((any::<i32>(), any::<u64>(), any::<bool>()), 0..40)) {
            let one = |(day, number, fold)| Tombstone { day: Day(day), number, fold };
            let mut tombstones: Vec<Tombstone> = list.iter().copied().map(one).collect();
            let bytes = encode_tombstones(tombstones.clone());
            tombstones.sort();
            tombstones.dedup();
            prop_assert_eq!(decode_tombstones(&bytes), Ok(tombstones));
            let mut known: Vec<Known> =
                list.iter().map(|(day, number, _)| Known { before: *number, number: *day as u64 }).collect();
            let bytes = encode_roster(known.clone());
            known.sort();
            prop_assert_eq!(decode_roster(&bytes), Ok(known));
        }

        #[test]
        fn other_bytes_are_refused_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(decode_tombstones(&bytes), Err(NoList));
            prop_assert_eq!(decode_roster(&bytes), Err(NoList));
        }
    }

    #[test]
    fn lists_that_are_cut_are_refused() {
        let bytes = encode_tombstones(vec![Tombstone { day: Day(1), number: 2, fold: true }]);
        assert_eq!(decode_tombstones(&bytes[..bytes.len() - 1]), Err(NoList));
        let bytes = encode_roster(vec![Known { before: 1, number: 2 }]);
        assert_eq!(decode_roster(&bytes[..bytes.len() - 1]), Err(NoList));
    }
}
