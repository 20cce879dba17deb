//! How long one recommendation takes, from a request to a list with reasons.

use std::sync::Arc;
use std::time::Instant;

use outis_personal::catalogue::Catalogue;
use outis_personal::model::Model;
use outis_personal::serve::{Filter, Index, Logic, Placement, Request, Rules, Sources, recommend};
use outis_personal::similar::Similar;
use outis_personal::tune::Held;
use serde_json::{Value, json};

use super::sets::Set;

const ASKED: usize = 3_000;

/// Milliseconds of a list of twenty with diversity and new items, on one core.
pub(crate) fn measure(model: &Model, set: &Set, held: &[Held]) -> anyhow::Result<Value> {
    let catalogue = catalogue(set)?;
    let model = model.with_tags(Arc::new(catalogue.tagging()));
    let (similar, filter) = (Similar::default(), Filter::default());
    let index = Index::new(&catalogue, &model);
    let sources = Sources { catalogue: &catalogue, model: &model, similar: &similar, index: &index, trending: &[] };
    let rules = Rules::default();
    let placement = Placement { number: 1, variant: 0, logic: Logic::ForYou, rules, diversity: 0.2, explore: 0.1 };
    let now = jiff::Timestamp::from_second(1_796_000_000)?;
    let mut took_ms = Vec::with_capacity(ASKED);
    for n in 0..ASKED {
        let given = &held[n % held.len()].given;
        let request = Request { liked: given, chance: n as u64, ..Request::new(&filter, 20, now) };
        let started = Instant::now();
        let list = recommend(&sources, &placement, &request);
        took_ms.push(started.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(list.items.len() == 20, "a short list");
    }
    took_ms.sort_by(f64::total_cmp);
    let at = |share: f64| took_ms[(share * (ASKED - 1) as f64) as usize];
    Ok(json!({"items": catalogue.len(), "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1.0), "of": ASKED}))
}

fn catalogue(set: &Set) -> anyhow::Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    for (item, tags) in set.tags.iter().enumerate() {
        // A catalogue takes 64 tags of an item.
        let tags: Vec<String> = tags.iter().take(64).map(|tag| format!("tag {tag}")).collect();
        let line = json!({
            "id": item.to_string(), "title": format!("Item {item}"), "tags": tags,
            "published": if item % 100 == 0 { "2026-11-28T00:00:00Z" } else { "2026-01-01T00:00:00Z" },
        });
        let loaded = catalogue.load(line.to_string().as_bytes());
        anyhow::ensure!(loaded.taken == 1, "an item is refused: {:?}", loaded.reasons);
    }
    Ok(catalogue)
}
