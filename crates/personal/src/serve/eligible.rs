//! Which items may be in a list: one function for every list there is.

use std::collections::BTreeMap;

use crate::catalogue::{Attribute, Item};
use crate::serve::{Placement, Request, Sources};

/// What all items of a list have to be like. An empty one lets everything through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// At least one of these tags, or below it; empty for any.
    pub tags: Vec<u32>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this language, or a variety of it: `en` lets `en-GB` through.
    pub language: Option<String>,
    /// With all of these attributes.
    pub attributes: BTreeMap<String, Attribute>,
}

impl Filter {
    fn allows(&self, item: &Item, tags: &[u32]) -> bool {
        let tagged = self.tags.is_empty() || self.tags.iter().any(|tag| tags.binary_search(tag).is_ok());
        let kind = self.kind.as_ref().is_none_or(|kind| item.kind.as_ref() == Some(kind));
        let speaks = |asked: &String| item.language.as_ref().is_some_and(|language| is_variety(language, asked));
        let language = self.language.as_ref().is_none_or(speaks);
        tagged
            && kind
            && language
            && self.attributes.iter().all(|(name, value)| item.attributes.get(name) == Some(value))
    }
}

fn is_variety(language: &str, of: &str) -> bool {
    let (language, of) = (language.as_bytes(), of.as_bytes());
    let begins = language.len() >= of.len() && language[..of.len()].eq_ignore_ascii_case(of);
    begins && matches!(language.get(of.len()), None | Some(b'-'))
}

/// True if the item is there, shown now, not known to the profile, not unwanted, let through by filter and rules, and not
/// the one that is looked at.
pub(super) fn eligible(sources: &Sources<'_>, placement: &Placement, request: &Request<'_>, item: u32) -> bool {
    let Some(found) = sources.catalogue.item(item) else { return false };
    let stated = [request.liked, request.bookmarked, request.not_interested, request.seen];
    let known = stated.iter().any(|list| list.binary_search(&item).is_ok()) || request.context == Some(item);
    let tags = sources.model.tagging().tags_of(item);
    !known && found.shown_at(request.now) && request.filter.allows(found, tags) && placement.rules.allow(item, tags)
}
