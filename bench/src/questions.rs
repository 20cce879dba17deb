//! The question set, asked of the warehouse as the insight interface would ask it.

use std::cmp::Reverse;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{Dimension, Space, Term, Vocabulary};
use outis_insight::behaviour::{About, Behaviour, Cell, Funnel, Order, RawTable, Slice};
use outis_insight::{DayRange, EventFilter, Filter, Group, Interval, Key, Metric, Query, RawAnswer, RawRow, TermSet};
use outis_warehouse::Warehouse;
use serde_json::{Value, json};

use crate::generate::{DAYS, FIRST_DAY};
use crate::machine::{self, Stopwatch, median};
use crate::store::{SITE, World};
use crate::tell;

/// What is asked for on the command line.
pub(crate) struct Asked {
    pub(crate) rows: u64,
    pub(crate) runs: usize,
    pub(crate) keep: bool,
    pub(crate) only: Option<String>,
}

/// A question of the set.
struct Question {
    name: &'static str,
    put: Put,
}

/// How it is put, and what of the answer is compared with the peers'.
enum Put {
    Counts { query: fn(&Vocabulary) -> Query, told: fn(&Vocabulary, &RawAnswer) -> Vec<Value> },
    Order { behaviour: fn(&Vocabulary) -> Behaviour, told: fn(&Vocabulary, &RawTable) -> Vec<Value> },
}

const QUESTIONS: [Question; 8] = [
    Question { name: "totals", put: Put::Counts { query: totals, told: numbers } },
    Question { name: "bounce", put: Put::Counts { query: bounce, told: numbers } },
    Question { name: "daily", put: Put::Counts { query: daily, told: days } },
    Question { name: "pages", put: Put::Counts { query: pages, told: top_pages } },
    Question { name: "sources", put: Put::Counts { query: sources, told: top_sources } },
    Question { name: "filtered", put: Put::Counts { query: filtered, told: crossed } },
    Question { name: "items", put: Put::Counts { query: items, told: acted_on } },
    Question { name: "funnel", put: Put::Order { behaviour: funnel, told: by_device } },
];

/// Loads the rows if asked to, asks every question and gives times and answers.
pub(crate) async fn run(dir: &Path, asked: &Asked) -> anyhow::Result<Value> {
    let mut loaded = Value::Null;
    if !asked.keep {
        let _ = std::fs::remove_dir_all(dir);
        loaded = load(dir, asked.rows).await?;
    }
    let world = World::open(dir).await?;
    machine::forget_peak();
    let mut results = Vec::new();
    for question in &QUESTIONS {
        if asked.only.as_deref().is_none_or(|only| only == question.name) {
            results.push(ask(&world, question, asked.runs).await?);
        }
    }
    Ok(json!({
        "machine": machine::description(),
        "load": loaded,
        "questions": results,
        "peak_mib": machine::memory_mib(std::process::id(), "VmHWM"),
        "runs": asked.runs,
    }))
}

async fn load(dir: &Path, rows: u64) -> anyhow::Result<Value> {
    let watch = Stopwatch::start();
    let world = World::open(dir).await?;
    let rows = world.load(rows).await?;
    world.settle().await?;
    let (wall_ms, cpu_ms) = watch.stop();
    let bytes = machine::bytes(dir);
    let warehouse = machine::bytes(&dir.join("warehouse"));
    tell(format_args!("outis: {rows} rows in {:.1} s, {:.2} bytes each", wall_ms / 1e3, bytes as f64 / rows as f64));
    Ok(json!({
        "rows": rows, "wall_ms": wall_ms, "cpu_ms": cpu_ms, "bytes": bytes, "bytes_of_files": warehouse,
        "peak_mib": machine::memory_mib(std::process::id(), "VmHWM"),
    }))
}

async fn ask(world: &World, question: &Question, runs: usize) -> anyhow::Result<Value> {
    // As after a start: nothing of the files is in memory.
    machine::forget_pages(&world.dir);
    let warehouse = world.warehouse().await?;
    let (cold, _) = once(&warehouse, question).await?;
    let mut warm = Vec::new();
    let mut answer = Vec::new();
    for _ in 0..runs.max(1) {
        let (time, told) = once(&warehouse, question).await?;
        warm.push(time);
        answer = told;
    }
    let (wall, cpu): (Vec<f64>, Vec<f64>) = warm.into_iter().unzip();
    let (wall, cpu) = (median(wall), median(cpu));
    tell(format_args!("outis: {:10} {wall:8.1} ms, {cpu:8.1} ms CPU; cold {:.1} ms", question.name, cold.0));
    Ok(json!({
        "name": question.name, "wall_ms": wall, "cpu_ms": cpu, "cold_wall_ms": cold.0, "cold_cpu_ms": cold.1,
        "answer": answer,
    }))
}

