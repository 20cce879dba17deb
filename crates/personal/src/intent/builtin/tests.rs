//! Phrases and the days they mean, on Monday 30 November 2026.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn today() -> Date {
    date(2026, 11, 30)
}

fn longest(text: &str, wanted: impl Fn(&Read) -> bool) -> Option<Read> {
    let text = Text::new(text).expect("short");
    let found = find(&text, today()).into_iter().filter(|found| wanted(&found.read));
    found.min_by_key(|found| (found.words.start, usize::MAX - found.words.end)).map(|found| found.read)
}

fn period(text: &str) -> Option<String> {
    match longest(text, |read| matches!(read, Read::Period(_)))? {
        Read::Period(Period { from, to, preset, .. }) => {
            let from = from.map_or("".to_owned(), |from| from.to_string());
            Some(format!("{from}..{to}{}", preset.map_or(String::new(), |preset| format!(" {preset}"))))
        }
        _ => None,
    }
}

#[test]
fn periods_are_read() {
    for (text, days) in [
        ("today", "2026-11-30..2026-11-30 today"),
        ("visitors yesterday please", "2026-11-29..2026-11-29 yesterday"),
        ("the day before yesterday", "2026-11-28..2026-11-28"),
        ("last 7 days", "2026-11-23..2026-11-29 7d"),
        ("past seven days", "2026-11-23..2026-11-29 7d"),
        ("in the last 28 days", "2026-11-02..2026-11-29 28d"),
        ("last 10 days", "2026-11-20..2026-11-29"),
        ("last 24 hours", "2026-11-29..2026-11-30 24h"),
        ("last two weeks", "2026-11-16..2026-11-29"),
        ("this week", "2026-11-30..2026-11-30"),
        ("last week", "2026-11-23..2026-11-29"),
        ("last weekend", "2026-11-28..2026-11-29"),
        ("this month", "2026-11-01..2026-11-30 month"),
        ("last month", "2026-10-01..2026-10-31 last_month"),
        ("last 6 months", "2026-05-01..2026-10-31 6mo"),
        ("last quarter", "2026-07-01..2026-09-30"),
        ("this quarter", "2026-10-01..2026-11-30"),
        ("this year", "2026-01-01..2026-11-30 year"),
        ("last year", "2025-01-01..2025-12-31"),
        ("year to date", "2026-01-01..2026-11-30 year"),
        ("ytd", "2026-01-01..2026-11-30 year"),
        ("all time", "..2026-11-30 all"),
        ("q1", "2026-01-01..2026-03-31"),
        ("q4 2025", "2025-10-01..2025-12-31"),
        ("2025 q4", "2025-10-01..2025-12-31"),
        ("the first quarter of 2025", "2025-01-01..2025-03-31"),
        ("second half of last year", "2025-07-01..2025-12-31"),
        ("in march", "2026-03-01..2026-03-31"),
        ("in december", "2025-12-01..2025-12-31"),
        ("in may", "2026-05-01..2026-05-31"),
        ("march 2024", "2024-03-01..2024-03-31"),
        ("march 5", "2026-03-05..2026-03-05"),
        ("december 5th", "2025-12-05..2025-12-05"),
        ("5th of march 2024", "2024-03-05..2024-03-05"),
        ("since may", "2026-05-01..2026-11-30"),
        ("since last monday", "2026-11-23..2026-11-30"),
        ("since 2026-11-02", "2026-11-02..2026-11-30"),
        ("from march to may", "2026-03-01..2026-05-31"),
        ("november to january", "2025-11-01..2026-01-31"),
        ("between march and may", "2026-03-01..2026-05-31"),
        ("1 to 5 march", "2026-03-01..2026-03-05"),
        ("2026-03-05 - 2026-04-01", "2026-03-05..2026-04-01"),
        ("2026-02", "2026-02-01..2026-02-28"),
        ("5.3.2024", "2024-03-05..2024-03-05"),
        ("in 2024", "2024-01-01..2024-12-31"),
        ("on monday", "2026-11-30..2026-11-30"),
        ("last monday", "2026-11-23..2026-11-23"),
        ("3 days ago", "2026-11-27..2026-11-27"),
        ("a week ago", "2026-11-23..2026-11-29"),
        ("so far this month", "2026-11-01..2026-11-30 month"),
        ("next week", "2026-12-07..2026-12-13"),
        ("tomorrow", "2026-12-01..2026-12-01"),
        ("next friday", "2026-12-04..2026-12-04"),
        ("letzte woche", "2026-11-23..2026-11-29"),
        ("die letzten 7 tage", "2026-11-23..2026-11-29 7d"),
        ("im märz", "2026-03-01..2026-03-31"),
        ("seit mai", "2026-05-01..2026-11-30"),
        ("vor 3 tagen", "2026-11-27..2026-11-27"),
        ("vom 1. bis 5. märz", "2026-03-01..2026-03-05"),
        ("von märz bis mai", "2026-03-01..2026-05-31"),
    ] {
        assert_eq!(period(text).as_deref(), Some(days), "{text}");
    }
}

