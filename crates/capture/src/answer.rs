//! Answers: what is refused and why, and the headers that all answers share.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use outis_event::DropReason;
use serde::Serialize;

use crate::wire::{Errors, Place, Report};

/// Names the reasons why events of a request were dropped, separated by commas.
pub(crate) const REASON: HeaderName = HeaderName::from_static("x-outis-reason");
/// Plausible's count of sites that dropped the event.
pub(crate) const DROPPED: HeaderName = HeaderName::from_static("x-plausible-dropped");

/// A request of which nothing was stored.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) errors: Errors,
    pub(crate) reason: Option<DropReason>,
    pub(crate) retry_after_s: Option<u32>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    errors: &'a Errors,
}

impl Refusal {
    /// A refusal of the whole request.
    pub(crate) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal::at(status, Place::Body, "", message)
    }

    /// A refusal because of one field.
    pub(crate) fn at(status: StatusCode, place: Place, field: &str, message: impl Into<Cow<'static, str>>) -> Refusal {
        let report = Report::default();
        report.add(place, field, message);
        Refusal { status, errors: report.into_errors(), reason: None, retry_after_s: None }
    }

    /// A body that is not what it should be.
    pub(crate) fn invalid(errors: Errors) -> Refusal {
        Refusal { status: StatusCode::BAD_REQUEST, errors, reason: None, retry_after_s: None }
    }

    /// A limit on the number of events.
    pub(crate) fn too_many(seconds: u32) -> Refusal {
        let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many events: try again later");
        Refusal { reason: Some(DropReason::RateLimited), ..refusal.retry_after(seconds) }
    }

    /// No room at the moment.
    pub(crate) fn overloaded(seconds: u32) -> Refusal {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "no room at the moment: try again later").retry_after(seconds)
    }

    fn retry_after(self, seconds: u32) -> Refusal {
        Refusal { retry_after_s: Some(seconds.max(1)), ..self }
    }

    pub(crate) fn into_response(self) -> Response {
        let body = serde_json::to_vec(&ErrorBody { errors: &self.errors }).expect("plain texts");
        let mut response = json(self.status, body);
        let headers = response.headers_mut();
        if let Some(reason) = self.reason {
            headers.insert(REASON, HeaderValue::from_static(reason.key()));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        // The rest of the body was not read: the connection cannot be used again.
        if matches!(self.status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// A JSON answer that nobody keeps.
pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Tells the reasons, each once, in the order of their declaration.
pub(crate) fn tell_reasons(headers: &mut HeaderMap, reasons: &[DropReason]) {
    let told = DropReason::ALL.iter().filter(|reason| reasons.contains(reason));
    let told: Vec<&str> = told.map(|reason| reason.key()).collect();
    if let (false, Ok(value)) = (told.is_empty(), HeaderValue::from_str(&told.join(","))) {
        headers.insert(REASON, value);
    }
}
