//! Retention and lifecycle in words.

use outis_event::{Day, Lifecycle, Span, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::error::bad;
use super::super::present::{Hidden, Value};
use super::super::request::{Period, read};
use super::super::resolve::Resolved;
use super::super::{Context, RequestError};
use super::common::{Frame, HowTraced, base, hidden, how, percent};
use super::{Asked, Words as AllWords};
use crate::behaviour::{About, Behaviour, Cell, Retention, ShownTable, number};
use crate::{DayRange, Query};

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

/// What is needed to put retention into words.
#[derive(Clone, Debug)]
pub(super) struct Words {
    span: Span,
    columns: Vec<Column>,
    mode: &'static str,
}

/// So many spans after the cohort's first one.
#[derive(Clone, Copy, Debug)]
struct Column {
    span: Span,
    from: i32,
}

/// The spans of a lifecycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spans {
    span: Span,
    first: i32,
}

/// Members who come back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RetentionAnswer {
    /// By the week in which members first came.
    pub cohorts: Vec<Cohort>,
    /// All cohorts together, of those whose cell is complete and told.
    pub total: Vec<RetentionTotal>,
    /// What columns are called.
    pub columns: Vec<String>,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowTraced,
}

/// Members who first came in one week.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Cohort {
    /// Its Monday.
    pub key: String,
    /// How many.
    pub size: Option<u64>,
    /// One per column.
    pub cells: Vec<RetentionCell>,
}

/// Members of a cohort who are active.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RetentionCell {
    /// How many.
    pub members: Option<u64>,
    /// Percent of the cohort.
    #[schema(value_type = Option<f64>)]
    pub percent: Option<Value>,
    /// The time asked about is over and within the period.
    pub complete: bool,
}

/// A column of all cohorts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RetentionTotal {
    /// Percent of the cohorts whose cell is complete.
    #[schema(value_type = Option<f64>)]
    pub percent: Option<Value>,
    /// Every cohort's cell is.
    pub complete: bool,
}

impl Words {
    pub(super) fn present(&self, asked: &Asked, shown: &ShownTable) -> RetentionAnswer {
        let range = &asked.behaviour.base.range;
        let today = asked.frame.now.day(&asked.behaviour.base.zone);
        let weeks = range.from.week()..=range.to.week();
        let cohort = |week: i32| {
            let size = shown.of(&Cell::Cohort(u32::try_from(week).unwrap_or(0))).filter(|size| *size > 0)?;
            let cells = self.columns.iter().map(|column| self.cell(shown, week, size, *column, range.to, today));
            Some(Cohort { key: Day::of_week(week).date().to_string(), size: Some(size), cells: cells.collect() })
        };
        let cohorts: Vec<Cohort> = weeks.filter_map(cohort).collect();
        let name = |column: &Column| match column.span {
            Span::Day => format!("day {}", column.from),
            _ => format!("week {}", column.from),
        };
        let interval = if self.span == Span::Day { "day" } else { "week" };
        let mut how = how(&asked.behaviour, &asked.frame, shown, Some(interval), Some(self.mode));
        no_members(cohorts.is_empty(), &mut how);
        RetentionAnswer {
            total: (0..self.columns.len()).map(|at| total(&cohorts, at, shown)).collect(),
            cohorts,
            columns: self.columns.iter().map(name).collect(),
            hidden: hidden(shown),
            how,
        }
    }

    fn cell(&self, shown: &ShownTable, week: i32, size: u64, column: Column, to: Day, today: Day) -> RetentionCell {
        let at = number(Day::of_week(week), column.span) + column.from;
        let cohort = u32::try_from(week).unwrap_or(0);
        let has_begun = start(column.span, at) <= to.min(today);
        let members = shown.of(&Cell::Retained { cohort, span: column.span, at }).filter(|_| has_begun);
        let last = start(column.span, at + 1).plus(-1);
        let complete = last <= to && last < today;
        RetentionCell { members, percent: percent(members, Some(size), shown), complete }
    }
}

