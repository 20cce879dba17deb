//! Which events engage how many visitors, and how often.

use outis_event::{Dimension, Vocabulary};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::{Metric, Shown};

use super::composed::{
    Composable, Composed, Frame, HowComposed, Part, Parts, hidden, keyed, larger_first, percent, ratio, sent, told,
    total, value,
};
use super::present::{Hidden, Kind, Value};
use super::request::Period;
use super::resolve::Resolved;
use super::{Context, Form};

const METRICS: [Metric; 2] = [Metric::Visitors, Metric::Events];

/// Asks which events engage how many how much. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EngagementRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// Conditions, all of which hold.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<Json>,
}

/// Breadth and frequency of events.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EngagementAnswer {
    /// A row per event, most visitors first.
    pub rows: Vec<EngagementRow>,
    /// What lies in the middle of the rows.
    pub medians: EngagementMedians,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowComposed,
}

/// An event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EngagementRow {
    /// Its name.
    pub event: String,
    /// Visitors who did it.
    #[schema(value_type = Option<f64>)]
    pub visitors: Option<Value>,
    /// Breadth: percent of all visitors who did it.
    #[schema(value_type = Option<f64>)]
    pub percent: Option<Value>,
    /// Frequency: events / visitors who did it.
    #[schema(value_type = Option<f64>)]
    pub per_visitor: Option<Value>,
}

/// What lies in the middle of the rows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EngagementMedians {
    /// Of breadth.
    #[schema(value_type = Option<f64>)]
    pub percent: Option<Value>,
    /// Of frequency.
    #[schema(value_type = Option<f64>)]
    pub per_visitor: Option<Value>,
}

/// The question which events engage.
#[derive(Clone, Debug)]
pub struct EngagementQuestion {
    frame: Frame,
    parts: Vec<Part>,
}

impl Composable for EngagementRequest {
    type Question = EngagementQuestion;

    fn site(&self) -> &str {
        &self.site
    }

    fn resolve(&self, context: &Context<'_>) -> Resolved<EngagementQuestion> {
        let frame = Frame::new(context, &self.period, &self.filters, None, Form::Totals)?;
        let mut parts = Parts::default();
        parts.must(frame.query(&[], &METRICS, &[Attribute::Dimension(Dimension::Event).group()]));
        Ok(EngagementQuestion { frame, parts: parts.0 })
    }
}

impl Composed for EngagementQuestion {
    type Answer = EngagementAnswer;

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn present(&self, words: &Vocabulary, answers: &[Option<Shown>]) -> EngagementAnswer {
        let everybody = total(answers, 0, 0);
        // Name, visitors, breadth, frequency.
        let mut rows: Vec<(String, [Option<f64>; 3])> = Vec::new();
        for row in told(answers, 0).iter().flat_map(|shown| &shown.rows) {
            let (event, kind) = keyed(words, Attribute::Dimension(Dimension::Event), row);
            if kind == Kind::Value {
                let (visitors, events) = (value(row, 0), value(row, 1));
                rows.push((event, [visitors, percent(visitors, everybody), ratio(events, visitors)]));
            }
        }
        rows.sort_by(|a, b| larger_first(a.1[0], b.1[0]).then_with(|| a.0.cmp(&b.0)));
        let of = |at: usize| sent(median(rows.iter().filter_map(|row| row.1[at]).collect()));
        let medians = EngagementMedians { percent: of(1), per_visitor: of(2) };
        let row = |(event, [visitors, percent, per_visitor]): (String, [Option<f64>; 3])| EngagementRow {
            event,
            visitors: sent(visitors),
            percent: sent(percent),
            per_visitor: sent(per_visitor),
        };
        let notes = vec!["events that are too rare to be said are left out".into()];
        EngagementAnswer {
            rows: rows.into_iter().map(row).collect(),
            medians,
            hidden: hidden(answers),
            how: self.frame.how(answers, "visitors of a day, and events", None, notes),
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len().is_multiple_of(2) { (values[middle - 1] + upper) / 2.0 } else { upper })
}
