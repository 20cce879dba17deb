//! The embedded dashboard and tracker.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use outis_capture::{Forms, Script, Scripts};
use rust_embed::Embed;

use super::headers::StyleNonce;

/// What the page has in place of the number that its styles carry.
const NONCE: &str = "__CSP_NONCE__";
const INDEX: &str = "index.html";
/// Shown while the dashboard is not built. `style` carries the number like the real page's.
const PLACEHOLDER: &str = include_str!("placeholder.html");

#[derive(Embed)]
#[folder = "$EMBEDDED_DASHBOARD"]
struct DashboardFiles;

#[derive(Embed)]
#[folder = "$EMBEDDED_TRACKER"]
struct TrackerFiles;

struct File {
    forms: Forms,
    kind: &'static str,
    lasting: bool,
}

/// The dashboard's files.
#[derive(Clone)]
pub(crate) struct Dashboard(Arc<Files>);

struct Files {
    by_path: HashMap<String, File>,
    index: String,
}

impl Dashboard {
    /// The dashboard that was built into the program, or a page that says how to build it.
    pub(crate) fn embedded() -> Dashboard {
        Dashboard::new(DashboardFiles::iter().filter_map(|path| {
            let content = DashboardFiles::get(&path)?.data;
            Some((path.into_owned(), bytes(content)))
        }))
    }

    fn new(files: impl Iterator<Item = (String, Bytes)>) -> Dashboard {
        let mut all: HashMap<String, Bytes> = files.collect();
        // The page is different each time, so that its compressed forms are of no use.
        let page = all.remove(INDEX);
        let index = page.and_then(|page| String::from_utf8(page.to_vec()).ok());
        let plain = all.keys().filter(|path| !path.ends_with(".br") && !path.ends_with(".gz"));
        let by_path = plain.map(|path| (format!("/{path}"), file(path, &all))).collect();
        Dashboard(Arc::new(Files { by_path, index: index.unwrap_or_else(|| PLACEHOLDER.to_owned()) }))
    }

    /// Serves files under their paths and the page under every other one that is not of an interface.
    pub(crate) fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }
}

/// The tracker that was built into the program. Without it, capture answers 404 for the scripts.
pub(crate) fn scripts() -> Scripts {
    let get = |path: &str| TrackerFiles::get(path).map(|file| bytes(file.data));
    let script = |name: &str| Script {
        plain: get(name).unwrap_or_default(),
        gzip: get(&format!("{name}.gz")),
        brotli: get(&format!("{name}.br")),
    };
    Scripts { whole: script("outis.js"), core: script("outis.core.js"), suggest: script("outis-suggest.js") }
}

fn bytes(content: std::borrow::Cow<'static, [u8]>) -> Bytes {
    match content {
        std::borrow::Cow::Borrowed(built_in) => Bytes::from_static(built_in),
        std::borrow::Cow::Owned(read) => Bytes::from(read),
    }
}

