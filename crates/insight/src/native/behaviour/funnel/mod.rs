//! Funnels in words.

mod answer;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::error::bad;
use super::super::keep::of_funnel;
use super::super::request::{Period, read};
use super::super::resolve::{Resolved, attribute, named_interval};
use super::super::{Context, RequestError, Selector};
use super::common::{Frame, base, select};
use super::{Asked, Words as AllWords};
use crate::Query;
use crate::attribute::Attribute;
use crate::behaviour::{About, Behaviour, Exclusion, Following, Funnel, MAX_STEPS, Narrowed, Order};
use crate::period::buckets;

pub(super) use answer::Words;
pub use answer::{FunnelAnswer, FunnelBucket, FunnelGroup, FunnelStep, TimeToConvert, TimeToConvertClass};

/// Longest window of visitors, who live a day.
pub(in crate::native) const DAY_S: u32 = 86_400;
/// Longest window of linked members.
const MAX_WINDOW_S: u32 = 14 * DAY_S;
/// Most exclusions.
const MAX_EXCLUSIONS: usize = 8;

/// How many visitors of a day, or linked members, come how far through some steps. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// 2 to 12 steps.
    pub steps: Vec<Step>,
    /// `ordered` (the default), `strict`, `any` or `first_touch`.
    #[serde(default)]
    pub order: Option<String>,
    /// Seconds from the first to the last step, both included: 1 to 86,400 (the default). Where the site's link policy
    /// is `period`, up to 1,209,600 (14 days): beyond a day linked members are followed through the days of this period
    /// of five weeks, and everybody else still counts per day.
    #[serde(default)]
    pub window_s: Option<u32>,
    /// What ends a chain of steps; at most 8.
    #[serde(default)]
    pub exclude: Vec<Excluded>,
    /// A dimension that has the same value at every step.
    #[serde(default)]
    pub hold: Option<String>,
    /// A dimension by whose value at the first step visitors are also told.
    #[serde(default)]
    pub group: Option<String>,
    /// Also by when they entered: `hour`, `day`, `week` or `month`.
    #[serde(default)]
    pub over_time: Option<String>,
    /// Conditions on the entering event, all of which hold.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
}

/// A step: a selector, which may be optional.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
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
    /// With `page`: having scrolled at least so far, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scroll: Option<u8>,
    /// Further conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
    /// What it is called in answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The steps behind it do not ask for it. At most one, neither first nor last, only in order `ordered`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// What ends a chain of steps: a selector, and between which steps.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Excluded {
    /// Events of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Page views of this page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// A saved goal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// A saved feature: any of its events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// With `page`: having scrolled at least so far, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scroll: Option<u8>,
    /// Further conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The step it counts from, from 0.
    pub after: usize,
    /// The step it counts up to.
    pub before: usize,
}

impl Step {
    pub(in crate::native) fn selector(&self) -> Selector {
        let Step { event, page, goal, feature, scroll, filters, label, optional: _ } = self.clone();
        Selector { event, page, goal, feature, scroll, filters, label }
    }
}

impl Excluded {
    pub(in crate::native) fn selector(&self) -> Selector {
        let Excluded { event, page, goal, feature, scroll, filters, label, after: _, before: _ } = self.clone();
        Selector { event, page, goal, feature, scroll, filters, label }
    }
}

impl FunnelRequest {
    /// A saved funnel as a question about today.
    pub(in crate::native) fn of_saved(saved: &crate::Funnel) -> FunnelRequest {
        let crate::Funnel { steps, order, window_s, exclude, hold, group } = saved.clone();
        FunnelRequest {
            site: String::new(),
            period: Period { preset: Some("today".to_owned()), ..Period::default() },
            steps,
            order,
            window_s,
            exclude,
            hold,
            group,
            over_time: None,
            filters: Vec::new(),
        }
    }

    pub(super) fn parse(body: &[u8]) -> Result<FunnelRequest, RequestError> {
        let known = "site, period, steps, order, window_s, exclude, hold, group, over_time, filters; site, period and \
                     steps are required";
        read(body, known)
    }

    /// What would be saved of it; `None` if it asks for more than is saved.
    pub fn saved(&self) -> Option<crate::Funnel> {
        let FunnelRequest { steps, order, window_s, exclude, hold, group, .. } = self.clone();
        self.filters.is_empty().then_some(crate::Funnel { steps, order, window_s, exclude, hold, group })
    }

    pub(in crate::native) fn resolve(&self, context: &Context<'_>) -> Resolved<Asked> {
        let (base, mut frame) = base(context, &self.period, &self.filters)?;
        let (about, narrowed) = self.about(context)?;
        let About::Funnel(funnel) = &about else { return bad("malformed", "a funnel has steps") };
        let place = |error: RequestError| error.below("/over_time");
        let is_known = |interval| buckets(interval, &base.range, context.now, context.zone).is_some();
        if funnel.over_time.is_some_and(|interval| !is_known(interval)) {
            return bad("interval_too_fine", "a series has at most 1500 buckets: ask for a longer interval")
                .map_err(place);
        }
        // By groups nothing is kept.
        let following = match funnel.window_s {
            ..=DAY_S => None,
            _ => Some(self.follow(context, &base, &mut frame)?),
        };
        frame.notes.push("times between visits are known to a quarter of an hour".to_owned());
        let kept = self
            .saved()
            .filter(|_| following.is_none())
            .filter(|saved| saved.group.is_none())
            .map(|saved| of_funnel(&saved, context));
        let group = single(self.group.as_deref(), context)?;
        let labels = self.steps.iter().map(|step| step.selector().name().to_owned()).collect();
        let words = Words { funnel: funnel.clone(), labels, group, kept };
        let behaviour = Behaviour { base, about, narrowed, following };
        Ok(Asked { behaviour, words: AllWords::Funnel(words), frame })
    }

