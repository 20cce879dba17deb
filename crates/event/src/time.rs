//! Times as they may be kept (slots and local days) and as they exist in memory (timestamps and clocks).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch. In memory only: no stored format has a field for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A 15-minute slot: slots since the Unix epoch in UTC. Every time zone's hours and days are exact on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot(pub u32);

/// A day of a site's local calendar: days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

/// Milliseconds in a slot.
const SLOT_MS: i64 = 15 * 60 * 1000;

impl Timestamp {
    /// The slot this instant lies in; instants before 1970 lie in slot 0.
    pub fn slot(self) -> Slot {
        Slot(u32::try_from((self.0 / SLOT_MS).max(0)).unwrap_or(u32::MAX))
    }

    /// The local day of this instant in `zone`.
    pub fn day(self, zone: &TimeZone) -> Day {
        Day::from_date(self.zoned(zone).date())
    }

    /// Whole seconds since the start of the local day (up to 90,000 on a day of 25 hours).
    pub fn seconds_of_day(self, zone: &TimeZone) -> u32 {
        let start = self.day(zone).start(zone);
        u32::try_from((self.0 - start.0) / 1000).unwrap_or(0)
    }

    /// This instant moved by `ms` milliseconds.
    pub fn plus_ms(self, ms: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms))
    }

    /// The same instant in `zone`.
    pub fn zoned(self, zone: &TimeZone) -> jiff::ZonedDateTime {
        let at = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        at.to_zoned_datetime(zone.clone())
    }
}

impl Slot {
    /// The instant at which the slot begins.
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0) * SLOT_MS)
    }
}

impl Day {
    /// The day of a civil date.
    pub fn from_date(date: jiff::civil::Date) -> Day {
        let epoch = jiff::civil::date(1970, 1, 1);
        Day((date - epoch).get_days())
    }

    /// The civil date of the day.
    pub fn date(self) -> jiff::civil::Date {
        let epoch = jiff::civil::date(1970, 1, 1);
        epoch.saturating_add(jiff::Span::new().days(self.0.clamp(-700_000, 2_900_000)))
    }

    /// The instant at which the day begins in `zone`.
    pub fn start(self, zone: &TimeZone) -> Timestamp {
        match self.date().to_zoned_datetime(zone.clone()) {
            Ok(at) => Timestamp(at.timestamp().as_millisecond()),
            Err(_) => Timestamp(i64::from(self.0) * 86_400_000),
        }
    }

    /// The ISO week it lies in, counted from 1970-W01.
    pub fn week(self) -> i32 {
        // 1970-W01 began on 1969-12-29.
        self.0.saturating_add(3).div_euclid(7)
    }

    /// The period of five ISO weeks it lies in, the first of which began with 1970-W01.
    pub fn period(self) -> i32 {
        self.week().div_euclid(5)
    }

    /// The Monday that a week, as counted by [`Day::week`], begins on.
    pub fn of_week(week: i32) -> Day {
        Day(week.saturating_mul(7).saturating_sub(3))
    }

    /// The day `days` later (or earlier).
    pub fn plus(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }
}

/// Where "now" comes from. Tests and the demonstration inject their own.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// A clock that stands still until it is moved; clones move together.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows `at`.
    pub fn new(at: Timestamp) -> ManualClock {
        ManualClock(Arc::new(AtomicI64::new(at.0)))
    }

    /// Shows `at` from now on.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.0, Ordering::SeqCst);
    }

    /// Moves on by `ms` milliseconds.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_local_day_is_made_of_whole_slots(ms in 0i64..4_000_000_000_000, zone in prop::sample::select(vec!["UTC", "Europe/Vienna", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York"])) {
            let tz = TimeZone::get(zone).expect("bundled zone");
            let at = Timestamp(ms);
            prop_assert_eq!(at.day(&tz), at.slot().start().day(&tz));
            prop_assert!(at.seconds_of_day(&tz) < 90_001);
        }
    }

    #[test]
    fn weeks_begin_on_monday_and_periods_are_five_of_them() {
        let monday = Day::from_date(jiff::civil::date(2026, 11, 23));
        assert_eq!(monday.week(), monday.plus(6).week());
        assert_eq!(monday.plus(-1).week() + 1, monday.week());
        assert_eq!(Day::of_week(monday.week()), monday);
        assert_eq!((Day::of_week(9).period(), Day::of_week(10).period()), (1, 2));
    }

    #[test]
    fn days_and_dates_lead_to_each_other() {
        for day in [-1, 0, 1, 20_000, 20_781] {
            assert_eq!(Day::from_date(Day(day).date()), Day(day));
        }
    }
}
