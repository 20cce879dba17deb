//! What is saved under a name is checked before it is saved: it must mean something today.

use serde_json::Value;

use crate::{Definition, DefinitionKind, Feature, Funnel, Segment};

use super::error::{RequestError, bad};
use super::resolve::{Resolved, filters_of_segment};
use super::{Context, Selector};

const MOST_EVENTS_OF_FEATURE: usize = 20;
const FEWEST_STEPS: usize = 2;
const MOST_STEPS: usize = 12;
const LONGEST_WINDOW_S: u32 = 86_400;
const ORDERS: [&str; 4] = ["ordered", "strict", "any", "first_touch"];

impl Definition {
    /// Reads a definition of a kind.
    ///
    /// # Errors
    /// `malformed`, without saying what was sent.
    pub fn read(kind: DefinitionKind, value: &Value) -> Result<Definition, RequestError> {
        fn of<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
            serde_json::from_value(value.clone()).ok()
        }
        let (read, shape) = match kind {
            DefinitionKind::Goals => {
                let shape = "a goal is a selector: one of event and page, with optional scroll, filters and label";
                (of(value).map(Definition::Goal), shape)
            }
            DefinitionKind::Features => {
                (of(value).map(Definition::Feature), "a feature is {events: [selector]} of 1 to 20 selectors")
            }
            DefinitionKind::Funnels => {
                let shape = "a funnel is {steps: [selector], order?, window_s?} of 2 to 12 steps";
                (of(value).map(Definition::Funnel), shape)
            }
            DefinitionKind::Segments => {
                (of(value).map(Definition::Segment), "a segment is {filters: [filter]}, filters as in a request")
            }
        };
        read.ok_or_else(|| RequestError::new("malformed", shape))
    }

    /// Checks that everything named is known.
    ///
    /// # Errors
    /// The first thing that is unknown, out of range, or does not go together, with a pointer into the definition.
    pub fn check(&self, context: &Context<'_>) -> Result<(), RequestError> {
        match self {
            Definition::Goal(goal) if goal.goal.is_some() => {
                bad("goal_of_goal", "a goal is an event or a page, not another goal").map_err(|e| e.below("/goal"))
            }
            Definition::Goal(goal) => goal.resolve(context).map(drop),
            Definition::Feature(feature) => feature.check(context),
            Definition::Funnel(funnel) => funnel.check(context),
            Definition::Segment(segment) => segment.check(context),
        }
    }

    /// The texts in it that are shown to others as names.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let selectors: &[Selector] = match self {
            Definition::Goal(goal) => std::slice::from_ref(goal),
            Definition::Feature(feature) => &feature.events,
            Definition::Funnel(funnel) => &funnel.steps,
            Definition::Segment(_) => &[],
        };
        selectors.iter().filter_map(|selector| selector.label.as_deref())
    }
}

impl Feature {
    fn check(&self, context: &Context<'_>) -> Resolved<()> {
        if !(1..=MOST_EVENTS_OF_FEATURE).contains(&self.events.len()) {
            return bad("events_out_of_range", "a feature has 1 to 20 events").map_err(|e| e.below("/events"));
        }
        each(&self.events, "/events", context)
    }
}

impl Funnel {
    fn check(&self, context: &Context<'_>) -> Resolved<()> {
        if !(FEWEST_STEPS..=MOST_STEPS).contains(&self.steps.len()) {
            return bad("steps_out_of_range", "a funnel has 2 to 12 steps").map_err(|e| e.below("/steps"));
        }
        if self.order.as_deref().is_some_and(|order| !ORDERS.contains(&order)) {
            let works = "orders are ordered, strict, any, first_touch";
            return bad("order_unknown", works).map_err(|e| e.below("/order"));
        }
        if self.window_s.is_some_and(|s| !(1..=LONGEST_WINDOW_S).contains(&s)) {
            let works = "a window is 1 to 86400 seconds";
            return bad("window_out_of_range", works).map_err(|e| e.below("/window_s"));
        }
        each(&self.steps, "/steps", context)
    }
}

impl Segment {
    fn check(&self, context: &Context<'_>) -> Resolved<()> {
        if self.filters.is_empty() {
            return bad("filter_missing", "a segment has at least one filter").map_err(|e| e.below("/filters"));
        }
        filters_of_segment(&self.filters, context).map(drop).map_err(|e| e.below("/filters"))
    }
}

fn each(selectors: &[Selector], place: &str, context: &Context<'_>) -> Resolved<()> {
    for (at, selector) in selectors.iter().enumerate() {
        selector.resolve(context).map_err(|error| error.below(&format!("{place}/{at}")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use outis_event::{Dimension, SiteId, Timestamp, Vocabulary};
    use serde_json::json;

    use super::*;
    use crate::Definitions;

    fn check(kind: DefinitionKind, value: &Value) -> Result<(), (&'static str, String)> {
        let words = Vocabulary::default();
        words.admit(Dimension::Event, "Signup");
        let mut definitions = Definitions::default();
        let other = Segment { filters: vec![json!(["is", "country", ["AT"]])] };
        definitions.put("other".to_owned(), Definition::Segment(other));
        let context = Context {
            site: SiteId(1),
            zone: &jiff::tz::TimeZone::UTC,
            vocabulary: &words,
            now: Timestamp(0),
            first_day: None,
            definitions: &definitions,
            link: outis_event::Link::Day,
        };
        let checked = Definition::read(kind, value).and_then(|definition| definition.check(&context));
        checked.map_err(|error| (error.code, error.pointer.unwrap_or_default()))
    }

    #[test]
    fn what_means_something_is_taken() {
        assert_eq!(check(DefinitionKind::Goals, &json!({"event": "Signup", "label": "signed up"})), Ok(()));
        assert_eq!(
            check(DefinitionKind::Features, &json!({"events": [{"event": "Signup"}, {"page": "/a/**"}]})),
            Ok(())
        );
        let funnel = json!({"steps": [{"page": "/"}, {"event": "Signup"}], "order": "strict", "window_s": 600});
        assert_eq!(check(DefinitionKind::Funnels, &funnel), Ok(()));
        assert_eq!(check(DefinitionKind::Segments, &json!({"filters": [["is", "country", ["AT"]]]})), Ok(()));
    }

    #[test]
    fn what_does_not_is_pointed_at() {
        let cases = [
            (DefinitionKind::Goals, json!({"goal": "x"}), "goal_of_goal", "/goal"),
            (DefinitionKind::Goals, json!({"event": "Never"}), "event_unknown", "/event"),
            (DefinitionKind::Goals, json!({"people": ["jane"]}), "malformed", ""),
            (DefinitionKind::Features, json!({"events": []}), "events_out_of_range", "/events"),
            (
                DefinitionKind::Features,
                json!({"events": [{"page": "/"}, {"page": "a"}]}),
                "page_malformed",
                "/events/1/page",
            ),
            (DefinitionKind::Funnels, json!({"steps": [{"page": "/"}]}), "steps_out_of_range", "/steps"),
            (
                DefinitionKind::Funnels,
                json!({"steps": [{"page": "/"}, {"page": "/"}], "order": "x"}),
                "order_unknown",
                "/order",
            ),
            (DefinitionKind::Segments, json!({"filters": []}), "filter_missing", "/filters"),
            (
                DefinitionKind::Segments,
                json!({"filters": [["is", "segment", ["other"]]]}),
                "segment_within_segment",
                "/filters",
            ),
        ];
        for (kind, value, code, pointer) in cases {
            assert_eq!(check(kind, &value), Err((code, pointer.to_owned())), "{value}");
        }
    }
}
