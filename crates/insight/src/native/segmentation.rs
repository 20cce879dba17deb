//! Events side by side over time: how many, how often, of which value; by segments and groups, and formulas of them.

use std::collections::HashMap;

use outis_event::{Space, Term, Vocabulary};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::behaviour::{Behaviour, ShownTable};
use crate::{Filter, Group, Metric, Query, Shown, ShownKey};

use super::behaviour::visits::{FrequencyClass, times};
use super::composed::{
    ByKeys, Composable, Composed, Frame, HowComposed, Part, Parts, hidden, larger_first, percent, ratio, sent, told,
    total, value,
};
use super::error::{RequestError, bad};
use super::formula::{Formula, Function};
use super::present::{Hidden, Kind, Value, in_words};
use super::property::{PropertyMeasure, Weighed};
use super::request::{Compare, Period};
use super::resolve::{Resolved, crossed, segment};
use super::{Context, Form, Selector};

const MOST_EVENTS: usize = 10;
const MOST_SEGMENTS: usize = 10;
/// Most pairs of an event and a segment.
const MOST_SERIES: usize = 20;
/// Most values of a group that are told singly.
const MOST_KEYS: usize = 12;
const METRICS: [Metric; 2] = [Metric::Visitors, Metric::Events];

/// Asks about events side by side. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentationRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// Conditions, all of which hold.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<Json>,
    /// 1 to 10 events, pages or goals.
    pub events: Vec<Selector>,
    /// `uniques` (the default), `totals`, `average`, `active_percent`, `frequency`, `property_sum`,
    /// `property_average`, `property_median`, `property_p90` or `property_distinct`.
    #[serde(default)]
    pub measure: Option<String>,
    /// With a measure of a property: its name.
    #[serde(default)]
    pub property: Option<String>,
    /// Instead of a measure: `UNIQUES(A)/UNIQUES(B)*100`, where letters are the events in their order.
    #[serde(default)]
    pub formula: Option<String>,
    /// What the series of each event stand for, such as `source`.
    #[serde(default)]
    pub group: Option<String>,
    /// Names of up to 10 saved segments, each a series of its own.
    #[serde(default)]
    pub segments: Vec<String>,
    /// `hour`, `day`, `week` or `month`. Default: what suits the period.
    #[serde(default)]
    pub interval: Option<String>,
    /// What the answer is compared with.
    #[serde(default)]
    pub compare: Option<Compare>,
}

/// Events side by side.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SegmentationAnswer {
    /// How the buckets are called.
    pub labels: Vec<String>,
    /// One per event (or formula), segment and value of the group.
    pub series: Vec<Series>,
    /// What is measured; `formula` for a formula.
    #[schema(value_type = String)]
    pub measure: &'static str,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowComposed,
}

/// Values over time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Series {
    /// The event, or the formula.
    pub label: String,
    /// The place of the event in the request; null for a formula.
    pub event: Option<usize>,
    /// The segment, if some were asked for.
    pub segment: Option<String>,
    /// The value of the group, if one was asked for.
    pub key: Option<String>,
    /// What kind of value it is.
    pub kind: Kind,
    /// Of the whole period.
    #[schema(value_type = Option<f64>)]
    pub total: Option<Value>,
    /// Of each bucket.
    #[schema(value_type = Vec<Option<f64>>)]
    pub points: Vec<Option<Value>>,
    /// Of the whole window compared with.
    #[schema(value_type = Option<f64>)]
    pub compare_total: Option<Value>,
    /// Of each bucket of the window compared with; null if there is none.
    #[schema(value_type = Option<Vec<Option<f64>>>)]
    pub compare: Option<Vec<Option<Value>>>,
    /// With `frequency`: how many did it how often in a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buckets: Option<Vec<FrequencyClass>>,
}

/// What is measured.
#[derive(Clone, Debug)]
enum Measure {
    Simple(Function),
    /// How many did it how often; totals are visitors.
    Frequency,
    Property(PropertyMeasure, Term),
    Formula(Formula, String),
}

