//! Items of the catalogue that an intent asks for.

use jiff::Timestamp;
use outis_personal::catalogue::{Catalogue, Item};
use outis_personal::intent::SlotType;
use serde_json::{Value, json};

use super::Shared;
use super::order::Order;
use super::whom::{Asker, Whom};
use crate::api::error::ApiError;
use crate::core::models::{Filtered, Wish};
use crate::suggest;

/// Items that are told.
const MOST: usize = 10;

/// Items with the words and of all the tags that were named.
pub(super) async fn find(core: &Shared, asker: &Asker, order: &Order<'_>) -> Result<Value, ApiError> {
    let words = order.texts(SlotType::Choice).join(" ");
    let tags: Vec<String> = order.texts(SlotType::Tag).iter().map(|tag| (*tag).to_owned()).collect();
    let (catalogue, now) = (core.catalogues.of(asker.site.site().id), instant(core));
    let found = tokio::task::spawn_blocking(move || {
        let fits = |item: &Item| item.shown_at(now) && tags.iter().all(|tag| has(&catalogue, item, tag));
        let found: Vec<&Item> = match words.is_empty() {
            true if tags.is_empty() => Vec::new(),
            true => newest(&catalogue, fits),
            false => {
                catalogue.find(&words, fits, MOST).into_iter().filter_map(|number| catalogue.item(number)).collect()
            }
        };
        let items: Vec<Value> = found.into_iter().map(told).collect();
        answer(items, "nothing in the catalogue has these words and tags")
    });
    Ok(found.await.map_err(anyhow::Error::from)?)
}

/// What the server recommends to a member, or by the tags that were named; of these tags only, if any were.
pub(super) async fn recommend(core: &Shared, asker: &Asker, order: &Order<'_>) -> Result<Value, ApiError> {
    let tags: Vec<String> = order.texts(SlotType::Tag).iter().map(|tag| (*tag).to_owned()).collect();
    let known = match &asker.whom {
        Whom::Member(whose) => suggest::wish(core, whose).await?,
        Whom::Program { .. } | Whom::Staff { .. } => Wish::default(),
    };
    // Tags that are named with the request are used for it, whatever was agreed to.
    let wish = match tags.is_empty() {
        true => known,
        false => Wish { tags: [tags.clone(), known.tags].concat(), not_agreed: false, ..known },
    };
    let wish = Wish { limit: Some(MOST), filter: Filtered { tags, ..Filtered::default() }, ..wish };
    let told = core.models.recommend(asker.site.site().id, &wish).await?;
    Ok(serde_json::to_value(told).map_err(anyhow::Error::from)?)
}

fn instant(core: &Shared) -> Timestamp {
    Timestamp::from_millisecond(core.clock.now().0).unwrap_or_default()
}

/// An item has a tag, or one below it.
fn has(catalogue: &Catalogue, item: &Item, tag: &str) -> bool {
    let meant = catalogue.tag(tag).and_then(|number| catalogue.tag_name(number));
    let Some(meant) = meant else { return false };
    item.tags.iter().any(|own| own.strip_prefix(meant).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn newest(catalogue: &Catalogue, fits: impl Fn(&Item) -> bool) -> Vec<&Item> {
    let mut found: Vec<(u32, &Item)> = catalogue.items().filter(|(_, item)| fits(item)).collect();
    found.sort_by_key(|(number, item)| std::cmp::Reverse((item.published, *number)));
    found.into_iter().take(MOST).map(|(_, item)| item).collect()
}

fn told(item: &Item) -> Value {
    json!({ "id": item.id, "title": item.title, "url": item.url, "tags": item.tags, "kind": item.kind })
}

/// A list, or why it is empty.
fn answer(items: Vec<Value>, otherwise: &str) -> Value {
    match items.is_empty() {
        true => json!({ "items": items, "note": otherwise }),
        false => json!({ "items": items }),
    }
}
