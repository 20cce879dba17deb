//! Conversions divided among the visits that led to them.

use outis_event::Term;
use outis_insight::Group;
use outis_insight::behaviour::{Attribution, Cell, Slice};

use super::super::filter::Facts;
use super::matcher::Matcher;
use super::table::Table;
use super::{Unit, ask_for, matcher, term};
use crate::{Batch, Columns};

/// What is credited, and the goal's filter.
#[derive(Debug)]
pub(super) struct Credits {
    attribution: Attribution,
    goal: Matcher,
    touches: Vec<Term>,
}

impl Credits {
    pub(super) fn new(attribution: &Attribution, columns: &mut Columns) -> Credits {
        ask_for(Some(attribution.group), columns);
        let goal = matcher(&attribution.goal, columns);
        Credits { attribution: attribution.clone(), goal, touches: Vec::new() }
    }

    pub(super) fn begin(&mut self, batch: &Batch) {
        self.goal.begin(batch);
    }

    pub(super) fn unit(&mut self, unit: &Unit<'_>, table: &mut Table) {
        self.touches.clear();
        for visit in unit.visits {
            self.touches.push(value(self.attribution.group, unit, visit));
            let converts = |row| self.goal.matches(unit.batch, row, visit) && unit.is_asked(row, visit);
            if visit.rows.clone().any(converts) {
                self.count(table);
            }
        }
    }

    fn count(&self, table: &mut Table) {
        table.add(Cell::All, 1);
        for (place, touch) in self.touches.iter().enumerate() {
            let credit = self.attribution.model.credit(place, self.touches.len());
            if credit > 0 {
                table.add(Cell::Credit(Slice::Group(*touch)), credit);
            }
        }
    }
}

fn value(group: Group, unit: &Unit<'_>, visit: &Facts) -> Term {
    match group {
        Group::Dimension(dimension) => term(unit.batch, dimension, visit.rows.start),
        Group::Visit(field) => visit.field(unit.batch, field),
        _ => Term::NONE,
    }
}
