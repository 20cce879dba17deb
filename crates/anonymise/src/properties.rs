//! Properties: refused by name, typed by plan, admitted by word.

use std::borrow::Cow;

use outis_disclose::Pii;
use outis_disclose::pii::refused_property_name;
use outis_event::{
    AnonymousEvent, MAX_PROPERTIES, Mode, PlannedProperty, Property, PropertyKind, Rewrite, Space, Term,
};

use crate::PropertyValue;
use crate::suggestions;
use crate::words::Clerk;

/// Longest name of a property, in characters.
const MAX_NAME_CHARS: usize = 120;
/// Whole numbers nearer to zero than this can name nobody and need no admission where a count is declared.
const SMALL_NUMBER: i64 = 100_000;

/// Sets the properties of an event of this name. One of two of the same name wins: the first.
pub(crate) fn set_properties(
    clerk: &mut Clerk<'_>,
    event: &mut AnonymousEvent,
    name: &str,
    properties: &[(Pii<String>, Pii<PropertyValue>)],
) {
    for (key, value) in properties {
        let key = key.expose("names are checked before they are kept").trim();
        let value = value.expose("values are checked before they are kept");
        if event.properties.len() == MAX_PROPERTIES {
            clerk.rewrites.add(Rewrite::PropertyLimit);
            break;
        }
        let Some(property) = property(clerk, name, key, value) else { continue };
        if !event.properties.iter().any(|known| known.key == property.key) {
            event.properties.push(property);
        }
    }
    event.properties.sort_unstable();
}

fn property(clerk: &mut Clerk<'_>, event: &str, key: &str, value: &PropertyValue) -> Option<Property> {
    if key.is_empty() || key.chars().count() > MAX_NAME_CHARS {
        clerk.rewrites.add(Rewrite::UnplannedProperty);
        return None;
    }
    if refused_property_name(key) {
        clerk.rewrites.add(Rewrite::PersonalProperty);
        return None;
    }
    if suggestions::declares(clerk.ctx, event, key, text_of(value).trim()) {
        let key = clerk.public(Space::PROPERTY, key);
        let value = clerk.public(Space::values_of(key), text_of(value).trim());
        return (key != Term::RARE).then_some(Property { key, value });
    }
    let site = clerk.ctx.site.clone();
    let planned = site.plan.property(event, key);
    if planned.is_none() && site.plan.mode == Mode::Strict {
        clerk.rewrites.add(Rewrite::UnplannedProperty);
        return None;
    }
    let key = match planned {
        Some(_) => clerk.public(Space::PROPERTY, key),
        None => clerk.word(Space::PROPERTY, key),
    };
    if key == Term::NONE || key == Term::RARE {
        return None;
    }
    let value = value_term(clerk, Space::values_of(key), planned, value);
    (value != Term::NONE).then_some(Property { key, value })
}

fn value_term(clerk: &mut Clerk<'_>, space: Space, planned: Option<&PlannedProperty>, value: &PropertyValue) -> Term {
    let text = text_of(value);
    let text = text.trim();
    let Some(planned) = planned else { return clerk.word(space, text) };
    if text.is_empty() || !fits(planned.kind, text) {
        clerk.rewrites.add(Rewrite::UnplannedProperty);
        return Term::NONE;
    }
    let declared = planned.values.iter().any(|declared| declared == text);
    let small = planned.kind == PropertyKind::Count && text.parse::<i64>().is_ok_and(|n| n.abs() < SMALL_NUMBER);
    let item = planned.kind == PropertyKind::Item && clerk.ctx.declares_item(text);
    if declared || small || item || planned.kind == PropertyKind::Flag {
        return clerk.public(space, text);
    }
    if planned.kind == PropertyKind::Choice {
        clerk.rewrites.add(Rewrite::UnplannedProperty);
        return Term::NONE;
    }
    clerk.word(space, text)
}

fn fits(kind: PropertyKind, text: &str) -> bool {
    match kind {
        PropertyKind::Flag => matches!(text, "true" | "false"),
        PropertyKind::Count => text.parse::<i64>().is_ok(),
        PropertyKind::Money => crate::money::milli(text).is_some(),
        PropertyKind::Choice | PropertyKind::Term | PropertyKind::Item => true,
    }
}

fn text_of(value: &PropertyValue) -> Cow<'_, str> {
    match value {
        PropertyValue::Text(text) => text.into(),
        PropertyValue::Number(number) => number.to_string().into(),
        PropertyValue::Flag(true) => "true".into(),
        PropertyValue::Flag(false) => "false".into(),
    }
}