impl Measure {
    fn name(&self) -> &'static str {
        match self {
            Measure::Simple(Function::Uniques) => "uniques",
            Measure::Simple(Function::Totals) => "totals",
            Measure::Simple(Function::Average) => "average",
            Measure::Simple(Function::Active) => "active_percent",
            Measure::Frequency => "frequency",
            Measure::Property(measure, _) => measure.name(),
            Measure::Formula(..) => "formula",
        }
    }

    fn needs_everybody(&self) -> bool {
        match self {
            Measure::Simple(function) => *function == Function::Active,
            Measure::Formula(formula, _) => formula.uses(Function::Active),
            Measure::Property(..) | Measure::Frequency => false,
        }
    }
}

/// The places of the queries about one event (or everybody) in one segment and window.
#[derive(Clone, Copy, Debug)]
struct Source {
    over_time: usize,
    /// By the group (or the property), and by both.
    by_key: Option<(usize, usize)>,
}

#[derive(Clone, Debug)]
struct OfSegment {
    name: Option<String>,
    events: Vec<Source>,
    everybody: Option<Source>,
}

/// All segments in one window.
#[derive(Clone, Debug)]
struct Window {
    buckets: Vec<i64>,
    segments: Vec<OfSegment>,
}

/// The question about events side by side.
#[derive(Clone, Debug)]
pub struct SegmentationQuestion {
    frame: Frame,
    parts: Vec<Part>,
    labels: Vec<String>,
    measure: Measure,
    group: Option<Attribute>,
    main: Window,
    compare: Option<Window>,
    /// With `frequency`: of each event in each segment, in the order of the series.
    repeated: Vec<Option<Behaviour>>,
    asked: Vec<Behaviour>,
}

impl Composable for SegmentationRequest {
    type Question = SegmentationQuestion;

    fn site(&self) -> &str {
        &self.site
    }

    fn resolve(&self, context: &Context<'_>) -> Resolved<SegmentationQuestion> {
        self.check()?;
        let frame = Frame::new(context, &self.period, &self.filters, self.compare.as_ref(), Form::Series)?;
        let frame = frame.over_time(self.interval.as_deref())?;
        let group = Frame::group(self.group.as_deref(), "/group", context)?;
        let measure = self.measure(group.is_some(), context)?;
        let events = self.events(context)?;
        let segments = self.segments(context)?;
        let by = match &measure {
            Measure::Property(_, key) => Some(Group::Property(*key)),
            _ => group.map(Attribute::group),
        };
        let mut parts = Parts::default();
        let mut window = |of: &dyn Fn(Query) -> Option<Query>| -> Option<Window> {
            let buckets = frame.buckets(&of(frame.query(&[], &METRICS, &[]))?);
            let mut all = Vec::new();
            for (name, segment) in &segments {
                let mut source = |event: Option<&Filter>| {
                    let further: Vec<Filter> = segment.iter().chain(event).cloned().collect();
                    Source::new(&frame, &further, by, of, &mut parts)
                };
                let of_events = events.iter().map(|event| source(Some(event))).collect::<Option<Vec<_>>>()?;
                let everybody = if measure.needs_everybody() { source(None) } else { None };
                all.push(OfSegment { name: name.clone(), events: of_events, everybody });
            }
            Some(Window { buckets, segments: all })
        };
        let main = window(&Some).expect("the main window is always asked about");
        let compare = window(&|query| frame.compared(&query));
        // How the answer came about is told of the first query, so there is nothing to say without it.
        parts.0[0].must = true;
        let labels = self.events.iter().map(|event| event.name().to_owned()).collect();
        let mut repeated = Vec::new();
        if matches!(measure, Measure::Frequency) {
            for (_, segment) in &segments {
                let further: Vec<Filter> = segment.iter().cloned().collect();
                for event in &self.events {
                    repeated.push(frame.repeated(&further, std::slice::from_ref(event), context, "/events")?);
                }
            }
        }
        Ok(SegmentationQuestion {
            asked: repeated.iter().flatten().cloned().collect(),
            repeated,
            frame,
            parts: parts.0,
            labels,
            measure,
            group,
            main,
            compare,
        })
    }
}

