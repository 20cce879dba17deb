//! Members: whoever subtracts what is told of days, weeks, periods and cohorts finds nobody, or enough.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Lifecycle, Term};
use proptest::prelude::*;

use super::super::members::{EVERYBODY, MemberDay, Members, MembersTold, ToldBefore, of_state};
use super::super::*;
use super::PERIOD;
use super::simulation::Dice;

type People = BTreeSet<usize>;
const WEEKS: i32 = 11;

#[derive(Clone, Debug)]
struct Shape {
    seed: u64,
    persons: u32,
    /// In how many of four weeks, and on how many of ten days of these, somebody is there at most.
    weeks: u32,
    days: u32,
    /// In how many weeks they come first.
    joining: u32,
    widened: bool,
}

fn shape() -> impl Strategy<Value = Shape> {
    (1u64..1 << 40, 5u32..90, 1u32..6, 1u32..12, 1u32..9, any::<bool>()).prop_map(
        |(seed, persons, weeks, days, joining, widened)| Shape { seed, persons, weeks, days, joining, widened },
    )
}

/// On which days who is there.
struct World {
    active: Vec<BTreeSet<Day>>,
    widened: bool,
}

impl World {
    fn new(shape: &Shape) -> World {
        let mut dice = Dice(shape.seed);
        let person = |_| {
            let joins = dice.roll(shape.joining) as i32;
            let (weeks, days) = (dice.roll(shape.weeks) + 1, dice.roll(shape.days) + 1);
            let mut active = BTreeSet::new();
            for week in joins..WEEKS {
                let comes = week == joins || dice.roll(4) < weeks;
                let of_week = (0..7).filter(|_| comes && dice.roll(10) < days).map(|at| PERIOD.plus(week * 7 + at));
                active.extend(of_week.collect::<Vec<_>>());
            }
            active
        };
        World { active: (0..shape.persons).map(person).collect(), widened: shape.widened }
    }

    fn cohort(&self, person: usize) -> Term {
        let week = self.active[person].first().map_or(0, |day| day.week());
        Term(if self.widened { week / 2 * 2 } else { week } as u32)
    }

    fn people(&self, is: impl Fn(usize) -> bool) -> People {
        (0..self.active.len()).filter(|person| is(*person)).collect()
    }

    fn in_span(&self, person: usize, span: Span, first: Day) -> bool {
        self.active[person].range(first..=span.last(first)).next().is_some()
    }

    fn state(&self, person: usize, span: Span, first: Day) -> Lifecycle {
        let before = span.first(first.plus(-1));
        match self.active[person].first() {
            Some(day) if *day >= first => Lifecycle::New,
            _ if self.in_span(person, span, before) => Lifecycle::Returning,
            _ => Lifecycle::Resurrected,
        }
    }

    /// Who is behind a count.
    fn of(&self, of: Members, first: Day, key: Term) -> People {
        let span = match of {
            Members::Day | Members::CohortsOfDay => Span::Day,
            Members::Week | Members::CohortsOfWeek => Span::Week,
            Members::Period => Span::Period,
        };
        self.people(|person| {
            let is_key = match of {
                Members::CohortsOfDay | Members::CohortsOfWeek => self.cohort(person) == key,
                _ => key == EVERYBODY || of_state(Some(self.state(person, span, first))) == key,
            };
            self.in_span(person, span, first) && is_key
        })
    }

    /// What the close of a day counts.
    fn day(&self, day: Day) -> MemberDay {
        let mut counted = MemberDay { others: Crowd { visitors: 50, persons: 50 }, ..MemberDay::default() };
        for person in self.people(|person| self.active[person].contains(&day)) {
            let cohort = self.cohort(person);
            *counted.cohorts.entry(cohort).or_default() += 1;
            let is_first = |span: Span| !self.active[person].range(span.first(day)..day).any(|_| true);
            let state = |span: Span| of_state(Some(self.state(person, span, span.first(day))));
            if is_first(Span::Week) {
                *counted.week.entry([state(Span::Week), cohort]).or_default() += 1;
            }
            if is_first(Span::Period) {
                *counted.period.entry(state(Span::Period)).or_default() += 1;
            }
        }
        counted
    }

