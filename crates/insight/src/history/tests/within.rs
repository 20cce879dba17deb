//! Values below others: whoever subtracts days, cells of the values above and cells of the values below.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Term};
use proptest::prelude::*;

use super::super::release::divide;
use super::super::*;
use super::simulation::Dice;
use crate::Parts;

const FIRST: Day = Day(20_752);
/// Days of two weeks of one period.
const DAYS: [i32; 5] = [0, 1, 3, 8, 10];

/// A value, the one above it, and the day.
type Atom = (Keys, Day);
type Atoms = BTreeSet<Atom>;

#[derive(Clone, Debug)]
struct Shape {
    seed: u64,
    persons: u32,
    above: u32,
    below: u32,
    per_day: u32,
}

fn shape() -> impl Strategy<Value = Shape> {
    (1u64..1 << 40, 8u32..50, 2u32..6, 1u32..6, 1u32..4).prop_map(|(seed, persons, above, below, per_day)| Shape {
        seed,
        persons,
        above,
        below,
        per_day,
    })
}

/// What of the rules for values below one that waits is kept to.
#[derive(Clone, Copy, PartialEq)]
enum Care {
    All,
    /// A cell over several days is divided whatever its parts leave of some of them.
    PartsOnSomeDays,
    /// Days on which the value above waits are taken for known.
    None,
}

/// What is known at some time.
#[derive(Clone, Default)]
struct State {
    /// Cells of values above, by value.
    above: Vec<(Term, Atoms)>,
    /// What is in none of them, of days of which something is told.
    above_rest: Atoms,
    /// Cells of values below.
    below: Vec<Atoms>,
    /// What waits or waited with a table of days, and is in no cell, by the value above.
    below_rests: Vec<Atoms>,
}

struct World {
    atoms: BTreeMap<Atom, BTreeSet<u32>>,
    /// Values above that are not cells of their day.
    hidden: BTreeSet<(Term, Day)>,
    states: Vec<State>,
}

fn day_of(at: i32) -> Day {
    FIRST.plus(at)
}

impl World {
    fn new(shape: &Shape, floor: u32, care: Care) -> World {
        let mut dice = Dice(shape.seed);
        let mut atoms: BTreeMap<Atom, BTreeSet<u32>> = BTreeMap::new();
        for day in DAYS.map(day_of) {
            for person in 0..shape.persons {
                for _ in 0..dice.roll(shape.per_day + 1) {
                    let above = dice.roll(shape.above).min(dice.roll(shape.above));
                    let keys = [Term(10 + above), Term(100 + 10 * above + dice.roll(shape.below))];
                    atoms.entry((keys, day)).or_default().insert(person);
                }
            }
        }
        let mut world = World { atoms, hidden: BTreeSet::new(), states: Vec::new() };
        world.run(floor, care);
        world
    }

    fn run(&mut self, floor: u32, care: Care) {
        let mut state = State::default();
        let mut waiting: [Vec<Entry>; 2] = Default::default();
        for day in DAYS.map(day_of) {
            let single = close_day(Rule::Single, self.entries(day, Rule::Single), floor, |_| Above::Told);
            let waits: BTreeSet<Term> = single.waiting.iter().map(|e| e.keys[0]).collect();
            let told: BTreeSet<Term> = single.told.iter().map(|(keys, _)| keys[0]).collect();
            let above = |value: Term| match (told.contains(&value), waits.contains(&value)) {
                (true, _) => Above::Told,
                (_, true) => Above::Waits,
                _ => Above::Hidden,
            };
            let within = close_day(Rule::Within, self.entries(day, Rule::Within), floor, above);
            state.above.extend(told.iter().map(|value| (*value, self.of_value(*value, day))));
            state.below.extend(within.told.iter().map(|(keys, _)| Atoms::from([(*keys, day)])));
            self.hidden.extend(waits.iter().map(|value| (*value, day)));
            waiting[0].extend(single.waiting);
            waiting[1].extend(within.waiting);
        }
        self.finish(&mut state, Span::Day);
        for span in [Span::Week, Span::Period] {
            let mut left: [Vec<Entry>; 2] = Default::default();
            for first in BTreeSet::from(DAYS.map(|at| span.first(day_of(at)))) {
                let of_span = |entries: &[Entry]| -> Vec<Entry> {
                    entries.iter().filter(|e| span.first(e.day) == first).cloned().collect()
                };
                let [single, within] = [of_span(&waiting[0]), of_span(&waiting[1])];
                let mut waited = Waited::before(&single);
                let (told, rest) = divide(Rule::Single, span, single, floor, None, |_| None);
                for (keys, entries) in &told {
                    let atoms = entries.iter().flat_map(|e| self.of_value(keys[0], e.day)).collect();
                    state.above.push((keys[0], atoms));
                }
                let close = SpanClose::new(&told, rest);
                waited.closed(span, &close);
                if care == Care::PartsOnSomeDays {
                    waited.knows_no_days();
                }
                left[0].extend(close.waiting);
                let above = Some(&waited).filter(|_| care != Care::None);
                let (told, rest) = divide(Rule::Within, span, within, floor, above, |_| None);
                for entries in told.into_values() {
                    // One cell tells both; whoever knew them apart would know more.
                    let (by_day, joined): (Vec<Entry>, Vec<Entry>) =
                        entries.into_iter().partition(|e| waited.above(e.keys[0], e.day) == Above::Told);
                    let parts = [by_day, joined].map(|entries| entries.iter().map(|e| (e.keys, e.day)).collect());
                    state.below.extend(parts.into_iter().filter(|atoms: &Atoms| !atoms.is_empty()));
                }
                left[1].extend(rest);
            }
            waiting = left;
            self.finish(&mut state, span);
        }
    }

