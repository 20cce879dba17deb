//! Whatever is shown has enough people behind it, whoever comes and whatever is asked.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{AnonymousEvent, Dimension, Term, Visitor};
use outis_insight::{EventFilter, Filter, Group, Interval, Query, Shown, ShownKey, TermSet, bucket};
use proptest::prelude::*;

use super::world::{all, ask, counts, events, fulfils, gate, is, most, not, people, query, view};

const GROUPS: [Group; 6] = [
    Group::Dimension(Dimension::Page),
    Group::Dimension(Dimension::Country),
    Group::Dimension(Dimension::Device),
    Group::Language,
    Group::Time(Interval::Day),
    Group::Time(Interval::Hour),
];

fn condition() -> impl Strategy<Value = Filter> {
    let dimension = prop::sample::select(&[Dimension::Page, Dimension::Country, Dimension::Device][..]);
    (dimension, prop::collection::vec(10u32..14, 1..3), any::<bool>()).prop_map(|(dimension, terms, negated)| {
        let one = Filter::Event(EventFilter::Dimension(dimension, TermSet::of(terms.into_iter().map(Term))));
        if negated { not(one) } else { one }
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    prop_oneof![
        3 => prop::collection::vec(condition(), 0..4).prop_map(Filter::And),
        1 => (condition(), condition(), condition())
            .prop_map(|(a, b, c)| Filter::And(vec![a, Filter::Or(vec![b, c])])),
    ]
}

/// The keys an event has in the query, as they are shown.
fn keys(query: &Query, e: &AnonymousEvent) -> BTreeSet<Vec<ShownKey>> {
    let mut all = BTreeSet::from([Vec::new()]);
    for group in &query.groups {
        let own: Vec<ShownKey> = match group {
            Group::Dimension(dimension) => vec![ShownKey::Term(e.term(*dimension))],
            Group::Language if e.languages.is_empty() => vec![ShownKey::Term(Term::NONE)],
            Group::Language => e.languages.iter().map(|t| ShownKey::Term(*t)).collect(),
            Group::Time(interval) => vec![ShownKey::Time(bucket::bucket(*interval, e.day, e.slot, &query.zone))],
            other => panic!("tests do not ask for {other:?}"),
        };
        all = all.iter().flat_map(|keys| own.iter().map(|key| [keys.as_slice(), &[*key]].concat())).collect();
    }
    all
}

/// Every row with how many people are behind it; `(other)` by what is not shown.
fn behind(shown: &Shown, query: &Query, events: &[AnonymousEvent]) -> BTreeMap<Vec<ShownKey>, u64> {
    let told: BTreeSet<_> = shown.rows.iter().map(|row| row.keys.clone()).collect();
    let other = vec![ShownKey::Other; query.groups.len()];
    let mut people: BTreeMap<Vec<ShownKey>, BTreeMap<_, BTreeSet<Visitor>>> = BTreeMap::new();
    for e in events.iter().filter(|e| counts(e) && fulfils(&query.filter, e)) {
        for keys in keys(query, e) {
            let keys = if told.contains(&keys) { keys } else { other.clone() };
            people.entry(keys).or_default().entry(e.day).or_default().insert(e.visitor);
        }
    }
    people.into_iter().map(|(keys, people)| (keys, most(&people))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn every_row_and_total_holds_the_floor(
        events in events(), filter in filter(), groups in prop::collection::vec(prop::sample::select(&GROUPS[..]), 0..3),
        floor in prop::sample::select(&[5u32, 10][..]),
    ) {
        let query = query(filter, &groups);
        let site_wide = query.filter.is_all() && groups.iter().all(|g| matches!(g, Group::Time(_)));
        let (gate, rows) = gate(&events);
        let answer = ask(&gate, floor, &query);
        prop_assert!(rows.evaluations.load(std::sync::atomic::Ordering::Relaxed) <= 5);
        let Ok(shown) = answer else { return Ok(()) };
        if shown.total.is_some() && !query.filter.is_all() {
            prop_assert!(most(&people(&events, &query.filter)) >= u64::from(floor));
        }
        if site_wide || groups.is_empty() {
            return Ok(());
        }
        let behind = behind(&shown, &query, &events);
        for row in &shown.rows {
            let persons = behind.get(&row.keys).copied().unwrap_or(0);
            prop_assert!(persons >= u64::from(floor), "{:?} holds {persons}", row.keys);
        }
        // If anything is shown, what is left of it is shown as (other) or is nothing.
        let left = behind.get(&vec![ShownKey::Other; groups.len()]).copied().unwrap_or(0);
        prop_assert!(shown.rows.is_empty() || left == 0 || left >= u64::from(floor));
        for row in shown.rows.iter().chain(&shown.total).filter(|_| !query.filter.is_all()) {
            prop_assert!(row.values[..4].iter().flatten().all(|count| count % 5.0 == 0.0));
        }
    }
}

/// So many people from a country, each on one page.
fn crowd(from: u64, count: u64, page: u32, country: u32) -> Vec<AnonymousEvent> {
    (from..from + count).map(|visitor| view(0, visitor, 100, page, country)).collect()
}

fn terms(shown: &Shown) -> Vec<ShownKey> {
    let mut keys: Vec<_> = shown.rows.iter().map(|row| row.keys[0]).collect();
    keys.sort();
    keys
}

#[test]
fn the_smallest_row_joins_what_is_too_small() {
    let by_country = query(all(&[]), &[Group::Dimension(Dimension::Country)]);
    let events = [crowd(1, 40, 10, 10), crowd(100, 12, 10, 11), crowd(200, 3, 10, 12)].concat();
    let shown = ask(&gate(&events).0, 10, &by_country).expect("answered");
    // Three people alone would be the total less the others.
    assert_eq!(terms(&shown), [ShownKey::Term(Term(10)), ShownKey::Other]);
    let other = shown.rows.iter().find(|row| row.keys == [ShownKey::Other]).expect("other");
    assert_eq!((other.values[0], shown.hidden_groups), (Some(15.0), 2));
}

#[test]
fn many_small_rows_hide_each_other() {
    let by_country = query(all(&[]), &[Group::Dimension(Dimension::Country)]);
    let small = (0..5).flat_map(|i| crowd(100 + i * 10, 3, 10, 20 + i as u32));
    let events: Vec<_> = crowd(1, 12, 10, 10).into_iter().chain(small).collect();
    let shown = ask(&gate(&events).0, 10, &by_country).expect("answered");
    assert_eq!(terms(&shown), [ShownKey::Term(Term(10)), ShownKey::Other]);
    assert_eq!(shown.hidden_groups, 5);
}

#[test]
fn rare_words_and_nobody_are_subject_to_the_floor() {
    let mut events = [crowd(1, 40, 10, 10), crowd(100, 4, Term::RARE.0, 10)].concat();
    events.extend((0..30).map(|i| view(0, 0, i, 11, 10)));
    let by_page = query(all(&[]), &[Group::Dimension(Dimension::Page)]);
    let shown = ask(&gate(&events).0, 10, &by_page).expect("answered");
    assert_eq!(terms(&shown), [ShownKey::Other]);
}

#[test]
fn a_filtered_answer_of_few_people_tells_nothing() {
    let events = [crowd(1, 40, 10, 10), crowd(100, 4, 10, 11)].concat();
    let shown = ask(&gate(&events).0, 10, &query(is(Dimension::Country, 11), &[])).expect("answered");
    assert!(shown.total.is_none() && shown.rows.is_empty());
}
