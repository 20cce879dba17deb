//! How long it takes until a thousand members are out of all recent rows.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use outis_event::{Day, Visitor};
use outis_insight::{DayRange, Filter, Metric, Query};
use serde_json::{Value, json};

use crate::generate::{DAYS, Generator, first_day};
use crate::machine::{self, Stopwatch, percentile};
use crate::store::{SITE, World, site};
use crate::tell;

/// How many are forgotten.
const FORGOTTEN: u32 = 1_000;

/// The numbers with which a member came.
type Came = Vec<(Day, Visitor)>;

/// Loads about so many rows, a tenth of them of members.
pub(crate) async fn load(dir: &Path, rows: u64) -> anyhow::Result<()> {
    let _ = std::fs::remove_dir_all(dir);
    let mut world = World::open(dir).await?;
    world.with_members = true;
    world.load(rows).await?;
    world.settle().await
}

/// Forgets members of a folder that was loaded; loads it before unless it is to be kept.
pub(crate) async fn run(dir: &Path, rows: u64, keep: bool, turn: u32) -> anyhow::Result<Value> {
    if !keep {
        load(dir, rows).await?;
    }
    let (members, gone) = members(rows, turn);
    let world = World::open(dir).await?;
    // Rows are rewritten first; what is counted of them anew is timed apart.
    let warehouse = world.warehouse_of_rows().await?;
    let before = events(&warehouse).await?;
    machine::forget_peak();

    let mut hiding_ms = Vec::new();
    for came in &members {
        let began = Instant::now();
        warehouse.hide(SITE, came, true).await?;
        hiding_ms.push(began.elapsed().as_secs_f64() * 1e3);
    }
    hiding_ms.sort_by(f64::total_cmp);
    let hidden = events(&warehouse).await?;
    anyhow::ensure!(hidden == before - gone, "{before} events, {gone} are of who was forgotten, {hidden} are seen");

    warehouse.purge_soon(SITE);
    let bytes = machine::bytes(&dir.join("warehouse"));
    let watch = Stopwatch::start();
    let done = warehouse.maintain(&[site()]).await?;
    let (wall_ms, cpu_ms) = watch.stop();
    let after = events(&warehouse).await?;
    anyhow::ensure!(after == hidden && warehouse.hidden(SITE) == 0, "{hidden} events, then {after}");
    drop(warehouse);
    let warehouse = world.warehouse().await?;
    let watch = Stopwatch::start();
    let counted = warehouse.maintain(&[site()]).await?.counted;
    let (count_wall_ms, _) = watch.stop();
    let (p50, p99) = (percentile(&hiding_ms, 0.5), percentile(&hiding_ms, 0.99));
    tell(format_args!(
        "forget: {} members, {gone} of {before} events on {} days: {:.1} s, {:.1} s CPU; {counted} days counted anew in {:.1} s; \
         hiding one p50 {p50:.1} p99 {p99:.1} ms",
        members.len(),
        done.purged,
        wall_ms / 1e3,
        cpu_ms / 1e3,
        count_wall_ms / 1e3,
    ));
    Ok(json!({
        "machine": machine::description(), "members": members.len(), "rows": before, "rows_gone": gone,
        "days": done.purged, "count_wall_ms": count_wall_ms, "wall_ms": wall_ms, "cpu_ms": cpu_ms, "bytes": bytes, "hide_p50_ms": p50,
        "hide_p99_ms": p99, "peak_mib": machine::memory_mib(std::process::id(), "VmHWM"), "load": machine::load(),
    }))
}

/// Those who are forgotten, frequent and rare ones, and how many events are theirs. In each turn they are others.
fn members(rows: u64, turn: u32) -> (Vec<Came>, u64) {
    let mut generator = Generator::new(rows);
    let every = (generator.members() / FORGOTTEN).max(1);
    let mut came: HashMap<u32, Came> = HashMap::new();
    let mut gone = 0;
    for at in 0..DAYS {
        let day = first_day().plus(at);
        for row in generator.day(at).iter().filter(|row| row.member > 0 && row.member % every == turn % every) {
            gone += 1;
            let days = came.entry(row.member).or_default();
            if days.last().is_none_or(|(last, _)| *last != day) {
                days.push((day, Visitor(row.visitor)));
            }
        }
    }
    (came.into_values().collect(), gone)
}

/// All events there are.
async fn events(warehouse: &outis_warehouse::Warehouse) -> anyhow::Result<u64> {
    let words = warehouse.vocabulary(SITE);
    let term = |word| words.lookup(outis_event::Dimension::Event, word).unwrap_or(outis_event::Term::NONE);
    let query = Query {
        site: SITE,
        zone: jiff::tz::TimeZone::UTC,
        range: DayRange { from: first_day(), to: first_day().plus(DAYS - 1), slots: None },
        filter: Filter::ALL,
        metrics: vec![Metric::Events],
        groups: Vec::new(),
        pageview: term("pageview"),
        engagement: term("engagement"),
        cap_milli: None,
    };
    let sight = warehouse.sight(SITE, 1);
    Ok(warehouse.evaluate(&query, sight).await?.total.parts.events)
}