impl Source {
    fn new(
        frame: &Frame,
        further: &[Filter],
        by: Option<Group>,
        of: &dyn Fn(Query) -> Option<Query>,
        parts: &mut Parts,
    ) -> Option<Source> {
        let time = Group::Time(frame.interval);
        let over_time = parts.may(of(frame.query(further, &METRICS, &[time]))?);
        let by_key = match by {
            Some(by) => {
                let alone = parts.may(of(frame.query(further, &METRICS, &[by]))?);
                Some((alone, parts.may(of(frame.query(further, &METRICS, &[time, by]))?)))
            }
            None => None,
        };
        Some(Source { over_time, by_key })
    }
}

impl SegmentationRequest {
    fn check(&self) -> Resolved<()> {
        if !(1..=MOST_EVENTS).contains(&self.events.len()) {
            return bad("events_out_of_range", "1 to 10 events are asked about").map_err(|e| e.below("/events"));
        }
        if self.segments.len() > MOST_SEGMENTS {
            return bad("segments_out_of_range", "at most 10 segments").map_err(|e| e.below("/segments"));
        }
        if self.events.len() * self.segments.len().max(1) > MOST_SERIES {
            return bad("too_many_series", "at most 20 pairs of an event and a segment");
        }
        Ok(())
    }

    fn measure(&self, is_grouped: bool, context: &Context<'_>) -> Resolved<Measure> {
        let at = |place: &'static str| move |error: RequestError| error.below(place);
        if let Some(text) = &self.formula {
            if self.measure.is_some() {
                return bad("measure_misplaced", "a formula is asked for instead of a measure").map_err(at("/measure"));
            }
            let formula = Formula::parse(text, self.events.len()).map_err(at("/formula"))?;
            return self.without_property(Measure::Formula(formula, text.trim().to_owned()));
        }
        let name = self.measure.as_deref().unwrap_or("uniques");
        let function = match name {
            "uniques" => Function::Uniques,
            "totals" => Function::Totals,
            "average" => Function::Average,
            "active_percent" => Function::Active,
            "frequency" if is_grouped => {
                let works = "how often visitors do something is told without a group, or by segments";
                return bad("group_with_frequency", works).map_err(at("/group"));
            }
            "frequency" => return self.without_property(Measure::Frequency),
            _ => {
                let Some(measure) = PropertyMeasure::named(name) else {
                    let works = "measures are uniques, totals, average, active_percent, frequency, property_sum, \
                                 property_average, property_median, property_p90, property_distinct";
                    return bad("measure_unknown", works).map_err(at("/measure"));
                };
                return self.property(measure, is_grouped, context);
            }
        };
        self.without_property(Measure::Simple(function))
    }

    fn without_property(&self, measure: Measure) -> Resolved<Measure> {
        if self.property.is_none() {
            return Ok(measure);
        }
        bad("property_misplaced", "a property goes with a measure of properties").map_err(|e| e.below("/property"))
    }

    fn property(&self, measure: PropertyMeasure, is_grouped: bool, context: &Context<'_>) -> Resolved<Measure> {
        let Some(name) = &self.property else {
            return bad("property_missing", "this measure needs the name of a property");
        };
        if is_grouped {
            let works = "a measure of a property is told without a group, or by segments";
            return bad("group_with_property", works).map_err(|e| e.below("/group"));
        }
        match context.vocabulary.lookup(Space::PROPERTY, name) {
            Some(key) => Ok(Measure::Property(measure, key)),
            None => bad("property_unknown", "no property of this name has come").map_err(|e| e.below("/property")),
        }
    }

    fn events(&self, context: &Context<'_>) -> Resolved<Vec<Filter>> {
        let events = self.events.iter().enumerate();
        events
            .map(|(at, event)| event.resolve_counted(context).map_err(|e| e.below(&format!("/events/{at}"))))
            .collect()
    }

    /// The segments with their names; without any, everybody.
    fn segments(&self, context: &Context<'_>) -> Resolved<Vec<(Option<String>, Option<Filter>)>> {
        let mut all = Vec::new();
        for (at, name) in self.segments.iter().enumerate() {
            let below = |error: RequestError| error.below(&format!("/segments/{at}"));
            let (filter, of_language) = segment(name, context).map_err(below)?;
            if of_language {
                return crossed().map_err(below);
            }
            all.push((Some(name.clone()), Some(filter)));
        }
        if all.is_empty() {
            all.push((None, None));
        }
        Ok(all)
    }
}

