//! How many people are here now.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Shared;
use super::auth::May;
use super::error::ApiError;
use super::rights::AskQuestions;
use crate::extract::Query;

/// Which site.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfSite {
    /// The site's name.
    pub(crate) site: String,
}

/// People who did something within the last minutes.
#[derive(Serialize, ToSchema)]
pub(crate) struct LiveAnswer {
    /// About so many; null: fewer than the floor, or nobody.
    about: Option<u64>,
    /// Least people that are told.
    floor: u32,
    /// What now means.
    minutes: u32,
}

/// About how many people are here now.
#[utoipa::path(get, path = "/api/v1/live", tag = "questions", params(OfSite),
    responses((status = 200, body = LiveAnswer), (status = 404, body = super::error::ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Query(of): Query<OfSite>,
) -> Result<Json<LiveAnswer>, ApiError> {
    let site = api.site(&may, &of.site)?;
    let live = api.core.gate.live(&site.site().policy, site.site().id);
    Ok(Json(LiveAnswer { about: live.about, floor: live.floor, minutes: 5 }))
}
