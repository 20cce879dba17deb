//! The demo's catalogue: every article, course and download with a title, so that lists and searches have something to show.

use std::collections::BTreeMap;

use anyhow::Context;
use outis_event::SiteId;
use outis_personal::catalogue::{Catalogue, Upload};
use serde_json::{Value, json};

use super::content::{Content, Item};
use crate::control::Changed;
use crate::core::Core;

/// Tags that mean another.
const SYNONYMS: [(&str, &str); 4] =
    [("cartography", "maps"), ("coding", "programming"), ("data", "statistics"), ("oa", "open-access")];

/// Fills the site's catalogue, if nothing was ever in it.
pub(super) async fn fill(core: &Core, site: SiteId) -> anyhow::Result<()> {
    if !core.catalogues.of(site).is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = items().iter().map(Value::to_string).collect();
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
    Ok(())
}

/// Everything the platform offers, as it would be uploaded.
fn items() -> Vec<Value> {
    let content = Content::new();
    let of_kind = |kind: &'static str, items: Vec<Item>| items.into_iter().map(move |item| described(kind, &item));
    let articles = of_kind("article", content.articles);
    articles.chain(of_kind("course", content.courses)).chain(of_kind("download", content.downloads)).collect()
}

fn described(kind: &str, item: &Item) -> Value {
    json!({ "id": item.path, "title": title(item), "url": item.path, "tags": item.tags, "kind": kind, "language": "en" })
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
        let lines: Vec<String> = items().iter().map(Value::to_string).collect();
        let loaded = catalogue.load(lines.join("\n").as_bytes());
        assert_eq!((loaded.taken, loaded.refused), (12 * (10 + 2 + 3), 0));
        catalogue.set_synonyms(SYNONYMS.map(|(a, b)| (a.to_owned(), b.to_owned())).into()).expect("good");
        let found = catalogue.find("open acess for beginners", |_| true, 1);
        assert_eq!(catalogue.item(found[0]).map(|item| item.title.as_str()), Some("Open access for beginners"));
    }
}
