//! `GET /js/outis.js` and `/js/outis.core.js`: the tracker, as bytes given by whoever starts the server.

use std::sync::Arc;

use aws_lc_rs::digest;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::capture::Inner;

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

/// The tracker.
#[derive(Clone, Debug, Default)]
pub struct Scripts {
    /// `/js/outis.js`: everything.
    pub whole: Script,
    /// `/js/outis.core.js`: page views and engagement only.
    pub core: Script,
}

/// A script with the tag of each form.
pub(crate) struct Served {
    forms: Vec<(&'static str, Bytes, HeaderValue)>,
}

impl Served {
    /// Forms in the order they are preferred.
    pub(crate) fn new(script: Script) -> Served {
        let forms = [("br", script.brotli), ("gzip", script.gzip), ("", Some(script.plain))];
        let forms = forms.into_iter().filter_map(|(coding, bytes)| Some((coding, bytes?)));
        Served { forms: forms.map(|(coding, bytes)| (coding, bytes.clone(), tag(&bytes))).collect() }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let accepted = headers.get(ACCEPT_ENCODING).and_then(|told| told.to_str().ok()).unwrap_or("");
        let chosen = self.forms.iter().find(|(coding, bytes, _)| !bytes.is_empty() && accepts(accepted, coding));
        let Some((coding, bytes, tag)) = chosen else { return StatusCode::NOT_FOUND.into_response() };
        let known = headers.get_all(IF_NONE_MATCH).iter().any(|told| is_known(told, tag));
        let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { bytes.clone().into_response() };
        let answer = response.headers_mut();
        let mut set = |name: HeaderName, value| answer.insert(name, HeaderValue::from_static(value));
        set(CONTENT_TYPE, "text/javascript; charset=utf-8");
        // The address has no version in it, so a day is what a browser may go without asking.
        set(CACHE_CONTROL, "public, max-age=86400, stale-while-revalidate=604800");
        set(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
        set(VARY, "Accept-Encoding");
        if !coding.is_empty() {
            set(CONTENT_ENCODING, coding);
        }
        answer.insert(ETAG, tag.clone());
        response
    }
}

/// A strong tag: the first half of the SHA-256 of the bytes.
fn tag(bytes: &[u8]) -> HeaderValue {
    let hash = digest::digest(&digest::SHA256, bytes);
    let hex: String = hash.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{hex}\"")).expect("hexadecimal digits")
}

fn is_known(told: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(told), Ok(tag)) = (told.to_str(), tag.to_str()) else { return false };
    told.split(',').map(str::trim).any(|told| told == "*" || told.strip_prefix("W/").unwrap_or(told) == tag)
}

/// True if the header names the coding and does not refuse it. Nothing is needed for the plain form.
fn accepts(header: &str, coding: &str) -> bool {
    let mut told = header.split(',').map(|part| part.split_once(';').unwrap_or((part, "")));
    coding.is_empty()
        || told.any(|(name, weight)| {
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok());
            name.trim().eq_ignore_ascii_case(coding) && weight != Some(0.0)
        })
}

pub(crate) async fn whole(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    inner.whole.answer(&headers)
}

pub(crate) async fn core(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    inner.core.answer(&headers)
}