    /// Everything that is told, by the first day of its span.
    fn close(&self, floor: u32) -> Told {
        let (mut all, mut before) = (Told::default(), ToldBefore::default());
        let mut period: BTreeMap<Term, u64> = BTreeMap::new();
        for week in (0..WEEKS).map(|week| PERIOD.plus(week * 7)) {
            let mut joint: BTreeMap<Keys, u64> = BTreeMap::new();
            for day in (0..7).map(|at| week.plus(at)) {
                let counted = self.day(day);
                counted.week.iter().for_each(|(keys, count)| *joint.entry(*keys).or_default() += count);
                counted.period.iter().for_each(|(state, count)| *period.entry(*state).or_default() += count);
                let told = close_members_of_day(day, &counted, &BTreeSet::new(), &before, floor);
                all.take(day, told, &mut before);
            }
            all.take(week, close_members_of_week(week, &joint, &before, floor), &mut before);
            let first = Span::Period.first(week);
            if Span::Period.last(first) == week.plus(6) {
                let states = std::mem::take(&mut period);
                all.take(first, close_members_of_period(first, &states, &before, floor), &mut before);
            }
        }
        all
    }
}

#[derive(Default)]
struct Told(BTreeMap<(Members, Day, Term), u64>);

impl Told {
    fn take(&mut self, first: Day, told: MembersTold, before: &mut ToldBefore) {
        before.add(first, &told);
        self.0.extend(told.told.iter().map(|((of, key), count)| ((*of, first, *key), *count)));
    }

    fn has(&self, of: Members, first: Day, key: Term) -> bool {
        self.0.contains_key(&(of, first, key))
    }

    fn keys(&self, of: Members, first: Day) -> Vec<Term> {
        let of_this =
            |(o, f, key): &(Members, Day, Term)| (*o == of && *f == first && *key != EVERYBODY).then_some(*key);
        self.0.keys().filter_map(of_this).collect()
    }
}

fn subsets(of: &[Term]) -> impl Iterator<Item = Vec<Term>> {
    // Of many, the largest and smaller ones only.
    let of: Vec<Term> = of.iter().copied().take(8).collect();
    (0..1u32 << of.len())
        .map(move |choice| of.iter().enumerate().filter(|(at, _)| choice >> at & 1 == 1).map(|(_, key)| *key).collect())
}

