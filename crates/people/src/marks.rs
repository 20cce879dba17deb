//! From a member's last days to the marks of an event.

use std::collections::BTreeMap;

use outis_event::{Day, Lifecycle, Marks, Span};
use serde::{Deserialize, Serialize};

/// What must be known of a member's past so that marks can be told: a few days, no history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkState {
    /// The first active day.
    first: Day,
    /// The last one.
    last: Day,
    /// The last one before the week of `last`.
    before_week: Option<Day>,
    /// The last one before the period of `last`.
    before_period: Option<Day>,
    /// When each declared action was last done.
    actions: [Option<Day>; Marks::ACTIONS as usize],
    /// Bit n: active n days before `last`. Says where rows are that must go with the member.
    recent: u128,
}

impl MarkState {
    /// The marks of a member's very first activity, and what is known afterwards.
    pub(crate) fn begin(day: Day, action: Option<u8>) -> (MarkState, Marks) {
        let mut state = MarkState {
            first: day,
            last: Day(i32::MIN),
            before_week: None,
            before_period: None,
            actions: [None; Marks::ACTIONS as usize],
            recent: 0,
        };
        let marks = state.see(day, action, |_| false);
        (state, marks)
    }

    /// The marks of an event on this day. Each first time is told once; an event of a day before the last active one
    /// (sent late) tells no first time, for those of its day have been told. The cohort is told in its own week, in which
    /// it says no more than that the member is new, and later if `is_told` of that week.
    pub(crate) fn see(&mut self, day: Day, action: Option<u8>, is_told: impl Fn(i32) -> bool) -> Marks {
        let week = self.first.week();
        let mut marks = Marks::NONE;
        if day.week() == week || is_told(week) {
            marks = marks.with_cohort(u32::try_from(week).unwrap_or(0));
        }
        if day < self.last {
            if let Some(bit) = u32::try_from(self.last.0 - day.0).ok().and_then(|days| 1u128.checked_shl(days)) {
                self.recent |= bit;
            }
            return marks;
        }
        let began = self.last == Day(i32::MIN);
        let is_new = |number: fn(Day) -> i32| began || number(day) != number(self.last);
        let (new_week, new_period) = (is_new(Day::week), is_new(Day::period));
        if new_week && !began {
            self.before_week = Some(self.last);
        }
        if new_period && !began {
            self.before_period = Some(self.last);
        }
        for (span, first) in [(Span::Day, day != self.last), (Span::Week, new_week), (Span::Period, new_period)] {
            if first {
                marks = marks.with_first(span);
            }
        }
        if let Some(action) = action {
            marks = self.act(action, day, marks);
        }
        let days = u32::try_from(day.0.saturating_sub(self.last.0)).unwrap_or(u32::MAX);
        self.recent = self.recent.checked_shl(days).unwrap_or(0) | 1;
        self.last = day;
        let in_period_before = self.before_period.is_some_and(|last| last.period() == day.period() - 1);
        marks.with_state(self.state(day), in_period_before)
    }

    fn act(&mut self, action: u8, day: Day, mut marks: Marks) -> Marks {
        let Some(last) = self.actions.get_mut(usize::from(action)) else { return marks };
        let is_first = |number: fn(Day) -> i32| last.is_none_or(|last| number(last) != number(day));
        for (span, first) in
            [(Span::Day, *last != Some(day)), (Span::Week, is_first(Day::week)), (Span::Period, is_first(Day::period))]
        {
            if first {
                marks = marks.with_first_action(action, span);
            }
        }
        *last = Some(day);
        marks
    }

    fn state(&self, day: Day) -> Lifecycle {
        if self.first.week() == day.week() {
            return Lifecycle::New;
        }
        match self.before_week {
            Some(last) if last.week() == day.week() - 1 => Lifecycle::Returning,
            _ => Lifecycle::Resurrected,
        }
    }

    /// The active days of the last 128 before and with the last one.
    pub(crate) fn recent(&self) -> impl Iterator<Item = Day> + '_ {
        (0..128).filter(|days| self.recent >> days & 1 == 1).map(|days| self.last.plus(-days))
    }

    /// The first and the last day on which the member was active.
    pub fn days(&self) -> (Day, Day) {
        (self.first, self.last)
    }
}

