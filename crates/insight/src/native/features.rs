//! How many use each declared feature, how much, and at which customers.

use std::borrow::Cow;

use outis_event::{Dimension, Vocabulary};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::behaviour::{Behaviour, Cell, ShownTable};
use crate::{Feature, Filter, Group, Life, Metric, Query, Shown, ShownKey};

use super::behaviour::visits::times;
use super::composed::{
    ByKeys, Composable, Composed, Frame, HowComposed, Part, Parts, hidden, keyed, larger_first, percent, ratio, sent,
    told, total, value, whole,
};
use super::keep::{not_kept, on_some_days, past_of_feature};
use super::present::{Hidden, Kind, Value};
use super::request::{Compare, Period};
use super::resolve::Resolved;
use super::{Context, Form};

const METRICS: [Metric; 2] = [Metric::Visitors, Metric::Events];
/// Most customers told of one feature.
const MOST_CUSTOMERS: usize = 20;
const CUSTOMER: Attribute = Attribute::Dimension(Dimension::Customer);

/// Asks for all declared features. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeaturesRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// Conditions, all of which hold.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<Json>,
    /// What the answer is compared with.
    #[serde(default)]
    pub compare: Option<Compare>,
}

/// How the features are used.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FeaturesAnswer {
    /// Most visitors first.
    pub rows: Vec<FeatureRow>,
    /// How the buckets of the trends are called.
    pub labels: Vec<String>,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowComposed,
}

/// A feature.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FeatureRow {
    /// Its name.
    pub feature: String,
    /// Visitors who used it.
    #[schema(value_type = Option<f64>)]
    pub visitors: Option<Value>,
    /// Percent of all visitors.
    #[schema(value_type = Option<f64>)]
    pub adoption: Option<Value>,
    /// How often it was used.
    #[schema(value_type = Option<f64>)]
    pub uses: Option<Value>,
    /// Uses / visitors who used it.
    #[schema(value_type = Option<f64>)]
    pub uses_per_visitor: Option<Value>,
    /// Percent of its visitors who used it more than once in a day; not told of scrolling.
    #[schema(value_type = Option<f64>)]
    pub repeat_rate: Option<Value>,
    /// The same in the window compared with.
    pub previous: Option<FeatureBefore>,
    /// Visitors of each bucket.
    #[schema(value_type = Vec<Option<f64>>)]
    pub trend: Vec<Option<Value>>,
    /// Who uses it, by institution.
    pub customers: Vec<FeatureCustomer>,
}

/// A feature in the window compared with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FeatureBefore {
    /// Visitors who used it.
    #[schema(value_type = Option<f64>)]
    pub visitors: Option<Value>,
    /// Percent of all visitors.
    #[schema(value_type = Option<f64>)]
    pub adoption: Option<Value>,
}

/// A feature at one customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FeatureCustomer {
    /// The institution.
    pub key: String,
    /// Its visitors who used the feature.
    #[schema(value_type = Option<f64>)]
    pub visitors: Option<Value>,
    /// Percent of its visitors.
    #[schema(value_type = Option<f64>)]
    pub adoption: Option<Value>,
}

#[derive(Clone, Debug)]
struct Declared {
    name: String,
    over_time: usize,
    before: Option<usize>,
    customers: Option<usize>,
    /// Place among what is asked about repeated use.
    repeated: Option<usize>,
}

/// The question about features.
#[derive(Clone, Debug)]
pub struct FeaturesQuestion {
    frame: Frame,
    parts: Vec<Part>,
    buckets: Vec<i64>,
    everybody: usize,
    before: Option<usize>,
    customers: Option<usize>,
    features: Vec<Declared>,
    repeated: Vec<Behaviour>,
    unknown: bool,
}

impl Composable for FeaturesRequest {
    type Question = FeaturesQuestion;

    fn site(&self) -> &str {
        &self.site
    }

