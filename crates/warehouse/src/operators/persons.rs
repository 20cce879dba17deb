//! Counting persons until there are enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use outis_insight::Query;

use super::Evaluation;
use crate::evaluate::Pass;
use crate::{Batch, Columns};

/// Persons behind the whole of a question, on its largest day. Ends when some day has enough.
#[derive(Debug)]
pub(crate) struct Persons {
    evaluation: Evaluation,
    enough: u64,
    /// Shared by all passes for the question.
    is_done: Arc<AtomicBool>,
}

impl Persons {
    pub(crate) fn new(query: &Query, enough: u64, is_done: Arc<AtomicBool>) -> Persons {
        Persons { evaluation: Evaluation::new(query), enough, is_done }
    }

    /// How many were seen.
    pub(crate) fn count(&self) -> u64 {
        self.evaluation.persons()
    }
}

impl Pass for Persons {
    fn columns(&self) -> Columns {
        self.evaluation.columns()
    }

    fn batch(&mut self, batch: &Batch) {
        self.evaluation.batch(batch);
        if self.count() >= self.enough {
            // Nothing else is told by it, and a late look costs a batch only.
            self.is_done.store(true, Ordering::Relaxed);
        }
    }

    fn is_done(&self) -> bool {
        self.is_done.load(Ordering::Relaxed)
    }

    fn merge(self, other: Persons) -> Persons {
        Persons { evaluation: self.evaluation.merge(other.evaluation), ..self }
    }
}
