//! Accounts, each by a one-time link.

use std::time::Instant;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Shared;
use super::auth::Peer;
use super::error::ApiError;
use super::session::{body, signed_in};
use crate::control::StaffError;

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// The code of the link that `outis setup`, or an owner, made.
    code: String,
    email: String,
    /// 12 to 256 characters.
    password: String,
}

/// Uses up a code: makes an account with the roles that the link is for, and signs it in.
#[utoipa::path(post, path = "/api/v1/setup", tag = "staff", request_body = Setup,
    responses((status = 204, description = "made and signed in"), (status = 400, body = super::error::ErrorBody)))]
pub(super) async fn post(
    State(api): State<Shared>,
    Peer(peer): Peer,
    request: axum::extract::Request,
) -> Result<Response, ApiError> {
    let setup: Setup = body(request).await?;
    api.sign_ins.enter(peer.ip(), Instant::now()).map_err(ApiError::too_many)?;
    let _permit = api.sign_ins.hashing.acquire().await.map_err(|_| ApiError::too_many(1))?;
    let (now, today) = (api.core.clock.now(), api.today());
    let made = api.core.staff.set_up(&setup.code, &setup.email, &setup.password, now).await;
    made.map_err(|error| match error.downcast::<StaffError>() {
        Ok(wrong) => ApiError::new(StatusCode::BAD_REQUEST, wrong.code(), wrong.to_string()),
        Err(other) => other.into(),
    })?;
    let secret = api.core.staff.sign_in(&setup.email, &setup.password, today).await?;
    Ok(signed_in(&secret.ok_or_else(ApiError::not_signed_in)?))
}
