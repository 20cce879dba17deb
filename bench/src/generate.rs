//! Rows shaped like a content platform's traffic: few pages are frequent, visitors return, visits end by chance.
//!
//! The same seed gives the same rows, a day at a time, so that any number of them needs the memory of one day.

use std::sync::{Arc, OnceLock};

use outis_event::{Day, Marks, ShiftedClock, Span};
use outis_insight::same_visit;

/// The first day unless another is asked for: 2026-09-21, a Monday.
const USUAL_FIRST_DAY: Day = Day(20_717);
static FIRST_DAY: OnceLock<Day> = OnceLock::new();
/// One in so many people is a member.
const MEMBERS: u32 = 10;
/// How many days there are rows of.
pub(crate) const DAYS: i32 = 30;

const SEED: u64 = 20_261_124;
const DAY_MS: i64 = 86_400_000;
const PAGES: usize = 20_000;
const ITEMS: usize = 50_000;
const TAGS: u32 = 400;
/// First parts of paths.
pub(crate) const SECTIONS: [&str; 6] = ["articles", "guides", "courses", "people", "events", "search"];
/// Names and their shares in thousandths; a visit begins with the first.
const NAMES: [(&str, u32); 7] = [
    ("pageview", 740),
    ("click", 100),
    ("download", 50),
    ("like", 40),
    ("bookmark", 30),
    ("search", 30),
    ("signup", 10),
];
const BROWSERS: [&str; 9] = ["Chrome", "Safari", "Firefox", "Edge", "Opera", "Samsung", "Brave", "Other", "Bot"];
const SYSTEMS: [&str; 7] = ["Windows", "macOS", "iOS", "Android", "Linux", "ChromeOS", "Other"];
const DEVICES: [&str; 3] = ["desktop", "mobile", "tablet"];
/// Mean silence between two events of a visit.
const GAP_MS: f64 = 35_000.0;
const MOST_EVENTS: u32 = 60;

/// Lets the rows begin on another day: a server forgets old ones. They are the same otherwise.
pub(crate) fn begin_on(day: Day) {
    // Asked for once, before anything else.
    let _ = FIRST_DAY.set(day);
}

/// The first day there are rows of.
pub(crate) fn first_day() -> Day {
    FIRST_DAY.get().copied().unwrap_or(USUAL_FIRST_DAY)
}

/// One event, with positions in [`Words`] for what is text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Milliseconds since 1970.
    pub(crate) at_ms: i64,
    pub(crate) name: u32,
    /// The day's visitor; never 0.
    pub(crate) visitor: u64,
    /// The visit: silences of 30 minutes cut, as in the product.
    pub(crate) session: u64,
    pub(crate) path: u32,
    pub(crate) source: u32,
    pub(crate) person: Person,
    pub(crate) item: Option<u32>,
    /// Who it is, over all days, if a member; else 0. Peers are told; we are told marks.
    pub(crate) member: u32,
    pub(crate) marks: Marks,
}

impl Row {
    /// The item's tag.
    pub(crate) fn tag(&self) -> Option<u32> {
        self.item.map(|item| item % TAGS)
    }
}

/// What stays the same for a person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) country: u32,
    pub(crate) browser: u32,
    pub(crate) os: u32,
    pub(crate) device: u32,
    pub(crate) language: u32,
}

/// The texts of all positions.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) names: Vec<String>,
    pub(crate) paths: Vec<String>,
    pub(crate) sources: Vec<String>,
    pub(crate) countries: Vec<String>,
    pub(crate) browsers: Vec<String>,
    pub(crate) systems: Vec<String>,
    pub(crate) devices: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) items: Vec<String>,
    pub(crate) tags: Vec<String>,
}

impl Words {
    pub(crate) fn new() -> Words {
        let owned = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
        let source = |i| if i == 0 { "Direct".to_owned() } else { format!("source{i}.example") };
        Words {
            names: NAMES.iter().map(|(name, _)| (*name).to_owned()).collect(),
            paths: (0..PAGES).map(|i| format!("/{}/{i}", SECTIONS[i % SECTIONS.len()])).collect(),
            sources: (0..300).map(source).collect(),
            countries: (0..80).map(|i| format!("C{i:02}")).collect(),
            browsers: owned(&BROWSERS),
            systems: owned(&SYSTEMS),
            devices: owned(&DEVICES),
            languages: (0..25).map(|i| format!("l{i:02}")).collect(),
            items: (0..ITEMS).map(|i| format!("item-{i}")).collect(),
            tags: (0..TAGS).map(|i| format!("tag-{i}")).collect(),
        }
    }
}

