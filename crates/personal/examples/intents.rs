//! Measures the intent engine on data sets of `seq.in` and `label` files in `train`, `valid` and `test`.
//!
//! `intents DIR PART WHAT [KEY=VALUE ...]`: PART is `valid` or `test`. WHAT is `accuracy`; or `latency`; or `scope`, which
//! leaves out each group of intents in turn (what stands before the first `_`; else the intent) and asks for its texts; or
//! `choose`, accuracy by five folds of `train` alone. Keys are those of [`Training`], and `directory`: where embeddings lie,
//! in a build with them. Writes JSON.
#![expect(clippy::print_stdout, reason = "results are for the person at the terminal")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use jiff::ZonedDateTime;
use jiff::civil::date;
use jiff::tz::TimeZone;
use outis_personal::intent::{Catalogue, Decision, Definitions, Embedding, Engine, Intent, Model, Training};
use serde_json::{Value, json};

type Part = Vec<(String, String)>;

/// How and with what is learnt.
struct Learning {
    training: Training,
    embedding: Option<Embedding>,
}

/// How often each text is interpreted to see how long that takes.
const RUNS: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, part, what, rest @ ..] = arguments.as_slice() else {
        return Err("usage: intents DIR valid|test accuracy|latency|scope|choose [KEY=VALUE ...]".into());
    };
    let learning = learning(rest)?;
    let (train, test) = (read(&Path::new(dir).join("train"))?, read(&Path::new(dir).join(part))?);
    let result = match what.as_str() {
        "accuracy" => accuracy(&train, &test, &learning)?,
        "choose" => choose(&train, &learning)?,
        "scope" => scope(&train, &test, &learning)?,
        "latency" => latency(&train, &test, &learning)?,
        _ => return Err("what is measured is accuracy, latency, scope or choose".into()),
    };
    println!("{result:#}");
    Ok(())
}

fn learning(arguments: &[String]) -> Result<Learning, Box<dyn Error>> {
    let mut embedding = None;
    let mut training = Training { threads: 2, ..Training::default() };
    for argument in arguments {
        let (key, value) = argument.split_once('=').ok_or("options are KEY=VALUE")?;
        match key {
            "cost" => training.cost = value.parse()?,
            "words" => training.words = value.parse()?,
            "chars" => training.chars = value.parse()?,
            "embedding" => training.embedding = value.parse()?,
            "tolerance" => training.tolerance = value.parse()?,
            "least" => training.least = value.parse()?,
            "folds" => training.folds = value.parse()?,
            "reject" => training.reject = value.parse()?,
            "threads" => training.threads = value.parse()?,
            "directory" => embedding = Some(Embedding::open(Path::new(value))?),
            _ => return Err("options are the fields of Training, and directory".into()),
        }
    }
    Ok(Learning { training, embedding })
}

/// Texts with their intents.
fn read(dir: &Path) -> Result<Part, Box<dyn Error>> {
    let lines = |name: &str| std::fs::read_to_string(dir.join(name)).map_err(|error| format!("{name}: {error}"));
    let (texts, labels) = (lines("seq.in")?, lines("label")?);
    let trimmed = |line: &str| line.trim().to_owned();
    Ok(texts.lines().map(trimmed).zip(labels.lines().map(trimmed)).collect())
}

fn definitions(part: &[(String, String)]) -> Definitions {
    let mut intents: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut owner: BTreeMap<String, &str> = BTreeMap::new();
    for (text, label) in part {
        // Some texts are there under two intents; the first keeps them.
        let normal: String =
            text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        if *owner.entry(normal).or_insert(label) == label {
            let escaped = text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
            intents.entry(label).or_default().insert(escaped);
        }
    }
    let intent = |(name, examples): (&str, BTreeSet<String>)| Intent {
        name: name.to_owned(),
        examples: examples.into_iter().collect(),
        ..Intent::default()
    };
    Definitions { intents: intents.into_iter().map(intent).collect(), ..Definitions::default() }
}

fn now() -> Result<ZonedDateTime, Box<dyn Error>> {
    Ok(date(2026, 11, 30).at(12, 0, 0, 0).to_zoned_datetime(TimeZone::UTC)?)
}

fn engine(train: &[(String, String)], learning: &Learning) -> Result<(Engine, f64), Box<dyn Error>> {
    let definitions = definitions(train);
    let begin = Instant::now();
    let model = Model::train_with(&definitions, &learning.training, learning.embedding.as_ref())?;
    let seconds = begin.elapsed().as_secs_f64();
    Ok((Engine::new(model, Catalogue::default()), seconds))
}

