//! The question set, asked of the warehouse as the insight interface would ask it.

use std::cmp::Reverse;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{Dimension, Space, Span, Term, Vocabulary};
use outis_insight::behaviour::{
    About, Behaviour, Cell, Direction, Funnel, Histogram, Journeys, Order, RawTable, Retention, Slice, Stop, Tally,
};
use outis_insight::{DayRange, EventFilter, Filter, Group, Interval, Key, Metric, Query, RawAnswer, RawRow, TermSet};
use outis_warehouse::Warehouse;
use serde_json::{Value, json};

use crate::generate::{DAYS, SECTIONS, first_day};
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

const QUESTIONS: [Question; 13] = [
    Question { name: "totals", put: Put::Counts { query: totals, told: numbers } },
    Question { name: "bounce", put: Put::Counts { query: bounce, told: numbers } },
    Question { name: "daily", put: Put::Counts { query: daily, told: days } },
    Question { name: "pages", put: Put::Counts { query: pages, told: top_pages } },
    Question { name: "sources", put: Put::Counts { query: sources, told: top_sources } },
    Question { name: "filtered", put: Put::Counts { query: filtered, told: crossed } },
    Question { name: "items", put: Put::Counts { query: items, told: acted_on } },
    Question { name: "crossed", put: Put::Counts { query: by_item_and_browser, told: top_crossed } },
    Question { name: "wide", put: Put::Counts { query: by_page_item_and_browser, told: top_wide } },
    Question { name: "funnel", put: Put::Order { behaviour: funnel, told: by_device } },
    Question { name: "retention", put: Put::Order { behaviour: retention, told: weeks } },
    Question { name: "visits", put: Put::Order { behaviour: visits, told: classes_and_hours } },
    Question { name: "paths", put: Put::Order { behaviour: paths, told: flows } },
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
        "first_week": first_day().week(),
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
    let rows = timed(world, &world.warehouse_of_rows().await?, question, runs).await?;
    tell(format_args!(
        "outis: {:10} {:8.1} ms, {:8.1} ms CPU; cold {:.1} ms",
        question.name, rows.wall_ms, rows.cpu_ms, rows.cold_ms
    ));
    let mut told = json!({
        "name": question.name, "wall_ms": rows.wall_ms, "cpu_ms": rows.cpu_ms, "cold_wall_ms": rows.cold_ms,
        "answer": rows.answer,
    });
    if let Put::Counts { query, .. } = &question.put
        && query(&world.warehouse().await?.vocabulary(SITE)).filter.is_all()
    {
        let counts = timed(world, &world.warehouse().await?, question, runs).await?;
        anyhow::ensure!(counts.answer == rows.answer, "{}: day counts tell something else than rows", question.name);
        tell(format_args!(
            "outis: {:10} {:8.2} ms, {:8.2} ms CPU; cold {:.1} ms, with day counts",
            question.name, counts.wall_ms, counts.cpu_ms, counts.cold_ms
        ));
        told["counts"] = json!({ "wall_ms": counts.wall_ms, "cpu_ms": counts.cpu_ms, "cold_wall_ms": counts.cold_ms });
    }
    Ok(told)
}

/// Medians of some runs, and the first run.
struct Timed {
    wall_ms: f64,
    cpu_ms: f64,
    cold_ms: f64,
    answer: Vec<Value>,
}