/// From words to words: resolving the question and sorting the answer are in the time.
async fn once(warehouse: &Warehouse, question: &Question) -> anyhow::Result<((f64, f64), Vec<Value>)> {
    let watch = Stopwatch::start();
    let vocabulary: Arc<Vocabulary> = warehouse.vocabulary(SITE);
    let sight = warehouse.sight(SITE, 1);
    let told = match &question.put {
        Put::Counts { query, told } => told(&vocabulary, &warehouse.evaluate(&query(&vocabulary), sight).await?),
        Put::Order { behaviour, told } => {
            told(&vocabulary, &warehouse.behaviour(&behaviour(&vocabulary), sight).await?)
        }
    };
    Ok((watch.stop(), told))
}

fn query(vocabulary: &Vocabulary, metrics: &[Metric], groups: &[Group], filter: Filter) -> Query {
    let name = |text| vocabulary.lookup(Dimension::Event, text).unwrap_or(Term(u32::MAX));
    Query {
        site: SITE,
        zone: TimeZone::UTC,
        range: DayRange { from: FIRST_DAY, to: FIRST_DAY.plus(DAYS - 1), slots: None },
        filter,
        metrics: metrics.to_vec(),
        groups: groups.to_vec(),
        pageview: name("pageview"),
        engagement: name("engagement"),
    }
}

fn is(vocabulary: &Vocabulary, dimension: Dimension, words: &[&str]) -> Filter {
    let terms = words.iter().filter_map(|word| vocabulary.lookup(dimension, word));
    Filter::Event(EventFilter::Dimension(dimension, TermSet::of(terms)))
}

fn totals(v: &Vocabulary) -> Query {
    query(v, &[Metric::Visitors, Metric::Visits, Metric::Pageviews], &[], Filter::ALL)
}

fn bounce(v: &Vocabulary) -> Query {
    query(v, &[Metric::BounceRate, Metric::VisitDuration], &[], Filter::ALL)
}

fn daily(v: &Vocabulary) -> Query {
    query(v, &[Metric::Visitors, Metric::Pageviews], &[Group::Time(Interval::Day)], Filter::ALL)
}

fn pages(v: &Vocabulary) -> Query {
    let groups = [Group::Dimension(Dimension::Page)];
    query(v, &[Metric::Visitors, Metric::Pageviews], &groups, is(v, Dimension::Event, &["pageview"]))
}

fn sources(v: &Vocabulary) -> Query {
    query(v, &[Metric::Visitors], &[Group::Dimension(Dimension::Source)], Filter::ALL)
}

fn filtered(v: &Vocabulary) -> Query {
    let courses = v.words(Space::of(Dimension::Page)).into_iter().filter(|(_, path)| path.starts_with("/courses/"));
    let courses = EventFilter::Dimension(Dimension::Page, TermSet::of(courses.map(|(term, _)| term)));
    let filter = Filter::And(vec![is(v, Dimension::Country, &["C03"]), Filter::Event(courses)]);
    query(v, &[Metric::Visitors], &[Dimension::Browser, Dimension::Os].map(Group::Dimension), filter)
}

fn items(v: &Vocabulary) -> Query {
    let filter = is(v, Dimension::Event, &["bookmark", "like", "download"]);
    query(v, &[Metric::Events], &[Dimension::Item, Dimension::Event].map(Group::Dimension), filter)
}

/// A page view, then a search, then a bookmark on one day, by device.
fn funnel(v: &Vocabulary) -> Behaviour {
    let about = About::Funnel(Funnel {
        steps: ["pageview", "search", "bookmark"].map(|name| is(v, Dimension::Event, &[name])).to_vec(),
        order: Order::Ordered,
        optional: None,
        window_s: 86_400,
        exclude: Vec::new(),
        hold: None,
        group: Some(Group::Dimension(Dimension::Device)),
        over_time: None,
    });
    Behaviour { base: query(v, &[], &[], Filter::ALL), about, narrowed: Vec::new(), following: None }
}

