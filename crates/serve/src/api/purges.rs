//! Purging captured mistakes, and the list of what was purged.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::definitions::read;
use super::error::{ApiError, ErrorBody};
use super::live::OfSite;
use super::rights::Purge;
use crate::control::Deed;
use crate::core::purges::{self, Outcome, What};
use crate::extract::{Body, Query};

/// How long a purge is waited for; one that takes longer goes on by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is to be purged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPurge {
    /// The site's name.
    site: String,
    /// What.
    what: What,
    /// Only tell what would be done.
    #[serde(default)]
    dry_run: bool,
}

/// The purges of a site, the last days first: never what was purged.
#[derive(Serialize, ToSchema)]
pub(crate) struct Purges {
    purges: Vec<PurgeListed>,
}

/// A purge.
#[derive(Serialize, ToSchema)]
pub(crate) struct PurgeListed {
    /// Its number.
    id: String,
    /// The day on which it was asked for.
    day: String,
    /// What kind of thing was purged.
    kind: String,
    /// `running` or `done`.
    #[schema(value_type = String)]
    state: &'static str,
    /// Words that were struck.
    words: usize,
    /// Days whose rows were rewritten.
    days: usize,
    /// Released cells that went.
    cells: usize,
    /// Weeks and periods of which only a part was asked about.
    spans_in_part: usize,
}

/// Purges words or events from everything that is stored, or tells what that would do. It can not be undone, and holds
/// for every backup that opens with the present keys. Owners and privacy
/// officers, or a token with the scope `sites`.
#[utoipa::path(post, path = "/api/v1/purges", tag = "privacy", request_body = NewPurge,
    responses((status = 200, body = Outcome, description = "done, or what would be done"),
        (status = 202, body = Outcome, description = "it takes long and goes on by itself: see the list"),
        (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(super) async fn post(State(api): State<Shared>, may: May<Purge>, Body(body): Body) -> Result<Response, ApiError> {
    let new: NewPurge = read(&body)?;
    let asked = api.site(&may, &new.site)?;
    let resolved = new.what.resolve(&asked.context.site, &asked.context.vocabulary);
    let resolved = resolved.map_err(|error| ApiError::bad(error.code(), error.to_string()).below("/what"))?;
    let core = &api.core;
    let outcome = core.look_at_purge(&resolved).await?;
    if new.dry_run {
        return Ok(Json(outcome).into_response());
    }
    core.note_deed(may.actor(), Deed::Purged).await?;
    let id = core.write_purge(&resolved).await?;
    match tokio::time::timeout(PATIENCE, purges::spawn(core, id)).await {
        Ok(done) => {
            let done = done.map_err(anyhow::Error::from)??;
            Ok(Json(outcome.done(id, &done)).into_response())
        }
        Err(_) => Ok((StatusCode::ACCEPTED, Json(outcome.running(id))).into_response()),
    }
}

/// What was purged: when, what kind of thing, and how much of it.
#[utoipa::path(get, path = "/api/v1/purges", tag = "privacy", params(OfSite),
    responses((status = 200, body = Purges), (status = 404, body = ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<Purge>,
    Query(of): Query<OfSite>,
) -> Result<Json<Purges>, ApiError> {
    let asked = api.site(&may, &of.site)?;
    let listed = api.core.purges.list(asked.site().id).await?;
    let told = |one: purges::Listed| {
        let done = one.done.unwrap_or_default();
        PurgeListed {
            id: purges::hex(&one.id),
            day: one.day.date().to_string(),
            kind: one.kind,
            state: if one.done.is_some() { "done" } else { "running" },
            words: done.words,
            days: done.days,
            cells: done.cells,
            spans_in_part: done.spans_in_part,
        }
    };
    Ok(Json(Purges { purges: listed.into_iter().map(told).collect() }))
}