    fn resolve(&self, context: &Context<'_>) -> Resolved<FeaturesQuestion> {
        let frame = Frame::new(context, &self.period, &self.filters, self.compare.as_ref(), Form::Series)?;
        let frame = frame.over_time(None)?;
        let mut parts = Parts::default();
        let all = frame.query(&[], &METRICS[..1], &[]);
        let everybody = parts.must(all.clone());
        let before = frame.compared(&all).map(|query| parts.may(query));
        // Without any customer there is nothing to ask.
        let by_customer = !context.vocabulary.words(Dimension::Customer).is_empty();
        let group = [CUSTOMER.group()];
        let customers = by_customer.then(|| parts.may(frame.query(&[], &METRICS[..1], &group)));
        let mut features = Vec::new();
        let (mut unknown, mut repeated) = (false, Vec::new());
        for (name, feature) in &context.definitions.features {
            let Ok(filter) = feature.resolve(context) else {
                unknown = true;
                continue;
            };
            let further = [filter];
            let again = frame.repeated(&[], &feature.events, context, "")?;
            let over_time = frame.query(&further, &METRICS, &[Group::Time(frame.interval)]);
            let alone: Query = frame.query(&further, &METRICS[..1], &[]);
            let past = |query: &Query| past_of_feature(feature, frame.filter(), query, context);
            features.push(Declared {
                name: name.clone(),
                repeated: again.map(|behaviour| {
                    repeated.push(behaviour);
                    repeated.len() - 1
                }),
                over_time: parts.may_later(over_time, past),
                before: frame.compared(&alone).map(|query| parts.may_later(query, past)),
                customers: by_customer.then(|| parts.may_later(frame.query(&further, &METRICS[..1], &group), past)),
            });
        }
        let buckets = frame.buckets(&all);
        Ok(FeaturesQuestion {
            frame,
            parts: parts.0,
            buckets,
            everybody,
            before,
            customers,
            features,
            repeated,
            unknown,
        })
    }
}

impl Feature {
    /// Any of the feature's events.
    pub(super) fn resolve(&self, context: &Context<'_>) -> Resolved<Filter> {
        let any = self.events.iter().map(|event| event.resolve_counted(context)).collect::<Resolved<Vec<_>>>()?;
        Ok(Filter::Selected(Box::new(Filter::Or(any))))
    }
}

impl Composed for FeaturesQuestion {
    type Answer = FeaturesAnswer;

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn present(&self, words: &Vocabulary, answers: &[Option<Shown>]) -> FeaturesAnswer {
        let mut rows: Vec<FeatureRow> = self.features.iter().map(|of| self.row(words, answers, of)).collect();
        let visitors = |row: &FeatureRow| row.visitors.map(|value| value.0);
        rows.sort_by(|a, b| larger_first(visitors(a), visitors(b)).then_with(|| a.feature.cmp(&b.feature)));
        let mut notes = vec!["used again means more than once on one day".into()];
        if self.unknown {
            notes.push("features that name something that is not known any more are left out".into());
        }
        let features = self.features.iter().map(|of| (of.name.as_str(), of.over_time));
        notes.extend(not_kept("features", &self.parts, answers, features));
        notes.extend(self.not_by_customer(answers));
        let by_customer = self.features.iter().filter_map(|of| told(answers, of.customers?));
        notes.extend(on_some_days("customer", by_customer));
        FeaturesAnswer {
            rows,
            labels: self.frame.labels(),
            hidden: self.hidden(answers),
            how: self.frame.how(answers, "visitors of a day", None, notes),
        }
    }

    fn repeated(&self) -> &[Behaviour] {
        &self.repeated
    }

    fn add_repeated(&self, _: &Vocabulary, answer: &mut FeaturesAnswer, tables: &[Option<ShownTable>]) {
        for of in &self.features {
            let row = answer.rows.iter_mut().find(|row| row.feature == of.name);
            let table = of.repeated.and_then(|at| tables.get(at)?.as_ref());
            if let (Some(row), Some(table)) = (row, table) {
                row.repeat_rate = sent(again(table));
            }
        }
    }
}

