//! Funnels: how many visitors come how far through some steps.

use crate::{Filter, Group, Interval};

/// Most steps of a funnel.
pub const MAX_STEPS: usize = 12;

/// A funnel.
///
/// A visitor's day, or all days of a member who is followed, is looked through for *chains*: events in order, one for each step from the first on, one event
/// serving one step. The first event of a chain fulfils the question's filter; from it to the last are at most
/// `window_s` seconds, both ends included. Events of one second have an order too (their ordinal), and it counts.
///
/// Of all chains the visitor is told by one: the longest; of these the one that ends first; of these the one that
/// begins last (*latest start that still fits*); of these the one whose other steps come first. So a visitor counts
/// once a day and a followed member once, step n never has more visitors than step n-1, and the order in which rows
/// come does not matter.
///
/// A followed member who has not come to the end is *unfinished* if some event can begin a chain whose window reaches
/// behind the end of what is known of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Funnel {
    /// What fulfils each step; 2 to [`MAX_STEPS`].
    pub steps: Vec<Filter>,
    /// How strictly they follow each other.
    pub order: Order,
    /// A step that may be left out; neither the first nor the last, and only in [`Order::Ordered`]. It counts the
    /// visitors who took it right after the steps before it; the steps behind it do not ask for it.
    pub optional: Option<usize>,
    /// Most seconds from the first to the last event of a chain.
    pub window_s: u32,
    /// What ends a chain when it happens in between.
    pub exclude: Vec<Exclusion>,
    /// Every event of a chain has the same value of this, and has one.
    pub hold: Option<Group>,
    /// Visitors are also told by the value of this at their chain's first event.
    pub group: Option<Group>,
    /// Visitors are also told by when their chain begins.
    pub over_time: Option<Interval>,
}

/// How strictly steps follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// In this order; other events may come between.
    Ordered,
    /// In this order and nothing between but engagements.
    Strict,
    /// In any order: a chain is of any of the steps, and step n counts who took n of them. An exclusion ends it
    /// wherever it happens.
    Any,
    /// In this order, and only the first event that can begin a chain begins one.
    FirstTouch,
}

/// What ends a chain: an event that fulfils `filter`, behind its event of step `after` and before its event of step
/// `before`. How far the chain has come until then counts. An event that takes part in the chain is between others
/// like any event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exclusion {
    /// What ends it.
    pub filter: Filter,
    /// The step it counts from.
    pub after: usize,
    /// The step it counts up to.
    pub before: usize,
}

/// The steps that one search goes through: all that are required, or those up to the optional one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Steps of the funnel.
    pub steps: Vec<usize>,
    /// Per exclusion of the funnel: behind which and before which place of this path it counts.
    pub exclusions: Vec<(usize, usize)>,
}

impl Funnel {
    /// The steps that are required.
    pub fn required(&self) -> Path {
        let steps: Vec<usize> = (0..self.steps.len()).filter(|step| Some(*step) != self.optional).collect();
        let place = |step: usize| step - usize::from(self.optional.is_some_and(|optional| optional < step));
        let exclusions = self.exclude.iter().map(|e| (place(e.after), place(e.before))).collect();
        Path { steps, exclusions }
    }

    /// The steps up to the optional one, if there is one.
    pub fn detour(&self) -> Option<Path> {
        let optional = self.optional?;
        Some(Path {
            steps: (0..=optional).collect(),
            exclusions: self.exclude.iter().map(|e| (e.after, e.before)).collect(),
        })
    }
}
