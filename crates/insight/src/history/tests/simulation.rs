//! Known persons, and what is released about them.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Term};

use super::super::release::divide;
use super::*;
use crate::Parts;

#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) seed: u64,
    pub(super) persons: u32,
    pub(super) values: u32,
    /// Values that a person has on a day, at most.
    pub(super) per_day: u32,
    /// How much more common the common values are.
    pub(super) tail: u32,
    pub(super) parents: bool,
}

/// Which value on which day.
pub(super) type At = (Keys, Day);

/// What is known at some time: released sums of what was hidden on its day, each a set of counts.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) cells: Vec<BTreeSet<At>>,
    /// What is in none of them has a known sum too.
    pub(super) rests: Vec<BTreeSet<At>>,
}

pub(super) struct World {
    entries: BTreeMap<At, (BTreeSet<u32>, u64)>,
    hidden: BTreeSet<At>,
    pub(super) after_days: State,
    pub(super) after_weeks: State,
    pub(super) after_period: State,
    pub(super) all_events: u64,
    /// As cells and `(other)` tell them.
    pub(super) day_events: u64,
    pub(super) told_events: u64,
}

pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, below: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(below.max(1))) as u32
    }
}

impl World {
    pub(super) fn new(shape: &Shape, days: &[Day], floor: u32) -> World {
        let mut dice = Dice(shape.seed);
        let mut entries: BTreeMap<At, (BTreeSet<u32>, u64)> = BTreeMap::new();
        for day in days {
            for person in 0..shape.persons {
                for _ in 0..dice.roll(shape.per_day + 1) {
                    let value = (0..=shape.tail).map(|_| dice.roll(shape.values)).min().unwrap_or(0);
                    let at = entries.entry(([Term(100 + value), Term::NONE], *day)).or_default();
                    at.0.insert(person);
                    at.1 += 1;
                }
            }
        }
        let mut world = World {
            all_events: entries.values().map(|(_, events)| events).sum(),
            entries,
            hidden: BTreeSet::new(),
            after_days: State::default(),
            after_weeks: State::default(),
            after_period: State::default(),
            day_events: 0,
            told_events: 0,
        };
        world.run(shape, days, floor);
        world
    }

    fn run(&mut self, shape: &Shape, days: &[Day], floor: u32) {
        let mut waiting: BTreeMap<Day, Vec<Entry>> = BTreeMap::new();
        let mut state = State::default();
        for day in days {
            let close = close_day(Rule::Single, self.day(*day), floor, |_| Above::Told);
            let told: BTreeSet<Keys> = close.told.iter().map(|(keys, _)| *keys).collect();
            state.cells.extend(told.iter().map(|keys| BTreeSet::from([(*keys, *day)])));
            self.day_events += close.told.iter().map(|(_, parts)| parts.events).sum::<u64>() + close.other.events;
            self.told_events += close.told.iter().map(|(_, parts)| parts.events).sum::<u64>();
            if !close.few {
                let of_day = self.entries.keys().filter(|(keys, d)| d == day && !told.contains(keys)).copied();
                self.hidden.extend(of_day.collect::<Vec<_>>());
            }
            waiting.entry(Span::Week.first(*day)).or_default().extend(close.waiting);
        }
        state.rests = self.rests(&state, Span::Day);
        self.after_days = state.clone();
        let mut left = Vec::new();
        for entries in waiting.into_values() {
            left.extend(self.tell(divide(Rule::Single, Span::Week, entries, floor, None, |_| None), &mut state));
        }
        state.rests = self.rests(&state, Span::Week);
        self.after_weeks = state.clone();
        // Values have parents in tens, those in fifties.
        let parent = |keys: &Keys| match keys[0].0 {
            at @ 100.. if shape.parents => Some([Term(10 + (at - 100) / 10), Term::NONE]),
            at @ 10..100 => Some([Term(2 + (at - 10) / 5), Term::NONE]),
            _ => None,
        };
        self.tell(divide(Rule::Single, Span::Period, left, floor, None, parent), &mut state);
        state.rests = self.rests(&state, Span::Period);
        self.after_period = state;
    }

    /// Takes in the cells of a week or period. Gives what waits on.
    fn tell(&mut self, (told, left): (BTreeMap<Keys, Vec<Entry>>, Vec<Entry>), state: &mut State) -> Vec<Entry> {
        for entries in told.into_values() {
            self.told_events += entries.iter().map(|entry| entry.parts.events).sum::<u64>();
            state.cells.push(entries.iter().map(|entry| (entry.keys, entry.day)).collect());
        }
        left
    }

