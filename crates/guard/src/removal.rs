//! What the answer would be without one of its filters, and how many people that sets apart.

use std::collections::HashMap;

use outis_insight::{Filter, Group, Interval, Key, Query, RawAnswer, RawRow};

use crate::asking::Asking;
use crate::filters::{difference, is_plain, without};
use crate::refusal::Refusal;

/// How many persons taking a filter away adds or removes, at least; 0 only if it certainly changes nothing.
pub(crate) type Persons = u64;

/// What taking filters away changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    /// Which filters: a bit for each.
    pub(crate) filters: u32,
    /// In the answer as a whole.
    pub(crate) total: Persons,
    /// In each row, also in those that are only there without the filters.
    pub(crate) rows: HashMap<Vec<Key>, Persons>,
}

/// Each filter taken away, and some together.
///
/// In a plain list, taking several filters away changes at least what taking any of them away changes. So only
/// filters that are *idle*, of which none changes anything, can set few people apart together: one filter told twice
/// is idle both times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Removals {
    pub(crate) changes: Vec<Change>,
    /// The filter is a plain list.
    plain: bool,
}

impl Removals {
    /// True if whatever filters are taken away, nobody or at least the floor is set apart. `changes` are the persons
    /// of each change, in a row or in the whole.
    pub(crate) fn is_safe(&self, changes: &[Persons], floor: Persons) -> bool {
        if changes.iter().any(|persons| (1..floor).contains(persons)) {
            return false;
        }
        let idle = self.idle(changes);
        match idle.count_ones() {
            0 => true,
            _ if !self.plain => false,
            1 => true,
            of => self.changes.iter().zip(changes).any(|(c, persons)| c.filters == idle && (of == 2 || *persons == 0)),
        }
    }

    /// The filters that change nothing by themselves.
    fn idle(&self, changes: &[Persons]) -> u32 {
        let single =
            self.changes.iter().zip(changes).filter(|(c, persons)| c.filters.count_ones() == 1 && **persons == 0);
        single.fold(0, |idle, (c, _)| idle | c.filters)
    }

    fn totals(&self) -> Vec<Persons> {
        self.changes.iter().map(|change| change.total).collect()
    }
}

/// Takes each of the first `removable` conditions of the query's filter away in turn, and those together that are idle
/// in the whole.
///
/// # Errors
/// If some filter sets too few people apart, or may do so together with others.
pub(crate) async fn removals(
    asking: &mut Asking<'_>,
    query: &Query,
    removable: usize,
    main: &RawAnswer,
    floor: u64,
) -> Result<Removals, Refusal> {
    let mut removals = Removals { changes: Vec::new(), plain: is_plain(&query.filter) };
    for filter in 0..removable {
        let reduced = without(&query.filter, filter);
        let change = change(asking, query, &reduced, main, floor, removable - filter - 1).await?;
        if (1..floor).contains(&change.total) {
            return Err(Refusal::TooFewPeople { filter });
        }
        removals.changes.push(Change { filters: 1 << filter, ..change });
    }
    let idle = removals.idle(&removals.totals());
    if removals.plain && idle.count_ones() > 1 && asking.left() > 0 {
        // From the last to the first, so that places stay what they are.
        let taken = (0..removable).rev().filter(|filter| idle & (1 << filter) != 0);
        let reduced = taken.fold(query.filter.clone(), |left, filter| without(&left, filter));
        let change = change(asking, query, &reduced, main, floor, 0).await?;
        removals.changes.push(Change { filters: idle, ..change });
    }
    if removals.is_safe(&removals.totals(), floor) {
        Ok(removals)
    } else {
        Err(Refusal::TooFewPeople { filter: (u32::BITS - 1 - idle.leading_zeros()) as usize })
    }
}

