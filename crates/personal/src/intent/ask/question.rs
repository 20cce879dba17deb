//! From an interpretation to a question: which values mean what for which kind.

use std::ops::Range;

use jiff::civil::Date;
use serde::Serialize;

use super::Unclear;
use crate::intent::text::Text;
use crate::intent::{Comparison, Interpretation, Period, Unit, Value};

/// A sketch of an insights request. What is not said is left out, and means what it means in a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// Which call it is.
    pub kind: QuestionKind,
    /// Metrics, by their names in requests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<String>,
    /// Of a breakdown, a group or of attribution: the dimension, by its name in requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<String>,
    /// Conditions, all of which hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Condition>,
    /// What time is asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// What it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
    /// `hour`, `day`, `week` or `month`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// Of a funnel: its steps. Of journeys: where they begin and end. Of retention and attribution: what is done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Of journeys: `forward`, `backward` or `between`. Of attribution: `first` or `last`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<&'static str>,
    /// What rows are sorted by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<(String, Direction)>,
    /// Most rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// The calls of the insights API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// One row.
    Totals,
    /// A row per time bucket.
    Series,
    /// A row per value of a dimension.
    Breakdown,
    /// Steps one after the other.
    Funnel,
    /// Whether members come back.
    Retention,
    /// Members that are new, current, resurrected or dormant.
    Lifecycle,
    /// The stops of visits.
    Journeys,
    /// How visits are distributed.
    Visits,
    /// Saved goals.
    Goals,
    /// Saved features.
    Features,
    /// Items or tags.
    Items,
    /// What brings those who do something.
    Attribution,
}

/// A condition: the dimension has one of the values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// By its name in requests.
    pub dimension: String,
    /// Any of them.
    pub values: Vec<String>,
}

/// What a period is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The same number of days just before.
    PreviousPeriod,
    /// The same dates a year before.
    YearOverYear,
    /// From the first to the last day.
    Custom(Date, Date),
}

/// Which events are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Events of this name.
    Event(String),
    /// Views of this page.
    Page(String),
    /// A saved goal.
    Goal(String),
    /// A saved feature.
    Feature(String),
}

/// Which rows come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Small ones.
    Asc,
    /// Large ones.
    Desc,
}

/// A question, if one can be told, and what is not sure about it.
pub(super) struct Reading {
    pub(super) question: Option<Question>,
    pub(super) why: Vec<Unclear>,
}

/// What is not taken yet of an interpretation's values.
struct Values<'a> {
    left: Vec<(&'a str, &'a Value, Range<usize>)>,
}

impl Values<'_> {
    /// The values of a slot.
    fn take(&mut self, slot: &str) -> Vec<Value> {
        let mut taken = Vec::new();
        self.left.retain(|(name, value, _)| {
            let is = *name == slot;
            if is {
                taken.push((*value).clone());
            }
            !is
        });
        taken
    }

    /// The words of a slot of a list, each once.
    fn words(&mut self, slot: &str) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for value in self.take(slot) {
            if let Value::Choice(word) = value
                && !words.contains(&word)
            {
                words.push(word);
            }
        }
        words
    }

    fn word(&mut self, slot: &str) -> Option<String> {
        self.words(slot).into_iter().next()
    }

    fn steps(&mut self) -> Vec<Step> {
        let mut steps = Vec::new();
        self.left.retain(|(name, value, _)| {
            let step = match (*name, *value) {
                ("event", Value::Choice(event)) => Step::Event(event.clone()),
                ("page", Value::Page(page)) => Step::Page(page.clone()),
                ("known_page", Value::Choice(page)) => Step::Page(page.clone()),
                ("goal", Value::Choice(goal)) => Step::Goal(goal.clone()),
                ("feature", Value::Choice(feature)) => Step::Feature(feature.clone()),
                _ => return true,
            };
            steps.push(step);
            false
        });
        steps
    }
}

/// Turns an interpretation of an intent into a question.
pub(super) fn read(intent: &str, interpretation: &Interpretation<'_>, text: &Text, today: Date) -> Reading {
    let left = interpretation.slots.iter().map(|filled| (filled.slot, &filled.value, filled.span.clone())).collect();
    let mut values = Values { left };
    let mut why = Vec::new();
    let question = match intent {
        "numbers" => numbers(&mut values, text),
        "trend" => trend(&mut values),
        "losing" => losing(&mut values),
        "funnel" => funnel(&mut values, &mut why),
        "retention" => retention(&mut values, &mut why),
        "lifecycle" => of_members(&mut values, Question { interval: None, ..of(QuestionKind::Lifecycle) }),
        "journeys" | "journeys_after" | "journeys_before" => journeys(intent, &mut values, &mut why),
        "goals" => {
            values.take("metric");
            with_filters(&mut values, Question { dimension: None, ..of(QuestionKind::Goals) }, true)
        }
        "features" => with_filters(&mut values, of(QuestionKind::Features), false),
        "items" => items(&mut values),
        "attribution" => attribution(&mut values, text, &mut why),
        "visits" => {
            values.take("metric");
            values.take("dimension");
            with_filters(&mut values, of(QuestionKind::Visits), false)
        }
        _ => return Reading { question: None, why },
    };
    let question = times(question, &mut values, today, &mut why);
    why.extend(values.left.into_iter().map(|(_, _, span)| Unclear::Value(span)));
    Reading { question: Some(question), why }
}

