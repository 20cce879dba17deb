//! Which rows are shown: small ones are folded, and enough of the others that no small one can be worked back.
//!
//! This is what statistics offices call cell suppression. A row may be shown if it holds at least the floor and if
//! taking a filter away changes it by nobody or by at least the floor. What is left when all shown rows are taken
//! from their sum is an answer too, though nobody gave it: it must hold nobody or at least the floor as well, and so
//! must what taking a filter away changes in it. While it does not, the smallest shown row is folded too. In rows of
//! several groups there is a sum for every choice of groups, because each of them can be asked for.

use std::collections::{BTreeMap, HashMap};

use outis_insight::{Key, RawRow};

use crate::removal::{Persons, Removals};

/// How many people are behind a row, and behind what each filter's removal changes in it; at least, and 0 only for
/// certainly nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Measure {
    persons: Persons,
    changes: Vec<Persons>,
}

impl Measure {
    /// Both together: as many as in the larger, for the same people may be in both.
    fn with(&mut self, other: &Measure) {
        self.persons = self.persons.max(other.persons);
        for (mine, theirs) in self.changes.iter_mut().zip(&other.changes) {
            *mine = (*mine).max(*theirs);
        }
    }
}

/// A row of the answer, or one that is there only without some filter.
struct Cell<'a> {
    keys: &'a [Key],
    row: Option<&'a RawRow>,
    measure: Measure,
    shown: bool,
}

/// Rows, told apart.
pub(crate) struct Folded<'a> {
    /// May be shown singly.
    pub(crate) shown: Vec<&'a RawRow>,
    /// May not.
    pub(crate) hidden: Vec<&'a RawRow>,
}

/// The rows in the making.
pub(crate) struct Fold<'a> {
    cells: Vec<Cell<'a>>,
    groups: usize,
    floor: Persons,
    removals: &'a Removals,
}

impl<'a> Fold<'a> {
    /// Hides what is small by itself.
    pub(crate) fn new(rows: &'a [RawRow], removals: &'a Removals, groups: usize, floor: Persons) -> Fold<'a> {
        let changes = |keys: &[Key]| removals.changes.iter().map(|c| c.rows.get(keys).copied().unwrap_or(0)).collect();
        let mut by_keys: HashMap<&[Key], Option<&RawRow>> = HashMap::new();
        for keys in removals.changes.iter().flat_map(|change| change.rows.keys()) {
            by_keys.insert(keys, None);
        }
        for row in rows {
            by_keys.insert(&row.keys, Some(row));
        }
        // A row that only nobody is behind may be of a single person all the same.
        let cell = |(keys, row): (&'a [Key], Option<&'a RawRow>)| Cell {
            keys,
            row,
            measure: Measure { persons: row.map_or(0, |row| row.persons.max(1)), changes: changes(keys) },
            shown: false,
        };
        let mut cells: Vec<Cell<'a>> = by_keys.into_iter().map(cell).collect();
        cells.sort_by(|a, b| (a.measure.persons, a.keys).cmp(&(b.measure.persons, b.keys)));
        let mut fold = Fold { cells, groups, floor, removals };
        for at in 0..fold.cells.len() {
            let cell = &fold.cells[at];
            fold.cells[at].shown = cell.row.is_some() && cell.measure.persons >= floor && fold.is_safe(&cell.measure);
        }
        fold
    }

    /// The keys of the rows that are hidden so far, and at least how many persons they hold together.
    pub(crate) fn hidden(&self) -> (Vec<&'a [Key]>, Persons) {
        let hidden = self.cells.iter().filter(|cell| !cell.shown && cell.row.is_some());
        let persons = hidden.clone().map(|cell| cell.measure.persons).max().unwrap_or(0);
        (hidden.map(|cell| cell.keys).collect(), persons)
    }

    /// Hides as many rows as needed. `together` are the persons that are known to be behind the rows hidden so far.
    pub(crate) fn finish(mut self, together: Persons) -> Folded<'a> {
        let mut changed = true;
        while changed {
            changed = false;
            // Hiding a row for one sum may spoil another sum that it is in.
            for of in 0..(1_u32 << self.groups) - 1 {
                changed |= self.hide_for_sums(of, together);
            }
        }
        let of = |shown: bool| self.cells.iter().filter(move |cell| cell.shown == shown).filter_map(|cell| cell.row);
        Folded { shown: of(true).collect(), hidden: of(false).collect() }
    }

    /// Makes the rest of every sum over the groups of which `of` has the bits safe. True if a row was hidden.
    fn hide_for_sums(&mut self, of: u32, together: Persons) -> bool {
        // In order, so that the same question always hides the same rows.
        let mut sums: BTreeMap<Vec<Key>, Vec<usize>> = BTreeMap::new();
        for (at, cell) in self.cells.iter().enumerate() {
            let kept = cell.keys.iter().enumerate().filter(|(place, _)| of & (1 << place) != 0);
            sums.entry(kept.map(|(_, key)| *key).collect()).or_default().push(at);
        }
        let known = if of == 0 { together } else { 0 };
        let mut any = false;
        for cells in sums.values() {
            any |= self.hide_for_sum(cells, of == 0, known);
        }
        any
    }

    fn hide_for_sum(&mut self, cells: &[usize], whole: bool, together: Persons) -> bool {
        let (mut shown, hidden): (Vec<usize>, Vec<usize>) = cells.iter().partition(|at| self.cells[**at].shown);
        if hidden.is_empty() {
            return false;
        }
        let mut rest = Measure { persons: 0, changes: vec![0; self.removals.changes.len()] };
        hidden.iter().for_each(|at| rest.with(&self.cells[*at].measure));
        rest.persons = rest.persons.max(together);
        let mut any = false;
        while !shown.is_empty() && !self.is_safe(&self.rest(&rest, &shown, whole)) {
            let enough = |at: &usize| {
                let mut with = rest.clone();
                with.with(&self.cells[*at].measure);
                self.is_safe(&with)
            };
            // The smallest that suffices, else the smallest.
            let next = shown.remove(shown.iter().position(enough).unwrap_or(0));
            self.cells[next].shown = false;
            rest.with(&self.cells[next].measure);
            any = true;
        }
        any
    }

    /// What is known of the rest of a sum. If a removal changes no shown row of the whole, all it changes is there.
    fn rest(&self, hidden: &Measure, shown: &[usize], whole: bool) -> Measure {
        let mut rest = hidden.clone();
        for (filter, change) in rest.changes.iter_mut().enumerate() {
            if whole && shown.iter().all(|at| self.cells[*at].measure.changes[filter] == 0) {
                *change = (*change).max(self.removals.changes[filter].total);
            }
        }
        rest
    }

    fn is_safe(&self, measure: &Measure) -> bool {
        !(1..self.floor).contains(&measure.persons) && self.removals.is_safe(&measure.changes, self.floor)
    }
}
