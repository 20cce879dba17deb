//! The demo's catalogue: every article, course and download with a title, so that lists and searches have something to show.

use std::collections::BTreeMap;

use anyhow::Context;
use outis_event::{Day, SiteId};
use outis_personal::catalogue::{Catalogue, Upload};
use serde_json::{Value, json};

use super::content::{Content, Item};
use crate::control::Changed;
use crate::core::Core;
use crate::core::models::placement::PlacementText;

/// Between two things of a kind that come out.
const DAYS_BETWEEN: i32 = 3;
/// Tags that mean another.
const SYNONYMS: [(&str, &str); 4] =
    [("cartography", "maps"), ("coding", "programming"), ("data", "statistics"), ("oa", "open-access")];

/// The placement of the first page.
pub(super) const PLACEMENT: &str = "home";
/// Its variants, each with the percent of made-up visitors who click on it.
pub(super) const VARIANTS: [(&str, u32); 2] = [("usual", 14), ("varied", 20)];

/// Fills the site's catalogue and declares its placement, if nothing was ever in it. What is newest came out today.
pub(super) async fn fill(core: &Core, site: SiteId, today: Day) -> anyhow::Result<()> {
    if !core.catalogues.of(site).is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = items(today).iter().map(Value::to_string).collect();
    let refused = core
        .catalogues
        .change(site, move |catalogue: &mut Catalogue| {
            let mut upload = Upload::default();
            let items = upload.take(catalogue, lines.join("\n").as_bytes());
            let pairs = SYNONYMS.map(|(synonym, tag)| (synonym.to_owned(), tag.to_owned()));
            catalogue.set_synonyms(BTreeMap::from(pairs))?;
            Ok((upload.end().refused, Changed { items, synonyms: true }))
        })
        .await
        .context("the demo's catalogue")?;
    anyhow::ensure!(refused == 0, "the demo's catalogue is not good");
    declare(core, site).await
}

/// Declares the placement, as an editor would in the dashboard.
async fn declare(core: &Core, site: SiteId) -> anyhow::Result<()> {
    let text: PlacementText = serde_json::from_value(placement()).context("the demo's placement")?;
    let number_before = core.control.save_placement(core.keys.as_ref(), site, PLACEMENT, Some(&text)).await?;
    anyhow::ensure!(!number_before, "the demo's placement is there already");
    let placements = core.control.placements(core.keys.as_ref()).await?.remove(&site).unwrap_or_default();
    core.models.declare(site, placements).await
}

fn placement() -> Value {
    let [usual, varied] = VARIANTS.map(|(name, _)| name);
    json!({
        "name": PLACEMENT,
        "logic": "for_you",
        "rules": [{ "boost": { "tag": "open-access", "factor": 1.5 } }, { "exclude": { "item": "/downloads/health-slides" } }],
        "variants": [{ "name": usual, "share": 50 }, { "name": varied, "share": 50, "diversity": 0.7 }],
    })
}

/// Everything the platform offers, as it would be uploaded.
fn items(today: Day) -> Vec<Value> {
    let content = Content::new();
    let of_kind = |kind: &'static str, items: Vec<Item>| {
        let count = items.len();
        items.into_iter().enumerate().map(move |(at, item)| described(kind, &item, published(today, count - 1 - at)))
    };
    let articles = of_kind("article", content.articles);
    articles.chain(of_kind("course", content.courses)).chain(of_kind("download", content.downloads)).collect()
}

/// One thing of a kind every third day; what is wanted most has been there for long.
fn published(today: Day, after: usize) -> String {
    let days = i32::try_from(after).unwrap_or(0).saturating_mul(DAYS_BETWEEN);
    format!("{}T00:00:00Z", today.plus(-days).date())
}

fn described(kind: &str, item: &Item, published: String) -> Value {
    json!({ "published": published, "id": item.path, "title": title(item), "url": item.path, "tags": item.tags, "kind": kind, "language": "en" })
}

/// A title out of the topic, which is the first tag, and the rest of the path.
fn title(item: &Item) -> String {
    let topic = item.tags.first().copied().unwrap_or_default();
    let name = item.path.rsplit('/').next().unwrap_or_default();
    let form = name.strip_prefix(topic).unwrap_or(name).trim_start_matches('-').replace('-', " ");
    let mut topic = topic.replace('-', " ");
    if let Some(first) = topic.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    match form.as_str() {
        "in ten minutes" | "in practice" | "for beginners" => format!("{topic} {form}"),
        form => format!("{topic}: {form}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_taken_and_found_by_its_title() {
        let mut catalogue = Catalogue::default();
        let lines: Vec<String> = items(Day(20_000)).iter().map(Value::to_string).collect();
        let loaded = catalogue.load(lines.join("\n").as_bytes());
        assert_eq!((loaded.taken, loaded.refused), (12 * (10 + 2 + 3), 0));
        catalogue.set_synonyms(SYNONYMS.map(|(a, b)| (a.to_owned(), b.to_owned())).into()).expect("good");
        let found = catalogue.find("open acess for beginners", |_| true, 1);
        assert_eq!(catalogue.item(found[0]).map(|item| item.title.as_str()), Some("Open access for beginners"));
    }

    #[test]
    fn the_placement_fits_the_catalogue() {
        let mut catalogue = Catalogue::default();
        let lines: Vec<String> = items(Day(20_000)).iter().map(Value::to_string).collect();
        catalogue.load(lines.join("\n").as_bytes());
        let text: PlacementText = serde_json::from_value(placement()).expect("a placement");
        text.check(&catalogue, &catalogue.tagging()).expect("good");
    }
}
