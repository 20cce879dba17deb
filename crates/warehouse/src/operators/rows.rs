//! One visit, or one row of nobody, at a time.

use std::ops::Range;

use outis_event::{AnonymousEvent, Dimension, Flags, Term};
use outis_insight::{Currency, EventFilter, Filter, Group, Metric, Query, VisitField};

use crate::Batch;

use super::Evaluation;
use super::filter::{Facts, fulfils, in_slots, term};
use super::state::Tally;

/// What must be worked out per visit and row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    /// First and last page view, bounce and duration.
    facts: bool,
    scroll: bool,
    engaged: bool,
    revenue: bool,
    /// Bounce rate and duration are those of visits that entered on the group's page, host.
    by_page: bool,
    by_hostname: bool,
}

impl Needs {
    pub(super) fn new(query: &Query) -> Needs {
        let asks = |list: &[Metric]| query.metrics.iter().any(|m| list.contains(m));
        let of_visits = asks(&[Metric::BounceRate, Metric::VisitDuration, Metric::ExitRate]);
        let grouped = query.groups.iter().any(|g| matches!(g, Group::Visit(_)));
        Needs {
            facts: of_visits || grouped || looks_at_visit(&query.filter),
            scroll: asks(&[Metric::ScrollDepth]),
            engaged: asks(&[Metric::TimeOnPage]),
            revenue: asks(&[Metric::TotalRevenue, Metric::AverageRevenue]),
            by_page: query.groups.contains(&Group::Dimension(Dimension::Page)),
            by_hostname: query.groups.contains(&Group::Dimension(Dimension::Hostname)),
        }
    }
}

fn looks_at_visit(filter: &Filter) -> bool {
    match filter {
        Filter::Event(EventFilter::Visit(..)) => true,
        Filter::Event(_) => false,
        Filter::And(list) | Filter::Or(list) => list.iter().any(looks_at_visit),
        Filter::Not(inner) | Filter::VisitHas(inner) => looks_at_visit(inner),
    }
}

impl Evaluation {
    /// Takes in a row of nobody.
    pub(super) fn nobody(&mut self, batch: &Batch, row: usize) {
        let facts = Facts::default();
        let conditions = self.conditions.of_visit.iter().chain(&self.conditions.of_row);
        let matches = in_slots(self.query.range.slots, batch, row)
            && conditions.into_iter().all(|f| fulfils(f, batch, row, &facts));
        if !matches {
            return;
        }
        let tally = self.tally(batch, row, &facts);
        self.total.apply_to_nobody(&tally);
        if self.groups.is_empty() {
            return;
        }
        let mut slots = std::mem::take(&mut self.slots);
        self.groups.slots(batch, row, &facts, &mut slots);
        for slot in &slots {
            self.state(*slot).apply_to_nobody(&tally);
        }
        self.slots = slots;
    }

    /// Takes in the rows of one visit.
    pub(super) fn visit(&mut self, batch: &Batch, rows: Range<usize>) {
        self.visit_run += 1;
        let facts = self.facts(batch, rows.clone());
        if !self.conditions.of_visit.iter().all(|f| fulfils(f, batch, rows.start, &facts)) {
            return;
        }
        let together = self.groups.are_of_visit();
        let grouped = !self.groups.is_empty();
        let mut slots = std::mem::take(&mut self.slots);
        if grouped && together {
            self.groups.slots(batch, rows.start, &facts, &mut slots);
        }
        let entered = self.needs.facts.then_some((facts.bounced, facts.duration_s));
        let mut total = Tally { entered, ..Tally::default() };
        for row in rows {
            if !self.matches(batch, row, &facts) {
                continue;
            }
            let mut tally = self.tally(batch, row, &facts);
            total.add(&tally);
            if grouped && !together {
                self.groups.slots(batch, row, &facts, &mut slots);
                tally.entered = self.entered(batch, row, &facts);
                for slot in &slots {
                    self.apply(*slot, &tally, batch.day.0);
                }
            }
            if self.needs.scroll {
                self.scroll(batch, row, if grouped { &slots } else { &[] });
            }
        }
        if grouped && together {
            for slot in &slots {
                self.apply(*slot, &total, batch.day.0);
            }
        }
        self.total.apply(&total, self.visitor_run, self.visit_run, batch.day.0);
        self.slots = slots;
        self.end_scroll();
    }

