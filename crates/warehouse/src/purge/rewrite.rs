//! What a purge makes of rows.

use std::collections::HashMap;

use outis_event::{Dimension, Property, Space, Term};
use outis_insight::same_visit;

use super::{Gone, Purge};
use crate::rows::{Place, Rows, place};
use crate::{Batch, Columns, Ragged};

/// A purge as it is applied to rows.
#[derive(Debug, Default)]
pub(crate) struct Rewrite {
    words: HashMap<Space, HashMap<Term, Term>>,
    pub(crate) gone: Option<Gone>,
}

impl Rewrite {
    pub(crate) fn of(purge: &Purge) -> Rewrite {
        let mut words: HashMap<Space, HashMap<Term, Term>> = HashMap::new();
        for struck in &purge.words {
            words.entry(struck.space).or_default().insert(struck.term, struck.becomes);
        }
        Rewrite { words, gone: purge.gone.clone() }
    }

    /// True if the word is struck.
    pub(crate) fn strikes(&self, space: impl Into<Space>, term: Term) -> bool {
        self.words.get(&space.into()).is_some_and(|words| words.contains_key(&term))
    }

    /// True if whole visits are looked at: their rows may be in several small files.
    pub(crate) fn is_of_visits(&self) -> bool {
        self.gone.as_ref().is_some_and(|gone| gone.channels.is_some())
    }

    /// The columns by which it is known whether a row is touched.
    pub(crate) fn columns(&self) -> Columns {
        let mut columns = Columns { languages: true, tags: true, properties: true, ..Columns::default() };
        Dimension::ALL.iter().for_each(|dimension| columns.add(*dimension));
        columns
    }

    /// True if some of these rows would be others.
    pub(crate) fn touches(&self, rows: &Rows) -> bool {
        let b = &rows.batch;
        let in_column = |dimension: &Dimension| {
            self.words
                .get(&Space::of(*dimension))
                .is_some_and(|words| b.terms[dimension.index()].iter().any(|term| words.contains_key(term)))
        };
        let in_list = |space: Space, list: &Ragged<Term>| {
            self.words.get(&space).is_some_and(|words| list.values.iter().any(|term| words.contains_key(term)))
        };
        Dimension::ALL.iter().any(in_column)
            || in_list(Space::LANGUAGE, &b.languages)
            || in_list(Space::TAG, &b.tags)
            || b.properties.values.iter().any(|property| self.touches_property(property))
            || self.gone.as_ref().is_some_and(|gone| (0..rows.len()).any(|row| is_gone(gone, rows, row, row)))
    }

    fn touches_property(&self, property: &Property) -> bool {
        self.strikes(Space::PROPERTY, property.key) || self.strikes(Space::values_of(property.key), property.value)
    }

    /// The rows as they are afterwards. They are whole visits where [`is_of_visits`](Rewrite::is_of_visits).
    pub(crate) fn apply(&self, rows: Rows) -> Rows {
        // First who goes: the words that say so may be struck too.
        let mut rows = match &self.gone {
            Some(gone) => left(gone, rows),
            None => rows,
        };
        self.replace(&mut rows.batch);
        rows
    }

    fn replace(&self, b: &mut Batch) {
        for dimension in Dimension::ALL {
            let Some(words) = self.words.get(&Space::of(*dimension)) else { continue };
            for term in &mut b.terms[dimension.index()] {
                *term = words.get(term).copied().unwrap_or(*term);
            }
        }
        for (space, list) in [(Space::LANGUAGE, &mut b.languages), (Space::TAG, &mut b.tags)] {
            if let Some(words) = self.words.get(&space) {
                *list = lists(list, |term: Term| (!words.contains_key(&term)).then_some(term));
            }
        }
        if b.properties.values.iter().any(|property| self.touches_property(property)) {
            b.properties = lists(&b.properties, |property: Property| {
                let kept = !self.strikes(Space::PROPERTY, property.key);
                let value = if self.strikes(Space::values_of(property.key), property.value) {
                    Term::RARE
                } else {
                    property.value
                };
                kept.then_some(Property { value, ..property })
            });
        }
    }
}

/// The lists with what `keep` makes of their members.
fn lists<T: Copy>(from: &Ragged<T>, keep: impl Fn(T) -> Option<T>) -> Ragged<T> {
    let mut to = Ragged { offsets: Vec::new(), values: Vec::new() };
    for row in 0..from.offsets.len().saturating_sub(1) {
        to.push(from.of(row).iter().filter_map(|member| keep(*member)));
    }
    to
}

/// True if a row goes; what its visit came by is said by the visit's first row.
fn is_gone(gone: &Gone, rows: &Rows, row: usize, first: usize) -> bool {
    let is_one = |wanted: &Option<Vec<Term>>, dimension: Dimension, at: usize| match wanted {
        Some(terms) => {
            let term = rows.batch.terms[dimension.index()].get(at).copied().unwrap_or(Term::NONE);
            terms.contains(&term)
        }
        None => true,
    };
    is_one(&gone.events, Dimension::Event, row)
        && is_one(&gone.pages, Dimension::Page, row)
        && is_one(&gone.channels, Dimension::Channel, first)
}

/// The rows that stay.
fn left(gone: &Gone, mut rows: Rows) -> Rows {
    rows.batch.number();
    let mut first = 0;
    let mut places: Vec<Place> = Vec::with_capacity(rows.len());
    for row in 0..rows.len() {
        if !goes_on(&rows, row) {
            first = row;
        }
        if !is_gone(gone, &rows, row, first) {
            places.push(place(0, row));
        }
    }
    if places.len() < rows.len() { Rows::gather(&[&rows], &places) } else { rows }
}

/// True if a row is of the same visit as the one before it.
fn goes_on(rows: &Rows, row: usize) -> bool {
    let b = &rows.batch;
    let same_visitor = row > 0 && b.visitor[row] != 0 && b.visitor[row] == b.visitor[row - 1];
    same_visitor
        && match (rows.clock.get(row.wrapping_sub(1)), rows.clock.get(row)) {
            (Some(before), Some(now)) => same_visit(*before, *now),
            _ => b.visit.get(row) == b.visit.get(row - 1),
        }
}
