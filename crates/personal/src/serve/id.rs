//! What a click tells of where it came from: placement, variant and rank, and nothing else.

use std::fmt;
use std::str::FromStr;

/// The same for everybody who sees the same rank of the same placement and variant, so it can name nobody.
///
/// Written `placement.variant.rank`, such as `3.0.12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecommendationId {
    /// The placement's number.
    pub placement: u16,
    /// The variant's number.
    pub variant: u8,
    /// The rank, from 0.
    pub rank: u8,
}

/// The text is no such id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a recommendation id is three numbers: placement.variant.rank")]
pub struct NotAnId;

impl fmt::Display for RecommendationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.placement, self.variant, self.rank)
    }
}

impl FromStr for RecommendationId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<RecommendationId, NotAnId> {
        let mut parts = text.split('.');
        let mut next = || parts.next().ok_or(NotAnId);
        let id = RecommendationId {
            placement: next()?.parse().map_err(|_| NotAnId)?,
            variant: next()?.parse().map_err(|_| NotAnId)?,
            rank: next()?.parse().map_err(|_| NotAnId)?,
        };
        // One form only: `03.0.1` or `+3.0.1` could carry more than the three numbers.
        if id.to_string() == text { Ok(id) } else { Err(NotAnId) }
    }
}

impl serde::Serialize for RecommendationId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_form() {
        let id = RecommendationId { placement: 3, variant: 0, rank: 12 };
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "3.0", "3.0.12.1", "03.0.12", "+3.0.12", "3.0.256", "3.0.12 ", "a.b.c"] {
            assert_eq!(text.parse::<RecommendationId>(), Err(NotAnId), "{text}");
        }
    }
}
