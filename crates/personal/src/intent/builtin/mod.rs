//! What can be read out of any text without being told: periods, comparisons of them, numbers, ordinals, percentages and
//! lengths of time, in English and German, relative to a given day.
//!
//! Periods mean what they mean elsewhere in the product: weeks begin on Monday, and *the last 7 days* (weeks, months,
//! quarters, years) are whole ones that leave out the present one.

mod lexicon;
mod number;
mod period;
#[cfg(test)]
mod tests;

use std::ops::Range;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::text::Text;

pub use period::{Comparison, Period};

/// A length of the calendar or of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 60 of them are a minute.
    Second,
    /// 60 of them are an hour.
    Minute,
    /// 24 of them are a day, in lengths of time.
    Hour,
    /// A calendar day.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// Three months.
    Quarter,
    /// A calendar year.
    Year,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Read {
    Period(Period),
    Comparison(Comparison),
    Number(f64),
    Ordinal(u32),
    /// 5 for 5 %.
    Percentage(f64),
    Duration(f64, Unit),
}

/// Something that was read, and where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// The words.
    pub(crate) words: Range<usize>,
    pub(crate) read: Read,
}

/// Everything that can be read, for every word the longest of each kind that begins there.
pub(crate) fn find(text: &Text, today: Date) -> Vec<Found> {
    let words = lexicon::Words::of(text);
    let mut found = Vec::new();
    for at in 0..text.len() {
        let mut add = |end: usize, read: Read| found.push(Found { words: at..end, read });
        if let Some((end, period)) = period::period(&words, at, today) {
            add(end, Read::Period(period));
        }
        if let Some((end, comparison)) = period::comparison(&words, at, today) {
            add(end, Read::Comparison(comparison));
        }
        number::all(&words, at).into_iter().for_each(|(end, read)| add(end, read));
    }
    found
}
