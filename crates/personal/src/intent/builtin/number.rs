//! Numbers, ordinals, percentages and lengths of time.

use super::lexicon::{Sense, Words};
use super::{Read, Unit};

/// What begins at a word, each with the place behind it.
pub(super) fn all(words: &Words<'_>, at: usize) -> Vec<(usize, Read)> {
    let mut found = Vec::new();
    // The rest of a longer number is none.
    let inside =
        at > 0 && words.digits(at).is_some() && words.digits(at - 1).is_some() && is_sign(words.text.gap(at - 1));
    if inside {
        return found;
    }
    if let Some((end, number)) = number(words, at) {
        found.push((end, Read::Number(number)));
        if words.is(end, Sense::Percent) {
            found.push((end + 1, Read::Percentage(number)));
        } else if words.text.word(end) == "per" && words.text.word(end + 1) == "cent" {
            found.push((end + 2, Read::Percentage(number)));
        }
        if let Some(Sense::Unit(unit)) = words.sense(end) {
            found.push((end + 1, Read::Duration(number, unit)));
        }
    }
    match words.sense(at) {
        Some(Sense::Nth(nth)) => found.push((at + 1, Read::Ordinal(nth))),
        Some(Sense::A) => {
            if let Some(Sense::Unit(unit)) = words.sense(at + 1) {
                found.push((at + 2, Read::Duration(1.0, unit)));
            }
        }
        Some(Sense::Half) => {
            let unit = words.skip(at + 1, Sense::A);
            if let Some(Sense::Unit(of)) = words.sense(unit) {
                found.push((unit + 1, Read::Duration(0.5, of)));
            }
        }
        _ => found.extend(short_duration(words.text.word(at)).map(|read| (at + 1, read))),
    }
    found
}

fn is_sign(gap: &str) -> bool {
    matches!(gap, "." | ",")
}

/// A number in digits or words.
pub(super) fn number(words: &Words<'_>, at: usize) -> Option<(usize, f64)> {
    if let Some((end, number)) = in_digits(words, at) {
        return Some(times(words, end, number));
    }
    let (end, number) = below_hundred(words, at)?;
    Some(times(words, end, f64::from(number)))
}

/// A whole number up to 10,000 in digits or words.
pub(super) fn count(words: &Words<'_>, at: usize) -> Option<(usize, i32)> {
    let (end, number) = number(words, at)?;
    (number.fract() == 0.0 && (1.0..=10_000.0).contains(&number)).then_some((end, number as i32))
}

/// *two hundred*, *3 million*.
fn times(words: &Words<'_>, at: usize, number: f64) -> (usize, f64) {
    match words.sense(at) {
        Some(Sense::Hundred) => (at + 1, number * 100.0),
        Some(Sense::Thousand) => (at + 1, number * 1_000.0),
        Some(Sense::Million) => (at + 1, number * 1_000_000.0),
        _ => (at, number),
    }
}

fn below_hundred(words: &Words<'_>, at: usize) -> Option<(usize, u32)> {
    match (words.sense(at), words.sense(at + 1)) {
        (Some(Sense::Count(tens)), Some(Sense::Count(ones))) if tens >= 20 && (1..10).contains(&ones) => {
            Some((at + 2, tens + ones))
        }
        (Some(Sense::Count(number)), _) => Some((at + 1, number)),
        _ => None,
    }
}

/// Digits with groups of three (`1,000,000`, `1.000.000`) or a decimal sign (`2.5`, `2,5`). One sign before three digits
/// (`1.500`) is a comma of thousands if it is a comma, else decimal.
fn in_digits(words: &Words<'_>, at: usize) -> Option<(usize, f64)> {
    let mut number = words.digits(at)? as f64;
    let group = |at: usize, sign: &str| words.joined(at, sign) && words.text.word(at + 1).len() == 3;
    for sign in [",", "."] {
        let more = |at: usize| group(at, sign) && words.digits(at + 1).is_some();
        if more(at) && words.text.word(at).len() <= 3 && (sign == "," || more(at + 1)) {
            let mut end = at;
            while more(end) && end < at + 4 {
                number = number * 1_000.0 + words.digits(end + 1)? as f64;
                end += 1;
            }
            return Some((end + 1, number));
        }
    }
    let decimals = (words.joined(at, ".") || words.joined(at, ",")).then(|| words.digits(at + 1)).flatten();
    match decimals {
        Some(digits) if words.text.word(at + 1).len() <= 6 => {
            let scale = 10_f64.powi(i32::try_from(words.text.word(at + 1).len()).ok()?);
            Some((at + 2, number + digits as f64 / scale))
        }
        _ => Some((at + 1, number)),
    }
}

/// *30s*, *5min*, *2h*, *7d*.
fn short_duration(word: &str) -> Option<Read> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=4).contains(&digits) {
        return None;
    }
    let unit = match &word[digits..] {
        "s" => Unit::Second,
        "min" => Unit::Minute,
        "h" => Unit::Hour,
        "d" => Unit::Day,
        "w" => Unit::Week,
        _ => return None,
    };
    Some(Read::Duration(word[..digits].parse().ok()?, unit))
}
