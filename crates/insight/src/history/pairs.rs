//! Cells of two groups that are both told singly: a table whose rows and columns have known sums.
//!
//! Whoever looks at a day's pairs cannot tell one that is empty from one that is not told. What follows from the sums
//! of rows and columns and the pairs told is then one of: what is not told of some rows; the same of some columns; or
//! what is not told of all rows but some and all columns but some, where every pair of these rows with these columns is
//! told. So it suffices that what is not told of each row and of each column holds nobody or at least the floor, and
//! that the third does. Of the rows left out one may take all that have told pairs with all columns left out: each row
//! less adds what is not told of it. Where only few columns (or rows) have told pairs, all choices of them are looked
//! at. Else it suffices that the rows and columns without any told pair hold enough, for they are never left out.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::Term;

use crate::Parts;

use super::release::{DayClose, Keys};

/// The count of two values together on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct PairEntry {
    /// Of what.
    pub keys: Keys,
    /// What happened.
    pub parts: Parts,
    /// Distinct visitors that count for floors.
    pub persons: u32,
    /// Those for whom it is the rarest pair: of those with the same first value, of those with the same second, of
    /// all.
    pub own: [u32; 3],
}

/// Closes a day of a family of pairs. Nothing waits: what is not told on its day is not told. `is_told` says whether
/// the first (0) or second (1) value of a pair is told singly on the day.
pub fn close_pairs(entries: Vec<PairEntry>, floor: u32, is_told: impl Fn(usize, Term) -> bool) -> DayClose {
    close_table(entries, floor, MOST_CHOSEN_FROM, is_told)
}

/// Of at most so many values of a group all choices are looked at.
const MOST_CHOSEN_FROM: usize = 10;

/// The same with another number of values.
pub(super) fn close_table(
    mut entries: Vec<PairEntry>,
    floor: u32,
    most: usize,
    is_told: impl Fn(usize, Term) -> bool,
) -> DayClose {
    entries.sort_by_key(|e| (e.persons, e.keys));
    let known = |e: &PairEntry| is_told(0, e.keys[0]) && is_told(1, e.keys[1]);
    let mut told: Vec<bool> = entries.iter().map(|e| e.persons >= floor && known(e)).collect();
    loop {
        let mut changed = false;
        for side in 0..2 {
            changed |= hide_in_sums(&entries, side, floor, &mut told, |key| is_told(side, key));
        }
        if !changed && !hide_for_corners(&entries, floor, most, &mut told) {
            break;
        }
    }
    let mut close = DayClose::default();
    for (entry, told) in entries.into_iter().zip(told) {
        if told {
            close.told.push((entry.keys, entry.parts));
        } else {
            close.other.add(&entry.parts);
            close.other_groups += 1;
        }
    }
    close
}

/// Hides pairs until what is hidden of each known row (or column) is nobody or enough. True if any was hidden.
fn hide_in_sums(
    entries: &[PairEntry],
    side: usize,
    floor: u32,
    told: &mut [bool],
    is_known: impl Fn(Term) -> bool,
) -> bool {
    let mut sums: BTreeMap<Term, Vec<usize>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        sums.entry(entry.keys[side]).or_default().push(at);
    }
    let mut changed = false;
    for places in sums.into_iter().filter(|(key, _)| is_known(*key)).map(|(_, places)| places) {
        loop {
            let hidden = || places.iter().filter(|at| !told[**at]);
            let own: u64 = hidden().map(|at| u64::from(entries[*at].own[side])).sum();
            if hidden().next().is_none() || own >= u64::from(floor) {
                break;
            }
            let missing = u64::from(floor) - own;
            let shown = || places.iter().copied().filter(|at| told[*at]);
            let enough = shown().find(|at| u64::from(entries[*at].own[side]) >= missing);
            let Some(next) = enough.or_else(|| shown().next()) else { break };
            told[next] = false;
            changed = true;
        }
    }
    changed
}

/// Hides something if what is left of rows and columns without some of them is of too few. True if any was hidden.
fn hide_for_corners(entries: &[PairEntry], floor: u32, most: usize, told: &mut [bool]) -> bool {
    let values = |side: usize| -> BTreeSet<Term> {
        entries.iter().zip(told.iter()).filter(|(_, told)| **told).map(|(entry, _)| entry.keys[side]).collect()
    };
    let (first, second) = (values(0), values(1));
    let (side, columns) = if second.len() <= first.len() { (1, second) } else { (0, first) };
    if columns.len() > most {
        return hide_for_rest(entries, floor, told);
    }
    let next = Corners::new(entries, side, &columns, told).hides(floor);
    if let Some(next) = next {
        told[next] = false;
    }
    next.is_some()
}

