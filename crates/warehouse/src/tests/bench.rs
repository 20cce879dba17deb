//! Sizes and times, told rather than checked closely: `cargo test -p outis-warehouse bench -- --ignored --nocapture`.

use std::time::Instant;

use jiff::tz::TimeZone;
use outis_event::{
    AnonymousEvent, Day, Dimension, Flags, Property, Record, Sequence, ShiftedClock, Slot, Term, Visitor,
};
use outis_insight::{DayRange, Filter, Group, Interval, Metric, Query};
use outis_journal::Frame;

use super::{NODE, World, block_on, noon, site};
use crate::files::Kind;
use crate::operators::tests::{FIRST, SITE};
use crate::{Warehouse, WarehouseOptions};

/// A reproducible sequence of numbers: splitmix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, n: u64) -> u32 {
        (self.next() % n) as u32
    }

    /// Few are frequent and many are rare.
    fn skewed(&mut self, n: u64) -> Term {
        let u = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        Term(2 + ((n as f64).powf(u) as u32 - 1).min(n as u32 - 1))
    }
}

/// About `count` events of one day, in order of visitors: visits of page views with engagements and some own events.
fn day(day: Day, count: usize, chance: &mut Chance) -> Vec<AnonymousEvent> {
    let mut events = Vec::with_capacity(count + 100);
    while events.len() < count {
        let visitor = Visitor((chance.next() >> 1).max(1));
        let offset = chance.next() as u32 >> 1;
        let mut of_visit = AnonymousEvent::blank(SITE, day, Slot(0));
        of_visit.visitor = visitor;
        of_visit.flags = Flags::COUNTS_FOR_FLOOR.with(Flags::INTERACTIVE);
        of_visit.set(Dimension::Hostname, Term(2));
        for (dimension, n) in [
            (Dimension::Country, 60),
            (Dimension::Browser, 8),
            (Dimension::BrowserVersion, 40),
            (Dimension::Os, 6),
            (Dimension::OsVersion, 20),
            (Dimension::Device, 3),
            (Dimension::Screen, 8),
            (Dimension::Viewport, 8),
            (Dimension::Density, 3),
            (Dimension::Touch, 2),
        ] {
            of_visit.set(dimension, chance.skewed(n));
        }
        of_visit.languages = vec![chance.skewed(20)];
        for _ in 0..1 + chance.below(5) / 4 {
            let mut second = chance.below(82_000);
            of_visit.set(Dimension::Source, chance.skewed(80));
            of_visit.set(Dimension::Referrer, chance.skewed(150));
            of_visit.set(Dimension::Channel, chance.skewed(8));
            if chance.below(10) == 0 {
                for dimension in [Dimension::UtmSource, Dimension::UtmMedium, Dimension::UtmCampaign] {
                    of_visit.set(dimension, chance.skewed(30));
                }
            }
            for _ in 0..1 + chance.skewed(12).0 {
                let mut e = of_visit.clone();
                e.slot = Slot(day.0 as u32 * 96 + second / 900);
                e.clock = ShiftedClock { seconds: offset + second, tie: 0 };
                e.set(Dimension::Event, Term(2));
                e.set(Dimension::Page, chance.skewed(2_000));
                let mut engagement = e.clone();
                events.push(e);
                second += 5 + chance.skewed(300).0;
                engagement.slot = Slot(day.0 as u32 * 96 + second / 900);
                engagement.clock = ShiftedClock { seconds: offset + second, tie: 0 };
                engagement.set(Dimension::Event, Term(3));
                engagement.scroll = (10 + chance.below(90)) as u8;
                engagement.engaged_s = chance.skewed(300).0;
                if chance.below(6) == 0 {
                    let mut own = engagement.clone();
                    own.set(Dimension::Event, chance.skewed(12));
                    own.set(Dimension::Item, chance.skewed(5_000));
                    own.scroll = 255;
                    own.engaged_s = 0;
                    own.clock.tie = 1;
                    own.properties = vec![Property { key: Term(2), value: chance.skewed(40) }];
                    events.push(own);
                }
                events.push(engagement);
            }
        }
    }
    events
}

async fn fill(world: &World, warehouse: &Warehouse, days: i32, of_day: usize) -> usize {
    let mut chance = Chance(7);
    let (mut rows, mut sequence) = (0, 0);
    for i in 0..days {
        world.clock.set(noon(Day(FIRST + i)));
        let mut events = day(Day(FIRST + i), of_day, &mut chance);
        // In an order of arrival, as far as size is concerned.
        events.sort_by_key(|e| e.slot);
        rows += events.len();
        for frame in events.chunks(20_000) {
            sequence += 1;
            let records = frame.iter().cloned().map(Record::Event).collect();
            warehouse.take(Frame { node: NODE, sequence: Sequence(sequence), records });
            warehouse.sight(SITE, 1);
            warehouse.flush().await.expect("flush");
        }
    }
    rows
}

