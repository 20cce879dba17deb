//! Time buckets of the site's local calendar.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use outis_event::{Day, Slot};

use crate::Interval;

const MINUTES_PER_DAY: i64 = 1440;

/// First instant of the bucket an event lies in, as local civil time in minutes since 1970-01-01T00:00 local.
///
/// The day is the one the event counts on. An event that counts on another day than its slot lies in (because it
/// came late) is in the first hour of the day it counts on. The hour that a clock change repeats is one bucket.
pub fn bucket(interval: Interval, day: Day, slot: Slot, zone: &TimeZone) -> i64 {
    match interval {
        Interval::Hour => hour(day, slot, zone),
        Interval::Day => minutes(day),
        Interval::Week => minutes(monday(day)),
        Interval::Month => minutes(first_of_month(day)),
    }
}

/// The bucket after the one that begins at `start` (or that `start` lies in).
pub fn next_bucket(interval: Interval, start: i64) -> i64 {
    let day = bucket_day(start);
    match interval {
        Interval::Hour => start.div_euclid(60) * 60 + 60,
        Interval::Day => minutes(day.plus(1)),
        Interval::Week => minutes(monday(day).plus(7)),
        Interval::Month => minutes(first_of_month(first_of_month(day).plus(31))),
    }
}

/// The local day a bucket begins on.
pub fn bucket_day(start: i64) -> Day {
    Day(i32::try_from(start.div_euclid(MINUTES_PER_DAY)).unwrap_or(i32::MAX))
}

/// The local civil time a bucket begins at.
pub fn bucket_start(start: i64) -> DateTime {
    let minute = i8::try_from(start.rem_euclid(60)).unwrap_or(0);
    let hour = i8::try_from(start.rem_euclid(MINUTES_PER_DAY) / 60).unwrap_or(0);
    bucket_day(start).date().at(hour, minute, 0, 0)
}

/// Midnight of a day, as a bucket's start.
pub fn minutes(day: Day) -> i64 {
    i64::from(day.0) * MINUTES_PER_DAY
}

/// The Monday on or before a day.
pub fn monday(day: Day) -> Day {
    // 1970-01-01 was a Thursday.
    day.plus(-(day.0.saturating_add(3)).rem_euclid(7))
}

fn first_of_month(day: Day) -> Day {
    let date: Date = day.date();
    Day::from_date(date.first_of_month())
}

fn hour(day: Day, slot: Slot, zone: &TimeZone) -> i64 {
    let at = jiff::Timestamp::from_millisecond(slot.start().0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let local = zone.to_datetime(at);
    if Day::from_date(local.date()) == day { minutes(day) + i64::from(local.hour()) * 60 } else { minutes(day) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use outis_event::Timestamp;

    fn day(text: &str) -> Day {
        Day::from_date(text.parse().expect("date"))
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        assert_eq!(monday(day("2026-11-24")), day("2026-11-23"));
        assert_eq!(monday(day("2026-11-23")), day("2026-11-23"));
        assert_eq!(monday(day("1969-12-31")), day("1969-12-29"));
        assert_eq!(next_bucket(Interval::Month, minutes(day("2026-01-01"))), minutes(day("2026-02-01")));
        assert_eq!(next_bucket(Interval::Month, minutes(day("2026-02-01"))), minutes(day("2026-03-01")));
        assert_eq!(next_bucket(Interval::Week, minutes(day("2026-11-23"))), minutes(day("2026-11-30")));
    }

    #[test]
    fn hours_are_local_even_where_the_offset_is_not_whole() {
        let zone = TimeZone::get("Asia/Kathmandu").expect("bundled zone");
        // 18:15 UTC is midnight in Kathmandu.
        let at: jiff::Timestamp = "2026-11-23T18:15:00Z".parse().expect("instant");
        let slot = Timestamp(at.as_millisecond()).slot();
        let start = bucket(Interval::Hour, day("2026-11-24"), slot, &zone);
        assert_eq!(bucket_start(start).to_string(), "2026-11-24T00:00:00");
        let later = bucket(Interval::Hour, day("2026-11-24"), Slot(slot.0 + 5), &zone);
        assert_eq!(bucket_start(later).to_string(), "2026-11-24T01:00:00");
    }

    #[test]
    fn a_late_event_is_in_the_first_hour_of_its_day() {
        let start = bucket(Interval::Hour, Day(10), Slot(0), &TimeZone::UTC);
        assert_eq!(start, minutes(Day(10)));
    }
}