/// Compares the answer with the one under another filter. Keeps `spare` evaluations for others.
async fn change(
    asking: &mut Asking<'_>,
    query: &Query,
    filter: &Filter,
    main: &RawAnswer,
    floor: u64,
    spare: usize,
) -> Result<Change, Refusal> {
    let other = asking.with_filter(query, filter.clone()).await?;
    let pairs = pairs(main, &other);
    let total = whole(query, compare(Some(&main.total), Some(&other.total), floor), &pairs, floor);
    let open = |verdict: &Verdict| *verdict == Verdict::Open;
    let shown = |row: Option<&RawRow>| row.is_some_and(|row| row.persons >= floor);
    let unsettled = open(&total) || pairs.iter().any(|(_, a, b)| shown(*a) && open(&compare(*a, *b, floor)));

    // The same people, but more or fewer of their events: those events tell how many people they are of.
    let between = match unsettled && asking.left() > spare {
        true => Some(asking.with_filter(query, difference(&query.filter, filter)).await?),
        false => None,
    };
    let of_rows: HashMap<&[Key], u64> =
        between.iter().flat_map(|answer| &answer.rows).map(|row| (row.keys.as_slice(), row.persons)).collect();
    let of_total = between.as_ref().map(|answer| answer.total.persons);
    let rows = pairs.into_iter().map(|(keys, a, b)| {
        let persons = match compare(a, b, floor) {
            Verdict::Persons(persons) => persons,
            Verdict::Open => of_rows.get(keys).map_or(1, |persons| (*persons).max(1)),
        };
        (keys.to_vec(), persons)
    });
    let rows = rows.collect();
    let total = match total {
        Verdict::Persons(persons) => persons,
        Verdict::Open => of_total.map_or(1, |persons| persons.max(1)),
    };
    Ok(Change { filters: 0, total, rows })
}

type Pair<'a> = (&'a [Key], Option<&'a RawRow>, Option<&'a RawRow>);

/// Rows of both answers by their keys.
fn pairs<'a>(main: &'a RawAnswer, other: &'a RawAnswer) -> Vec<Pair<'a>> {
    let mut by_keys: HashMap<&[Key], (Option<&RawRow>, Option<&RawRow>)> = HashMap::new();
    for row in &main.rows {
        by_keys.entry(&row.keys).or_default().0 = Some(row);
    }
    for row in &other.rows {
        by_keys.entry(&row.keys).or_default().1 = Some(row);
    }
    by_keys.into_iter().map(|(keys, (a, b))| (keys, a, b)).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// At least so many persons are in one only; 0 if the two are the same.
    Persons(Persons),
    /// Both are of the same persons but not of the same events.
    Open,
}

/// Of rows that are days, the largest difference is known more exactly than from the largest days.
fn whole(query: &Query, total: Verdict, days: &[Pair<'_>], floor: u64) -> Verdict {
    if query.groups != [Group::Time(Interval::Day)] || total == Verdict::Persons(0) {
        return total;
    }
    let apart = |(_, a, b): &Pair<'_>| match compare(*a, *b, floor) {
        Verdict::Persons(persons) => persons,
        Verdict::Open => 0,
    };
    match (total, days.iter().map(apart).max().unwrap_or(0)) {
        (_, most) if most >= floor => Verdict::Persons(most),
        (total, _) => total,
    }
}

/// How two rows differ of which one contains the other. The difference of two largest days is never more than the
/// largest difference of a day.
fn compare(a: Option<&RawRow>, b: Option<&RawRow>, floor: u64) -> Verdict {
    let parts = |row: Option<&RawRow>| row.map(|row| row.parts).unwrap_or_default();
    let persons = |row: Option<&RawRow>| row.map_or(0, |row| row.persons);
    let apart = persons(a).abs_diff(persons(b));
    if apart >= floor {
        Verdict::Persons(apart)
    } else if parts(a) == parts(b) {
        Verdict::Persons(0)
    } else if parts(a).visitors == parts(b).visitors {
        Verdict::Open
    } else {
        Verdict::Persons(apart.max(1))
    }
}
