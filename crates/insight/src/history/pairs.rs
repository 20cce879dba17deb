//! Cells of two groups that are both told singly: a table whose rows and columns have known sums.
//!
//! Whoever looks at a day's pairs cannot tell one that is empty from one that is not told. What follows from the sums
//! of rows and columns and the pairs told is then one of: what is not told of some rows; the same of some columns; or
//! what is not told of all rows but some and all columns but some, where every pair of these rows with the other
//! columns is told. The last always holds what lies in rows and columns of which no pair is told. So it suffices that
//! what is not told of each row, of each column, and of the rows and columns without any told pair together holds
//! nobody or at least the floor.

use std::collections::BTreeMap;

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
pub fn close_pairs(mut entries: Vec<PairEntry>, floor: u32, is_told: impl Fn(usize, Term) -> bool) -> DayClose {
    entries.sort_by_key(|e| (e.persons, e.keys));
    let known = |e: &PairEntry| is_told(0, e.keys[0]) && is_told(1, e.keys[1]);
    let mut told: Vec<bool> = entries.iter().map(|e| e.persons >= floor && known(e)).collect();
    loop {
        let mut changed = false;
        for side in 0..2 {
            changed |= hide_in_sums(&entries, side, floor, &mut told, |key| is_told(side, key));
        }
        if !changed && !hide_for_rest(&entries, floor, &mut told) {
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
