//! What a group remembers, and what it is told.

use outis_insight::{Currency, Parts};

/// What rows of one visit (or one row of nobody) add to a group, whatever is asked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) events: u32,
    pub(super) pageviews: u32,
    /// Some event besides engagement counts for floors.
    pub(super) counts_for_floor: bool,
}

/// What they add besides, if a metric needs it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extra {
    pub(super) exits: u64,
    pub(super) engaged_s: u64,
    pub(super) revenue_milli: i64,
    pub(super) revenue_events: u64,
    pub(super) currency: Currency,
    /// If the visit tells bounce rate and duration here: whether it bounced, and its seconds if not.
    pub(super) entered: Option<(bool, u32)>,
}

impl Tally {
    /// Adds further rows of the same visit.
    pub(super) fn add(&mut self, other: &Tally) {
        self.events += other.events;
        self.pageviews += other.pageviews;
        self.counts_for_floor |= other.counts_for_floor;
    }
}

impl Extra {
    /// Adds further rows of the same visit; `entered` stays.
    pub(super) fn add(&mut self, other: &Extra) {
        self.exits += other.exits;
        self.engaged_s += other.engaged_s;
        self.revenue_milli = self.revenue_milli.saturating_add(other.revenue_milli);
        self.revenue_events += other.revenue_events;
        self.currency = self.currency.and(other.currency);
    }
}

/// The visit in hand. Visits are numbered from 1 until sums are drawn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    pub(super) visit: u32,
    /// The visitor's first visit of the day.
    pub(super) visitor_began: u32,
    pub(super) day: i32,
}

/// What was seen of a group since its sums were last drawn, with the visit it has seen last. It is touched for each
/// row, so it is half a line of the processor's cache; see [`Evaluation`](super::Evaluation) for why it is wide enough.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
pub(super) struct State {
    visitors: u32,
    visits: u32,
    pageviews: u32,
    events: u32,
    last_visit: u32,
    /// Visitors of the day in hand that count for floors, and the most of any day before.
    persons_of_day: u32,
    most_persons: u32,
    /// The day in hand, doubled; 1 more if the last visitor is one of them.
    day: i32,
}

impl State {
    /// Takes in rows of a visit. True if they are its first here besides engagements.
    #[inline]
    pub(super) fn apply(&mut self, tally: &Tally, run: Run) -> bool {
        self.pageviews += tally.pageviews;
        self.events += tally.events;
        tally.events > 0 && self.see(tally.counts_for_floor, run)
    }

    /// Takes in that something besides engagements happened in a visit. True if it is the first here.
    ///
    /// Whether a visit is its visitor's first cannot be foretold: hence sums and no branches.
    #[inline]
    pub(super) fn see(&mut self, counts_for_floor: bool, run: Run) -> bool {
        let first = self.last_visit != run.visit;
        let is_new = first & (self.last_visit < run.visitor_began);
        self.visits += u32::from(first);
        self.visitors += u32::from(is_new);
        self.last_visit = run.visit;
        let day = self.day & !i32::from(is_new);
        if day & !1 == run.day << 1 {
            let counts = counts_for_floor & (day & 1 == 0);
            self.persons_of_day += u32::from(counts);
            self.day = day | i32::from(counts);
        } else if counts_for_floor {
            self.most_persons = self.persons();
            self.persons_of_day = 1;
            self.day = run.day << 1 | 1;
        }
        first
    }

    /// The largest day's visitors that count for floors.
    pub(super) fn persons(&self) -> u32 {
        self.most_persons.max(self.persons_of_day)
    }
}

/// The parts of a group that every question has.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    visitors: u64,
    visits: u64,
    pageviews: u64,
    visit_pageviews: u64,
    events: u64,
    most_persons: u32,
}

impl Sums {
    /// Takes in what counts also without a visit.
    pub(super) fn apply_to_nobody(&mut self, tally: &Tally) {
        self.events += u64::from(tally.events);
        self.pageviews += u64::from(tally.pageviews);
    }

    /// Takes in rows of visits, which the state has seen.
    pub(super) fn add_rows(&mut self, events: u64, pageviews: u64) {
        self.events += events;
        self.pageviews += pageviews;
        self.visit_pageviews += pageviews;
    }

