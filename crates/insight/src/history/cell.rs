//! A released count: of which values, over which days.

use outis_event::Day;

use crate::Parts;
use crate::bucket::monday;

use super::family::Family;
use super::release::Keys;

/// Weeks of a period.
const WEEKS: i32 = 5;
/// Day 0 was a Thursday: this many days of its week were over.
const BEFORE_EPOCH: i32 = 3;

/// How many days a cell is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Span {
    /// A local day.
    Day = 0,
    /// An ISO week.
    Week = 1,
    /// Five ISO weeks, counted from the week of 1970-01-01.
    Period = 2,
}

impl Span {
    /// The first day of the span that a day lies in.
    pub fn first(self, day: Day) -> Day {
        match self {
            Span::Day => day,
            Span::Week => monday(day),
            Span::Period => {
                let length = WEEKS * 7;
                Day(day.0.saturating_add(BEFORE_EPOCH).div_euclid(length) * length - BEFORE_EPOCH)
            }
        }
    }

    /// The last day of the span that begins on `first`.
    pub fn last(self, first: Day) -> Day {
        first.plus(match self {
            Span::Day => 0,
            Span::Week => 6,
            Span::Period => WEEKS * 7 - 1,
        })
    }

    /// The span with this number.
    pub fn of(number: u8) -> Option<Span> {
        [Span::Day, Span::Week, Span::Period].into_iter().find(|span| *span as u8 == number)
    }
}

/// What a cell is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// These values of the family's groups.
    Values(Keys),
    /// Everything of a day that was not released with it, and of how many values it is.
    Other(u32),
    /// The whole site in the hour that begins at this local minute.
    Hour(i64),
}

/// A released count. It never changes. A cell of a week or period is over those days on which the same values were
/// not released before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// What it is told by.
    pub family: Family,
    /// How many days it is over, at most.
    pub span: Span,
    /// The first of them.
    pub first: Day,
    /// What it is about.
    pub place: Place,
    /// What happened.
    pub parts: Parts,
}

impl Cell {
    /// The last day it may be over.
    pub fn last(&self) -> Day {
        self.span.last(self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_hold_one_another() {
        for day in (-200..40_000).map(Day) {
            let (week, period) = (Span::Week.first(day), Span::Period.first(day));
            assert!(week <= day && day <= Span::Week.last(week));
            assert!(period <= week && Span::Week.last(week) <= Span::Period.last(period));
            assert_eq!(Span::Period.first(Span::Period.last(period)), period);
            assert_eq!(Span::Period.first(Span::Period.last(period).plus(1)), Span::Period.last(period).plus(1));
            assert_eq!(monday(period), period);
        }
    }
}
