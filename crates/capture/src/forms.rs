//! A file that never changes while the program runs, plain and as compressed as there is.

use aws_lc_rs::digest;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};

/// The forms of one file in the order they are preferred, each with its tag. An empty form does not exist.
#[derive(Debug, Default)]
pub struct Forms(Vec<Form>);

#[derive(Debug)]
struct Form {
    coding: &'static str,
    bytes: Bytes,
    tag: HeaderValue,
}

impl Forms {
    /// The file as it is and as compressed as there is.
    pub fn new(plain: Bytes, gzip: Option<Bytes>, brotli: Option<Bytes>) -> Forms {
        let forms = [("br", brotli), ("gzip", gzip), ("", Some(plain))].into_iter();
        let forms = forms.filter_map(|(coding, bytes)| Some((coding, bytes.filter(|bytes| !bytes.is_empty())?)));
        Forms(forms.map(|(coding, bytes)| Form { coding, tag: tag(&bytes), bytes }).collect())
    }

    /// The best form that is accepted, or 304 if it is known; 404 if there is none. Without a type and a life.
    pub fn answer(&self, asked: &HeaderMap) -> Response {
        let accepted = asked.get(ACCEPT_ENCODING).and_then(|told| told.to_str().ok()).unwrap_or("");
        let Some(form) = self.0.iter().find(|form| accepts(accepted, form.coding)) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let known = asked.get_all(IF_NONE_MATCH).iter().any(|told| is_known(told, &form.tag));
        let mut response =
            if known { StatusCode::NOT_MODIFIED.into_response() } else { form.bytes.clone().into_response() };
        let answer = response.headers_mut();
        answer.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        if !form.coding.is_empty() {
            answer.insert(CONTENT_ENCODING, HeaderValue::from_static(form.coding));
        }
        answer.insert(ETAG, form.tag.clone());
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
