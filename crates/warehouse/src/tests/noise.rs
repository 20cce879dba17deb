//! Noise is paid for before it is there, and nobody adds more to what gets noise than was said.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Epsilon, Policy, Site, Visitor};
use outis_insight::history::{
    Bound, Cell, Family, Line, Measure, NANO, NoRandomness, Noise, Place, Scale, Span, Telling,
};
use outis_insight::{Group, Metric, ShownKey};
use parking_lot::Mutex;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use sqlx::SqlitePool;

use super::history::{MONDAY, Visitors, numbered, question, told, weeks, with_floor, world};
use super::{World, block_on, noon};
use crate::operators::tests::{FIRST, SITE, event};
use crate::{Warehouse, WarehouseError};

/// What a test's line costs.
const PRICE: u64 = NANO / 1_000;

/// Noise that can be told: the n-th time that anything gets noise, `step` * n.
struct Probe {
    step: u64,
    pool: SqlitePool,
    /// Of each time: the release, the lines, what was told exactly, and how many attempts the ledger had by then.
    added: Mutex<Vec<Added>>,
}

#[derive(Clone)]
struct Added {
    span: Span,
    first: Day,
    lines: Vec<Line>,
    exact: Vec<Cell>,
    attempts: i64,
}

impl Probe {
    fn new(step: u64, world: &World) -> Arc<Probe> {
        Arc::new(Probe { step, pool: world.pool.clone(), added: Mutex::default() })
    }
}

impl Noise for Probe {
    fn divide(&self, _: Epsilon, all: &[Telling], told: &[Family]) -> Vec<Line> {
        let mut lines = Vec::new();
        for (family, sets) in all.iter().filter(|(family, _)| told.contains(family)) {
            let bound = Bound::of(family, *sets);
            for measure in Measure::ALL {
                for (other, bound) in [(false, bound.told(measure)), (true, bound.other(measure))] {
                    let Some(scale) = Scale::of(bound, PRICE) else { continue };
                    lines.push(Line { family: *family, other, measure, bound, scale, nano: PRICE });
                }
            }
        }
        lines
    }

    fn add(&self, lines: &[Line], cells: &mut [Cell]) -> Result<(), NoRandomness> {
        let Some(cell) = cells.first() else { return Ok(()) };
        let (span, first) = (cell.span, cell.first);
        let sql = "SELECT COALESCE(MAX(attempt), 0) FROM warehouse_noise WHERE span = ? AND first = ?";
        let asked = sqlx::query_scalar(sql).bind(span as i64).bind(i64::from(first.0)).fetch_one(&self.pool);
        let attempts = tokio::runtime::Handle::current().block_on(asked).expect("the ledger");
        let mut added = self.added.lock();
        added.push(Added { span, first, lines: lines.to_vec(), exact: cells.to_vec(), attempts });
        let noise = self.step * added.len() as u64;
        cells.iter_mut().for_each(|cell| cell.parts.visitors += noise);
        Ok(())
    }
}

fn noisy(floor: u32) -> Arc<Site> {
    let site = with_floor(floor, &TimeZone::UTC);
    let noise = outis_event::Noise { epsilon: Epsilon::of_thousandths(2_000).expect("in range") };
    Arc::new(Site { policy: Policy { noise: Some(noise), ..site.policy.clone() }, ..Site::clone(&site) })
}

async fn live(world: &World, warehouse: &Warehouse, site: &Arc<Site>, days: i32) -> Result<(), WarehouseError> {
    for day in 1..=days {
        world.clock.set(noon(MONDAY.plus(day)));
        warehouse.maintain(std::slice::from_ref(site)).await?;
    }
    Ok(())
}

/// By release, family, whether it is its `(other)`, and measure: the number of each value.
type Sums = BTreeMap<(Day, [u32; 2], bool, Measure), BTreeMap<[u32; 2], u64>>;

/// The sums of what gets noise, by line: cells of all values are added, for a bound holds for all of them together.
fn sums(added: &[Added]) -> Sums {
    let mut sums = Sums::new();
    for cell in added.iter().flat_map(|added| &added.exact) {
        let (other, value) = match cell.place {
            Place::Values(keys) => (false, keys.map(|key| key.0)),
            _ => (true, [0; 2]),
        };
        for measure in Measure::ALL {
            let key = (cell.first, cell.family.codes(), other, measure);
            *sums.entry(key).or_default().entry(value).or_default() += measure.of(&cell.parts);
        }
    }
    sums
}

