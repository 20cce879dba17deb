//! What is saved under a name is checked before it is saved: it must mean something today.

use serde_json::Value;

use crate::history::Family;
use crate::{Definition, DefinitionKind, Feature, Funnel, Group, Pair, Segment};

use super::behaviour::FunnelRequest;
use super::error::{RequestError, bad};
use super::resolve::{Resolved, attribute, filters_of_segment};
use super::{Context, Selector};

const MOST_EVENTS_OF_FEATURE: usize = 20;

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
                let shape = "a funnel is {steps: [step], order?, window_s?, exclude?, hold?, group?}, as in a request";
                (of(value).map(Definition::Funnel), shape)
            }
            DefinitionKind::Segments => {
                (of(value).map(Definition::Segment), "a segment is {filters: [filter]}, filters as in a request")
            }
            DefinitionKind::Pairs => (
                of(value).map(Definition::Pair),
                "a pair is [dimension, dimension], such as [\"browser\", \"country\"]",
            ),
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
            Definition::Goal(goal) if goal.feature.is_some() => {
                bad("goal_of_feature", "a goal is an event or a page, not a feature").map_err(|e| e.below("/feature"))
            }
            Definition::Goal(goal) => goal.resolve(context).map(drop),
            Definition::Feature(feature) => feature.check(context),
            Definition::Funnel(funnel) => funnel.check(context),
            Definition::Segment(segment) => segment.check(context),
            Definition::Pair(pair) => pair.groups(context).map(drop),
        }
    }

    /// The texts in it that are shown to others as names.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let labels: Vec<Option<&String>> = match self {
            Definition::Goal(goal) => vec![goal.label.as_ref()],
            Definition::Feature(feature) => feature.events.iter().map(|event| event.label.as_ref()).collect(),
            Definition::Funnel(Funnel { steps, exclude, .. }) => {
                let excluded = exclude.iter().map(|one| one.label.as_ref());
                steps.iter().map(|step| step.label.as_ref()).chain(excluded).collect()
            }
            Definition::Segment(_) | Definition::Pair(_) => Vec::new(),
        };
        labels.into_iter().flatten().map(String::as_str)
    }
}

impl Feature {
    fn check(&self, context: &Context<'_>) -> Resolved<()> {
        if !(1..=MOST_EVENTS_OF_FEATURE).contains(&self.events.len()) {
            return bad("events_out_of_range", "a feature has 1 to 20 events").map_err(|e| e.below("/events"));
        }
        if let Some(at) = self.events.iter().position(|event| event.feature.is_some()) {
            return bad("feature_of_feature", "a feature is made of events, pages and goals, not of features")
                .map_err(|e| e.below(&format!("/events/{at}/feature")));
        }
        each(&self.events, "/events", context)
    }
}

impl Funnel {
    /// What could not be asked is not saved.
    fn check(&self, context: &Context<'_>) -> Resolved<()> {
        FunnelRequest::of_saved(self).resolve(context).map(drop)
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

impl Pair {
    /// The groups it is of.
    pub(super) fn groups(&self, context: &Context<'_>) -> Resolved<[Group; 2]> {
        let of = |at: usize| {
            let found = attribute(&self.0[at], context).map_err(|error| error.below(&format!("/{at}")))?;
            Ok::<Group, RequestError>(found.group())
        };
        let groups = [of(0)?, of(1)?];
        if Family::declarable(groups[0], groups[1]).is_none() {
            let works = "a pair is of two different dimensions or properties that history tells singly: not of languages, \
                         tags, items or regions";
            return bad("pair_not_kept", works);
        }
        Ok(groups)
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
            actions: &[],
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
        let more = json!({
            "steps": [{"page": "/"}, {"page": "/help", "optional": true}, {"event": "Signup"}],
            "exclude": [{"page": "/a", "after": 0, "before": 2}], "hold": "hostname", "group": "device",
        });
        assert_eq!(check(DefinitionKind::Funnels, &more), Ok(()));
        assert_eq!(check(DefinitionKind::Segments, &json!({"filters": [["is", "country", ["AT"]]]})), Ok(()));
        assert_eq!(check(DefinitionKind::Pairs, &json!(["browser", "country"])), Ok(()));
    }

    #[test]
    fn a_funnel_is_read_as_it_is_written() {
        let funnel = json!({
            "steps": [{"page": "/"}, {"page": "/help", "optional": true}, {"event": "Signup", "label": "joins"}],
            "order": "ordered", "window_s": 600, "hold": "hostname", "group": "device",
            "exclude": [{"page": "/a", "after": 0, "before": 2}],
        });
        let Ok(Definition::Funnel(read)) = Definition::read(DefinitionKind::Funnels, &funnel) else {
            panic!("not read")
        };
        assert_eq!(serde_json::to_value(&read).expect("JSON"), funnel);
    }

    #[test]
    fn what_does_not_is_pointed_at() {
        let cases = [
            (DefinitionKind::Goals, json!({"goal": "x"}), "goal_of_goal", "/goal"),
            (DefinitionKind::Goals, json!({"event": "Never"}), "event_unknown", "/event"),
            (DefinitionKind::Goals, json!({"people": ["jane"]}), "malformed", ""),
            (DefinitionKind::Goals, json!({"feature": "x"}), "goal_of_feature", "/feature"),
            (DefinitionKind::Features, json!({"events": []}), "events_out_of_range", "/events"),
            (
                DefinitionKind::Features,
                json!({"events": [{"feature": "x"}]}),
                "feature_of_feature",
                "/events/0/feature",
            ),
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
            (
                DefinitionKind::Funnels,
                json!({"steps": [{"page": "/", "optional": true}, {"page": "/a"}]}),
                "optional_misplaced",
                "/steps/0/optional",
            ),
            (
                DefinitionKind::Funnels,
                json!({"steps": [{"page": "/"}, {"page": "/a"}], "exclude": [{"page": "/b", "after": 1, "before": 1}]}),
                "exclusion_misplaced",
                "/exclude/0",
            ),
            (
                DefinitionKind::Funnels,
                json!({"steps": [{"page": "/"}, {"page": "/a"}], "group": "tag"}),
                "dimension_not_single",
                "/group",
            ),
            (DefinitionKind::Segments, json!({"filters": []}), "filter_missing", "/filters"),
            (DefinitionKind::Pairs, json!(["browser"]), "malformed", ""),
            (DefinitionKind::Pairs, json!(["browser", "nose"]), "filter_unknown_dimension", "/1"),
            (DefinitionKind::Pairs, json!(["browser", "browser"]), "pair_not_kept", ""),
            (DefinitionKind::Pairs, json!(["country", "region"]), "pair_not_kept", ""),
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
