//! The catalogue over HTTP: items one by one or in bulk, search, and tags with synonyms.
//!
//! Staff, and programs with a token of the scope `items`, read and change everything. One item that is shown may be read by
//! anybody, also by pages of the site from another origin.

pub(crate) mod bulk;
mod lines;
pub(crate) mod list;
pub(crate) mod one;
mod reader;
pub(crate) mod tags;

use axum::extract::rejection::BytesRejection;
use bytes::Bytes;
use http::StatusCode;
use outis_personal::catalogue::{MOST_LINE_BYTES, Refusal};
use serde_json::{Map, Value};

use crate::api::Shared;
use crate::api::error::ApiError;
use crate::core::catalogue::ChangeError;
use crate::routes::Routes;

/// Every call.
pub(crate) fn routes() -> Routes<Shared> {
    Routes::new()
        .get("/api/v1/items", list::get)
        .post("/api/v1/items", bulk::post)
        .get("/api/v1/items/{id}", one::get)
        .put("/api/v1/items/{id}", one::put)
        .patch("/api/v1/items/{id}", one::patch)
        .delete("/api/v1/items/{id}", one::delete)
        .get("/api/v1/tags", tags::get)
        .put("/api/v1/tags", tags::put)
}

/// A change that was not made.
fn not_changed(error: ChangeError) -> ApiError {
    match error {
        ChangeError::Refused(refusal) => refused(refusal),
        ChangeError::Failed(error) => error.into(),
    }
}

fn refused(refusal: Refusal) -> ApiError {
    let status = match refusal {
        Refusal::NoSuchItem => return no_item(),
        Refusal::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Full => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::BAD_REQUEST,
    };
    let error = ApiError::new(status, refusal.code(), refusal.to_string());
    match refusal.field() {
        Some(field) => error.below(&format!("/{field}")),
        None => error,
    }
}

/// The same for what never was, what was deleted and what is not shown.
fn no_item() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no_item", "the catalogue has no such item; GET /api/v1/items lists them")
}

/// The fields of one item.
fn fields(body: Result<Bytes, BytesRejection>) -> Result<Map<String, Value>, ApiError> {
    let body = body.map_err(|_| refused(Refusal::TooLong))?;
    if body.len() > MOST_LINE_BYTES {
        return Err(refused(Refusal::TooLong));
    }
    serde_json::from_slice(&body).map_err(|_| refused(Refusal::NotAnObject))
}