    /// Looks at what is in no cell.
    fn finish(&mut self, state: &mut State, span: Span) {
        let told: Atoms = state.above.iter().flat_map(|(_, atoms)| atoms).copied().collect();
        let hidden = self.hidden.iter().flat_map(|(value, day)| self.of_value(*value, *day));
        state.above_rest = hidden.filter(|atom| !told.contains(atom)).collect();
        let below: Atoms = state.below.iter().flatten().copied().collect();
        let mut rests: BTreeMap<(Term, Day), Atoms> = BTreeMap::new();
        for atom in self.atoms.keys().filter(|(keys, day)| !self.hidden.contains(&(keys[0], *day))) {
            if told.contains(atom) && !below.contains(atom) {
                rests.entry((atom.0[0], span.first(atom.1))).or_default().insert(*atom);
            }
        }
        state.below_rests = rests.into_values().collect();
        self.states.push(state.clone());
    }

    fn of_value(&self, value: Term, day: Day) -> Atoms {
        self.atoms.keys().filter(|(keys, d)| keys[0] == value && *d == day).copied().collect()
    }

    /// The counts of a day by the value above, or by both.
    fn entries(&self, day: Day, rule: Rule) -> Vec<Entry> {
        let mut all: BTreeMap<Keys, BTreeSet<u32>> = BTreeMap::new();
        for ((keys, _), persons) in self.atoms.iter().filter(|((_, d), _)| *d == day) {
            let keys = if rule == Rule::Single { [keys[0], Term::NONE] } else { *keys };
            all.entry(keys).or_default().extend(persons);
        }
        let mut rarest: BTreeMap<(u32, Term), (usize, Keys)> = BTreeMap::new();
        for (keys, persons) in &all {
            for person in persons {
                let part = if rule == Rule::Single { Term::NONE } else { keys[0] };
                let mine = rarest.entry((*person, part)).or_insert((persons.len(), *keys));
                *mine = (*mine).min((persons.len(), *keys));
            }
        }
        let entry = |(keys, persons): (&Keys, &BTreeSet<u32>)| {
            let mut seen = Seen { secret: 1, ..Seen::default() };
            for person in persons {
                let cell = u64::from(keys[0].0) << 10 | u64::from(keys[1].0);
                let hash = (u64::from(*person) << 32 | cell).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                seen.mark((hash >> 58) as u8);
            }
            Entry {
                keys: *keys,
                day,
                parts: Parts { events: persons.len() as u64, ..Parts::default() },
                persons: persons.len() as u32,
                own: rarest.values().filter(|(_, k)| k == keys).count() as u32,
                seen,
            }
        };
        all.iter().map(entry).collect()
    }

