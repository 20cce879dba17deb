//! Prints how much history hides, and for how long, on made-up traffic of a content site.
//!
//! `cargo run --release -p outis-insight --example hidden [VISITORS_A_DAY ...]`

#![expect(clippy::print_stdout, reason = "it prints a table")]

use std::collections::{BTreeMap, HashMap, HashSet};

use outis_event::{Day, Dimension, Term};
use outis_insight::history::{
    Above, Entry, Family, Keys, PairEntry, Rule, Seen, Span, Waited, close_day, close_pairs, close_span,
};
use outis_insight::{Group, Parts};

const PAGES: u32 = 20_000;
const SECTIONS: u32 = 6;
const ITEMS: u32 = 50_000;
const TAGS: u32 = 400;
/// The first day of a period.
const FIRST: Day = Day(20_752);
const DAYS: i32 = 35;
const FLOORS: [u32; 2] = [5, 10];
/// With a floor above this, maps of persons are wide.
const NARROW_FLOOR: u32 = 8;
/// Terms of pages that stand for what is below them.
const ABOVE: u32 = 1_000_000;
/// The term of page views among the events.
const PAGEVIEW: Term = Term(2);

fn main() {
    let asked: Vec<u32> = std::env::args().skip(1).filter_map(|n| n.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![50, 200, 1_000, 5_000, 50_000] } else { asked };
    println!("| visitors a day | floor | told by | day | week | period | parents | (persons counted) |");
    println!("|---|---|---|---|---|---|---|---|");
    for size in sizes {
        let traffic = Traffic::new(size);
        // Known by heart only of smaller sites.
        let days = if size > 10_000 { 14 } else { DAYS };
        let events: Vec<Vec<Event>> = (0..days).map(|day| traffic.day(day)).collect();
        for floor in FLOORS {
            report(size, floor, &events);
        }
    }
}

/// One event: who, and the value of each attribute.
struct Event {
    person: u32,
    page: u32,
    channel: u32,
    source: u32,
    country: u32,
    browser: u32,
    os: u32,
    device: u32,
    language: u32,
    name: u32,
    /// 0: none.
    item: u32,
}

