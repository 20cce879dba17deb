//! Who may say who is signed in: the keys of a site's identity tokens.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use outis_people::IssuerError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Shared;
use super::auth::May;
use super::error::{ApiError, ErrorBody};
use super::rights::{Configure, ReadSettings};
use crate::control::{Deed, NewIssuer};
use crate::extract::{Body, Query};
use crate::told::in_steps;

/// Which site.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfSite {
    /// Its name.
    site: String,
}

/// How identity tokens of a site are verified.
#[derive(Serialize, ToSchema)]
pub(crate) struct Identity {
    /// `secret` (HS256), `jwks` (RS256, ES256, EdDSA), or absent: nobody can be signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// How many members there are, in steps of ten.
    members: usize,
}

/// New keys for a site's identity tokens. Tokens of the old ones are refused from then on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewIdentity {
    /// The site's name.
    site: String,
    /// The application's public keys (RFC 7517). Left out: a fresh secret is made.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    jwks: Option<serde_json::Value>,
}

/// What the application signs tokens with.
#[derive(Serialize, ToSchema)]
pub(crate) struct IdentitySecret {
    /// The secret for HS256, the bytes of this text; told this once. Absent with public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// How the site's identity tokens are verified. Staff, or a token with the scope `sites`.
#[utoipa::path(get, path = "/api/v1/identity", tag = "sites", params(OfSite),
    responses((status = 200, body = Identity), (status = 404, body = ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<ReadSettings>,
    Query(of): Query<OfSite>,
) -> Result<Json<Identity>, ApiError> {
    let site = api.site(&may, &of.site)?.site().id;
    let kind = api.core.identity.kind(site).await?;
    let members = api.core.members.people.count(site).await.map_err(anyhow::Error::from)?;
    Ok(Json(Identity { kind, members: in_steps(members) }))
}

/// Sets the keys of a site's identity tokens.
#[utoipa::path(put, path = "/api/v1/identity", tag = "sites", request_body = NewIdentity,
    responses((status = 200, body = IdentitySecret), (status = 400, body = ErrorBody)))]
pub(super) async fn put(
    State(api): State<Shared>,
    may: May<Configure>,
    Body(body): Body,
) -> Result<Json<IdentitySecret>, ApiError> {
    let new: NewIdentity = super::definitions::read(&body)?;
    let asked = api.site(&may, &new.site)?;
    let site = asked.site();
    let issuer = match &new.jwks {
        Some(keys) => NewIssuer::Jwks(keys.to_string()),
        None => NewIssuer::Secret,
    };
    let secret = api.core.identity.set(site.id, &site.domain, issuer, &api.core.members).await;
    match secret {
        Ok(secret) => {
            api.core.note_deed(may.actor(), Deed::ChangedIdentityKeys).await?;
            Ok(Json(IdentitySecret { secret }))
        }
        Err(error) => match error.downcast_ref::<IssuerError>() {
            Some(wrong) => Err(ApiError::bad("jwks_malformed", wrong.to_string()).below("/jwks")),
            None => Err(error.into()),
        },
    }
}

/// From then on nobody can be signed in on the site. What is kept of members stays until they or their application
/// have it forgotten.
#[utoipa::path(delete, path = "/api/v1/identity", tag = "sites", params(OfSite),
    responses((status = 204, description = "removed"), (status = 404, body = ErrorBody)))]
pub(super) async fn delete(
    State(api): State<Shared>,
    may: May<Configure>,
    Query(of): Query<OfSite>,
) -> Result<StatusCode, ApiError> {
    let site = api.site(&may, &of.site)?.site().id;
    api.core.note_deed(may.actor(), Deed::ChangedIdentityKeys).await?;
    api.core.identity.remove(site, &api.core.members).await?;
    Ok(StatusCode::NO_CONTENT)
}
