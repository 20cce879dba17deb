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
use crate::behaviour::{About, Activity, Behaviour, Followed, Retention, Returns, number};
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
/// Intervals of brackets end here.
const MAX_INTERVAL: u32 = 4_000;

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
    /// `n_day` (the default): active in the interval. `brackets`: active in any of several. `rolling`: active in the
    /// interval or a later one, of linked members.
    #[serde(default)]
    pub mode: Option<String>,
    /// `brackets` only: intervals from the first (included) to the second (excluded), counted from 0. Where one has more
    /// than one interval, except seven days that are a week, linked members are followed, and brackets come one after
    /// the other.
    #[serde(default)]
    pub brackets: Option<Vec<(u32, u32)>>,
    /// `n_day` and `brackets` too are told of linked members, and days are counted from each member's own first one.
    /// Needs the link policy `period`.
    #[serde(default)]
    pub across_days: bool,
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
        let known = "site, period, interval, mode, brackets, across_days, action, filters; site, period and interval are \
                     required";
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
        let action = self.declared_action(context)?;
        base.range.from = Day::of_week(base.range.from.week());
        let mode = self.mode()?;
        let following = match self.needs_link(mode, span) {
            Some((place, without)) => {
                let following = frame.follow(context, &base.range, "needs_link", without);
                Some(following.map_err(|error| error.below(&place))?)
            }
            None => None,
        };
        if let Some(following) = following {
            base.range.from = base.range.from.max(following.from);
        }
        let columns = self.columns(mode, span, &base.range, following.is_some())?;
        let by_day = span == Span::Day;
        frame.notes.extend(notes(mode, by_day, following.is_some()).map(str::to_owned));
        let about = match following {
            Some(_) => {
                frame.unit = "linked members";
                About::Followed(Followed { by_day, columns: columns.iter().map(|column| column.returns).collect() })
            }
            None => About::Retention(Retention { by_day, action }),
        };
        let words = Words { span, columns, mode: mode.name(), is_followed: following.is_some() };
        let behaviour = Behaviour { base, about, narrowed: Vec::new(), following };
        Ok(Asked { behaviour, words: AllWords::Retention(words), frame })
    }

    /// The place of the action that is asked about.
    fn declared_action(&self, context: &Context<'_>) -> Resolved<Option<u8>> {
        let Some(name) = &self.action else { return Ok(None) };
        match context.actions.iter().position(|action| action == name) {
            Some(at) => Ok(u8::try_from(at).ok()),
            None => bad("action_unknown", "no action of this name is declared: the plan has up to eight `actions`")
                .map_err(|error: RequestError| error.below("/action")),
        }
    }

    fn mode(&self) -> Resolved<Mode> {
        let mode = match self.mode.as_deref() {
            None | Some("n_day") => Mode::NDay,
            Some("rolling") => Mode::Rolling,
            Some("brackets") => Mode::Brackets,
            Some(_) => {
                return bad("mode_unknown", "modes are n_day, rolling, brackets")
                    .map_err(|error: RequestError| error.below("/mode"));
            }
        };
        match (mode, &self.brackets) {
            (Mode::Brackets, Some(brackets)) if (1..=MAX_BRACKETS).contains(&brackets.len()) => Ok(mode),
            (Mode::Brackets, _) => bad("brackets_out_of_range", "brackets has 1 to 100 brackets")
                .map_err(|error: RequestError| error.below("/brackets")),
            (_, Some(_)) => bad("brackets_misplaced", "only the mode brackets has brackets")
                .map_err(|error: RequestError| error.below("/brackets")),
            (_, None) => Ok(mode),
        }
    }

    /// Where the question asks for something that only links tell, and what works without.
    fn needs_link(&self, mode: Mode, span: Span) -> Option<(String, &'static str)> {
        let tells = |(from, to): &(u32, u32)| by_marks(span, *from, *to).is_some() || to <= from;
        let of_several = self.brackets.iter().flatten().position(|bracket| !tells(bracket));
        match (mode, of_several) {
            (Mode::Rolling, _) => {
                Some(("/mode".to_owned(), "marks tell the modes n_day and brackets of single intervals"))
            }
            (_, Some(at)) => {
                let works = "marks tell brackets of single intervals, or of seven days that are a week";
                Some((format!("/brackets/{at}"), works))
            }
            _ if self.across_days => {
                Some(("/across_days".to_owned(), "marks tell intervals from the cohort's week on"))
            }
            _ => None,
        }
    }

    fn columns(&self, mode: Mode, span: Span, range: &DayRange, is_followed: bool) -> Resolved<Vec<Column>> {
        let Some(brackets) = &self.brackets else {
            let all = number(range.to, span).saturating_sub(number(range.from, span)).saturating_add(1);
            let all = u32::try_from(all.clamp(0, MAX_COLUMNS)).unwrap_or(0);
            let returns = |from| match mode {
                Mode::Rolling => Returns::Since(from),
                _ => Returns::Within(from, from + 1),
            };
            return Ok((0..all).map(|from| Column { span, returns: returns(from) }).collect());
        };
        let mut columns = Vec::new();
        let mut before = 0;
        for (at, (from, to)) in brackets.iter().enumerate() {
            let place = |error: RequestError| error.below(&format!("/brackets/{at}"));
            if to <= from || *to > MAX_INTERVAL {
                let works = "a bracket ends behind where it begins, and before interval 4,000";
                return bad("brackets_out_of_range", works).map_err(place);
            }
            if is_followed && *from < before {
                return bad("brackets_overlap", "brackets of linked members come one after the other").map_err(place);
            }
            before = *to;
            columns.push(match by_marks(span, *from, *to).filter(|_| !is_followed) {
                Some(column) => column,
                None => Column { span, returns: Returns::Within(*from, *to) },
            });
        }
        Ok(columns)
    }
}

