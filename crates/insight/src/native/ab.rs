//! Two segments beside each other: do as many of one reach a goal as of the other.

use std::borrow::Cow;

use outis_event::Vocabulary;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::{Filter, Metric, Shown};

use super::composed::{Composable, Composed, Frame, HowComposed, Part, Parts, hidden, sent, told, total};
use super::error::{RequestError, bad};
use super::present::{Hidden, Value};
use super::request::Period;
use super::resolve::{Resolved, crossed, filters, segment};
use super::statistics::{Sample, compare};
use super::{Context, Form, Selector};

/// A difference this unlikely by chance is called significant.
const SIGNIFICANT: f64 = 0.05;

/// Asks for a comparison of two segments. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// Conditions, all of which hold.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<Json>,
    /// What is reached.
    pub goal: Selector,
    /// The one.
    pub a: Side,
    /// The other.
    pub b: Side,
}

/// A saved segment, or filters: exactly one.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Side {
    /// The name of a saved segment.
    pub segment: Option<String>,
    /// Conditions, all of which hold.
    #[schema(value_type = Option<Vec<Vec<Object>>>)]
    pub filters: Option<Vec<Json>>,
}

/// Two segments beside each other.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AbAnswer {
    /// The one.
    pub a: AbSide,
    /// The other.
    pub b: AbSide,
    /// Rate of `b` less that of `a`, in percentage points.
    #[schema(value_type = Option<f64>)]
    pub difference: Option<Value>,
    /// Lower end of its 95 % interval.
    #[schema(value_type = Option<f64>)]
    pub low: Option<Value>,
    /// Upper end.
    #[schema(value_type = Option<f64>)]
    pub high: Option<Value>,
    /// How likely so large a difference is by chance, if there is none; to four places.
    pub p_value: Option<f64>,
    /// Less likely than 5 %.
    pub significant: Option<bool>,
    /// How the numbers were computed.
    #[schema(value_type = String)]
    pub test: &'static str,
    /// What must hold for them to mean anything.
    #[schema(value_type = Vec<String>)]
    pub assumptions: Vec<Cow<'static, str>>,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowComposed,
}

/// One side.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AbSide {
    /// Visitors of the segment.
    #[schema(value_type = Option<f64>)]
    pub visitors: Option<Value>,
    /// Those of them who reached the goal.
    #[schema(value_type = Option<f64>)]
    pub converted: Option<Value>,
    /// Percent.
    #[schema(value_type = Option<f64>)]
    pub rate: Option<Value>,
    /// Lower end of the rate's 95 % interval.
    #[schema(value_type = Option<f64>)]
    pub low: Option<Value>,
    /// Upper end.
    #[schema(value_type = Option<f64>)]
    pub high: Option<Value>,
}

/// The question about two segments.
#[derive(Clone, Debug)]
pub struct AbQuestion {
    frame: Frame,
    parts: Vec<Part>,
}

/// Places of the parts.
const A: [usize; 2] = [0, 1];
const B: [usize; 2] = [2, 3];
const BOTH: usize = 4;

impl Composable for AbRequest {
    type Question = AbQuestion;

    fn site(&self) -> &str {
        &self.site
    }

    fn resolve(&self, context: &Context<'_>) -> Resolved<AbQuestion> {
        let frame = Frame::new(context, &self.period, &self.filters, None, Form::Totals)?;
        let goal = self.goal.resolve_counted(context).map_err(|error| error.below("/goal"))?;
        let a = self.a.resolve(context).map_err(|error| error.below("/a"))?;
        let b = self.b.resolve(context).map_err(|error| error.below("/b"))?;
        let mut parts = Parts::default();
        for side in [&a, &b] {
            parts.must(frame.query(std::slice::from_ref(side), &[Metric::Visitors], &[]));
            parts.must(frame.query(&[goal.clone(), side.clone()], &[Metric::Visitors], &[]));
        }
        parts.may(frame.query(&[a, b], &[Metric::Visitors], &[]));
        Ok(AbQuestion { frame, parts: parts.0 })
    }
}

