//! The response to a query.

use std::cmp::Ordering;
use std::collections::HashMap;

use outis_event::{Space, Vocabulary};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::attribute::{OTHER, RARE, Said, say};
use crate::bucket::bucket_start;
use crate::native::HowNoise;
use crate::period::{buckets, label};
use crate::{Currency, Interval, Metric, Parts, Shown, ShownKey, ShownRow};

use super::Question;
use super::countries;
use super::names::{Asked, Conversion, Named, What};
use super::range::ends;
use super::request::By;
use super::rules::is_time;

/// The response.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Answer {
    /// The rows, in the order asked for.
    pub results: Vec<ResultRow>,
    /// What is told besides.
    pub meta: Meta,
    /// The query as it was executed, dates resolved.
    #[schema(value_type = Object)]
    pub query: Value,
}

/// A row.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ResultRow {
    /// In the order of the query's dimensions.
    pub dimensions: Vec<String>,
    /// In the order of the query's metrics; null when it is not known.
    #[schema(value_type = Vec<Option<f64>>)]
    pub metrics: Vec<Option<Number>>,
}

/// A number in the rounding of its metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A count, a percentage of visits, or seconds.
    Whole(i64),
    /// With at most two decimals.
    Decimal(f64),
    /// Money.
    Money(Money),
}

/// An amount of money, as a number and in words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Money {
    /// In units of the currency.
    value: f64,
    /// ISO 4217.
    currency: [u8; 3],
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let currency = String::from_utf8_lossy(&self.currency);
        let short = match self.value.abs() {
            1e9.. => format!("{:.1}B", self.value / 1e9),
            1e6.. => format!("{:.1}M", self.value / 1e6),
            1e3.. => format!("{:.1}K", self.value / 1e3),
            _ => format!("{:.1}", self.value),
        };
        let mut money = serializer.serialize_struct("Money", 4)?;
        money.serialize_field("value", &((self.value * 100.0).round() / 100.0))?;
        money.serialize_field("currency", &currency)?;
        money.serialize_field("short", &format!("{currency} {short}"))?;
        money.serialize_field("long", &format!("{currency} {:.2}", self.value))?;
        money.end()
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Number::Whole(number) => serializer.serialize_i64(*number),
            Number::Decimal(number) => serializer.serialize_f64(*number),
            Number::Money(money) => money.serialize(serializer),
        }
    }
}

/// What is told besides results.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Meta {
    /// If imports were asked for: there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imports_included: Option<bool>,
    /// Why imports are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub imports_skip_reason: Option<&'static str>,
    /// All buckets of the range, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_labels: Option<Vec<String>>,
    /// Number of rows without pagination, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_rows: Option<usize>,
    /// What protects the people behind the rows.
    pub outis: Outis,
}

/// What protects the people behind the rows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Outis {
    /// Least number of people behind a row.
    pub floor: u32,
    /// Counts are multiples of this.
    pub rounded_to: u32,
    /// Groups folded into `(other)`.
    pub hidden_groups: u64,
    /// Noise that was added when history was released; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<HowNoise>,
}

impl Question {
    /// Builds the response from the rows that may be said.
    pub fn present(&self, vocabulary: &Vocabulary, shown: &Shown) -> Answer {
        self.present_goals(vocabulary, shown, None, &[])
    }