/// A way of counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    NDay,
    Rolling,
    Brackets,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::NDay => "n_day",
            Mode::Rolling => "rolling",
            Mode::Brackets => "brackets",
        }
    }
}

fn notes(mode: Mode, by_day: bool, is_followed: bool) -> impl Iterator<Item = &'static str> {
    let start = match (by_day, is_followed) {
        (true, true) => Some("days are counted from each member's first day"),
        (true, false) => Some("days are counted from the Monday of the cohort's week"),
        (false, _) => None,
    };
    let linked = "only members who were linked when they first came are told, and only within the period of five weeks";
    let rising = "what is told of later intervals may rise until the period is over";
    let rising = (mode == Mode::Rolling).then_some(rising);
    start.into_iter().chain(is_followed.then_some(linked)).chain(rising)
}

/// The column of a bracket that marks can tell: one interval, or the seven days of a week.
fn by_marks(span: Span, from: u32, to: u32) -> Option<Column> {
    match (span, to.checked_sub(from)?) {
        (span, 1) => Some(Column { span, returns: Returns::Within(from, to) }),
        (Span::Day, 7) if from.is_multiple_of(7) => {
            Some(Column { span: Span::Week, returns: Returns::Within(from / 7, from / 7 + 1) })
        }
        _ => None,
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
        let asked = base.range;
        // Who is dormant was active in the span before.
        base.range.from = start(span, first - 1);
        let weeks = self.weeks(context, &asked, &mut frame);
        let about = About::Lifecycle(Activity { weeks });
        let behaviour = Behaviour { base, about, narrowed: Vec::new(), following: frame.following };
        let words = Spans { span, first, tells_days: weeks.is_some() };
        Ok(Asked { behaviour, words: AllWords::Lifecycle(words), frame })
    }

    /// The first and last of the whole weeks in which linked members are followed; says why there are none.
    fn weeks(&self, context: &Context<'_>, range: &DayRange, frame: &mut Frame) -> Option<(i32, i32)> {
        let needs = "on how many days of a week members are active is told of linked members";
        let following = match frame.follow(context, range, "needs_link", needs) {
            Ok(following) => following,
            Err(error) => {
                frame.notes.push(error.message.into_owned());
                return None;
            }
        };
        let today = context.now.day(context.zone);
        let first = range.from.max(following.from).plus(6).week();
        // The last week of which the Sunday is asked about and over.
        let last = range.to.min(today.plus(-1)).plus(1).week() - 1;
        if first > last {
            frame.following = None;
            frame.notes.push("no whole week of this period is over: stickiness is told of whole weeks".to_owned());
            return None;
        }
        frame.notes.push("stickiness is that of linked members in whole weeks of this period".to_owned());
        Some((first, last))
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