    /// With what was seen since.
    #[must_use]
    pub(super) fn and(mut self, state: &State) -> Sums {
        self.visitors += u64::from(state.visitors);
        self.visits += u64::from(state.visits);
        self.most_persons = self.most_persons.max(state.persons());
        self.add_rows(state.events.into(), state.pageviews.into());
        self
    }

    /// With what was seen since, but for the visitors of `day` that count for floors, and how many these are.
    pub(super) fn before(mut self, state: &State, day: i32) -> (Sums, u32) {
        let (most, last) = match state.day >> 1 == day {
            true => (state.most_persons, state.persons_of_day),
            false => (state.persons(), 0),
        };
        self.most_persons = self.most_persons.max(most);
        self.visitors += u64::from(state.visitors);
        self.visits += u64::from(state.visits);
        self.add_rows(state.events.into(), state.pageviews.into());
        (self, last)
    }

    /// So many visitors of a day count for floors.
    pub(super) fn see_persons(&mut self, of_day: u32) {
        self.most_persons = self.most_persons.max(of_day);
    }

    /// All numbers.
    pub(super) fn numbers(&self) -> [u64; 6] {
        let Sums { visitors, visits, pageviews, visit_pageviews, events, most_persons } = *self;
        [visitors, visits, pageviews, visit_pageviews, events, most_persons.into()]
    }

    /// The sums of these numbers.
    pub(super) fn of_numbers(numbers: [u64; 6]) -> Sums {
        let [visitors, visits, pageviews, visit_pageviews, events, persons] = numbers;
        let most_persons = u32::try_from(persons).unwrap_or(u32::MAX);
        Sums { visitors, visits, pageviews, visit_pageviews, events, most_persons }
    }

    /// Takes in what was seen of other days.
    pub(super) fn merge(&mut self, other: &Sums) {
        self.visitors += other.visitors;
        self.visits += other.visits;
        self.pageviews += other.pageviews;
        self.visit_pageviews += other.visit_pageviews;
        self.events += other.events;
        self.most_persons = self.most_persons.max(other.most_persons);
    }

    /// Takes in what other days were counted.
    pub(super) fn add(&mut self, parts: &Parts, persons: u32) {
        self.visitors += parts.visitors;
        self.visits += parts.visits;
        self.pageviews += parts.pageviews;
        self.visit_pageviews += parts.visit_pageviews;
        self.events += parts.events;
        self.most_persons = self.most_persons.max(persons);
    }

    /// True if there was an event besides engagement.
    pub(super) fn has_events(&self) -> bool {
        self.events > 0
    }

    pub(super) fn visitors(&self) -> u64 {
        self.visitors
    }

    /// The largest day's visitors that count for floors.
    pub(super) fn persons(&self) -> u32 {
        self.most_persons
    }

    /// All parts; `rest` are those that not every question has.
    pub(super) fn parts(&self, rest: Option<&Parts>) -> Parts {
        Parts {
            visitors: self.visitors,
            visits: self.visits,
            pageviews: self.pageviews,
            visit_pageviews: self.visit_pageviews,
            events: self.events,
            ..rest.copied().unwrap_or_default()
        }
    }
}

/// Adds what rows of a visit tell besides; `first` if they are its first in the group.
pub(super) fn add_extra(rest: &mut Parts, extra: &Extra, first: bool) {
    rest.exits += extra.exits;
    rest.engaged_s += extra.engaged_s;
    add_revenue(rest, extra);
    if let (true, Some((bounced, duration_s))) = (first, extra.entered) {
        rest.entries += 1;
        rest.bounces += u64::from(bounced);
        rest.duration_s += if bounced { 0 } else { u64::from(duration_s) };
    }
}

/// Adds what counts also without a visit.
pub(super) fn add_revenue(rest: &mut Parts, extra: &Extra) {
    rest.revenue_milli = rest.revenue_milli.saturating_add(extra.revenue_milli);
    rest.revenue_events += extra.revenue_events;
    rest.currency = rest.currency.and(extra.currency);
}

/// Adds the deepest scroll position of one page in one visit.
pub(super) fn add_scroll(rest: &mut Parts, deepest: u8) {
    rest.scroll_sum += u64::from(deepest);
    rest.scroll_pairs += 1;
}
