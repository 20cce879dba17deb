//! The native request as it is sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{RequestError, bad};

/// Largest request, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// A question in words. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// Series only: `hour`, `day`, `week` or `month`. Default: what suits the period.
    #[serde(default)]
    pub interval: Option<String>,
    /// What is measured, in the order of the answer's values; each once.
    pub metrics: Vec<String>,
    /// Breakdown only: what rows stand for, such as `page`, `source` or `prop:plan`.
    #[serde(default)]
    pub dimension: Option<String>,
    /// Conditions, all of which hold: `[operator, dimension, [values]]`, or `["set", dimension]`.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
    /// What the answer is compared with.
    #[serde(default)]
    pub compare: Option<Compare>,
    /// Breakdown only: most rows, 1 to 1,000. Default: 10.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Breakdown only: rows left out at the front, at most 1,000,000.
    #[serde(default)]
    pub offset: Option<u32>,
    /// Breakdown only: a metric of the request or `key`, and `asc` or `desc`. Default: the first metric, `desc`.
    #[serde(default)]
    pub order: Option<(String, String)>,
    /// Breakdown only: rows whose key contains this, ignoring case.
    #[serde(default)]
    pub search: Option<String>,
}

/// A period by name, or from one day to another.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// `today`, `yesterday`, `24h`, `7d`, `28d`, `30d`, `91d`, `month`, `last_month`, `year`, `6mo`, `12mo` or `all`.
    #[serde(default)]
    pub preset: Option<String>,
    /// The day that `preset` is relative to. Default: today.
    #[serde(default)]
    pub date: Option<String>,
    /// First day, such as `2026-11-01`.
    #[serde(default)]
    pub from: Option<String>,
    /// Last day.
    #[serde(default)]
    pub to: Option<String>,
}

/// What an answer is compared with.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// `previous_period`, `year_over_year` or `custom`.
    pub mode: String,
    /// `custom` only: first day.
    #[serde(default)]
    pub from: Option<String>,
    /// `custom` only: last day.
    #[serde(default)]
    pub to: Option<String>,
    /// Move the window so that it begins on the same day of the week. Default: true.
    #[serde(default = "yes")]
    pub match_day_of_week: bool,
}

fn yes() -> bool {
    true
}

/// Reads a request.
///
/// # Errors
/// `too_large`, `not_json`, or `malformed` with the place of the first mistake.
pub fn parse(body: &[u8]) -> Result<Request, RequestError> {
    let known = "site, period, interval, metrics, dimension, filters, compare, limit, offset, order, search; site, \
                 period and metrics are required";
    read(body, known)
}

/// Reads a request of any kind; `known` are its keys, in words.
pub(super) fn read<T: serde::de::DeserializeOwned>(body: &[u8], known: &str) -> Result<T, RequestError> {
    if body.len() > MAX_BYTES {
        return bad("too_large", "a request is at most 256 KiB");
    }
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        if error.is_data() {
            RequestError::new("malformed", format!("a key or value does not fit near {place}: known keys are {known}"))
        } else {
            RequestError::new("not_json", format!("the body is not JSON near {place}"))
        }
    })
}