#[test]
fn what_is_no_period_is_not_read() {
    for text in [
        "you may go",
        "may i ask",
        "3/5/2024",
        "2024 days",
        "the last one",
        "february 31",
        "13.13.2024",
        "since tomorrow",
    ] {
        let read = period(text);
        assert!(read.is_none() || text == "since tomorrow", "{text}: {read:?}");
    }
}

#[test]
fn comparisons_are_read() {
    let read = |text: &str| match longest(text, |read| matches!(read, Read::Comparison(_))) {
        Some(Read::Comparison(comparison)) => Some(comparison),
        _ => None,
    };
    for text in [
        "last month compared with the month before",
        "this week vs the previous period",
        "compared to the period before",
        "week over week",
        "letzte woche verglichen mit der woche davor",
    ] {
        assert_eq!(read(text), Some(Comparison::Previous), "{text}");
    }
    for text in [
        "this month compared to last year",
        "year over year",
        "yoy",
        "versus the same period last year",
        "against the year before",
        "gegenüber dem letzten jahr",
    ] {
        assert_eq!(read(text), Some(Comparison::YearBefore), "{text}");
    }
    assert!(
        matches!(read("this month vs march"), Some(Comparison::With(Period { to, .. })) if to == date(2026, 3, 31))
    );
    assert_eq!(read("over the hill"), None);
}

#[test]
fn numbers_are_read() {
    let number = |text: &str| longest(text, |read| matches!(read, Read::Number(_)));
    for (text, value) in [
        ("7", 7.0),
        ("2.5", 2.5),
        ("2,5", 2.5),
        ("1,000", 1_000.0),
        ("1,234,567", 1_234_567.0),
        ("1.234.567", 1_234_567.0),
        ("twenty one", 21.0),
        ("two hundred", 200.0),
        ("3 million", 3e6),
        ("zwölf", 12.0),
    ] {
        assert_eq!(number(text), Some(Read::Number(value)), "{text}");
    }
    let read = |text: &str, kind: fn(&Read) -> bool| longest(text, kind);
    assert_eq!(read("5 %", |r| matches!(r, Read::Percentage(_))), Some(Read::Percentage(5.0)));
    assert_eq!(read("12.5 percent", |r| matches!(r, Read::Percentage(_))), Some(Read::Percentage(12.5)));
    assert_eq!(read("the 3rd one", |r| matches!(r, Read::Ordinal(_))), Some(Read::Ordinal(3)));
    for (text, count, unit) in [
        ("30 minutes", 30.0, Unit::Minute),
        ("half an hour", 0.5, Unit::Hour),
        ("a week", 1.0, Unit::Week),
        ("2h", 2.0, Unit::Hour),
    ] {
        assert_eq!(read(text, |r| matches!(r, Read::Duration(..))), Some(Read::Duration(count, unit)), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_fail(text in "[ a-z0-9.,%-]{0,80}") {
        let text = Text::new(&text).expect("short");
        for found in find(&text, today()) {
            prop_assert!(found.words.start < found.words.end && found.words.end <= text.len());
        }
    }

    #[test]
    fn words_of_time_in_any_order_end_after_they_begin(
        words in prop::collection::vec(prop::sample::select(vec![
            "last", "since", "from", "to", "may", "5", "2024", "days", "ago", "first", "quarter", "of", "year", "monday",
            "compared", "with", "the", "9999", "month", "before", "next", "31", "february", "-", "q2", "10000", "years",
        ]), 0..9),
        day in -4_000_i32..4_000,
    ) {
        use jiff::ToSpan;
        let text = Text::new(&words.join(" ")).expect("short");
        let day = today().checked_add(i64::from(day).days()).expect("near");
        for found in find(&text, day) {
            if let Read::Period(Period { from: Some(from), to, .. }) = found.read {
                prop_assert!(from <= to);
            }
        }
    }
}
