//! What staff save under a name: goals, features, funnels and segments. Filters and selectors, never lists of people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::native::Selector;

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
}

/// A declared set of events.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Any of them is a use of the feature; 1 to 20.
    pub events: Vec<Selector>,
}

/// Steps of a way through the product.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Funnel {
    /// 2 to 12 steps.
    pub steps: Vec<Selector>,
    /// `ordered` (the default), `strict`, `any` or `first_touch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Seconds from entry to the last step, both included. Default: a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_s: Option<u32>,
}

/// Filters under a name: a way to ask, never a list of people.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Conditions as in a request, all of which hold.
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
}
