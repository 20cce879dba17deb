//! Requests about members: having somebody forgotten, and what became of requests.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use outis_event::SiteId;
use outis_people::{ExternalId, Mode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::auth::May;
use super::definitions::read;
use super::error::{ApiError, ErrorBody};
use super::live::OfSite;
use super::rights::Erase;
use super::{Api, Shared};
use crate::control::{Actor, Deed, KEPT_DAYS, Kind, Request, RequestId, State as Progress, hour_text};
use crate::core::RequestError;
use crate::extract::{Body, Path, Query};

/// Whom to forget. Nothing of this is kept but the id of the request.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewErasure {
    /// The site's name.
    site: String,
    /// The application's id of the member.
    id: String,
    /// `fold` (default) or `delete`, as in `POST /api/v1/people/{who}/forget`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
    /// A random UUID by which its state is asked for; made if it is left out.
    #[serde(default)]
    request_id: Option<String>,
}

/// What became of a request. Whom it was about is kept nowhere.
#[derive(Serialize, ToSchema)]
pub(crate) struct RequestTold {
    request_id: String,
    site: String,
    kind: Kind,
    state: Progress,
    /// Day and hour of UTC in which it came, such as `2026-11-29T14`.
    received: String,
    /// When nothing is left to be done, to the hour.
    settled: String,
    /// How somebody was forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
    /// Of each identity, to be handed to whom it is about.
    #[schema(value_type = Vec<Object>)]
    receipts: Vec<Value>,
}

/// Requests of a site.
#[derive(Serialize, ToSchema)]
pub(crate) struct Requests {
    /// The newest first.
    requests: Vec<RequestTold>,
    /// Days that their states are kept.
    kept_days: i32,
}

impl Api {
    fn request_told(&self, site: &str, request: Request) -> RequestTold {
        RequestTold {
            state: self.core.state_of(&request),
            request_id: request.id.as_str().to_owned(),
            site: site.to_owned(),
            kind: request.kind,
            received: hour_text(request.received_hour),
            settled: hour_text(request.settled_ms.div_euclid(3_600_000)),
            mode: request.mode,
            receipts: request.receipts,
        }
    }
}

/// Forgets somebody at once and for good. The answer is the same whoever it was, and whether they were a member. Privacy
/// officers, or a token with the scope `people`.
#[utoipa::path(post, path = "/api/v1/erasures", tag = "privacy", request_body = NewErasure,
    responses((status = 201, body = RequestTold), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "there was a request of this id")))]
pub(super) async fn post(
    State(api): State<Shared>,
    may: May<Erase>,
    Body(body): Body,
) -> Result<(StatusCode, Json<RequestTold>), ApiError> {
    let new: NewErasure = read(&body)?;
    let site = api.site(&may, &new.site)?;
    let request = match new.request_id {
        Some(id) => {
            RequestId::try_from(id).map_err(|e| ApiError::bad("request_id", e.to_string()).below("/request_id"))?
        }
        None => RequestId::random()?,
    };
    let wrong = || ApiError::bad("id_malformed", "an id has 1 to 256 bytes and no control characters").below("/id");
    let id = ExternalId::new(new.id).ok_or_else(wrong)?;
    if let Some(staff) = may.staff() {
        api.core.note_deed(Actor::Staff(staff.id.clone()), Deed::HadForgotten).await?;
    }
    let done = api.core.erase(&site, request.into(), &[id], new.mode.unwrap_or(Mode::Fold)).await.map_err(refusal)?;
    Ok((StatusCode::CREATED, Json(api.request_told(&site.site().domain, done))))
}

/// The requests of a site and what became of them. Privacy officers, or a token with the scope `people`.
#[utoipa::path(get, path = "/api/v1/erasures", tag = "privacy", params(OfSite),
    responses((status = 200, body = Requests), (status = 404, body = ErrorBody)))]
pub(super) async fn list(
    State(api): State<Shared>,
    may: May<Erase>,
    Query(of): Query<OfSite>,
) -> Result<Json<Requests>, ApiError> {
    let site = api.site(&may, &of.site)?;
    let all = api.core.records.requests().await?.into_iter();
    let of_site = all.filter(|request| SiteId(request.site) == site.site().id);
    let requests = of_site.map(|request| api.request_told(&site.site().domain, request)).collect();
    Ok(Json(Requests { requests, kept_days: KEPT_DAYS }))
}

/// What became of a request. Privacy officers, or a token with the scope `people`.
#[utoipa::path(get, path = "/api/v1/erasures/{request}", tag = "privacy",
    params(OfSite, ("request" = String, Path, description = "its id")),
    responses((status = 200, body = RequestTold), (status = 404, body = ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<Erase>,
    Path(request): Path<String>,
    Query(of): Query<OfSite>,
) -> Result<Json<RequestTold>, ApiError> {
    let site = api.site(&may, &of.site)?;
    let unknown = || {
        let message = "no request of this id is known; states are kept for 90 days";
        ApiError::new(StatusCode::NOT_FOUND, "no_request", message)
    };
    let id = RequestId::try_from(request).map_err(|_| unknown())?;
    let found = api.core.records.request(id.place(site.site().id)).await?.ok_or_else(unknown)?;
    Ok(Json(api.request_told(&site.site().domain, found)))
}

fn refusal(error: RequestError) -> ApiError {
    match error {
        RequestError::Known => ApiError::new(StatusCode::CONFLICT, "request_known", error.to_string()),
        RequestError::People(error) => crate::people::whose::failed(error),
        RequestError::Records(error) => error.into(),
    }
}