    /// The counts of a day, as the warehouse makes them.
    fn day(&self, day: Day) -> Vec<Entry> {
        let of_day: Vec<_> = self.entries.iter().filter(|((_, d), _)| *d == day).collect();
        let mut rarest: BTreeMap<u32, (usize, Keys)> = BTreeMap::new();
        for ((keys, _), (persons, _)) in &of_day {
            for person in persons {
                let mine = rarest.entry(*person).or_insert((persons.len(), *keys));
                *mine = (*mine).min((persons.len(), *keys));
            }
        }
        let entry = |((keys, _), (persons, events)): (&At, &(BTreeSet<u32>, u64))| {
            let mut seen = Seen { secret: 1, ..Seen::default() };
            for person in persons {
                let hash = (u64::from(*person) << 32 | u64::from(keys[0].0)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                seen.mark((hash >> 58) as u8);
            }
            Entry {
                keys: *keys,
                day,
                parts: Parts { events: *events, ..Parts::default() },
                persons: persons.len() as u32,
                own: rarest.values().filter(|(_, k)| k == keys).count() as u32,
                seen,
            }
        };
        of_day.into_iter().map(entry).collect()
    }

    /// Who is in the rows of the chosen days, less all released cells that lie in them, and less what is in no cell,
    /// if that lies in them too. Days of fewer persons than the floor are told by the site's totals and by nothing else.
    pub(super) fn left_of(&self, state: &State, chosen: &BTreeSet<Day>, without_rest: bool) -> BTreeSet<u32> {
        let inside = |cell: &&BTreeSet<At>| cell.iter().all(|(_, day)| chosen.contains(day));
        let mut told: BTreeSet<At> = state.cells.iter().filter(inside).flatten().copied().collect();
        if without_rest {
            told.extend(state.rests.iter().filter(inside).flatten());
        }
        let left = self.hidden.iter().filter(|at| chosen.contains(&at.1) && !told.contains(at));
        left.flat_map(|at| self.entries[at].0.iter().copied()).collect()
    }

    /// What is in no cell, by the span that it waits in.
    fn rests(&self, state: &State, span: Span) -> Vec<BTreeSet<At>> {
        let told: BTreeSet<At> = state.cells.iter().flatten().copied().collect();
        let mut rests: BTreeMap<Day, BTreeSet<At>> = BTreeMap::new();
        for at in self.hidden.difference(&told) {
            rests.entry(span.first(at.1)).or_default().insert(*at);
        }
        rests.into_values().collect()
    }

    pub(super) fn persons(&self, cell: &BTreeSet<At>) -> BTreeSet<u32> {
        cell.iter().flat_map(|at| self.entries[at].0.iter().copied()).collect()
    }

    /// The persons of these values and days, also if they are of another world.
    pub(super) fn with(&self, values: &BTreeSet<At>) -> BTreeSet<u32> {
        values.iter().filter_map(|at| self.entries.get(at)).flat_map(|(persons, _)| persons.iter().copied()).collect()
    }

    /// Everything that follows from what is known at a time, each with the events it is of: cells, and what is left of
    /// each day and week.
    pub(super) fn follows(&self, state: &State, days: &[Day]) -> Vec<(u64, BTreeSet<At>)> {
        let mut all: Vec<BTreeSet<At>> = state.cells.clone();
        for day in days {
            let week = days.iter().copied().filter(|d| Span::Week.first(*d) == Span::Week.first(*day)).collect();
            for chosen in [BTreeSet::from([*day]), week] {
                let inside = |cell: &&BTreeSet<At>| cell.iter().all(|(_, day)| chosen.contains(day));
                let told: BTreeSet<At> = state.cells.iter().filter(inside).flatten().copied().collect();
                let left = self.hidden.iter().filter(|at| chosen.contains(&at.1) && !told.contains(at));
                all.push(left.copied().collect());
            }
        }
        all.into_iter().filter(|of| !of.is_empty()).map(|of| (self.events(&of), of)).collect()
    }

    pub(super) fn events(&self, cell: &BTreeSet<At>) -> u64 {
        cell.iter().map(|at| self.entries[at].1).sum()
    }
}
