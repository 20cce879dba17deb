//! From shown rows to the response in words.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use outis_event::{Timestamp, Vocabulary};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::attribute::{Attribute, NOT_SET, OTHER, RARE, Said, say};
use crate::bucket::bucket_day;
use crate::history::Spread;
use crate::period::{buckets, label};
use crate::shown::Life;
use crate::{DayRange, Interval, Metric, Query, Shown, ShownKey, ShownRow};

use super::{By, Form, Question, name_of};

/// An answer in words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Response {
    /// Totals: one row. Series: a row per bucket. Breakdown: the rows asked for.
    pub rows: Vec<ResponseRow>,
    /// How many rows there are without limit and offset.
    pub total_rows: usize,
    /// What the values of each row measure.
    pub metrics: Vec<Metric>,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: How,
}

/// One row.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ResponseRow {
    /// Totals: none. Series: the bucket's first local day or minute. Breakdown: the word.
    pub keys: Vec<String>,
    /// One value per metric; null when it is not known.
    #[schema(value_type = Vec<Option<f64>>)]
    pub values: Vec<Option<Value>>,
    /// The same in the window compared with; null when that is not known.
    #[schema(value_type = Option<Vec<Option<f64>>>)]
    pub compare: Option<Vec<Option<Value>>>,
    /// What kind of key it is.
    pub kind: Kind,
}

/// A number, whole where it can be, otherwise with at most two decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value(pub f64);

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rounded = (self.0 * 100.0).round() / 100.0;
        if rounded.fract() == 0.0 && rounded.abs() < 9e15 {
            serializer.serialize_i64(rounded as i64)
        } else {
            serializer.serialize_f64(rounded)
        }
    }
}

/// What a row's key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A word or a bucket (or nothing, for totals).
    Value,
    /// Groups that are too small to be shown singly, together: `(other)`.
    Other,
    /// Values whose word has not been admitted, together: `(rare)`.
    Rare,
    /// Events without a value: an empty key.
    None,
}

/// What is not shown.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Hidden {
    /// Groups with too few people to be shown singly.
    pub groups: u64,
    /// Least number of people behind a row.
    pub floor: u32,
}

/// How an answer came about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct How {
    /// What it was made from.
    pub life: Life,
    /// Least number of people behind a row.
    pub floor: u32,
    /// Counts are multiples of this.
    pub rounded_to: u32,
    /// Noise that was added when history was released; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<HowNoise>,
    /// First and last local day.
    pub window: (String, String),
    /// Those of the window compared with.
    pub compare_window: Option<(String, String)>,
    /// The site's time zone.
    pub time_zone: String,
    /// Width of a series' buckets.
    #[schema(value_type = Option<String>)]
    pub interval: Option<&'static str>,
    /// Everything acknowledged before this instant is in the answer.
    pub fresh_as_of: String,
    /// The last day (or bucket) is not over.
    pub partial_last: bool,
}

/// Noise in an answer from history.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HowNoise {
    /// By metric, the standard error that noise gives a row's count, at most.
    #[schema(value_type = BTreeMap<String, f64>)]
    pub standard_error: BTreeMap<Metric, Value>,
}

impl HowNoise {
    /// What is said of noise; `None` if there is none.
    pub(crate) fn of(noise: &Spread) -> Option<HowNoise> {
        let counts = [Metric::Visitors, Metric::Visits, Metric::Pageviews, Metric::Events];
        let told = counts.into_iter().filter_map(|metric| Some((metric, noise.standard_error(metric)?)));
        let standard_error: BTreeMap<Metric, Value> =
            told.filter(|(_, error)| *error > 0.0).map(|(metric, error)| (metric, Value(error))).collect();
        (!standard_error.is_empty()).then_some(HowNoise { standard_error })
    }
}

impl Question {
    /// Puts an answer into words: `shown` of the main query and `compared` of the query compared with.
    pub fn present(&self, vocabulary: &Vocabulary, shown: &Shown, compared: Option<&Shown>) -> Response {
        let (rows, total_rows) = match self.form {
            Form::Totals => (vec![self.totals(shown, compared)], 1),
            Form::Series => {
                let rows = self.series(shown, compared);
                let count = rows.len();
                (rows, count)
            }
            Form::Breakdown => self.breakdown(vocabulary, shown, compared),
        };
        Response {
            rows,
            total_rows,
            metrics: self.main.metrics.clone(),
            hidden: Hidden { groups: shown.hidden_groups, floor: shown.floor },
            how: self.how(shown),
        }
    }

