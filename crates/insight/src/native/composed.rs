//! Questions that are put together from several guarded queries, and what all of them share.

use std::borrow::Cow;
use std::collections::HashMap;

use outis_event::{Day, Timestamp, Vocabulary};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::behaviour::{About, Attribution, Behaviour, Following, Model, ShownTable};
use crate::bucket::{bucket, bucket_day};
use crate::history::Past;
use crate::history::Spread;
use crate::period::{buckets, interval, label};
use crate::{DayRange, Filter, Group, Interval, Life, Metric, Query, Shown, ShownKey, ShownRow};

use super::behaviour::common::{following, linkable, select};
use super::error::{RequestError, bad};
use super::present::{Hidden, How, HowNoise, Kind, Value, how, in_words, is_count};
use super::request::{Compare, Period};
use super::resolve::{Resolved, attribute, crossed, filters, named_interval, query, range, window};
use super::{Context, Form, Selector};

/// Largest request, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// A question in words that becomes several queries.
pub trait Composable: DeserializeOwned {
    /// What it becomes.
    type Question: Composed;

    /// The site's domain.
    fn site(&self) -> &str;

    /// Turns words into numbers of the site.
    ///
    /// # Errors
    /// The first thing that is unknown, out of range, or does not go together.
    fn resolve(&self, context: &Context<'_>) -> Result<Self::Question, RequestError>;
}

/// Several queries, and how their answers become one.
pub trait Composed: Send + Sync {
    /// What is answered.
    type Answer: Serialize + Send;

    /// The queries; each is to be answered by the guard on its own.
    fn parts(&self) -> &[Part];

    /// Puts the answers into words. They are in the order of the parts; `None` where the guard refused one that the
    /// question can do without. The first is always there.
    fn present(&self, words: &Vocabulary, answers: &[Option<Shown>]) -> Self::Answer;

    /// What is asked besides about how often visitors do something; the guard may refuse any of it.
    fn repeated(&self) -> &[Behaviour] {
        &[]
    }

    /// Adds what is told of it to the answer.
    fn add_repeated(&self, _: &Vocabulary, _: &mut Self::Answer, _: &[Option<ShownTable>]) {}
}

/// One query of a question.
#[derive(Clone, Debug)]
pub struct Part {
    /// What is asked.
    pub query: Query,
    /// What is asked in its place where there are no rows any more.
    pub past: Past,
    /// If the guard refuses this one, it refuses the question.
    pub must: bool,
}

/// Reads a request.
///
/// # Errors
/// `too_large`, `not_json`, or `malformed` with the place of the first mistake.
pub fn parse_composed<T: Composable>(body: &[u8]) -> Result<T, RequestError> {
    if body.len() > MAX_BYTES {
        return bad("too_large", "a request is at most 256 KiB");
    }
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        if error.is_data() {
            let known = "/api/openapi.json lists what this question takes";
            RequestError::new("malformed", format!("a key or value does not fit near {place}: {known}"))
        } else {
            RequestError::new("not_json", format!("the body is not JSON near {place}"))
        }
    })
}

/// How an answer came about, with what the kind of question adds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HowComposed {
    /// What all answers tell.
    #[serde(flatten)]
    pub base: How,
    /// Which of several definitions was used, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub mode: Option<&'static str>,
    /// What is counted.
    #[schema(value_type = String)]
    pub unit: &'static str,
    /// Assumptions and limits.
    #[schema(value_type = Vec<String>)]
    pub notes: Vec<Cow<'static, str>>,
}

/// The parts of a question in the making; each is known by its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts(pub(super) Vec<Part>);

impl Parts {
    /// A query without whose answer there is none.
    pub(super) fn must(&mut self, query: Query) -> usize {
        self.0.push(Part { query, past: Past::AsAsked, must: true });
        self.0.len() - 1
    }