impl Composed for SegmentationQuestion {
    type Answer = SegmentationAnswer;

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn present(&self, words: &Vocabulary, answers: &[Option<Shown>]) -> SegmentationAnswer {
        let mut series = Vec::new();
        for (at, of) in self.main.segments.iter().enumerate() {
            let before = self.compare.as_ref().map(|window| (window, &window.segments[at]));
            match (&self.measure, self.group) {
                (Measure::Property(measure, key), _) => {
                    for (event, source) in of.events.iter().enumerate() {
                        let values = |window: &Window, source: &Source| {
                            Weighed::over_time(words, answers, *key, source.by_key, &window.buckets, *measure)
                        };
                        let main = values(&self.main, source);
                        let before = before.map(|(window, of)| values(window, &of.events[event]));
                        series.push(self.series(Some(event), of, None, main, before));
                    }
                }
                (_, None) => self.all_of(answers, of, before, None, &mut series),
                (_, Some(attribute)) => {
                    for key in self.keys(answers, of) {
                        let (word, kind) = in_words(words, attribute, key);
                        self.all_of(answers, of, before, Some((key, word, kind)), &mut series);
                    }
                }
            }
        }
        let notes = self.notes();
        SegmentationAnswer {
            labels: self.frame.labels(),
            series,
            measure: self.measure.name(),
            hidden: hidden(answers),
            how: self.frame.how(answers, "visitors of a day, and events", None, notes),
        }
    }

    fn repeated(&self) -> &[Behaviour] {
        &self.asked
    }

    fn add_repeated(&self, _: &Vocabulary, answer: &mut SegmentationAnswer, tables: &[Option<ShownTable>]) {
        let mut tables = tables.iter();
        for (series, asked) in answer.series.iter_mut().zip(&self.repeated) {
            let table = asked.as_ref().and_then(|_| tables.next()?.as_ref());
            series.buckets = table.map(times);
        }
    }
}

type KeyInWords = (ShownKey, String, Kind);
/// Total and points.
type Values = (Option<f64>, Vec<Option<f64>>);

