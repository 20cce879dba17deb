//! Which events are meant: by name, by page, by scroll depth or as a saved goal.

use outis_event::Dimension;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::{Match, terms};
use crate::{EventFilter, Feature, Filter, TermSet};

use super::Context;
use super::error::bad;
use super::resolve::{Resolved, filters};

/// Names events. Exactly one of `event`, `page`, `goal` and `feature` is given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Selector {
    /// Events of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Page views of this page; `*` stands for any characters but a slash, `**` for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// A saved goal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// A saved feature: any of its events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// With `page`: not page views but having scrolled at least so far, in percent (1..=100).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scroll: Option<u8>,
    /// Further conditions, as those of a request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
    /// What it is called in answers. Default: the event, page or goal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Selector {
    /// The condition that the events meant fulfil.
    ///
    /// # Errors
    /// When it names nothing or several things, or something that is not known, with a pointer below the selector.
    pub fn resolve(&self, context: &Context<'_>) -> Resolved<Filter> {
        self.parts_as(context, false).map(together)
    }

    /// The condition that events fulfil whose visitors are to be counted. The same, except for scrolling: that is told
    /// by engagements, which make no visitor, so it is views of the page in visits in which it was scrolled so far.
    ///
    /// # Errors
    /// As [`Selector::resolve`].
    pub(crate) fn resolve_counted(&self, context: &Context<'_>) -> Resolved<Filter> {
        self.parts_as(context, true).map(together)
    }

    /// The same as what names the events and what further conditions ask of them.
    pub(super) fn parts(&self, context: &Context<'_>) -> Resolved<(Filter, Filter)> {
        self.parts_as(context, false)
    }

    fn parts_as(&self, context: &Context<'_>, counted: bool) -> Resolved<(Filter, Filter)> {
        let (further, of_language) = filters(&self.filters, context).map_err(|error| error.below("/filters"))?;
        if of_language {
            let works = "languages are counted singly, never with an event";
            return bad("language_not_crossed", works).map_err(|error| error.below("/filters"));
        }
        let (named, of_goal) = self.named(context, counted)?;
        Ok((named, if of_goal.is_all() { further } else { Filter::And(vec![further, of_goal]) }))
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        let named = [&self.label, &self.event, &self.page, &self.goal, &self.feature];
        named.into_iter().flatten().next().map_or("", String::as_str)
    }

    /// What names the events, and what a saved goal asks of them further.
    fn named(&self, context: &Context<'_>, counted: bool) -> Resolved<(Filter, Filter)> {
        if self.scroll.is_some() && self.page.is_none() {
            return bad("scroll_misplaced", "scroll goes with page").map_err(|error| error.below("/scroll"));
        }
        match (&self.event, &self.page, &self.goal, &self.feature) {
            (Some(event), None, None, None) => Ok((event_named(event, context)?, Filter::ALL)),
            (None, Some(page), None, None) => Ok((self.of_page(page, context, counted)?, Filter::ALL)),
            (None, None, Some(goal), None) => match context.definitions.goals.get(goal) {
                // A goal that means another goal could lead in a circle.
                Some(goal) if goal.goal.is_none() && goal.feature.is_none() => {
                    goal.parts_as(context, counted).map_err(|error| error.below("/goal"))
                }
                _ => {
                    let works = "no goal of this name is saved; the site's definitions list them";
                    bad("goal_unknown", works).map_err(|error| error.below("/goal"))
                }
            },
            (None, None, None, Some(feature)) => match context.definitions.features.get(feature) {
                Some(feature) => feature.parts(context, counted).map_err(|error| error.below("/feature")),
                None => {
                    let works = "no feature of this name is saved; the site's definitions list them";
                    bad("feature_unknown", works).map_err(|error| error.below("/feature"))
                }
            },
            _ => bad("selector_malformed", "a selector has exactly one of event, page, goal and feature"),
        }
    }

    fn of_page(&self, pattern: &str, context: &Context<'_>, counted: bool) -> Resolved<Filter> {
        if !pattern.starts_with('/') {
            return bad("page_malformed", "a page begins with a slash").map_err(|error| error.below("/page"));
        }
        let Ok(pages) = pages(pattern, context) else {
            let works = "a page pattern is at most 512 bytes";
            return bad("pattern_invalid", works).map_err(|error| error.below("/page"));
        };
        let on_page = Filter::Event(EventFilter::Dimension(Dimension::Page, pages));
        match self.scroll {
            None => Ok(selected(vec![event_named("pageview", context)?, on_page])),
            Some(least @ 1..=100) if counted => {
                let scrolled = Filter::And(vec![Filter::Event(EventFilter::Scrolled(least)), on_page.clone()]);
                let viewed = vec![event_named("pageview", context)?, on_page, Filter::VisitHas(Box::new(scrolled))];
                Ok(selected(viewed))
            }
            Some(least @ 1..=100) => Ok(selected(vec![Filter::Event(EventFilter::Scrolled(least)), on_page])),
            Some(_) => bad("scroll_out_of_range", "scroll is 1 to 100 percent").map_err(|e| e.below("/scroll")),
        }
    }
}

impl Feature {
    /// What names the feature's events, and what is asked of them further. If anything is, all of it is: which event
    /// is meant then depends on more than names.
    fn parts(&self, context: &Context<'_>, counted: bool) -> Resolved<(Filter, Filter)> {
        let (mut any, mut only_names) = (Vec::new(), true);
        for event in &self.events {
            // A feature that means another feature could lead in a circle.
            if event.feature.is_some() {
                return bad("feature_of_feature", "a feature is made of events, pages and goals, not of features");
            }
            let (named, further) = event.parts_as(context, counted)?;
            only_names &= further.is_all();
            any.push(together((named, further)));
        }
        let any = Filter::Selected(Box::new(Filter::Or(any)));
        Ok(if only_names { (any, Filter::ALL) } else { (Filter::ALL, any) })
    }
}

