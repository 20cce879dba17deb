//! Sealing of one record: bound to its member and field, and of a length that says little.

use outis_keys::{DataKey, open_record, seal_record};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::PeopleError;

/// Records are as long as a power of two, and at least this.
const LEAST_BYTES: usize = 512;
/// Longest record in clear: a member's likes, bookmarks and hidden items at their bounds fit.
const MOST_BYTES: usize = 8 << 20;

/// The records of a member, apart by how often they change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    /// Who they are, what they stated and agreed to.
    Profile,
    /// Items they like, have bookmarked or hidden.
    Preferences,
    /// Their last days.
    Marks,
}

impl Field {
    pub(crate) const ALL: [Field; 3] = [Field::Profile, Field::Preferences, Field::Marks];

    fn name(self) -> &'static [u8] {
        match self {
            Field::Profile => b"outis/people/v1/record/profile",
            Field::Preferences => b"outis/people/v1/record/preferences",
            Field::Marks => b"outis/people/v1/record/marks",
        }
    }
}

/// Where a record lies, and the key it is sealed under.
pub(crate) struct Place {
    pub(crate) id: [u8; 16],
    key: DataKey,
}

impl Place {
    /// The place of a member's field.
    pub(crate) fn of(member: &DataKey, field: Field) -> Place {
        Place::under(member, field.name())
    }

    /// A place named by what it is for, under some key.
    pub(crate) fn under(key: &DataKey, what: &[u8]) -> Place {
        let id = key.derive(&[what, b"/name"].concat());
        let key = key.derive(&[what, b"/key"].concat());
        Place { id: id.bytes("name a record")[..16].try_into().expect("a key has 32 bytes"), key }
    }
}

/// A value sealed for its place.
pub(crate) fn seal(place: &Place, value: &impl Serialize) -> Result<Vec<u8>, PeopleError> {
    let json = Zeroizing::new(serde_json::to_vec(value).map_err(|_| PeopleError::Damaged)?);
    let padded = (json.len() + 4).next_power_of_two().max(LEAST_BYTES);
    if padded > MOST_BYTES {
        return Err(PeopleError::Damaged);
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(padded));
    plain.extend_from_slice(&u32::try_from(json.len()).map_err(|_| PeopleError::Damaged)?.to_le_bytes());
    plain.extend_from_slice(&json);
    plain.resize(padded, 0);
    Ok(seal_record(&place.key, &place.id, &plain)?)
}

/// The value sealed for this place.
pub(crate) fn open<T: DeserializeOwned>(place: &Place, sealed: &[u8]) -> Result<T, PeopleError> {
    let plain = Zeroizing::new(open_record(&place.key, &place.id, sealed)?);
    let (length, rest) = plain.split_first_chunk::<4>().ok_or(PeopleError::Damaged)?;
    let json = rest.get(..u32::from_le_bytes(*length) as usize).ok_or(PeopleError::Damaged)?;
    serde_json::from_slice(json).map_err(|_| PeopleError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_opens_in_its_place_only_and_its_length_says_little() {
        let (a, b) = (DataKey::from_bytes([1; 32]), DataKey::from_bytes([2; 32]));
        let sealed = |text: &str| seal(&Place::of(&a, Field::Profile), &text).expect("sealed");
        let short = sealed("x");
        assert_eq!(open::<String>(&Place::of(&a, Field::Profile), &short).expect("opens"), "x");
        assert!(open::<String>(&Place::of(&a, Field::Marks), &short).is_err());
        assert!(open::<String>(&Place::of(&b, Field::Profile), &short).is_err());
        assert_eq!(short.len(), sealed(&"x".repeat(400)).len());
        assert_ne!(short, sealed("x"), "the same twice does not look the same");
    }

    #[test]
    fn places_of_a_member_have_nothing_in_common() {
        let key = DataKey::from_bytes([1; 32]);
        let ids = Field::ALL.map(|field| Place::of(&key, field).id);
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
        assert_eq!(ids[0], Place::of(&key, Field::Profile).id);
    }
}
