//! What a group remembers, and what it is told.

use outis_insight::{Currency, Parts};

/// What rows of one visit (or one row of nobody) add to a group.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) events: u64,
    pub(super) pageviews: u64,
    pub(super) exits: u64,
    pub(super) engaged_s: u64,
    pub(super) revenue_milli: i64,
    pub(super) revenue_events: u64,
    pub(super) currency: Currency,
    /// Some event besides engagement counts for floors.
    pub(super) counts_for_floor: bool,
    /// If the visit tells bounce rate and duration here: whether it bounced, and its seconds if not.
    pub(super) entered: Option<(bool, u32)>,
}

impl Tally {
    /// Adds further rows of the same visit; `entered` stays.
    pub(super) fn add(&mut self, other: &Tally) {
        self.events += other.events;
        self.pageviews += other.pageviews;
        self.exits += other.exits;
        self.engaged_s += other.engaged_s;
        self.revenue_milli = self.revenue_milli.saturating_add(other.revenue_milli);
        self.revenue_events += other.revenue_events;
        self.currency = self.currency.and(other.currency);
        self.counts_for_floor |= other.counts_for_floor;
    }
}

/// The running parts of a group, with the runs it has seen last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    pub(super) parts: Parts,
    last_visitor: u64,
    last_visit: u64,
    /// The last visitor that counted for floors.
    last_counted: u64,
    /// Visitors of the day in hand that count for floors, and the most of any day before.
    day: i32,
    persons_of_day: u64,
    most_persons: u64,
}

impl State {
    /// Takes in rows of a visit. Runs are numbered from 1.
    pub(super) fn apply(&mut self, tally: &Tally, visitor: u64, visit: u64, day: i32) {
        self.parts.visit_pageviews += tally.pageviews;
        self.parts.exits += tally.exits;
        self.parts.engaged_s += tally.engaged_s;
        self.apply_to_nobody(tally);
        if tally.events == 0 {
            return;
        }
        if self.last_visit != visit {
            self.last_visit = visit;
            self.parts.visits += 1;
            if self.last_visitor != visitor {
                self.last_visitor = visitor;
                self.parts.visitors += 1;
            }
            if let Some((bounced, duration_s)) = tally.entered {
                self.parts.entries += 1;
                self.parts.bounces += u64::from(bounced);
                self.parts.duration_s += if bounced { 0 } else { u64::from(duration_s) };
            }
        }
        if tally.counts_for_floor && self.last_counted != visitor {
            self.last_counted = visitor;
            self.count_person(day);
        }
    }

    /// Takes in what counts also without a visit.
    pub(super) fn apply_to_nobody(&mut self, tally: &Tally) {
        self.parts.events += tally.events;
        self.parts.pageviews += tally.pageviews;
        self.parts.revenue_milli = self.parts.revenue_milli.saturating_add(tally.revenue_milli);
        self.parts.revenue_events += tally.revenue_events;
        self.parts.currency = self.parts.currency.and(tally.currency);
    }

    /// Takes in the deepest scroll position of one page in one visit.
    pub(super) fn scrolled(&mut self, deepest: u8) {
        self.parts.scroll_sum += u64::from(deepest);
        self.parts.scroll_pairs += 1;
    }

    /// Takes in what was seen of other days.
    pub(super) fn merge(&mut self, other: &State) {
        self.parts.add(&other.parts);
        self.most_persons = self.most_persons.max(other.persons());
    }

    /// The largest day's visitors that count for floors.
    pub(super) fn persons(&self) -> u64 {
        self.most_persons.max(self.persons_of_day)
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