fn of(kind: QuestionKind) -> Question {
    Question {
        kind,
        metrics: Vec::new(),
        dimension: None,
        filters: Vec::new(),
        period: None,
        compare: None,
        interval: None,
        steps: Vec::new(),
        mode: None,
        order: None,
        limit: None,
    }
}

/// The period and what it is compared with. What a kind of question does not take is left.
fn times(question: Question, values: &mut Values<'_>, today: Date, why: &mut Vec<Unclear>) -> Question {
    let mut question = question;
    for value in values.take("period") {
        if let Value::Period(period) = value {
            if period.from.is_some_and(|from| from > today) {
                why.push(Unclear::Future);
            }
            question.period = Some(period);
        }
    }
    if compares(question.kind) {
        for value in values.take("comparison") {
            if let Value::Comparison(comparison) = value {
                question.compare = Some(compare(comparison, question.period.as_ref()));
            }
        }
    }
    question
}

fn compares(kind: QuestionKind) -> bool {
    use QuestionKind::{Breakdown, Features, Goals, Series, Totals};
    matches!(kind, Totals | Series | Breakdown | Goals | Features)
}

fn compare(comparison: Comparison, period: Option<&Period>) -> Compare {
    match comparison {
        Comparison::YearBefore => Compare::YearOverYear,
        // Months are not of one length: the month before is named by its days.
        Comparison::Previous => match period.filter(|period| whole(period)).and_then(Period::before) {
            Some(Period { from: Some(from), to, .. }) => Compare::Custom(from, to),
            _ => Compare::PreviousPeriod,
        },
        Comparison::With(Period { from: Some(from), to, .. }) => Compare::Custom(from, to),
        Comparison::With(_) => Compare::PreviousPeriod,
    }
}

/// True for calendar months, quarters and years that are over.
fn whole(period: &Period) -> bool {
    let long = matches!(period.unit, Some(Unit::Month | Unit::Quarter | Unit::Year));
    long && period.to.tomorrow().is_ok_and(|next| next.day() == 1)
}

/// Conditions on events, pages and values of dimensions.
fn filters(values: &mut Values<'_>) -> Vec<Condition> {
    let mut filters: Vec<Condition> = Vec::new();
    let mut add = |dimension: &str, value: String| match filters.iter_mut().find(|filter| filter.dimension == dimension)
    {
        Some(filter) => filter.values.push(value),
        None => filters.push(Condition { dimension: dimension.to_owned(), values: vec![value] }),
    };
    values.words("event").into_iter().for_each(|event| add("event", event));
    values.words("known_page").into_iter().for_each(|page| add("page", page));
    for value in values.take("page") {
        if let Value::Page(page) = value {
            add("page", page);
        }
    }
    for value in values.words("value") {
        if let Some((dimension, value)) = value.split_once('=') {
            add(dimension, value.to_owned());
        }
    }
    filters
}

fn with_filters(values: &mut Values<'_>, question: Question, grouped: bool) -> Question {
    let dimension = if grouped { one_dimension(values) } else { None };
    Question { dimension, filters: filters(values), ..question }
}

/// The dimension, if there is one; more than one are left.
fn one_dimension(values: &mut Values<'_>) -> Option<String> {
    let first = values.left.iter().position(|(slot, ..)| *slot == "dimension")?;
    let (_, value, _) = values.left.remove(first);
    match value {
        Value::Choice(dimension) => {
            let again = |other: &Value| matches!(other, Value::Choice(other) if other == dimension);
            values.left.retain(|(slot, other, _)| *slot != "dimension" || !again(other));
            Some(dimension.clone())
        }
        _ => None,
    }
}

fn numbers(values: &mut Values<'_>, text: &Text) -> Question {
    let mut metrics = values.words("metric");
    let dimension = one_dimension(values).or_else(|| implied(text).map(str::to_owned));
    let interval = values.word("interval");
    let filters = filters(values);
    if metrics.is_empty() {
        let counts = filters.iter().any(|filter| filter.dimension == "event");
        let views = dimension.is_none() && filters.iter().any(|filter| filter.dimension == "page");
        metrics.push(
            if counts {
                "events"
            } else if views {
                "pageviews"
            } else {
                "visitors"
            }
            .to_owned(),
        );
    }
    let kind = match (&dimension, &interval) {
        (Some(_), _) => QuestionKind::Breakdown,
        (None, Some(_)) => QuestionKind::Series,
        (None, None) => QuestionKind::Totals,
    };
    let limit = if kind == QuestionKind::Breakdown { limit(values) } else { None };
    if kind == QuestionKind::Breakdown && interval.is_some() {
        // A breakdown over time is no one call: the interval is left to be told.
        return Question { kind: QuestionKind::Series, metrics, dimension, filters, interval, ..of(kind) };
    }
    Question { kind, metrics, dimension, filters, interval, limit, ..of(kind) }
}

