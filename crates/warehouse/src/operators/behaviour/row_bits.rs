//! What each row of a batch is to a funnel, found column by column where it does not depend on visits.

use std::ops::Range;

use outis_event::{Dimension, Term};
use outis_insight::behaviour::Funnel;
use outis_insight::{EventFilter, Filter, TermSet};

use super::matcher::Matcher;
use crate::Batch;

/// Terms with a place in the table: names of events have one.
const TABLE: usize = 1 << 12;

/// Of each row of a batch a bit for each step that it may serve, and for each exclusion that it fulfils.
#[derive(Debug)]
pub(super) struct RowBits {
    by_term: Option<ByTerm>,
    excludes_some: bool,
    /// Empty if the bits are found row by row.
    serves: Vec<u16>,
    /// Empty also if nothing is excluded.
    excludes: Vec<u32>,
}

/// The bits follow from one column.
#[derive(Debug)]
struct ByTerm {
    dimension: Dimension,
    steps: Vec<TermSet>,
    exclude: Vec<TermSet>,
    serves: Vec<u16>,
    excludes: Vec<u32>,
}

impl RowBits {
    pub(super) fn new(funnel: &Funnel) -> RowBits {
        RowBits {
            by_term: ByTerm::new(funnel),
            excludes_some: !funnel.exclude.is_empty(),
            serves: Vec::new(),
            excludes: Vec::new(),
        }
    }

    /// Finds the bits of a batch's rows if they follow from one column; else false.
    pub(super) fn begin(&mut self, batch: &Batch) -> bool {
        self.serves.clear();
        self.excludes.clear();
        let Some(by) = &self.by_term else { return false };
        let terms = &batch.terms[by.dimension.index()];
        let serves = |term: &Term| by.serves.get(term.0 as usize).copied();
        self.serves.extend(terms.iter().map(|term| serves(term).unwrap_or_else(|| of_sets(&by.steps, *term) as u16)));
        if self.excludes_some {
            let excludes = |term: &Term| by.excludes.get(term.0 as usize).copied();
            self.excludes
                .extend(terms.iter().map(|term| excludes(term).unwrap_or_else(|| of_sets(&by.exclude, *term))));
        }
        true
    }

    /// Puts the bits together from what each filter says of the rows, if none depends on visits.
    pub(super) fn gather(&mut self, steps: &[Matcher], exclude: &[Matcher], rows: usize) {
        let all = steps.iter().chain(exclude);
        if !all.map(Matcher::rows).all(|rows| rows.is_some()) {
            return;
        }
        self.serves.resize(rows, 0);
        for (step, rows) in steps.iter().filter_map(Matcher::rows).enumerate() {
            self.serves.iter_mut().zip(rows).for_each(|(bits, holds)| *bits |= u16::from(*holds) << step);
        }
        if self.excludes_some {
            self.excludes.resize(rows, 0);
        }
        for (at, rows) in exclude.iter().filter_map(Matcher::rows).enumerate() {
            self.excludes.iter_mut().zip(rows).for_each(|(bits, holds)| *bits |= u32::from(*holds) << at);
        }
    }

    /// The steps that each of these rows may serve, if they were found.
    pub(super) fn serves(&self, rows: &Range<usize>) -> Option<&[u16]> {
        self.serves.get(rows.clone())
    }

    /// The steps that a row may serve and the exclusions that it fulfils, if they were found.
    pub(super) fn of(&self, row: usize) -> Option<(u16, u32)> {
        let serves = self.serves.get(row)?;
        Some((*serves, self.excludes.get(row).copied().unwrap_or(0)))
    }
}

impl ByTerm {
    fn new(funnel: &Funnel) -> Option<ByTerm> {
        let (dimension, _) = of_column(funnel.steps.first()?)?;
        let sets = |filters: &mut dyn Iterator<Item = &Filter>| {
            let set = |filter| of_column(filter).filter(|(of, _)| *of == dimension).map(|(_, set)| set.clone());
            filters.map(set).collect::<Option<Vec<TermSet>>>()
        };
        let steps = sets(&mut funnel.steps.iter())?;
        let exclude = sets(&mut funnel.exclude.iter().map(|exclusion| &exclusion.filter))?;
        let terms = || (0..TABLE as u32).map(Term);
        Some(ByTerm {
            dimension,
            serves: terms().map(|term| of_sets(&steps, term) as u16).collect(),
            excludes: match exclude.is_empty() {
                true => Vec::new(),
                false => terms().map(|term| of_sets(&exclude, term)).collect(),
            },
            steps,
            exclude,
        })
    }
}

/// The column that alone decides the filter, if it is the same for each row whatever visit it is in.
fn of_column(filter: &Filter) -> Option<(Dimension, &TermSet)> {
    match filter {
        Filter::Event(EventFilter::Dimension(dimension, set)) if !dimension.is_of_visit() => Some((*dimension, set)),
        Filter::Selected(inner) => of_column(inner),
        _ => None,
    }
}

/// A bit for each set that holds the term.
fn of_sets(sets: &[TermSet], term: Term) -> u32 {
    sets.iter().zip(0..).fold(0, |bits, (set, at)| bits | u32::from(set.contains(term)) << at)
}