/// Everybody in anything that follows by subtraction.
fn follows(world: &World, told: &Told) -> Vec<(&'static str, People)> {
    let mut all: Vec<(&'static str, People)> = Vec::new();
    let new = of_state(Some(Lifecycle::New));
    let returning = of_state(Some(Lifecycle::Returning));
    let less = |whole: &People, parts: &[People]| -> People {
        whole.iter().filter(|person| !parts.iter().any(|part| part.contains(person))).copied().collect()
    };
    for (of, first, key) in told.0.keys() {
        all.push(("cell", world.of(*of, *first, *key)));
    }
    for day in (0..WEEKS * 7).map(|at| PERIOD.plus(at)).filter(|day| told.has(Members::Day, *day, EVERYBODY)) {
        let everybody = world.of(Members::Day, day, EVERYBODY);
        for some in subsets(&told.keys(Members::CohortsOfDay, day)) {
            let parts: Vec<People> = some.iter().map(|c| world.of(Members::CohortsOfDay, day, *c)).collect();
            all.push(("rest of a day", less(&everybody, &parts)));
        }
    }
    for week in (0..WEEKS).map(|week| PERIOD.plus(week * 7)).filter(|week| told.has(Members::Week, *week, EVERYBODY)) {
        let everybody = world.of(Members::Week, week, EVERYBODY);
        let own = Term(week.week() as u32);
        let states = told.keys(Members::Week, week);
        let cohorts = told.keys(Members::CohortsOfWeek, week);
        let row = |state: &Term| world.of(Members::Week, week, *state);
        let column = |cohort: &Term| world.of(Members::CohortsOfWeek, week, *cohort);
        // Rows of the table are the states told and all others; a choice of them, less the columns that lie in it.
        let rest_row = less(&everybody, &states.iter().map(row).collect::<Vec<_>>());
        let rows: Vec<People> = states.iter().map(row).chain([rest_row]).collect();
        let columns: Vec<People> = cohorts.iter().map(column).collect();
        let rest_column = less(&everybody, &columns);
        for choice in 0..1u32 << rows.len() {
            let chosen: People = rows
                .iter()
                .enumerate()
                .filter(|(at, _)| choice >> at & 1 == 1)
                .flat_map(|(_, row)| row.clone())
                .collect();
            let inside: Vec<People> = columns.iter().filter(|column| column.is_subset(&chosen)).cloned().collect();
            all.push(("rest of states", less(&chosen, &inside)));
            if rest_column.is_subset(&chosen) {
                all.push(("rest of states", less(&chosen, &[inside, vec![rest_column.clone()]].concat())));
            }
        }
        if told.has(Members::Week, week.plus(-7), EVERYBODY) && states.contains(&returning) {
            all.push(("dormant", less(&world.of(Members::Week, week.plus(-7), EVERYBODY), &[row(&returning)])));
        }
        // Sizes of all cohorts so far: who of those that are not taken away is not there.
        let so_far: BTreeSet<Term> = (0..world.active.len())
            .filter(|person| world.active[*person].first().is_some_and(|day| *day <= week.plus(6)))
            .map(|person| world.cohort(person))
            .collect();
        let size = |cohort: &Term| told.has(Members::CohortsOfWeek, Day::of_week(cohort.0 as i32), *cohort);
        let first_of = |cohort: &Term| world.of(Members::CohortsOfWeek, Day::of_week(cohort.0 as i32), *cohort);
        for cohort in cohorts.iter().filter(|cohort| size(cohort) && column(cohort).is_subset(&first_of(cohort))) {
            all.push(("absent", less(&first_of(cohort), &[column(cohort)])));
        }
        if !world.widened && so_far.iter().all(|cohort| size(cohort) || *cohort == own) {
            for some in subsets(&cohorts) {
                let left = so_far.iter().filter(|cohort| !some.contains(cohort) && **cohort != own);
                let left: People = left.flat_map(first_of).collect();
                all.push(("absent together", less(&left, std::slice::from_ref(&everybody))));
            }
        }
        for day in (0..7).map(|at| week.plus(at)).filter(|day| told.has(Members::Day, *day, EVERYBODY)) {
            let of_day = told.keys(Members::CohortsOfDay, day);
            let is_new_told = !world.widened && states.contains(&new);
            let both: Vec<Term> = of_day
                .iter()
                .filter(|cohort| cohorts.contains(cohort) || is_new_told && **cohort == own)
                .copied()
                .collect();
            let on_day = world.of(Members::Day, day, EVERYBODY);
            for cohort in &both {
                all.push(("cohort without a day", less(&column(cohort), std::slice::from_ref(&on_day))));
            }
            for some in subsets(&both) {
                let left = less(&everybody, &some.iter().map(column).collect::<Vec<_>>());
                all.push(("rest without a day", less(&left, std::slice::from_ref(&on_day))));
            }
        }
    }
    for period in [PERIOD, PERIOD.plus(35)].into_iter().filter(|first| told.has(Members::Period, *first, EVERYBODY)) {
        let everybody = world.of(Members::Period, period, EVERYBODY);
        let states = told.keys(Members::Period, period);
        for some in subsets(&states) {
            let parts: Vec<People> = some.iter().map(|state| world.of(Members::Period, period, *state)).collect();
            all.push(("rest of a period", less(&everybody, &parts)));
        }
        let inside = |of: Members, first: Day| told.has(of, first, EVERYBODY).then(|| world.of(of, first, EVERYBODY));
        for first in (0..35).map(|at| period.plus(at)) {
            for part in [Members::Day, Members::Week].into_iter().filter_map(|of| inside(of, first)) {
                all.push(("period without a part", less(&everybody, &[part])));
            }
        }
        if states.contains(&new) {
            let weeks = (0..5).map(|week| period.plus(week * 7)).filter(|week| told.has(Members::Week, *week, new));
            let of_weeks: Vec<People> = weeks.map(|week| world.of(Members::Week, week, new)).collect();
            all.push(("new in other weeks", less(&world.of(Members::Period, period, new), &of_weeks)));
        }
        if states.contains(&returning) && told.has(Members::Period, period.plus(-35), EVERYBODY) {
            let before = world.of(Members::Period, period.plus(-35), EVERYBODY);
            all.push(("dormant in a period", less(&before, &[world.of(Members::Period, period, returning)])));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn whatever_follows_about_members_is_about_nobody_or_enough(shape in shape(), floor in 2u32..12) {
        let world = World::new(&shape);
        let told = world.close(floor);
        for ((of, first, key), count) in &told.0 {
            prop_assert_eq!(*count, world.of(*of, *first, *key).len() as u64);
        }
        for (what, people) in follows(&world, &told) {
            prop_assert!(people.is_empty() || people.len() >= floor as usize, "{what}: {} of {floor}", people.len());
        }
    }
}

#[test]
fn a_floor_of_each_count_alone_would_not_do() {
    let (mut found, mut told_cells) = (BTreeSet::new(), 0);
    for seed in 0..60 {
        let shape = Shape { seed, persons: 60, weeks: 5, days: 9, joining: 6, widened: false };
        let world = World::new(&shape);
        // Everything of at least the floor.
        let mut large = world.close(1);
        large.0.retain(|_, count| *count >= 8);
        let few = follows(&world, &large).into_iter().filter(|(_, people)| !people.is_empty() && people.len() < 8);
        found.extend(few.map(|(what, _)| what));
        told_cells += world.close(8).0.len();
    }
    for attack in
        ["rest of a day", "rest of states", "dormant", "absent", "cohort without a day", "period without a part"]
    {
        assert!(found.contains(attack), "{attack}: {found:?}");
    }
    assert!(told_cells > 0);
}
