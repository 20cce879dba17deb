//! What a developer's own test events became.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::error::ApiError;
use super::live::OfSite;
use super::rights::SeeTestEvents;
use crate::extract::Query;

/// Test events.
#[derive(Serialize, ToSchema)]
pub(crate) struct DebugEvents {
    /// The last 20 of the last 15 minutes, oldest first: `{received, stored}`. Only events that came with the site's
    /// debug token are here, as their developer sent them.
    #[schema(value_type = Vec<Object>)]
    events: Vec<serde_json::Value>,
}

/// Events that came with the site's debug token, as they were received and as they were stored. For staff only.
#[utoipa::path(get, path = "/api/v1/debug", tag = "sites", params(OfSite),
    responses((status = 200, body = DebugEvents), (status = 404, body = super::error::ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<SeeTestEvents>,
    Query(of): Query<OfSite>,
) -> Result<Json<DebugEvents>, ApiError> {
    let site = api.site(&may, &of.site)?;
    let events = api.core.capture.debug_events(site.site().id, api.core.clock.now());
    Ok(Json(DebugEvents { events }))
}