/// Draws positions of which the first are the most frequent: the weight of the n-th is 1 / n^a.
#[derive(Debug)]
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(n: usize, a: f64) -> Zipf {
        let mut sum = 0.0;
        let mut sums: Vec<f64> = (1..=n)
            .map(|i| {
                sum += (i as f64).powf(-a);
                sum
            })
            .collect();
        sums.iter_mut().for_each(|s| *s /= sum);
        Zipf(sums)
    }

    fn draw(&self, dice: &mut fastrand::Rng) -> u32 {
        let u = dice.f64();
        let at = self.0.partition_point(|s| *s <= u).min(self.0.len() - 1);
        u32::try_from(at).expect("tables are short")
    }
}

/// Where rows come from.
#[derive(Debug)]
pub(crate) struct Generator {
    rows: u64,
    people: Zipf,
    persons: Vec<Person>,
    pages: Zipf,
    sources: Zipf,
    items: Zipf,
    sessions: u64,
    /// Of each member, the week they first came in and the last one they came in.
    weeks: Vec<(i32, i32)>,
}

impl Generator {
    /// About `rows` rows in all days together.
    pub(crate) fn new(rows: u64) -> Generator {
        let mut dice = fastrand::Rng::with_seed(SEED);
        let count = usize::try_from(rows / 40).expect("few enough people").max(10);
        let (countries, browsers) = (Zipf::new(80, 1.1), Zipf::new(BROWSERS.len(), 1.2));
        let (systems, devices) = (Zipf::new(SYSTEMS.len(), 1.0), Zipf::new(DEVICES.len(), 1.0));
        let languages = Zipf::new(25, 1.3);
        let mut person = || Person {
            country: countries.draw(&mut dice),
            browser: browsers.draw(&mut dice),
            os: systems.draw(&mut dice),
            device: devices.draw(&mut dice),
            language: languages.draw(&mut dice),
        };
        Generator {
            rows,
            persons: (0..count).map(|_| person()).collect(),
            people: Zipf::new(count, 0.6),
            pages: Zipf::new(PAGES, 1.0),
            sources: Zipf::new(300, 1.2),
            items: Zipf::new(ITEMS, 0.9),
            sessions: 0,
            weeks: vec![(0, 0); count / MEMBERS as usize + 1],
        }
    }

    /// Members that may come.
    pub(crate) fn members(&self) -> u32 {
        u32::try_from(self.weeks.len()).unwrap_or(u32::MAX)
    }

    /// The rows of the `at`-th day, in the order of their time. Days must be asked for in order.
    pub(crate) fn day(&mut self, at: i32) -> Vec<Row> {
        let mut dice = fastrand::Rng::with_seed(SEED ^ (u64::from(at.unsigned_abs()) + 1) << 32);
        let start = i64::from(first_day().0 + at) * DAY_MS;
        let wanted = self.rows / DAYS.unsigned_abs() as u64;
        let mut rows: Vec<Row> = Vec::new();
        while (rows.len() as u64) < wanted {
            self.coming(&mut dice, start, &mut rows);
        }
        self.number_visits(&mut rows);
        rows.sort_by_key(|row| row.at_ms);
        self.mark(&mut rows, first_day().plus(at));
        rows
    }

