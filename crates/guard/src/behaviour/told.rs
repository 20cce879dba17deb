//! What is told of a table, cell by cell.

use std::collections::BTreeMap;

use outis_event::Term;
use outis_insight::behaviour::{Cell, Measure, RawTable, Tally};
use outis_insight::{Key, Parts, RawRow};

use crate::fold::Fold;
use crate::removal::Removals;
use crate::round::rounded;

/// An answer in the making.
pub(super) struct Told<'a> {
    pub(super) raw: &'a RawTable,
    pub(super) cells: BTreeMap<Cell, u64>,
    pub(super) floor: u32,
    pub(super) hidden_groups: u64,
}

impl<'a> Told<'a> {
    pub(super) fn new(raw: &'a RawTable, floor: u32) -> Told<'a> {
        Told { raw, cells: BTreeMap::new(), floor, hidden_groups: 0 }
    }

    pub(super) fn enough(&self, tally: Tally) -> bool {
        tally.persons >= u64::from(self.floor)
    }

    pub(super) fn tell(&mut self, cell: Cell, count: u64) {
        self.cells.insert(cell, rounded(count));
    }

    /// Tells a median if enough people are behind it. It lies among their values, so nothing is rounded.
    pub(super) fn median(&mut self, measure: Measure) {
        let tally = self.raw.of(&Cell::Median(measure));
        if self.enough(tally) {
            self.cells.insert(Cell::Median(measure), tally.count);
        }
    }

    /// Which of these tallies may be told, if their sum is told too.
    pub(super) fn parts_of_a_whole(&self, tallies: &[Tally]) -> Vec<bool> {
        let keys = |at: usize| vec![at];
        self.parts_of_wholes(&tallies.iter().enumerate().map(|(at, tally)| (keys(at), *tally)).collect::<Vec<_>>(), 1)
    }

    /// Which of these tallies may be told, if their sums over every choice of the `groups` keys are told too: those of
    /// enough people, less the smallest ones by which others could be worked back.
    pub(super) fn parts_of_wholes(&self, tallies: &[(Vec<usize>, Tally)], groups: usize) -> Vec<bool> {
        let key = |at: &usize| Key::Term(Term(u32::try_from(*at).unwrap_or(u32::MAX)));
        let row = |(keys, tally): &(Vec<usize>, Tally)| RawRow {
            keys: keys.iter().map(key).collect(),
            values: Vec::new(),
            persons: tally.persons,
            parts: Parts::default(),
        };
        let rows: Vec<RawRow> = tallies.iter().filter(|(_, tally)| tally.count > 0).map(row).collect();
        let removals = Removals::default();
        let fold = Fold::new(&rows, &removals, groups, self.floor.into());
        let (_, persons) = fold.hidden();
        let shown: std::collections::HashSet<Vec<Key>> =
            fold.finish(persons).shown.into_iter().map(|row| row.keys.clone()).collect();
        tallies.iter().map(|(keys, _)| shown.contains(&keys.iter().map(key).collect::<Vec<_>>())).collect()
    }
}

/// Both together: as many people as in the larger, for the same people may be in both.
pub(super) fn together(tallies: impl IntoIterator<Item = Tally>) -> Tally {
    tallies.into_iter().fold(Tally::default(), |all, tally| Tally {
        count: all.count + tally.count,
        persons: all.persons.max(tally.persons),
    })
}
