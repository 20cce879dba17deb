//! Why the guard says nothing.

use outis_event::Dimension;
use outis_insight::{Crossing, EvaluateError, Group};

/// An answer that is not given. Never contains anything of the question but the place of a filter and what
/// kind of attribute is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// With and without one filter the answers would differ by too few people.
    #[error("filter {} sets too few people apart", .filter + 1)]
    TooFewPeople {
        /// Which condition of the filter, counted from 0 in the order they are written.
        filter: usize,
    },
    /// The filter has more conditions than can be kept from setting people apart.
    #[error("more than {most} filters, or filters nested too deeply to be checked")]
    TooManyFilters {
        /// Most conditions of a query.
        most: usize,
    },
    /// Something sensitive is asked about together with place or device.
    #[error("{} not told together with place or device ({}): leave out one of them", subject(.0), .0.with.key())]
    SensitiveCrossed(Crossing),
    /// Too many questions are being answered; asking again in a moment helps.
    #[error("too many questions at once")]
    Busy,
    /// There is no answer to guard.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

impl Refusal {
    /// The stable name it is told by.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::TooFewPeople { .. } => "too_few_people",
            Refusal::TooManyFilters { .. } => "too_many_filters",
            Refusal::SensitiveCrossed(_) => "sensitive_crossed",
            Refusal::Busy => "busy",
            Refusal::Evaluate(EvaluateError::Unavailable) => "unavailable",
            Refusal::Evaluate(EvaluateError::NotInHistory { .. } | EvaluateError::NotKept { .. }) => "not_in_history",
            Refusal::Evaluate(EvaluateError::TooManyLinked { .. }) => "too_many_linked",
            Refusal::Evaluate(EvaluateError::TooLarge { .. }) => "too_large",
            Refusal::Evaluate(EvaluateError::NoRoom) => "no_room",
        }
    }
}

fn subject(crossing: &Crossing) -> &'static str {
    match crossing.sensitive {
        Group::Dimension(Dimension::Page) | Group::Visit(_) => "some pages of this site are sensitive, so pages are",
        _ => "a property that is sensitive is",
    }
}
