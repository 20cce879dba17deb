//! What is wrong with a query, in the texts that clients of Plausible know.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Longest token of a request that an error repeats.
const MAX_TOKEN: usize = 64;

/// A query that cannot be answered: the body of a response of status 400.
///
/// Schema errors name the place as a JSON pointer and repeat the token that is wrong, as clients expect; only tokens
/// of the schema's alphabet are repeated (`A-Z a-z 0-9 _ : . -`, at most 64), everything else is told as `…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, thiserror::Error)]
#[error("{error}")]
pub struct QueryError {
    /// What is wrong; several mistakes are on several lines.
    pub error: String,
}

pub(super) fn wrong<T>(error: impl Into<String>) -> Result<T, QueryError> {
    Err(QueryError { error: error.into() })
}

/// A token as an error repeats it.
pub(super) fn token(text: &str) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.' | '-');
    if text.len() <= MAX_TOKEN && text.chars().all(plain) { text } else { "…" }
}

/// A value as an error repeats it, each string passed through `said`.
pub(super) fn inspect(value: &Value, said: fn(&str) -> &str) -> String {
    match value {
        Value::Null => "nil".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(_) => "…".to_owned(),
        Value::String(text) => format!("\"{}\"", said(text)),
        Value::Array(list) => {
            let few: Vec<_> = list.iter().take(8).map(|v| inspect(v, said)).collect();
            format!("[{}]", few.join(", "))
        }
        Value::Object(_) => "%{…}".to_owned(),
    }
}

/// The name of a JSON type as schema errors say it.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "Number",
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}
