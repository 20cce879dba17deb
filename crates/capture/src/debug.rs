//! What a developer's own test events became, kept in memory for a quarter of an hour.
//!
//! Only events that came with the site's debug token are here: the developer sent them to see what is made of them.

use std::collections::{HashMap, VecDeque};

use outis_disclose::Pii;
use outis_event::{DropReason, Rewrite, SiteId, Timestamp};
use parking_lot::Mutex;
use serde_json::{Map, Value as Json, json};

use crate::intake::Fate;
use crate::wire::told::{Told, Value};

/// Most events of a site.
const MOST_EVENTS: usize = 20;
const LIFE_MS: i64 = 15 * 60_000;
/// Longest text of an event that is kept; what is longer is told as such.
const MAX_TEXT_BYTES: usize = 8_192;

/// The last debug events of all sites. Their texts are wiped when they are dropped.
#[derive(Default)]
pub(crate) struct DebugView {
    sites: Mutex<HashMap<SiteId, VecDeque<Kept>>>,
}

struct Kept {
    at: Timestamp,
    /// JSON of what was told of the event.
    received: Pii<String>,
    /// JSON of what was made of it.
    stored: Json,
}

impl DebugView {
    /// Keeps events with what became of them.
    pub(crate) fn keep(&self, site: SiteId, told: &[Told<'_>], fates: &[Fate], now: Timestamp) {
        self.forget(now);
        let mut sites = self.sites.lock();
        let kept = sites.entry(site).or_default();
        for (told, fate) in told.iter().zip(fates).rev().take(MOST_EVENTS).rev() {
            if kept.len() >= MOST_EVENTS {
                kept.pop_front();
            }
            kept.push_back(Kept { at: now, received: received(told), stored: stored(fate) });
        }
    }

    /// The events of a site as `{received, stored}`, oldest first. For staff of the site and nobody else.
    pub(crate) fn recent(&self, site: SiteId, now: Timestamp) -> Vec<Json> {
        self.forget(now);
        let sites = self.sites.lock();
        let event = |kept: &Kept| {
            let text = kept.received.expose("the developer's own test event, for the debug view");
            json!({ "received": serde_json::from_str::<Json>(text).unwrap_or(Json::Null), "stored": kept.stored })
        };
        sites.get(&site).into_iter().flatten().map(event).collect()
    }

    /// Drops everything of a site.
    pub(crate) fn forget_site(&self, site: SiteId) {
        self.sites.lock().remove(&site);
    }

    /// Drops what is too old.
    pub(crate) fn forget(&self, now: Timestamp) {
        let mut sites = self.sites.lock();
        sites.retain(|_, kept| {
            kept.retain(|kept| now.0.saturating_sub(kept.at.0) < LIFE_MS);
            !kept.is_empty()
        });
    }
}

/// What was told, by key; nothing of the connection (address, user agent) is in it.
fn received(told: &Told<'_>) -> Pii<String> {
    let mut all = Map::new();
    let mut put = |key: &str, value: Option<Json>| {
        if let Some(value) = value {
            all.insert(key.to_owned(), value);
        }
    };
    put("name", Some(json!(told.name)));
    put("url", Some(json!(told.url)));
    put("referrer", told.referrer.as_ref().map(|text| json!(text)));
    let properties: Map<String, Json> =
        told.properties.iter().map(|(key, value)| (key.to_string(), of(value))).collect();
    put("properties", (!properties.is_empty()).then_some(Json::Object(properties)));
    put("revenue", told.revenue.as_ref().map(|(amount, currency)| json!({ "amount": amount, "currency": currency })));
    put("interactive", (!told.interactive).then_some(json!(false)));
    put("scroll", told.scroll.map(|scroll| json!(scroll)));
    put("engaged_ms", told.engaged_ms.map(|engaged| json!(engaged)));
    put("item", told.item.as_ref().map(|item| json!(item)));
    put("tags", (!told.tags.is_empty()).then(|| json!(told.tags)));
    put("ago_ms", (told.ago_ms != 0).then(|| json!(told.ago_ms)));
    let text = Json::Object(all).to_string();
    Pii::new(if text.len() <= MAX_TEXT_BYTES { text } else { json!({ "too_long": text.len() }).to_string() })
}

fn of(value: &Value<'_>) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Number(number) => json!(number),
        Value::Flag(flag) => json!(flag),
    }
}

fn stored(fate: &Fate) -> Json {
    let rewritten = |rewrites: &[Rewrite]| -> Vec<Json> {
        rewrites.iter().map(|reason| json!({ "reason": reason.key(), "means": reason.means() })).collect()
    };
    let dropped = |reason: DropReason| json!({ "dropped": reason.key(), "means": reason.means() });
    match fate {
        Fate::Stored { rewrites, shown } => json!({ "event": shown, "rewrites": rewritten(rewrites) }),
        Fate::Dropped(reason) => dropped(*reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str) -> Told<'_> {
        let mut told = Told::default();
        told.name = name.into();
        told.url = "https://example.org/a".into();
        told
    }

    #[test]
    fn the_last_twenty_of_a_site_are_kept_for_a_quarter_of_an_hour() {
        let view = DebugView::default();
        let names: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        let all: Vec<Told<'_>> = names.iter().map(|name| told(name)).collect();
        let fates: Vec<Fate> = all.iter().map(|_| Fate::Dropped(DropReason::Bot)).collect();
        view.keep(SiteId(1), &all, &fates, Timestamp(0));
        view.keep(SiteId(1), &all[..1], &fates[..1], Timestamp(1_000));
        let names = |site: u32, at: i64| -> Vec<String> {
            let seen = view.recent(SiteId(site), Timestamp(at));
            seen.iter().map(|event| event["received"]["name"].as_str().expect("a name").to_owned()).collect()
        };
        let seen = names(1, 1_000);
        assert_eq!((seen.len(), seen[0].as_str(), seen[19].as_str()), (20, "11", "0"));
        assert_eq!(view.recent(SiteId(1), Timestamp(1_000))[0]["stored"]["dropped"], "bot");
        assert!(names(2, 1_000).is_empty());
        assert_eq!(names(1, LIFE_MS).len(), 1);
        assert!(names(1, LIFE_MS + 1_000).is_empty());
    }
}