    /// A query that may stay without an answer.
    pub(super) fn may(&mut self, query: Query) -> usize {
        self.may_later(query, |_| Past::AsAsked)
    }

    /// The same of a query in whose place something else is asked where there are no rows any more.
    pub(super) fn may_later(&mut self, query: Query, past: impl Fn(&Query) -> Past) -> usize {
        self.0.push(Part { past: past(&query), query, must: false });
        self.0.len() - 1
    }
}

/// Site, time and filters of a question.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// The days and filters, without metrics and groups.
    base: Query,
    compare: Option<DayRange>,
    /// The window compared with begins before the site's first day: it would look as if everything had grown.
    too_early: bool,
    pub(super) interval: Interval,
    over_time: bool,
    now: Timestamp,
    first_day: Option<Day>,
}

impl Frame {
    /// Time and filters in numbers. Filters on languages go with no other condition, so they are refused.
    pub(super) fn new(
        context: &Context<'_>,
        period: &Period,
        list: &[Json],
        compare: Option<&Compare>,
        form: Form,
    ) -> Resolved<Frame> {
        let (range, preset) = range(period, context).map_err(|error| error.below("/period"))?;
        let (filter, of_language) = filters(list, context).map_err(|error| error.below("/filters"))?;
        if of_language {
            return crossed().map_err(|error: RequestError| error.below("/filters"));
        }
        let compare = match compare {
            Some(compare) if preset != Some(crate::period::Preset::All) => {
                Some(window(compare, &range, preset, form, context).map_err(|error| error.below("/compare"))?)
            }
            _ => None,
        };
        let is_known = |range: &DayRange| context.first_day.is_none_or(|first| first <= range.from);
        let (compare, too_early) = (compare.filter(is_known), compare.is_some_and(|range| !is_known(&range)));
        let base = query(context, range, filter, Vec::new(), Vec::new());
        let interval = interval(preset, &range);
        Ok(Frame {
            base,
            compare,
            too_early,
            interval,
            over_time: false,
            now: context.now,
            first_day: context.first_day,
        })
    }

    /// The same for an answer over time, in buckets of the named width or what suits the period.
    pub(super) fn over_time(mut self, name: Option<&str>) -> Resolved<Frame> {
        if let Some(name) = name {
            self.interval = named_interval(name).map_err(|error| error.below("/interval"))?;
        }
        if buckets(self.interval, &self.base.range, self.now, &self.base.zone).is_none() {
            return bad("interval_too_fine", "a series has at most 1500 buckets: ask for a longer interval");
        }
        self.over_time = true;
        Ok(self)
    }

    /// The attribute of a group; languages are counted singly and go with nothing else.
    pub(super) fn group(name: Option<&str>, place: &str, context: &Context<'_>) -> Resolved<Option<Attribute>> {
        let Some(name) = name else { return Ok(None) };
        match attribute(name, context).map_err(|error| error.below(place))? {
            Attribute::Language => crossed().map_err(|error: RequestError| error.below(place)),
            found => Ok(Some(found)),
        }
    }

    /// A query about the events that also fulfil all of `further`.
    pub(super) fn query(&self, further: &[Filter], metrics: &[Metric], groups: &[Group]) -> Query {
        let mut all = vec![self.base.filter.clone()];
        all.extend_from_slice(further);
        all.retain(|filter| !filter.is_all());
        let (metrics, groups) = (metrics.to_vec(), groups.to_vec());
        Query { filter: Filter::And(all), metrics, groups, ..self.base.clone() }
    }

