//! What a request asks a list by.

use std::collections::BTreeMap;

use outis_capture::Sites;
use outis_event::SiteId;
use outis_personal::catalogue::Attribute;
use outis_personal::serve::MOST_RECOMMENDED;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::Shared;
use crate::api::error::ApiError;
use crate::control::normal_domain;
use crate::core::models::{Filtered, Wish};

/// Most conditions of a filter, and most items or tags of a kind in a request.
const MOST_CONDITIONS: usize = 32;
const MOST_NAMED: usize = 1_000;
const MOST_TEXT_BYTES: usize = 500;

/// How a list is asked for in an address.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The site's name; not with `me`.
    pub(super) site: Option<String>,
    /// The placement's name.
    pub(super) placement: Option<String>,
    /// How many items, 1 to 100. Default: 20.
    pub(super) limit: Option<String>,
    /// Conditions that all items fulfil, between semicolons: `kind:book;language:en;tag:physics;free:true`. Of several tags
    /// one is enough; other names are attributes.
    pub(super) filter: Option<String>,
}

/// Conditions that all items fulfil.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilterBody {
    /// At least one of these tags.
    #[serde(default)]
    tags: Vec<String>,
    kind: Option<String>,
    /// `en` lets `en-GB` through.
    language: Option<String>,
    /// Names with text, numbers or true and false.
    #[serde(default)]
    #[schema(value_type = Object)]
    attributes: BTreeMap<String, serde_json::Value>,
}

impl Asked {
    /// Takes placement, limit and filter over.
    pub(super) fn into_wish(self, wish: Wish) -> Result<Wish, ApiError> {
        let limit = match self.limit {
            None => None,
            Some(text) => Some(limit(text.parse().unwrap_or(0))?),
        };
        let filter = self.filter.as_deref().map(conditions).transpose()?.unwrap_or_default();
        Ok(Wish { placement: self.placement, limit, filter, ..wish })
    }

    /// The site that is asked about, whoever asks.
    pub(super) fn site(&self, core: &Shared) -> Result<SiteId, ApiError> {
        site(core, self.site.as_deref())
    }
}

pub(super) fn site(core: &Shared, named: Option<&str>) -> Result<SiteId, ApiError> {
    let domain = named.and_then(|domain| normal_domain(domain).ok()).ok_or_else(ApiError::no_site)?;
    Ok(core.registry.by_domain(&domain).ok_or_else(ApiError::no_site)?.site().id)
}

/// A length within bounds.
pub(super) fn limit(limit: usize) -> Result<usize, ApiError> {
    if (1..=MOST_RECOMMENDED).contains(&limit) {
        return Ok(limit);
    }
    Err(ApiError::bad("limit_out_of_range", "limit is a number from 1 to 100").below("/limit"))
}

fn wrong(message: &'static str) -> ApiError {
    ApiError::bad("filter_malformed", message).below("/filter")
}

fn conditions(text: &str) -> Result<Filtered, ApiError> {
    let works = "a filter is conditions between semicolons, such as kind:book;language:en;tag:physics;free:true";
    let mut filter = Filtered::default();
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    for (at, part) in parts.enumerate() {
        let (name, value) = part.split_once(':').ok_or_else(|| wrong(works))?;
        let (name, value) = (name.trim(), value.trim());
        if at >= MOST_CONDITIONS || name.is_empty() || value.is_empty() || value.len() > MOST_TEXT_BYTES {
            return Err(wrong("a filter has at most 32 conditions, each a name and a value of at most 500 bytes"));
        }
        match name {
            "tag" => filter.tags.push(value.to_owned()),
            "kind" => filter.kind = Some(value.to_owned()),
            "language" => filter.language = Some(value.to_owned()),
            _ => _ = filter.attributes.insert(name.to_owned(), attribute(value)),
        }
    }
    Ok(filter)
}

fn attribute(text: &str) -> Attribute {
    match (text, text.parse::<f64>()) {
        ("true", _) => Attribute::Flag(true),
        ("false", _) => Attribute::Flag(false),
        (_, Ok(number)) if number.is_finite() => Attribute::Number(number),
        _ => Attribute::Text(text.to_owned()),
    }
}

impl FilterBody {
    pub(super) fn read(self) -> Result<Filtered, ApiError> {
        if self.tags.len() > MOST_CONDITIONS || self.attributes.len() > MOST_CONDITIONS {
            return Err(wrong("a filter has at most 32 tags and 32 attributes"));
        }
        let mut attributes = BTreeMap::new();
        for (name, value) in self.attributes {
            let value = match value {
                serde_json::Value::Bool(flag) => Attribute::Flag(flag),
                serde_json::Value::String(text) => Attribute::Text(text),
                serde_json::Value::Number(number) => Attribute::Number(number.as_f64().unwrap_or(f64::NAN)),
                _ => return Err(wrong("attributes are text, numbers, true or false").below("/attributes")),
            };
            attributes.insert(name, value);
        }
        Ok(Filtered { tags: self.tags, kind: self.kind, language: self.language, attributes })
    }
}

/// Refuses lists of more than a thousand.
pub(super) fn check_lists(lists: &[(&'static str, &Vec<String>)]) -> Result<(), ApiError> {
    for (place, list) in lists {
        if list.len() > MOST_NAMED || list.iter().any(|text| text.len() > MOST_TEXT_BYTES) {
            let message = "at most 1,000 of a kind, of at most 500 bytes each";
            return Err(ApiError::bad("too_many", message).below(place));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_others_are_told() {
        let filter = conditions("kind:book; tag:a/b;tag:c ;free:true;pages:12;by: me ").expect("good");
        assert_eq!(
            (filter.kind.as_deref(), filter.tags.as_slice()),
            (Some("book"), &["a/b".to_owned(), "c".to_owned()][..])
        );
        let expected = [
            ("by".to_owned(), Attribute::Text("me".to_owned())),
            ("free".to_owned(), Attribute::Flag(true)),
            ("pages".to_owned(), Attribute::Number(12.0)),
        ];
        assert_eq!(filter.attributes, expected.into());
        for bad in ["kind", "kind:", ":book", &"a:b;".repeat(33)] {
            assert!(conditions(bad).is_err(), "{bad}");
        }
        assert!(conditions("").expect("nothing").tags.is_empty());
    }
}
