//! One visit, or one row of nobody, at a time.

use std::ops::Range;

use outis_event::{AnonymousEvent, Dimension, Flags, Term};
use outis_insight::{Currency, EventFilter, Filter, Group, Key, Metric, Parts, Query, VisitField};

use crate::Batch;

use super::filter::{Facts, fulfils, in_slots, term};
use super::state::{Extra, State, Tally, add_revenue, add_scroll};
use super::{Evaluation, Way};

/// Metrics that tell who and which visits are there.
const PRESENCE: [Metric; 3] = [Metric::Visitors, Metric::Visits, Metric::Percentage];

/// What must be worked out per visit and row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    /// First and last page view and bounce.
    facts: bool,
    duration: bool,
    scroll: bool,
    engaged: bool,
    revenue: bool,
    /// Who and which visits, not how often: one event tells it of a visit.
    presence: bool,
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
            duration: asks(&[Metric::VisitDuration]),
            scroll: asks(&[Metric::ScrollDepth]),
            engaged: asks(&[Metric::TimeOnPage]),
            revenue: asks(&[Metric::TotalRevenue, Metric::AverageRevenue]),
            presence: query.metrics.iter().all(|m| PRESENCE.contains(m)),
            by_page: query.groups.contains(&Group::Dimension(Dimension::Page)),
            by_hostname: query.groups.contains(&Group::Dimension(Dimension::Hostname)),
        }
    }

    /// More is told of rows than a [`Tally`].
    fn extra(self) -> bool {
        self.facts || self.engaged || self.revenue
    }

    /// Of parts that hold everything, those that rows would have told besides a [`Tally`]: nothing else was asked for.
    pub(super) fn of(self, parts: &Parts) -> Parts {
        let mut rest = Parts::default();
        if self.facts {
            (rest.entries, rest.bounces, rest.exits) = (parts.entries, parts.bounces, parts.exits);
        }
        if self.duration {
            rest.duration_s = parts.duration_s;
        }
        if self.scroll {
            (rest.scroll_sum, rest.scroll_pairs) = (parts.scroll_sum, parts.scroll_pairs);
        }
        if self.engaged {
            rest.engaged_s = parts.engaged_s;
        }
        if self.revenue {
            rest.revenue_milli = parts.revenue_milli;
            (rest.revenue_events, rest.currency) = (parts.revenue_events, parts.currency);
        }
        rest
    }

    /// Without counts that nobody asked for, which depend on how rows were looked at.
    pub(super) fn told(self, parts: Parts) -> Parts {
        match self.presence {
            true => Parts { events: parts.events.min(1), pageviews: 0, visit_pageviews: 0, ..parts },
            false => parts,
        }
    }

    /// There is anything besides.
    pub(super) fn any(self) -> bool {
        self.extra() || self.scroll
    }

    /// What is told of a visit follows from names and flags alone.
    fn only_counts(self) -> bool {
        !self.engaged && !self.revenue && !self.scroll
    }
}

