//! A sketch of a question as the call that answers it.

use outis_insight::native::behaviour::Ask;
use outis_insight::native::{
    AttributionRequest, Composable, Context, FeaturesRequest, Form, GoalsRequest, ItemsRequest, RequestError, parse,
    parse_composed,
};
use outis_personal::intent::ask::{Compare, Condition, Direction, Question, QuestionKind, Step};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// What a period is if none is said: as in the dashboard.
const USUAL_PERIOD: &str = "28d";

/// A call of the interface.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Call {
    /// Where to post it.
    pub(super) path: String,
    /// What to post.
    #[schema(value_type = Object)]
    pub(super) body: Value,
    #[serde(skip)]
    kind: QuestionKind,
}

impl Call {
    /// The call for a question about a site.
    pub(super) fn of(question: &Question, site: &str) -> Call {
        let mut body = Map::new();
        let mut put = |key: &str, value: Value| {
            body.insert(key.to_owned(), value);
        };
        put("site", json!(site));
        put("period", period(question));
        if !question.filters.is_empty() {
            put("filters", question.filters.iter().map(condition).collect());
        }
        if let Some(compare) = &question.compare {
            put("compare", compared(compare));
        }
        let dimension = question.dimension.as_ref().map(|dimension| json!(dimension));
        let step = |at: usize| question.steps.get(at).map(selector);
        match question.kind {
            QuestionKind::Totals | QuestionKind::Series | QuestionKind::Breakdown => {
                put("metrics", json!(question.metrics));
                optional(&mut put, "dimension", dimension);
                optional(&mut put, "interval", question.interval.as_ref().map(|interval| json!(interval)));
                optional(&mut put, "limit", question.limit.map(Value::from));
                optional(&mut put, "order", order(question));
            }
            QuestionKind::Funnel => {
                put("steps", question.steps.iter().map(selector).collect());
                optional(&mut put, "group", dimension);
            }
            QuestionKind::Retention => {
                put("interval", json!(question.interval.as_deref().unwrap_or("week")));
                optional(&mut put, "action", action(question));
            }
            QuestionKind::Lifecycle => put("interval", json!(question.interval.as_deref().unwrap_or("week"))),
            QuestionKind::Journeys => {
                let direction = question.mode.unwrap_or("forward");
                put("direction", json!(direction));
                let (from, to) = if direction == "backward" { (None, step(0)) } else { (step(0), step(1)) };
                optional(&mut put, "from", from);
                optional(&mut put, "to", to);
            }
            QuestionKind::Visits | QuestionKind::Features => {}
            QuestionKind::Goals => optional(&mut put, "group", dimension),
            QuestionKind::Items => {
                optional(&mut put, "by", dimension);
                optional(&mut put, "limit", question.limit.map(Value::from));
                optional(&mut put, "order", order(question));
            }
            QuestionKind::Attribution => {
                optional(&mut put, "goal", step(0));
                optional(&mut put, "dimension", dimension);
                put("model", json!(question.mode.unwrap_or("last")));
            }
        }
        let kind = name(question.kind);
        Call { path: format!("/api/v1/insights/{kind}"), body: Value::Object(body), kind: question.kind }
    }

    /// Whether the call would be understood.
    ///
    /// # Errors
    /// As the call is answered.
    pub(super) fn check(&self, context: &Context<'_>) -> Result<(), RequestError> {
        let body = self.body.to_string();
        let body = body.as_bytes();
        let of_form = |form| parse(body)?.resolve(form, context).map(drop);
        match self.kind {
            QuestionKind::Totals => of_form(Form::Totals),
            QuestionKind::Series => of_form(Form::Series),
            QuestionKind::Breakdown => of_form(Form::Breakdown),
            QuestionKind::Goals => composed::<GoalsRequest>(body, context),
            QuestionKind::Features => composed::<FeaturesRequest>(body, context),
            QuestionKind::Items => composed::<ItemsRequest>(body, context),
            QuestionKind::Attribution => composed::<AttributionRequest>(body, context),
            QuestionKind::Funnel
            | QuestionKind::Retention
            | QuestionKind::Lifecycle
            | QuestionKind::Journeys
            | QuestionKind::Visits => match Ask::parse(name(self.kind), body) {
                Some(ask) => ask?.resolve(context).map(drop),
                None => Ok(()),
            },
        }
    }
}

fn composed<T: Composable>(body: &[u8], context: &Context<'_>) -> Result<(), RequestError> {
    parse_composed::<T>(body)?.resolve(context).map(drop)
}

fn optional(put: &mut impl FnMut(&str, Value), key: &str, value: Option<Value>) {
    if let Some(value) = value {
        put(key, value);
    }
}

fn name(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Totals => "totals",
        QuestionKind::Series => "series",
        QuestionKind::Breakdown => "breakdown",
        QuestionKind::Funnel => "funnel",
        QuestionKind::Retention => "retention",
        QuestionKind::Lifecycle => "lifecycle",
        QuestionKind::Journeys => "journeys",
        QuestionKind::Visits => "visits",
        QuestionKind::Goals => "goals",
        QuestionKind::Features => "features",
        QuestionKind::Items => "items",
        QuestionKind::Attribution => "attribution",
    }
}

fn period(question: &Question) -> Value {
    match question.period.as_ref().map(|period| (period.preset, period.from, period.to)) {
        None => json!({ "preset": USUAL_PERIOD }),
        Some((Some(preset), ..)) => json!({ "preset": preset }),
        Some((None, Some(from), to)) => json!({ "from": from, "to": to }),
        Some((None, None, _)) => json!({ "preset": "all" }),
    }
}

fn compared(compare: &Compare) -> Value {
    match compare {
        Compare::PreviousPeriod => json!({ "mode": "previous_period" }),
        Compare::YearOverYear => json!({ "mode": "year_over_year" }),
        Compare::Custom(from, to) => json!({ "mode": "custom", "from": from, "to": to, "match_day_of_week": false }),
    }
}

fn condition(condition: &Condition) -> Value {
    json!(["is", condition.dimension, condition.values])
}

fn selector(step: &Step) -> Value {
    match step {
        Step::Event(event) => json!({ "event": event }),
        Step::Page(page) => json!({ "page": page }),
        Step::Goal(goal) => json!({ "goal": goal }),
        Step::Feature(feature) => json!({ "feature": feature }),
    }
}

/// What members come back to do.
fn action(question: &Question) -> Option<Value> {
    match question.steps.first() {
        Some(Step::Event(event)) => Some(json!(event)),
        _ => None,
    }
}

fn order(question: &Question) -> Option<Value> {
    let (by, direction) = question.order.as_ref()?;
    let direction = match direction {
        Direction::Asc => "asc",
        Direction::Desc => "desc",
    };
    Some(json!([by, direction]))
}