/// How a family is called, which values an event has, and which events are counted.
type Of = (&'static str, Family, fn(&Event) -> Keys, fn(&Event) -> bool);

fn families() -> Vec<Of> {
    use Dimension as D;
    let single = |dimension| Family::single(Group::Dimension(dimension));
    fn one(a: u32) -> Keys {
        [Term(a), Term::NONE]
    }
    fn two(a: u32, b: u32) -> Keys {
        [Term(a), Term(b)]
    }
    let item = Group::Dimension(D::Item);
    vec![
        ("event", single(D::Event), |e| one(e.name), |_| true),
        ("page", single(D::Page), |e| one(e.page), |_| true),
        ("channel", single(D::Channel), |e| one(e.channel), |_| true),
        ("country", single(D::Country), |e| one(e.country), |_| true),
        ("browser", single(D::Browser), |e| one(e.browser), |_| true),
        ("operating system", single(D::Os), |e| one(e.os), |_| true),
        ("device", single(D::Device), |e| one(e.device), |_| true),
        ("language", Family::single(Group::Language), |e| one(e.language), |_| true),
        ("source", Family::within(D::Channel, Group::Dimension(D::Source)), |e| two(e.channel, e.source), |_| true),
        ("item and event", Family::within(D::Event, item), |e| two(e.name, e.item), |e| e.item > 0),
        ("tag and event", Family::within(D::Event, Group::Tag), |e| two(e.name, tag(e)), |e| e.item > 0),
        ("page and source", Family::pair(D::Page, D::Source), |e| two(e.page, e.source), |_| true),
        ("page and country", Family::pair(D::Page, D::Country), |e| two(e.page, e.country), |_| true),
        ("page and device", Family::pair(D::Page, D::Device), |e| two(e.page, e.device), |_| true),
        ("source and country", Family::pair(D::Source, D::Country), |e| two(e.source, e.country), |_| true),
        ("source and device", Family::pair(D::Source, D::Device), |e| two(e.source, e.device), |_| true),
        ("country and device", Family::pair(D::Country, D::Device), |e| two(e.country, e.device), |_| true),
        ("event and source", Family::pair(D::Event, D::Source), |e| two(e.name, e.source), |_| true),
        ("event and country", Family::pair(D::Event, D::Country), |e| two(e.name, e.country), |_| true),
        ("event and device", Family::pair(D::Event, D::Device), |e| two(e.name, e.device), |_| true),
    ]
}

fn tag(event: &Event) -> u32 {
    if event.item > 0 { 2 + event.item % TAGS } else { 0 }
}

/// What is told of a day, by family: for the families whose parts theirs are.
type Told = HashMap<[u32; 2], (HashSet<Term>, HashSet<Keys>)>;

/// What waited of single families for each close of a week, and for that of the period.
type Waits = HashMap<[u32; 2], (Vec<Waited>, Waited)>;

fn report(size: u32, floor: u32, days: &[Vec<Event>]) {
    let mut told: Vec<Told> = days.iter().map(|_| Told::new()).collect();
    let mut waits = Waits::new();
    for (name, family, keys, counts) in families() {
        let is_counted = |k: &Keys| counts_key(name, k);
        let mut all = 0;
        let mut shown = [0u64; 4];
        let mut waiting: BTreeMap<Day, Vec<Entry>> = BTreeMap::new();
        let of_parent = family.parents().first().and_then(|parent| waits.get(&parent.codes()));
        for (at, events) in days.iter().enumerate() {
            all += events.iter().filter(|e| counts(e)).count() as u64;
            let day = FIRST.plus(at as i32);
            let rows = Counts::new(events, keys, family, day, floor);
            let every: Vec<Keys> = rows.entries.iter().map(|e| e.keys).collect();
            let close = match family.rule() {
                Rule::Pair => close_pairs(rows.pairs(), floor, |side, v| is_told(&told[at], family, side, v)),
                rule => close_day(rule, rows.entries, floor, |value| match of_parent {
                    Some((weeks, _)) if weeks[at / 7].above(value, day) != Above::Told => Above::Waits,
                    _ if is_told(&told[at], family, 0, value) => Above::Told,
                    _ => Above::Hidden,
                }),
            };
            let mut keys: HashSet<Keys> = close.told.iter().map(|(keys, _)| *keys).collect();
            shown[0] += sum(close.told.iter().filter(|(keys, _)| is_counted(keys)).map(|(_, parts)| parts));
            if name == "event" {
                // The site's totals tell page views.
                shown[0] += events.iter().filter(|e| e.name == PAGEVIEW.0).count() as u64;
                keys.insert([PAGEVIEW, Term::NONE]);
            }
            let side = usize::from(family.rule() == Rule::Within);
            let mut values: HashSet<Term> = keys.iter().map(|k| k[side]).collect();
            for hidden in every.iter().filter(|k| !keys.contains(*k)) {
                values.remove(&hidden[side]);
            }
            told[at].insert(family.codes(), (values, keys));
            waiting.entry(Span::Week.first(day)).or_default().extend(close.waiting);
        }
        let (mut left, mut weeks) = (Vec::new(), Vec::new());
        for (week, entries) in waiting.into_values().enumerate() {
            let above = of_parent.map(|(weeks, _)| &weeks[week]);
            let mut mine = Waited::before(&entries);
            let close = close_span(family.rule(), Span::Week, entries, floor, above, |_| None);
            shown[1] += sum(close.told.iter().filter(|(keys, _)| is_counted(keys)).map(|(_, parts)| parts));
            mine.closed(Span::Week, &close);
            weeks.push(mine);
            left.extend(close.waiting);
        }
        let mut period = Waited::before(&left);
        for (at, with_parents) in [(3, true), (2, false)] {
            let parent = |keys: &Keys| if with_parents && name == "page" { above(keys) } else { None };
            let above = of_parent.map(|(_, period)| period);
            let close = close_span(family.rule(), Span::Period, left.clone(), floor, above, parent);
            shown[at] = sum(close.told.iter().filter(|(keys, _)| is_counted(keys)).map(|(_, parts)| parts));
            period.closed(Span::Period, &close);
        }
        if family.rule() == Rule::Single {
            waits.insert(family.codes(), (weeks, period));
        }
        let hidden = |shown: u64| (all - shown.min(all)) as f64 * 100.0 / all.max(1) as f64;
        let until = [shown[0], shown[0] + shown[1], shown[0] + shown[1] + shown[2], shown[0] + shown[1] + shown[3]];
        let until = until.map(|shown| format!("{:.0} %", hidden(shown)));
        let ideal = hidden(counted(days, keys, counts, floor));
        println!("| {size} | {floor} | {name} | {} | {ideal:.0} % |", until.join(" | "));
    }
}

/// Of items and tags only what has one is asked about.
fn counts_key(name: &str, keys: &Keys) -> bool {
    !matches!(name, "item and event" | "tag and event") || keys[1] != Term::NONE
}

fn sum<'a>(parts: impl Iterator<Item = &'a Parts>) -> u64 {
    parts.map(|parts| parts.events).sum()
}

