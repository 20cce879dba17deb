//! What the demo's staff have saved: goals, features, a funnel, segments, and the intents to begin with.

use anyhow::Context;
use outis_event::SiteId;
use outis_insight::DefinitionKind::{self, Features, Funnels, Goals, Segments};
use serde_json::{Value, json};

use crate::core::Core;
use crate::core::intents::starter;

/// Saves everything, as somebody would in the dashboard.
pub(super) async fn save(core: &Core, site: SiteId) -> anyhow::Result<()> {
    for (kind, name, value) in all() {
        core.control.save_definition(site, kind, name, &value).await?;
    }
    core.intents.define(site, 0, starter::definitions().context("the product's own intents")?).await?;
    Ok(())
}

fn all() -> Vec<(DefinitionKind, &'static str, Value)> {
    let event = |name: &str| json!({ "event": name });
    let page = |pattern: &str| json!({ "page": pattern });
    vec![
        (Goals, "Joins", event("signup")),
        (Goals, "Enrols in a course", event("enrol")),
        (Goals, "Takes a download", event("download")),
        (Goals, "Reads most of an article", json!({ "page": "/articles/*", "scroll": 75 })),
        (Features, "Articles", json!({ "events": [page("/articles/*")] })),
        (Features, "Courses", json!({ "events": [page("/courses/*"), event("enrol")] })),
        (Features, "Downloads", json!({ "events": [event("download")] })),
        (Features, "Search", json!({ "events": [event("search")] })),
        (Features, "Likes and bookmarks", json!({ "events": [event("like"), event("bookmark")] })),
        (Funnels, "Into a course", json!({ "steps": [page("/courses"), page("/courses/*"), event("enrol")] })),
        (
            Funnels,
            "From search to a download",
            json!({ "steps": [event("search"), page("/downloads/*"), event("download")] }),
        ),
        (Segments, "From search engines", json!({ "filters": [["is", "channel", ["Organic Search"]]] })),
        (Segments, "On a phone", json!({ "filters": [["is", "device", ["Mobile"]]] })),
        (Segments, "At a desk", json!({ "filters": [["is", "device", ["Desktop"]]] })),
    ]
}

#[cfg(test)]
mod tests {
    use outis_insight::Definition;

    use super::*;

    #[test]
    fn everything_saved_can_be_read() {
        for (kind, name, value) in all() {
            assert!(Definition::read(kind, &value).is_ok(), "{name}");
        }
    }
}
