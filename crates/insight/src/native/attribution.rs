//! Where conversions come from: the source of the visit in which the goal was reached, or of all visits of a linked
//! member that led to it.

use outis_event::Vocabulary;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::behaviour::{Behaviour, Cell, Model, ShownTable, Slice, WHOLE};
use crate::{Metric, Shown, ShownKey, VisitField};

use super::composed::{
    Composable, Composed, Frame, HowComposed, Part, Parts, hidden, keyed, larger_first, percent, sent, told, total,
    value,
};
use super::error::bad;
use super::present::{Hidden, Kind, Value, in_words};
use super::request::Period;
use super::resolve::{Resolved, attribute};
use super::{Context, Form, Selector};

const MOST_ROWS: usize = 100;
const DIMENSIONS: [&str; 9] = [
    "source",
    "channel",
    "referrer",
    "utm_medium",
    "utm_source",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "entry_page",
];

/// Asks where conversions come from. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributionRequest {
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
    /// `source`, `channel`, `referrer`, `utm_medium`, `utm_source`, `utm_campaign`, `utm_content`, `utm_term` or
    /// `entry_page`.
    pub dimension: String,
    /// `first` or `last`; within a visit both are the same. `linear` (to all visits alike) and `position` (40 % to the
    /// first, 40 % to the last, the rest to those between) divide a conversion among the visits of a linked member, and
    /// need the link policy `period`.
    pub model: String,
    /// `first` and `last` too are of all visits of a linked member. Needs the link policy `period`.
    #[serde(default)]
    pub across_days: bool,
}

/// Where conversions come from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttributionAnswer {
    /// Most conversions first.
    pub rows: Vec<AttributionRow>,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowComposed,
}

/// A source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttributionRow {
    /// Its name.
    pub key: String,
    /// What kind of name it is.
    pub kind: Kind,
    /// Visits from there in which the goal was reached; of several visits, the shares of conversions that they are
    /// credited with.
    #[schema(value_type = Option<f64>)]
    pub conversions: Option<Value>,
    /// Percent of all such visits.
    #[schema(value_type = Option<f64>)]
    pub share: Option<Value>,
}

/// The question where conversions come from.
#[derive(Clone, Debug)]
pub struct AttributionQuestion {
    frame: Frame,
    parts: Vec<Part>,
    attribute: Attribute,
    model: &'static str,
    /// Over several visits of linked members.
    across: Vec<Behaviour>,
}

impl Composable for AttributionRequest {
    type Question = AttributionQuestion;

    fn site(&self) -> &str {
        &self.site
    }

    fn resolve(&self, context: &Context<'_>) -> Resolved<AttributionQuestion> {
        let (model, divides) = match self.model.as_str() {
            "first" => ("first", Model::First),
            "last" => ("last", Model::Last),
            "linear" => ("linear", Model::Linear),
            "position" => ("position", Model::Position),
            _ => {
                return bad("model_unknown", "models are first, last, linear, position")
                    .map_err(|error| error.below("/model"));
            }
        };
        if !DIMENSIONS.contains(&self.dimension.as_str()) {
            let works = "conversions come from source, channel, referrer, utm_medium, utm_source, utm_campaign, \
                         utm_content, utm_term or entry_page";
            return bad("dimension_unknown", works).map_err(|error| error.below("/dimension"));
        }
        let attribute = attribute(&self.dimension, context).map_err(|error| error.below("/dimension"))?;
        let frame = Frame::new(context, &self.period, &self.filters, None, Form::Totals)?;
        let goal = self.goal.resolve_counted(context).map_err(|error| error.below("/goal"))?;
        let mut parts = Parts::default();
        parts.must(frame.query(&[goal], &[Metric::Visits], &[attribute.group()]));
        let is_across = self.across_days || matches!(divides, Model::Linear | Model::Position);
        let across = match is_across {
            true => vec![frame.attributed(&self.goal, (attribute.group(), divides), context)?],
            false => Vec::new(),
        };
        Ok(AttributionQuestion { frame, parts: parts.0, attribute, model, across })
    }
}

impl Composed for AttributionQuestion {
    type Answer = AttributionAnswer;

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn repeated(&self) -> &[Behaviour] {
        &self.across
    }

    fn add_repeated(&self, words: &Vocabulary, answer: &mut AttributionAnswer, tables: &[Option<ShownTable>]) {
        if self.across.is_empty() {
            return;
        }
        answer.rows.clear();
        answer.how.unit = "conversions of linked members, and of visitors of a day who are not linked";
        let Some(table) = tables.iter().flatten().next() else {
            answer
                .how
                .notes
                .push("too few people would be set apart, or these days have no rows: nothing is told".into());
            return;
        };
        answer.hidden.groups = table.hidden_groups;
        let all = table.of(&Cell::All).map(|all| all as f64);
        let mut rows: Vec<(String, Kind, f64)> = Vec::new();
        for (cell, millionths) in &table.cells {
            let key = match cell {
                Cell::Credit(Slice::Group(term)) => ShownKey::Term(*term),
                Cell::Credit(_) => ShownKey::Other,
                _ => continue,
            };
            let (key, kind) = in_words(words, self.attribute, key);
            rows.push((key, kind, *millionths as f64 / WHOLE as f64));
        }
        let other = |kind: Kind| kind == Kind::Other;
        rows.sort_by(|a, b| other(a.1).cmp(&other(b.1)).then(b.2.total_cmp(&a.2)).then_with(|| a.0.cmp(&b.0)));
        let row = |(key, kind, conversions)| AttributionRow {
            key,
            kind,
            conversions: sent(Some(conversions)),
            share: sent(percent(Some(conversions), all)),
        };
        answer.rows = rows.into_iter().map(row).take(MOST_ROWS).collect();
    }

    fn present(&self, words: &Vocabulary, answers: &[Option<Shown>]) -> AttributionAnswer {
        let all = total(answers, 0, 0);
        let mut rows: Vec<(String, Kind, Option<f64>)> = Vec::new();
        for row in told(answers, 0).iter().flat_map(|shown| &shown.rows) {
            let (key, kind) = keyed(words, self.attribute, row);
            rows.push((key, kind, value(row, 0)));
        }
        let other = |kind: Kind| kind == Kind::Other;
        rows.sort_by(|a, b| other(a.1).cmp(&other(b.1)).then(larger_first(a.2, b.2)).then_with(|| a.0.cmp(&b.0)));
        let row = |(key, kind, conversions)| AttributionRow {
            key,
            kind,
            conversions: sent(conversions),
            share: sent(percent(conversions, all)),
        };
        let mut notes = vec!["a visit that reaches the goal several times is one conversion".into()];
        match self.across.iter().find_map(|across| across.following) {
            Some(following) => {
                notes.push("touches are all visits of a member in these days up to the conversion".into());
                notes.push(self.frame.followed(following).into());
            }
            None => notes.push(
                "a visit has one source, so its first and its last touch are the same; other visits are not looked at"
                    .into(),
            ),
        }
        if self.attribute == Attribute::Visit(VisitField::EntryPage) {
            notes.push("an entry page is that of the visit's first page view".into());
        }
        AttributionAnswer {
            rows: rows.into_iter().map(row).take(MOST_ROWS).collect(),
            hidden: hidden(answers),
            how: self.frame.how(answers, "visits in which the goal was reached", Some(self.model), notes),
        }
    }
}
