//! What texts may name of the catalogue of items.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::definition::Entry;
use super::gazetteer::Catalogue;
use crate::catalogue;

/// Most items, and most tags, that texts may name; of more the first do.
const MOST: usize = 100_000;

impl Catalogue {
    /// Items that are shown, by title, and their tags: by their written form, by the last part of it, and by synonyms.
    #[must_use]
    pub fn of(items: &catalogue::Catalogue, now: Timestamp) -> Catalogue {
        let mut named = Catalogue::default();
        let mut tags: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (_, item) in items.items().filter(|(_, item)| item.shown_at(now)) {
            if named.items.len() < MOST {
                named.items.push(Entry { value: item.id.clone(), synonyms: vec![item.title.clone()] });
            }
            for tag in &item.tags {
                for tag in above(tag) {
                    if tags.len() < MOST {
                        tags.entry(tag).or_insert_with(|| called(tag));
                    }
                }
            }
        }
        for (synonym, tag) in items.synonyms() {
            if let Some(names) = tags.get_mut(tag.as_str()) {
                names.push(synonym.clone());
                names.extend(called(synonym));
            }
        }
        named.tags = tags.into_iter().map(|(tag, synonyms)| Entry { value: tag.to_owned(), synonyms }).collect();
        named
    }
}

/// A tag and every tag above it.
fn above(tag: &str) -> impl Iterator<Item = &str> {
    tag.match_indices('/').map(|(at, _)| &tag[..at]).chain([tag])
}

/// What else a tag is called: `physics/open-access` is also `open access`.
fn called(tag: &str) -> Vec<String> {
    let last = tag.rsplit('/').next().unwrap_or(tag);
    let plain = last.replace(['-', '_'], " ");
    [last.to_owned(), plain].into_iter().filter(|name| name != tag).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn items_are_named_by_title_and_tags_by_their_last_part_and_what_is_hidden_by_nothing() {
        let mut items = catalogue::Catalogue::default();
        for item in [
            json!({ "id": "a", "title": "Lenses", "tags": ["physics/open-access"] }),
            json!({ "id": "b", "title": "Secret", "tags": ["hidden"], "hidden": true }),
        ] {
            let Value::Object(fields) = item else { unreachable!() };
            items.put(&fields).expect("taken");
        }
        items.declare_synonym("oa", "physics/open-access").expect("declared");
        let named = Catalogue::of(&items, Timestamp::UNIX_EPOCH);
        assert_eq!(named.items, [Entry { value: "a".into(), synonyms: vec!["Lenses".into()] }]);
        let tags: Vec<(&str, Vec<&str>)> = named
            .tags
            .iter()
            .map(|tag| (tag.value.as_str(), tag.synonyms.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(tags, [("physics", vec![]), ("physics/open-access", vec!["open-access", "open access", "oa"])]);
    }
}