fn is_told(told: &Told, family: Family, side: usize, value: Term) -> bool {
    let parents = family.parents();
    parents.get(side).and_then(|parent| told.get(&parent.codes())).is_some_and(|(values, _)| values.contains(&value))
}

fn above(keys: &Keys) -> Option<Keys> {
    match keys[0].0 {
        page @ ..ABOVE => Some([Term(ABOVE + page % SECTIONS), Term::NONE]),
        page if page < ABOVE + SECTIONS => Some([Term(ABOVE + SECTIONS), Term::NONE]),
        _ => None,
    }
}

/// Events of values that have enough persons over all days.
fn counted(days: &[Vec<Event>], keys: fn(&Event) -> Keys, counts: fn(&Event) -> bool, floor: u32) -> u64 {
    let mut all: HashMap<Keys, (u64, HashSet<u32>)> = HashMap::new();
    for event in days.iter().flatten().filter(|e| counts(e)) {
        let of = all.entry(keys(event)).or_default();
        of.0 += 1;
        of.1.insert(event.person);
    }
    all.values().filter(|(_, persons)| persons.len() >= floor as usize).map(|(events, _)| events).sum()
}

/// The counts of a day.
struct Counts {
    entries: Vec<Entry>,
    own: Vec<[u32; 3]>,
}

impl Counts {
    fn new(events: &[Event], keys: fn(&Event) -> Keys, family: Family, day: Day, floor: u32) -> Counts {
        let bits = if floor > NARROW_FLOOR { 256 } else { 64 };
        let of_events = family == Family::single(Group::Dimension(Dimension::Event));
        let mut all: BTreeMap<Keys, (u64, Vec<u32>)> = BTreeMap::new();
        for event in events.iter().filter(|e| !of_events || e.name != PAGEVIEW.0) {
            let of = all.entry(keys(event)).or_default();
            of.0 += 1;
            of.1.push(event.person);
        }
        let mut rows: Vec<(Keys, u64, Vec<u32>)> = Vec::new();
        for (keys, (events, mut persons)) in all {
            persons.sort_unstable();
            persons.dedup();
            rows.push((keys, events, persons));
        }
        rows.sort_by_key(|(keys, _, persons)| (persons.len(), *keys));
        let mut own = vec![[0u32; 3]; rows.len()];
        let mut seen: HashMap<(u32, u8, u32), ()> = HashMap::new();
        for (at, (keys, _, persons)) in rows.iter().enumerate() {
            for person in persons {
                let part = if family.rule() == Rule::Single { 0 } else { keys[0].0 };
                for (place, part) in [(0u8, part), (1, keys[1].0), (2, 0)] {
                    if family.rule() != Rule::Pair && place > 0 {
                        continue;
                    }
                    if seen.insert((*person, place, part), ()).is_none() {
                        own[at][usize::from(place)] += 1;
                    }
                }
            }
        }
        let entry = |((keys, events, persons), own): (&(Keys, u64, Vec<u32>), &[u32; 3])| {
            let mut seen = Seen { secret: 1, ..Seen::default() };
            for person in persons {
                let cell = u64::from(keys[0].0) << 32 | u64::from(keys[1].0);
                seen.mark((mix(cell ^ mix(u64::from(*person) + 7)) % bits) as u8);
            }
            let parts = Parts { events: *events, ..Parts::default() };
            Entry { keys: *keys, day, parts, persons: persons.len() as u32, own: own[0], seen }
        };
        Counts { entries: rows.iter().zip(&own).map(entry).collect(), own }
    }

