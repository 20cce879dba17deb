//! Who reads one item: whoever may see the whole catalogue, or anybody.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN, VARY};
use http::{HeaderMap, HeaderValue};
use outis_event::Site;

use crate::api::Shared;
use crate::api::auth::May;
use crate::api::rights::SeeItems;

/// Whoever asks, with the right to see the whole catalogue if they have it. Somebody who has not is anybody.
pub(crate) struct Reader(pub(super) Option<May<SeeItems>>);

impl FromRequestParts<Shared> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Reader, Self::Rejection> {
        Ok(Reader(May::from_request_parts(parts, api).await.ok()))
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
