//! Up to where an evaluation sees, and why it may fail.

/// The number of a site's snapshot: all evaluations at one sight see the same rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sight(u64);

impl Sight {
    /// The sight with this number; only who keeps the rows knows what it means.
    pub fn new(number: u64) -> Sight {
        Sight(number)
    }

    /// Its number.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// Why a query has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// The rows cannot be read at present; asking again may help.
    #[error("rows are not available")]
    Unavailable,
    /// The answer has more rows than are kept in memory; a narrower question may be answered.
    #[error("the answer has more than {most_rows} rows")]
    TooLarge {
        /// Most rows of an answer.
        most_rows: usize,
    },
}
