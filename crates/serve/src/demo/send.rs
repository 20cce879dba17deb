//! Made-up visits through the real capture path: requests as a browser would send them, without a network between.

use std::net::SocketAddr;

use anyhow::bail;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::SITE;
use super::visit::Visit;

/// Sends a visit that ended `ago_ms` ago.
///
/// # Errors
/// When it is not accepted.
pub(super) async fn send(router: Router, visit: Visit, ago_ms: u64) -> anyhow::Result<usize> {
    let end_s = visit.events.last().map_or(0, |(at_s, _)| *at_s);
    let count = visit.events.len();
    let timed = |(at_s, mut event): (u32, Value)| {
        event["ago_ms"] = json!(ago_ms + u64::from(end_s - at_s) * 1000);
        event
    };
    let events: Vec<Value> = visit.events.into_iter().map(timed).collect();
    let person = visit.person;
    let body = json!({
        "site": SITE,
        "screen": [person.screen.0, person.screen.1],
        "touch": person.touch,
        "events": events,
    });
    let mut request = Request::post("/api/v1/events")
        .header("content-type", "text/plain")
        .header("user-agent", person.agent)
        .header("accept-language", person.languages);
    if person.gpc {
        request = request.header("sec-gpc", "1");
    }
    let mut request = request.body(Body::from(serde_json::to_vec(&body)?))?;
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(person.ip, 443)));
    let answer = router.oneshot(request).await?;
    match answer.status() {
        StatusCode::ACCEPTED => Ok(count),
        status => bail!("a made-up visit was answered {}", status.as_u16()),
    }
}
