//! Calendars, comparisons and buckets.

use super::*;

fn vienna() -> TimeZone {
    TimeZone::get("Europe/Vienna").expect("bundled zone")
}

fn at(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().expect("instant");
    Timestamp(at.as_millisecond())
}

fn day(text: &str) -> Day {
    Day::from_date(text.parse().expect("date"))
}

fn range(preset: Preset, now: &str) -> String {
    let zone = vienna();
    let now = at(now);
    let anchor = Anchor { day: now.day(&zone), now, zone: &zone, first_day: Some(day("2026-03-05")) };
    said(&preset.range(&anchor))
}

fn said(range: &DayRange) -> String {
    format!("{}..{}", range.from.date(), range.to.date())
}

#[test]
fn presets_follow_the_local_calendar() {
    // 23:30 UTC is the next day in Vienna.
    let now = "2026-11-23T23:30:00Z";
    for (preset, expected) in [
        (Preset::Day, "2026-11-24..2026-11-24"),
        (Preset::Yesterday, "2026-11-23..2026-11-23"),
        (Preset::Days(7), "2026-11-17..2026-11-23"),
        (Preset::Days(28), "2026-10-27..2026-11-23"),
        (Preset::Month, "2026-11-01..2026-11-30"),
        (Preset::LastMonth, "2026-10-01..2026-10-31"),
        (Preset::Months(6), "2026-05-01..2026-10-31"),
        (Preset::Months(12), "2025-11-01..2026-10-31"),
        (Preset::Year, "2026-01-01..2026-12-31"),
        (Preset::All, "2026-03-05..2026-11-24"),
    ] {
        assert_eq!(range(preset, now), expected);
    }
}

#[test]
fn the_last_24_hours_are_whole_hours_up_to_the_one_in_hand() {
    let zone = vienna();
    let now = at("2026-11-24T05:50:00Z");
    let anchor = Anchor { day: now.day(&zone), now, zone: &zone, first_day: None };
    let range = Preset::Hours24.range(&anchor);
    let (from, to) = range.slots.expect("slots");
    assert_eq!((from.start(), to.start()), (at("2026-11-23T06:00:00Z"), at("2026-11-24T06:00:00Z")));
    assert_eq!(buckets(Interval::Hour, &range, now, &zone).expect("few").len(), 24);
}

#[test]
fn windows_before_begin_on_the_same_day_of_the_week() {
    let window = |from, to, how: Comparison, matched| said(&how.window(&whole(day(from), day(to)), matched, &vienna()));
    let previous = Comparison::Previous;
    assert_eq!(window("2026-11-17", "2026-11-23", previous, true), "2026-11-10..2026-11-16");
    assert_eq!(window("2026-11-24", "2026-11-24", previous, false), "2026-11-23..2026-11-23");
    assert_eq!(window("2026-11-24", "2026-11-24", previous, true), "2026-11-17..2026-11-17");
    assert_eq!(window("2026-10-25", "2026-11-23", previous, true), "2026-09-27..2026-10-26");
    assert_eq!(window("2026-11-01", "2026-11-24", Comparison::YearBefore, false), "2025-11-01..2025-11-24");
    assert_eq!(window("2026-11-01", "2026-11-24", Comparison::YearBefore, true), "2025-11-02..2025-11-25");
    assert_eq!(window("2028-02-29", "2028-02-29", Comparison::YearBefore, false), "2027-02-28..2027-02-28");
}

#[test]
fn hours_follow_clock_changes() {
    let count = |date| {
        let day = day(date);
        buckets(Interval::Hour, &whole(day, day), at("2026-12-01T00:00:00Z"), &vienna()).expect("few").len()
    };
    assert_eq!(count("2026-03-29"), 23);
    // The repeated hour is one bucket.
    assert_eq!(count("2026-10-25"), 24);
    assert_eq!(count("2026-11-24"), 24);
}

#[test]
fn buckets_end_with_the_one_in_hand() {
    let zone = vienna();
    let now = at("2026-11-24T05:50:00Z");
    let today = day("2026-11-24");
    assert_eq!(buckets(Interval::Hour, &whole(today, today), now, &zone).expect("few").len(), 7);
    let month = whole(day("2026-11-01"), day("2026-11-30"));
    assert_eq!(buckets(Interval::Day, &month, now, &zone).expect("few").len(), 24);
    assert_eq!(buckets(Interval::Hour, &whole(Day(0), today), now, &zone), None);
    let weeks = buckets(Interval::Week, &month, now, &zone).expect("few");
    let labels: Vec<_> = weeks.iter().map(|w| label(Interval::Week, *w, &month)).collect();
    assert_eq!(labels, ["2026-11-01", "2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]);
}

#[test]
fn an_unfinished_day_is_compared_with_as_much_of_another() {
    let zone = vienna();
    let yesterday = whole(day("2026-11-23"), day("2026-11-23"));
    let cut = until_time_of_day(&yesterday, at("2026-11-24T05:50:00Z"), &zone);
    let (from, to) = cut.slots.expect("slots");
    assert_eq!((from.start(), to.start()), (at("2026-11-22T23:00:00Z"), at("2026-11-23T06:00:00Z")));
}