    fn pairs(&self) -> Vec<PairEntry> {
        let pair =
            |(e, own): (&Entry, &[u32; 3])| PairEntry { keys: e.keys, parts: e.parts, persons: e.persons, own: *own };
        self.entries.iter().zip(&self.own).map(pair).collect()
    }
}

/// Persons who come again, on pages and items of which few are popular: of five times as many as come on a day each
/// makes eight visits a month, some of them more.
struct Traffic {
    visits: u32,
    persons: Zipf,
    page: Zipf,
    item: Zipf,
    source: Zipf,
    country: Zipf,
    browser: Zipf,
    os: Zipf,
    device: Zipf,
    language: Zipf,
}

impl Traffic {
    fn new(visitors: u32) -> Traffic {
        Traffic {
            visits: visitors * 4 / 3,
            persons: Zipf::new(visitors * 5, 0.6),
            page: Zipf::new(PAGES, 1.0),
            item: Zipf::new(ITEMS, 0.9),
            source: Zipf::new(300, 1.2),
            country: Zipf::new(80, 1.1),
            browser: Zipf::new(9, 1.2),
            os: Zipf::new(7, 1.0),
            device: Zipf::new(3, 1.0),
            language: Zipf::new(25, 1.3),
        }
    }

    fn day(&self, day: i32) -> Vec<Event> {
        let mut dice = Dice(u64::from(self.visits) << 32 | day as u64);
        let mut events = Vec::new();
        for _ in 0..self.visits {
            let person = self.persons.draw(&mut dice);
            let mut of = Dice(mix(u64::from(person)));
            let source = self.source.draw(&mut dice);
            let (country, browser, os) =
                (self.country.draw(&mut of), self.browser.draw(&mut of), self.os.draw(&mut of));
            let (device, language) = (self.device.draw(&mut of), self.language.draw(&mut of));
            for step in 0.. {
                let name = if step == 0 { PAGEVIEW.0 } else { name(&mut dice) };
                let item = if (3..=6).contains(&name) { 2 + self.item.draw(&mut dice) } else { 0 };
                events.push(Event {
                    person,
                    page: 2 + self.page.draw(&mut dice),
                    channel: channel(source),
                    source: 2 + source,
                    country: 2 + country,
                    browser: 2 + browser,
                    os: 2 + os,
                    device: 2 + device,
                    language: 2 + language,
                    name,
                    item,
                });
                if dice.part() < 0.2 || step >= 59 {
                    break;
                }
            }
        }
        events
    }
}

fn name(dice: &mut Dice) -> u32 {
    let shares = [(PAGEVIEW.0, 0.74), (3, 0.10), (4, 0.05), (5, 0.04), (6, 0.03), (7, 0.03)];
    let mut part = dice.part();
    for (name, share) in shares {
        part -= share;
        if part < 0.0 {
            return name;
        }
    }
    8
}

fn channel(source: u32) -> u32 {
    match source {
        0 => 2,
        1..=4 => 3,
        5..=14 => 4,
        _ => 5,
    }
}

struct Zipf(Vec<f64>);

impl Zipf {
    fn new(count: u32, exponent: f64) -> Zipf {
        let mut sum = 0.0;
        let sums = (1..=count).map(|at| {
            sum += f64::from(at).powf(-exponent);
            sum
        });
        Zipf(sums.collect())
    }

    fn draw(&self, dice: &mut Dice) -> u32 {
        let wanted = dice.part() * self.0.last().copied().unwrap_or(0.0);
        self.0.partition_point(|sum| *sum < wanted) as u32
    }
}

struct Dice(u64);

impl Dice {
    /// At least 0, below 1.
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        (mix(self.0) >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}
