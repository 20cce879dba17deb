//! Registering a site from the dashboard.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use outis_capture::Sites;
use outis_event::{Plan, Policy};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::error::ApiError;
use super::rights::AddSites;
use super::session::{SiteEntry, body};
use crate::control::{Deed, NewSite, normal_domain};

/// A site to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSiteBody {
    /// Its domain, such as `example.org`.
    site: String,
    /// IANA time zone of its calendar. Default: UTC.
    #[serde(default)]
    time_zone: Option<String>,
}

/// Registers a site with the default policy.
#[utoipa::path(post, path = "/api/v1/sites", tag = "sites", request_body = NewSiteBody,
    responses((status = 201, body = SiteEntry), (status = 400, body = super::error::ErrorBody)))]
pub(super) async fn post(
    State(api): State<Shared>,
    may: May<AddSites>,
    request: axum::extract::Request,
) -> Result<(StatusCode, Json<SiteEntry>), ApiError> {
    let told: NewSiteBody = body(request).await?;
    let zone = told.time_zone.unwrap_or_else(|| "UTC".to_owned());
    let new = NewSite {
        domain: told.site.clone(),
        zone,
        policy: Policy::default(),
        plan: Plan::default(),
        origins: Vec::new(),
    };
    api.core.control.add_site(new, api.today()).await.map_err(refusal)?;
    api.core.note_deed(may.actor(), Deed::AddedSite).await?;
    api.core.step().await?;
    let domain = normal_domain(&told.site).map_err(|error| ApiError::bad("site", error.to_string()))?;
    let state = api.core.registry.by_domain(&domain).ok_or_else(ApiError::no_site)?;
    Ok((StatusCode::CREATED, Json(SiteEntry::new(state.site(), None))))
}

fn refusal(error: anyhow::Error) -> ApiError {
    match error.downcast_ref::<outis_event::PolicyError>() {
        Some(wrong) => ApiError::bad("site", wrong.to_string()),
        None => ApiError::bad("site_exists", "a site of this name is registered already, or it could not be written"),
    }
}