fn limit(values: &mut Values<'_>) -> Option<u32> {
    let count = values.take("limit").into_iter().find_map(|value| match value {
        Value::Number(count) if (1.0..=1_000.0).contains(&count) && count.fract() == 0.0 => Some(count as u32),
        _ => None,
    })?;
    Some(count)
}

/// What *where* asks for.
fn implied(text: &Text) -> Option<&'static str> {
    let has = |word: &str| text.words().any(|other| other == word);
    match () {
        () if !has("where") => None,
        () if has("come") && has("from") => Some("source"),
        () if has("enter") || has("begin") || has("land") => Some("entry_page"),
        () => None,
    }
}

fn trend(values: &mut Values<'_>) -> Question {
    let interval = values.word("interval");
    let mut metrics = values.words("metric");
    let filters = filters(values);
    if metrics.is_empty() {
        let counts = filters.iter().any(|filter| filter.dimension == "event");
        metrics.push(if counts { "events" } else { "visitors" }.to_owned());
    }
    Question { metrics, interval, filters, ..of(QuestionKind::Series) }
}

fn losing(values: &mut Values<'_>) -> Question {
    values.take("metric");
    let asked = one_dimension(values);
    let (dimension, metric) = match asked.as_deref() {
        Some("exit_page") => ("exit_page", "visits"),
        _ => ("page", "exit_rate"),
    };
    Question {
        metrics: vec![metric.to_owned()],
        dimension: Some(dimension.to_owned()),
        order: Some((metric.to_owned(), Direction::Desc)),
        limit: limit(values),
        ..of(QuestionKind::Breakdown)
    }
}

fn funnel(values: &mut Values<'_>, why: &mut Vec<Unclear>) -> Question {
    values.take("metric");
    let steps = values.steps();
    if steps.len() < 2 {
        why.push(Unclear::Missing("steps"));
    }
    let question = Question { steps, ..of(QuestionKind::Funnel) };
    with_filters(values, question, true)
}

fn of_members(values: &mut Values<'_>, question: Question) -> Question {
    values.take("metric");
    let weekly = values
        .left
        .iter()
        .any(|(slot, value, _)| *slot == "interval" && matches!(value, Value::Choice(interval) if interval == "week"));
    if weekly {
        values.take("interval");
    }
    Question { interval: Some("week".to_owned()), ..question }
}

fn retention(values: &mut Values<'_>, why: &mut Vec<Unclear>) -> Question {
    values.take("metric");
    let allowed = |value: &Value| matches!(value, Value::Choice(interval) if interval == "day" || interval == "week");
    let asked = values.left.iter().any(|(slot, value, _)| *slot == "interval" && allowed(value));
    let interval = if asked { values.word("interval") } else { None };
    let events = values.words("event");
    if events.len() > 1 {
        why.push(Unclear::Missing("event"));
    }
    Question {
        interval: Some(interval.unwrap_or_else(|| "week".to_owned())),
        steps: events.into_iter().take(1).map(Step::Event).collect(),
        ..of(QuestionKind::Retention)
    }
}

fn journeys(intent: &str, values: &mut Values<'_>, why: &mut Vec<Unclear>) -> Question {
    values.take("metric");
    values.take("dimension");
    let steps = values.steps();
    let mode = match (intent, steps.len()) {
        (_, 2) => "between",
        ("journeys_before", _) => "backward",
        _ => "forward",
    };
    let wanted = usize::from(intent != "journeys");
    if !(wanted..=2).contains(&steps.len()) {
        why.push(Unclear::Missing("page"));
    }
    with_filters(values, Question { steps, mode: Some(mode), ..of(QuestionKind::Journeys) }, false)
}

fn items(values: &mut Values<'_>) -> Question {
    let by = values.words("dimension");
    let dimension = if by.iter().any(|by| by == "tag") { "tag" } else { "item" };
    let done = values.word("done");
    // Views are what is done with an item too.
    let views = values.words("metric").iter().any(|metric| metric == "pageviews");
    let order = done.or(views.then(|| "views".to_owned())).map(|by| (by, Direction::Desc));
    let limit = limit(values);
    let question = Question { order, limit, ..of(QuestionKind::Items) };
    Question { dimension: Some(dimension.to_owned()), ..with_filters(values, question, false) }
}

fn attribution(values: &mut Values<'_>, text: &Text, why: &mut Vec<Unclear>) -> Question {
    values.take("metric");
    let steps = values.steps();
    if steps.len() != 1 {
        why.push(Unclear::Missing("event"));
    }
    let first = text.words().any(|word| word == "first");
    let dimension = one_dimension(values).unwrap_or_else(|| "source".to_owned());
    let question =
        Question { steps, mode: Some(if first { "first" } else { "last" }), ..of(QuestionKind::Attribution) };
    Question { dimension: Some(dimension), ..with_filters(values, question, false) }
}
