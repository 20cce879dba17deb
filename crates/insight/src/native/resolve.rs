//! From words to numbers.

use std::borrow::Cow;

use outis_event::{Day, Dimension, Term};
use serde_json::Value;

use crate::attribute::{Attribute, BadPattern, MAX_VALUE_BYTES, Match, NOT_SET, terms};
use crate::period::{Anchor, Comparison, MAX_DAYS, Preset, buckets, days, interval, until_time_of_day, whole};
use crate::{DayRange, Filter, Group, Interval, Metric, Query, VisitField};

use super::error::{RequestError, bad};
use super::request::{Compare, Period, Request};
use super::{By, Context, Form, METRICS, Order, Question};

const MAX_FILTERS: usize = 20;
const MAX_VALUES: usize = 100;
/// Most segments of one filter.
const MAX_SEGMENTS: usize = 10;
const MAX_LIMIT: u32 = 1_000;
const MAX_OFFSET: u32 = 1_000_000;

pub(crate) type Resolved<T> = Result<T, RequestError>;

impl Request {
    /// Turns words into numbers of the site.
    ///
    /// # Errors
    /// The first thing that is unknown, out of range, or does not go together.
    pub fn resolve(&self, form: Form, context: &Context<'_>) -> Resolved<Question> {
        self.check_form(form)?;
        let metrics = metrics(&self.metrics)?;
        let (range, preset) = range(&self.period, context)?;
        let attribute = self.dimension.as_deref().map(|d| attribute(d, context)).transpose()?;
        let (filter, of_language) = filters(&self.filters, context)?;
        check_language(attribute, of_language, self.filters.len())?;
        let interval = match self.interval.as_deref() {
            Some(name) => named_interval(name)?,
            None => interval(preset, &range),
        };
        if form == Form::Series && buckets(interval, &range, context.now, context.zone).is_none() {
            return bad("interval_too_fine", "a series has at most 1500 buckets: ask for a longer interval");
        }
        let groups = match form {
            Form::Totals => Vec::new(),
            Form::Series => vec![Group::Time(interval)],
            Form::Breakdown => attribute.map(Attribute::group).into_iter().collect(),
        };
        let order = order(self.order.as_ref(), &self.metrics)?;
        let main = query(context, range, filter, metrics, groups);
        let compare = match &self.compare {
            Some(compare) if preset != Some(Preset::All) => Some(window(compare, &range, preset, form, context)?),
            _ => None,
        };
        Ok(Question {
            compare: compare.map(|range| Query { range, ..main.clone() }),
            main,
            form,
            interval,
            attribute,
            order,
            limit: within(self.limit, 10, 1, MAX_LIMIT, "limit_out_of_range", "limit is 1 to 1000")?,
            offset: within(self.offset, 0, 0, MAX_OFFSET, "offset_out_of_range", "offset is 0 to 1000000")?,
            search: self.search.clone().filter(|s| !s.is_empty()),
            now: context.now,
        })
    }

    /// Refuses keys that the call does not take.
    fn check_form(&self, form: Form) -> Resolved<()> {
        if self.dimension.is_some() != (form == Form::Breakdown) {
            return bad("dimension_misplaced", "a breakdown has one dimension, totals and series have none");
        }
        if self.interval.is_some() && form != Form::Series {
            return bad("interval_misplaced", "only a series has an interval");
        }
        let of_breakdown =
            self.limit.is_some() || self.offset.is_some() || self.order.is_some() || self.search.is_some();
        if of_breakdown && form != Form::Breakdown {
            return bad("key_misplaced", "limit, offset, order and search are for breakdowns");
        }
        if self.search.as_ref().is_some_and(|s| s.len() > MAX_VALUE_BYTES) {
            return bad("search_too_long", "search is at most 512 bytes");
        }
        Ok(())
    }
}

/// A query with the site's own names of page views and engagement.
pub(crate) fn query(
    context: &Context<'_>,
    range: DayRange,
    filter: Filter,
    metrics: Vec<Metric>,
    groups: Vec<Group>,
) -> Query {
    // A name that was never used matches nothing.
    let name = |text| context.vocabulary.lookup(Dimension::Event, text).unwrap_or(Term(u32::MAX));
    Query {
        site: context.site,
        zone: context.zone.clone(),
        range,
        filter,
        metrics,
        groups,
        pageview: name("pageview"),
        engagement: name("engagement"),
        cap_milli: None,
    }
}