    /// How often visitors do any of these in a day. Scrolling is told by engagements, which nobody repeats: `None`.
    pub(super) fn repeated(
        &self,
        further: &[Filter],
        selectors: &[Selector],
        context: &Context<'_>,
        place: &str,
    ) -> Resolved<Option<Behaviour>> {
        let (mut any, mut narrowed) = (Vec::new(), Vec::new());
        for (at, selector) in selectors.iter().enumerate() {
            if selector.resolve(context)? != selector.resolve_counted(context)? {
                return Ok(None);
            }
            any.push(select(selector, context, &mut narrowed, &format!("{place}/{at}"))?);
        }
        let filter = if any.len() == 1 { any.remove(0) } else { Filter::Or(any) };
        Ok(Some(Behaviour {
            base: self.query(further, &[], &[]),
            about: About::Frequency(filter),
            narrowed,
            following: None,
        }))
    }

    /// The same about the window compared with, if there is one.
    pub(super) fn compared(&self, query: &Query) -> Option<Query> {
        self.compare.map(|range| Query { range, ..query.clone() })
    }

    /// The conditions of the whole question.
    pub(super) fn filter(&self) -> &Filter {
        &self.base.filter
    }

    /// Where conversions come from over several visits of a member.
    pub(super) fn attributed(
        &self,
        goal: &Selector,
        (group, model): (Group, Model),
        context: &Context<'_>,
    ) -> Resolved<Behaviour> {
        let works = "models are first and last within a visit";
        let following = following(context, &self.base.range, "model_unavailable", works)
            .map_err(|error: RequestError| error.below("/model"))?;
        let mut narrowed = Vec::new();
        let goal = select(goal, context, &mut narrowed, "/goal")?;
        let about = About::Attribution(Attribution { goal, group, model });
        Ok(Behaviour { base: self.base.clone(), about, narrowed, following: Some(following) })
    }

    /// What is said where members are followed.
    pub(super) fn followed(&self, following: Following) -> String {
        let (from, to) = linkable(following, &self.base, self.now);
        format!("linked members are followed from {from} to {to}; who is not linked counts per day")
    }

    /// True if no filter is set.
    pub(super) fn is_unfiltered(&self) -> bool {
        self.base.filter.is_all()
    }

    /// The starts of all buckets.
    pub(super) fn buckets(&self, query: &Query) -> Vec<i64> {
        buckets(self.interval, &query.range, self.now, &query.zone).unwrap_or_default()
    }

    /// True if something could be in the bucket: it does not end before the site's first day, and of history not behind
    /// the last closed one.
    pub(super) fn is_known(&self, start: i64, shown: Option<&Shown>) -> bool {
        let zone = &self.base.zone;
        let first = self.first_day.map(|day| bucket(self.interval, day, day.start(zone).slot(), zone));
        let end = shown.filter(|shown| shown.life == Life::History).map(|shown| shown.fresh_as_of.day(zone));
        first.is_none_or(|first| first <= start) && end.is_none_or(|end| bucket_day(start) < end)
    }

    /// How all buckets are called.
    pub(super) fn labels(&self) -> Vec<String> {
        let range = &self.base.range;
        self.buckets(&self.base).into_iter().map(|start| label(self.interval, start, range)).collect()
    }

    /// How the answer came about.
    pub(super) fn how(
        &self,
        answers: &[Option<Shown>],
        unit: &'static str,
        mode: Option<&'static str>,
        mut notes: Vec<Cow<'static, str>>,
    ) -> HowComposed {
        let interval = self.over_time.then_some(self.interval);
        let base = how(&self.base, self.compare.as_ref(), interval, self.now, first(answers));
        let rounded_to = answers.iter().flatten().map(|shown| shown.rounded_to).max().unwrap_or(base.rounded_to);
        let mut noise = Spread::default();
        answers.iter().flatten().for_each(|shown| noise.widen(&shown.noise));
        if self.too_early {
            notes.push("nothing is compared: the other period begins before the site's first day".into());
        }
        HowComposed { base: How { rounded_to, noise: HowNoise::of(&noise), ..base }, mode, unit, notes }
    }
}

/// The answer that is always there.
fn first(answers: &[Option<Shown>]) -> &Shown {
    answers.first().and_then(Option::as_ref).expect("the first part is one that must be answered")
}

