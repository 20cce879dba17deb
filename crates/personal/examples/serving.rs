//! How long one list takes with 20,000 items of made-up members: `serving [ITEMS] [LISTS] [RUNS]`. One thread; no data is
//! needed. Of each run the percentiles are told, so that the least of them tells of a machine with less other work.

use std::sync::Arc;
use std::time::Instant;

use outis_personal::catalogue::Catalogue;
use outis_personal::matrix::{Contribution, Matrix};
use outis_personal::serve::{Filter, Index, Logic, Placement, Request, Rule, Rules, Selector, Sources, recommend};
use outis_personal::similar::{Changes, PairKey, Publication, Similar};
use outis_personal::tune::{Input, Limits, learn};
use serde_json::{Value, json};

const MEMBERS: usize = 3_000;
const TOPICS: usize = 50;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1).map_while(|arg| arg.parse::<usize>().ok());
    let (items, lists, runs) = (args.next().unwrap_or(20_000), args.next().unwrap_or(10_000), args.next().unwrap_or(1));
    fastrand::seed(7);
    let catalogue = catalogue(items)?;
    let members: Vec<Contribution> = (0..MEMBERS).map(|_| Contribution::drawn(likes(items))).collect();
    let matrix = Matrix::of(&members)?;
    let tagging = Arc::new(catalogue.tagging());
    let input = Input { matrix: &matrix, members: &members, tagging: &tagging, counts: &[] };
    let started = Instant::now();
    let model = learn(&input, &Limits { most_size: 5_000, search_size: 1_500, ..Limits::default() }, 1)?;
    let learn_s = started.elapsed().as_secs_f64();
    let mut similar = Similar::default();
    let changes = Changes { members: MEMBERS as u32, ..Changes::default() };
    similar.batch(&matrix, changes, Publication::default(), &PairKey::new(&[1; 32]));
    let started = Instant::now();
    let index = Index::new(&catalogue, &model);
    let index_ms = started.elapsed().as_secs_f64() * 1e3;
    let sources =
        Sources { catalogue: &catalogue, model: &model, similar: &similar, index: &index, trending: &[3, 5, 8] };
    let mut results = serde_json::Map::new();
    for logic in [Logic::ForYou, Logic::Similar, Logic::Trending, Logic::Latest] {
        let took = (0..runs).map(|_| measure(&sources, logic, lists)).collect::<anyhow::Result<Vec<_>>>()?;
        results.insert(serde_json::to_value(logic)?.as_str().unwrap_or_default().to_owned(), json!(took));
    }
    let report = model.report();
    let all = json!({
        "items": items, "tags": tagging.tags(), "members": MEMBERS, "tier": report.tier, "weights": report.weights,
        "model_mib": model.bytes() >> 20, "learn_s": learn_s, "index_ms": index_ms, "lists": results,
    });
    #[expect(clippy::print_stdout, reason = "this is what it is for")]
    {
        println!("{all:#}");
    }
    Ok(())
}

/// Some thirty items, most of them of one topic, rarer ones less often.
fn likes(items: usize) -> Vec<u32> {
    let topic = fastrand::usize(..TOPICS);
    let like = |_| {
        let rank = (items as f64 * fastrand::f64() * fastrand::f64()) as usize;
        let item = if fastrand::u8(..10) < 8 { rank / TOPICS * TOPICS + topic } else { rank };
        item.min(items - 1) as u32
    };
    (0..10 + fastrand::usize(..40)).map(like).collect()
}

fn catalogue(items: usize) -> anyhow::Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    for item in 0..items {
        let mut tags: Vec<String> = (0..4).map(|_| format!("tag {}", fastrand::usize(..2_000))).collect();
        tags.push(format!("topic/{}", item % TOPICS));
        let line = json!({
            "id": item.to_string(), "title": format!("Item {item}"), "kind": if item % 3 == 0 { "book" } else { "film" },
            "tags": tags,
            "published": if item % 100 == 0 { "2026-11-28T00:00:00Z" } else { "2026-01-01T00:00:00Z" },
        });
        anyhow::ensure!(catalogue.load(line.to_string().as_bytes()).taken == 1, "an item is refused");
    }
    Ok(catalogue)
}

/// Milliseconds of lists of twenty with rules, diversity, new items and reasons.
fn measure(sources: &Sources<'_>, logic: Logic, lists: usize) -> anyhow::Result<Value> {
    let tagging = sources.model.tagging();
    let rules = vec![
        Rule::Pin { item: 7, rank: 3 },
        Rule::Boost { what: Selector::Tag(0), factor: 1.5 },
        Rule::Exclude(Selector::Item(9)),
    ];
    let rules = Rules::declare(rules, tagging)?;
    let placement = Placement { number: 16, variant: 0, logic, rules, diversity: 0.2, explore: 0.1 };
    let filter = Filter::default();
    let now = jiff::Timestamp::from_second(1_796_000_000)?;
    let profiles: Vec<(Vec<u32>, Vec<u32>)> = (0..500)
        .map(|_| (Contribution::drawn(likes(tagging.items())).items().to_vec(), vec![fastrand::u32(..500)]))
        .collect();
    let mut took_ms = Vec::with_capacity(lists);
    for n in 0..lists {
        let (liked, tags) = &profiles[n % profiles.len()];
        let context = Some(fastrand::u32(..tagging.items() as u32));
        let request = Request { liked, tags, context, chance: n as u64, ..Request::new(&filter, 20, now) };
        let started = Instant::now();
        let list = recommend(sources, &placement, &request);
        took_ms.push(started.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(!list.items.is_empty(), "an empty list");
    }
    took_ms.sort_by(f64::total_cmp);
    let at = |share: f64| took_ms[(share * (lists - 1) as f64) as usize];
    Ok(json!({ "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1.0), "of": lists }))
}