    /// What is asked, whenever it is asked about.
    pub(in crate::native) fn about(&self, context: &Context<'_>) -> Resolved<(About, Vec<Narrowed>)> {
        if !(2..=MAX_STEPS).contains(&self.steps.len()) {
            return bad("steps_out_of_range", "a funnel has 2 to 12 steps")
                .map_err(|e: RequestError| e.below("/steps"));
        }
        let order = self.order()?;
        let optional = self.optional(order)?;
        let mut narrowed = Vec::new();
        let mut steps = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            steps.push(select(&step.selector(), context, &mut narrowed, &format!("/steps/{at}"))?);
        }
        let mut exclude = Vec::new();
        for (at, excluded) in self.exclude.iter().enumerate() {
            let place = format!("/exclude/{at}");
            self.check_exclusion(excluded, optional).map_err(|error| error.below(&place))?;
            let filter = select(&excluded.selector(), context, &mut narrowed, &place)?;
            exclude.push(Exclusion { filter, after: excluded.after, before: excluded.before });
        }
        let hold = single(self.hold.as_deref(), context).map_err(|error| error.below("/hold"))?;
        let group = single(self.group.as_deref(), context).map_err(|error| error.below("/group"))?;
        let over_time = self.over_time.as_deref().map(named_interval).transpose();
        let over_time = over_time.map_err(|error| error.below("/over_time"))?;
        let window_s = self.window_s()?;
        let funnel = Funnel {
            steps,
            order,
            optional,
            window_s,
            exclude,
            hold: hold.map(Attribute::group),
            group: group.map(Attribute::group),
            over_time,
        };
        Ok((About::Funnel(funnel), narrowed))
    }

    fn order(&self) -> Resolved<Order> {
        match self.order.as_deref() {
            None | Some("ordered") => Ok(Order::Ordered),
            Some("strict") => Ok(Order::Strict),
            Some("any") => Ok(Order::Any),
            Some("first_touch") => Ok(Order::FirstTouch),
            Some(_) => bad("order_unknown", "orders are ordered, strict, any, first_touch")
                .map_err(|error: RequestError| error.below("/order")),
        }
    }

    fn window_s(&self) -> Resolved<u32> {
        match self.window_s.unwrap_or(DAY_S) {
            0 => bad("window_out_of_range", "a window is at least one second"),
            window_s => Ok(window_s),
        }
        .map_err(|error: RequestError| error.below("/window_s"))
    }

    /// A window that no visitor of a day fits into: linked members are followed.
    fn follow(&self, context: &Context<'_>, base: &Query, frame: &mut Frame) -> Resolved<Following> {
        let place = |error: RequestError| error.below("/window_s");
        let without = "a window is at most 86,400 seconds";
        let following = frame.follow(context, &base.range, "window_too_long", without).map_err(place)?;
        if self.window_s.is_some_and(|window_s| window_s > MAX_WINDOW_S) {
            return bad("window_too_long", "a window is at most 1,209,600 seconds, which are 14 days").map_err(place);
        }
        frame.unit = "linked members, and visitors of a day who are not linked";
        frame.notes.push("who is not linked counts per day, and on each day anew".to_owned());
        frame
            .notes
            .push("unfinished are linked members whose window is not over, or reaches behind the period".to_owned());
        Ok(following)
    }

    fn optional(&self, order: Order) -> Resolved<Option<usize>> {
        let optional: Vec<usize> = (0..self.steps.len()).filter(|at| self.steps[*at].optional).collect();
        match optional.as_slice() {
            [] => Ok(None),
            [at] if *at > 0 && *at + 1 < self.steps.len() && order == Order::Ordered => Ok(Some(*at)),
            [.., at] => {
                let works = "one step may be optional, neither the first nor the last, in order ordered";
                bad("optional_misplaced", works).map_err(|e: RequestError| e.below(&format!("/steps/{at}/optional")))
            }
        }
    }

    fn check_exclusion(&self, excluded: &Excluded, optional: Option<usize>) -> Resolved<()> {
        if self.exclude.len() > MAX_EXCLUSIONS {
            return bad("exclusion_too_many", "at most 8 exclusions");
        }
        let is_step = excluded.after < excluded.before && excluded.before < self.steps.len();
        if !is_step || [excluded.after, excluded.before].map(Some).contains(&optional) {
            return bad("exclusion_misplaced", "an exclusion is after one required step and before a later one");
        }
        Ok(())
    }
}

/// The attribute with this name, if it has one value for each event.
fn single(name: Option<&str>, context: &Context<'_>) -> Resolved<Option<Attribute>> {
    match name.map(|name| attribute(name, context)).transpose()? {
        Some(Attribute::Language | Attribute::Tag) => {
            bad("dimension_not_single", "languages and tags are lists: an event has no one value of them")
        }
        attribute => Ok(attribute),
    }
}
