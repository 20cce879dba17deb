//! Classes that values are counted in, and how far values are told apart at all.

/// A histogram of fixed classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Histogram {
    /// Seconds from the first to the last step of a funnel, of visitors who came to the end.
    TimeToConvert,
    /// Seconds of visits; a bounce has none.
    Duration,
    /// Page views of visits.
    PageViews,
    /// How often visitors do something in a day.
    Times,
    /// On how many days of a week members are active.
    ActiveDays,
}

/// What a median is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Seconds from the step before to this step of a funnel, of visitors who reached it.
    Gap(u8),
    /// Seconds from the first to the last step of a funnel.
    TimeToConvert,
    /// Seconds of visits; a bounce has none.
    Duration,
    /// Page views of visits.
    PageViews,
}

const TIMES_TO_CONVERT_S: [u32; 15] =
    [0, 10, 30, 60, 180, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800];
const DURATIONS_S: [u32; 8] = [0, 10, 30, 60, 180, 600, 1_800, 3_600];
const PAGE_VIEWS: [u32; 9] = [0, 1, 2, 3, 4, 5, 6, 11, 21];
const TIMES: [u32; 9] = [1, 2, 3, 4, 5, 6, 11, 21, 51];
const ACTIVE_DAYS: [u32; 7] = [1, 2, 3, 4, 5, 6, 7];

impl Histogram {
    /// Where each class begins; it ends before the next one begins, the last one never.
    pub fn classes(self) -> &'static [u32] {
        match self {
            Histogram::TimeToConvert => &TIMES_TO_CONVERT_S,
            Histogram::Duration => &DURATIONS_S,
            Histogram::PageViews => &PAGE_VIEWS,
            Histogram::Times => &TIMES,
            Histogram::ActiveDays => &ACTIVE_DAYS,
        }
    }

    /// The place of the class that a value lies in.
    pub fn class(self, value: u32) -> u8 {
        let behind = self.classes().partition_point(|from| *from <= value);
        u8::try_from(behind.saturating_sub(1)).unwrap_or(u8::MAX)
    }
}

/// A value as far as it is told apart: exact below 120, then by tens, from 1,200 by sixties, from 7,200 by 900. Seconds are
/// so told to about one in twelve, which is more than a median of people needs, and keeps tables small.
pub fn coarse(value: u32) -> u32 {
    let step = match value {
        0..120 => 1,
        120..1_200 => 10,
        1_200..7_200 => 60,
        _ => 900,
    };
    value / step * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_the_class_that_begins_last_before_it() {
        let class = |value| Histogram::TimeToConvert.class(value);
        assert_eq!([0, 9, 10, 59, 60, 43_199, 43_200, u32::MAX].map(class), [0, 0, 1, 2, 3, 9, 10, 14]);
    }

    #[test]
    fn coarse_values_keep_their_order() {
        let told: Vec<u32> = (0..20_000).map(coarse).collect();
        assert!(told.is_sorted());
        assert_eq!([119, 129, 1_259, 8_099].map(coarse), [119, 120, 1_200, 7_200]);
    }
}
