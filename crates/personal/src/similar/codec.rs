//! Published lists as bytes, to be sealed with the pairs that are in: those tell more than the lists do.

use super::Similar;

/// The bytes are no lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("damaged lists of similar items")]
pub struct SimilarError;

impl Similar {
    /// The bytes (JSON).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Numbers in maps and lists always have a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads what [`Similar::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SimilarError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Similar, SimilarError> {
        serde_json::from_slice(bytes).map_err(|_| SimilarError)
    }
}