fn metrics(names: &[String]) -> Resolved<Vec<Metric>> {
    let mut metrics = Vec::new();
    for name in names {
        let Some((_, metric)) = METRICS.iter().find(|(known, _)| known == name) else {
            return bad("metric_unknown", listed("metrics are ", METRICS.iter().map(|(name, _)| *name)));
        };
        if metrics.contains(metric) {
            return bad("metric_twice", "each metric is asked for once");
        }
        metrics.push(*metric);
    }
    if metrics.is_empty() {
        return bad("metric_missing", "at least one metric is needed");
    }
    Ok(metrics)
}

pub(super) fn listed(intro: &'static str, names: impl Iterator<Item = &'static str>) -> Cow<'static, str> {
    let names: Vec<_> = names.collect();
    Cow::Owned(format!("{intro}{}", names.join(", ")))
}

const PRESETS: [(&str, Preset); 13] = [
    ("today", Preset::Day),
    ("yesterday", Preset::Yesterday),
    ("24h", Preset::Hours24),
    ("7d", Preset::Days(7)),
    ("28d", Preset::Days(28)),
    ("30d", Preset::Days(30)),
    ("91d", Preset::Days(91)),
    ("month", Preset::Month),
    ("last_month", Preset::LastMonth),
    ("year", Preset::Year),
    ("6mo", Preset::Months(6)),
    ("12mo", Preset::Months(12)),
    ("all", Preset::All),
];

/// The days asked about. Calendar months and years end today if they are not over.
pub(super) fn range(period: &Period, context: &Context<'_>) -> Resolved<(DayRange, Option<Preset>)> {
    let today = context.now.day(context.zone);
    let (range, preset) = match (&period.preset, &period.from, &period.to) {
        (Some(name), None, None) => {
            let Some((_, preset)) = PRESETS.iter().find(|(known, _)| known == name) else {
                return bad("period_unknown", listed("presets are ", PRESETS.iter().map(|(name, _)| *name)));
            };
            let day = period.date.as_deref().map(day).transpose()?.unwrap_or(today);
            let anchor = Anchor { day, now: context.now, zone: context.zone, first_day: context.first_day };
            let mut range = preset.range(&anchor);
            if matches!(preset, Preset::Month | Preset::Year) {
                range.to = range.to.min(today.max(range.from));
            }
            (range, Some(*preset))
        }
        (None, Some(from), Some(to)) if period.date.is_none() => (whole(day(from)?, day(to)?), None),
        _ => return bad("period_malformed", "a period has either a preset (with an optional date) or from and to"),
    };
    check_range(&range)?;
    Ok((range, preset))
}

fn check_range(range: &DayRange) -> Resolved<()> {
    if range.from > range.to {
        return bad("period_reversed", "a period ends on or after the day it begins");
    }
    if days(range) > MAX_DAYS {
        return bad("period_too_long", "a period is at most ten years");
    }
    Ok(())
}

fn day(text: &str) -> Resolved<Day> {
    let date = (text.len() == 10).then(|| text.parse::<jiff::civil::Date>().ok()).flatten();
    match date {
        Some(date) if (1970..=2200).contains(&date.year()) => Ok(Day::from_date(date)),
        _ => bad("date_malformed", "a date is written like 2026-11-24"),
    }
}

/// The window that is compared with. An unfinished day is compared with as much of another, but a series shows it
/// whole.
pub(super) fn window(
    compare: &Compare,
    range: &DayRange,
    preset: Option<Preset>,
    form: Form,
    context: &Context<'_>,
) -> Resolved<DayRange> {
    let mode = match (compare.mode.as_str(), &compare.from, &compare.to) {
        ("previous_period", None, None) => Comparison::Previous,
        ("year_over_year", None, None) => Comparison::YearBefore,
        ("custom", Some(from), Some(to)) => Comparison::Custom(day(from)?, day(to)?),
        _ => {
            let works = "compare has mode previous_period, year_over_year, or custom with from and to";
            return bad("compare_malformed", works);
        }
    };
    let window = mode.window(range, compare.match_day_of_week, context.zone);
    check_range(&window)?;
    let today = context.now.day(context.zone);
    let unfinished = preset == Some(Preset::Day) && range.to == today && window.from == window.to;
    if unfinished && form != Form::Series {
        return Ok(until_time_of_day(&window, context.now, context.zone));
    }
    Ok(window)
}

