//! What visitors are made of: the most frequent values of one attribute.

use outis_event::Vocabulary;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::attribute::{Attribute, OTHER};
use crate::{Metric, Shown};

use super::composed::{
    Composable, Composed, Frame, HowComposed, Part, Parts, hidden, keyed, larger_first, percent, sent, told, total,
    value,
};
use super::present::{Hidden, Kind, Value};
use super::request::Period;
use super::resolve::{Resolved, attribute, crossed};
use super::{Context, Form};

/// Values that are told singly.
const MOST_ROWS: usize = 13;

/// Asks what visitors are made of. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompositionRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// Conditions, all of which hold.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<Json>,
    /// The attribute, such as `country` or `prop:plan`.
    pub dimension: String,
}

/// What visitors are made of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CompositionAnswer {
    /// At most 13 values, most visitors first, and all others together.
    pub rows: Vec<CompositionRow>,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowComposed,
}

/// A value.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CompositionRow {
    /// The value.
    pub key: String,
    /// What kind of value it is.
    pub kind: Kind,
    /// Visitors with it.
    #[schema(value_type = Option<f64>)]
    pub visitors: Option<Value>,
    /// Percent of all visitors.
    #[schema(value_type = Option<f64>)]
    pub percent: Option<Value>,
}

/// The question what visitors are made of.
#[derive(Clone, Debug)]
pub struct CompositionQuestion {
    frame: Frame,
    parts: Vec<Part>,
    attribute: Attribute,
}

impl Composable for CompositionRequest {
    type Question = CompositionQuestion;

    fn site(&self) -> &str {
        &self.site
    }

    fn resolve(&self, context: &Context<'_>) -> Resolved<CompositionQuestion> {
        let frame = Frame::new(context, &self.period, &self.filters, None, Form::Totals)?;
        let attribute = attribute(&self.dimension, context).map_err(|error| error.below("/dimension"))?;
        if attribute == Attribute::Language && !frame.is_unfiltered() {
            return crossed();
        }
        let mut parts = Parts::default();
        parts.must(frame.query(&[], &[Metric::Visitors], &[attribute.group()]));
        Ok(CompositionQuestion { frame, parts: parts.0, attribute })
    }
}

impl Composed for CompositionQuestion {
    type Answer = CompositionAnswer;

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn present(&self, words: &Vocabulary, answers: &[Option<Shown>]) -> CompositionAnswer {
        let mut rows: Vec<(String, Kind, Option<f64>)> = Vec::new();
        for row in told(answers, 0).iter().flat_map(|shown| &shown.rows) {
            let (key, kind) = keyed(words, self.attribute, row);
            rows.push((key, kind, value(row, 0)));
        }
        let other = |kind: Kind| kind == Kind::Other;
        rows.sort_by(|a, b| other(a.1).cmp(&other(b.1)).then(larger_first(a.2, b.2)).then_with(|| a.0.cmp(&b.0)));
        let first_of_rest = rows.iter().position(|row| other(row.1)).unwrap_or(rows.len()).min(MOST_ROWS);
        let rest = rows.split_off(first_of_rest);
        if !rest.is_empty() {
            rows.push((OTHER.to_owned(), Kind::Other, rest.iter().filter_map(|row| row.2).reduce(|a, b| a + b)));
        }
        let everybody = total(answers, 0, 0);
        let row = |(key, kind, visitors)| CompositionRow {
            key,
            kind,
            visitors: sent(visitors),
            percent: sent(percent(visitors, everybody)),
        };
        let notes = vec!["a visitor with several values is in each of their rows, and may be in (other) twice".into()];
        CompositionAnswer {
            rows: rows.into_iter().map(row).collect(),
            hidden: hidden(answers),
            how: self.frame.how(answers, "visitors of a day", None, notes),
        }
    }
}
