//! The demo's data centre: pictures of its items, beside the application's own pages, on a port of their own.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use tokio::net::TcpListener;

use crate::config::{CentreConfig, CentreUrl, EdgeConfig};
use crate::extract::Path;

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

/// Serves pictures and `pages` until the demo ends.
///
/// # Errors
/// When something else is at the address.
pub(super) async fn open(at: SocketAddr, pages: Router) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let listener = TcpListener::bind(at).await.with_context(|| format!("the demo's data centre, {at}"))?;
    let router = pictures().merge(pages);
    Ok(tokio::spawn(async move {
        // It ends with the process; until then it accepts.
        let _ = axum::serve(listener, router).await;
    }))
}

/// Pictures, and that they are there.
pub(super) fn pictures() -> Router {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/covers/{section}/{name}", get(cover))
}

/// Where the picture of an item is: `/covers/articles/maps-a-first-look.svg`.
pub(super) fn cover_path(path: &str) -> String {
    format!("/covers{path}.svg")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_the_demo_is_configured_with() {
        let at = address(8400).expect("a port");
        assert_eq!(configured(at).expect("good").centres[0].url.as_str(), "http://127.0.0.1:8403");
        assert!(address(65_534).is_err());
    }
}
