//! The query as it is sent, checked against the schema.

use serde_json::{Map, Value};

use super::error::{QueryError, inspect, token, type_of, wrong};
use super::filter::{Tree, tree};
use super::names::{Asked, Named, dimension, metric};
use super::range::{Asking, date_range};

/// Largest query, in bytes.
const MAX_BYTES: usize = 256 * 1024;
const MAX_LIMIT: u64 = 10_000;
/// Most filters at the top level.
const MAX_FILTERS: usize = 50;

/// A query that fits the schema. What its names mean together is checked when it is resolved.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) site_id: String,
    pub(super) metrics: Vec<(String, Asked)>,
    pub(super) date_range: Asking,
    pub(super) dimensions: Vec<Named>,
    pub(super) filters: Vec<Tree>,
    pub(super) filters_sent: Value,
    pub(super) order_by: Vec<(By, bool)>,
    pub(super) include: Include,
    pub(super) limit: usize,
    pub(super) offset: usize,
}

/// What results are ordered by, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum By {
    Metric(String),
    Dimension(String),
}

/// What the answer tells besides results.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Include {
    pub(super) imports: bool,
    pub(super) time_labels: bool,
    pub(super) total_rows: bool,
}

impl Request {
    /// The site asked about.
    pub fn site_id(&self) -> &str {
        &self.site_id
    }
}

/// Reads a query.
///
/// # Errors
/// Everything that does not fit the schema, a line each.
pub fn parse(body: &[u8]) -> Result<Request, QueryError> {
    if body.len() > MAX_BYTES {
        return wrong("The query is too large: at most 256 KiB.");
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return wrong("The request body is not valid JSON.");
    };
    let Value::Object(object) = value else {
        return wrong(format!("#: Type mismatch. Expected Object but got {}.", type_of(&value)));
    };
    let mut schema = Schema { object: &object, mistakes: Vec::new() };
    schema.keys("#", &object, &KEYS);
    schema.required();
    let request = Request {
        date_range: schema.date_range(),
        dimensions: schema.dimensions(),
        filters: schema.filters(),
        filters_sent: object.get("filters").cloned().unwrap_or_else(|| Value::Array(Vec::new())),
        include: schema.include(),
        metrics: schema.metrics(),
        order_by: schema.order_by(),
        limit: schema.page("limit", 1, MAX_LIMIT, MAX_LIMIT),
        offset: schema.page("offset", 0, u64::from(u32::MAX), 0),
        site_id: schema.site_id(),
    };
    if schema.mistakes.is_empty() { Ok(request) } else { wrong(schema.mistakes.join("\n")) }
}

const REQUIRED: [&str; 3] = ["site_id", "metrics", "date_range"];
const KEYS: [&str; 8] =
    ["site_id", "metrics", "date_range", "dimensions", "filters", "order_by", "include", "pagination"];

/// Collects all mistakes; where there is one, the value given back is not used.
struct Schema<'a> {
    object: &'a Map<String, Value>,
    mistakes: Vec<String>,
}

impl<'a> Schema<'a> {
    fn mistake(&mut self, text: String) {
        self.mistakes.push(text);
    }

    fn keys(&mut self, place: &str, object: &Map<String, Value>, known: &[&str]) {
        for key in object.keys().filter(|key| !known.contains(&key.as_str())).take(8) {
            self.mistake(format!("{place}/{}: Schema does not allow additional properties.", token(key)));
        }
    }

    fn required(&mut self) {
        let missing: Vec<_> = REQUIRED.into_iter().filter(|key| !self.object.contains_key(*key)).collect();
        match missing.as_slice() {
            [] => {}
            [one] => self.mistake(format!("#: Required property {one} was not present.")),
            several => self.mistake(format!("#: Required properties {} were not present.", several.join(", "))),
        }
    }

