//! `GET /js/outis.js`, `/js/outis.core.js` and `/js/outis-suggest.js`: the scripts of pages, as bytes given by whoever starts
//! the server.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::capture::Inner;
use crate::forms::Forms;

/// One script, plain and as compressed as there is.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// As it is.
    pub plain: Bytes,
    /// Compressed with gzip.
    pub gzip: Option<Bytes>,
    /// Compressed with brotli.
    pub brotli: Option<Bytes>,
}

/// The scripts of pages.
#[derive(Clone, Debug, Default)]
pub struct Scripts {
    /// `/js/outis.js`: everything.
    pub whole: Script,
    /// `/js/outis.core.js`: page views and engagement only.
    pub core: Script,
    /// `/js/outis-suggest.js`: lists of suggestions.
    pub suggest: Script,
}

/// A script as it is served.
pub(crate) struct Served(Forms);

impl Served {
    pub(crate) fn new(script: Script) -> Served {
        Served(Forms::new(script.plain, script.gzip, script.brotli))
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let mut response = self.0.answer(asked);
        if response.status() == StatusCode::NOT_FOUND {
            return response;
        }
        let answer = response.headers_mut();
        let mut set = |name: HeaderName, value| answer.insert(name, HeaderValue::from_static(value));
        set(CONTENT_TYPE, "text/javascript; charset=utf-8");
        // The address has no version in it, so a day is what a browser may go without asking.
        set(CACHE_CONTROL, "public, max-age=86400, stale-while-revalidate=604800");
        set(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
        response
    }
}

pub(crate) async fn whole(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    inner.whole.answer(&headers)
}

pub(crate) async fn suggest(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    inner.suggest.answer(&headers)
}

pub(crate) async fn core(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    inner.core.answer(&headers)
}
