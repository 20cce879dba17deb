//! One item as the operator declares it, checked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::tag::{MOST_TAGS_OF_ITEM, tag};

const MOST_TITLE_BYTES: usize = 500;
const MOST_URL_BYTES: usize = 2_000;
const MOST_KEY_BYTES: usize = 200;
const MOST_WORD_BYTES: usize = 64;
const MOST_ATTRIBUTES: usize = 32;
const MOST_TEXT_BYTES: usize = 500;

/// What may be recommended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// The operator's id of it.
    pub id: String,
    /// What is shown.
    pub title: String,
    /// Where it is: `http(s)://..`, or a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its tags in their canonical form, `physics/optics`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Such as `article`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Such as `en` or `pt-BR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Not shown before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// Not shown from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Never shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Whatever else lists are filtered by.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Attribute>,
}

/// A value of a free attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Attribute {
    /// Text of at most 500 bytes.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

/// Why something is not taken into the catalogue. It holds nothing of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a JSON object.
    #[error("not a JSON object")]
    NotAnObject,
    /// Longer than a line may be.
    #[error("longer than {} bytes", super::MOST_LINE_BYTES)]
    TooLong,
    /// A field that items do not have.
    #[error("a field that items do not have; put it into attributes")]
    UnknownField,
    /// A field that an item must have.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field that is not as it has to be.
    #[error("{field} has to be {rule}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
    /// It would expire before it is published.
    #[error("expires has to be later than published")]
    ExpiresFirst,
    /// There is no such item.
    #[error("there is no such item")]
    NoSuchItem,
    /// The id cannot be changed.
    #[error("an id cannot be changed; delete the item and add another")]
    IdChanged,
    /// There are too many items or tags.
    #[error(
        "a catalogue has at most {} items of {} MiB in all at a time, {} synonyms, and over time {} ids and as many tags",
        super::MOST_ITEMS, super::MOST_BYTES >> 20, super::MOST_SYNONYMS, super::MOST_NUMBERS
    )]
    Full,
    /// Two lines of one upload are about the same item.
    #[error("an earlier line of this upload has the same id, and that one was taken")]
    Twice,
    /// A synonym of a synonym, of itself or of a tag below it.
    #[error("a synonym has to stand for a tag that is none itself, nor above or below it")]
    Synonym,
}

impl Refusal {
    /// A stable name of it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Refusal::NotAnObject => "item_not_an_object",
            Refusal::TooLong => "item_too_long",
            Refusal::UnknownField => "item_field_unknown",
            Refusal::Missing(_) => "item_field_missing",
            Refusal::Field { .. } => "item_field_malformed",
            Refusal::ExpiresFirst => "item_expires_first",
            Refusal::NoSuchItem => "no_item",
            Refusal::IdChanged => "item_id_changed",
            Refusal::Full => "catalogue_full",
            Refusal::Twice => "item_twice",
            Refusal::Synonym => "synonym_circular",
        }
    }

    /// The field it is about, if it is about one.
    #[must_use]
    pub fn field(self) -> Option<&'static str> {
        match self {
            Refusal::Missing(field) | Refusal::Field { field, .. } => Some(field),
            Refusal::ExpiresFirst => Some("expires"),
            Refusal::IdChanged => Some("id"),
            Refusal::Synonym => Some("synonyms"),
            _ => None,
        }
    }
}

const FIELDS: &[&str] =
    &["id", "title", "url", "tags", "kind", "language", "published", "expires", "hidden", "attributes"];

impl Item {
    /// Checks an item. `null` is as good as a field left out.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn parse(fields: &Map<String, Value>) -> Result<Item, Refusal> {
        if fields.keys().any(|name| !FIELDS.contains(&name.as_str())) {
            return Err(Refusal::UnknownField);
        }
        let item = Item {
            id: text(fields, "id", MOST_KEY_BYTES)?.ok_or(Refusal::Missing("id"))?,
            title: text(fields, "title", MOST_TITLE_BYTES)?.ok_or(Refusal::Missing("title"))?,
            url: url(fields)?,
            tags: tags(fields)?,
            kind: word(fields, "kind")?,
            language: language(fields)?,
            published: time(fields, "published")?,
            expires: time(fields, "expires")?,
            hidden: flag(fields, "hidden")?,
            attributes: attributes(fields)?,
        };
        match (item.published, item.expires) {
            (Some(published), Some(expires)) if expires <= published => Err(Refusal::ExpiresFirst),
            _ => Ok(item),
        }
    }

    /// About how many bytes it takes as JSON.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let of = |text: &Option<String>| text.as_ref().map_or(0, |text| text.len() + 12);
        let attribute = |value: &Attribute| match value {
            Attribute::Text(text) => text.len(),
            Attribute::Number(_) | Attribute::Flag(_) => 16,
        };
        let texts = self.id.len() + self.title.len() + of(&self.url) + of(&self.kind) + of(&self.language);
        let tags: usize = self.tags.iter().map(|tag| tag.len() + 3).sum();
        let attributes: usize = self.attributes.iter().map(|(name, value)| name.len() + attribute(value) + 6).sum();
        texts + tags + attributes + 100
    }

    /// True while it is to be shown.
    #[must_use]
    pub fn shown_at(&self, now: Timestamp) -> bool {
        !self.hidden && self.published.is_none_or(|at| at <= now) && self.expires.is_none_or(|at| at > now)
    }
}

fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

fn is_text(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.len() <= most && !text.chars().any(char::is_control)
}

fn text(fields: &Map<String, Value>, name: &'static str, most: usize) -> Result<Option<String>, Refusal> {
    let Some(value) = field(fields, name) else { return Ok(None) };
    match value.as_str() {
        Some(text) if is_text(text, most) => Ok(Some(text.trim().to_owned())),
        _ => Err(Refusal::Field { field: name, rule: "text without control characters, not empty and not too long" }),
    }
}

fn url(fields: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    let url = text(fields, "url", MOST_URL_BYTES)?;
    let good = |url: &String| ["https://", "http://", "/"].iter().any(|begin| url.starts_with(begin));
    match url {
        Some(url) if !good(&url) => {
            Err(Refusal::Field { field: "url", rule: "an address that begins with https://, http:// or /" })
        }
        url => Ok(url),
    }
}

fn word(fields: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Refusal> {
    text(fields, name, MOST_WORD_BYTES)
}

/// A language tag in outline (RFC 5646): letters, then parts of letters and digits.
fn language(fields: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    let Some(language) = word(fields, "language")? else { return Ok(None) };
    let mut parts = language.split('-');
    let first = parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    let others = parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    if first && others {
        Ok(Some(language))
    } else {
        Err(Refusal::Field { field: "language", rule: "a language tag such as en or pt-BR" })
    }
}

fn tags(fields: &Map<String, Value>) -> Result<BTreeSet<String>, Refusal> {
    let Some(value) = field(fields, "tags") else { return Ok(BTreeSet::new()) };
    let wrong = Refusal::Field { field: "tags", rule: "a list of at most 64 tags such as physics/optics" };
    let list = value.as_array().filter(|list| list.len() <= MOST_TAGS_OF_ITEM).ok_or(wrong)?;
    list.iter().map(|value| value.as_str().and_then(tag).ok_or(wrong)).collect()
}

fn time(fields: &Map<String, Value>, name: &'static str) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = field(fields, name) else { return Ok(None) };
    let wrong = Refusal::Field { field: name, rule: "a time such as 2026-11-30T12:00:00Z" };
    value.as_str().and_then(|text| text.parse().ok()).map(Some).ok_or(wrong)
}

fn flag(fields: &Map<String, Value>, name: &'static str) -> Result<bool, Refusal> {
    let Some(value) = field(fields, name) else { return Ok(false) };
    value.as_bool().ok_or(Refusal::Field { field: name, rule: "true or false" })
}

fn attributes(fields: &Map<String, Value>) -> Result<BTreeMap<String, Attribute>, Refusal> {
    let Some(value) = field(fields, "attributes") else { return Ok(BTreeMap::new()) };
    let wrong = Refusal::Field {
        field: "attributes",
        rule: "an object of at most 32 names (a-z, 0-9, _) with text, numbers or true and false",
    };
    let object = value.as_object().filter(|object| object.len() <= MOST_ATTRIBUTES).ok_or(wrong)?;
    object.iter().map(|(name, value)| Ok((name.clone(), attribute(name, value).ok_or(wrong)?))).collect()
}

fn attribute(name: &str, value: &Value) -> Option<Attribute> {
    let named = (1..=MOST_WORD_BYTES).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    match value {
        _ if !named => None,
        Value::String(text) => is_text(text, MOST_TEXT_BYTES).then(|| Attribute::Text(text.clone())),
        Value::Number(number) => number.as_f64().map(Attribute::Number),
        Value::Bool(flag) => Some(Attribute::Flag(*flag)),
        _ => None,
    }
}