    /// The same with the answers about everybody, and about each goal; `None` where nothing may be said.
    pub fn present_goals(
        &self,
        vocabulary: &Vocabulary,
        shown: &Shown,
        everybody: Option<&Shown>,
        goals: &[Option<Shown>],
    ) -> Answer {
        let of = |shown: &Shown, goal: Option<&str>, whole: &Whole<'_>| -> Vec<Sortable> {
            match (self.main.groups.is_empty(), &shown.total) {
                (false, _) => shown.rows.iter().map(|row| self.row(vocabulary, row, goal, whole)).collect(),
                (true, Some(total)) => vec![self.row(vocabulary, total, goal, whole)],
                (true, None) => vec![self.unknown()],
            }
        };
        let mut rows: Vec<Sortable> = if self.request.has_goal_dimension() {
            let whole = Whole::new(Some(shown));
            let named = self.goals.iter().zip(goals).filter_map(|((name, _), shown)| Some((name, shown.as_ref()?)));
            // A goal that nobody reached, or too few, has no row.
            let told = named.filter(|(_, shown)| shown.total.as_ref().is_some_and(|total| total.parts.events > 0));
            told.flat_map(|(name, shown)| of(shown, Some(name), &whole)).collect()
        } else {
            of(shown, None, &Whole::new(everybody))
        };
        let order_by = self.order_by();
        rows.sort_by(|a, b| self.order(&order_by, a, b));
        let total_rows = rows.len();
        let page = rows.into_iter().skip(self.request.offset).take(self.request.limit);
        let include = self.request.include;
        let mut noise = shown.noise;
        goals.iter().flatten().for_each(|goal| noise.widen(&goal.noise));
        let too_small = goals.iter().map(|goal| goal.as_ref().map_or(1, |shown| shown.hidden_groups)).sum::<u64>();
        Answer {
            results: page.map(|row| row.row).collect(),
            meta: Meta {
                imports_included: include.imports.then_some(false),
                imports_skip_reason: include.imports.then_some("no_imported_data"),
                time_labels: include.time_labels.then(|| self.labels()),
                total_rows: include.total_rows.then_some(total_rows),
                outis: Outis {
                    floor: shown.floor,
                    rounded_to: shown.rounded_to,
                    hidden_groups: shown.hidden_groups + too_small,
                    noise: HowNoise::of(&noise),
                },
            },
            query: self.executed(&order_by),
        }
    }

    fn row(&self, vocabulary: &Vocabulary, row: &ShownRow, goal: Option<&str>, whole: &Whole<'_>) -> Sortable {
        let mut keys = row.keys.iter();
        let words = self.request.dimensions.iter().map(|dimension| match (&dimension.what, goal) {
            (What::City, _) => dimension.what.not_set().to_owned(),
            (What::Goal, Some(goal)) => goal.to_owned(),
            _ => keys.next().map_or_else(|| OTHER.to_owned(), |key| self.word(vocabulary, dimension, *key)),
        });
        let dimensions = words.collect();
        let asked = self.request.metrics.iter().zip(&self.metrics).zip(&row.values);
        let values: Vec<(Option<f64>, Option<Number>)> = asked
            .map(|(((_, asked), metric), value)| match asked {
                Asked::Conversion(of) => {
                    let rate = whole.rate(*of, &row.keys, *value);
                    (rate, rate.map(|rate| Number::Decimal((rate * 100.0).round() / 100.0)))
                }
                Asked::Metric(Metric::TotalRevenue | Metric::AverageRevenue) => {
                    (*value, money(vocabulary, *value, row.parts.currency))
                }
                Asked::Metric(_) => (*value, number(*metric, *value, &row.parts)),
            })
            .collect();
        let (values, metrics) = values.into_iter().unzip();
        Sortable { row: ResultRow { dimensions, metrics }, values, other: row.keys.contains(&ShownKey::Other) }
    }

    /// One row of which nothing may be told.
    fn unknown(&self) -> Sortable {
        let not_set = |d: &Named| d.what.not_set().to_owned();
        let dimensions = self.request.dimensions.iter().map(not_set).collect();
        let values = vec![None; self.metrics.len()];
        Sortable { row: ResultRow { dimensions, metrics: vec![None; values.len()] }, values, other: false }
    }

    fn word(&self, vocabulary: &Vocabulary, dimension: &Named, key: ShownKey) -> String {
        if let (ShownKey::Time(start), Some(interval)) = (key, self.interval) {
            return self.label(interval, start);
        }
        let Some(attribute) = dimension.what.attribute(vocabulary) else { return OTHER.to_owned() };
        match say(vocabulary, attribute, key) {
            Said::Word(word) if dimension.what == What::CountryName => countries::name(&word).to_owned(),
            Said::Word(word) => word.to_string(),
            Said::NotSet => dimension.what.not_set().to_owned(),
            Said::Rare => RARE.to_owned(),
            Said::Other => OTHER.to_owned(),
        }
    }

    /// `2026-11-24 13:00:00` for hours, else the first day; a month is always called by its own first day.
    fn label(&self, interval: Interval, start: i64) -> String {
        let at = bucket_start(start);
        match interval {
            Interval::Hour => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Interval::Month => at.date().to_string(),
            Interval::Day | Interval::Week => label(interval, start, &self.main.range),
        }
    }

    fn labels(&self) -> Vec<String> {
        let Some(interval) = self.interval else { return Vec::new() };
        let starts = buckets(interval, &self.main.range, self.end(), &self.main.zone).unwrap_or_default();
        starts.into_iter().map(|start| self.label(interval, start)).collect()
    }

    /// As asked for, else by time, else by the first metric from the top.
    fn order_by(&self) -> Vec<(By, bool)> {
        if !self.request.order_by.is_empty() {
            return self.request.order_by.clone();
        }
        let time = self.request.dimensions.iter().find(|d| is_time(d)).map(|d| (By::Dimension(d.name.clone()), false));
        let metric = self.request.metrics.first().map(|(name, _)| (By::Metric(name.clone()), true));
        time.or(metric).into_iter().collect()
    }

    /// `(other)` comes last, and so does what is not known; equals are ordered by dimensions.
    fn order(&self, order_by: &[(By, bool)], a: &Sortable, b: &Sortable) -> Ordering {
        let mut order = a.other.cmp(&b.other);
        for (by, descending) in order_by {
            let ascending = |order: Ordering| if *descending { order.reverse() } else { order };
            order = order.then(match by {
                By::Dimension(name) => match self.request.dimensions.iter().position(|d| d.name == *name) {
                    Some(at) => ascending(a.row.dimensions[at].cmp(&b.row.dimensions[at])),
                    None => Ordering::Equal,
                },
                By::Metric(name) => {
                    let at = self.request.metrics.iter().position(|(asked, _)| asked == name);
                    let value = |row: &Sortable| at.and_then(|at| row.values.get(at).copied().flatten());
                    match (value(a), value(b)) {
                        (Some(a), Some(b)) => ascending(a.total_cmp(&b)),
                        (a, b) => b.is_some().cmp(&a.is_some()),
                    }
                }
            });
        }
        order.then_with(|| a.row.dimensions.cmp(&b.row.dimensions))
    }

    fn executed(&self, order_by: &[(By, bool)]) -> Value {
        let request = &self.request;
        let (first, last) = ends(&self.main.range, &self.main.zone);
        let order_by: Vec<_> = order_by
            .iter()
            .map(|(by, descending)| {
                let (By::Metric(name) | By::Dimension(name)) = by;
                json!([name, if *descending { "desc" } else { "asc" }])
            })
            .collect();
        json!({
            "site_id": request.site_id,
            "metrics": request.metrics.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "date_range": [first, last],
            "dimensions": request.dimensions.iter().map(|d| &d.name).collect::<Vec<_>>(),
            "filters": request.filters_sent,
            "order_by": order_by,
            "include": {
                "imports": false,
                "time_labels": request.include.time_labels,
                "total_rows": request.include.total_rows,
            },
            "pagination": { "limit": request.limit, "offset": request.offset },
        })
    }
}

