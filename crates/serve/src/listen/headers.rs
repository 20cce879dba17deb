//! Headers that keep the dashboard's pages to themselves.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::rand;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, StatusCode};
use outis_disclose::note;
use serde::Deserialize;

/// Where browsers report what a page tried and was not allowed.
pub(super) const REPORTS: &str = "/api/v1/policy-reports";
/// A report is a few hundred bytes.
const MAX_REPORT_BYTES: usize = 16 * 1024;

/// What browsers need not lend to the dashboard: everything that is asked for by name, but for writing to the clipboard.
const PERMISSIONS: &str = "accelerometer=(), ambient-light-sensor=(), attribution-reporting=(), autoplay=(), \
    bluetooth=(), browsing-topics=(), camera=(), clipboard-read=(), compute-pressure=(), display-capture=(), encrypted-media=(), \
    fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), \
    join-ad-interest-group=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    picture-in-picture=(), publickey-credentials-create=(), publickey-credentials-get=(), run-ad-auction=(), \
    screen-wake-lock=(), serial=(), shared-storage=(), storage-access=(), sync-xhr=(), usb=(), web-share=(), \
    window-management=(), xr-spatial-tracking=()";

/// A number used once: the styles of one answer carry it. Put into an answer's extensions by whoever writes the page.
#[derive(Clone)]
pub(crate) struct StyleNonce(String);

impl StyleNonce {
    /// Sixteen bytes of chance.
    pub(crate) fn new() -> StyleNonce {
        let mut bytes = [0; 16];
        rand::fill(&mut bytes).expect("the system has randomness");
        StyleNonce(STANDARD.encode(bytes))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The headers of the dashboard's pages and data. Not for capture, which answers other sites.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SecurityHeaders {
    /// True if the listener speaks TLS: only then browsers are told never to come without.
    pub(crate) over_tls: bool,
}

impl SecurityHeaders {
    /// Gives all answers of a router these headers, and `Cache-Control: no-store` to those that do not say otherwise.
    pub(crate) fn on(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, add))
    }
}

async fn add(State(headers): State<SecurityHeaders>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let policy = policy(response.extensions_mut().remove::<StyleNonce>().as_ref());
    let answer = response.headers_mut();
    let mut set = |name: HeaderName, value| answer.insert(name, HeaderValue::from_static(value));
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    set(HeaderName::from_static("reporting-endpoints"), "csp=\"/api/v1/policy-reports\"");
    if headers.over_tls {
        set(STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    answer.insert(CONTENT_SECURITY_POLICY, policy);
    answer.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn policy(nonce: Option<&StyleNonce>) -> HeaderValue {
    let nonce = nonce.map(|nonce| format!(" 'nonce-{}'", nonce.0)).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; report-to csp"
    );
    HeaderValue::from_str(&policy).expect("base64 is visible ASCII")
}

/// Takes the reports of browsers. Nothing of them is kept; the first for each rule is said in a note.
pub(crate) fn policy_reports() -> Router {
    Router::new().route(REPORTS, post(report)).layer(DefaultBodyLimit::max(MAX_REPORT_BYTES))
}

#[derive(Deserialize)]
struct Report {
    body: ReportBody,
}

#[derive(Deserialize)]
struct ReportBody {
    #[serde(rename = "effectiveDirective")]
    directive: String,
}

/// The rules by the names that may be logged.
const DIRECTIVES: &[&str] = &[
    "script-src",
    "script-src-elem",
    "script-src-attr",
    "style-src",
    "style-src-elem",
    "style-src-attr",
    "img-src",
    "font-src",
    "connect-src",
    "form-action",
    "require-trusted-types-for",
    "default-src",
];

async fn report(body: Bytes) -> StatusCode {
    static SAID: AtomicU32 = AtomicU32::new(0);
    let Ok(reports) = serde_json::from_slice::<Vec<Report>>(&body) else { return StatusCode::BAD_REQUEST };
    for report in reports {
        let Some(rule) = DIRECTIVES.iter().position(|known| *known == report.body.directive) else { continue };
        // Anybody can send reports: each rule is said once, whatever comes.
        if SAID.fetch_or(1 << rule, Ordering::Relaxed) & (1 << rule) == 0 {
            note!(Warn, "a browser reports that a page broke its content security policy", rule = DIRECTIVES[rule]);
        }
    }
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::response::IntoResponse;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn page() -> Response {
        let mut page = "page".into_response();
        page.extensions_mut().insert(StyleNonce("bm9uY2U=".to_owned()));
        page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        page
    }

    async fn headers(over_tls: bool, path: &str) -> String {
        let router = Router::new().route("/page", get(page)).route("/data", get(|| async { "{}" }));
        let request = Request::get(path).body(Body::empty()).expect("request");
        let response = SecurityHeaders { over_tls }.on(router).oneshot(request).await.expect("answer");
        let mut lines: Vec<String> = response
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", value.to_str().expect("text")))
            .collect();
        lines.sort();
        lines.concat()
    }

    #[tokio::test]
    async fn a_page_over_tls() {
        insta::assert_snapshot!(headers(true, "/page").await);
    }

    #[tokio::test]
    async fn data_over_plain_loopback() {
        insta::assert_snapshot!(headers(false, "/data").await);
    }

    #[tokio::test]
    async fn answers_that_are_errors_have_them_too() {
        assert!(headers(true, "/nowhere").await.contains("content-security-policy: default-src 'none'"));
    }

    #[test]
    fn a_nonce_is_used_once() {
        let (one, two) = (StyleNonce::new(), StyleNonce::new());
        assert_ne!(one.as_str(), two.as_str());
        assert_eq!(one.as_str().len(), 24);
    }

    #[tokio::test]
    async fn reports_are_taken_and_forgotten() {
        let send = async |body: &str| {
            let request = Request::post(REPORTS).body(Body::from(body.to_owned())).expect("request");
            policy_reports().oneshot(request).await.expect("answer").status()
        };
        let report = r#"[{"type":"csp-violation","url":"https://a.test/","body":{"effectiveDirective":"img-src"}}]"#;
        assert_eq!(send(report).await, StatusCode::NO_CONTENT);
        assert_eq!(send("{}").await, StatusCode::BAD_REQUEST);
        assert_eq!(send(&" ".repeat(MAX_REPORT_BYTES + 1)).await, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
