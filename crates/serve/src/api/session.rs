//! Signing in and out, and what the dashboard remembers for a member of staff.

use std::collections::BTreeSet;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use outis_event::{Day, Site};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{COOKIE_NAME, Peer, SessionSecret, check_same_origin};
use super::error::ApiError;
use super::{Api, Shared};
use crate::control::{Permission, Role, Roles, SESSION_DAYS, Staff};

/// Who is signing in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    email: String,
    password: String,
}

/// Who is signed in, and which sites they see.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    email: String,
    /// What the account is here for.
    #[schema(value_type = Vec<Role>)]
    roles: Roles,
    /// Everything that it may do by that.
    may: BTreeSet<Permission>,
    /// What the dashboard remembers.
    #[schema(value_type = Object)]
    preferences: serde_json::Value,
    sites: Vec<SiteEntry>,
}

/// A site in lists.
#[derive(Serialize, ToSchema)]
pub(crate) struct SiteEntry {
    /// Its name.
    pub(super) site: String,
    /// IANA time zone of its calendar.
    time_zone: String,
    /// Least people behind a number.
    floor: u32,
    /// Least people seen with a word before it is kept.
    admission: u32,
    /// Days that rows are kept.
    recent_days: u32,
    /// Floor or admission is 1: single people can be seen.
    development: bool,
    /// The first day with rows.
    first_day: Option<String>,
}

impl SiteEntry {
    pub(super) fn new(site: &Site, first_day: Option<Day>) -> SiteEntry {
        let policy = &site.policy;
        SiteEntry {
            site: site.domain.clone(),
            time_zone: site.zone.iana_name().unwrap_or("UTC").to_owned(),
            floor: policy.floor,
            admission: policy.admission,
            recent_days: policy.recent_days,
            development: policy.floor <= 1 || policy.admission <= 1,
            first_day: first_day.map(|day| day.date().to_string()),
        }
    }
}

/// Signs in.
#[utoipa::path(post, path = "/api/v1/session", tag = "staff", request_body = SignIn,
    responses((status = 204, description = "signed in; the session is in the cookie"), (status = 401, body = super::error::ErrorBody)))]
pub(super) async fn post(
    State(api): State<Shared>,
    Peer(peer): Peer,
    request: axum::extract::Request,
) -> Result<Response, ApiError> {
    let sign_in: SignIn = body(request).await?;
    let secret = api.sign_in(peer.ip(), &sign_in.email, &sign_in.password).await?;
    Ok(signed_in(&secret))
}

impl Api {
    async fn sign_in(&self, peer: std::net::IpAddr, email: &str, password: &str) -> Result<String, ApiError> {
        self.sign_ins.enter(peer, Instant::now()).map_err(ApiError::too_many)?;
        let _permit = self.sign_ins.hashing.acquire().await.map_err(|_| ApiError::too_many(1))?;
        let secret = self.core.staff.sign_in(email, password, self.today()).await?;
        let wrong = || {
            let message =
                "the address or the password is wrong; an owner, or `outis setup`, makes a link for another account";
            ApiError::new(StatusCode::UNAUTHORIZED, "wrong_password", message)
        };
        secret.ok_or_else(wrong)
    }
}

/// A JSON body from one of our own pages.
pub(super) async fn body<T: serde::de::DeserializeOwned>(request: axum::extract::Request) -> Result<T, ApiError> {
    use axum::extract::FromRequest;
    let (parts, body) = request.into_parts();
    check_same_origin(&parts)?;
    let request = axum::extract::Request::from_parts(parts, body);
    let bytes = bytes::Bytes::from_request(request, &()).await;
    let bytes = bytes.map_err(|_| ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "at most 256 KiB"))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        ApiError::bad("malformed", format!("the body is not the JSON that this call takes, near {place}"))
    })
}

pub(super) fn signed_in(secret: &str) -> Response {
    let seconds = i64::from(SESSION_DAYS) * 86_400;
    let cookie = format!("{COOKIE_NAME}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    (StatusCode::NO_CONTENT, AppendHeaders([(SET_COOKIE, cookie)])).into_response()
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "staff",
    responses((status = 200, body = Session), (status = 401, body = super::error::ErrorBody)))]
pub(super) async fn get(State(api): State<Shared>, staff: Staff) -> Json<Session> {
    let first_day = |site: &Site| api.core.warehouse.first_day(site.id);
    let sites = api.core.registry.all();
    let sites = sites.iter().map(|state| SiteEntry::new(state.site(), first_day(state.site()))).collect();
    let preferences = match staff.preferences {
        serde_json::Value::Null => serde_json::json!({}),
        set => set,
    };
    let may = staff.roles.permissions();
    Json(Session { email: staff.email, roles: staff.roles, may, preferences, sites })
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "staff", responses((status = 204, description = "signed out")))]
pub(super) async fn delete(State(api): State<Shared>, secret: SessionSecret) -> Result<Response, ApiError> {
    api.core.staff.sign_out(&secret.0, api.today()).await?;
    let gone = format!("{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    let clear = (http::HeaderName::from_static("clear-site-data"), "\"cache\", \"storage\"".to_owned());
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(SET_COOKIE, gone), clear])).into_response())
}

/// Remembers what the dashboard wants to remember.
#[utoipa::path(put, path = "/api/v1/session/preferences", tag = "staff", request_body = Object,
    responses((status = 204, description = "remembered")))]
pub(super) async fn put_preferences(
    State(api): State<Shared>,
    staff: Staff,
    request: axum::extract::Request,
) -> Result<StatusCode, ApiError> {
    let preferences: serde_json::Map<String, serde_json::Value> = body(request).await?;
    let too_large = |_| ApiError::bad("too_large", "preferences are at most 16 KiB");
    api.core.staff.set_preferences(&staff.id, preferences.into()).await.map_err(too_large)?;
    Ok(StatusCode::NO_CONTENT)
}