fn file(path: &str, all: &HashMap<String, Bytes>) -> File {
    let form = |ending: &str| all.get(&format!("{path}{ending}")).cloned();
    let forms = Forms::new(form("").unwrap_or_default(), form(".gz"), form(".br"));
    // Names in there hold a hash of the content.
    File { forms, kind: kind(path), lasting: path.starts_with("assets/") }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

async fn serve(State(dashboard): State<Dashboard>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if is_of_an_interface(path) {
        return no_such_path();
    }
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    match dashboard.0.by_path.get(path) {
        Some(file) => file.answer(&headers),
        None if path.starts_with("/assets/") => StatusCode::NOT_FOUND.into_response(),
        None => page(&dashboard.0.index),
    }
}

/// Mistyped addresses of interfaces must not be answered with a page.
fn is_of_an_interface(path: &str) -> bool {
    ["/api", "/js", "/.well-known", "/opendsr", "/opengdpr", "/my-data"]
        .iter()
        .any(|root| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn no_such_path() -> Response {
    let body = r#"{"error":{"code":"not_found","message":"there is nothing at this path"}}"#;
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// The page with a fresh number. It has no tag: a cached page under a new number could not load its styles.
fn page(index: &str) -> Response {
    let nonce = StyleNonce::new();
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    let mut response = (headers, index.replace(NONCE, nonce.as_str())).into_response();
    response.extensions_mut().insert(nonce);
    response
}

impl File {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let mut response = self.forms.answer(asked);
        let answer = response.headers_mut();
        let mut set = |name: HeaderName, value| answer.insert(name, HeaderValue::from_static(value));
        set(CONTENT_TYPE, self.kind);
        set(CACHE_CONTROL, if self.lasting { "public, max-age=31536000, immutable" } else { "no-cache" });
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;
    use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, VARY};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::super::SecurityHeaders;
    use super::*;

    fn dashboard() -> Router {
        let files = [
            ("index.html", "<style nonce=\"__CSP_NONCE__\"></style>"),
            ("index.html.br", "of no use"),
            ("assets/app-1a2b.js", "plain"),
            ("assets/app-1a2b.js.br", "brotli"),
            ("assets/app-1a2b.js.gz", "gzip"),
            ("favicon.svg", "<svg/>"),
        ];
        let files = files.map(|(path, content)| (path.to_owned(), Bytes::from_static(content.as_bytes())));
        SecurityHeaders { over_tls: true }.on(Dashboard::new(files.into_iter()).router())
    }

    async fn get(router: Router, path: &str, headers: &[(HeaderName, &str)]) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response = router.oneshot(request.body(Body::empty()).expect("request")).await.expect("answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("body").to_bytes();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn files_come_as_compressed_as_is_accepted() {
        let path = "/assets/app-1a2b.js";
        for (accepted, body, coding) in [
            ("gzip, deflate, br, zstd", "brotli", Some("br")),
            ("br;q=0, gzip", "gzip", Some("gzip")),
            ("identity", "plain", None),
            ("", "plain", None),
        ] {
            let (status, headers, got) = get(dashboard(), path, &[(ACCEPT_ENCODING, accepted)]).await;
            assert_eq!((status, got.as_str()), (StatusCode::OK, body), "{accepted}");
            assert_eq!(headers.get(CONTENT_ENCODING).map(|c| c.to_str().expect("text")), coding);
            assert_eq!(headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
            assert_eq!(headers[CONTENT_TYPE], "text/javascript; charset=utf-8");
            assert_eq!(headers[VARY], "Accept-Encoding");
        }
        let (status, ..) = get(dashboard(), "/assets/app-1a2b.js.br", &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_known_file_is_not_sent_again() {
        let (_, headers, _) = get(dashboard(), "/favicon.svg", &[]).await;
        assert_eq!(headers[CACHE_CONTROL], "no-cache");
        let tag = headers[ETAG].to_str().expect("text");
        let (status, _, body) = get(dashboard(), "/favicon.svg", &[(IF_NONE_MATCH, tag)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        let (status, ..) = get(dashboard(), "/favicon.svg", &[(IF_NONE_MATCH, "\"other\"")]).await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn every_other_path_is_the_page_with_a_number_of_its_own() {
        let mut nonces = Vec::new();
        for path in ["/", "/index.html", "/sites/example.org/pages", "/index.html.br", "/apiary"] {
            let (status, headers, body) = get(dashboard(), path, &[(ACCEPT_ENCODING, "br")]).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert_eq!(headers[CACHE_CONTROL], "no-cache");
            assert!(!headers.contains_key(ETAG));
            let nonce = body.split('"').nth(1).expect("a nonce").to_owned();
            let policy = headers["content-security-policy"].to_str().expect("text");
            assert!(policy.contains(&format!("style-src 'self' 'nonce-{nonce}';")), "{policy}");
            nonces.push(nonce);
        }
        nonces.sort();
        nonces.dedup();
        assert_eq!(nonces.len(), 5);
    }

    #[tokio::test]
    async fn interfaces_are_not_answered_with_the_page() {
        for path in ["/api", "/api/v1/nothing", "/js/other.js", "/.well-known/x", "/assets/gone.js"] {
            let (status, headers, _) = get(dashboard(), path, &[]).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(headers[CACHE_CONTROL], "no-store", "{path}");
        }
        let post = Request::post("/sites").body(Body::empty()).expect("request");
        let response = dashboard().oneshot(post).await.expect("answer");
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[tokio::test]
    async fn without_a_dashboard_the_page_says_how_to_build_it() {
        let router = Dashboard::new(std::iter::empty()).router();
        let (status, _, body) = get(router, "/", &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("npm run build") && !body.contains(NONCE));
    }

    #[tokio::test]
    async fn what_is_embedded_can_be_served() {
        let (status, _, body) = get(Dashboard::embedded().router(), "/", &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("<html") && !body.contains(NONCE));
        let scripts = scripts();
        assert_eq!(scripts.whole.plain.is_empty(), scripts.core.plain.is_empty());
    }
}