    fn how(&self, shown: &Shown) -> How {
        let interval = (self.form == Form::Series).then_some(self.interval);
        let compare = self.compare.as_ref().map(|query| &query.range);
        how(&self.main, compare, interval, self.now, shown)
    }

    fn totals(&self, shown: &Shown, compared: Option<&Shown>) -> ResponseRow {
        let of = |shown: &Shown| match &shown.total {
            Some(row) => values(row),
            None => vec![None; self.main.metrics.len()],
        };
        ResponseRow { keys: Vec::new(), values: of(shown), compare: compared.map(of), kind: Kind::Value }
    }

    /// All buckets in order; the n-th is compared with the n-th of the other window.
    fn series(&self, shown: &Shown, compared: Option<&Shown>) -> Vec<ResponseRow> {
        let (starts, main) = self.buckets(&self.main, shown);
        let compare = match (&self.compare, compared) {
            (Some(query), Some(shown)) => self.buckets(query, shown).1,
            _ => Vec::new(),
        };
        let mut compare = compare.into_iter();
        let label = |start: i64| label(self.interval, start, &self.main.range);
        let row = |(start, values): (i64, Vec<Option<Value>>)| ResponseRow {
            keys: vec![label(start)],
            values,
            compare: compare.next(),
            kind: Kind::Value,
        };
        starts.into_iter().zip(main).map(row).collect()
    }

    /// The buckets of a query with their values. A bucket without a row had nothing in it, unless small ones are
    /// hidden: then it is not known.
    fn buckets(&self, query: &Query, shown: &Shown) -> (Vec<i64>, Vec<Vec<Option<Value>>>) {
        let starts = buckets(self.interval, &query.range, self.now, &query.zone).unwrap_or_default();
        let told: HashMap<i64, &ShownRow> = shown.rows.iter().filter_map(|row| Some((time(row)?, row))).collect();
        let absent: Vec<Option<Value>> = match shown.hidden_groups {
            0 => query.metrics.iter().map(|m| is_count(*m).then_some(Value(0.0))).collect(),
            _ => vec![None; query.metrics.len()],
        };
        // History ends with the last closed day: nothing is known behind it.
        let known = (shown.life == Life::History).then(|| shown.fresh_as_of.day(&query.zone));
        let is_known = |start: i64| known.is_none_or(|end| bucket_day(start) < end);
        let unknown = || vec![None; query.metrics.len()];
        let row = |start: &i64| match told.get(start) {
            Some(row) => values(row),
            None if is_known(*start) => absent.clone(),
            None => unknown(),
        };
        let rows = starts.iter().map(row).collect();
        (starts, rows)
    }

    fn breakdown(&self, words: &Vocabulary, shown: &Shown, compared: Option<&Shown>) -> (Vec<ResponseRow>, usize) {
        let Some(attribute) = self.attribute else { return (Vec::new(), 0) };
        let before: HashMap<ShownKey, &ShownRow> = compared
            .map(|shown| shown.rows.iter().filter_map(|row| Some((*row.keys.first()?, row))).collect())
            .unwrap_or_default();
        let mut rows: Vec<(ResponseRow, Option<f64>)> = Vec::new();
        let (possible, left_out) = self.possible(shown);
        for row in possible {
            let Some(key) = row.keys.first() else { continue };
            let (word, kind) = in_words(words, attribute, *key);
            if !self.is_searched(&word) {
                continue;
            }
            // What is folded into (other) differs from window to window, so it is compared with nothing.
            let compare = before.get(key).filter(|_| kind != Kind::Other).map(|row| values(row));
            let sorted_by = self.sorted_by(row);
            rows.push((ResponseRow { keys: vec![word], values: values(row), compare, kind }, sorted_by));
        }
        rows.sort_by(|a, b| self.compare_rows(a, b));
        let count = rows.len() + left_out;
        (rows.into_iter().map(|(row, _)| row).skip(self.offset).take(self.limit).collect(), count)
    }

