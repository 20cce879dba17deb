//! What people do in two weeks and on the morning after: visits, each with an id that nobody but the test knows.

use outis_event::Day;

use super::people::{Group, Person, Scale};
use super::zipf::Zipf;

/// A Monday with which a period of five weeks begins.
pub(super) const FIRST_DAY: Day = Day(20_752);
/// Days that are over when members are forgotten; in the morning after they were here too.
pub(super) const DAYS: i32 = 14;
const MINUTE_MS: i64 = 60_000;
pub(super) const DAY_MS: i64 = 86_400_000;
/// Members who are attacked are gone by this time of the last day.
pub(super) const MORNING_MS: i64 = 12 * 60 * MINUTE_MS;
/// Silence between two visits of somebody, at least: longer than what ends a visit.
const APART_MS: i64 = 45 * MINUTE_MS;
const MEAN_GAP_MS: f64 = 40_000.0;
/// Visits have at most so many events.
const MOST_EVENTS: usize = 20;

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) at_ms: i64,
    pub(super) name: &'static str,
    pub(super) page: usize,
    pub(super) item: Option<usize>,
}

/// Events of somebody without a longer pause, all signed in or none.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) person: usize,
    pub(super) signed_in: bool,
    /// It ends because they sign in: the next visit is what follows.
    pub(super) before: bool,
    pub(super) events: Vec<Event>,
}

impl Visit {
    pub(super) fn begins(&self) -> i64 {
        self.events[0].at_ms
    }

    pub(super) fn ends(&self) -> i64 {
        self.events[self.events.len() - 1].at_ms
    }
}

/// All visits of everybody, in the order in which they end.
pub(super) fn visits(people: &[Person], scale: &Scale, dice: &mut fastrand::Rng) -> Vec<Visit> {
    let maker = Maker { pages: Zipf::new(scale.pages, 1.0), items: Zipf::new(scale.items, 0.9) };
    let mut all = Vec::new();
    for (number, person) in people.iter().enumerate() {
        maker.of_person(number, person, dice, &mut all);
    }
    all.sort_by_key(Visit::ends);
    all
}

struct Maker {
    pages: Zipf,
    items: Zipf,
}

impl Maker {
    fn of_person(&self, number: usize, person: &Person, dice: &mut fastrand::Rng, all: &mut Vec<Visit>) {
        let (mut left, mut taken) = (person.events, Vec::<(i64, i64)>::new());
        while left > 0 {
            let many = visit_length(dice).min(left);
            let Some(coming) = self.coming(number, person, many, dice) else { continue };
            let (from, to) = (coming[0].begins(), coming[coming.len() - 1].ends());
            if taken.iter().any(|(a, b)| from < b + APART_MS && to + APART_MS > *a) {
                continue;
            }
            taken.push((from, to));
            left -= many;
            all.extend(coming);
        }
    }

    /// A visit, and before it perhaps what came before signing in; `None` if it would not end in time.
    fn coming(&self, number: usize, person: &Person, many: usize, dice: &mut fastrand::Rng) -> Option<Vec<Visit>> {
        let begins = begin(person.group, dice);
        let mut at_ms = begins;
        let signs_in = person.is_member && dice.f64() < 0.6;
        let mut coming = Vec::new();
        if signs_in && dice.f64() < 0.6 {
            let events = self.events(person, 1 + dice.usize(0..3), "pageview", false, &mut at_ms, dice);
            coming.push(Visit { person: number, signed_in: false, before: true, events });
        }
        let first = if signs_in { "login" } else { "pageview" };
        let events = self.events(person, many, first, person.is_member, &mut at_ms, dice);
        coming.push(Visit { person: number, signed_in: person.is_member, before: false, events });
        let day = begins - begins.rem_euclid(DAY_MS);
        let is_morning = person.group != Group::Other && day == i64::from(FIRST_DAY.0 + DAYS) * DAY_MS;
        let until = day + if is_morning { MORNING_MS } else { DAY_MS };
        (coming[coming.len() - 1].ends() < until).then_some(coming)
    }

    fn events(
        &self,
        person: &Person,
        many: usize,
        first: &'static str,
        signed_in: bool,
        at_ms: &mut i64,
        dice: &mut fastrand::Rng,
    ) -> Vec<Event> {
        let mut page = self.page(person, dice);
        (0..many)
            .map(|at| {
                let name = if at == 0 { first } else { name(signed_in, dice) };
                if name == "pageview" && at > 0 {
                    page = self.page(person, dice);
                }
                let item = !matches!(name, "pageview" | "login");
                let item = item.then(|| {
                    if dice.bool() { person.items[dice.usize(0..person.items.len())] } else { self.items.draw(dice) }
                });
                let event = Event { at_ms: *at_ms, name, page, item };
                *at_ms += ((-MEAN_GAP_MS * (1.0 - dice.f64()).ln()) as i64).clamp(1_000, 20 * MINUTE_MS);
                event
            })
            .collect()
    }

    fn page(&self, person: &Person, dice: &mut fastrand::Rng) -> usize {
        if dice.bool() { person.pages[dice.usize(0..person.pages.len())] } else { self.pages.draw(dice) }
    }
}

fn name(signed_in: bool, dice: &mut fastrand::Rng) -> &'static str {
    match (signed_in, dice.u32(0..100)) {
        (_, 0..75) => "pageview",
        (true, 75..85) | (false, _) => "download",
        (true, 85..94) => "like",
        (true, _) => "bookmark",
    }
}

fn visit_length(dice: &mut fastrand::Rng) -> usize {
    let mut many = 3;
    while many < MOST_EVENTS && dice.f64() < 0.8 {
        many += 1;
    }
    many
}

/// When a visit begins: any day, around two in the afternoon.
fn begin(group: Group, dice: &mut fastrand::Rng) -> i64 {
    let day = i64::from(FIRST_DAY.0 + dice.i32(0..=DAYS)) * DAY_MS;
    let is_last = day == i64::from(FIRST_DAY.0 + DAYS) * DAY_MS;
    if is_last && group != Group::Other {
        return day + dice.i64(MORNING_MS / 2..MORNING_MS);
    }
    let normal = (-2.0 * (1.0 - dice.f64()).ln()).sqrt() * (std::f64::consts::TAU * dice.f64()).cos();
    day + (((14.0 + 3.5 * normal).clamp(5.0, 23.0)) * 3_600_000.0) as i64
}