fn selected(list: Vec<Filter>) -> Filter {
    Filter::Selected(Box::new(Filter::And(list)))
}

fn together((named, further): (Filter, Filter)) -> Filter {
    if further.is_all() { named } else { Filter::And(vec![named, further]) }
}

/// Events of a name; page views may not have come yet.
pub(super) fn event_named(name: &str, context: &Context<'_>) -> Resolved<Filter> {
    let term = context.vocabulary.lookup(Dimension::Event, name);
    if term.is_none() && name != "pageview" {
        let works = "no event of this name has been admitted; a breakdown by event lists those that have";
        return bad("event_unknown", works).map_err(|error| error.below("/event"));
    }
    Ok(Filter::Event(EventFilter::Dimension(Dimension::Event, TermSet::of(term))))
}

/// The admitted pages that fit a pattern.
pub(super) fn pages(pattern: &str, context: &Context<'_>) -> Result<TermSet, crate::attribute::BadPattern> {
    if !pattern.contains('*') {
        return terms(context.vocabulary, Dimension::Page.into(), Match::Is, &[pattern.to_owned()], false);
    }
    let parts = pattern.split("**").map(|part| {
        let parts: Vec<String> = part.split('*').map(regex::escape).collect();
        parts.join("[^/]*")
    });
    let parts: Vec<String> = parts.collect();
    let whole = format!("^{}$", parts.join(".*"));
    terms(context.vocabulary, Dimension::Page.into(), Match::Matches, &[whole], false)
}

#[cfg(test)]
mod tests {
    use outis_event::{SiteId, Timestamp, Vocabulary};

    use super::*;
    use crate::Definitions;

    fn ask(selector: &str) -> Result<Vec<&'static str>, (String, &'static str)> {
        let words = Vocabulary::default();
        let known = ["/", "/a", "/a/b", "/a/b/c", "/ab"];
        known.iter().for_each(|page| _ = words.admit(Dimension::Page, page));
        words.admit(Dimension::Event, "pageview");
        words.admit(Dimension::Event, "Signup");
        let goal = Selector { event: Some("Signup".to_owned()), ..Selector::default() };
        let circle = Selector { goal: Some("circle".to_owned()), ..Selector::default() };
        let either =
            Feature { events: vec![goal.clone(), Selector { page: Some("/a".to_owned()), ..Selector::default() }] };
        let itself = Selector { feature: Some("either".to_owned()), ..Selector::default() };
        let features = [("either".to_owned(), either), ("itself".to_owned(), Feature { events: vec![itself] })].into();
        let goals = [("signed up".to_owned(), goal), ("circle".to_owned(), circle)].into();
        let definitions = Definitions { goals, features, ..Definitions::default() };
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
        let selector: Selector = serde_json::from_str(selector).expect("selector");
        let filter = selector.resolve(&context).map_err(|e| (e.pointer.unwrap_or_default(), e.code))?;
        let Filter::Selected(inner) = filter else { return Ok(Vec::new()) };
        let Filter::And(list) = *inner else { return Ok(Vec::new()) };
        let Some(Filter::Event(EventFilter::Dimension(Dimension::Page, set))) = list.get(1) else {
            return Ok(Vec::new());
        };
        let term = |page: &str| words.lookup(Dimension::Page, page).expect("admitted");
        Ok(known.into_iter().filter(|page| set.contains(term(page))).collect())
    }

    #[test]
    fn pages_are_meant_by_pattern() {
        assert_eq!(ask(r#"{"page":"/a"}"#), Ok(vec!["/a"]));
        assert_eq!(ask(r#"{"page":"/a*"}"#), Ok(vec!["/a", "/ab"]));
        assert_eq!(ask(r#"{"page":"/a/*"}"#), Ok(vec!["/a/b"]));
        assert_eq!(ask(r#"{"page":"/a**"}"#), Ok(vec!["/a", "/a/b", "/a/b/c", "/ab"]));
        assert_eq!(ask(r#"{"page":"/a/**","scroll":50}"#), Ok(vec!["/a/b", "/a/b/c"]));
    }

    #[test]
    fn what_is_not_known_is_pointed_at() {
        let wrong = |selector: &str| ask(selector).expect_err("refused");
        assert_eq!(wrong(r#"{"event":"Nothing"}"#), ("/event".to_owned(), "event_unknown"));
        assert_eq!(wrong(r#"{"goal":"circle"}"#), ("/goal".to_owned(), "goal_unknown"));
        assert_eq!(wrong(r#"{"feature":"none"}"#), ("/feature".to_owned(), "feature_unknown"));
        assert_eq!(wrong(r#"{"feature":"itself"}"#), ("/feature".to_owned(), "feature_of_feature"));
        assert_eq!(wrong(r#"{"event":"Signup","page":"/"}"#), (String::new(), "selector_malformed"));
        assert_eq!(wrong(r#"{"event":"Signup","scroll":5}"#), ("/scroll".to_owned(), "scroll_misplaced"));
        assert_eq!(wrong(r#"{"page":"/","scroll":0}"#), ("/scroll".to_owned(), "scroll_out_of_range"));
        let found = wrong(r#"{"page":"/","filters":[["is","nothing",["x"]]]}"#);
        assert_eq!(found, ("/filters".to_owned(), "filter_unknown_dimension"));
        assert_eq!(ask(r#"{"goal":"signed up"}"#), Ok(Vec::new()));
        assert_eq!(ask(r#"{"feature":"either"}"#), Ok(Vec::new()));
    }
}