pub(super) fn named_interval(name: &str) -> Resolved<Interval> {
    match name {
        "hour" => Ok(Interval::Hour),
        "day" => Ok(Interval::Day),
        "week" => Ok(Interval::Week),
        "month" => Ok(Interval::Month),
        _ => bad("interval_unknown", "intervals are hour, day, week, month"),
    }
}

fn order(order: Option<&(String, String)>, metrics: &[String]) -> Resolved<Order> {
    let Some((by, direction)) = order else { return Ok(Order { by: By::Metric(0), descending: true }) };
    let by = match metrics.iter().position(|m| m == by) {
        Some(at) => By::Metric(at),
        None if by == "key" => By::Key,
        None => return bad("order_unknown", "rows are ordered by a metric of the request or by key"),
    };
    match direction.as_str() {
        "asc" => Ok(Order { by, descending: false }),
        "desc" => Ok(Order { by, descending: true }),
        _ => bad("order_unknown", "the direction of an order is asc or desc"),
    }
}

pub(super) fn within(
    value: Option<u32>,
    default: u32,
    least: u32,
    most: u32,
    code: &'static str,
    message: &'static str,
) -> Resolved<usize> {
    let value = value.unwrap_or(default);
    if (least..=most).contains(&value) { Ok(value as usize) } else { bad(code, message) }
}

/// The attribute with this name.
pub(super) fn attribute(name: &str, context: &Context<'_>) -> Resolved<Attribute> {
    if let Some(key) = name.strip_prefix("prop:").filter(|key| !key.is_empty()) {
        return Ok(Attribute::property(context.vocabulary, key));
    }
    let special = match name {
        "entry_page" => Some(Attribute::Visit(VisitField::EntryPage)),
        "exit_page" => Some(Attribute::Visit(VisitField::ExitPage)),
        "entry_hostname" => Some(Attribute::Visit(VisitField::EntryHostname)),
        "exit_hostname" => Some(Attribute::Visit(VisitField::ExitHostname)),
        "language" => Some(Attribute::Language),
        "tag" => Some(Attribute::Tag),
        _ => Dimension::from_key(name).map(Attribute::Dimension),
    };
    match special {
        Some(attribute) => Ok(attribute),
        None => {
            let others =
                ["entry_page", "exit_page", "entry_hostname", "exit_hostname", "language", "tag", "prop:<name>"];
            let names = Dimension::ALL.iter().map(|d| d.key()).chain(others);
            bad("filter_unknown_dimension", listed("dimensions are ", names))
        }
    }
}

/// All filters together, and whether any is about languages.
pub(super) fn filters(list: &[Value], context: &Context<'_>) -> Resolved<(Filter, bool)> {
    filters_within(list, context, false)
}

/// The filters of a saved segment, in which no other segment may be named.
pub(super) fn filters_of_segment(list: &[Value], context: &Context<'_>) -> Resolved<(Filter, bool)> {
    filters_within(list, context, true)
}

fn filters_within(list: &[Value], context: &Context<'_>, segment: bool) -> Resolved<(Filter, bool)> {
    if list.len() > MAX_FILTERS {
        return bad("filter_too_many", "at most 20 filters");
    }
    let mut all = Vec::new();
    let mut of_language = false;
    for entry in list {
        let (filter, language) = match entry.get(1).and_then(Value::as_str) {
            Some("segment") if segment => {
                return bad("segment_within_segment", "a segment has no other segment in it");
            }
            Some("segment") => of_segments(entry, context)?,
            _ => one_filter(entry, context)?,
        };
        of_language |= language;
        all.push(filter);
    }
    if segment && of_language && all.len() > 1 {
        return crossed();
    }
    Ok((Filter::And(all), of_language))
}

