//! From a shown table to a funnel in words.

use outis_event::{Term, Vocabulary};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::super::name_of;
use super::super::super::present::{Hidden, Kind, Value, in_words};
use super::super::Asked;
use super::super::common::{HowTraced, end_of_class, hidden, how, percent};
use super::DAY_S;
use crate::attribute::Attribute;
use crate::behaviour::{Cell, Funnel, Histogram, Measure, Order, ShownTable, Slice};
use crate::period::{buckets, label};
use crate::{Interval, Life, ShownKey};

/// What is needed to put a funnel into words.
#[derive(Clone, Debug)]
pub(in super::super) struct Words {
    pub(super) funnel: Funnel,
    pub(super) labels: Vec<String>,
    pub(super) group: Option<Attribute>,
    /// What closes keep its steps under, if it is one that can be saved.
    pub(super) kept: Option<Term>,
}

impl Words {
    /// What closes keep the steps under, if it is a funnel that can be saved.
    pub(in super::super) fn kept(&self) -> Option<Term> {
        self.kept
    }
}

/// A funnel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FunnelAnswer {
    /// The steps as asked.
    pub steps: Vec<FunnelStep>,
    /// Percent of those who entered that came to the end.
    #[schema(value_type = Option<f64>)]
    pub conversion: Option<Value>,
    /// Linked members who did not come to the end and may still, because the window of an entry of theirs is not over;
    /// null where nobody is followed.
    pub unfinished: Option<u64>,
    /// By the value at the first step, if asked for; most visitors first.
    pub groups: Option<Vec<FunnelGroup>>,
    /// By when visitors entered, if asked for.
    pub over_time: Option<Vec<FunnelBucket>>,
    /// How long it took from the first to the last step.
    pub time_to_convert: TimeToConvert,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowTraced,
}

/// One step.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FunnelStep {
    /// What it is called.
    pub label: String,
    /// Who reached it.
    pub visitors: Option<u64>,
    /// Percent of those who entered.
    #[schema(value_type = Option<f64>)]
    pub of_first: Option<Value>,
    /// Percent of those who reached the required step before.
    #[schema(value_type = Option<f64>)]
    pub of_previous: Option<Value>,
    /// Who reached the required step before but not this one.
    pub dropped: Option<u64>,
    /// Median seconds since the required step before.
    pub median_s: Option<u64>,
    /// The steps behind it do not ask for it.
    pub optional: bool,
}

/// Visitors with one value at the first step.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FunnelGroup {
    /// The value.
    pub key: String,
    /// What kind of value.
    pub kind: Kind,
    /// Who reached each step; null for an optional one.
    pub visitors: Vec<Option<u64>>,
    /// Percent that came to the end.
    #[schema(value_type = Option<f64>)]
    pub conversion: Option<Value>,
}

/// Visitors who entered in one bucket of time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FunnelBucket {
    /// The bucket's first local day or minute.
    pub key: String,
    /// Who entered.
    pub entered: Option<u64>,
    /// Who of them came to the end, whenever that was.
    pub converted: Option<u64>,
    /// Percent.
    #[schema(value_type = Option<f64>)]
    pub conversion: Option<Value>,
}

/// How long it took from the first to the last step.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimeToConvert {
    /// The median.
    pub median_s: Option<u64>,
    /// Classes of seconds.
    pub buckets: Vec<TimeToConvertClass>,
}

/// Visitors whose time lies in a class.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimeToConvertClass {
    /// From so many seconds on.
    pub from_s: u32,
    /// Less than so many; null: any more.
    pub to_s: Option<u32>,
    /// How many.
    pub visitors: Option<u64>,
}

fn reached(shown: &ShownTable, slice: Slice, step: usize) -> Option<u64> {
    shown.of(&Cell::Reached { slice, step: step as u8 })
}