/// A table of few columns with told pairs.
struct Corners<'a> {
    entries: &'a [PairEntry],
    told: &'a [bool],
    columns: u32,
    /// Of each entry: with which columns its row has told pairs, and its own column, if it is one of these.
    places: Vec<(u32, u32)>,
    /// What is not told, by such places: own persons.
    left: BTreeMap<(u32, u32), u64>,
}

impl<'a> Corners<'a> {
    fn new(entries: &'a [PairEntry], side: usize, columns: &BTreeSet<Term>, told: &'a [bool]) -> Corners<'a> {
        let bits: BTreeMap<Term, u32> = columns.iter().enumerate().map(|(at, value)| (*value, 1 << at)).collect();
        let column = |entry: &PairEntry| bits.get(&entry.keys[side]).copied().unwrap_or(0);
        let mut rows: BTreeMap<Term, u32> = BTreeMap::new();
        for (entry, _) in entries.iter().zip(told).filter(|(_, told)| **told) {
            *rows.entry(entry.keys[1 - side]).or_default() |= column(entry);
        }
        let place = |entry: &PairEntry| (rows.get(&entry.keys[1 - side]).copied().unwrap_or(0), column(entry));
        let places: Vec<(u32, u32)> = entries.iter().map(place).collect();
        let mut left: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for ((entry, place), _) in entries.iter().zip(&places).zip(told).filter(|(_, told)| !**told) {
            *left.entry(*place).or_default() += u64::from(entry.own[2]);
        }
        Corners { entries, told, columns: columns.len() as u32, places, left }
    }

    /// The pair to hide next, if one must be.
    fn hides(&self, floor: u32) -> Option<usize> {
        let floor = u64::from(floor);
        (1u32..1 << self.columns).find_map(|chosen| {
            let is_left = |(row, column): &(u32, u32)| row & chosen != chosen && column & chosen == 0;
            let mut left = self.left.iter().filter(|(place, _)| is_left(place)).map(|(_, own)| *own).peekable();
            left.peek()?;
            let missing = floor.saturating_sub(left.sum());
            if missing == 0 {
                return None;
            }
            // One that would be left and suffices, else one of those that make the choice possible.
            let smallest = |may: &dyn Fn(usize) -> bool| {
                let open = (0..self.entries.len()).filter(|at| self.told[*at] && may(*at));
                open.min_by_key(|at| (self.entries[*at].persons, *at))
            };
            let suffices = |at: usize| is_left(&self.places[at]) && u64::from(self.entries[at].own[2]) >= missing;
            let opens = |at: usize| self.places[at].0 & chosen == chosen && self.places[at].1 & chosen != 0;
            smallest(&suffices).or_else(|| smallest(&opens)).or_else(|| smallest(&|_| true))
        })
    }
}

/// Hides all pairs of some value if rows and columns without any told pair hold too few. True if any was hidden.
///
/// The value is one of the side on which every value has a told pair, if there is such a side: while it has none
/// without, nothing of the other side can help. Of these it is the one with the fewest persons in told pairs.
fn hide_for_rest(entries: &[PairEntry], floor: u32, told: &mut [bool]) -> bool {
    if told.iter().all(|told| *told) {
        return false;
    }
    let mut split: [BTreeMap<Term, u64>; 2] = [BTreeMap::new(), BTreeMap::new()];
    for (entry, _) in entries.iter().zip(told.iter()).filter(|(_, told)| **told) {
        for (side, persons) in split.iter_mut().enumerate() {
            *persons.entry(entry.keys[side]).or_default() += u64::from(entry.persons);
        }
    }
    let is_apart = |e: &PairEntry, side: usize| !split[side].contains_key(&e.keys[side]);
    let apart = entries.iter().filter(|e| is_apart(e, 0) && is_apart(e, 1));
    if apart.map(|e| u64::from(e.own[2])).sum::<u64>() >= u64::from(floor) {
        return false;
    }
    let lacks = |side: usize| !entries.iter().any(|e| is_apart(e, side));
    let sides: Vec<usize> =
        if lacks(0) || lacks(1) { (0..2).filter(|side| lacks(*side)).collect() } else { vec![0, 1] };
    let values = sides.iter().flat_map(|side| split[*side].iter().map(|(value, persons)| (*persons, *side, *value)));
    let Some((_, side, value)) = values.min() else { return false };
    for (entry, told) in entries.iter().zip(told.iter_mut()) {
        *told &= entry.keys[side] != value;
    }
    true
}