/// Percent of those who did it at all who did it more than once; not known if those who did it once may not be told.
/// Those who did it more often may be too few for each number of times, and are enough together.
fn again(table: &ShownTable) -> Option<f64> {
    let once = times(table).first()?.visitors?;
    let all = table.of(&Cell::All)?;
    percent(Some(all.saturating_sub(once) as f64), Some(all as f64))
}

impl FeaturesQuestion {
    /// What is not shown: in history these are features; on which days they are not told is noted.
    fn hidden(&self, answers: &[Option<Shown>]) -> Hidden {
        let all = hidden(answers);
        let is_past = told(answers, self.everybody).is_some_and(|shown| shown.life == Life::History);
        let untold = |of: &&Declared| total(answers, of.over_time, 0).is_none();
        match is_past {
            true => Hidden { groups: self.features.iter().filter(untold).count() as u64, ..all },
            false => all,
        }
    }

    /// Says of which features history tells, but not by customer.
    fn not_by_customer(&self, answers: &[Option<Shown>]) -> Option<Cow<'static, str>> {
        let is_past = |of: &&Declared| told(answers, of.over_time).is_some_and(|shown| shown.life == Life::History);
        let is_missing = |of: &&Declared| of.customers.is_some_and(|part| told(answers, part).is_none());
        let names = self.features.iter().filter(is_past).filter(is_missing).map(|of| of.name.as_str());
        let names: Vec<&str> = names.collect();
        let note = format!("history did not keep by customer on all of these days: {}", names.join(", "));
        (!names.is_empty()).then(|| note.into())
    }

    fn row(&self, words: &Vocabulary, answers: &[Option<Shown>], of: &Declared) -> FeatureRow {
        let (visitors, uses) = (total(answers, of.over_time, 0), total(answers, of.over_time, 1));
        let over_time = ByKeys::new(told(answers, of.over_time), &METRICS);
        let shown = told(answers, of.over_time);
        let trend = self.buckets.iter().map(|start| {
            let value = over_time.value(&[ShownKey::Time(*start)], 0);
            sent(value.filter(|_| self.frame.is_known(*start, shown)))
        });
        let previous = of.before.zip(self.before).map(|(part, everybody)| {
            let visitors = total(answers, part, 0);
            let everybody = whole(told(answers, part), &[], total(answers, everybody, 0));
            FeatureBefore { visitors: sent(visitors), adoption: sent(percent(visitors, everybody)) }
        });
        FeatureRow {
            feature: of.name.clone(),
            visitors: sent(visitors),
            adoption: sent(percent(visitors, whole(shown, &[], total(answers, self.everybody, 0)))),
            uses: sent(uses),
            uses_per_visitor: sent(ratio(uses, visitors)),
            repeat_rate: None,
            previous,
            trend: trend.collect(),
            customers: self.customers(words, answers, of),
        }
    }

    fn customers(&self, words: &Vocabulary, answers: &[Option<Shown>], of: &Declared) -> Vec<FeatureCustomer> {
        let (Some(part), Some(everybody)) = (of.customers, self.customers) else { return Vec::new() };
        let everybody = ByKeys::new(told(answers, everybody), &METRICS[..1]);
        let mut rows: Vec<(String, Option<f64>, Option<f64>)> = Vec::new();
        for row in told(answers, part).iter().flat_map(|shown| &shown.rows) {
            let (key, kind) = keyed(words, CUSTOMER, row);
            if kind == Kind::Value {
                let visitors = value(row, 0);
                let everybody = whole(told(answers, part), &row.keys, everybody.value(&row.keys, 0));
                rows.push((key, visitors, percent(visitors, everybody)));
            }
        }
        rows.sort_by(|a, b| larger_first(a.1, b.1).then_with(|| a.0.cmp(&b.0)));
        let row =
            |(key, visitors, adoption)| FeatureCustomer { key, visitors: sent(visitors), adoption: sent(adoption) };
        rows.into_iter().take(MOST_CUSTOMERS).map(row).collect()
    }
}
