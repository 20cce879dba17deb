//! What is counted of each visitor in a family whose cells get noise.

use std::collections::BTreeMap;

use outis_insight::Parts;
use outis_insight::history::{Bound, Family, Keys};

use super::census::{Subject, is_plain, values};
use crate::{Batch, Evaluation};

/// A family being counted so that nobody adds more than its bound.
pub(super) struct Bounding {
    family: Family,
    bound: Bound,
    evaluation: Evaluation,
    sums: BTreeMap<Keys, Parts>,
    /// What was beyond, as far as `(other)` takes it.
    beyond: Parts,
    is_beyond: bool,
}

impl Bounding {
    pub(super) fn new(family: Family, subject: &Subject) -> Bounding {
        let evaluation = Evaluation::new(&subject.query(family.groups(), &[]));
        let (sums, beyond) = (BTreeMap::new(), Parts::default());
        Bounding { family, bound: Bound::of(&family, 0), evaluation, sums, beyond, is_beyond: false }
    }

    pub(super) fn batch(&mut self, batch: &Batch, subject: &Subject) {
        let Bounding { family, bound, evaluation, sums, beyond, is_beyond } = self;
        evaluation.by_visitor(batch, |day| {
            let all = day.into_iter().map(|(keys, parts)| (values(&keys), parts));
            let taken = bound.take(all.filter(|(keys, _)| !is_plain(*family, keys, subject)).collect());
            for (keys, parts) in taken.kept {
                sums.entry(keys).or_default().add(&parts);
            }
            if let Some(parts) = taken.beyond {
                beyond.add(&parts);
                *is_beyond = true;
            }
        });
    }

    /// What is counted for a value.
    pub(super) fn parts(&self, keys: &Keys) -> Parts {
        self.sums.get(keys).copied().unwrap_or_default()
    }

    /// What was beyond the bounds of visitors, if anything was.
    pub(super) fn beyond(&self) -> Option<Parts> {
        self.is_beyond.then_some(self.beyond)
    }
}
