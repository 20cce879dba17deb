//! Who reads one item: whoever may see the whole catalogue, or anybody.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use outis_event::Site;

use crate::api::Shared;
use crate::api::auth::May;
use crate::api::error::ApiError;
use crate::api::rights::SeeItems;

/// Whoever asks, with the right to see the whole catalogue if they have it. Somebody who has not is anybody.
pub(crate) struct Reader(pub(super) Option<May<SeeItems>>);

impl FromRequestParts<Shared> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Reader, ApiError> {
        let may = May::from_request_parts(parts, api).await.ok();
        if may.is_none() {
            api.core.callers.enter(parts, api.core.clock.now()).map_err(|wait| {
                let message = "too much was asked for from this network; Retry-After says in how many seconds to try again, and a \
                               token of the scope `items` has no limit";
                ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message).retry_after(wait.seconds)
            })?;
        }
        Ok(Reader(may))
    }
}

/// Lets pages of the site read an answer that is the same for everybody. Without credentials: a page that sends cookies is
/// not shown the answer.
pub(super) fn shared_with(site: &Site, asked: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    let origin = asked.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    if let Some(origin) = origin.filter(|origin| outis_capture::is_origin_of(site, origin))
        && let Ok(origin) = HeaderValue::from_str(origin)
    {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    headers
}