    /// The fewest persons, besides none, in anything that follows.
    fn fewest(&self, state: &State) -> Option<u32> {
        let order: Vec<&Atom> = self.atoms.keys().collect();
        assert!(order.len() <= 128, "a bit for each");
        let mask = |atoms: &Atoms| -> u128 {
            atoms.iter().filter_map(|atom| order.binary_search(&atom).ok()).fold(0, |mask, at| mask | 1 << at)
        };
        let persons: Vec<u64> =
            self.atoms.values().map(|persons| persons.iter().fold(0, |all, person| all | 1 << person)).collect();
        let count = |left: u128| {
            let of = persons.iter().enumerate().filter(|(at, _)| left >> at & 1 == 1);
            of.fold(0, |all, (_, of)| all | of).count_ones()
        };
        let is_inside = |a: u128, b: u128| a & !b == 0;
        let above: Vec<(Term, u128)> = state.above.iter().map(|(value, atoms)| (*value, mask(atoms))).collect();
        let values: BTreeSet<Term> = above.iter().map(|(value, _)| *value).collect();
        let below: Vec<u128> = state.below.iter().map(mask).collect();
        let below_rests: Vec<u128> = state.below_rests.iter().map(mask).collect();
        let above_rest = mask(&state.above_rest);
        let mut fewest: Option<u32> = None;
        for choice in 0u32..1 << DAYS.len() {
            let is_chosen =
                |day: &Day| DAYS.iter().enumerate().any(|(at, d)| day_of(*d) == *day && choice >> at & 1 == 1);
            let hidden = self.hidden.iter().filter(|(_, day)| is_chosen(day));
            let rows = mask(&hidden.flat_map(|(value, day)| self.of_value(*value, *day)).collect());
            for value in &values {
                let others = above.iter().filter(|(v, cell)| v != value && is_inside(*cell, rows));
                let rows_left = others.fold(rows, |left, (_, cell)| left & !cell);
                let cells: Vec<u128> = above.iter().filter(|(v, _)| v == value).map(|(_, cell)| *cell).collect();
                for kept in 0u32..1 << cells.len() {
                    let mut left = rows_left;
                    for (at, cell) in cells.iter().enumerate() {
                        match kept >> at & 1 == 1 {
                            true if is_inside(*cell, rows) || cell & rows == 0 => left |= cell,
                            false if is_inside(*cell, rows) => left &= !cell,
                            _ => {}
                        }
                    }
                    for rest in [0, above_rest] {
                        let left = if is_inside(rest, left) { left & !rest } else { left };
                        for rests in [&below_rests[..], &[]] {
                            let told = below.iter().chain(rests).filter(|cell| is_inside(**cell, left));
                            let persons = count(told.fold(left, |left, cell| left & !cell));
                            if persons > 0 {
                                fewest = Some(fewest.map_or(persons, |few| few.min(persons)));
                            }
                        }
                    }
                }
            }
        }
        fewest
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_follows_is_about_nobody_or_enough(shape in shape(), floor in 2u32..10) {
        let world = World::new(&shape, floor, Care::All);
        for state in &world.states {
            for atoms in state.below.iter().chain(state.above.iter().map(|(_, atoms)| atoms)) {
                let persons: BTreeSet<u32> = atoms.iter().flat_map(|atom| world.atoms[atom].iter().copied()).collect();
                prop_assert!(persons.len() >= floor as usize);
            }
            if let Some(fewest) = world.fewest(state) {
                prop_assert!(fewest >= floor, "{fewest} of {floor}");
            }
        }
    }
}

#[test]
fn values_below_one_that_waits_are_told_with_it() {
    let shape = |seed| Shape { seed, persons: 40, above: 5, below: 2, per_day: 2 };
    let late = |seed| {
        let world = World::new(&shape(seed), 10, Care::All);
        let is_hidden = |atoms: &Atoms| atoms.iter().any(|(keys, day)| world.hidden.contains(&(keys[0], *day)));
        world.states.iter().map(|state| state.below.iter().filter(|atoms| is_hidden(atoms)).count()).max()
    };
    assert!((1..40).any(|seed| late(seed) > Some(0)));
}

#[test]
fn few_are_found_if_days_are_taken_for_known_on_which_the_value_above_waits() {
    let shape = |seed| Shape { seed, persons: 40, above: 5, below: 2, per_day: 2 };
    let few = |seed| {
        let world = World::new(&shape(seed), 10, Care::None);
        world.states.iter().filter_map(|state| world.fewest(state)).any(|fewest| fewest < 10)
    };
    assert!((1..40).any(few));
}

#[test]
fn few_are_found_if_parts_of_a_cell_may_lie_on_some_of_its_days() {
    let shapes = [
        (Shape { seed: 918_688_456_860, persons: 31, above: 4, below: 2, per_day: 2 }, 3),
        (Shape { seed: 18_014_589_953, persons: 49, above: 4, below: 2, per_day: 1 }, 3),
        (Shape { seed: 83_831_332_865, persons: 30, above: 5, below: 2, per_day: 2 }, 4),
    ];
    for (shape, floor) in shapes {
        let fewest = |care| {
            let world = World::new(&shape, floor, care);
            world.states.iter().filter_map(|state| world.fewest(state)).min()
        };
        assert!(fewest(Care::PartsOnSomeDays).is_some_and(|few| few < floor));
        assert!(fewest(Care::All) >= Some(floor));
    }
}