impl Side {
    /// The visits that belong to the segment: those with an event that fulfils it.
    fn resolve(&self, context: &Context<'_>) -> Resolved<Filter> {
        let (filter, of_language) = match (&self.segment, &self.filters) {
            (Some(name), None) => segment(name, context).map_err(|error| error.below("/segment"))?,
            (None, Some(list)) if !list.is_empty() => {
                filters(list, context).map_err(|error: RequestError| error.below("/filters"))?
            }
            _ => return bad("side_malformed", "a side has either the name of a segment or at least one filter"),
        };
        if of_language { crossed() } else { Ok(Filter::VisitHas(Box::new(filter))) }
    }
}

impl Composed for AbQuestion {
    type Answer = AbAnswer;

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn present(&self, _: &Vocabulary, answers: &[Option<Shown>]) -> AbAnswer {
        let sample = |[visitors, converted]: [usize; 2]| {
            let (visitors, converted) = (total(answers, visitors, 0), total(answers, converted, 0));
            // Rounding must not make a part larger than its whole.
            (visitors, visitors.zip(converted).map(|(visitors, converted)| converted.min(visitors)))
        };
        let (a, b) = (sample(A), sample(B));
        let found = of(a).zip(of(b)).and_then(|(a, b)| compare(a, b));
        let points = |value: f64| Some(Value(value * 100.0));
        let p_value = found.map(|found| (found.p_value * 10_000.0).round() / 10_000.0);
        AbAnswer {
            a: side(a),
            b: side(b),
            difference: found.and_then(|found| points(found.difference)),
            low: found.and_then(|found| points(found.low)),
            high: found.and_then(|found| points(found.high)),
            p_value,
            significant: found.map(|found| found.p_value < SIGNIFICANT),
            test: "two-proportion z-test with pooled variance, two-sided; intervals of 95 % by Wilson for each rate and \
                   by Newcombe for the difference",
            assumptions: self.assumptions(answers),
            hidden: hidden(answers),
            how: self.frame.how(answers, "visitors of a day", None, Vec::new()),
        }
    }
}

impl AbQuestion {
    fn assumptions(&self, answers: &[Option<Shown>]) -> Vec<Cow<'static, str>> {
        let rounded = told(answers, A[0]).map_or(1, |shown| shown.rounded_to);
        let mut all: Vec<Cow<'static, str>> = vec![
            "visitors of a day are independent of each other; somebody who comes on several days counts on each".into(),
            "a visit belongs to a segment if any event of it does, also one after the goal".into(),
            "the period was fixed beforehand; who looks again and again until the difference is significant will find one"
                .into(),
        ];
        all.push(match told(answers, BOTH).and(total(answers, BOTH, 0)) {
            Some(0.0) => "no visit is in both segments".into(),
            Some(both) => {
                format!("the segments overlap: about {both} visitors are in both, so the test is not valid").into()
            }
            None => "fewer visitors than the floor are in both segments, or it is not known how many".into(),
        });
        if rounded > 1 {
            all.push(format!("counts are rounded to {rounded}, and everything is computed from rounded counts").into());
        }
        all
    }
}

fn of((visitors, converted): (Option<f64>, Option<f64>)) -> Option<Sample> {
    Some(Sample { of: visitors?, reached: converted? })
}

fn side(counts: (Option<f64>, Option<f64>)) -> AbSide {
    let sample = of(counts).filter(|sample| sample.of > 0.0);
    let points = |value: Option<f64>| sent(value.map(|value| value * 100.0));
    let interval = sample.map(|sample| sample.interval());
    AbSide {
        visitors: sent(counts.0),
        converted: sent(counts.1),
        rate: points(sample.map(|sample| sample.rate())),
        low: points(interval.map(|(low, _)| low)),
        high: points(interval.map(|(_, high)| high)),
    }
}