/// Devices with how many came as far as each step.
fn by_device(v: &Vocabulary, table: &RawTable) -> Vec<Value> {
    let mut rows: Vec<(Arc<str>, [u64; 3])> = Vec::new();
    for (term, device) in v.words(Dimension::Device) {
        let of = |step| table.of(&Cell::Reached { slice: Slice::Group(term), step }).count;
        let steps = [0, 1, 2].map(of);
        if steps[0] > 0 {
            rows.push((device, steps));
        }
    }
    rows.sort();
    rows.iter().map(|(device, steps)| json!([**device, steps])).collect()
}

fn numbers(_: &Vocabulary, answer: &RawAnswer) -> Vec<Value> {
    vec![json!(answer.total.values)]
}

fn days(_: &Vocabulary, answer: &RawAnswer) -> Vec<Value> {
    let mut rows: Vec<&RawRow> = answer.rows.iter().collect();
    rows.sort_by(|a, b| a.keys.cmp(&b.keys));
    rows.iter().map(|row| json!(row.values)).collect()
}

fn word(vocabulary: &Vocabulary, dimension: Dimension, key: Key) -> Arc<str> {
    match key {
        Key::Term(term) => vocabulary.text(dimension, term).unwrap_or_default(),
        Key::Time(_) => Arc::default(),
    }
}

/// The rows with most visitors; of equals those first whose word is first.
fn top(v: &Vocabulary, dimension: Dimension, answer: &RawAnswer) -> Vec<Value> {
    let mut rows: Vec<&RawRow> = answer.rows.iter().collect();
    let most = |row: &&RawRow| Reverse(row.parts.visitors);
    if rows.len() > 1_000 {
        // Only rows that may be among the first need their words looked up.
        let (_, last, _) = rows.select_nth_unstable_by_key(100, most);
        let least = last.parts.visitors;
        rows.retain(|row| row.parts.visitors >= least);
    }
    let mut rows: Vec<_> = rows.into_iter().map(|row| (most(&row), word(v, dimension, row.keys[0]), row)).collect();
    rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    rows.iter().take(100).map(|(_, word, row)| json!([**word, row.values])).collect()
}

fn top_pages(v: &Vocabulary, answer: &RawAnswer) -> Vec<Value> {
    top(v, Dimension::Page, answer)
}

fn top_sources(v: &Vocabulary, answer: &RawAnswer) -> Vec<Value> {
    top(v, Dimension::Source, answer)
}

fn crossed(v: &Vocabulary, answer: &RawAnswer) -> Vec<Value> {
    let mut rows: Vec<_> = answer
        .rows
        .iter()
        .map(|row| {
            let (browser, os) = (word(v, Dimension::Browser, row.keys[0]), word(v, Dimension::Os, row.keys[1]));
            (Reverse(row.parts.visitors), browser, os)
        })
        .collect();
    rows.sort();
    rows.iter().map(|(visitors, browser, os)| json!([**browser, **os, visitors.0])).collect()
}

/// Items with bookmarks, likes and downloads, most bookmarks first.
fn acted_on(v: &Vocabulary, answer: &RawAnswer) -> Vec<Value> {
    let actions = ["bookmark", "like", "download"].map(|name| v.lookup(Dimension::Event, name));
    let mut counts: Vec<[u64; 3]> = vec![[0; 3]; v.len(Dimension::Item)];
    for row in &answer.rows {
        let [Key::Term(item), Key::Term(action)] = row.keys[..] else { continue };
        if let Some(at) = actions.iter().position(|known| *known == Some(action)) {
            counts[item.0 as usize][at] += row.parts.events;
        }
    }
    let mut order: Vec<(Reverse<u64>, u32)> = (0u32..).zip(&counts).map(|(item, c)| (Reverse(c[0]), item)).collect();
    if order.len() > 50 {
        let (_, last, _) = order.select_nth_unstable(50);
        let least = last.0;
        order.retain(|(bookmarks, _)| *bookmarks <= least);
    }
    let mut rows: Vec<_> = order
        .into_iter()
        .map(|(bookmarks, item)| (bookmarks, word(v, Dimension::Item, Key::Term(Term(item))), counts[item as usize]))
        .collect();
    rows.sort();
    rows.iter().take(50).map(|(_, item, counts)| json!([**item, counts])).collect()
}
