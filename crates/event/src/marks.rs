//! Coarse marks of a member that make actives and retention exact without an id that spans days.

use serde::{Deserialize, Serialize};

/// Bits told by `people` when a member's token came with the event; all clear for anonymous visitors.
///
/// Bits 0..=2: first activity today, this week, this period. Bits 3..=4: lifecycle state of the week (0 = not told).
/// Bit 5: active in the period before. Bits 8..=31: the same three "first" bits for each of eight declared actions.
/// The upper 32 bits hold the cohort week (ISO weeks since 1970-W01, 0 = none), already widened until enough members
/// share it.
///
/// A "first" bit is set in one event of a member in its span of time, so members are counted by counting bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(pub u64);

/// A span of time in which a member's first activity is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// A local day.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// Five ISO weeks.
    Period,
}

/// What a member's activity in a span is to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lifecycle {
    /// They had never been active before.
    New,
    /// They were active in the span before too.
    Returning,
    /// They were active before, but not in the span before.
    Resurrected,
}

const STATE_AT: u32 = 3;
const ACTIVE_BEFORE: u64 = 1 << 5;
const ACTIONS_AT: u32 = 8;
const COHORT_AT: u32 = 32;

impl Marks {
    /// No member, no marks.
    pub const NONE: Marks = Marks(0);

    /// How many declared actions are marked.
    pub const ACTIONS: u8 = 8;

    /// True if this is the member's first activity in the span.
    pub fn is_first(self, span: Span) -> bool {
        self.0 & first(span) != 0
    }

    /// True if this is the first time in the span that the member does the action; false for actions from
    /// [`Marks::ACTIONS`] on.
    pub fn is_first_action(self, action: u8, span: Span) -> bool {
        self.0 & first_action(action, span) != 0
    }

    /// What activity in this week, or in this period, is to the member; `None` if it is not told. A day has no state.
    pub fn state(self, span: Span) -> Option<Lifecycle> {
        let of_week = match self.0 >> STATE_AT & 3 {
            1 => Lifecycle::New,
            2 => Lifecycle::Returning,
            3 => Lifecycle::Resurrected,
            _ => return None,
        };
        match (span, of_week) {
            (Span::Day, _) => None,
            (Span::Week, state) => Some(state),
            // Told of the first activity in the period: who is new then is new in the period.
            (Span::Period, Lifecycle::New) => Some(Lifecycle::New),
            (Span::Period, _) if self.0 & ACTIVE_BEFORE != 0 => Some(Lifecycle::Returning),
            (Span::Period, _) => Some(Lifecycle::Resurrected),
        }
    }

    /// The week in which the member was first active, as [`Day::week`](crate::Day::week) counts them.
    pub fn cohort(self) -> Option<u32> {
        u32::try_from(self.0 >> COHORT_AT).ok().filter(|week| *week != 0)
    }

    /// These marks and those of `other`, which is of the same member and day.
    #[must_use]
    pub fn with(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    /// Also marked as the first activity in the span.
    #[must_use]
    pub fn with_first(self, span: Span) -> Marks {
        Marks(self.0 | first(span))
    }

    /// Also marked as the first time in the span that the action is done; actions from [`Marks::ACTIONS`] on are not
    /// marked.
    #[must_use]
    pub fn with_first_action(self, action: u8, span: Span) -> Marks {
        Marks(self.0 | first_action(action, span))
    }

    /// With this state of the week, and whether the member was active in the period before.
    #[must_use]
    pub fn with_state(self, of_week: Lifecycle, active_in_period_before: bool) -> Marks {
        let state = match of_week {
            Lifecycle::New => 1,
            Lifecycle::Returning => 2,
            Lifecycle::Resurrected => 3,
        };
        let kept = self.0 & !(3 << STATE_AT | ACTIVE_BEFORE);
        Marks(kept | state << STATE_AT | if active_in_period_before { ACTIVE_BEFORE } else { 0 })
    }

    /// With this cohort week.
    #[must_use]
    pub fn with_cohort(self, week: u32) -> Marks {
        Marks(self.0 & u64::from(u32::MAX) | u64::from(week) << COHORT_AT)
    }
}

fn place(span: Span) -> u32 {
    match span {
        Span::Day => 0,
        Span::Week => 1,
        Span::Period => 2,
    }
}

fn first(span: Span) -> u64 {
    1 << place(span)
}

fn first_action(action: u8, span: Span) -> u64 {
    if action < Marks::ACTIONS { 1 << (ACTIONS_AT + 3 * u32::from(action) + place(span)) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPANS: [Span; 3] = [Span::Day, Span::Week, Span::Period];
    const STATES: [Lifecycle; 3] = [Lifecycle::New, Lifecycle::Returning, Lifecycle::Resurrected];

    proptest! {
        #[test]
        fn what_is_marked_is_read_and_nothing_else_changes(
            span in prop::sample::select(&SPANS[..]), action in 0u8..8, state in prop::sample::select(&STATES[..]),
            before in any::<bool>(), week in 1u32..,
        ) {
            let marks = Marks::NONE.with_state(state, before).with_cohort(week);
            let marks = marks.with_first(span).with_first_action(action, span);
            for other in SPANS {
                prop_assert_eq!(marks.is_first(other), other == span);
                for number in 0..9 {
                    prop_assert_eq!(marks.is_first_action(number, other), (number, other) == (action, span));
                }
            }
            prop_assert_eq!((marks.state(Span::Week), marks.cohort()), (Some(state), Some(week)));
        }
    }

    #[test]
    fn a_period_has_a_state_of_its_own() {
        let state = |of_week, before| Marks::NONE.with_state(of_week, before).state(Span::Period);
        assert_eq!(state(Lifecycle::New, false), Some(Lifecycle::New));
        assert_eq!(state(Lifecycle::Resurrected, true), Some(Lifecycle::Returning));
        assert_eq!(state(Lifecycle::Resurrected, false), Some(Lifecycle::Resurrected));
        assert_eq!(Marks::NONE.state(Span::Period), None);
        assert_eq!(Marks::NONE.cohort(), None);
    }
}
