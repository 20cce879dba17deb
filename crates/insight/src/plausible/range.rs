//! The time a query is about.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use outis_event::{Day, Slot, Timestamp};
use serde_json::Value;

use crate::DayRange;
use crate::native::Context;
use crate::period::{Anchor, MAX_DAYS, Preset, days, whole};

use super::error::{QueryError, token, wrong};

/// A date range that fits the schema.
#[derive(Clone, Debug)]
pub(super) enum Asking {
    /// Only beside a mistake.
    Nothing,
    Preset(Preset),
    /// A preset of more days or months than there can be, as it was written.
    TooLong(String),
    Dates(Date, Date),
    /// Two instants, or `None` where the offset is missing, as they were written.
    Instants(Option<(Timestamp, Timestamp)>, String, String),
}

/// Reads a date range; `None` if it does not fit the schema.
pub(super) fn date_range(value: &Value) -> Option<Asking> {
    match value {
        Value::String(name) => named(name),
        Value::Array(list) => match list.as_slice() {
            [Value::String(first), Value::String(last)] => between(first, last),
            _ => None,
        },
        _ => None,
    }
}

fn named(name: &str) -> Option<Asking> {
    let preset = match name {
        "day" => Preset::Day,
        "24h" => Preset::Hours24,
        "month" => Preset::Month,
        "year" => Preset::Year,
        "all" => Preset::All,
        _ => return counted(name),
    };
    Some(Asking::Preset(preset))
}

/// `7d`, `6mo` and the like.
fn counted(name: &str) -> Option<Asking> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = name.split_at(digits);
    if number.is_empty() || number.len() > 9 {
        return None;
    }
    let number: i32 = number.parse().ok()?;
    let (preset, most) = match unit {
        "d" => (Preset::Days(number), MAX_DAYS),
        "mo" => (Preset::Months(number), MAX_DAYS / 31),
        _ => return None,
    };
    match number {
        0 => None,
        n if n > most => Some(Asking::TooLong(name.to_owned())),
        _ => Some(Asking::Preset(preset)),
    }
}

fn between(first: &str, last: &str) -> Option<Asking> {
    let date = |text: &str| (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
    if let (Some(first), Some(last)) = (date(first), date(last)) {
        return Some(Asking::Dates(first, last));
    }
    let instant = |text: &str| {
        let at = (text.len() > 10 && has_real_offset(text)).then(|| text.parse::<jiff::Timestamp>().ok()).flatten();
        at.map(|at| Timestamp(at.as_millisecond()))
    };
    let local = |text: &str| (text.len() > 10).then(|| text.parse::<jiff::civil::DateTime>().ok()).flatten();
    match (instant(first), instant(last)) {
        (Some(a), Some(b)) => Some(Asking::Instants(Some((a, b)), first.to_owned(), last.to_owned())),
        _ if local(first).is_some() && local(last).is_some() && !(offset(first) || offset(last)) => {
            Some(Asking::Instants(None, first.to_owned(), last.to_owned()))
        }
        _ => None,
    }
}

/// True unless a time ends with an offset that no place on Earth has (the parser knows offsets up to 25 hours).
fn has_real_offset(text: &str) -> bool {
    let sign = text.get(10..).and_then(|time| time.rfind(['+', '-']));
    let hours = sign.and_then(|at| text.get(at + 11..at + 13)).and_then(|hours| hours.parse::<u8>().ok());
    hours.is_none_or(|hours| hours <= 14)
}

/// True if a time ends with an offset (which may be none that exists).
fn offset(text: &str) -> bool {
    text.ends_with('Z') || text.get(10..).is_some_and(|time| time.contains(['+', '-']))
}

impl Asking {
    /// The days (and slots) asked about, and the preset if it was one. Instants are widened to whole slots.
    pub(super) fn resolve(&self, context: &Context<'_>) -> Result<(DayRange, Option<Preset>), QueryError> {
        let today = context.now.day(context.zone);
        let (range, preset) = match self {
            Asking::Nothing => (whole(today, today), None),
            Asking::Preset(preset) => {
                let anchor = Anchor { day: today, now: context.now, zone: context.zone, first_day: context.first_day };
                (preset.range(&anchor), Some(*preset))
            }
            Asking::TooLong(name) => return wrong(format!("Invalid date_range \"{}\"", token(name))),
            Asking::Dates(first, last) => (whole(Day::from_date(*first), Day::from_date(*last)), None),
            Asking::Instants(Some((first, last)), ..) => (instants(*first, *last, context.zone), None),
            Asking::Instants(None, first, last) => {
                let (first, last) = (token(first), token(last));
                return wrong(format!("Invalid date_range '[\"{first}\", \"{last}\"]'."));
            }
        };
        if range.from > range.to || range.slots.is_some_and(|(from, to)| from >= to) {
            return wrong("Invalid date_range. The first date is after the last one.");
        }
        if days(&range) > MAX_DAYS || range.from < Day(0) {
            return wrong("Invalid date_range. A range begins after 1970 and is at most ten years long.");
        }
        Ok((range, preset))
    }
}

fn instants(first: Timestamp, last: Timestamp, zone: &TimeZone) -> DayRange {
    let slots = (first.slot(), Slot(last.slot().0.saturating_add(1)));
    let slots = if first.0 <= last.0 { slots } else { (slots.1, slots.1) };
    DayRange { from: first.day(zone), to: last.day(zone), slots: Some(slots) }
}

/// First and last second of a range, as local time with its offset.
pub(super) fn ends(range: &DayRange, zone: &TimeZone) -> (String, String) {
    let (first, end) = match range.slots {
        Some((from, to)) => (from.start(), to.start()),
        None => (range.from.start(zone), range.to.plus(1).start(zone)),
    };
    (local(first, zone), local(end.plus_ms(-1000), zone))
}

fn local(at: Timestamp, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let offset = zone.to_offset(at);
    at.display_with_offset(offset).to_string()
}
