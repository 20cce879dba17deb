//! What staff save under a name: goals, features, funnels and segments. Filters and selectors, never lists of people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::native::Selector;
use crate::native::behaviour::{Excluded, Step};

/// Everything that a site's staff have saved. Names are unique within their kind.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Definitions {
    /// What visitors are hoped to do.
    pub goals: BTreeMap<String, Selector>,
    /// Sets of events that together are one feature of the product.
    pub features: BTreeMap<String, Feature>,
    /// Ways through the product.
    pub funnels: BTreeMap<String, Funnel>,
    /// Filters under a name.
    pub segments: BTreeMap<String, Segment>,
    /// What history tells together, besides what it always does.
    pub pairs: BTreeMap<String, Pair>,
}

/// What is saved, by the names that interfaces use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefinitionKind {
    /// Goals.
    Goals,
    /// Features.
    Features,
    /// Funnels.
    Funnels,
    /// Segments.
    Segments,
    /// Pairs of dimensions.
    Pairs,
}

impl DefinitionKind {
    /// Every kind.
    pub const ALL: [DefinitionKind; 5] = [
        DefinitionKind::Goals,
        DefinitionKind::Features,
        DefinitionKind::Funnels,
        DefinitionKind::Segments,
        DefinitionKind::Pairs,
    ];

    /// The name used in interfaces and in the control database.
    pub fn key(self) -> &'static str {
        match self {
            DefinitionKind::Goals => "goals",
            DefinitionKind::Features => "features",
            DefinitionKind::Funnels => "funnels",
            DefinitionKind::Segments => "segments",
            DefinitionKind::Pairs => "pairs",
        }
    }

    /// The kind with this name.
    pub fn from_key(key: &str) -> Option<DefinitionKind> {
        DefinitionKind::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// Something to be saved under a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Definition {
    /// A goal.
    Goal(Selector),
    /// A feature.
    Feature(Feature),
    /// A funnel.
    Funnel(Funnel),
    /// A segment.
    Segment(Segment),
    /// A pair.
    Pair(Pair),
}

impl Definitions {
    /// How many of a kind there are.
    pub fn count(&self, kind: DefinitionKind) -> usize {
        match kind {
            DefinitionKind::Goals => self.goals.len(),
            DefinitionKind::Features => self.features.len(),
            DefinitionKind::Funnels => self.funnels.len(),
            DefinitionKind::Segments => self.segments.len(),
            DefinitionKind::Pairs => self.pairs.len(),
        }
    }

    /// True if there is one of the kind with this name.
    pub fn has(&self, kind: DefinitionKind, name: &str) -> bool {
        match kind {
            DefinitionKind::Goals => self.goals.contains_key(name),
            DefinitionKind::Features => self.features.contains_key(name),
            DefinitionKind::Funnels => self.funnels.contains_key(name),
            DefinitionKind::Segments => self.segments.contains_key(name),
            DefinitionKind::Pairs => self.pairs.contains_key(name),
        }
    }

    /// Adds or replaces one.
    pub fn put(&mut self, name: String, definition: Definition) {
        match definition {
            Definition::Goal(goal) => _ = self.goals.insert(name, goal),
            Definition::Feature(feature) => _ = self.features.insert(name, feature),
            Definition::Funnel(funnel) => _ = self.funnels.insert(name, funnel),
            Definition::Segment(segment) => _ = self.segments.insert(name, segment),
            Definition::Pair(pair) => _ = self.pairs.insert(name, pair),
        }
    }
}

/// A declared set of events.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Any of them is a use of the feature; 1 to 20.
    pub events: Vec<Selector>,
}

/// A way through the product: what a question about a funnel has besides period and filters.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Funnel {
    /// 2 to 12 steps; one between the first and the last may be optional.
    pub steps: Vec<Step>,
    /// `ordered` (the default), `strict`, `any` or `first_touch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Seconds from entry to the last step, both included. Default: a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_s: Option<u32>,
    /// What ends a chain of steps; at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Excluded>,
    /// A dimension that has the same value at every step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// A dimension by whose value at the first step visitors are also told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Filters under a name: a way to ask, never a list of people.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Conditions as in a request, all of which hold.
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
}

/// Two dimensions whose values history tells together from the next close on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
pub struct Pair(pub [String; 2]);