impl SegmentationQuestion {
    /// The series of all events, or of the formula, in one segment and group.
    fn all_of(
        &self,
        answers: &[Option<Shown>],
        of: &OfSegment,
        before: Option<(&Window, &OfSegment)>,
        key: Option<KeyInWords>,
        series: &mut Vec<Series>,
    ) {
        let shown_key = key.as_ref().map(|(key, ..)| *key);
        let main = Cells::new(answers, of, shown_key);
        let before = before.map(|(window, of)| (window, Cells::new(answers, of, shown_key)));
        let mut add = |event: Option<usize>, value: &dyn Fn(&Cells<'_>, Option<i64>) -> Option<f64>| {
            let values = |cells: &Cells<'_>, window: &Window| {
                let points = window.buckets.iter().map(|start| value(cells, Some(*start)));
                (value(cells, None), points.collect())
            };
            let compared = before.as_ref().map(|(window, cells)| values(cells, window));
            series.push(self.series(event, of, key.clone(), values(&main, &self.main), compared));
        };
        match &self.measure {
            Measure::Simple(function) => {
                for event in 0..of.events.len() {
                    add(Some(event), &|cells, start| cells.value(*function, event, start));
                }
            }
            Measure::Formula(formula, _) => {
                add(None, &|cells, start| formula.value(&|function, event| cells.value(function, event, start)));
            }
            Measure::Frequency => {
                for event in 0..of.events.len() {
                    add(Some(event), &|cells, start| cells.value(Function::Uniques, event, start));
                }
            }
            Measure::Property(..) => {}
        }
    }

    fn series(
        &self,
        event: Option<usize>,
        of: &OfSegment,
        key: Option<KeyInWords>,
        (total, points): Values,
        compared: Option<Values>,
    ) -> Series {
        let label = match (&self.measure, event) {
            (Measure::Formula(_, text), _) => text.clone(),
            (_, event) => event.and_then(|event| self.labels.get(event)).cloned().unwrap_or_default(),
        };
        let (key, kind) = key.map_or((None, Kind::Value), |(_, word, kind)| (Some(word), kind));
        let all = |points: Vec<Option<f64>>| points.into_iter().map(sent).collect();
        let (compare_total, compare) = compared.unzip();
        Series {
            label,
            event,
            segment: of.name.clone(),
            key,
            kind,
            total: sent(total),
            points: all(points),
            compare_total: sent(compare_total.flatten()),
            compare: compare.map(all),
            buckets: None,
        }
    }

    /// The values of the group with most visitors in any of the events, `(other)` last.
    fn keys(&self, answers: &[Option<Shown>], of: &OfSegment) -> Vec<ShownKey> {
        let mut most: HashMap<ShownKey, Option<f64>> = HashMap::new();
        for part in of.events.iter().filter_map(|source| source.by_key) {
            for row in told(answers, part.0).iter().flat_map(|shown| &shown.rows) {
                let Some(key) = row.keys.first() else { continue };
                let known = most.entry(*key).or_default();
                if larger_first(value(row, 0), *known).is_lt() {
                    *known = value(row, 0);
                }
            }
        }
        let other = most.remove(&ShownKey::Other).map(|_| ShownKey::Other);
        let mut keys: Vec<(ShownKey, Option<f64>)> = most.into_iter().collect();
        keys.sort_by(|a, b| larger_first(a.1, b.1).then_with(|| a.0.cmp(&b.0)));
        keys.into_iter().map(|(key, _)| key).take(MOST_KEYS).chain(other).collect()
    }

    fn notes(&self) -> Vec<std::borrow::Cow<'static, str>> {
        let mut notes = Vec::new();
        if let Measure::Property(measure, _) = &self.measure {
            notes.push(measure.note().into());
        }
        if matches!(self.measure, Measure::Frequency) {
            notes.push("how often is counted within a day".into());
        }
        if self.group.is_some() {
            notes.push("the values with most visitors are told singly, at most twelve".into());
        }
        notes
    }
}

/// The numbers of one segment and group: of each event, and of everybody.
struct Cells<'a> {
    key: Option<ShownKey>,
    answers: &'a [Option<Shown>],
    events: Vec<(Source, ByKeys<'a>, ByKeys<'a>)>,
    everybody: Option<(Source, ByKeys<'a>, ByKeys<'a>)>,
}

impl<'a> Cells<'a> {
    fn new(answers: &'a [Option<Shown>], of: &OfSegment, key: Option<ShownKey>) -> Cells<'a> {
        let open = |source: &Source| {
            let (alone, over_time) = match source.by_key {
                Some((alone, both)) if key.is_some() => (told(answers, alone), both),
                _ => (None, source.over_time),
            };
            (*source, ByKeys::new(alone, &METRICS), ByKeys::new(told(answers, over_time), &METRICS))
        };
        let (events, everybody) = (of.events.iter().map(open).collect(), of.everybody.as_ref().map(open));
        Cells { key, answers, events, everybody }
    }

    /// A function of an event in a bucket, or in all.
    fn value(&self, function: Function, event: usize, start: Option<i64>) -> Option<f64> {
        let of = |cells: &(Source, ByKeys<'_>, ByKeys<'_>), metric: usize| {
            let (source, alone, over_time) = cells;
            match (self.key, start) {
                (None, None) => total(self.answers, source.over_time, metric),
                (Some(key), None) => alone.value(&[key], metric),
                (None, Some(start)) => over_time.value(&[ShownKey::Time(start)], metric),
                // What is folded differs from bucket to bucket.
                (Some(ShownKey::Other), Some(_)) => None,
                (Some(key), Some(start)) => over_time.value(&[ShownKey::Time(start), key], metric),
            }
        };
        let event = self.events.get(event)?;
        match function {
            Function::Uniques => of(event, 0),
            Function::Totals => of(event, 1),
            Function::Average => ratio(of(event, 1), of(event, 0)),
            Function::Active => percent(of(event, 0), of(self.everybody.as_ref()?, 0)),
        }
    }
}
