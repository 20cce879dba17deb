//! A member's list as a message: rendered here, sent by the application. It has no picture and nothing that tells that it was read.

mod address;
mod words;

use anyhow::Context;
use askama::Template;
use serde::Deserialize;
use serde_json::Value;

pub(crate) use address::{Base, HideUrl};
pub(crate) use words::Language;

use words::Words;

/// Most items of a message; a list has no more.
const MOST_ITEMS: usize = 100;

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// A page for mail programs.
    Html,
    /// Plain text.
    Text,
}

/// What is around the items.
#[derive(Clone, Debug)]
pub(crate) struct Cover {
    /// The heading; the language's own if there is none.
    pub(crate) title: Option<String>,
    pub(crate) language: Language,
    /// What addresses of items are relative to.
    pub(crate) base: Base,
    /// Where the application takes "not interested".
    pub(crate) hide: HideUrl,
}

/// A list, as the interface gives it.
#[derive(Deserialize)]
struct List {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    title: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    reasons: Vec<words::Reason>,
}

/// An item as it is shown.
struct Entry {
    title: String,
    url: String,
    why: String,
    hide: String,
}

#[derive(Template)]
#[template(path = "digest.html")]
struct Page<'a> {
    title: &'a str,
    items: &'a [Entry],
    words: &'a Words,
}

#[derive(Template)]
#[template(path = "digest.txt", escape = "none")]
struct Text<'a> {
    title: &'a str,
    items: &'a [Entry],
    words: &'a Words,
}

/// Renders a list. Items whose address is no page of the web are left out: there would be nothing to follow.
///
/// # Errors
/// When it is no list, without what is in it.
pub(crate) fn render(list: Value, cover: &Cover, form: Form) -> anyhow::Result<String> {
    let list: List =
        serde_json::from_value(list).ok().context("this is no list of the interface: {\"items\": [..]}")?;
    let words = Words::of(cover.language);
    let shown = |item: Item| {
        Some(Entry {
            url: cover.base.join(item.url.as_deref()?)?,
            why: words.because(&item.reasons),
            hide: cover.hide.of(&item.id),
            title: one_line(&item.title),
        })
    };
    let items: Vec<Entry> = list.items.into_iter().take(MOST_ITEMS).filter_map(shown).collect();
    let title = one_line(cover.title.as_deref().unwrap_or(words.title));
    let (title, items, words) = (title.as_str(), items.as_slice(), &words);
    let rendered = match form {
        Form::Html => Page { title, items, words }.render(),
        Form::Text => Text { title, items, words }.render(),
    };
    rendered.context("the template")
}

/// Without line breaks and other control characters, so that a title stays one.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cover(language: Language) -> Cover {
        Cover {
            title: None,
            language,
            base: "https://library.example/".parse().expect("an address"),
            hide: "https://library.example/unwanted?what={item}".parse().expect("an address"),
        }
    }

    fn list() -> Value {
        json!({
            "items": [
                { "id": "odyssey & co", "title": "The Odyssey", "url": "/items/odyssey", "tags": ["epic"], "reasons": [
                    { "kind": "tag_followed", "tag": "epic" }, { "kind": "liked", "item": "iliad", "title": "The Iliad" },
                ], "recommendation_id": "3.0.0" },
                { "id": "b", "title": "<img src=\"https://evil.example/p.gif\">\n* Forged", "url": "https://other.example/b?a=1&b=2",
                    "reasons": [{ "kind": "new" }], "recommendation_id": "3.0.1" },
                { "id": "c", "title": "Runs", "url": "javascript:alert(1)", "reasons": [], "recommendation_id": "3.0.2" },
                { "id": "d", "title": "Nowhere", "reasons": [], "recommendation_id": "3.0.3" },
            ],
            "computed": { "placement": "home", "variant": "usual" },
        })
    }

    #[test]
    fn a_list_becomes_a_text() {
        let text = render(list(), &cover(Language::En), Form::Text).expect("rendered");
        assert_eq!(
            text,
            "For you\n\n\
             * The Odyssey (because you follow epic, because you liked The Iliad)\n  \
             https://library.example/items/odyssey\n  \
             Not interested: https://library.example/unwanted?what=odyssey%20%26%20co\n\n\
             * <img src=\"https://evil.example/p.gif\"> * Forged (new)\n  \
             https://other.example/b?a=1&b=2\n  \
             Not interested: https://library.example/unwanted?what=b\n\n\
             -- \n\
             This list is made of what you said you like. Nothing tells us whether you read it."
        );
    }

    #[test]
    fn a_page_loads_nothing_and_nothing_in_it_is_more_than_text() {
        let page = render(list(), &cover(Language::De), Form::Html).expect("rendered");
        assert!(page.contains("<html lang=\"de\">") && page.contains("weil Sie epic folgen"), "{page}");
        assert!(page.contains("href=\"https://library.example/items/odyssey\""), "{page}");
        for loads in ["<img", "<script", "<link", "<iframe", "src=\"", "url(", "@import", "background=", "javascript:"]
        {
            assert!(!page.contains(loads), "{loads} in {page}");
        }
        // Two links for each of two items, and no other address but in the text and the label of the second.
        assert_eq!((page.matches("href=").count(), page.matches("https://").count()), (4, 6), "{page}");
        assert_eq!(page.matches("<div").count(), 2);
    }

    #[test]
    fn an_empty_list_says_so_and_what_is_no_list_is_refused() {
        for form in [Form::Html, Form::Text] {
            let told = render(json!({ "items": [] }), &cover(Language::En), form).expect("rendered");
            assert!(told.contains("nothing to suggest"), "{told}");
        }
        let error = render(json!({ "canary": 1 }), &cover(Language::En), Form::Text).expect_err("no list");
        assert!(!format!("{error:#}").contains("canary"));
    }
}
