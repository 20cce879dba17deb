//! Whoever knows everything that was released learns of nobody or of at least the floor of persons.

mod attacks;
mod members;
mod pairs;
mod simulation;
mod within;

use std::collections::BTreeSet;

use outis_event::{Day, Term};
use proptest::prelude::*;

use super::*;
use simulation::{Shape, World};

const PERIOD: Day = Day(20_752);

fn shape() -> impl Strategy<Value = Shape> {
    (1u64..1 << 40, 5u32..60, 2u32..60, 1u32..8, 0u32..3, any::<bool>()).prop_map(
        |(seed, persons, values, per_day, tail, parents)| Shape { seed, persons, values, per_day, tail, parents },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// All choices of days of a short period: nothing that follows is about few persons, at any time.
    #[test]
    fn whatever_follows_is_about_nobody_or_enough(shape in shape(), floor in 2u32..12) {
        let days: Vec<Day> = [0, 1, 4, 5, 6, 7, 9, 13, 30].map(|at| PERIOD.plus(at)).to_vec();
        let world = World::new(&shape, &days, floor);
        for state in [&world.after_days, &world.after_weeks, &world.after_period] {
            for choice in 0u32..1 << days.len() {
                let chosen: BTreeSet<Day> =
                    days.iter().enumerate().filter(|(at, _)| choice >> at & 1 == 1).map(|(_, day)| *day).collect();
                for without_rest in [false, true] {
                    let persons = world.left_of(state, &chosen, without_rest).len();
                    prop_assert!(persons == 0 || persons >= floor as usize, "{persons} of {floor} in {chosen:?}");
                }
            }
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// A whole period, with the choices that leave least.
    #[test]
    fn it_holds_for_a_whole_period(shape in shape(), floor in 2u32..12) {
        let days: Vec<Day> = (0..35).map(|at| PERIOD.plus(at)).collect();
        let world = World::new(&shape, &days, floor);
        let all: BTreeSet<Day> = days.iter().copied().collect();
        for state in [&world.after_weeks, &world.after_period] {
            for day in &days {
                let week: BTreeSet<Day> = days.iter().copied().filter(|d| Span::Week.first(*d) == Span::Week.first(*day)).collect();
                for mut chosen in [BTreeSet::new(), week, all.clone()] {
                    // With the day and without it.
                    for _ in 0..2 {
                        if !chosen.insert(*day) {
                            chosen.remove(day);
                        }
                        for without_rest in [false, true] {
                            let persons = world.left_of(state, &chosen, without_rest).len();
                            prop_assert!(persons == 0 || persons >= floor as usize, "{persons} of {floor}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_cell_holds_enough_and_all_of_them_are_everything(shape in shape(), floor in 2u32..12) {
        let days: Vec<Day> = (0..35).map(|at| PERIOD.plus(at)).collect();
        let world = World::new(&shape, &days, floor);
        for cell in &world.after_period.cells {
            prop_assert!(world.persons(cell).len() >= floor as usize);
        }
        let told: u64 = world.after_period.cells.iter().map(|cell| world.events(cell)).sum();
        prop_assert_eq!(told, world.told_events);
        prop_assert_eq!(world.day_events, world.all_events);
    }
}

#[test]
fn without_a_floor_somebody_is_found() {
    let shape = Shape { seed: 7, persons: 40, values: 40, per_day: 3, tail: 1, parents: true };
    let days: Vec<Day> = (0..35).map(|at| PERIOD.plus(at)).collect();
    let world = World::new(&shape, &days, 1);
    assert!(world.after_period.cells.iter().any(|cell| world.persons(cell).len() == 1));
}

#[test]
fn a_day_of_few_waits_for_nothing() {
    let entry = |key| Entry {
        keys: [Term(key), Term::NONE],
        day: PERIOD,
        parts: crate::Parts { events: 3, ..Default::default() },
        persons: 4,
        own: 4,
        seen: Seen::default(),
    };
    let close = close_day(Rule::Single, vec![entry(2), entry(3)], 10, |_| Above::Told);
    assert!(close.told.is_empty() && close.waiting.is_empty() && close.few);
    assert_eq!((close.other.events, close.other_groups), (6, 2));
}

#[test]
fn a_part_is_told_where_its_parent_is() {
    let entry = |above, key, persons| Entry {
        keys: [Term(above), Term(key)],
        day: PERIOD,
        parts: crate::Parts { events: 3, ..Default::default() },
        persons,
        own: persons,
        seen: Seen::default(),
    };
    let entries = vec![entry(2, 5, 12), entry(2, 6, 11), entry(2, 7, 3), entry(3, 5, 30)];
    let close =
        close_day(Rule::Within, entries, 10, |above| if above == Term(2) { Above::Told } else { Above::Hidden });
    let keys: Vec<Keys> = close.told.iter().map(|(keys, _)| *keys).collect();
    // Of those below 2 the 3 persons of 7 are hidden together with the smallest that hides them.
    assert_eq!(keys, [[Term(2), Term(5)]]);
    assert_eq!(close.waiting.len(), 2);
}