    /// The value of a key as a list; a mistake if it is something else.
    fn list(&mut self, key: &str) -> &'a [Value] {
        match self.object.get(key) {
            Some(Value::Array(list)) => list,
            Some(other) => {
                self.mistake(format!("#/{key}: Type mismatch. Expected Array but got {}.", type_of(other)));
                &[]
            }
            None => &[],
        }
    }

    fn unique(&mut self, key: &str, list: &[Value]) {
        if list.iter().enumerate().any(|(i, value)| list[..i].contains(value)) {
            self.mistake(format!("#/{key}: Expected items to be unique but they were not."));
        }
    }

    fn site_id(&mut self) -> String {
        match self.object.get("site_id") {
            Some(Value::String(site)) => return site.clone(),
            Some(other) => {
                self.mistake(format!("#/site_id: Type mismatch. Expected String but got {}.", type_of(other)));
            }
            None => {}
        }
        String::new()
    }

    fn metrics(&mut self) -> Vec<(String, Asked)> {
        let list = self.list("metrics");
        if self.object.get("metrics") == Some(&Value::Array(Vec::new())) {
            self.mistake("#/metrics: Expected a minimum of 1 items but got 0.".to_owned());
        }
        let mut metrics = Vec::new();
        for (i, value) in list.iter().enumerate().take(100) {
            match value.as_str().and_then(|name| Some((name.to_owned(), metric(name)?))) {
                Some(metric) => metrics.push(metric),
                None => self.mistake(format!("#/metrics/{i}: Invalid metric {}", inspect(value, token))),
            }
        }
        self.unique("metrics", list);
        metrics
    }

    fn dimensions(&mut self) -> Vec<Named> {
        let list = self.list("dimensions");
        let mut dimensions = Vec::new();
        for (i, value) in list.iter().enumerate().take(100) {
            match value.as_str().and_then(dimension) {
                Some(dimension) => dimensions.push(dimension),
                None => self.mistake(format!("#/dimensions/{i}: Invalid dimension {}", inspect(value, token))),
            }
        }
        self.unique("dimensions", list);
        dimensions
    }

    fn date_range(&mut self) -> Asking {
        let Some(value) = self.object.get("date_range") else { return Asking::Nothing };
        date_range(value).unwrap_or_else(|| {
            self.mistake(format!("#/date_range: Invalid date range {}", inspect(value, token)));
            Asking::Nothing
        })
    }

    fn filters(&mut self) -> Vec<Tree> {
        let list = self.list("filters");
        if list.len() > MAX_FILTERS {
            self.mistake(format!("#/filters: Expected a maximum of {MAX_FILTERS} items but got {}.", list.len()));
            return Vec::new();
        }
        let mut filters = Vec::new();
        for (i, value) in list.iter().enumerate() {
            match tree(value, 0) {
                Some(filter) => filters.push(filter),
                None => self.mistake(format!("#/filters/{i}: Invalid filter {}", inspect(value, word_of_filter))),
            }
        }
        filters
    }

    fn order_by(&mut self) -> Vec<(By, bool)> {
        let list = self.list("order_by");
        let mut order = Vec::new();
        for (i, value) in list.iter().enumerate().take(100) {
            let entry = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let [by, direction] = entry else {
                self.mistake(format!("#/order_by/{i}: Invalid order_by entry {}", inspect(value, token)));
                continue;
            };
            let by = match by.as_str() {
                Some(name) if metric(name).is_some() => By::Metric(name.to_owned()),
                Some(name) if dimension(name).is_some() => By::Dimension(name.to_owned()),
                _ => {
                    let said = inspect(by, token);
                    self.mistake(format!("#/order_by/{i}/0: Invalid value in order_by {said}"));
                    continue;
                }
            };
            match direction.as_str() {
                Some("asc") => order.push((by, false)),
                Some("desc") => order.push((by, true)),
                _ => {
                    let said = inspect(direction, token);
                    self.mistake(format!("#/order_by/{i}/1: Invalid value in order_by {said}"));
                }
            }
        }
        order
    }

    /// The value of a key as an object; a mistake if it is something else.
    fn part(&mut self, key: &str, known: &[&str]) -> Option<&'a Map<String, Value>> {
        match self.object.get(key)? {
            Value::Object(object) => {
                self.keys(&format!("#/{key}"), object, known);
                Some(object)
            }
            other => {
                self.mistake(format!("#/{key}: Type mismatch. Expected Object but got {}.", type_of(other)));
                None
            }
        }
    }

    fn include(&mut self) -> Include {
        let known = ["imports", "time_labels", "total_rows"];
        let Some(object) = self.part("include", &known) else { return Include::default() };
        let [imports, time_labels, total_rows] = known.map(|key| match object.get(key) {
            Some(Value::Bool(yes)) => *yes,
            Some(other) => {
                let got = type_of(other);
                self.mistake(format!("#/include/{key}: Type mismatch. Expected Boolean but got {got}."));
                false
            }
            None => false,
        });
        Include { imports, time_labels, total_rows }
    }

    fn page(&mut self, key: &str, least: u64, most: u64, default: u64) -> usize {
        // Keys are checked once.
        let known: &[&str] = &["limit", "offset"];
        let object = match (key, self.object.get("pagination")) {
            ("limit", _) => self.part("pagination", known),
            (_, Some(Value::Object(object))) => Some(object),
            _ => None,
        };
        let Some(value) = object.and_then(|object| object.get(key)) else { return default as usize };
        let Some(number) = value.as_i64() else {
            let got = type_of(value);
            self.mistake(format!("#/pagination/{key}: Type mismatch. Expected Integer but got {got}."));
            return default as usize;
        };
        if number < least as i64 {
            self.mistake(format!("#/pagination/{key}: Expected the value to be >= {least}"));
        } else if number > most as i64 {
            self.mistake(format!("#/pagination/{key}: Expected the value to be <= {most}"));
        }
        usize::try_from(number).unwrap_or_default()
    }
}

/// Of a filter, only operators and names of dimensions are repeated: values may be about people.
fn word_of_filter(text: &str) -> &str {
    let operators = [
        "is",
        "is_not",
        "contains",
        "contains_not",
        "matches",
        "matches_not",
        "matches_wildcard",
        "matches_wildcard_not",
        "and",
        "or",
        "not",
        "has_done",
        "has_not_done",
        "segment",
    ];
    let name = ["event:", "visit:", "time:"].iter().any(|prefix| text.starts_with(prefix)) || text == "time";
    if operators.contains(&text) || name { token(text) } else { "…" }
}
