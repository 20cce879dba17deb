//! An attacker who asks everything that can be asked and subtracts answers from each other.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{AnonymousEvent, Day, Dimension, Term, Visitor};
use outis_insight::{Filter, Group, Shown, ShownKey};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::Off;
use super::world::{all, ask, counts, events, fulfils, gate, is, not, query};

const DIMENSIONS: [Dimension; 3] = [Dimension::Page, Dimension::Country, Dimension::Device];

/// Something that was told or can be worked out: which events are in it, and as whose it was told.
#[derive(Clone, PartialEq)]
struct Told {
    events: BTreeSet<usize>,
    /// The number of people was told as that of the whole answer, so it tells of nobody who is not in this one.
    as_everybody: bool,
}

/// What an answer says: its total, which has no key, and its rows.
type Said = BTreeMap<Option<ShownKey>, Told>;

/// What the answers say, by filters and groups.
struct Attacker<'a> {
    events: &'a [AnonymousEvent],
    floor: u32,
    /// Answers by their list of conditions and what they are grouped by: total first, then rows.
    answers: BTreeMap<(Vec<usize>, Option<usize>), Said>,
}

/// Conditions that are tried: being of a value and not being of it.
fn conditions() -> Vec<Filter> {
    let of = |d: Dimension| (10..13).flat_map(move |t| [is(d, t), not(is(d, t))]);
    DIMENSIONS.into_iter().flat_map(of).collect()
}

/// No conditions, one, and every two (the same one twice too).
fn lists() -> Vec<Vec<usize>> {
    let n = conditions().len();
    let pairs = (0..n).flat_map(|a| (a..n).map(move |b| vec![a, b]));
    std::iter::once(vec![]).chain((0..n).map(|a| vec![a])).chain(pairs).collect()
}

