//! The demo's data centre: pictures of its items, and a page that shows them by way of `/edge`.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use tokio::net::TcpListener;

use super::SITE;
use super::content::{Content, Item};
use crate::config::{CentreConfig, CentreUrl, EdgeConfig};
use crate::extract::Path;

/// Items on the page.
const SHOWN: usize = 12;
/// What is between a port of the dashboard and that of the data centre.
const PORTS_ON: u16 = 3;

/// Where the demo's data centre is, if the dashboard is at `port`.
pub(super) fn address(port: u16) -> anyhow::Result<SocketAddr> {
    let port = port.checked_add(PORTS_ON).context("the port is too high")?;
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// What names it.
pub(super) fn configured(at: SocketAddr) -> anyhow::Result<EdgeConfig> {
    let url = CentreUrl::try_from(format!("http://{at}")).map_err(anyhow::Error::msg)?;
    let centre = CentreConfig {
        name: "demo".to_owned(),
        url,
        latitude: Some(48.2),
        longitude: Some(16.4),
        countries: Vec::new(),
        health: Some("/healthz".to_owned()),
    };
    Ok(EdgeConfig { centres: vec![centre], ..EdgeConfig::default() })
}

/// Serves until the demo ends. `outis` is where the dashboard is.
///
/// # Errors
/// When something else is at the address.
pub(super) async fn open(at: SocketAddr, outis: &str) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let listener = TcpListener::bind(at).await.with_context(|| format!("the demo's data centre, {at}"))?;
    let router = router(outis);
    Ok(tokio::spawn(async move {
        // It ends with the process; until then it accepts.
        let _ = axum::serve(listener, router).await;
    }))
}

fn router(outis: &str) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/covers/{section}/{name}", get(cover))
        .with_state(Arc::<str>::from(outis))
}

async fn page(State(outis): State<Arc<str>>) -> Html<String> {
    let content = Content::new();
    let mut list = String::new();
    for item in content.articles.iter().take(SHOWN) {
        let (picture, title) = (cover_path(item), title(&item.path));
        let _ =
            write!(list, "<li><img src=\"{outis}/edge{picture}\" alt=\"\" width=\"120\" height=\"160\">{title}</li>");
    }
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{SITE}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>body{{font:16px system-ui;margin:2rem auto;max-width:60rem;\
         padding:0 1rem}}ul{{display:flex;flex-wrap:wrap;gap:1.5rem;list-style:none;padding:0}}li{{width:120px}}\
         img{{display:block;margin-bottom:.5rem}}</style></head><body><h1>{SITE}</h1>\
         <p>Each picture is asked of <code>{outis}/edge/..</code>, which sends the browser to the data centre that is near.</p>\
         <ul>{list}</ul></body></html>"
    ))
}

/// The picture of an item: `/covers/articles/maps-a-first-look.svg`.
fn cover_path(item: &Item) -> String {
    format!("/covers{}.svg", item.path)
}

/// A picture made of the name alone, so that the same item always has the same.
async fn cover(Path((_, name)): Path<(String, String)>) -> Response {
    let Some(name) = name.strip_suffix(".svg").filter(|name| is_word(name)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let hash = name.bytes().fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
    let (hue, turn) = (hash % 360, hash / 360 % 90);
    let picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 120 160\"><rect width=\"120\" height=\"160\" \
         fill=\"hsl({hue} 45% 32%)\"/><rect x=\"20\" y=\"30\" width=\"80\" height=\"80\" fill=\"hsl({hue} 55% 62%)\" \
         transform=\"rotate({turn} 60 70)\"/><rect x=\"12\" y=\"132\" width=\"96\" height=\"6\" fill=\"hsl({hue} 30% 88%)\"/></svg>"
    );
    let headers =
        [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "public, max-age=86400"), (ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (headers, picture).into_response()
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

/// `Maps: a first look` of `/articles/maps-a-first-look`.
fn title(path: &str) -> String {
    let words = path.rsplit('/').next().unwrap_or_default().replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn get(path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = router("http://127.0.0.1:8400").oneshot(request).await.expect("an answer");
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn every_picture_of_the_page_is_there_and_asked_of_edge() {
        let (_, page) = get("/").await;
        let pictures: Vec<&str> =
            page.split("src=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
        assert_eq!(pictures.len(), SHOWN);
        for picture in pictures {
            let path = picture.strip_prefix("http://127.0.0.1:8400/edge").expect("by way of edge");
            let (status, svg) = get(path).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert!(svg.starts_with("<svg"), "{svg}");
        }
        assert_eq!(get("/covers/articles/a%22b.svg").await.0, StatusCode::NOT_FOUND);
        assert_eq!(get("/healthz").await.0, StatusCode::OK);
    }

    #[test]
    fn it_is_what_the_demo_is_configured_with() {
        let at = address(8400).expect("a port");
        assert_eq!(configured(at).expect("good").centres[0].url.as_str(), "http://127.0.0.1:8403");
        assert!(address(65_534).is_err());
        assert_eq!(title("/articles/open-access-a-first-look"), "Open access a first look");
    }
}
