//! Singling out, linking and inferring from released cells, as anonymeter measures them: how much more often an
//! attack succeeds on people who are in the cells than on people who are not.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Term};

use super::super::*;
use super::simulation::{Dice, Shape, World};
use crate::Parts;

const PEOPLE: usize = 6_000;
/// The first of them were there, the others never.
const PRESENT: usize = 3_000;
const ATTACKS: usize = 3_000;
const FLOOR: u32 = 10;

/// A person as an attacker may know or want to know them.
#[derive(Clone, Copy)]
struct Person {
    /// Country, source, page.
    values: [u32; 3],
}

/// People of few countries and many pages; sources go with countries, pages with both.
fn people() -> Vec<Person> {
    let mut dice = Dice(20_261_124);
    let skewed = |dice: &mut Dice, count: u32| (0..3).map(|_| dice.roll(count)).min().unwrap_or(0);
    let person = |dice: &mut Dice| {
        let country = skewed(dice, 30);
        let source = if dice.roll(3) == 0 { country } else { skewed(dice, 250) };
        let page = if dice.roll(4) == 0 { 2_000 + country } else { skewed(dice, 2_000) };
        Person { values: [100 + country, 200 + source, 1_000 + page] }
    };
    (0..PEOPLE).map(|_| person(&mut dice)).collect()
}

/// Everything released of those present: single values and pairs, with their counts.
struct Released {
    singles: [BTreeMap<Term, u64>; 3],
    /// By which two.
    pairs: BTreeMap<(usize, usize), BTreeMap<Keys, u64>>,
}

fn own(all: &BTreeMap<Keys, Vec<usize>>, part: impl Fn(&Keys) -> u32) -> BTreeMap<Keys, u32> {
    let mut rarest: BTreeMap<(usize, u32), (usize, Keys)> = BTreeMap::new();
    for (keys, persons) in all {
        for person in persons {
            let mine = rarest.entry((*person, part(keys))).or_insert((persons.len(), *keys));
            *mine = (*mine).min((persons.len(), *keys));
        }
    }
    let mut own = BTreeMap::new();
    rarest.into_values().for_each(|(_, keys)| *own.entry(keys).or_default() += 1);
    own
}

fn release(people: &[Person], floor: u32) -> Released {
    let count = |keys: &dyn Fn(&Person) -> Keys| {
        let mut all: BTreeMap<Keys, Vec<usize>> = BTreeMap::new();
        people.iter().enumerate().for_each(|(at, person)| all.entry(keys(person)).or_default().push(at));
        all
    };
    let parts = |persons: &[usize]| Parts { events: persons.len() as u64, ..Parts::default() };
    let single = |at: usize| {
        let all = count(&|p| [Term(p.values[at]), Term::NONE]);
        let own = own(&all, |_| 0);
        let entry = |(keys, persons): (&Keys, &Vec<usize>)| Entry {
            keys: *keys,
            day: Day(0),
            parts: parts(persons),
            persons: persons.len() as u32,
            own: own.get(keys).copied().unwrap_or(0),
            seen: Seen::default(),
        };
        let close = close_day(Rule::Single, all.iter().map(entry).collect(), floor, |_| Above::Told);
        close.told.iter().map(|(keys, parts)| (keys[0], parts.events)).collect::<BTreeMap<Term, u64>>()
    };
    let singles = [single(0), single(1), single(2)];
    let mut pairs = BTreeMap::new();
    for (a, b) in [(2, 0), (2, 1), (1, 0)] {
        let all = count(&|p| [Term(p.values[a]), Term(p.values[b])]);
        let sums = [own(&all, |k| k[0].0), own(&all, |k| k[1].0), own(&all, |_| 0)];
        let entry = |(keys, persons): (&Keys, &Vec<usize>)| PairEntry {
            keys: *keys,
            parts: parts(persons),
            persons: persons.len() as u32,
            own: [0, 1, 2].map(|at| sums[at].get(keys).copied().unwrap_or(0)),
        };
        let is_told = |side: usize, value: Term| singles[[a, b][side]].contains_key(&value);
        let close = close_pairs(all.iter().map(entry).collect(), floor, is_told);
        pairs.insert((a, b), close.told.iter().map(|(keys, parts)| (*keys, parts.events)).collect());
    }
    Released { singles, pairs }
}

