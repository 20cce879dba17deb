//! Periods of the site's local calendar, the window they are compared with, and their buckets.

use jiff::Span;
use jiff::tz::TimeZone;
use outis_event::{Day, Slot, Timestamp};

use crate::bucket::{bucket, bucket_day, minutes, next_bucket};
use crate::{DayRange, Interval};

/// Most days of a period: ten years.
pub(crate) const MAX_DAYS: i32 = 3_660;
/// Most buckets of a series.
pub(crate) const MAX_BUCKETS: usize = 1_500;
/// Slots of a day and of an hour.
const SLOTS_PER_HOUR: u32 = 4;
/// Longest period told by day unless asked otherwise, and by week.
const DAYS_BY_DAY: i32 = 92;
const DAYS_BY_WEEK: i32 = 400;

/// A period relative to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preset {
    /// The day itself.
    Day,
    /// The day before.
    Yesterday,
    /// The hour in hand and the 23 before it.
    Hours24,
    /// So many days, ending the day before.
    Days(i32),
    /// The calendar month of the day.
    Month,
    /// The calendar month before.
    LastMonth,
    /// So many whole months, ending with the month before.
    Months(i32),
    /// The calendar year of the day.
    Year,
    /// From the first event to the day.
    All,
}

/// What a preset is relative to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor<'a> {
    pub(crate) day: Day,
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a TimeZone,
    /// The site's first day with events.
    pub(crate) first_day: Option<Day>,
}

impl Preset {
    /// The days of the period; calendar months and years are whole, also where they lie ahead.
    pub(crate) fn range(self, anchor: &Anchor<'_>) -> DayRange {
        let day = anchor.day;
        let months = |months: i32| Span::new().months(months);
        let first_of = |months_back| date(first_of_month(day).date().saturating_sub(months(months_back)));
        match self {
            Preset::Day => whole(day, day),
            Preset::Yesterday => whole(day.plus(-1), day.plus(-1)),
            Preset::Hours24 => last_24_hours(anchor),
            Preset::Days(days) => whole(day.plus(-days), day.plus(-1)),
            Preset::Month => whole(first_of_month(day), first_of(-1).plus(-1)),
            Preset::LastMonth => whole(first_of(1), first_of_month(day).plus(-1)),
            Preset::Months(months) => whole(first_of(months), first_of_month(day).plus(-1)),
            Preset::Year => whole(date(day.date().first_of_year()), date(day.date().last_of_year())),
            Preset::All => whole(anchor.first_day.unwrap_or(day).min(day), day),
        }
    }
}

/// Whole days.
pub(crate) fn whole(from: Day, to: Day) -> DayRange {
    DayRange { from, to, slots: None }
}

/// How many days the range touches.
pub(crate) fn days(range: &DayRange) -> i32 {
    range.to.0.saturating_sub(range.from.0).saturating_add(1)
}

fn date(date: jiff::civil::Date) -> Day {
    Day::from_date(date)
}

fn first_of_month(day: Day) -> Day {
    date(day.date().first_of_month())
}

fn last_24_hours(anchor: &Anchor<'_>) -> DayRange {
    let now = anchor.now.slot();
    let hour = bucket(Interval::Hour, anchor.now.day(anchor.zone), now, anchor.zone);
    // Slots since the local hour began: at most three, also where the offset is not whole hours.
    let mut start = now;
    while start.0 > 0 && now.0 - start.0 < SLOTS_PER_HOUR {
        let before = Slot(start.0 - 1);
        let day = before.start().day(anchor.zone);
        if bucket(Interval::Hour, day, before, anchor.zone) != hour {
            break;
        }
        start = before;
    }
    let from = Slot(start.0.saturating_sub(23 * SLOTS_PER_HOUR));
    let to = Slot(start.0.saturating_add(SLOTS_PER_HOUR));
    DayRange { from: from.start().day(anchor.zone), to: anchor.now.day(anchor.zone), slots: Some((from, to)) }
}

/// How a window is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// The same number of days just before.
    Previous,
    /// The same days of the year before.
    YearBefore,
    /// Days of one's own choice.
    Custom(Day, Day),
}

impl Comparison {
    /// The window `range` is compared with. With `match_day_of_week` it is moved, by the fewest days, so that it
    /// begins on the same day of the week (for which it may overlap the range).
    pub(crate) fn window(self, range: &DayRange, match_day_of_week: bool, zone: &TimeZone) -> DayRange {
        let length = days(range);
        let first = match self {
            Comparison::Custom(from, to) => return whole(from, to),
            // The last 24 hours are compared with the 24 hours before.
            Comparison::Previous if range.slots.is_some() && !match_day_of_week => range.from.plus(-1),
            Comparison::Previous if range.slots.is_some() => range.from.plus(-7),
            Comparison::Previous => range.from.plus(-length),
            Comparison::YearBefore => date(range.from.date().saturating_sub(Span::new().years(1))),
        };
        let first = if match_day_of_week { same_day_of_week(first, range.from) } else { first };
        shift(range, first.0 - range.from.0, zone)
    }
}

