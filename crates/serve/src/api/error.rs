//! Refusals of the interfaces for staff and programs: a code, a sentence that says what works, nothing of the request.

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use outis_disclose::note;
use outis_guard::Refusal;
use outis_insight::EvaluateError;
use outis_insight::native::{Offer, RequestError};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A request that was not answered.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    pointer: Option<String>,
    keep: Option<Box<Offer>>,
    retry_after_s: Option<u32>,
}

/// The body of a refusal.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    error: ErrorText,
}

/// What is wrong.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorText {
    /// A stable name of the mistake.
    code: &'static str,
    /// What is wrong and what works. Never contains anything of the request.
    message: Cow<'static, str>,
    /// Where in the request, as a JSON pointer; absent where the code says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// What, once saved with `PUT /api/v1/definitions`, lets history answer this from the next close on.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep: Option<Box<Offer>>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError { status, code, message: message.into(), pointer: None, keep: None, retry_after_s: None }
    }

    pub(crate) fn bad(code: &'static str, message: impl Into<Cow<'static, str>>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_signed_in() -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, "not_signed_in", "sign in, or send `Authorization: Bearer TOKEN`")
    }

    /// The same for everything that a role does not include, whether it is there or not.
    pub(crate) fn not_your_role() -> ApiError {
        let message = "the roles of this account do not include this; an owner gives roles under Settings, Team";
        ApiError::new(StatusCode::FORBIDDEN, "not_your_role", message)
    }

    pub(crate) fn no_site() -> ApiError {
        let message = "no site of this name is open to you; `outis site list` shows the registered ones";
        ApiError::new(StatusCode::NOT_FOUND, "no_site", message)
    }

    pub(crate) fn too_many(seconds: u32) -> ApiError {
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", "wait a minute and try again");
        ApiError { retry_after_s: Some(seconds), ..error }
    }

    /// The same, saying after how many seconds it makes sense to try again.
    pub(crate) fn retry_after(self, seconds: u32) -> ApiError {
        ApiError { retry_after_s: Some(seconds), ..self }
    }

    /// The database of members is away for now.
    pub(crate) fn members_away() -> ApiError {
        note!(Error, "the database of members cannot be reached or does not answer in time");
        let message = "members cannot be reached just now: try again";
        let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "members_away", message);
        ApiError { retry_after_s: Some(5), ..error }
    }

    /// The same mistake below a place of the request, such as `/value`.
    pub(crate) fn below(self, place: &str) -> ApiError {
        ApiError { pointer: Some(format!("{place}{}", self.pointer.unwrap_or_default())), ..self }
    }

    /// A refusal of a question that says what would have to be saved for history to answer, or where in what was asked
    /// the place or device is that is not told with something sensitive.
    pub(crate) fn of(refusal: Refusal, asked: &[u8], offer: impl FnOnce() -> Option<Offer>) -> ApiError {
        let is_past = refusal.code() == "not_in_history";
        let pointer = match refusal {
            Refusal::SensitiveCrossed(crossing) => place_of(crossing.with.key(), asked),
            _ => None,
        };
        ApiError { keep: if is_past { offer().map(Box::new) } else { None }, pointer, ..refusal.into() }
    }

    /// The same, saying what history tells if it does not tell this.
    pub(crate) fn or_of_history(self, what: Option<&'static str>) -> ApiError {
        match what.filter(|_| self.code == "not_in_history") {
            Some(what) => ApiError { message: format!("{}; {what}", self.message).into(), ..self },
            None => self,
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

/// Where in a request an attribute is named first; `None` if it is in something that was saved.
fn place_of(name: &str, asked: &[u8]) -> Option<String> {
    find(name, &serde_json::from_slice(asked).ok()?)
}

fn find(name: &str, value: &Value) -> Option<String> {
    let below = |(key, value): (String, &Value)| find(name, value).map(|rest| format!("/{key}{rest}"));
    match value {
        Value::String(text) => (text == name).then(String::new),
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).find_map(below),
        Value::Object(keys) => keys.iter().map(|(key, value)| (key.clone(), value)).find_map(below),
        _ => None,
    }
}

/// Something of ours failed. The cause may hold anything, so only where it happened is told.
impl From<anyhow::Error> for ApiError {
    fn from(_: anyhow::Error) -> ApiError {
        note!(Error, "a request could not be answered because something of ours failed");
        let message = "something failed on the server; trying again may help, the server's log tells when";
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", message)
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> ApiError {
        ApiError { pointer: error.pointer, ..ApiError::bad(error.code, error.message) }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        let status = match refusal {
            Refusal::Busy | Refusal::Evaluate(EvaluateError::Unavailable | EvaluateError::NoRoom) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Refusal::Evaluate(
                EvaluateError::NotInHistory { .. }
                | EvaluateError::NotKept { .. }
                | EvaluateError::TooManyLinked { .. },
            ) => StatusCode::BAD_REQUEST,
            Refusal::SensitiveCrossed(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::FORBIDDEN,
        };
        let retry_after_s = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(2);
        ApiError { retry_after_s, ..ApiError::new(status, refusal.code(), refusal.to_string()) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            error: ErrorText { code: self.code, message: self.message, pointer: self.pointer, keep: self.keep },
        };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Any other path below `/api`.
pub(crate) async fn no_such_call() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no_such_call", "no such call; /api/openapi.json lists them")
}