async fn bytes(world: &World) -> u64 {
    use futures::TryStreamExt;
    use object_store::ObjectStore;
    let files: Vec<_> = world.disk.list(None).try_collect().await.expect("listing");
    files.iter().map(|f| f.size).sum()
}

#[test]
#[expect(clippy::print_stderr, reason = "sizes are told")]
fn a_day_is_small() {
    block_on(async {
        let world = World::new(WarehouseOptions::default()).await;
        let warehouse = world.open().await;
        let rows = fill(&world, &warehouse, 1, 200_000).await;
        let small = bytes(&world).await as f64 / rows as f64;
        let sites = [site(SITE, &TimeZone::UTC)];
        let done = warehouse.maintain(&sites).await.expect("maintain");
        let merged = bytes(&world).await as f64 / rows as f64;
        world.clock.set(noon(Day(FIRST + 2)));
        assert_eq!(warehouse.maintain(&sites).await.expect("maintain").compacted, 1);
        let closed = bytes(&world).await as f64 / rows as f64;
        eprintln!(
            "bytes per event: {small:.2} in small files, {merged:.2} merged ({}), {closed:.2} closed",
            done.merged
        );
        for (column, bytes) in warehouse.column_bytes().await {
            eprintln!("  {column:16} {:.3}", bytes as f64 / rows as f64);
        }
        assert!(closed <= 10.0, "{closed} bytes per event");
    });
}

fn question(days: i32, groups: Vec<Group>, metrics: Vec<Metric>) -> Query {
    Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from: Day(FIRST), to: Day(FIRST + days), slots: None },
        filter: Filter::ALL,
        metrics,
        groups,
        pageview: Term(2),
        engagement: Term(3),
        cap_milli: None,
    }
}

#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stderr, reason = "times are told")]
fn questions_over_a_month() {
    block_on(async {
        let world = World::new(WarehouseOptions::default()).await;
        let warehouse = world.open().await;
        let started = Instant::now();
        let rows = fill(&world, &warehouse, 30, 33_000).await;
        eprintln!("{rows} rows taken and flushed in {:?}", started.elapsed());
        let started = Instant::now();
        let done = warehouse.maintain(&[site(SITE, &TimeZone::UTC)]).await.expect("maintain");
        eprintln!(
            "{done:?} in {:?}; {:.2} bytes per event",
            started.elapsed(),
            bytes(&world).await as f64 / rows as f64
        );
        let basic =
            vec![Metric::Visitors, Metric::Visits, Metric::Pageviews, Metric::BounceRate, Metric::VisitDuration];
        let questions = [
            ("totals", question(30, vec![], basic.clone())),
            ("by day", question(30, vec![Group::Time(Interval::Day)], basic.clone())),
            (
                "pages",
                question(
                    30,
                    vec![Group::Dimension(Dimension::Page)],
                    vec![
                        Metric::Visitors,
                        Metric::Pageviews,
                        Metric::BounceRate,
                        Metric::ScrollDepth,
                        Metric::TimeOnPage,
                    ],
                ),
            ),
            ("sources", question(30, vec![Group::Dimension(Dimension::Source)], basic.clone())),
            ("languages", question(30, vec![Group::Language], vec![Metric::Visitors])),
            ("properties", question(30, vec![Group::Property(Term(2))], vec![Metric::Visitors, Metric::Events])),
        ];
        for (name, query) in &questions {
            let (started, used) = (Instant::now(), cpu_ms());
            let mut rows = 0;
            for _ in 0..TURNS {
                let sight = warehouse.sight(SITE, 1);
                rows = warehouse.evaluate(query, sight).await.expect("an answer").rows.len();
            }
            let wall = started.elapsed().as_millis() as u64 / TURNS;
            eprintln!("{name:12} {wall} ms, {} ms of processor ({rows} rows)", (cpu_ms() - used) / TURNS);
        }
    });
}

/// How often each question is asked.
const TURNS: u64 = 10;

/// Milliseconds of processor time of this process so far.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    let ticks = |at: usize| fields[at].parse::<u64>().expect("a number");
    (ticks(11) + ticks(12)) * 10
}

impl Warehouse {
    /// Bytes of each column of all files.
    async fn column_bytes(&self) -> Vec<(String, i64)> {
        let files: Vec<_> = self.inner().state.lock().files.values().flatten().cloned().collect();
        let reader = self.inner().reader.clone();
        let sizes = tokio::task::spawn_blocking(move || {
            let mut sizes = std::collections::BTreeMap::new();
            for file in files {
                let of_file: Vec<(String, i64)> = match file.kind {
                    Kind::Small => reader.open(&file, crate::Columns::ALL).expect("file").sizes().collect(),
                    Kind::Closed => reader.closed(&file, crate::Columns::ALL).expect("file").sizes().collect(),
                };
                for (column, bytes) in of_file {
                    *sizes.entry(column).or_insert(0) += bytes;
                }
            }
            sizes
        });
        sizes.await.expect("sizes").into_iter().collect()
    }
}
