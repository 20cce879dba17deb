//! From a shown table to members in words.

use outis_event::{Day, Lifecycle, Span, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::super::present::{Hidden, Value};
use super::super::Asked;
use super::super::common::{HowTraced, hidden, how, percent};
use super::start;
use crate::behaviour::{Cell, Histogram, Returns, ShownTable, number};
use crate::{DayRange, Life, Query};

/// What is needed to put retention into words.
#[derive(Clone, Debug)]
pub(in super::super) struct Words {
    pub(super) span: Span,
    pub(super) columns: Vec<Column>,
    pub(super) mode: &'static str,
    /// Linked members are told, not all by their marks.
    pub(super) is_followed: bool,
}

/// When to come back: spans after the cohort's first one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) span: Span,
    pub(super) returns: Returns,
}

impl Column {
    fn from(self) -> i32 {
        let (Returns::Within(from, _) | Returns::Since(from)) = self.returns;
        i32::try_from(from).unwrap_or(i32::MAX)
    }

    /// The last interval whose end is waited for.
    fn last(self) -> i32 {
        let last = match self.returns {
            Returns::Within(_, to) => to.saturating_sub(1),
            Returns::Since(from) => from,
        };
        i32::try_from(last).unwrap_or(i32::MAX)
    }

    fn name(self) -> String {
        let span = if self.span == Span::Day { "day" } else { "week" };
        match self.returns {
            Returns::Since(from) => format!("{span} {from} or later"),
            Returns::Within(..) if self.from() == self.last() => format!("{span} {}", self.from()),
            Returns::Within(..) => format!("{span} {} to {}", self.from(), self.last()),
        }
    }
}

/// The spans of a lifecycle.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Spans {
    pub(super) span: Span,
    pub(super) first: i32,
    /// On how many days of a week members are active.
    pub(super) tells_days: bool,
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
    /// The time asked about is over, within the period, and, of linked members, one in which they could be followed.
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
            let known = Known { to: range.to, today };
            let cells =
                (0u8..).zip(&self.columns).map(|(at, column)| self.cell(shown, week, size, (at, *column), known));
            Some(Cohort { key: Day::of_week(week).date().to_string(), size: Some(size), cells: cells.collect() })
        };
        let cohorts: Vec<Cohort> = weeks.filter_map(cohort).collect();
        let interval = if self.span == Span::Day { "day" } else { "week" };
        let mut how = how(&asked.behaviour, &asked.frame, shown, Some(interval), Some(self.mode));
        no_members(cohorts.is_empty(), self.is_followed, &mut how);
        of_history(shown, &mut how);
        RetentionAnswer {
            total: (0..self.columns.len()).map(|at| total(&cohorts, at, shown)).collect(),
            cohorts,
            columns: self.columns.iter().map(|column| column.name()).collect(),
            hidden: hidden(shown),
            how,
        }
    }

    fn cell(
        &self,
        shown: &ShownTable,
        week: i32,
        size: u64,
        (place, column): (u8, Column),
        Known { to, today }: Known,
    ) -> RetentionCell {
        let first = number(Day::of_week(week), column.span);
        let at = first.saturating_add(column.from());
        let cohort = u32::try_from(week).unwrap_or(0);
        let cell = match self.is_followed {
            true => Cell::Returned { cohort, column: place },
            false => Cell::Retained { cohort, span: column.span, at },
        };
        // A member of the next period is another one.
        let to = match self.is_followed {
            true => to.min(Day::of_week((week.div_euclid(5) + 1).saturating_mul(5)).plus(-1)),
            false => to,
        };
        let has_begun = start(column.span, at) <= to.min(today);
        let members = shown.of(&cell).filter(|_| has_begun);
        // Whose days are their own may have come first on the Sunday.
        let later = if self.is_followed && column.span == Span::Day { 6 } else { 0 };
        let last = start(column.span, first.saturating_add(column.last()).saturating_add(1)).plus(later - 1);
        let complete = last <= to && last < today;
        RetentionCell { members, percent: percent(members, Some(size), shown), complete }
    }
}

/// What time is known of: the last day asked about, and the day that is not over.
#[derive(Clone, Copy)]
struct Known {
    to: Day,
    today: Day,
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

fn no_members(is_empty: bool, is_followed: bool, how: &mut HowTraced) {
    let why = match is_followed {
        true => "nobody who is told here is linked: members are, who agreed to it",
        false => "nobody who is told here was signed in: members come with identity tokens",
    };
    if is_empty {
        how.notes.push(why.to_owned());
    }
}

/// Says what history tells of members.
fn of_history(shown: &ShownTable, how: &mut HowTraced) {
    if shown.life == Life::History {
        let note = "history tells weeks and periods once they are over, and no number of few members";
        how.notes.push(note.to_owned());
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
    /// On how many days of a week linked members are active, over the whole weeks of this period that are asked about
    /// and over; null where nobody is followed.
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
        no_members(shown.cells.values().all(|members| *members == 0), false, &mut how);
        of_history(shown, &mut how);
        let is_past = shown.life == Life::History;
        if self.tells_days && is_past {
            how.notes.push("history does not keep on how many days of a week linked members are active".to_owned());
        }
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
            stickiness: (self.tells_days && !is_past).then(|| stickiness(shown)),
            hidden: hidden(shown),
            how,
        }
    }
}

fn stickiness(shown: &ShownTable) -> Vec<Stickiness> {
    let all = shown.of(&Cell::All);
    let of = |days: u8| {
        let members = shown.of(&Cell::Class(Histogram::ActiveDays, Histogram::ActiveDays.class(days.into())));
        Stickiness { days, percent: percent(members, all, shown) }
    };
    (1..=7).map(of).collect()
}

/// The last day asked about that has begun.
fn last_day(range: &DayRange, now: Timestamp, base: &Query) -> Day {
    range.to.min(now.day(&base.zone)).max(range.from)
}
