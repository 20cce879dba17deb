//! Visits and frequency in words.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::present::Hidden;
use super::super::request::{Period, read};
use super::super::resolve::Resolved;
use super::super::{Context, RequestError, Selector};
use super::common::{HowTraced, base, end_of_class, hidden, how, select};
use super::{Asked, Words as AllWords};
use crate::behaviour::{About, Behaviour, Cell, Histogram, Measure, ShownTable};

/// How long visits last, how many pages they have, and when. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitsRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// Conditions, all of which some event of the visit fulfils.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
}

/// How often visitors do something in a day. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrequencyRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// What they do.
    pub selector: Selector,
    /// Further conditions on what they do.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
}

impl VisitsRequest {
    pub(super) fn parse(body: &[u8]) -> Result<VisitsRequest, RequestError> {
        read(body, "site, period, filters; site and period are required")
    }

    pub(super) fn resolve(&self, context: &Context<'_>) -> Resolved<Asked> {
        let (base, mut frame) = base(context, &self.period, &self.filters)?;
        frame.unit = "visits";
        frame.notes.push("hours count visitors, each once in every hour they are there".to_owned());
        let behaviour = Behaviour { base, about: About::Visits, narrowed: Vec::new(), following: None };
        Ok(Asked { behaviour, words: AllWords::Visits, frame })
    }
}

impl FrequencyRequest {
    pub(super) fn parse(body: &[u8]) -> Result<FrequencyRequest, RequestError> {
        read(body, "site, period, selector, filters; site, period and selector are required")
    }

    pub(super) fn resolve(&self, context: &Context<'_>) -> Resolved<Asked> {
        let (base, frame) = base(context, &self.period, &self.filters)?;
        let mut narrowed = Vec::new();
        let filter = select(&self.selector, context, &mut narrowed, "/selector")?;
        let behaviour = Behaviour { base, about: About::Frequency(filter), narrowed, following: None };
        Ok(Asked { behaviour, words: AllWords::Frequency, frame })
    }
}

/// Visits by length, page views and hour of the week.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VisitsAnswer {
    /// By seconds.
    pub duration: Vec<DurationClass>,
    /// By page views.
    pub depth: Vec<DepthClass>,
    /// Visitors by local hour, per day of the week from Monday on.
    pub hours: Vec<Vec<Option<u64>>>,
    /// Medians.
    pub medians: VisitMedians,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowTraced,
}

/// Visits whose length lies in a class.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DurationClass {
    /// From so many seconds on.
    pub from_s: u32,
    /// Less than so many; null: any more.
    pub to_s: Option<u32>,
    /// How many.
    pub visits: Option<u64>,
}

/// Visits whose page views lie in a class.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DepthClass {
    /// From so many page views on.
    pub from: u32,
    /// Up to so many, included; null: any more.
    pub to: Option<u32>,
    /// How many.
    pub visits: Option<u64>,
}

/// Medians of visits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VisitMedians {
    /// Seconds; a bounce has none.
    pub duration_s: Option<u64>,
    /// Page views.
    pub pages: Option<u64>,
}

/// Visitors by how often they did something in a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FrequencyAnswer {
    /// By times.
    pub buckets: Vec<FrequencyClass>,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowTraced,
}

/// Visitors who did it so often.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FrequencyClass {
    /// From so many times on.
    pub from: u32,
    /// Up to so many, included; null: any more.
    pub to: Option<u32>,
    /// How many.
    pub visitors: Option<u64>,
}

/// Where each class begins, where the next one does, and how many are in it.
fn classes(histogram: Histogram, shown: &ShownTable) -> impl Iterator<Item = (u32, Option<u32>, Option<u64>)> {
    let classes = histogram.classes();
    classes
        .iter()
        .enumerate()
        .map(move |(at, from)| (*from, end_of_class(classes, at), shown.of(&Cell::Class(histogram, at as u8))))
}

pub(super) fn visits(asked: &Asked, shown: &ShownTable) -> VisitsAnswer {
    let duration = classes(Histogram::Duration, shown);
    let depth = classes(Histogram::PageViews, shown);
    let hour = |weekday, hour| shown.of(&Cell::Hour { weekday, hour });
    VisitsAnswer {
        duration: duration.map(|(from_s, to_s, visits)| DurationClass { from_s, to_s, visits }).collect(),
        depth: depth.map(|(from, to, visits)| DepthClass { from, to: to.map(|to| to - 1), visits }).collect(),
        hours: (0..7).map(|weekday| (0..24).map(|at| hour(weekday, at)).collect()).collect(),
        medians: VisitMedians { duration_s: shown.median(Measure::Duration), pages: shown.median(Measure::PageViews) },
        hidden: hidden(shown),
        how: how(&asked.behaviour, &asked.frame, shown, None, None),
    }
}

/// How many did it how often.
pub(in crate::native) fn times(shown: &ShownTable) -> Vec<FrequencyClass> {
    let classes = classes(Histogram::Times, shown);
    classes.map(|(from, to, visitors)| FrequencyClass { from, to: to.map(|to| to - 1), visitors }).collect()
}

pub(super) fn frequency(asked: &Asked, shown: &ShownTable) -> FrequencyAnswer {
    FrequencyAnswer {
        buckets: times(shown),
        hidden: hidden(shown),
        how: how(&asked.behaviour, &asked.frame, shown, None, None),
    }
}