/// What is not shown, in all parts together. A part that was refused is a group that is not shown.
pub(super) fn hidden(answers: &[Option<Shown>]) -> Hidden {
    let of = |answer: &Option<Shown>| answer.as_ref().map_or(1, |shown| shown.hidden_groups);
    Hidden { groups: answers.iter().map(of).sum(), floor: first(answers).floor }
}

/// A part's answer.
pub(super) fn told(answers: &[Option<Shown>], part: usize) -> Option<&Shown> {
    answers.get(part).and_then(Option::as_ref)
}

/// A metric of a part's total.
pub(super) fn total(answers: &[Option<Shown>], part: usize, metric: usize) -> Option<f64> {
    value(told(answers, part)?.total.as_ref()?, metric)
}

/// A metric of a row.
pub(super) fn value(row: &ShownRow, metric: usize) -> Option<f64> {
    row.values.get(metric).copied().flatten()
}

/// The rows of an answer by their keys.
pub(super) struct ByKeys<'a> {
    rows: HashMap<&'a [ShownKey], &'a ShownRow>,
    /// What a count is where there is no row: 0 if nothing is hidden, else it is not known.
    absent: Option<f64>,
    metrics: Vec<Metric>,
}

impl<'a> ByKeys<'a> {
    pub(super) fn new(shown: Option<&'a Shown>, metrics: &[Metric]) -> ByKeys<'a> {
        let rows = shown.iter().flat_map(|shown| &shown.rows).map(|row| (row.keys.as_slice(), row)).collect();
        let complete = shown.is_some_and(|shown| shown.hidden_groups == 0);
        ByKeys { rows, absent: complete.then_some(0.0), metrics: metrics.to_vec() }
    }

    /// A metric of the row with these keys.
    pub(super) fn value(&self, keys: &[ShownKey], metric: usize) -> Option<f64> {
        match self.rows.get(keys) {
            Some(row) => value(row, metric),
            None if self.metrics.get(metric).is_some_and(|metric| is_count(*metric)) => self.absent,
            None => None,
        }
    }
}

/// What the visitors of a row of `of` are a part of: those of the same keys on the days on which the row is told, if
/// these are not all days; else `all`. Not known of a group of history that may be hidden on some days.
pub(super) fn whole(of: Option<&Shown>, keys: &[ShownKey], all: Option<f64>) -> Option<f64> {
    let Some(shown) = of else { return all };
    match shown.whole.get(keys) {
        Some(visitors) => Some(*visitors as f64),
        None => all.filter(|_| keys.is_empty() || is_told_whole(shown)),
    }
}

/// False of groups of history that may not be told on some days: what they are of everybody on all days is not known.
pub(super) fn is_told_whole(shown: &Shown) -> bool {
    shown.life != Life::History || shown.hidden_groups == 0
}

/// One row per key, in words.
pub(super) fn keyed(words: &Vocabulary, attribute: Attribute, row: &ShownRow) -> (String, Kind) {
    in_words(words, attribute, row.keys.first().copied().unwrap_or(ShownKey::Other))
}

/// `part` / `whole`, if there is a whole.
pub(super) fn ratio(part: Option<f64>, whole: Option<f64>) -> Option<f64> {
    let (part, whole) = (part?, whole?);
    (whole > 0.0).then(|| part / whole)
}

/// Percent of the whole, at most 100: rounding must not make a part larger than its whole.
pub(super) fn percent(part: Option<f64>, whole: Option<f64>) -> Option<f64> {
    ratio(part, whole).map(|share| (share * 100.0).min(100.0))
}

/// Numbers as they are sent.
pub(super) fn sent(value: Option<f64>) -> Option<Value> {
    value.map(Value)
}

/// Larger first, what is not known last.
pub(super) fn larger_first(a: Option<f64>, b: Option<f64>) -> std::cmp::Ordering {
    match (a, b) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