/// Everybody, of whom rates of conversion are taken.
struct Whole<'a> {
    all: Option<f64>,
    rows: HashMap<&'a [ShownKey], Option<f64>>,
}

impl Whole<'_> {
    fn new(shown: Option<&Shown>) -> Whole<'_> {
        let visitors = |row: &ShownRow| row.values.first().copied().flatten();
        let rows = shown.iter().flat_map(|shown| &shown.rows).map(|row| (row.keys.as_slice(), visitors(row)));
        Whole { all: shown.and_then(|shown| visitors(shown.total.as_ref()?)), rows: rows.collect() }
    }

    /// Percent, at most 100.
    fn rate(&self, of: Conversion, keys: &[ShownKey], visitors: Option<f64>) -> Option<f64> {
        let whole = match of {
            Conversion::OfAll => self.all,
            // What is folded is not the same in both.
            Conversion::OfGroup if keys.contains(&ShownKey::Other) => None,
            Conversion::OfGroup if keys.is_empty() => self.all,
            Conversion::OfGroup => self.rows.get(keys).copied().flatten(),
        };
        let whole = whole.filter(|whole| *whole > 0.0)?;
        visitors.map(|visitors| (visitors / whole * 100.0).min(100.0))
    }
}

/// A row with what it is sorted by.
struct Sortable {
    row: ResultRow,
    values: Vec<Option<f64>>,
    other: bool,
}

/// An amount in thousandths of a currency; `None` if it is in none or in several.
fn money(vocabulary: &Vocabulary, milli: Option<f64>, currency: Currency) -> Option<Number> {
    let Currency::One(term) = currency else { return None };
    let currency = vocabulary.text(Space::CURRENCY, term)?;
    let currency = currency.as_bytes().try_into().ok()?;
    Some(Number::Money(Money { value: milli? / 1_000.0, currency }))
}

/// The value in its metric's rounding. Bounce rate, duration and views of no visits are 0, as Plausible has it.
fn number(metric: Metric, value: Option<f64>, parts: &Parts) -> Option<Number> {
    let none_there = match metric {
        Metric::BounceRate | Metric::VisitDuration => parts.entries == 0,
        Metric::ViewsPerVisit => parts.visits == 0,
        _ => false,
    };
    let value = match value {
        None if none_there => 0.0,
        other => other?,
    };
    Some(match metric {
        Metric::ViewsPerVisit | Metric::Percentage => Number::Decimal((value * 100.0).round() / 100.0),
        _ => Number::Whole(value.round() as i64),
    })
}
