//! From a shown table to members in words.

use outis_event::{Day, Lifecycle, Span, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::super::present::{Hidden, Value};
use super::super::Asked;
use super::super::common::{HowTraced, hidden, how, percent};
use super::start;
use crate::behaviour::{Cell, ShownTable, number};
use crate::{DayRange, Query};

/// What is needed to put retention into words.
#[derive(Clone, Debug)]
pub(in super::super) struct Words {
    pub(super) span: Span,
    pub(super) columns: Vec<Column>,
    pub(super) mode: &'static str,
}

/// So many spans after the cohort's first one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) span: Span,
    pub(super) from: i32,
}

/// The spans of a lifecycle.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Spans {
    pub(super) span: Span,
    pub(super) first: i32,
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
    pub(in super::super) fn present(&self, asked: &Asked, shown: &ShownTable) -> RetentionAnswer {
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
    pub(in super::super) fn present(&self, asked: &Asked, shown: &ShownTable) -> LifecycleAnswer {
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
