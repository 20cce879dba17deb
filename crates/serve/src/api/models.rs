//! How learning from what members like is going.

use axum::Json;
use axum::extract::State;

use super::Shared;
use super::auth::May;
use super::error::ApiError;
use super::live::OfSite;
use super::rights::AskQuestions;
use crate::core::models::{LikedTold, Status};
use crate::extract::Query;

/// The model that is served, how it was chosen and measured over time, and what waits for the next batch.
#[utoipa::path(get, path = "/api/v1/models", tag = "recommendations", params(OfSite),
    responses((status = 200, body = Status), (status = 404, body = super::error::ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Query(of): Query<OfSite>,
) -> Result<Json<Status>, ApiError> {
    let site = api.site(&may, &of.site)?;
    Ok(Json(api.core.models.status(site.site().id).await?))
}

/// How many members like or have bookmarked something of a tag: by what they said, not by events. It is counted when lists of
/// similar items are published, at most once a day and with enough members who changed something.
#[utoipa::path(get, path = "/api/v1/models/liked", tag = "recommendations", params(OfSite),
    responses((status = 200, body = LikedTold), (status = 404, body = super::error::ErrorBody)))]
pub(super) async fn liked(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Query(of): Query<OfSite>,
) -> Result<Json<LikedTold>, ApiError> {
    let asked = api.site(&may, &of.site)?;
    let site = asked.site();
    Ok(Json(api.core.models.liked(site.id, site.policy.floor).await?))
}