/// The day nearest to `first` on the day of the week of `of`, and before it.
fn same_day_of_week(first: Day, of: Day) -> Day {
    let after = (of.0 - first.0).rem_euclid(7);
    let candidates = [first.plus(after), first.plus(after - 7)];
    let near = candidates.into_iter().filter(|day| *day < of).min_by_key(|day| (day.0 - first.0).abs());
    near.unwrap_or(first.plus(after - 7))
}

/// The range so many days later; slots keep their local time of day.
fn shift(range: &DayRange, by: i32, zone: &TimeZone) -> DayRange {
    let (from, to) = (range.from.plus(by), range.to.plus(by));
    let moved = |slot: Slot| {
        let day = slot.start().day(zone);
        Slot(day.plus(by).start(zone).slot().0.saturating_add(slot.0.saturating_sub(day.start(zone).slot().0)))
    };
    DayRange { from, to, slots: range.slots.map(|(a, b)| (moved(a), moved(b))) }
}

/// The part of `window` before the time of day it is in `zone`, so that an unfinished day is compared with as much
/// of another.
pub(crate) fn until_time_of_day(window: &DayRange, now: Timestamp, zone: &TimeZone) -> DayRange {
    let passed = now.slot().0.saturating_sub(now.day(zone).start(zone).slot().0);
    let start = window.from.start(zone).slot();
    let end = Slot(window.to.start(zone).slot().0.saturating_add(passed).saturating_add(1));
    DayRange { slots: Some((start, end)), ..*window }
}

/// The bucket width that suits a range.
pub(crate) fn interval(preset: Option<Preset>, range: &DayRange) -> Interval {
    match preset {
        Some(Preset::Months(_) | Preset::Year) => Interval::Month,
        _ if range.slots.is_some() || range.from == range.to => Interval::Hour,
        _ if days(range) <= DAYS_BY_DAY => Interval::Day,
        _ if days(range) <= DAYS_BY_WEEK => Interval::Week,
        _ => Interval::Month,
    }
}

/// The starts of all buckets of a range up to `now`, in order; `None` if there are more than [`MAX_BUCKETS`].
pub(crate) fn buckets(interval: Interval, range: &DayRange, now: Timestamp, zone: &TimeZone) -> Option<Vec<i64>> {
    let to = range.to.min(now.day(zone).max(range.from));
    if interval == Interval::Hour {
        return hours(range, to, now, zone);
    }
    let mut starts = Vec::new();
    let mut at = bucket(interval, range.from, Slot(0), zone);
    while at <= minutes(to) {
        starts.push(at);
        if starts.len() > MAX_BUCKETS {
            return None;
        }
        at = next_bucket(interval, at);
    }
    Some(starts)
}

/// Local hours, those that a clock change leaves out or repeats included once or not at all.
fn hours(range: &DayRange, to: Day, now: Timestamp, zone: &TimeZone) -> Option<Vec<i64>> {
    if to.0 - range.from.0 > MAX_BUCKETS as i32 / 23 {
        return None;
    }
    let (mut slot, mut end) = (range.from.start(zone).slot(), to.plus(1).start(zone).slot());
    if let Some((first, last)) = range.slots {
        (slot, end) = (slot.max(first), end.min(last));
    }
    if to >= now.day(zone) {
        end = end.min(Slot(now.slot().0.saturating_add(1)));
    }
    let mut starts: Vec<i64> = Vec::new();
    while slot < end {
        let at = bucket(Interval::Hour, slot.start().day(zone), slot, zone);
        if starts.last() != Some(&at) {
            starts.push(at);
        }
        slot = Slot(slot.0 + 1);
    }
    (starts.len() <= MAX_BUCKETS).then_some(starts)
}

/// How a bucket is called: its local day, or for hours its local minute. A first bucket that begins before the range
/// is called by the range's first day.
pub(crate) fn label(interval: Interval, start: i64, range: &DayRange) -> String {
    if interval == Interval::Hour {
        return crate::bucket::bucket_start(start).strftime("%Y-%m-%dT%H:%M").to_string();
    }
    bucket_day(start).max(range.from).date().to_string()
}

#[cfg(test)]
mod tests;
