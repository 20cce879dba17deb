//! How learning from what members like is going.

use axum::Json;
use axum::extract::State;

use super::Shared;
use super::auth::May;
use super::error::ApiError;
use super::live::OfSite;
use super::rights::AskQuestions;
use crate::core::models::Status;
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