fn total(cohorts: &[Cohort], at: usize, shown: &ShownTable) -> RetentionTotal {
    let complete = cohorts.iter().filter(|cohort| cohort.cells[at].complete);
    let told = complete.filter_map(|cohort| Some((cohort.cells[at].members?, cohort.size?)));
    let (members, size) = told.fold((0, 0), |(members, size), (more, of)| (members + more, size + of));
    RetentionTotal {
        percent: percent(Some(members), Some(size), shown),
        complete: !cohorts.is_empty() && cohorts.iter().all(|cohort| cohort.cells[at].complete),
    }
}

fn no_members(is_empty: bool, how: &mut HowTraced) {
    if is_empty {
        how.notes.push("nobody who is told here was signed in: members come with identity tokens".to_owned());
    }
}

/// Members who are active.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LifecycleAnswer {
    /// The first day of each span.
    pub labels: Vec<String>,
    /// Per span, members by what their activity is to them.
    pub series: LifecycleSeries,
    /// Members active per day, week and period.
    pub actives: Actives,
    /// The days of `actives`.
    pub day_labels: Vec<String>,
    /// Its weeks.
    pub week_labels: Vec<String>,
    /// Its periods.
    pub period_labels: Vec<String>,
    /// On how many days of a week members are active; null: needs the link policy.
    pub stickiness: Option<Vec<Stickiness>>,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowTraced,
}

/// Members per span.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LifecycleSeries {
    /// Never active before.
    pub new: Vec<Option<u64>>,
    /// Active in the span before too.
    pub returning: Vec<Option<u64>>,
    /// Active before, but not in the span before.
    pub resurrected: Vec<Option<u64>>,
    /// Active in the span before but not in this one.
    pub dormant: Vec<Option<u64>>,
}

/// Members active per span.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Actives {
    /// Per day.
    pub day: Vec<Option<u64>>,
    /// Per ISO week.
    pub week: Vec<Option<u64>>,
    /// Per period of five.
    pub period: Vec<Option<u64>>,
}

/// Members who are active on so many days of a week.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Stickiness {
    /// How many days.
    pub days: u8,
    /// Percent of those active in the week.
    #[schema(value_type = Option<f64>)]
    pub percent: Option<Value>,
}

impl Spans {
    pub(super) fn present(&self, asked: &Asked, shown: &ShownTable) -> LifecycleAnswer {
        let span = self.span;
        let base = &asked.behaviour.base;
        let first = start(span, self.first);
        let last = last_day(&base.range, asked.frame.now, base);
        let numbers = |span: Span| number(first, span)..=number(last, span);
        let labels = |span: Span| numbers(span).map(|at| start(span, at).date().to_string()).collect();
        let active = |span: Span| numbers(span).map(|at| shown.of(&Cell::Active { span, at })).collect();
        let of = |at: i32, state| shown.of(&Cell::State { span, at, state });
        let all = |state| numbers(span).map(|at| of(at, state)).collect();
        let dormant = |at: i32| {
            let before = shown.of(&Cell::Active { span, at: at - 1 })?;
            Some(before.saturating_sub(of(at, Lifecycle::Returning)?))
        };
        let interval = if span == Span::Week { "week" } else { "period" };
        let mut how = how(&asked.behaviour, &asked.frame, shown, Some(interval), None);
        no_members(shown.cells.is_empty(), &mut how);
        LifecycleAnswer {
            labels: labels(span),
            series: LifecycleSeries {
                new: all(Lifecycle::New),
                returning: all(Lifecycle::Returning),
                resurrected: all(Lifecycle::Resurrected),
                dormant: numbers(span).map(dormant).collect(),
            },
            actives: Actives { day: active(Span::Day), week: active(Span::Week), period: active(Span::Period) },
            day_labels: labels(Span::Day),
            week_labels: labels(Span::Week),
            period_labels: labels(Span::Period),
            stickiness: None,
            hidden: hidden(shown),
            how,
        }
    }
}

/// The last day asked about that has begun.
fn last_day(range: &DayRange, now: Timestamp, base: &Query) -> Day {
    range.to.min(now.day(&base.zone)).max(range.from)
}
