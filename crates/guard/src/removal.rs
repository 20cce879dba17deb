//! What the answer would be without one of its filters, and how many people that sets apart.

use std::collections::HashMap;

use outis_insight::{Filter, Group, Interval, Key, Query, RawAnswer, RawRow};

use crate::asking::Asking;
use crate::filters::{difference, is_plain, without};
use crate::refusal::Refusal;

/// How many persons taking a filter away adds or removes, at least; 0 only if it certainly changes nothing.
pub(crate) type Persons = u64;

/// What taking one filter away changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    /// In the answer as a whole.
    pub(crate) total: Persons,
    /// In each row, also in those that are only there without the filter.
    pub(crate) rows: HashMap<Vec<Key>, Persons>,
}

/// All filters, each taken away.
#[derive(Clone, Debug, Default)]
pub(crate) struct Removals {
    /// Those that change anything. Each changes the whole by at least the floor.
    pub(crate) changes: Vec<Change>,
    /// In how many of them a row may be unchanged and still be shown. Two filters that are idle in a row singly may
    /// set few people apart in it together, and nobody has looked.
    pub(crate) idle: usize,
}

/// Takes each of the first `removable` conditions of the query's filter away in turn.
///
/// A filter that changes nothing is left out for good before the others are looked at: otherwise one filter told
/// twice would hide what it sets apart, because taking either away changes nothing.
///
/// # Errors
/// If some filter sets too few people apart.
pub(crate) async fn removals(
    asking: &mut Asking<'_>,
    query: &Query,
    removable: usize,
    main: &RawAnswer,
    floor: u64,
) -> Result<Removals, Refusal> {
    let plain = is_plain(&query.filter);
    let mut current = query.filter.clone();
    // Places of the conditions that are left, as they were asked.
    let mut places: Vec<usize> = (0..removable).collect();
    let mut changes = Vec::new();
    let mut at = 0;
    while at < places.len() {
        let reduced = without(&current, at);
        let spare = places.len() - at - 1;
        let change = change(asking, query, &reduced, main, floor, spare).await?;
        if change.total == 0 {
            current = reduced;
            places.remove(at);
            // Where conditions are alternatives, leaving one out may make another matter less.
            if !plain {
                at = 0;
                changes.clear();
            }
        } else if change.total >= floor {
            changes.push(change);
            at += 1;
        } else {
            return Err(Refusal::TooFewPeople { filter: places[at] });
        }
    }
    Ok(Removals { changes, idle: usize::from(plain) })
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
    Ok(Change { total, rows })
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
