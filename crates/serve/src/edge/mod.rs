//! Which data centre is near, and assets sent there. Where a caller is, is looked up for the one answer and nowhere kept.

mod asset;
mod centres;
mod health;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, LOCATION, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::api::error::{ApiError, ErrorBody};
use crate::core::Core;
use crate::routes::Routes;

pub(crate) use centres::Centres;
pub(crate) use health::Health;

use asset::Asset;
use centres::{By, Choice};

/// Answers are for the one who asks: another may be elsewhere. After a minute another data centre may be well.
const CACHED: &str = "private, max-age=60";

type Shared = Arc<Core>;

/// The routes. Whoever serves them gives each request the extension `ConnectInfo<SocketAddr>`.
pub(crate) fn router(core: Shared) -> Router {
    routes().into_router().with_state(core)
}

/// Every call.
pub(crate) fn routes() -> Routes<Shared> {
    Routes::new().get("/api/v1/edge", near).get("/edge/{*path}", asset)
}

/// A data centre.
#[derive(Serialize, ToSchema)]
struct Near<'a> {
    /// What the configuration calls it.
    centre: &'a str,
    /// What its assets' addresses begin with; no slash at the end.
    url: &'a str,
    /// `country`, `distance`, or `default` if it is not known where the caller is.
    by: &'static str,
    /// False if no data centre answers when asked for its health.
    well: bool,
}

/// Names the data centre that is near the caller.
#[utoipa::path(get, path = "/api/v1/edge", tag = "edge", responses((status = 200, body = inline(Near<'static>)),
    (status = 404, body = ErrorBody, description = "no data centre is configured")))]
async fn near(State(core): State<Shared>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let answer = match choose(&core, &parts) {
        Ok(choice) => Json(Near::of(&choice)).into_response(),
        Err(error) => error.into_response(),
    };
    for_anybody(answer)
}

/// Sends the caller to an asset in the data centre that is near.
#[utoipa::path(get, path = "/edge/{path}", tag = "edge",
    params(("path" = String, Path, description = "the asset's path below the address of each data centre")),
    responses((status = 307, description = "`Location` is the asset in the data centre"),
        (status = 400, body = ErrorBody), (status = 404, body = ErrorBody, description = "no data centre is configured")))]
async fn asset(State(core): State<Shared>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let answer = location(&core, &parts)
        .map(|location| (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response());
    for_anybody(answer.unwrap_or_else(IntoResponse::into_response))
}

fn location(core: &Core, parts: &http::request::Parts) -> Result<HeaderValue, ApiError> {
    let wrong = || {
        let message = "an asset is named by a path of segments, none of them empty, `.` or `..`, of at most 2048 bytes";
        ApiError::bad("bad_path", message)
    };
    let asset = Asset::of(&parts.uri).ok_or_else(wrong)?;
    let choice = choose(core, parts)?;
    asset.below(choice.centre.url.as_str()).parse().map_err(|_| wrong())
}

fn choose<'a>(core: &'a Core, parts: &http::request::Parts) -> Result<Choice<'a>, ApiError> {
    core.edge.choose(&core.capture.whereabouts(parts)).ok_or_else(|| {
        let message = "no data centre is configured; the operator names them in [[edge.centres]]";
        ApiError::new(StatusCode::NOT_FOUND, "no_centres", message)
    })
}

/// Pages of any origin may have it: it says nothing but where the caller is, and that to the caller.
fn for_anybody(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    answer
}

impl<'a> Near<'a> {
    fn of(choice: &Choice<'a>) -> Near<'a> {
        let by = match choice.by {
            By::Country => "country",
            By::Distance => "distance",
            By::Default => "default",
        };
        Near { centre: &choice.centre.name, url: choice.centre.url.as_str(), by, well: choice.well }
    }
}

#[derive(OpenApi)]
#[openapi(paths(near, asset))]
struct Description;

/// The description of these calls.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
