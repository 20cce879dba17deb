//! Support: what a member sees of themselves, for whoever they hand a code.

use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::auth::{May, Peer};
use super::error::{ApiError, ErrorBody};
use super::rights::SeeByCode;
use super::session::body;
use crate::control::{Actor, Deed};
use crate::people::export::Export;

/// How long the dashboard shows it.
const SHOWN_SECONDS: u32 = 300;

/// A code, as a member read it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handed {
    /// The site's name.
    site: String,
    /// Spaces, dashes and case do not matter.
    code: String,
}

/// What the member sees.
#[derive(Serialize, ToSchema)]
pub(crate) struct Seen {
    /// Their export.
    #[schema(value_type = Object)]
    export: Export,
    /// After so many seconds it is not to be shown any more.
    seconds: u32,
}

/// Shows, once, what the member who issued a code sees of themselves. That it was shown is written down first: who saw
/// something and in which hour, not of whom.
#[utoipa::path(post, path = "/api/v1/support/export", tag = "privacy", request_body = Handed,
    responses((status = 200, body = Seen), (status = 404, body = ErrorBody, description = "no such code is open"),
        (status = 429, body = ErrorBody)))]
pub(super) async fn post(
    State(api): State<Shared>,
    may: May<SeeByCode>,
    Peer(peer): Peer,
    request: Request,
) -> Result<Json<Seen>, ApiError> {
    let handed: Handed = body(request).await?;
    let asks = may.staff().ok_or_else(ApiError::not_signed_in)?;
    let site = api.site(&may, &handed.site)?;
    api.code_tries.enter(peer.ip(), Instant::now()).map_err(ApiError::too_many)?;
    let people = &api.core.members.people;
    let found = people.take_by_code(site.site().id, &handed.code, api.core.clock.now()).await;
    let active = found.map_err(anyhow::Error::from)?.ok_or_else(no_code)?;
    api.core.note_deed(Actor::Staff(asks.id.clone()), Deed::SawByCode).await?;
    let export = Export::of(&api.core, &site, &active).await?;
    Ok(Json(Seen { export, seconds: SHOWN_SECONDS }))
}

fn no_code() -> ApiError {
    let message =
        "no such code is open on this site: a code is good once, for ten minutes, until the member makes another";
    ApiError::new(StatusCode::NOT_FOUND, "no_code", message)
}
