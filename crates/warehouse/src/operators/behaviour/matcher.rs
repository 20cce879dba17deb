//! One filter looked at for many rows.

use outis_insight::Filter;

use super::super::filter::{Conditions, Facts, fulfils};
use crate::Batch;

/// A filter; where it is about single columns it is looked at column by column when a batch begins.
#[derive(Debug)]
pub(super) struct Matcher {
    conditions: Conditions,
    mask: Vec<bool>,
}

impl Matcher {
    pub(super) fn new(filter: &Filter) -> Matcher {
        Matcher { conditions: Conditions::new(filter), mask: Vec::new() }
    }

    /// The rows that follow are of this batch.
    pub(super) fn begin(&mut self, batch: &Batch) {
        self.conditions.mask(batch, &mut self.mask);
    }

    /// For each row of the batch whether it fulfils the filter, if that does not depend on visits.
    pub(super) fn rows(&self) -> Option<&[bool]> {
        (self.conditions.of_visit.is_empty() && !self.mask.is_empty()).then_some(&self.mask)
    }

    /// True if everything fulfils the filter.
    pub(super) fn is_all(&self) -> bool {
        self.conditions.of_visit.is_empty() && self.conditions.of_row.is_empty()
    }

    /// True if the row, which is in this visit, fulfils the filter.
    pub(super) fn matches(&self, batch: &Batch, row: usize, visit: &Facts) -> bool {
        let of_row = match self.mask.get(row) {
            Some(fulfilled) => *fulfilled,
            None => self.conditions.of_row.iter().all(|f| fulfils(f, batch, row, visit)),
        };
        of_row && self.conditions.of_visit.iter().all(|f| fulfils(f, batch, row, visit))
    }
}
