//! How long and when: visits, and how often visitors do something.

use jiff::tz::TimeZone;
use outis_event::{Day, Dimension, Slot};
use outis_insight::behaviour::{Cell, Histogram, Measure, coarse, hour_of_week};
use outis_insight::{Filter, Interval, bucket};

use super::super::filter::Facts;
use super::super::groups::SLOTS_OF_DAY;
use super::matcher::Matcher;
use super::table::{Known, Table};
use super::{Unit, matcher};
use crate::{Batch, Columns};

/// Visits by length, page views and hour.
#[derive(Debug)]
pub(super) struct Visits {
    /// A day whose hours were looked up, with its first slot; by slot, as they are needed.
    day: Option<(Day, Slot)>,
    of_slots: Vec<Option<(u8, u8)>>,
    hours: Vec<(u8, u8)>,
    known: VisitCells,
}

/// The cells that each visit is counted in.
#[derive(Debug, Default)]
struct VisitCells {
    all: Known,
    hours: Known,
    classes: [Known; 2],
    values: [Known; 2],
    medians: Known,
}

impl Visits {
    pub(super) fn new(columns: &mut Columns) -> Visits {
        columns.since = true;
        columns.slot = true;
        columns.ends = true;
        Visits { day: None, of_slots: Vec::new(), hours: Vec::new(), known: VisitCells::default() }
    }

    pub(super) fn unit(&mut self, unit: &Unit<'_>, table: &mut Table) {
        self.hours.clear();
        for visit in unit.visits {
            if unit.is_visit_asked(visit) {
                self.known.count(unit, visit, table);
                self.hours(unit, visit);
            }
        }
        self.hours.sort_unstable();
        self.hours.dedup();
        for (weekday, hour) in &self.hours {
            let (weekday, hour) = (*weekday, *hour);
            let at = usize::from(weekday) * 24 + usize::from(hour);
            table.add_known(&mut self.known.hours, at, 1, || Cell::Hour { weekday, hour });
        }
    }

    /// The hour of the week of a slot on a day.
    fn hour(&mut self, day: Day, slot: Slot, zone: &TimeZone) -> (u8, u8) {
        let first = match self.day {
            Some((of, first)) if of == day => first,
            _ => {
                let first = day.start(zone).slot();
                self.day = Some((day, first));
                self.of_slots.clear();
                self.of_slots.resize(SLOTS_OF_DAY, None);
                first
            }
        };
        let look_up = || hour_of_week(bucket::bucket(Interval::Hour, day, slot, zone));
        match self.of_slots.get_mut(slot.0.wrapping_sub(first.0) as usize) {
            Some(known) => *known.get_or_insert_with(look_up),
            None => look_up(),
        }
    }

    fn hours(&mut self, unit: &Unit<'_>, visit: &Facts) {
        for row in visit.rows.clone() {
            if unit.is_engagement(row) || !unit.is_asked(row, visit) {
                continue;
            }
            let hour = self.hour(unit.batch.day_of(row), unit.batch.slot[row], &unit.base.zone);
            if self.hours.last() != Some(&hour) {
                self.hours.push(hour);
            }
        }
    }
}

impl VisitCells {
    fn count(&mut self, unit: &Unit<'_>, visit: &Facts, table: &mut Table) {
        let names = &unit.batch.terms[Dimension::Event.index()][visit.rows.clone()];
        let page_views = names.iter().filter(|name| **name == unit.base.pageview);
        let page_views = u32::try_from(page_views.count()).unwrap_or(u32::MAX);
        let duration_s = if visit.bounced { 0 } else { unit.batch.since_s[visit.rows.end - 1] };
        table.add_known(&mut self.all, 0, 1, || Cell::All);
        let told = [
            (Histogram::Duration, Measure::Duration, duration_s),
            (Histogram::PageViews, Measure::PageViews, page_views),
        ];
        for (at, (histogram, measure, value)) in told.into_iter().enumerate() {
            let (class, value) = (histogram.class(value), coarse(value));
            table.add_known(&mut self.classes[at], class.into(), 1, || Cell::Class(histogram, class));
            table.add_known(&mut self.values[at], value as usize, 1, || Cell::Value(measure, value));
            table.add_known(&mut self.medians, at, 1, || Cell::Median(measure));
        }
    }
}

/// Visitors by how often they do something in a day, or only that they do.
#[derive(Debug)]
pub(super) struct Frequency {
    matcher: Matcher,
    is_presence: bool,
}

impl Frequency {
    pub(super) fn new(filter: &Filter, is_presence: bool, columns: &mut Columns) -> Frequency {
        Frequency { matcher: matcher(filter, columns), is_presence }
    }

    pub(super) fn begin(&mut self, batch: &Batch) {
        self.matcher.begin(batch);
    }

    pub(super) fn unit(&self, unit: &Unit<'_>, table: &mut Table) {
        let matches =
            |visit: &Facts, row: usize| self.matcher.matches(unit.batch, row, visit) && unit.is_asked(row, visit);
        let of_visit = |visit: &Facts| visit.rows.clone().filter(|row| matches(visit, *row)).count();
        let times = u32::try_from(unit.visits.iter().map(of_visit).sum::<usize>()).unwrap_or(u32::MAX);
        if times > 0 && self.is_presence {
            table.add(Cell::Present(unit.among), 1);
        } else if times > 0 {
            table.add(Cell::All, 1);
            table.add(Cell::Class(Histogram::Times, Histogram::Times.class(times)), 1);
        }
    }
}