impl Words {
    pub(in super::super) fn present(&self, asked: &Asked, words: &Vocabulary, shown: &ShownTable) -> FunnelAnswer {
        let funnel = &self.funnel;
        let last = funnel.steps.len() - 1;
        let interval = funnel.over_time.map(name_of);
        let mode = match funnel.order {
            Order::Ordered => "ordered",
            Order::Strict => "strict",
            Order::Any => "any",
            Order::FirstTouch => "first_touch",
        };
        let mut how = how(&asked.behaviour, &asked.frame, shown, interval, Some(mode));
        how.window_s = Some(funnel.window_s);
        if shown.rounded_to > 1 {
            how.notes.push(format!("where fewer than {} people stop at a step, none are told to", shown.floor));
        }
        if shown.life == Life::History && shown.hidden_groups > 0 {
            let days = shown.hidden_groups;
            how.notes.push(format!("without {days} days on which some step may not be told"));
        }
        FunnelAnswer {
            steps: (0..=last).map(|at| self.step(funnel, shown, at)).collect(),
            conversion: percent(reached(shown, Slice::All, last), reached(shown, Slice::All, 0), shown),
            unfinished: asked.frame.following.and_then(|_| shown.of(&Cell::Unfinished)),
            groups: self.group.map(|attribute| groups(funnel, attribute, words, shown)),
            over_time: funnel.over_time.map(|interval| over_time(last, interval, asked, shown)),
            time_to_convert: time_to_convert(funnel.window_s, shown),
            hidden: hidden(shown),
            how,
        }
    }

    fn step(&self, funnel: &Funnel, shown: &ShownTable, at: usize) -> FunnelStep {
        let visitors = reached(shown, Slice::All, at);
        let first = reached(shown, Slice::All, 0);
        let before = (0..at).rev().find(|before| Some(*before) != funnel.optional);
        let previous = before.and_then(|before| reached(shown, Slice::All, before));
        FunnelStep {
            label: self.labels[at].clone(),
            visitors,
            of_first: percent(visitors, first, shown),
            of_previous: percent(visitors, previous, shown),
            dropped: previous.zip(visitors).map(|(previous, visitors)| previous.saturating_sub(visitors)),
            median_s: shown.median(Measure::Gap(at as u8)),
            optional: Some(at) == funnel.optional,
        }
    }
}

fn groups(funnel: &Funnel, attribute: Attribute, words: &Vocabulary, shown: &ShownTable) -> Vec<FunnelGroup> {
    let slices = shown.cells.keys().filter_map(|cell| match cell {
        Cell::Reached { slice: slice @ (Slice::Group(_) | Slice::Other), step: 0 } => Some(*slice),
        _ => None,
    });
    let group = |slice| {
        let key = match slice {
            Slice::Group(term) => ShownKey::Term(term),
            _ => ShownKey::Other,
        };
        let (key, kind) = in_words(words, attribute, key);
        let of = |step| reached(shown, slice, step).filter(|_| Some(step) != funnel.optional);
        let visitors: Vec<Option<u64>> = (0..funnel.steps.len()).map(of).collect();
        let conversion = percent(visitors[funnel.steps.len() - 1], visitors[0], shown);
        FunnelGroup { key, kind, visitors, conversion }
    };
    let mut groups: Vec<FunnelGroup> = slices.map(group).collect();
    groups.sort_by(|a, b| {
        let is_other = |group: &FunnelGroup| group.kind == Kind::Other;
        (is_other(a), b.visitors[0], &a.key).cmp(&(is_other(b), a.visitors[0], &b.key))
    });
    groups
}

fn over_time(last: usize, interval: Interval, asked: &Asked, shown: &ShownTable) -> Vec<FunnelBucket> {
    let base = &asked.behaviour.base;
    let starts = buckets(interval, &base.range, asked.frame.now, &base.zone).unwrap_or_default();
    let bucket = |start| {
        let [entered, converted] = [0, last].map(|step| reached(shown, Slice::Time(start), step));
        let conversion = percent(converted, entered, shown);
        FunnelBucket { key: label(interval, start, &base.range), entered, converted, conversion }
    };
    starts.into_iter().map(bucket).collect()
}

fn time_to_convert(window_s: u32, shown: &ShownTable) -> TimeToConvert {
    // Classes of days are of windows of days.
    let days = Histogram::TimeToConvert.classes().partition_point(|from_s| *from_s < DAY_S);
    let all = Histogram::TimeToConvert.classes();
    let classes = if window_s > DAY_S { all } else { &all[..days] };
    let class = |(at, from_s): (usize, &u32)| TimeToConvertClass {
        from_s: *from_s,
        to_s: end_of_class(classes, at),
        visitors: shown.of(&Cell::Class(Histogram::TimeToConvert, at as u8)),
    };
    TimeToConvert {
        median_s: shown.median(Measure::TimeToConvert),
        buckets: classes.iter().enumerate().map(class).collect(),
    }
}