fn accuracy(train: &Part, test: &Part, learning: &Learning) -> Result<Value, Box<dyn Error>> {
    let (engine, seconds) = engine(train, learning)?;
    let now = now()?;
    let (mut right, mut rejected, mut clarified, mut accepted_right, mut accepted) = (0, 0, 0, 0, 0);
    let mut bins = [(0.0_f64, 0.0_f64, 0_u32); 10];
    for (text, label) in test {
        let ranking = engine.ranking(text, &now)?;
        let best = ranking.first();
        let is_right = best.is_some_and(|best| best.intent == label);
        right += usize::from(is_right);
        if let Some(best) = best {
            let bin = &mut bins[((best.confidence * 10.0) as usize).min(9)];
            *bin = (bin.0 + f64::from(best.confidence), bin.1 + f64::from(u8::from(is_right)), bin.2 + 1);
        }
        match engine.interpret(text, &now)?.decision {
            Decision::OutOfScope => rejected += 1,
            Decision::Clarify => clarified += 1,
            Decision::Accepted => {
                accepted += 1;
                accepted_right += usize::from(is_right);
            }
        }
    }
    let calibration: f64 = bins.iter().map(|(sum, right, _)| (sum - right).abs()).sum::<f64>() / test.len() as f64;
    let of = |count: usize| 100.0 * count as f64 / test.len() as f64;
    Ok(json!({
        "texts": test.len(),
        "accuracy": of(right),
        "accepted": of(accepted),
        "accuracy_accepted": 100.0 * accepted_right as f64 / accepted as f64,
        "clarified": of(clarified),
        "rejected": of(rejected),
        "calibration_error": 100.0 * calibration,
        "training_s": seconds,
        "model_bytes": engine.model().to_bytes().len(),
        "features": engine.model().features(),
    }))
}

/// How long texts take, and one of the greatest length.
fn latency(train: &Part, test: &Part, learning: &Learning) -> Result<Value, Box<dyn Error>> {
    let (engine, seconds) = engine(train, learning)?;
    let now = now()?;
    let texts: Vec<&str> = test.iter().map(|(text, _)| text.as_str()).collect();
    let longest: String = texts.join(" ").chars().take(1_000).collect();
    Ok(json!({
        "training_s": seconds,
        "texts_us": took(&engine, &texts, &now)?,
        "longest_us": took(&engine, &[longest.as_str(); 1_000], &now)?,
    }))
}

/// Microseconds of single interpretations, each text once a run: percentiles of every run, ascending.
fn took(engine: &Engine, texts: &[&str], now: &ZonedDateTime) -> Result<Value, Box<dyn Error>> {
    let (mut middle, mut slow) = (Vec::with_capacity(RUNS), Vec::with_capacity(RUNS));
    for _ in 0..RUNS {
        let mut micros = Vec::with_capacity(texts.len());
        for text in texts {
            let begin = Instant::now();
            std::hint::black_box(engine.interpret(text, now)?);
            micros.push(begin.elapsed().as_secs_f64() * 1e6);
        }
        middle.push(quantile(&mut micros, 0.5));
        slow.push(quantile(&mut micros, 0.99));
    }
    middle.sort_by(f64::total_cmp);
    slow.sort_by(f64::total_cmp);
    Ok(json!({ "p50": middle, "p99": slow, "of": texts.len() }))
}

fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * q) as usize]
}

fn choose(train: &Part, learning: &Learning) -> Result<Value, Box<dyn Error>> {
    let training = Training { folds: 2, ..learning.training };
    let (now, learning) = (now()?, Learning { training, embedding: learning.embedding.clone() });
    let mut right = 0;
    for fold in 0..5 {
        let pick =
            |out: bool| train.iter().enumerate().filter(move |(at, _)| (at % 5 == fold) == out).map(|(_, one)| one);
        let (engine, _) = engine(&pick(false).cloned().collect::<Vec<_>>(), &learning)?;
        for (text, label) in pick(true) {
            right += usize::from(engine.ranking(text, &now)?.first().is_some_and(|best| best.intent == label));
        }
    }
    Ok(json!({ "accuracy": share(right, train.len()) }))
}

fn scope(train: &Part, test: &Part, learning: &Learning) -> Result<Value, Box<dyn Error>> {
    let group = |label: &str| label.split('_').next().unwrap_or_default().to_owned();
    let groups: BTreeSet<String> = train.iter().map(|(_, label)| group(label)).collect();
    let now = now()?;
    let mut told = Vec::new();
    let (mut inside, mut inside_rejected, mut outside, mut outside_rejected) = (0, 0, 0, 0);
    for left_out in groups {
        let kept: Part = train.iter().filter(|(_, label)| group(label) != left_out).cloned().collect();
        let (engine, _) = engine(&kept, learning)?;
        let mut counts = [[0_usize; 2]; 2];
        for (text, label) in test {
            let rejected = engine.interpret(text, &now)?.decision == Decision::OutOfScope;
            counts[usize::from(group(label) == left_out)][usize::from(rejected)] += 1;
        }
        let [[kept_in, lost], [missed, found]] = counts;
        inside += kept_in + lost;
        inside_rejected += lost;
        outside += missed + found;
        outside_rejected += found;
        told.push(json!({ "left_out": left_out, "texts": missed + found, "recall": share(found, missed + found),
            "rejected_in_scope": share(lost, kept_in + lost) }));
    }
    Ok(json!({
        "recall": share(outside_rejected, outside),
        "rejected_in_scope": share(inside_rejected, inside),
        "mean_recall": told.iter().filter_map(|one| one["recall"].as_f64()).sum::<f64>() / told.len() as f64,
        "groups": told,
    }))
}

fn share(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}
