//! What the demo's platform offers: articles, courses and downloads with tags, and the plan that declares them.

use std::collections::BTreeMap;

use outis_event::{Mode, Plan, PlannedEvent, PlannedProperty, PropertyKind};

/// Topics; their names are the tags of items.
pub(super) const TOPICS: [&str; 12] = [
    "climate",
    "history",
    "statistics",
    "open-access",
    "languages",
    "astronomy",
    "health",
    "economics",
    "maps",
    "programming",
    "photography",
    "music",
];
const ARTICLE_KINDS: [&str; 10] = [
    "a-first-look",
    "in-ten-minutes",
    "common-mistakes",
    "reading-list",
    "case-study",
    "interview",
    "how-it-began",
    "field-notes",
    "a-short-history",
    "open-questions",
];
const COURSE_KINDS: [&str; 2] = ["for-beginners", "in-practice"];
const DOWNLOAD_KINDS: [&str; 3] = ["handbook", "data-set", "slides"];
const FORMATS: [&str; 4] = ["pdf", "epub", "csv", "zip"];
const CAMPAIGNS: [&str; 4] = ["autumn-reading", "newsletter-weekly", "open-access-week", "course-launch"];

/// One thing of the platform.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) path: String,
    pub(super) tags: Vec<&'static str>,
}

/// Everything the platform offers, the most wanted first.
pub(super) struct Content {
    pub(super) articles: Vec<Item>,
    pub(super) courses: Vec<Item>,
    pub(super) downloads: Vec<Item>,
}

impl Content {
    pub(super) fn new() -> Content {
        Content {
            articles: items("articles", &ARTICLE_KINDS),
            courses: items("courses", &COURSE_KINDS),
            downloads: items("downloads", &DOWNLOAD_KINDS),
        }
    }
}

/// One item of each kind for each topic; every third has a second topic.
fn items(section: &str, kinds: &[&str]) -> Vec<Item> {
    let mut items = Vec::new();
    for (k, kind) in kinds.iter().enumerate() {
        for (t, topic) in TOPICS.iter().enumerate() {
            let mut tags = vec![*topic];
            if (k + t) % 3 == 0 {
                tags.push(TOPICS[(t + k + 5) % TOPICS.len()]);
            }
            items.push(Item { path: format!("/{section}/{topic}-{kind}"), tags });
        }
    }
    items
}

pub(super) fn format(dice: &mut fastrand::Rng) -> &'static str {
    FORMATS[dice.usize(..FORMATS.len())]
}

pub(super) fn campaign(dice: &mut fastrand::Rng) -> &'static str {
    CAMPAIGNS[dice.usize(..CAMPAIGNS.len())]
}

/// What the platform's owner declared.
pub(super) fn plan() -> Plan {
    let content = Content::new();
    let all = || content.articles.iter().chain(&content.courses).chain(&content.downloads);
    let mut pages: Vec<String> = ["/", "/articles", "/courses", "/downloads", "/search", "/about", "/welcome"]
        .iter()
        .map(|page| (*page).to_owned())
        .collect();
    pages.extend(all().map(|item| item.path.clone()));
    Plan {
        mode: Mode::Learn,
        events: events(),
        pages,
        items: all().map(|item| item.path.clone()).collect(),
        tags: TOPICS.iter().map(|topic| (*topic).to_owned()).collect(),
        campaigns: CAMPAIGNS.iter().chain(&["newsletter", "email"]).map(|word| (*word).to_owned()).collect(),
        sensitive_pages: Vec::new(),
        actions: ["download", "enrol", "bookmark"].map(str::to_owned).to_vec(),
    }
}

fn events() -> BTreeMap<String, PlannedEvent> {
    let choice = |values: &[&str], purpose: &str| PlannedProperty {
        kind: PropertyKind::Choice,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        purpose: purpose.to_owned(),
        sensitive: false,
    };
    let event = |purpose: &str, properties: Vec<(&str, PlannedProperty)>| PlannedEvent {
        purpose: purpose.to_owned(),
        properties: properties.into_iter().map(|(name, property)| (name.to_owned(), property)).collect(),
    };
    let planned = [
        (
            "search",
            event(
                "see whether search finds something",
                vec![("found", choice(&["none", "few", "many"], "quality of search"))],
            ),
        ),
        (
            "download",
            event("see which downloads are used", vec![("format", choice(&FORMATS, "which formats to offer"))]),
        ),
        ("like", event("see what is liked", vec![])),
        ("bookmark", event("see what is kept for later", vec![])),
        ("enrol", event("see which courses are taken", vec![])),
        ("signup", event("see how many join", vec![])),
    ];
    planned.into_iter().map(|(name, event)| (name.to_owned(), event)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_good_and_names_every_item() {
        let plan = plan();
        plan.check().expect("a good plan");
        assert_eq!(plan.items.len(), 12 * (10 + 2 + 3));
        assert!(plan.items.iter().all(|item| plan.pages.contains(item)));
    }

    #[test]
    fn nothing_of_it_looks_personal() {
        let detector = outis_disclose::pii::Detector::new();
        let content = Content::new();
        let items = || content.articles.iter().chain(&content.courses).chain(&content.downloads);
        let words = items().flat_map(|item| item.path.split('/').chain(item.tags.iter().copied()));
        for word in words.chain(CAMPAIGNS).chain(FORMATS) {
            assert_eq!(detector.detect(word), None, "{word}");
        }
    }
}