    /// The rows that may be among those that are sent, and how many others there are: of thousands of rows few are
    /// sent, and only these need words.
    fn possible<'a>(&self, shown: &'a Shown) -> (Vec<&'a ShownRow>, usize) {
        let mut rows: Vec<&ShownRow> = shown.rows.iter().collect();
        let sent = self.offset.saturating_add(self.limit);
        if self.search.is_some() || matches!(self.order.by, By::Key) || sent == 0 || rows.len() <= sent {
            return (rows, 0);
        }
        let is_other = |row: &ShownRow| row.keys.first() == Some(&ShownKey::Other);
        let order = |a: &&ShownRow, b: &&ShownRow| {
            let by_value = self.compare_values(self.sorted_by(a), self.sorted_by(b));
            is_other(a).cmp(&is_other(b)).then(by_value)
        };
        let all = rows.len();
        let (_, last, _) = rows.select_nth_unstable_by(sent - 1, order);
        let last = *last;
        // Equals are told apart by their words.
        rows.retain(|row| order(row, &last).is_le());
        let left_out = all - rows.len();
        (rows, left_out)
    }

    fn sorted_by(&self, row: &ShownRow) -> Option<f64> {
        match self.order.by {
            By::Metric(at) => row.values.get(at).copied().flatten(),
            By::Key => None,
        }
    }

    fn is_searched(&self, word: &str) -> bool {
        self.search.as_ref().is_none_or(|search| word.to_lowercase().contains(&search.to_lowercase()))
    }

    fn compare_values(&self, a: Option<f64>, b: Option<f64>) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) if self.order.descending => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }

    /// `(other)` last, what is not known behind what is, equals by key.
    fn compare_rows(&self, a: &(ResponseRow, Option<f64>), b: &(ResponseRow, Option<f64>)) -> Ordering {
        let other = |row: &ResponseRow| row.kind == Kind::Other;
        let by_value = self.compare_values(a.1, b.1);
        let by_key = a.0.keys.cmp(&b.0.keys);
        let by_key = match self.order.by {
            By::Key if self.order.descending => by_key.reverse(),
            _ => by_key,
        };
        other(&a.0).cmp(&other(&b.0)).then(by_value).then(by_key)
    }
}

/// How the answer to a query came about.
pub(super) fn how(
    query: &Query,
    compare: Option<&DayRange>,
    interval: Option<Interval>,
    now: Timestamp,
    shown: &Shown,
) -> How {
    let window = |range: &DayRange| (range.from.date().to_string(), range.to.date().to_string());
    let fresh = jiff::Timestamp::from_second(shown.fresh_as_of.0.div_euclid(1000)).unwrap_or_default();
    How {
        life: shown.life,
        floor: shown.floor,
        rounded_to: shown.rounded_to,
        noise: HowNoise::of(&shown.noise),
        window: window(&query.range),
        compare_window: compare.map(window),
        time_zone: query.zone.iana_name().unwrap_or("UTC").to_owned(),
        interval: interval.map(name_of),
        fresh_as_of: fresh.to_string(),
        partial_last: query.range.to >= now.day(&query.zone),
    }
}

fn values(row: &ShownRow) -> Vec<Option<Value>> {
    row.values.iter().map(|v| v.map(Value)).collect()
}

fn time(row: &ShownRow) -> Option<i64> {
    match row.keys.first()? {
        ShownKey::Time(start) => Some(*start),
        _ => None,
    }
}

pub(super) fn is_count(metric: Metric) -> bool {
    matches!(metric, Metric::Visitors | Metric::Visits | Metric::Pageviews | Metric::Events)
}

pub(super) fn in_words(words: &Vocabulary, attribute: Attribute, key: ShownKey) -> (String, Kind) {
    match say(words, attribute, key) {
        Said::Word(word) => (word.to_string(), Kind::Value),
        Said::NotSet => (NOT_SET.to_owned(), Kind::None),
        Said::Rare => (RARE.to_owned(), Kind::Rare),
        Said::Other => (OTHER.to_owned(), Kind::Other),
    }
}