fn looks_at_visit(filter: &Filter) -> bool {
    match filter {
        Filter::Event(EventFilter::Visit(..)) => true,
        Filter::Event(_) => false,
        Filter::And(list) | Filter::Or(list) => list.iter().any(looks_at_visit),
        Filter::Not(inner) | Filter::VisitHas(inner) | Filter::Selected(inner) => looks_at_visit(inner),
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
        let tally = self.tally(batch, row);
        let extra = self.needs.revenue.then(|| self.extra(batch, row, &facts));
        self.total_sums.apply_to_nobody(&tally);
        if let Some(extra) = &extra {
            add_revenue(&mut self.total_rest, extra);
        }
        if self.groups.is_empty() {
            return;
        }
        let mut slots = std::mem::take(&mut self.slots);
        self.groups.slots(batch, row, &facts, &mut slots);
        for slot in &slots {
            self.sum(*slot).apply_to_nobody(&tally);
            if let Some(extra) = &extra {
                add_revenue(self.rest(*slot), extra);
            }
        }
        self.slots = slots;
    }

    /// How the rows of a batch can be looked at.
    pub(super) fn way(&mut self, batch: &Batch) -> Way {
        let is_whole = self.query.range.slots.is_none() && self.conditions.of_visit.is_empty() && !self.needs.any();
        if !is_whole {
            return Way::OfVisits;
        }
        if self.conditions.of_row.is_empty() && self.groups.are_of_day() && batch.rows > 0 {
            let slot = (!self.groups.is_empty()).then(|| self.groups.only_slot(batch, 0, &Facts::default()));
            return Way::Whole(slot);
        }
        let is_masked = self.conditions.of_row.is_empty() || !self.mask.is_empty();
        if self.groups.are_of_visit() && self.conditions.of_row.is_empty() {
            return self.grouped(batch);
        }
        if self.groups.are_of_visit() || !is_masked {
            return Way::OfVisits;
        }
        self.find_matching(batch);
        if !self.groups.slots_of_rows(batch, &self.matching, &mut self.row_slots) {
            return Way::OfVisits;
        }
        self.placed = 0;
        self.states.resize(self.states.len().max(self.groups.len()), State::default());
        Way::Placed
    }

    /// Finds the slots of all visits, if all rows of a visit are in one group.
    fn grouped(&mut self, batch: &Batch) -> Way {
        self.matching.clear();
        let mut start = 0;
        self.matching.extend(batch.visits.iter().map(|visit| std::mem::replace(&mut start, visit.end)));
        if !self.groups.slots_of_rows(batch, &self.matching, &mut self.row_slots) {
            return Way::OfVisits;
        }
        self.states.resize(self.states.len().max(self.groups.len()), State::default());
        Way::Grouped
    }

    /// Lists the rows that the mask lets through; an empty one lets all through.
    fn find_matching(&mut self, batch: &Batch) {
        let rows = 0..u32::try_from(batch.rows).unwrap_or(u32::MAX);
        self.matching.clear();
        if self.mask.is_empty() {
            self.matching.extend(rows);
            return;
        }
        // Every row is written and only those that match are kept: nothing is to be foretold about them.
        self.matching.resize(batch.rows, 0);
        let mut count = 0;
        for (row, holds) in rows.zip(&self.mask) {
            self.matching[count] = row;
            count += usize::from(*holds);
        }
        self.matching.truncate(count);
    }

    /// Takes in a batch all of whose rows match, those of each visit in one group.
    pub(super) fn wholes(&mut self, batch: &Batch, slot_of: impl Fn(usize) -> Option<u32>) {
        // In locals: what is in memory is waited for from one visit to the next.
        let (mut total, mut run) = (self.total, self.run);
        let (mut start, mut visitor) = (0, 0);
        for (at, visit) in batch.visits.iter().enumerate() {
            let rows = start..visit.end as usize;
            start = rows.end;
            if visit.visitor == 0 {
                self.nobody(batch, rows.start);
                continue;
            }
            run.visit += 1;
            run.visitor_began = if visit.visitor == visitor { run.visitor_began } else { run.visit };
            visitor = visit.visitor;
            let tally = self.tally_of(batch, rows);
            total.apply(&tally, run);
            if let Some(slot) = slot_of(at) {
                self.state(slot).apply(&tally, run);
            }
        }
        (self.total, self.run) = (total, run);
    }

    /// Takes in the rows of a visit that match, whose slots were found: all before `end` that were not looked at.
    pub(super) fn placed(&mut self, batch: &Batch, end: usize) {
        let mut total = Tally::default();
        while let Some(row) = self.matching.get(self.placed).map(|row| *row as usize).filter(|row| *row < end) {
            let tally = self.tally(batch, row);
            total.add(&tally);
            if let Some(state) = self.states.get_mut(self.row_slots[self.placed] as usize) {
                state.apply(&tally, self.run);
            }
            self.placed += 1;
        }
        if total.events > 0 || total.pageviews > 0 {
            self.total.apply(&total, self.run);
        }
    }

    /// Leaves out rows before `end` that were looked at otherwise.
    pub(super) fn pass_over(&mut self, end: usize) {
        while self.way == Way::Placed && self.matching.get(self.placed).is_some_and(|row| (*row as usize) < end) {
            self.placed += 1;
        }
    }

    /// Takes in the rows of one visit.
    pub(super) fn visit(&mut self, batch: &Batch, rows: Range<usize>) {
        if !self.mask.is_empty() && !self.mask[rows.clone()].contains(&true) {
            return;
        }
        let facts = self.facts(batch, rows.clone());
        if !self.conditions.of_visit.iter().all(|f| fulfils(f, batch, rows.start, &facts)) {
            return;
        }
        if self.groups.are_of_visit() {
            self.together(batch, rows, &facts);
        } else {
            self.row_by_row(batch, rows, &facts);
        }
        self.end_scroll();
    }

    /// Tells of each visitor of a batch that counts for floors the slots in which they count, each once.
    pub(crate) fn who(&mut self, batch: &Batch, mut tell: impl FnMut(u64, &[u32])) {
        self.groups.begin(batch.day);
        let (mut slots, mut all) = (Vec::new(), Vec::new());
        for run in batch.runs().filter(|run| run.visitor != 0) {
            for visit in run.visits {
                let rows = batch.rows_of(visit);
                let facts = self.facts(batch, rows.clone());
                for row in rows {
                    if self.tally(batch, row).counts_for_floor {
                        self.groups.slots(batch, row, &facts, &mut slots);
                        all.extend_from_slice(&slots);
                    }
                }
            }
            if !all.is_empty() {
                all.sort_unstable();
                all.dedup();
                tell(run.visitor, &all);
            }
            all.clear();
        }
    }

    /// Tells what each visitor of a batch, and each row of nobody, adds to its groups. Nothing of it is kept: the
    /// evaluation is of no other use then.
    pub(crate) fn by_visitor(&mut self, batch: &Batch, mut tell: impl FnMut(Vec<(Vec<Key>, Parts)>)) {
        self.groups.begin(batch.day);
        self.run.day = batch.day.0;
        self.conditions.mask(batch, &mut self.mask);
        self.way = Way::OfVisits;
        let (mut slots, mut all) = (Vec::new(), Vec::new());
        for run in batch.runs() {
            self.run.visitor_began = self.run.visit + 1;
            for visit in run.visits.clone() {
                let rows = batch.rows_of(visit);
                if run.visitor == 0 {
                    self.slots.clear();
                    self.nobody(batch, rows.start);
                    all.extend_from_slice(&self.slots);
                    continue;
                }
                self.run.visit += 1;
                let facts = self.facts(batch, rows.clone());
                for row in rows.clone() {
                    self.groups.slots(batch, row, &facts, &mut slots);
                    all.extend_from_slice(&slots);
                }
                self.visit(batch, rows);
            }
            all.sort_unstable();
            all.dedup();
            tell(all.drain(..).map(|slot| (self.groups.keys(slot as usize), self.take_out(slot))).collect());
        }
    }

    /// All rows of the visit are in the same groups, if there are any.
    fn together(&mut self, batch: &Batch, rows: Range<usize>, facts: &Facts) {
        let slot = (!self.groups.is_empty()).then(|| self.groups.only_slot(batch, rows.start, facts));
        let entered = self.needs.facts.then_some((facts.bounced, facts.duration_s));
        let mut extra = self.needs.extra().then(|| Extra { entered, ..Extra::default() });
        let whole = self.conditions.of_row.is_empty() && self.query.range.slots.is_none();
        let mut tally = Tally::default();
        if whole && self.needs.only_counts() {
            tally = self.tally_of(batch, rows);
            if let Some(extra) = &mut extra {
                extra.exits = u64::from(facts.last_page_view.is_some());
            }
        } else {
            for row in rows {
                if !self.matches(batch, row, facts) {
                    continue;
                }
                tally.add(&self.tally(batch, row));
                if let Some(extra) = &mut extra {
                    extra.add(&self.extra(batch, row, facts));
                }
                if self.needs.scroll {
                    self.scroll(batch, row, slot.as_slice());
                }
            }
        }
        if let Some(slot) = slot {
            self.apply(slot, &tally, extra.as_ref());
        }
        self.apply_to_total(&tally, extra.as_ref());
    }

    fn row_by_row(&mut self, batch: &Batch, rows: Range<usize>, facts: &Facts) {
        let mut slots = std::mem::take(&mut self.slots);
        let entered = self.needs.facts.then_some((facts.bounced, facts.duration_s));
        let mut total = Tally::default();
        let mut total_extra = self.needs.extra().then(|| Extra { entered, ..Extra::default() });
        for row in rows {
            if !self.matches(batch, row, facts) {
                continue;
            }
            let tally = self.tally(batch, row);
            total.add(&tally);
            let mut extra = None;
            if let Some(total) = &mut total_extra {
                let mut of_row = self.extra(batch, row, facts);
                total.add(&of_row);
                of_row.entered = self.entered(batch, row, facts);
                extra = Some(of_row);
            }
            self.groups.slots(batch, row, facts, &mut slots);
            for slot in &slots {
                self.apply(*slot, &tally, extra.as_ref());
            }
            if self.needs.scroll {
                self.scroll(batch, row, &slots);
            }
        }
        self.apply_to_total(&total, total_extra.as_ref());
        self.slots = slots;
    }

    fn matches(&self, batch: &Batch, row: usize, facts: &Facts) -> bool {
        let fulfilled = match self.mask.get(row) {
            Some(fulfilled) => *fulfilled,
            None => self.conditions.of_row.iter().all(|f| fulfils(f, batch, row, facts)),
        };
        fulfilled && in_slots(self.query.range.slots, batch, row)
    }

    fn facts(&self, batch: &Batch, rows: Range<usize>) -> Facts {
        if !self.needs.facts {
            return Facts { rows, ..Facts::default() };
        }
        let mut facts = Facts::of(batch, rows.clone(), self.query.pageview, self.query.engagement);
        if self.needs.duration {
            facts.duration_s = batch.since_s[rows.end - 1];
        }
        facts
    }

    /// What all rows of a visit add.
    #[inline]
    fn tally_of(&self, batch: &Batch, rows: Range<usize>) -> Tally {
        if self.needs.presence {
            return self.presence_of(batch, rows);
        }
        let names = &batch.terms[Dimension::Event.index()][rows.clone()];
        let mut tally = Tally::default();
        for (name, flags) in names.iter().zip(&batch.flags[rows]) {
            let present = *name != self.query.engagement;
            tally.events += u32::from(present);
            tally.pageviews += u32::from(*name == self.query.pageview);
            tally.counts_for_floor |= present & flags.has(Flags::COUNTS_FOR_FLOOR);
        }
        tally
    }

    /// That rows of a visit, which all match, are there: looks no further than to the first that tells everything.
    #[inline]
    fn presence_of(&self, batch: &Batch, rows: Range<usize>) -> Tally {
        let names = &batch.terms[Dimension::Event.index()][rows.clone()];
        let mut tally = Tally::default();
        for (_, flags) in names.iter().zip(&batch.flags[rows]).filter(|(name, _)| **name != self.query.engagement) {
            tally.events = 1;
            tally.counts_for_floor = flags.has(Flags::COUNTS_FOR_FLOOR);
            if tally.counts_for_floor {
                break;
            }
        }
        tally
    }

    /// What one matching row adds.
    fn tally(&self, batch: &Batch, row: usize) -> Tally {
        let name = term(batch, Dimension::Event, row);
        let present = name != self.query.engagement;
        Tally {
            events: u32::from(present),
            pageviews: u32::from(name == self.query.pageview),
            counts_for_floor: present && batch.flags[row].has(Flags::COUNTS_FOR_FLOOR),
        }
    }

    /// What one matching row adds besides; `entered` is left open.
    fn extra(&self, batch: &Batch, row: usize, facts: &Facts) -> Extra {
        // Only a page view of a visit is the last one of it.
        let mut extra = Extra { exits: u64::from(facts.last_page_view == Some(row)), ..Extra::default() };
        if self.needs.engaged {
            extra.engaged_s = u64::from(batch.engaged_s[row]);
        }
        if self.needs.revenue && (batch.currency[row] != Term::NONE || batch.revenue_milli[row] != 0) {
            extra.revenue_milli = self.query.capped(batch.revenue_milli[row]);
            extra.revenue_events = 1;
            extra.currency = Currency::One(batch.currency[row]);
        }
        extra
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
                None => add_scroll(&mut self.total_rest, *position),
                Some(slot) => add_scroll(self.rest(slot), *position),
            }
        }
        scrolled.clear();
        self.scrolled = scrolled;
    }
}
