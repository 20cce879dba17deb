//! Whether everything goes in time.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::error::{ApiError, ErrorBody};
use super::live::OfSite;
use super::rights::SeeRetention;
use crate::core::retention::Aged;
use crate::extract::Query;

/// What is oldest in each store, and how old it may be.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetentionTold {
    /// Months after which members who were not there are forgotten.
    idle_months: u32,
    /// Of the site, and of what all sites share.
    stores: Vec<Aged>,
}

/// What is oldest in each store, in days, and how old it may be: of the site, and of what all sites share. Whoever may ask
/// about the site.
#[utoipa::path(get, path = "/api/v1/retention", tag = "privacy", params(OfSite),
    responses((status = 200, body = RetentionTold), (status = 404, body = ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<SeeRetention>,
    Query(of): Query<OfSite>,
) -> Result<Json<RetentionTold>, ApiError> {
    let site = api.site(&may, &of.site)?;
    let stores = api.core.aged(Some(site.site().id)).await?;
    Ok(Json(RetentionTold { idle_months: site.site().policy.idle_months, stores }))
}
