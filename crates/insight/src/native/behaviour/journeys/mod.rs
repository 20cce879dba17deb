//! Journeys in words.

mod answer;
mod prefix;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::error::bad;
use super::super::request::{Period, read};
use super::super::resolve::{Resolved, within};
use super::super::selector::pages;
use super::super::{Context, RequestError, Selector};
use super::common::{base, select};
use super::{Asked, Words as AllWords};
use crate::TermSet;
use crate::behaviour::{About, Behaviour, Direction, Journeys, MAX_DEPTH};

pub(super) use answer::Words;
pub use answer::{JourneyFlow, JourneyPath, JourneyStop, JourneysAnswer};

/// Most groups of pages.
const MAX_GROUPS: usize = 20;
/// Longest name of a group of pages, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// Which ways visits take from page to page. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JourneysRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// `forward` (the default), `backward` or `between`.
    #[serde(default)]
    pub direction: Option<String>,
    /// Where ways begin. `forward`: default is the beginning of the visit; `between`: required.
    #[serde(default)]
    pub from: Option<Selector>,
    /// Where ways end. `backward` and `between`: required.
    #[serde(default)]
    pub to: Option<Selector>,
    /// What stops are: `pages` (the default), `events` or `both`.
    #[serde(default)]
    pub unit: Option<String>,
    /// How many stops are looked at, 2 to 10. Default: 5.
    #[serde(default)]
    pub depth: Option<u32>,
    /// How many stops of a column, and how many paths, are told singly, 3 to 20. Default: 8.
    #[serde(default)]
    pub top: Option<u32>,
    /// A stop that is the same as the one before is none. Default: true.
    #[serde(default)]
    pub collapse_repeats: Option<bool>,
    /// Pages that are one stop together; a page is in the first group that fits. At most 20.
    #[serde(default)]
    pub groups: Vec<PageGroup>,
    /// Only ways that begin with these stops (backwards: that end with them, the last one first), by the keys of an
    /// answer: pages, events and groups. Fewer than `depth`.
    #[serde(default)]
    pub prefix: Vec<String>,
    /// The visits of a linked member are one, through the days of this period of five weeks. Needs the link policy
    /// `period`.
    #[serde(default)]
    pub across_days: bool,
    /// Conditions, all of which some event of the visit fulfils.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
}

/// Pages that are one stop together.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageGroup {
    /// What it is called, at most 100 bytes.
    pub name: String,
    /// Its pages; `*` stands for any characters but a slash, `**` for any.
    pub pattern: String,
}

impl JourneysRequest {
    pub(super) fn parse(body: &[u8]) -> Result<JourneysRequest, RequestError> {
        let known = "site, period, direction, from, to, unit, depth, top, collapse_repeats, groups, prefix, across_days, \
                     filters; site and period are required";
        read(body, known)
    }

    pub(super) fn resolve(&self, context: &Context<'_>) -> Resolved<Asked> {
        let (base, mut frame) = base(context, &self.period, &self.filters)?;
        frame.unit = "visits";
        let following = match self.across_days {
            true => {
                let following = frame.follow(context, &base.range, "needs_link", "ways are of single visits");
                frame.unit = "linked members, and visits of who is not linked";
                Some(following.map_err(|error| error.below("/across_days"))?)
            }
            false => None,
        };
        let mut narrowed = Vec::new();
        let mut one = |selector: &Option<Selector>, place| {
            selector.as_ref().map(|selector| select(selector, context, &mut narrowed, place)).transpose()
        };
        let (from, to) = (one(&self.from, "/from")?, one(&self.to, "/to")?);
        let direction = match (self.direction.as_deref().unwrap_or("forward"), from, to) {
            ("forward", from, None) => Direction::Forward(from),
            ("backward", None, Some(to)) => Direction::Backward(to),
            ("between", Some(from), Some(to)) => Direction::Between(from, to),
            _ => {
                let works = "forward takes from, backward takes to, between takes both";
                return bad("direction_malformed", works).map_err(|e: RequestError| e.below("/direction"));
            }
        };
        let (pages, events) = match self.unit.as_deref() {
            None | Some("pages") => (true, false),
            Some("events") => (false, true),
            Some("both") => (true, true),
            Some(_) => {
                return bad("unit_unknown", "units are pages, events, both")
                    .map_err(|e: RequestError| e.below("/unit"));
            }
        };
        let depth = within(self.depth, 5, 2, MAX_DEPTH as u32, "depth_out_of_range", "depth is 2 to 10")
            .map_err(|error| error.below("/depth"))?;
        let top = within(self.top, 8, 3, 20, "top_out_of_range", "top is 3 to 20").map_err(|e| e.below("/top"))?;
        let journeys = Journeys {
            direction,
            pages,
            events,
            depth,
            collapse_repeats: self.collapse_repeats.unwrap_or(true),
            page_groups: self.page_groups(context)?,
        };
        let prefix = prefix::stops(&self.prefix, &self.groups, depth, context)?;
        let groups = self.groups.iter().map(|group| group.name.clone()).collect();
        let words = Words { depth, top, groups, prefix, direction: self.direction() };
        let behaviour = Behaviour { base, about: About::Journeys(journeys), narrowed, following };
        Ok(Asked { behaviour, words: AllWords::Journeys(words), frame })
    }

    fn direction(&self) -> &'static str {
        match self.direction.as_deref() {
            Some("backward") => "backward",
            Some("between") => "between",
            _ => "forward",
        }
    }

    fn page_groups(&self, context: &Context<'_>) -> Resolved<Vec<TermSet>> {
        let wrong = |works| bad("group_malformed", works).map_err(|error: RequestError| error.below("/groups"));
        if self.groups.len() > MAX_GROUPS {
            return wrong("at most 20 groups of pages");
        }
        let mut sets = Vec::new();
        for group in &self.groups {
            if group.name.is_empty() || group.name.len() > MAX_NAME_BYTES || !group.pattern.starts_with('/') {
                return wrong("a group has a name of 1 to 100 bytes and a pattern that begins with a slash");
            }
            match pages(&group.pattern, context) {
                Ok(set) => sets.push(set),
                Err(_) => return wrong("a page pattern is at most 512 bytes"),
            }
        }
        Ok(sets)
    }
}
