//! Cross-origin answers: any page may send, only pages of the site may read the answer, never with credentials.

use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use outis_event::Site;

use crate::host::{host_of, without_www};

const ANY: HeaderValue = HeaderValue::from_static("*");

/// The answer to a preflight. Which site is meant is known only with the body, so any origin may ask.
pub(crate) async fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    let allowed = HeaderValue::from_static("content-type, content-encoding, outis-identity, x-debug-request");
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// Lets any page read an answer that is about no site.
pub(crate) fn let_anybody_read(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    expose(headers);
}

/// Lets pages of the site read the answer.
pub(crate) fn let_site_read(headers: &mut HeaderMap, site: &Site, origin: Option<&HeaderValue>) {
    headers.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin else { return };
    if site.origins.iter().any(|allowed| allowed == "*") {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
        expose(headers);
    } else if origin.to_str().is_ok_and(|origin| is_origin_of(site, origin)) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        expose(headers);
    }
}

/// The page's origin.
pub(crate) fn origin_of(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(ORIGIN).cloned()
}

fn expose(headers: &mut HeaderMap) {
    let exposed = HeaderValue::from_static("x-outis-reason, x-plausible-dropped, retry-after");
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

/// True for the site's domain and what is below it, and for each of its other origins, with or without scheme.
pub fn is_origin_of(site: &Site, origin: &str) -> bool {
    let Some(host) = host_of(origin) else { return false };
    let host = host.to_ascii_lowercase();
    let domain = site.domain.split('/').next().unwrap_or("");
    let below = host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    below && !domain.is_empty()
        || site.origins.iter().any(|allowed| match allowed.contains("://") {
            true => allowed.trim_end_matches('/').eq_ignore_ascii_case(origin),
            false => without_www(allowed).eq_ignore_ascii_case(&host),
        })
}