/// Weeks of which it is remembered how many members began in them.
const MOST_WEEKS: usize = 600;

/// How many members of a site began in each week: nothing of who they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cohorts {
    weeks: BTreeMap<i32, u32>,
}

impl Cohorts {
    /// Somebody begins in this week.
    pub(crate) fn join(&mut self, week: i32) {
        let members = self.weeks.entry(week).or_default();
        *members = members.saturating_add(1);
        if self.weeks.len() > MOST_WEEKS {
            self.weeks.pop_first();
        }
    }

    /// True if enough began in the week for it to be told of each of them later.
    pub(crate) fn is_told(&self, week: i32, floor: u32) -> bool {
        self.weeks.get(&week).is_some_and(|members| *members >= floor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const SPANS: [Span; 3] = [Span::Day, Span::Week, Span::Period];

    fn number(day: Day, span: Span) -> i32 {
        match span {
            Span::Day => day.0,
            Span::Week => day.week(),
            Span::Period => day.period(),
        }
    }

    /// What a member's whole past would say of each event.
    fn naive(events: &[(Day, Option<u8>)], at: usize) -> Marks {
        let ((day, action), before) = (events[at], &events[..at]);
        let was = |span: Span, number_of: i32| before.iter().any(|(d, _)| number(*d, span) == number_of);
        // Enough began in even weeks.
        let began = events[0].0.week();
        let is_told = day.week() == began || began % 2 == 0;
        let cohort = if is_told { u32::try_from(began).expect("a week") } else { 0 };
        let mut marks = Marks::NONE.with_cohort(cohort);
        for span in SPANS {
            if !was(span, number(day, span)) {
                marks = marks.with_first(span);
            }
            let did = |(d, a): &(Day, Option<u8>)| *a == action && number(*d, span) == number(day, span);
            if let Some(action) = action.filter(|_| !before.iter().any(did)) {
                marks = marks.with_first_action(action, span);
            }
        }
        let state = match () {
            () if events[0].0.week() == day.week() => Lifecycle::New,
            () if was(Span::Week, day.week() - 1) => Lifecycle::Returning,
            () => Lifecycle::Resurrected,
        };
        marks.with_state(state, was(Span::Period, day.period() - 1))
    }

    proptest! {
        #[test]
        fn a_few_days_say_what_the_whole_past_would(
            first in 20_000i32..20_100, steps in prop::collection::vec((0i32..45, prop::option::of(0u8..8)), 1..30),
        ) {
            let mut day = Day(first);
            let events: Vec<(Day, Option<u8>)> = steps.into_iter().map(|(days, action)| {
                day = day.plus(days);
                (day, action)
            }).collect();
            let (mut state, mut marks) = MarkState::begin(events[0].0, events[0].1);
            for (at, (day, action)) in events.iter().enumerate() {
                if at > 0 {
                    marks = state.see(*day, *action, |week| week % 2 == 0);
                }
                prop_assert_eq!(marks, naive(&events, at), "event {}", at);
            }
            let active: BTreeSet<Day> = events.iter().map(|(day, _)| *day).filter(|d| day.0 - d.0 < 128).collect();
            prop_assert_eq!(state.recent().collect::<BTreeSet<_>>(), active);
        }
    }

    #[test]
    fn a_week_in_which_few_began_is_told_of_nobody_later() {
        let mut cohorts = Cohorts::default();
        (0..4).for_each(|_| cohorts.join(2_900));
        assert!(!cohorts.is_told(2_900, 5) && !cohorts.is_told(2_901, 5));
        cohorts.join(2_900);
        assert!(cohorts.is_told(2_900, 5));
        (3_000..4_000).for_each(|week| cohorts.join(week));
        assert_eq!(cohorts.weeks.len(), MOST_WEEKS);
    }

    #[test]
    fn a_late_event_tells_no_first_time() {
        let (mut state, _) = MarkState::begin(Day(20_000), None);
        state.see(Day(20_010), None, |_| true);
        let late = state.see(Day(20_003), Some(1), |_| true);
        assert!(SPANS.iter().all(|span| !late.is_first(*span) && !late.is_first_action(1, *span)));
        assert_eq!((late.cohort(), late.state(Span::Week)), (Some(2_857), None));
        assert_eq!(state.days(), (Day(20_000), Day(20_010)));
    }
}