async fn released(events: &[AnonymousEvent]) -> Vec<Added> {
    let (world, warehouse) = world(events).await;
    let probe = Probe::new(0, &world);
    warehouse.add_noise_by(probe.clone());
    world.clock.set(noon(Day(FIRST + 6)));
    warehouse.maintain(&[noisy(1)]).await.expect("maintain");
    probe.added.lock().clone()
}

/// With a visitor's day and without it, all numbers of a line together differ by at most its bound.
async fn bounded(events: &[AnonymousEvent], visitor: u64, day: i32) -> Result<(), TestCaseError> {
    let is_theirs = |e: &AnonymousEvent| e.visitor == Visitor(visitor) && e.day == Day(day);
    let others: Vec<AnonymousEvent> = events.iter().filter(|e| !is_theirs(e)).cloned().collect();
    let (with, without) = (released(events).await, released(&others).await);
    let lines: BTreeMap<_, Line> = with
        .iter()
        .flat_map(|added| added.lines.iter().map(|l| ((added.first, l.family.codes(), l.other, l.measure), *l)))
        .collect();
    let (with, without) = (sums(&with), sums(&without));
    for (key, values) in &with {
        let before = without.get(key).cloned().unwrap_or_default();
        let keys = values.keys().chain(before.keys()).collect::<std::collections::BTreeSet<_>>();
        let of = |map: &BTreeMap<[u32; 2], u64>, value| map.get(value).copied().unwrap_or(0);
        let change: u64 = keys.into_iter().map(|value| of(values, value).abs_diff(of(&before, value))).sum();
        let bound = lines.get(key).map_or(0, |line| line.bound);
        prop_assert!(change <= bound, "{key:?} changes by {change} of {bound}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_visitors_day_changes_what_gets_noise_by_no_more_than_was_said(
        events in prop::collection::vec(event(TimeZone::UTC), 0..120),
        visitor in 1u64..5,
        day in FIRST..FIRST + 4,
    ) {
        block_on(bounded(&numbered(events), visitor, day))?;
    }
}

#[test]
fn who_does_much_is_counted_up_to_the_bound() {
    block_on(async {
        let mut events = weeks(1);
        for i in 0..400u16 {
            let mut e = events[0].clone();
            e.clock.seconds = 1_100;
            e.clock.tie = i;
            e.set(Dimension::Page, outis_event::Term(30 + u32::from(i % 40)));
            events.push(e);
        }
        let with = released(&events).await;
        let page = Family::single(Group::Dimension(Dimension::Page));
        let sums = sums(&with);
        let events_of = |other| &sums[&(MONDAY, page.codes(), other, Measure::Events)];
        // Of forty pages with ten views each, eight are kept, five views of each.
        let kept: Vec<u64> = events_of(false).iter().filter(|([page, _], _)| *page >= 30).map(|(_, n)| *n).collect();
        assert_eq!(kept.iter().sum::<u64>(), 8 * 5);
        assert_eq!(events_of(true).values().sum::<u64>(), 5, "as much as of one value is in what is not told");
    });
}

#[test]
fn each_sample_is_in_the_ledger_before_it_is_there_whenever_the_process_ends() {
    let mut ended = 0;
    for writes in (0..).step_by(3) {
        let over = block_on(async {
            let (world, warehouse) = world(&weeks(8)).await;
            let probe = Probe::new(1_000_000, &world);
            warehouse.add_noise_by(probe.clone());
            warehouse.tell_persons_by(Arc::new(Visitors));
            world.fuse.burn_after(writes);
            let lived = live(&world, &warehouse, &noisy(5), 15).await;
            let out = world.fuse.is_out();
            assert!(out || lived.is_ok());
            drop(warehouse);
            world.fuse.renew();
            let warehouse = world.open().await;
            warehouse.add_noise_by(probe.clone());
            warehouse.tell_persons_by(Arc::new(Visitors));
            live(&world, &warehouse, &noisy(5), 15).await.expect("goes on");
            check(&warehouse, &probe).await;
            !out
        });
        if over {
            break;
        }
        ended += 1;
    }
    assert!(ended > 5, "only {ended} places to end at");
}

/// What is told is the last sample, and every one there ever was is paid for.
async fn check(warehouse: &Warehouse, probe: &Probe) {
    let added = probe.added.lock().clone();
    let mut times: BTreeMap<(Span, Day), i64> = BTreeMap::new();
    for one in &added {
        let times = times.entry((one.span, one.first)).or_default();
        *times += 1;
        assert!(one.attempts >= *times, "noise of {:?} was there before its line", one.first);
    }
    let spent: BTreeMap<Day, u64> = warehouse.spent(SITE).await.expect("the ledger").into_iter().collect();
    for day in (0..8).map(|at| MONDAY.plus(at)) {
        let times = |span: Span| times.get(&(span, span.first(day))).copied().unwrap_or(0);
        let lines = &added.iter().find(|one| (one.span, one.first) == (Span::Day, day)).expect("released").lines;
        let once: u64 = lines.iter().map(|line| line.nano).sum();
        // The first release of a week is paid by its days.
        let of_days = times(Span::Day) as u64 * once;
        assert!(spent[&day] >= of_days && (times(Span::Week) > 1 || spent[&day] == of_days));
        let query = question(&TimeZone::UTC, day, day, vec![Group::Dimension(Dimension::Page)]);
        let last = added.iter().rposition(|one| (one.span, one.first) == (Span::Day, day)).expect("released");
        let answer = told(warehouse, &query).await;
        let row = answer.rows.iter().find(|row| row.keys != [ShownKey::Other]).expect("a row");
        assert_eq!(row.parts.visitors / 1_000_000, last as u64 + 1);
    }
}

#[test]
fn nothing_is_released_if_nobody_can_add_noise() {
    block_on(async {
        let (world, warehouse) = world(&weeks(3)).await;
        assert!(matches!(live(&world, &warehouse, &noisy(5), 5).await, Err(WarehouseError::Noise)));
        let pages = question(&TimeZone::UTC, MONDAY, MONDAY.plus(2), vec![Group::Dimension(Dimension::Page)]);
        assert!(told(&warehouse, &pages).await.rows.is_empty());
        // Switched off, all is as if there were no noise.
        live(&world, &warehouse, &with_floor(5, &TimeZone::UTC), 5).await.expect("lived");
        assert!(!told(&warehouse, &pages).await.rows.is_empty());
        assert!(warehouse.spent(SITE).await.expect("the ledger").is_empty());
    });
}

#[test]
fn without_noise_nobody_is_asked_for_any() {
    let cells = |probed: bool| {
        block_on(async move {
            let (world, warehouse) = world(&weeks(8)).await;
            let probe = Probe::new(7, &world);
            if probed {
                warehouse.add_noise_by(probe.clone());
            }
            live(&world, &warehouse, &with_floor(5, &TimeZone::UTC), 40).await.expect("lived");
            assert!(probe.added.lock().is_empty());
            let pages = question(&TimeZone::UTC, MONDAY, MONDAY.plus(34), vec![Group::Dimension(Dimension::Page)]);
            let answer = told(&warehouse, &pages).await;
            assert!(answer.noise.is_none());
            answer.rows.into_iter().map(|row| (row.keys, row.parts)).collect::<Vec<_>>()
        })
    };
    assert_eq!(cells(true), cells(false));
}

#[test]
fn what_waits_since_a_day_with_noise_gets_it_whatever_the_policy_is_then() {
    block_on(async {
        let (world, warehouse) = world(&weeks(14)).await;
        let probe = Probe::new(1_000_000, &world);
        warehouse.add_noise_by(probe.clone());
        warehouse.tell_persons_by(Arc::new(Visitors));
        let plain = with_floor(5, &TimeZone::UTC);
        live(&world, &warehouse, &noisy(5), 4).await.expect("lived");
        live(&world, &warehouse, &plain, 40).await.expect("lived");
        let releases: Vec<(Span, Day)> = probe.added.lock().iter().map(|added| (added.span, added.first)).collect();
        assert!(releases.iter().all(|(span, first)| *span != Span::Day || *first < MONDAY.plus(4)));
        assert!(releases.contains(&(Span::Week, MONDAY)), "{releases:?}");
        assert!(!releases.contains(&(Span::Week, MONDAY.plus(7))), "{releases:?}");
    });
}

#[test]
fn answers_say_how_much_noise_is_in_them() {
    block_on(async {
        let (world, warehouse) = world(&weeks(4)).await;
        warehouse.add_noise_by(Probe::new(1, &world));
        live(&world, &warehouse, &noisy(5), 6).await.expect("lived");
        let error = async |days: i32, group: Option<Group>| {
            let query = question(&TimeZone::UTC, MONDAY, MONDAY.plus(days - 1), group.into_iter().collect());
            told(&warehouse, &query).await.noise.standard_error(Metric::Visitors).expect("a count")
        };
        let page = Group::Dimension(Dimension::Page);
        let bound = Bound::of(&Family::single(page), 0);
        let other = Scale::of(bound.other(Measure::Visitors), PRICE).expect("a scale");
        assert_eq!(error(1, Some(page)).await, other.variance().sqrt());
        let four = error(4, Some(page)).await;
        assert!((four / other.variance().sqrt() - 2.0).abs() < 1e-9);
        assert_eq!(error(4, None).await, 0.0, "totals of the whole site have none");
    });
}
