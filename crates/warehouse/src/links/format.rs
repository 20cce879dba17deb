//! The bytes of a link file: whole entries of equal length, sorted, so that their order tells nothing.

use outis_event::{Day, Pseudonym, Visitor};

/// What a file begins with: its format and version.
const MAGIC: [u8; 8] = *b"outislk1";
/// Bytes of an entry: day, visitor, pseudonym.
const ENTRY_BYTES: usize = 4 + 8 + 8;

/// A visitor of a day who is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) day: Day,
    pub(crate) visitor: Visitor,
    pub(crate) pseudonym: Pseudonym,
}

/// The bytes are no link file of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a link file that is understood")]
pub(crate) struct NoLinks;

/// The entries as bytes, each once.
pub(crate) fn encode(mut entries: Vec<Entry>) -> Vec<u8> {
    entries.sort_unstable();
    entries.dedup();
    let mut bytes = Vec::with_capacity(MAGIC.len() + entries.len() * ENTRY_BYTES);
    bytes.extend_from_slice(&MAGIC);
    for entry in entries {
        bytes.extend_from_slice(&entry.day.0.to_le_bytes());
        bytes.extend_from_slice(&entry.visitor.0.to_le_bytes());
        bytes.extend_from_slice(&entry.pseudonym.0.to_le_bytes());
    }
    bytes
}

/// The entries of a file.
///
/// # Errors
/// When the bytes are of another version or not of whole entries.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Entry>, NoLinks> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or(NoLinks)?;
    let (entries, cut) = rest.as_chunks::<ENTRY_BYTES>();
    if !cut.is_empty() {
        return Err(NoLinks);
    }
    Ok(entries.iter().map(entry).collect())
}

fn entry(bytes: &[u8; ENTRY_BYTES]) -> Entry {
    let [d0, d1, d2, d3, v0, v1, v2, v3, v4, v5, v6, v7, p0, p1, p2, p3, p4, p5, p6, p7] = *bytes;
    Entry {
        day: Day(i32::from_le_bytes([d0, d1, d2, d3])),
        visitor: Visitor(u64::from_le_bytes([v0, v1, v2, v3, v4, v5, v6, v7])),
        pseudonym: Pseudonym(u64::from_le_bytes([p0, p1, p2, p3, p4, p5, p6, p7])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn entries_come_back_sorted_and_once(list in prop::collection::vec((any::<i32>(), any::<u64>(), any::<u64>()), 0..40)) {
            let entry = |(day, visitor, pseudonym)| Entry {
                day: Day(day), visitor: Visitor(visitor), pseudonym: Pseudonym(pseudonym),
            };
            let mut entries: Vec<Entry> = list.into_iter().map(entry).collect();
            let bytes = encode([entries.clone(), entries.clone()].concat());
            entries.sort();
            entries.dedup();
            prop_assert_eq!(decode(&bytes), Ok(entries));
        }

        #[test]
        fn other_bytes_are_refused_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(decode(&bytes), Err(NoLinks));
        }
    }

    #[test]
    fn a_file_that_is_cut_is_refused() {
        let bytes = encode(vec![Entry { day: Day(1), visitor: Visitor(2), pseudonym: Pseudonym(3) }]);
        assert_eq!(decode(&bytes[..bytes.len() - 1]), Err(NoLinks));
    }
}