async fn timed(world: &World, warehouse: &Warehouse, question: &Question, runs: usize) -> anyhow::Result<Timed> {
    // As after a start: nothing of the files is in memory.
    machine::forget_pages(&world.dir);
    let (cold, mut answer) = once(warehouse, question).await?;
    let mut warm = Vec::new();
    for _ in 0..runs.max(1) {
        let (time, told) = once(warehouse, question).await?;
        warm.push(time);
        answer = told;
    }
    let (wall, cpu): (Vec<f64>, Vec<f64>) = warm.into_iter().unzip();
    Ok(Timed { wall_ms: median(wall), cpu_ms: median(cpu), cold_ms: cold.0, answer })
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
        range: DayRange { from: first_day(), to: first_day().plus(DAYS - 1), slots: None },
        filter,
        metrics: metrics.to_vec(),
        groups: groups.to_vec(),
        pageview: name("pageview"),
        engagement: name("engagement"),
        cap_milli: None,
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

/// As many groups as there are items times browsers.
fn by_item_and_browser(v: &Vocabulary) -> Query {
    let filter = is(v, Dimension::Event, &["click", "download", "like", "bookmark"]);
    query(v, &[Metric::Visitors], &[Dimension::Item, Dimension::Browser].map(Group::Dimension), filter)
}

/// Nearly as many groups as rows: they do not fit memory.
fn by_page_item_and_browser(v: &Vocabulary) -> Query {
    let groups = [Dimension::Page, Dimension::Item, Dimension::Browser].map(Group::Dimension);
    query(v, &[Metric::Visitors], &groups, Filter::ALL)
}

fn behaviour(v: &Vocabulary, about: About) -> Behaviour {
    Behaviour { base: query(v, &[], &[], Filter::ALL), about, narrowed: Vec::new(), following: None }
}

/// Members by the week they first came in.
fn retention(v: &Vocabulary) -> Behaviour {
    behaviour(v, About::Retention(Retention { by_day: false, action: None }))
}

fn visits(v: &Vocabulary) -> Behaviour {
    behaviour(v, About::Visits)
}

/// From section to section.
fn paths(v: &Vocabulary) -> Behaviour {
    let pages = v.words(Space::of(Dimension::Page));
    let section = |name: &str| {
        let of = |path: &str| path.split('/').nth(1) == Some(name);
        TermSet::of(pages.iter().filter(|(_, path)| of(path)).map(|(term, _)| *term))
    };
    behaviour(
        v,
        About::Journeys(Journeys {
            direction: Direction::Forward(None),
            pages: true,
            events: false,
            depth: 3,
            collapse_repeats: true,
            page_groups: SECTIONS.iter().map(|name| section(name)).collect(),
        }),
    )
}

/// Weeks behind the first one that rows may reach into.
const WEEKS: i32 = 5;

/// How many of those who came in the first week came in each of the next.
fn weeks(_: &Vocabulary, table: &RawTable) -> Vec<Value> {
    let first = first_day().week();
    let cohort = u32::try_from(first).unwrap_or(0);
    let came = |at| table.of(&Cell::Retained { cohort, span: Span::Week, at }).count;
    let later = (first + 1..=first + WEEKS).map(|at| json!([came(at)]));
    [json!([table.of(&Cell::Cohort(cohort)).count])].into_iter().chain(later).collect()
}

/// Visits by page views and by length, and visitors by day of the week and hour.
fn classes_and_hours(_: &Vocabulary, table: &RawTable) -> Vec<Value> {
    let mut told = Vec::new();
    for of in [Histogram::PageViews, Histogram::Duration] {
        for (at, from) in (0u8..).zip(of.classes()) {
            let count = table.of(&Cell::Class(of, at)).count;
            told.extend((count > 0).then(|| json!([from, count])));
        }
    }
    for (weekday, hour) in (0..7).flat_map(|weekday| (0..24).map(move |hour| (weekday, hour))) {
        let count = table.of(&Cell::Hour { weekday, hour }).count;
        told.extend((count > 0).then(|| json!([weekday, hour, count])));
    }
    told
}

/// Where visits go from their first and second section.
fn flows(_: &Vocabulary, table: &RawTable) -> Vec<Value> {
    let section = |stop: Stop| match stop {
        Stop::Group(at) => SECTIONS[usize::from(at)],
        _ => "",
    };
    let flow = |(cell, tally): (&Cell, &Tally)| match cell {
        Cell::Flow { column, from, to: Some(to) } => Some((*column, section(*from), section(*to), tally.count)),
        _ => None,
    };
    let mut flows: Vec<_> = table.cells.iter().filter_map(flow).collect();
    flows.sort_unstable();
    flows.into_iter().map(|(column, from, to, count)| json!([column, from, to, count])).collect()
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

fn top_crossed(v: &Vocabulary, answer: &RawAnswer) -> Vec<Value> {
    top_of(v, [Dimension::Item, Dimension::Browser], answer)
}

fn top_wide(v: &Vocabulary, answer: &RawAnswer) -> Vec<Value> {
    top_of(v, [Dimension::Page, Dimension::Item, Dimension::Browser], answer)
}

/// The rows of several groups with most visitors; of equals those first whose words are first. What is told together
/// is none of them.
fn top_of<const N: usize>(v: &Vocabulary, dimensions: [Dimension; N], answer: &RawAnswer) -> Vec<Value> {
    let is_told_apart = |row: &&RawRow| !row.keys.contains(&Key::Term(Term::RARE));
    let mut rows: Vec<&RawRow> = answer.rows.iter().filter(is_told_apart).collect();
    let most = |row: &&RawRow| Reverse(row.parts.visitors);
    if rows.len() > 1_000 {
        let (_, last, _) = rows.select_nth_unstable_by_key(100, most);
        let least = last.parts.visitors;
        rows.retain(|row| row.parts.visitors >= least);
    }
    let words = |row: &RawRow| -> Vec<Arc<str>> {
        dimensions.iter().zip(&row.keys).map(|(dimension, key)| word(v, *dimension, *key)).collect()
    };
    let mut rows: Vec<_> = rows.into_iter().map(|row| (most(&row), words(row))).collect();
    rows.sort();
    let told = |(visitors, words): &(Reverse<u64>, Vec<Arc<str>>)| {
        let words = words.iter().map(|word| json!(**word));
        Value::Array(words.chain([json!(visitors.0)]).collect())
    };
    rows.iter().take(100).map(told).collect()
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
