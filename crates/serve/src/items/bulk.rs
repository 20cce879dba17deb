//! Many items at once, a line of JSON each; or one.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use futures::StreamExt;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use outis_event::SiteId;
use outis_personal::catalogue::{Catalogue, Loaded, MOST_LINE_BYTES, Refusal, Upload};
use serde::Serialize;
use utoipa::ToSchema;

use super::lines::Lines;
use super::not_changed;
use crate::api::Shared;
use crate::api::auth::May;
use crate::api::error::{ApiError, ErrorBody};
use crate::api::live::OfSite;
use crate::api::rights::EditItems;
use crate::control::Changed;
use crate::core::Catalogues;
use crate::extract::Query;

/// Most bytes of one upload.
const MOST_UPLOAD_BYTES: usize = 256 * 1024 * 1024;

/// What came of an upload.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Report {
    /// Lines that were taken: each is an item that was added or put in the place of the one with its id.
    pub(crate) taken: usize,
    /// Lines that were not.
    pub(crate) refused: usize,
    /// The first hundred of those.
    pub(crate) reasons: Vec<Reason>,
}

/// Why a line was not taken. Nothing of the line is in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reason {
    /// Its number; the first is 1.
    pub(crate) line: usize,
    /// A stable name of the mistake.
    #[schema(value_type = String)]
    pub(crate) code: &'static str,
    /// What is wrong and what works.
    pub(crate) message: String,
    /// Where in the line, as a JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
}

impl From<Loaded> for Report {
    fn from(loaded: Loaded) -> Report {
        let reason = |(line, refusal): (usize, Refusal)| Reason {
            line,
            code: refusal.code(),
            message: refusal.to_string(),
            pointer: refusal.field().map(|field| format!("/{field}")),
        };
        let reasons = loaded.reasons.into_iter().map(reason).collect();
        Report { taken: loaded.taken, refused: loaded.refused, reasons }
    }
}

/// Adds items, or puts them in the place of those with the same ids. `application/x-ndjson`: an item a line, at most 64 KiB
/// each and 256 MiB in all; good lines are taken, whatever the others are, in pieces of 8 MiB, each whole or not at all.
/// `application/json`: one item.
#[utoipa::path(post, path = "/api/v1/items", tag = "items", params(OfSite), request_body = Object,
    responses((status = 200, body = Report, description = "also if lines were refused: each is told by its number"),
        (status = 400, body = ErrorBody, description = "one item that is not good; with a pointer"),
        (status = 413, body = ErrorBody), (status = 415, body = ErrorBody)))]
pub(crate) async fn post(
    State(api): State<Shared>,
    may: May<EditItems>,
    Query(of): Query<OfSite>,
    request: Request,
) -> Result<Json<Report>, ApiError> {
    let site = api.site(&may, &of.site)?.site().id;
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/json" => one(&api, site, request.into_body()).await,
        "application/x-ndjson" | "application/jsonl" => many(&api, site, request.into_body()).await,
        _ => {
            let message = "send application/json for one item, application/x-ndjson for many, one a line";
            Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_items", message))
        }
    }
}

async fn one(api: &Shared, site: SiteId, body: Body) -> Result<Json<Report>, ApiError> {
    let too_long = |_| super::refused(Refusal::TooLong);
    let fields = super::fields(Ok(axum::body::to_bytes(body, MOST_LINE_BYTES).await.map_err(too_long)?))?;
    let put = move |catalogue: &mut Catalogue| {
        let number = catalogue.put(&fields)?;
        Ok(((), Changed { items: vec![number], synonyms: false }))
    };
    api.core.catalogues.change(site, put).await.map_err(not_changed)?;
    Ok(Json(Report { taken: 1, refused: 0, reasons: Vec::new() }))
}

/// What is held of the body is one piece; nobody waits for a body that comes slowly.
async fn many(api: &Shared, site: SiteId, body: Body) -> Result<Json<Report>, ApiError> {
    let (mut lines, mut upload, mut bytes) = (Lines::default(), Upload::default(), 0);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| broken_off())?;
        bytes += piece.len();
        if bytes > MOST_UPLOAD_BYTES {
            let message = "an upload has at most 256 MiB; what came before that was taken";
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "upload_too_large", message));
        }
        if let Some(whole) = lines.add(&piece) {
            upload = take(&api.core.catalogues, site, upload, whole).await?;
        }
    }
    let upload = take(&api.core.catalogues, site, upload, lines.rest()).await?;
    Ok(Json(upload.end().into()))
}

fn broken_off() -> ApiError {
    let message = "the body broke off; what came before in whole pieces of 8 MiB was taken: send it again";
    ApiError::bad("upload_broken_off", message)
}

async fn take(
    catalogues: &Arc<Catalogues>,
    site: SiteId,
    mut upload: Upload,
    lines: Vec<u8>,
) -> Result<Upload, ApiError> {
    if lines.is_empty() {
        return Ok(upload);
    }
    let take = move |catalogue: &mut Catalogue| {
        let items = upload.take(catalogue, &lines);
        Ok((upload, Changed { items, synonyms: false }))
    };
    catalogues.change(site, take).await.map_err(not_changed)
}