impl<'a> Attacker<'a> {
    fn ask(events: &'a [AnonymousEvent], floor: u32, off: Off) -> Attacker<'a> {
        let (mut gate, _) = gate(events);
        gate.off = off;
        let all_conditions = conditions();
        let mut answers = BTreeMap::new();
        for list in lists() {
            let filter = all(&list.iter().map(|at| all_conditions[*at].clone()).collect::<Vec<_>>());
            for by in [None, Some(0), Some(1), Some(2)] {
                let groups: Vec<_> = by.map(|at: usize| Group::Dimension(DIMENSIONS[at])).into_iter().collect();
                if let Ok(shown) = ask(&gate, floor, &query(filter.clone(), &groups)) {
                    answers.insert((list.clone(), by), told(events, &filter, by, &shown));
                }
            }
        }
        Attacker { events, floor, answers }
    }

    /// The differences of two answers that tell of somebody but of fewer people than the floor.
    fn found(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut note = |is_found: bool, how: &dyn Fn() -> String| found.extend(is_found.then(how));
        for ((list, by), answer) in &self.answers {
            let rows: Vec<_> = answer.iter().filter_map(|(key, told)| Some(((*key)?, told))).collect();
            // The rest of the answer, and each row against the whole.
            if let (Some(whole), false) = (answer.get(&None), rows.is_empty()) {
                let shown: BTreeSet<usize> = rows.iter().flat_map(|(_, told)| told.events.iter().copied()).collect();
                note(self.few(&(&whole.events - &shown)), &|| format!("rest of {list:?} by {by:?}"));
                for (key, row) in &rows {
                    note(self.sets_apart(whole, row), &|| format!("{list:?} by {by:?} less {key:?}"));
                }
            }
            // The same answer with any of its filters taken away.
            for subset in subsets(list) {
                let Some(wider) = self.answers.get(&(subset.clone(), *by)) else { continue };
                for (key, told) in answer {
                    let comparable = *key != Some(ShownKey::Other) || same_rows(answer, wider);
                    let apart = comparable && wider.get(key).is_some_and(|wider| self.sets_apart(wider, told));
                    note(apart, &|| format!("{key:?} of {subset:?} less {list:?} by {by:?}"));
                }
            }
            // A row of the answer against the answer filtered to it.
            for (key, row) in &rows {
                let filtered = by.and_then(|by| condition_of(by, *key));
                let narrower = filtered.and_then(|c| self.answers.get(&(sorted(list, c), None))?.get(&None));
                let apart = narrower.is_some_and(|narrower| self.sets_apart(row, narrower));
                note(apart, &|| format!("{key:?} of {list:?} by {by:?} less itself as a filter"));
            }
        }
        found
    }

    /// True if the wider set has people, or events of people, that the narrower one lacks, but too few.
    fn sets_apart(&self, wider: &Told, narrower: &Told) -> bool {
        let missed = &wider.events - &narrower.events;
        if missed.is_empty() {
            return false;
        }
        let of = |events: &BTreeSet<usize>| self.people(events);
        let absent = minus(&of(&wider.events), &of(&narrower.events));
        let told = !narrower.as_everybody && !wider.as_everybody;
        self.few(&missed) || told && !absent.is_empty() && (most(&absent) as u32) < self.floor
    }

    /// Events of somebody, but of fewer people than the floor.
    fn few(&self, events: &BTreeSet<usize>) -> bool {
        let tells = |at: &&usize| self.events[**at].term(Dimension::Event) == super::world::PAGEVIEW;
        events.iter().find(tells).is_some() && (most(&self.people(events)) as u32) < self.floor
    }

    fn people(&self, events: &BTreeSet<usize>) -> BTreeMap<Day, BTreeSet<Visitor>> {
        let mut people: BTreeMap<Day, BTreeSet<Visitor>> = BTreeMap::new();
        for e in events.iter().map(|at| &self.events[*at]).filter(|e| counts(e)) {
            people.entry(e.day).or_default().insert(e.visitor);
        }
        people
    }
}

fn most(people: &BTreeMap<Day, BTreeSet<Visitor>>) -> usize {
    people.values().map(BTreeSet::len).max().unwrap_or(0)
}

fn minus(
    a: &BTreeMap<Day, BTreeSet<Visitor>>,
    b: &BTreeMap<Day, BTreeSet<Visitor>>,
) -> BTreeMap<Day, BTreeSet<Visitor>> {
    let left = a.iter().map(|(day, of)| (*day, of - b.get(day).unwrap_or(&BTreeSet::new())));
    left.filter(|(_, of)| !of.is_empty()).collect()
}

fn same_rows(a: &Said, b: &Said) -> bool {
    a.keys().eq(b.keys())
}

fn subsets(list: &[usize]) -> Vec<Vec<usize>> {
    match list {
        [] => vec![],
        [_] => vec![vec![]],
        [a, b] => vec![vec![], vec![*a], vec![*b]],
        _ => panic!("at most two are tried"),
    }
}

fn condition_of(by: usize, key: ShownKey) -> Option<usize> {
    match key {
        ShownKey::Term(Term(term)) if (10..13).contains(&term) => Some(by * 6 + (term as usize - 10) * 2),
        _ => None,
    }
}

fn sorted(list: &[usize], more: usize) -> Vec<usize> {
    let mut list = [list, &[more]].concat();
    list.sort_unstable();
    list
}

/// The events behind everything that an answer shows.
fn told(events: &[AnonymousEvent], filter: &Filter, by: Option<usize>, shown: &Shown) -> Said {
    let keys: BTreeSet<ShownKey> = shown.rows.iter().filter_map(|row| row.keys.first().copied()).collect();
    let everybody = |row: &outis_insight::ShownRow| {
        let whole = shown.total.as_ref().and_then(|total| total.values[0]).unwrap_or(0.0);
        row.values[0].is_some_and(|told| (told - whole).abs() < 3.0)
    };
    let mut told: Said = BTreeMap::new();
    for row in shown.rows.iter().filter(|_| by.is_some()) {
        let as_everybody = everybody(row);
        told.insert(Some(row.keys[0]), Told { events: BTreeSet::new(), as_everybody });
    }
    if shown.total.is_some() {
        told.insert(None, Told { events: BTreeSet::new(), as_everybody: false });
    }
    for (at, e) in events.iter().enumerate().filter(|(_, e)| fulfils(filter, e)) {
        let key = by.map(|by| ShownKey::Term(e.term(DIMENSIONS[by])));
        let key = key.map(|key| if keys.contains(&key) { key } else { ShownKey::Other });
        for key in BTreeSet::from([key, None]) {
            told.entry(key).and_modify(|told| _ = told.events.insert(at));
        }
    }
    told
}

/// So many sites, the same ones every time.
fn sites(count: usize) -> Vec<Vec<AnonymousEvent>> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| events().new_tree(&mut runner).expect("a site").current()).collect()
}

fn found(off: fn() -> Off, floor: u32) -> Vec<String> {
    sites(2).iter().flat_map(|events| Attacker::ask(events, floor, off()).found()).collect()
}

#[test]
fn no_difference_of_two_answers_tells_of_few_people() {
    for floor in [5, 10] {
        assert_eq!(found(Off::default, floor), Vec::<String>::new(), "at floor {floor}");
    }
}

#[test]
fn the_attacker_finds_people_where_filters_are_not_taken_away() {
    assert!(!found(|| Off { removals: true, ..Off::default() }, 10).is_empty());
}

#[test]
fn the_attacker_finds_people_where_rows_are_not_folded() {
    assert!(!found(|| Off { folding: true, ..Off::default() }, 10).is_empty());
}
