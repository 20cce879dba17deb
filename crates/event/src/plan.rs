//! The plan: which events and properties a site collects, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// As many actions as marks have room for.
const MOST_ACTIONS: usize = crate::Marks::ACTIONS as usize;

/// What happens to names and values that the plan does not declare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Let in through admission and offered for the plan.
    #[default]
    Learn,
    /// Dropped and counted.
    Strict,
}

/// The type of a property's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PropertyKind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Count,
    /// An amount of money.
    Money,
    /// One of the declared values.
    Choice,
    /// A word that must be admitted.
    #[default]
    Term,
    /// An item of the catalogue.
    Item,
}

/// A property as declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlannedProperty {
    /// Type of its values.
    pub kind: PropertyKind,
    /// Values that are admitted at once (for `choice` also the only ones).
    pub values: Vec<String>,
    /// Why it is collected.
    pub purpose: String,
    /// Never crossed with place or device.
    pub sensitive: bool,
}

/// An event as declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlannedEvent {
    /// Why it is collected.
    pub purpose: String,
    /// Its properties by name.
    pub properties: BTreeMap<String, PlannedProperty>,
}

/// A site's plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// `learn` at first, then `strict`.
    pub mode: Mode,
    /// Events by name; [`Plan::BUILT_IN`] and [`Plan::SUGGESTIONS`] are always planned.
    pub events: BTreeMap<String, PlannedEvent>,
    /// Declared pages and page patterns: `*` stands for one segment (shown as `:id` when it is the template),
    /// `**` at the end for any rest. A declared page without `*` is admitted at once.
    pub pages: Vec<String>,
    /// Items of the catalogue: admitted at once.
    pub items: Vec<String>,
    /// Tags of the catalogue: admitted at once.
    pub tags: Vec<String>,
    /// Campaign words (`utm_*` values and sources) that are admitted at once.
    pub campaigns: Vec<String>,
    /// Path patterns that are sensitive: never crossed with place or device.
    pub sensitive_pages: Vec<String>,
    /// Up to eight events whose first times members' marks tell, in an order that stays: what is in a place means the
    /// same as long as rows are kept.
    pub actions: Vec<String>,
}

/// What is wrong with a plan. Names the place, never a collected value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// A name is empty or longer than allowed.
    #[error("{place}: a name needs 1 to 120 characters")]
    Name {
        /// Where in the plan.
        place: String,
    },
    /// A page does not begin with a slash.
    #[error("{place}: a page begins with /")]
    Page {
        /// Where in the plan.
        place: String,
    },
    /// Too many actions, or one twice.
    #[error("actions: at most eight events, each once")]
    Actions,
    /// A choice without values.
    #[error("{place}: a choice needs at least one value")]
    Choice {
        /// Where in the plan.
        place: String,
    },
}

impl Plan {
    /// Events that every plan has.
    pub const BUILT_IN: [&'static str; 2] = ["pageview", "engagement"];

    /// What pages tell of lists of suggestions: that one is shown, and that something in it is clicked. Every plan has them,
    /// with the properties [`Plan::VARIANT`] and [`Plan::RANK`].
    pub const SUGGESTIONS: [&'static str; 2] = ["recommendation shown", "recommendation clicked"];
    /// Placement and variant by the names that staff gave them, such as `home.usual`.
    pub const VARIANT: &'static str = "variant";
    /// The place in the list, from 0.
    pub const RANK: &'static str = "rank";

    /// True if the plan names the event.
    pub fn has_event(&self, name: &str) -> bool {
        Self::BUILT_IN.contains(&name) || Self::SUGGESTIONS.contains(&name) || self.events.contains_key(name)
    }

    /// The place of a declared action.
    pub fn action(&self, event: &str) -> Option<u8> {
        self.actions.iter().position(|action| action == event).and_then(|at| u8::try_from(at).ok())
    }

    /// The declared property of an event.
    pub fn property(&self, event: &str, name: &str) -> Option<&PlannedProperty> {
        self.events.get(event)?.properties.get(name)
    }

    /// Checks names and patterns.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), PlanError> {
        for (name, event) in &self.events {
            check_name(name, "events")?;
            for (key, property) in &event.properties {
                check_name(key, name)?;
                if property.kind == PropertyKind::Choice && property.values.is_empty() {
                    return Err(PlanError::Choice { place: format!("events.{name}.properties.{key}") });
                }
            }
        }
        for action in &self.actions {
            check_name(action, "actions")?;
        }
        let distinct: std::collections::BTreeSet<_> = self.actions.iter().collect();
        if self.actions.len() > MOST_ACTIONS || distinct.len() < self.actions.len() {
            return Err(PlanError::Actions);
        }
        for (i, page) in self.pages.iter().chain(&self.sensitive_pages).enumerate() {
            if !page.starts_with('/') {
                return Err(PlanError::Page { place: format!("pages[{i}]") });
            }
        }
        Ok(())
    }
}

fn check_name(name: &str, place: &str) -> Result<(), PlanError> {
    if name.is_empty() || name.chars().count() > 120 {
        return Err(PlanError::Name { place: place.to_owned() });
    }
    Ok(())
}
