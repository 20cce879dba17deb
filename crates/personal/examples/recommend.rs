//! Measures recommendations on public data sets: `recommend DIR OUT [SIZE]`, `SIZE` being the most rows to invert.
//!
//! `DIR` holds `citeulike-t` or `lastfm-2k` or both. A fifth of the members with at least five items are held back, a fifth
//! of whose items are to be found among all others. Everything is chosen on the other members; the test members are
//! looked at once. What was split is written to `OUT` for peers (`bench/recommend_peers.py`), beside the results.

#[path = "recommend/floors.rs"]
mod floors;
#[path = "recommend/latency.rs"]
mod latency;
#[path = "recommend/sets.rs"]
mod sets;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use outis_personal::matrix::{Contribution, Matrix};
use outis_personal::model::{Model, Profile};
use outis_personal::tagging::Tagging;
use outis_personal::tune::{Held, Input, LIST, Limits, Measure, Metrics, SEED, SHARE, Split, best, hold_back, learn};
use serde_json::{Value, json};

/// The draw of test members.
const TEST_SEED: u64 = 42;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1).map(PathBuf::from);
    let (Some(dir), Some(out)) = (args.next(), args.next()) else {
        anyhow::bail!("usage: recommend DIR OUT [SIZE]");
    };
    let size = args.next().and_then(|size| size.to_str()?.parse().ok()).unwrap_or(Limits::default().most_size);
    std::fs::create_dir_all(&out)?;
    for name in ["lastfm-2k", "citeulike-t"] {
        let at = dir.join(name);
        if !at.is_dir() {
            tell(format_args!("{name}: skipped, {} is not there", at.display()));
            continue;
        }
        let result = run(name, &at, &out, size).with_context(|| name.to_owned())?;
        std::fs::write(out.join(format!("{name}-outis.json")), serde_json::to_string_pretty(&result)?)?;
    }
    Ok(())
}

fn run(name: &str, dir: &Path, out: &Path, most_size: usize) -> anyhow::Result<Value> {
    let set = sets::read(name, dir)?;
    let split = hold_back(&set.members, 0.2, usize::MAX, TEST_SEED);
    let members: Vec<Contribution> = split.learn.iter().map(|items| Contribution::new(items)).collect();
    export(&out.join(format!("{name}-split.json")), &set, &split, &members)?;
    let tagging = Arc::new(Tagging::new(&set.tags, set.tag_count));
    let matrix = Matrix::of(&members)?;
    tell(format_args!(
        "{name}: {} members to learn from, {} to measure on, {} items, {} tags, {} pairs",
        members.len(),
        split.measure.len(),
        tagging.items(),
        tagging.tags(),
        matrix.pairs().count()
    ));
    let limits = Limits { threads: 2, most_size, ..Limits::default() };
    let input = Input { matrix: &matrix, members: &members, tagging: &tagging, counts: &[] };
    let started = Instant::now();
    let model = learn(&input, &limits, 1)?;
    let seconds = started.elapsed().as_secs_f64();
    tell(format_args!("learnt in {seconds:.1} s: {:?}", model.report()));
    let mut result = json!({
        "report": model.report(), "learn_s": seconds, "model_bytes": model.bytes(),
        "matrix_bytes": matrix.to_bytes().len(), "peak_mib": peak_mib(),
    });
    result["test"] = serde_json::to_value(measure(&model, &split.measure))?;
    tell(format_args!("test: {}", result["test"]));
    if tagging.tags() > 0 {
        result["cold"] = cold(&model, &split.measure);
        tell(format_args!("cold: {}", result["cold"]));
    }
    let of_least = |least: u32| (least.to_string(), json!(measure(&model.with_least_members(least), &split.measure)));
    result["least_members"] = Value::Object([0, 2, 3, 5].map(of_least).into_iter().collect());
    tell(format_args!("least members: {}", result["least_members"]));
    result["floors"] = floors::prices(&matrix, &split.measure, tagging.items());
    result["latency"] = latency::measure(&model, &set, &split.measure)?;
    tell(format_args!("floors: {}\nlatency: {}", result["floors"], result["latency"]));
    Ok(result)
}

fn measure(model: &Model, held: &[Held]) -> Metrics {
    let mut measure = Measure::new(model.items());
    for held in held {
        let scores = model.scores(&Profile { liked: &held.given, tags: &[] });
        measure.add(&best(&scores, &held.given, LIST), &held.held_back);
    }
    measure.metrics()
}

/// Members of whom only tags are known: those that weigh most in what they like.
fn cold(model: &Model, held: &[Held]) -> Value {
    let mut results = serde_json::Map::new();
    for stated in [0, 1, 3, 10] {
        let mut measure = Measure::new(model.items());
        for held in held {
            let mut tags = model.tags_of(&held.given, stated);
            tags.sort_unstable();
            let scores = model.scores(&Profile { liked: &[], tags: &tags });
            measure.add(&best(&scores, &held.given, LIST), &held.held_back);
        }
        results.insert(stated.to_string(), json!(measure.metrics()));
    }
    Value::Object(results)
}

/// What peers need to learn, choose and be measured the same way.
fn export(path: &Path, set: &sets::Set, split: &Split<Vec<u32>>, members: &[Contribution]) -> anyhow::Result<()> {
    let inner = hold_back(members, SHARE, Limits::default().most_measured, SEED);
    let held = |held: &[Held]| held.iter().map(|h| json!([h.given, h.held_back])).collect::<Vec<_>>();
    let value = json!({
        "items": set.tags.len(), "tags": set.tags, "tag_count": set.tag_count,
        "learn": split.learn, "test": held(&split.measure),
        "choose_learn": inner.learn.iter().map(Contribution::items).collect::<Vec<_>>(),
        "choose": held(&inner.measure),
    });
    Ok(std::fs::write(path, serde_json::to_string(&value)?)?)
}

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

#[expect(clippy::print_stderr, reason = "progress is for the person at the terminal")]
fn tell(what: std::fmt::Arguments<'_>) {
    eprintln!("{what}");
}
