//! What a group remembers, and what it is told.

use outis_insight::{Currency, Parts};

/// What rows of one visit (or one row of nobody) add to a group, whatever is asked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) events: u64,
    pub(super) pageviews: u64,
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

/// The visit in hand. Visits are numbered from 1 through all days of an evaluation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    pub(super) visit: u64,
    /// The visitor's first visit of the day.
    pub(super) visitor_began: u64,
    pub(super) day: i32,
}

/// The running parts of a group that every question has, with the visit it has seen last: what is touched for each
/// row is one line of the processor's cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub(super) struct State {
    visitors: u64,
    visits: u64,
    pageviews: u64,
    visit_pageviews: u64,
    events: u64,
    last_visit: u64,
    /// Visitors of the day in hand that count for floors, and the most of any day before.
    day: i32,
    persons_of_day: u32,
    most_persons: u32,
    /// The last visitor is one of them.
    counted: bool,
}

impl State {
    /// Takes in rows of a visit. True if they are its first here besides engagements.
    pub(super) fn apply(&mut self, tally: &Tally, run: Run) -> bool {
        self.visit_pageviews += tally.pageviews;
        self.apply_to_nobody(tally);
        if tally.events == 0 {
            return false;
        }
        let first = self.last_visit != run.visit;
        if first {
            self.visits += 1;
            if self.last_visit < run.visitor_began {
                self.visitors += 1;
                self.counted = false;
            }
            self.last_visit = run.visit;
        }
        if tally.counts_for_floor && !self.counted {
            self.counted = true;
            self.count_person(run.day);
        }
        first
    }

    /// Takes in what counts also without a visit.
    pub(super) fn apply_to_nobody(&mut self, tally: &Tally) {
        self.events += tally.events;
        self.pageviews += tally.pageviews;
    }

    /// Takes in what was seen of other days.
    pub(super) fn merge(&mut self, other: &State) {
        self.visitors += other.visitors;
        self.visits += other.visits;
        self.pageviews += other.pageviews;
        self.visit_pageviews += other.visit_pageviews;
        self.events += other.events;
        self.most_persons = self.most_persons.max(other.persons());
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
        self.most_persons.max(self.persons_of_day)
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

    fn count_person(&mut self, day: i32) {
        if self.day != day {
            self.most_persons = self.persons();
            self.persons_of_day = 0;
            self.day = day;
        }
        self.persons_of_day += 1;
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
