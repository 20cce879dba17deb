//! Retention and lifecycle in words.

mod answer;

use outis_event::{Day, Span};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::error::bad;
use super::super::request::{Period, read};
use super::super::resolve::Resolved;
use super::super::{Context, RequestError};
use super::common::{Frame, base};
use super::{Asked, Words as AllWords};
use crate::behaviour::{About, Behaviour, Retention, number};
use crate::{DayRange, Query};

use answer::Column;
pub use answer::{
    Actives, Cohort, LifecycleAnswer, LifecycleSeries, RetentionAnswer, RetentionCell, RetentionTotal, Stickiness,
};
pub(super) use answer::{Spans, Words};

/// Most columns of a table of cohorts.
const MAX_COLUMNS: i32 = 92;
/// Most brackets.
const MAX_BRACKETS: usize = 100;

/// How many members come back. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetentionRequest {
    /// The site's domain.
    pub site: String,
    /// The weeks in which cohorts begin and members come back; widened to whole weeks at the front.
    pub period: Period,
    /// `day` or `week`.
    pub interval: String,
    /// `n_day` (the default): active in the interval. `brackets`: active in any of several. `rolling` needs the link
    /// policy.
    #[serde(default)]
    pub mode: Option<String>,
    /// `brackets` only: intervals from the first (included) to the second (excluded), counted from 0. More than one
    /// interval needs the link policy, except seven days that are a week.
    #[serde(default)]
    pub brackets: Option<Vec<(u32, u32)>>,
    /// A declared action. Default: any activity.
    #[serde(default)]
    pub action: Option<String>,
    /// None: marks are of members, not of events.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
}

/// How many members are active, and whether they were before. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about; widened to whole weeks or periods at the front.
    pub period: Period,
    /// `week` or `period` (five ISO weeks).
    pub interval: String,
    /// None: marks are of members, not of events.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
}

fn of_members(context: &Context<'_>, period: &Period, filters: &[serde_json::Value]) -> Resolved<(Query, Frame)> {
    if !filters.is_empty() {
        let works = "members are told by marks, which no filter can be asked of";
        return bad("filter_misplaced", works).map_err(|error: RequestError| error.below("/filters"));
    }
    let (mut base, mut frame) = base(context, period, &[])?;
    base.range.slots = None;
    frame.unit = "members";
    Ok((base, frame))
}

impl RetentionRequest {
    pub(super) fn parse(body: &[u8]) -> Result<RetentionRequest, RequestError> {
        let known = "site, period, interval, mode, brackets, action, filters; site, period and interval are required";
        read(body, known)
    }

    pub(super) fn resolve(&self, context: &Context<'_>) -> Resolved<Asked> {
        let (mut base, mut frame) = of_members(context, &self.period, &self.filters)?;
        let span = match self.interval.as_str() {
            "day" => Span::Day,
            "week" => Span::Week,
            _ => {
                return bad("interval_unknown", "intervals of retention are day, week")
                    .map_err(|error: RequestError| error.below("/interval"));
            }
        };
        if self.action.is_some() {
            return bad("action_unknown", "no action of this name is declared")
                .map_err(|error: RequestError| error.below("/action"));
        }
        base.range.from = Day::of_week(base.range.from.week());
        let columns = self.columns(span, &base.range)?;
        if span == Span::Day {
            frame.notes.push("days are counted from the Monday of the cohort's week".to_owned());
        }
        let mode = if self.mode.as_deref() == Some("brackets") { "brackets" } else { "n_day" };
        let words = Words { span, columns, mode };
        let retention = Retention { by_day: span == Span::Day, action: None };
        let behaviour = Behaviour { base, about: About::Retention(retention), narrowed: Vec::new() };
        Ok(Asked { behaviour, words: AllWords::Retention(words), frame })
    }

    fn columns(&self, span: Span, range: &DayRange) -> Resolved<Vec<Column>> {
        match (self.mode.as_deref().unwrap_or("n_day"), &self.brackets) {
            ("n_day", None) => {
                let all = number(range.to, span) - number(range.from, span) + 1;
                Ok((0..all.min(MAX_COLUMNS)).map(|from| Column { span, from }).collect())
            }
            ("brackets", Some(brackets)) if (1..=MAX_BRACKETS).contains(&brackets.len()) => {
                let column = |(at, (from, to)): (usize, &(u32, u32))| {
                    bracket(span, *from, *to).map_err(|error| error.below(&format!("/brackets/{at}")))
                };
                brackets.iter().enumerate().map(column).collect()
            }
            ("brackets", _) => bad("brackets_out_of_range", "brackets has 1 to 100 brackets")
                .map_err(|error: RequestError| error.below("/brackets")),
            ("rolling", None) => bad("needs_link", "being active then or later needs the link policy")
                .map_err(|error: RequestError| error.below("/mode")),
            ("n_day" | "rolling", Some(_)) => bad("brackets_misplaced", "only the mode brackets has brackets")
                .map_err(|error: RequestError| error.below("/brackets")),
            _ => bad("mode_unknown", "modes are n_day, rolling, brackets")
                .map_err(|error: RequestError| error.below("/mode")),
        }
    }
}

/// A bracket that marks can tell: one interval, or the seven days of a week.
fn bracket(span: Span, from: u32, to: u32) -> Resolved<Column> {
    let number = |at: u32| i32::try_from(at).ok().filter(|at| *at < 4_000);
    let (Some(from), Some(to)) = (number(from), number(to)) else {
        return bad("brackets_out_of_range", "a bracket lies before interval 4,000");
    };
    match (span, to - from) {
        (span, 1) => Ok(Column { span, from }),
        (Span::Day, 7) if from % 7 == 0 => Ok(Column { span: Span::Week, from: from / 7 }),
        (_, ..=0) => bad("brackets_out_of_range", "a bracket ends behind where it begins"),
        _ => bad("needs_link", "being active in any of several intervals needs the link policy"),
    }
}

impl LifecycleRequest {
    pub(super) fn parse(body: &[u8]) -> Result<LifecycleRequest, RequestError> {
        read(body, "site, period, interval, filters; site, period and interval are required")
    }

    pub(super) fn resolve(&self, context: &Context<'_>) -> Resolved<Asked> {
        let (mut base, mut frame) = of_members(context, &self.period, &self.filters)?;
        let span = match self.interval.as_str() {
            "week" => Span::Week,
            "period" => Span::Period,
            _ => {
                return bad("interval_unknown", "intervals of a lifecycle are week, period")
                    .map_err(|error: RequestError| error.below("/interval"));
            }
        };
        let first = number(base.range.from, span);
        // Who is dormant was active in the span before.
        base.range.from = start(span, first - 1);
        frame.notes.push("on how many days of a week members are active needs the link policy".to_owned());
        let behaviour = Behaviour { base, about: About::Lifecycle, narrowed: Vec::new() };
        Ok(Asked { behaviour, words: AllWords::Lifecycle(Spans { span, first }), frame })
    }
}

/// The first day of a span.
fn start(span: Span, at: i32) -> Day {
    match span {
        Span::Day => Day(at),
        Span::Week => Day::of_week(at),
        Span::Period => Day::of_week(at.saturating_mul(5)),
    }
}