    fn matches(&self, batch: &Batch, row: usize, facts: &Facts) -> bool {
        in_slots(self.query.range.slots, batch, row)
            && self.conditions.of_row.iter().all(|f| fulfils(f, batch, row, facts))
    }

    fn facts(&self, batch: &Batch, rows: Range<usize>) -> Facts {
        let mut facts = Facts { rows: rows.clone(), ..Facts::default() };
        if !self.needs.facts {
            return facts;
        }
        let names = &batch.terms[Dimension::Event.index()];
        let mut page_views = 0;
        let mut interacted = false;
        for row in rows.clone() {
            if names[row] == self.query.pageview {
                page_views += 1;
                facts.first_page_view.get_or_insert(row);
                facts.last_page_view = Some(row);
            } else if names[row] != self.query.engagement {
                interacted |= batch.flags[row].has(Flags::INTERACTIVE);
            }
        }
        facts.bounced = page_views < 2 && !interacted;
        facts.duration_s = batch.since_s[rows.end - 1];
        facts
    }

    /// What one matching row adds; `entered` is left open.
    fn tally(&self, batch: &Batch, row: usize, facts: &Facts) -> Tally {
        let name = term(batch, Dimension::Event, row);
        let present = name != self.query.engagement;
        let page_view = name == self.query.pageview;
        let mut tally = Tally {
            events: u64::from(present),
            pageviews: u64::from(page_view),
            exits: u64::from(page_view && facts.last_page_view == Some(row)),
            counts_for_floor: present && batch.flags[row].has(Flags::COUNTS_FOR_FLOOR),
            ..Tally::default()
        };
        if self.needs.engaged {
            tally.engaged_s = u64::from(batch.engaged_s[row]);
        }
        if self.needs.revenue && (batch.currency[row] != Term::NONE || batch.revenue_milli[row] != 0) {
            tally.revenue_milli = batch.revenue_milli[row];
            tally.revenue_events = 1;
            tally.currency = Currency::One(batch.currency[row]);
        }
        tally
    }

    /// Whether the visit tells bounce rate and duration in the row's groups.
    fn entered(&self, batch: &Batch, row: usize, facts: &Facts) -> Option<(bool, u32)> {
        let same = |dimension, field: VisitField| term(batch, dimension, row) == facts.field(batch, field);
        let here = self.needs.facts
            && (!self.needs.by_page || same(Dimension::Page, VisitField::EntryPage))
            && (!self.needs.by_hostname || same(Dimension::Hostname, VisitField::EntryHostname));
        here.then_some((facts.bounced, facts.duration_s))
    }

    fn scroll(&mut self, batch: &Batch, row: usize, slots: &[u32]) {
        let position = batch.scroll[row];
        if position == AnonymousEvent::SCROLL_UNKNOWN {
            return;
        }
        let page = term(batch, Dimension::Page, row).0;
        self.scrolled.push((0, page, position.min(100)));
        for slot in slots {
            self.scrolled.push((slot + 1, page, position.min(100)));
        }
    }

    /// Gives the deepest position of each page to its groups.
    fn end_scroll(&mut self) {
        if self.scrolled.is_empty() {
            return;
        }
        let mut scrolled = std::mem::take(&mut self.scrolled);
        scrolled.sort_unstable();
        for (i, (slot, page, position)) in scrolled.iter().enumerate() {
            // The last of its (slot, page) is the deepest.
            if scrolled.get(i + 1).is_some_and(|next| (next.0, next.1) == (*slot, *page)) {
                continue;
            }
            match slot.checked_sub(1) {
                None => self.total.scrolled(*position),
                Some(slot) => self.state(slot).scrolled(*position),
            }
        }
        scrolled.clear();
        self.scrolled = scrolled;
    }
}
