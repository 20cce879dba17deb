//! Up to where an evaluation sees, and why it may fail.

use outis_event::Day;

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

fn from(day: &Option<Day>) -> String {
    day.map_or_else(String::new, |day| format!("; from {} on it can be asked", day.date()))
}

fn kept(day: &Option<Day>) -> String {
    match day {
        Some(day) => format!("; it is from {} on", day.date()),
        None => "; once it is saved it is, from the next close on".to_owned(),
    }
}

/// Why a query has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// The rows cannot be read at present; asking again may help.
    #[error("rows are not available")]
    Unavailable,
    /// Days are asked about that have no rows any more, and what is kept of them does not answer the question.
    #[error("the question reaches back to days of which only counts are kept, and they do not tell this{}", from(.rows_from))]
    NotInHistory {
        /// The first day that can be asked anything.
        rows_from: Option<Day>,
    },
    /// Days are asked about that have no rows any more, and what is asked was saved after some of them were closed, or
    /// is not saved.
    #[error("the question reaches back to days of which it was not kept{}", kept(.kept_from))]
    NotKept {
        /// The first day from which on it is kept; none: from the next close on, once it is saved.
        kept_from: Option<Day>,
    },
    /// Followed members have more rows than can be held at once; fewer days may be answered.
    #[error("linked members have more than {most_rows} events in these days: ask about fewer days")]
    TooManyLinked {
        /// Most rows of followed members.
        most_rows: usize,
    },
    /// There are more groups than fit memory, and they could not be put aside on the disk.
    #[error(
        "the question has more groups than fit memory, and the disk has no room for them: make room, or ask about fewer days or values"
    )]
    NoRoom,
    /// The answer has more rows than are kept in memory; a narrower question may be answered.
    #[error("the answer has more than {most_rows} rows")]
    TooLarge {
        /// Most rows of an answer.
        most_rows: usize,
    },
}
