//! Journeys: which ways visits take from one page or event to the next.

use outis_event::Term;

use crate::{Filter, TermSet};

/// Most stops of a way that are looked at.
pub const MAX_DEPTH: usize = 10;

/// Ways through visits.
///
/// The visits of a member who is followed are one, in their order: of those that are asked about.
///
/// A visit is counted if an event besides engagements is asked about and if it has a way: the stops between where the
/// way begins and where it ends, of which the first `depth` are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Journeys {
    /// Where ways begin and end.
    pub direction: Direction,
    /// Page views are stops.
    pub pages: bool,
    /// Events besides page views and engagements are stops.
    pub events: bool,
    /// How many stops are looked at; 1 to [`MAX_DEPTH`].
    pub depth: usize,
    /// A stop that is the same as the one before is none.
    pub collapse_repeats: bool,
    /// Pages that are one stop together; a page is in the first set that it is in.
    pub page_groups: Vec<TermSet>,
}

/// Where ways begin and end. An event that marks a beginning or an end is itself part of the way if it is a stop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the visit's first event that fulfils the filter on, or from its beginning.
    Forward(Option<Filter>),
    /// From the visit's first event that fulfils the filter backwards.
    Backward(Filter),
    /// From the visit's first event that fulfils the first filter to the first event behind it that fulfils the
    /// second. A longer way than is looked at is cut.
    Between(Filter, Filter),
}

/// Where a visit can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stop {
    /// On a page.
    Page(Term),
    /// On a page of the group at this place.
    Group(u8),
    /// At an event of this name.
    Event(Term),
    /// At one of the stops that are not told singly; in shown tables only.
    Other,
}

impl Journeys {
    /// What stop an event with this name is, on this page; `None` if it is none. `pageview` and `engagement` are the
    /// site's names for these.
    pub fn stop(&self, name: Term, page: Term, pageview: Term, engagement: Term) -> Option<Stop> {
        if name == pageview {
            let group = self.page_groups.iter().position(|pages| pages.contains(page));
            let stop = group.and_then(|group| u8::try_from(group).ok()).map_or(Stop::Page(page), Stop::Group);
            return self.pages.then_some(stop);
        }
        (self.events && name != engagement).then_some(Stop::Event(name))
    }
}
