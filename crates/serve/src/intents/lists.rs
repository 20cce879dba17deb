//! Items of the catalogue that an intent asks for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use outis_personal::catalogue::{Catalogue, Item};
use outis_personal::intent::SlotType;
use serde_json::{Value, json};

use super::Shared;
use super::order::Order;
use super::whom::{Asker, Whom};
use crate::api::error::ApiError;
use crate::people::whose::failed;

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
        let items: Vec<Value> = found.into_iter().map(|item| told(item, &[])).collect();
        answer(items, "nothing in the catalogue has these words and tags")
    });
    Ok(found.await.map_err(anyhow::Error::from)?)
}

/// The newest items of the tags that were named, or of those that the member follows.
pub(super) async fn recommend(core: &Shared, asker: &Asker, order: &Order<'_>) -> Result<Value, ApiError> {
    let named: BTreeSet<String> = order.texts(SlotType::Tag).iter().map(|tag| (*tag).to_owned()).collect();
    let (tags, why) = match &asker.whom {
        Whom::Member(whose) if named.is_empty() => {
            let active = whose.member_or_new(core).await?;
            (active.stated().map_err(failed)?.tags, "tag_followed")
        }
        _ => (named, "tag_named"),
    };
    let (catalogue, now) = (core.catalogues.of(asker.site.site().id), instant(core));
    let found = tokio::task::spawn_blocking(move || {
        let of = |item: &Item| tags.iter().filter(|tag| has(&catalogue, item, tag)).cloned().collect::<Vec<_>>();
        let found = newest(&catalogue, |item| item.shown_at(now) && !of(item).is_empty());
        let reasons = |item: &Item| of(item).iter().map(|tag| json!({ "kind": why, "tag": tag })).collect::<Vec<_>>();
        let items: Vec<Value> = found.into_iter().map(|item| told(item, &reasons(item))).collect();
        answer(items, "no tag was named and none is followed, or nothing in the catalogue has it")
    });
    Ok(found.await.map_err(anyhow::Error::from)?)
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

fn told(item: &Item, reasons: &[Value]) -> Value {
    let mut told = json!({ "id": item.id, "title": item.title, "url": item.url, "tags": item.tags, "kind": item.kind });
    if !reasons.is_empty() {
        told["reasons"] = json!(reasons);
    }
    told
}

/// A list, or why it is empty.
fn answer(items: Vec<Value>, otherwise: &str) -> Value {
    match items.is_empty() {
        true => json!({ "items": items, "note": otherwise }),
        false => json!({ "items": items }),
    }
}
