//! The numbers that what staff saved is known by.

use outis_event::Term;
use serde_json::{Value as Json, json};

use crate::native::behaviour::{DAY_S, Excluded, Step};
use crate::native::{Context, Selector};
use crate::{Feature, Funnel};

/// What a funnel's steps are kept under.
pub(in crate::native) fn of_funnel(funnel: &Funnel, context: &Context<'_>) -> Term {
    // By which group it is shown makes no other steps.
    let mut all = serde_json::to_value(Funnel { group: None, ..funnel.clone() }).unwrap_or_default();
    let step = |step: &Step| json!([selector(&step.selector(), context), step.optional]);
    all["steps"] = funnel.steps.iter().map(step).collect();
    let excluded = |e: &Excluded| json!([selector(&e.selector(), context), e.after, e.before]);
    all["exclude"] = funnel.exclude.iter().map(excluded).collect();
    // What is not said means the same as the default said.
    all["order"] = json!(funnel.order.as_deref().unwrap_or("ordered"));
    all["window_s"] = json!(funnel.window_s.unwrap_or(DAY_S));
    id("funnel", all, context)
}

pub(super) fn of_feature(feature: &Feature, context: &Context<'_>) -> Term {
    id("feature", feature.events.iter().map(|event| selector(event, context)).collect(), context)
}

/// What a selector says, however it is called.
pub(super) fn selector(of: &Selector, context: &Context<'_>) -> Json {
    let goal = of.goal.as_ref().and_then(|name| context.definitions.goals.get(name));
    let feature = of.feature.as_ref().and_then(|name| context.definitions.features.get(name));
    let own = Selector { label: None, goal: None, feature: None, ..of.clone() };
    let mut own = serde_json::to_value(own).unwrap_or_default();
    if let Some(feature) = feature {
        // A feature is made of no other feature.
        let events = feature.events.iter().filter(|event| event.feature.is_none());
        own["feature"] = events.map(|event| selector(event, context)).collect();
    }
    if let Some(goal) = goal {
        own["goal"] = serde_json::to_value(Selector { label: None, ..goal.clone() }).unwrap_or_default();
    }
    own
}

/// The number of a definition: the FNV-1a hash of what it says, segments that it names included, so that another
/// meaning is another number. <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
pub(super) fn id(kind: &str, definition: Json, context: &Context<'_>) -> Term {
    let said = definition.to_string();
    let named = |name: &&String| said.contains(&json!(name).to_string());
    let segments = context.definitions.segments.keys().filter(named);
    let segments: Vec<Json> = segments.map(|name| json!([name, context.definitions.segments[name].filters])).collect();
    let text = json!([kind, definition, segments]).to_string();
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    // Numbers below are those of words that mean something of their own.
    Term(((hash ^ hash >> 32) as u32 & 0x7fff_ffff) | 0x0001_0000)
}