/// Any of the saved segments, or none of them.
fn of_segments(entry: &Value, context: &Context<'_>) -> Resolved<(Filter, bool)> {
    let parts = entry.as_array().map(Vec::as_slice).unwrap_or_default();
    let (operator, names) = match parts {
        [Value::String(operator), _, Value::Array(names)] => (operator.as_str(), names),
        _ => return bad("filter_malformed", "a segment is filtered by [\"is\", \"segment\", [names]]"),
    };
    if !matches!(operator, "is" | "is_not") {
        return bad("filter_unknown_operator", "operators of segment are is and is_not");
    }
    if names.is_empty() || names.len() > MAX_SEGMENTS {
        return bad("filter_values_out_of_range", "a filter names 1 to 10 segments");
    }
    let mut any = Vec::new();
    let mut of_language = false;
    for name in names {
        let (filter, language) = segment(name.as_str().unwrap_or_default(), context)?;
        of_language |= language;
        any.push(filter);
    }
    if of_language && any.len() > 1 {
        return crossed();
    }
    let any = if any.len() == 1 { any.remove(0) } else { Filter::Or(any) };
    Ok((if operator == "is_not" { not(any) } else { any }, of_language))
}

/// What a saved segment stands for.
pub(crate) fn segment(name: &str, context: &Context<'_>) -> Resolved<(Filter, bool)> {
    match context.definitions.segments.get(name) {
        Some(segment) => filters_of_segment(&segment.filters, context),
        None => bad("segment_unknown", "no segment of this name is saved; the site's definitions list them"),
    }
}

fn one_filter(entry: &Value, context: &Context<'_>) -> Resolved<(Filter, bool)> {
    let malformed = "a filter is [operator, dimension, [values]]; set and not_set have no values";
    let parts = entry.as_array().map(Vec::as_slice).unwrap_or_default();
    let (Some(Value::String(operator)), Some(Value::String(dimension))) = (parts.first(), parts.get(1)) else {
        return bad("filter_malformed", malformed);
    };
    let attribute = attribute(dimension, context)?;
    let of_language = attribute == Attribute::Language;
    let (how, negated) = match operator.as_str() {
        "is" => (Match::Is, false),
        "is_not" => (Match::Is, true),
        "contains" => (Match::Contains, false),
        "contains_not" => (Match::Contains, true),
        "matches" => (Match::Matches, false),
        "matches_not" => (Match::Matches, true),
        "set" | "not_set" if parts.len() == 2 => {
            let absent = condition(attribute, Match::Is, &[NOT_SET.to_owned()], context)?;
            return Ok((if operator == "set" { not(absent) } else { absent }, of_language));
        }
        "set" | "not_set" => return bad("filter_malformed", malformed),
        _ => {
            let works = "operators are is, is_not, contains, contains_not, matches, matches_not, set, not_set";
            return bad("filter_unknown_operator", works);
        }
    };
    let [_, _, Value::Array(values)] = parts else { return bad("filter_malformed", malformed) };
    let values: Option<Vec<String>> = values.iter().map(|v| v.as_str().map(str::to_owned)).collect();
    let Some(values) = values else { return bad("filter_malformed", "values of a filter are strings") };
    if values.is_empty() || values.len() > MAX_VALUES || values.iter().any(|v| v.len() > MAX_VALUE_BYTES) {
        return bad("filter_values_out_of_range", "a filter has 1 to 100 values of at most 512 bytes");
    }
    let filter = condition(attribute, how, &values, context)?;
    Ok((if negated { not(filter) } else { filter }, of_language))
}

fn condition(attribute: Attribute, how: Match, values: &[String], context: &Context<'_>) -> Resolved<Filter> {
    match terms(context.vocabulary, attribute.space(), how, values, how == Match::Contains) {
        Ok(set) => Ok(Filter::Event(attribute.condition(set))),
        Err(BadPattern) => {
            let works =
                "a pattern is a regular expression without look-around and back-references, and of bounded size";
            bad("pattern_invalid", works)
        }
    }
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

/// Languages are counted singly: a combination with anything else could tell one person from the others.
fn check_language(attribute: Option<Attribute>, of_language: bool, filters: usize) -> Resolved<()> {
    let is_crossed = match attribute {
        Some(Attribute::Language) => filters > 0,
        Some(_) => of_language,
        None => of_language && filters > 1,
    };
    if is_crossed { crossed() } else { Ok(()) }
}

pub(super) fn crossed<T>() -> Resolved<T> {
    bad("language_not_crossed", "languages are counted singly, never with another dimension or filter")
}