/// How much more often attacks succeed on those present than on the control group, and the upper end of its 95 %
/// interval (Wilson's for each rate).
fn risk(present: usize, control: usize, attacks: usize) -> (f64, f64) {
    let wilson = |hits: usize| {
        let (n, z) = (attacks as f64, 1.96f64);
        let rate = hits as f64 / n;
        let middle = (rate + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half = z / (1.0 + z * z / n) * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt();
        (middle, half)
    };
    let ((a, a_half), (c, c_half)) = (wilson(present), wilson(control));
    let risk = (a - c) / (1.0 - c);
    let half = ((a_half / (1.0 - c)).powi(2) + (c_half * (1.0 - a) / (1.0 - c).powi(2)).powi(2)).sqrt();
    (risk, risk + half)
}

/// Who looks for values, or two of them, that exactly one person has: the smallest counts, and what is left of a
/// value when all its pairs are taken away. Success is a single person among those present, or in the control group.
fn singling_out(people: &[Person], released: &Released) -> (usize, usize, usize) {
    type Guess = Vec<(usize, u32)>;
    let mut guesses: Vec<(u64, Guess)> = Vec::new();
    for ((a, b), pairs) in &released.pairs {
        for (keys, count) in pairs {
            guesses.push((*count, vec![(*a, keys[0].0), (*b, keys[1].0)]));
        }
        for (side, of) in [(0, *a), (1, *b)] {
            for (value, count) in &released.singles[of] {
                let told = || pairs.iter().filter(|(keys, _)| keys[side] == *value);
                let left = count.saturating_sub(told().map(|(_, count)| count).sum());
                let others: BTreeSet<u32> = told().map(|(keys, _)| keys[1 - side].0).collect();
                // Whoever has the value with none of those told; written as the first that is not told.
                if let (1.., Some(other)) = (left, missing(people, of, [*a, *b][1 - side], value.0, &others)) {
                    guesses.push((left, vec![(of, value.0), ([*a, *b][1 - side], other)]));
                }
            }
        }
    }
    guesses.sort();
    guesses.dedup();
    guesses.truncate(ATTACKS.min(500));
    let matching = |people: &[Person], guess: &Guess| {
        people.iter().filter(|p| guess.iter().all(|(at, value)| p.values[*at] == *value)).count()
    };
    // Only who believes to have found one person tries.
    let found = |people: &[Person]| guesses.iter().filter(|(n, g)| *n == 1 && matching(people, g) == 1).count();
    (found(&people[..PRESENT]), found(&people[PRESENT..]), 500)
}

/// Some value that goes with another and is not among those told: what an attacker with other sources could try.
fn missing(people: &[Person], of: usize, at: usize, value: u32, told: &BTreeSet<u32>) -> Option<u32> {
    let with = people[..PRESENT].iter().filter(|p| p.values[of] == value).map(|p| p.values[at]);
    with.filter(|other| !told.contains(other)).min()
}

/// Who knows one value of a person guesses another: the most frequent one in released pairs, else the most frequent
/// of all. Hits among those present and in the control group.
fn guessing(people: &[Person], released: &Released, known: usize, secret: usize) -> (usize, usize) {
    let pairs = &released.pairs[&(known, secret)];
    let guess = |person: &Person| {
        let value = person.values[known];
        let with = pairs.range([Term(value), Term(0)]..=[Term(value), Term(u32::MAX)]);
        let best = with.max_by_key(|(_, count)| **count).map(|(keys, _)| keys[1]);
        best.or_else(|| released.singles[secret].iter().max_by_key(|(_, count)| **count).map(|(value, _)| *value))
    };
    let hits = |some: &[Person]| some.iter().take(ATTACKS).filter(|p| guess(p) == Some(Term(p.values[secret]))).count();
    (hits(&people[..PRESENT]), hits(&people[PRESENT..]))
}

/// Who has the page and source of a visit joins them with a country, if only one goes with both.
fn linking(people: &[Person], released: &Released) -> (usize, usize) {
    let countries = |known: usize, value: u32| -> BTreeSet<Term> {
        let pairs = &released.pairs[&(known, 0)];
        pairs.range([Term(value), Term(0)]..=[Term(value), Term(u32::MAX)]).map(|(keys, _)| keys[1]).collect()
    };
    let link = |person: &Person| {
        let (by_page, by_source) = (countries(2, person.values[2]), countries(1, person.values[1]));
        let both: Vec<Term> = by_page.intersection(&by_source).copied().collect();
        if let [one] = both[..] { Some(one) } else { None }
    };
    let hits = |some: &[Person]| some.iter().take(ATTACKS).filter(|p| link(p) == Some(Term(p.values[0]))).count();
    (hits(&people[..PRESENT]), hits(&people[PRESENT..]))
}

/// The upper bounds of the three risks; inference is the worst of its kinds.
fn risks(floor: u32) -> [(f64, f64); 3] {
    let people = people();
    let released = release(&people[..PRESENT], floor);
    let (found, control, attacks) = singling_out(&people, &released);
    let worst = [(2, 0), (2, 1), (1, 0)]
        .map(|(known, secret)| guessing(&people, &released, known, secret))
        .map(|(present, control)| risk(present, control, ATTACKS))
        .into_iter()
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let (linked, not) = linking(&people, &released);
    [risk(found, control, attacks), risk(linked, not, ATTACKS), worst.expect("three kinds")]
}

#[test]
fn released_cells_single_nobody_out_and_link_and_betray_nobody() {
    let risks = risks(FLOOR);
    for (kind, (risk, upper)) in ["singling out", "linking", "inference"].iter().zip(risks) {
        assert!(upper <= 0.10, "{kind}: {risk:.3}, at most {upper:.3}");
    }
}

#[test]
fn the_same_attacks_succeed_without_a_floor() {
    let risks = risks(0);
    for (kind, (risk, upper)) in ["singling out", "linking", "inference"].iter().zip(risks) {
        assert!(risk > 0.10, "{kind}: {risk:.3}, at most {upper:.3}");
    }
}

/// Who looks for values and days that exactly one person has, among the smallest numbers that follow from all cells of
/// days, weeks and the period. Success is a single person of the site, or of another one with the same habits.
fn singling_out_over_time(floor: u32) -> [(f64, f64); 2] {
    let days: Vec<Day> = (0..35).map(|at| Day(20_752 + at)).collect();
    let shape = |seed| Shape { seed, persons: 80, values: 120, per_day: 3, tail: 1, parents: true };
    let (world, control) = (World::new(&shape(11), &days, floor), World::new(&shape(12), &days, floor));
    [&world.after_weeks, &world.after_period].map(|state| {
        let mut guesses = world.follows(state, &days);
        guesses.sort();
        guesses.dedup();
        guesses.truncate(300);
        let found = |of: &World| guesses.iter().filter(|(_, values)| of.with(values).len() == 1).count();
        risk(found(&world), found(&control), guesses.len())
    })
}

#[test]
fn cells_of_weeks_and_periods_single_nobody_out() {
    for (risk, upper) in singling_out_over_time(FLOOR) {
        assert!(upper <= 0.10, "{risk:.3}, at most {upper:.3}");
    }
    for (risk, upper) in singling_out_over_time(0) {
        assert!(risk > 0.10, "without a floor: {risk:.3}, at most {upper:.3}");
    }
}
