//! What is wrong with a request, without repeating any of it.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

/// A request that cannot be answered, as the `error` of a response of status 400.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, thiserror::Error)]
#[error("{code}: {message}")]
pub struct RequestError {
    /// A stable name of the mistake, such as `filter_unknown_dimension`.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// What is wrong and what works. Never contains anything of the request.
    #[schema(value_type = String)]
    pub message: Cow<'static, str>,
    /// Where in the request, as a JSON pointer such as `/steps/2/page`; absent where the code says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

impl RequestError {
    pub(super) fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> RequestError {
        RequestError { code, message: message.into(), pointer: None }
    }

    /// The same mistake below `place`, such as `/steps/2`.
    #[must_use]
    pub(crate) fn below(self, place: &str) -> RequestError {
        RequestError { pointer: Some(format!("{place}{}", self.pointer.unwrap_or_default())), ..self }
    }
}

pub(super) fn bad<T>(code: &'static str, message: impl Into<Cow<'static, str>>) -> Result<T, RequestError> {
    Err(RequestError::new(code, message))
}