    /// Somebody comes and does a few things; what would lie in the next day is left out.
    fn coming(&self, dice: &mut fastrand::Rng, start: i64, rows: &mut Vec<Row>) {
        let who = self.people.draw(dice);
        let hour = (14.0 + 4.5 * normal(dice)).rem_euclid(24.0);
        let mut at_ms = start + (hour * 3_600_000.0) as i64;
        let source = self.sources.draw(dice);
        let visitor = mix(u64::from(who) << 32 | (start / DAY_MS) as u64).max(1);
        for i in 0..MOST_EVENTS {
            if at_ms >= start + DAY_MS {
                return;
            }
            let name = if i == 0 { 0 } else { name(dice) };
            rows.push(Row {
                at_ms,
                name,
                visitor,
                session: 0,
                path: self.pages.draw(dice),
                source,
                person: self.persons[who as usize],
                item: (1..=4).contains(&name).then(|| self.items.draw(dice)),
                member: if who.is_multiple_of(MEMBERS) { who / MEMBERS + 1 } else { 0 },
                marks: Marks::NONE,
            });
            if dice.f64() < 0.2 {
                return;
            }
            // Never at the same time, so that everybody knows which comes first.
            at_ms += ((-GAP_MS * (1.0 - dice.f64()).ln()) as i64).max(1);
        }
    }

    /// Marks the first event of each member in the day and in the week.
    fn mark(&mut self, rows: &mut [Row], day: Day) {
        let mut came = vec![false; self.weeks.len()];
        for row in rows.iter_mut().filter(|row| row.member > 0) {
            let at = row.member as usize - 1;
            if std::mem::replace(&mut came[at], true) {
                continue;
            }
            let (first, last) = &mut self.weeks[at];
            *first = if *first == 0 { day.week() } else { *first };
            row.marks = Marks::NONE.with_first(Span::Day).with_cohort(u32::try_from(*first).unwrap_or(0));
            if std::mem::replace(last, day.week()) != day.week() {
                row.marks = row.marks.with_first(Span::Week);
            }
        }
    }

    /// Numbers visits in the order they begin, and gives each the source of its first event.
    fn number_visits(&mut self, rows: &mut [Row]) {
        rows.sort_by_key(|row| (row.visitor, row.at_ms));
        let mut begins: Vec<(i64, usize, usize)> = Vec::new();
        for at in 0..rows.len() {
            let goes_on = at > 0
                && rows[at].visitor == rows[at - 1].visitor
                && same_visit(clock(&rows[at - 1], 0), clock(&rows[at], 0));
            match begins.last_mut() {
                Some((_, _, end)) if goes_on => *end = at + 1,
                _ => begins.push((rows[at].at_ms, at, at + 1)),
            }
        }
        begins.sort_unstable();
        for (_, begin, end) in begins {
            self.sessions += 1;
            let source = rows[begin].source;
            for row in &mut rows[begin..end] {
                row.session = self.sessions;
                row.source = source;
            }
        }
    }
}

/// The second of the day, as the product keeps it until a day is closed.
pub(crate) fn clock(row: &Row, tie: u16) -> ShiftedClock {
    let seconds = u32::try_from(row.at_ms.rem_euclid(DAY_MS) / 1000).expect("a day is short");
    ShiftedClock { seconds, tie }
}

fn name(dice: &mut fastrand::Rng) -> u32 {
    let mut left = dice.u32(0..1000);
    for (at, (_, share)) in (0u32..).zip(NAMES) {
        if left < share {
            return at;
        }
        left -= share;
    }
    0
}

/// Box and Muller.
fn normal(dice: &mut fastrand::Rng) -> f64 {
    (-2.0 * (1.0 - dice.f64()).ln()).sqrt() * (std::f64::consts::TAU * dice.f64()).cos()
}

/// A number that tells nothing of what it was made of: the finish of splitmix64, which is a bijection.
fn mix(mut z: u64) -> u64 {
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// Positions as texts, shared.
pub(crate) fn words() -> Arc<Words> {
    Arc::new(Words::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_rows_within_their_day() {
        let rows = |day| {
            let mut generator = Generator::new(30_000);
            (0..=day).map(|day| generator.day(day)).last().expect("a day")
        };
        let (a, b) = (rows(2), rows(2));
        assert!(a.len() >= 1_000);
        assert!(a.iter().zip(&b).all(|(a, b)| (a.at_ms, a.visitor, a.session) == (b.at_ms, b.visitor, b.session)));
        assert!(a.iter().all(|row| row.at_ms.div_euclid(DAY_MS) == i64::from(first_day().0 + 2)));
        assert!(a.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
    }
}
