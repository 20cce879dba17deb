//! Which rows of a site an answer may be about, and why there may be no answer.

use std::error::Error;

/// A state of a site's rows. It moves on only when enough people have come since the last one, so that the difference
/// of two answers is about nobody or about enough.
///
/// The number inside has no meaning outside of the store that gave it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sight(u64);

impl Sight {
    /// The state with this number, for a store of rows.
    pub const fn at(number: u64) -> Sight {
        Sight(number)
    }

    /// The number, for the store that gave it.
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// Rows could not be read; trying again may help.
    #[error("stored rows could not be read")]
    Rows(#[source] Box<dyn Error + Send + Sync>),
    /// The evaluation was stopped because the program ends.
    #[error("the evaluation was stopped")]
    Stopped,
}
