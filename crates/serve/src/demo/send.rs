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
use super::members::Application;
use super::people::Person;
use super::visit::Visit;
use crate::core::Core;

/// Sends a visit that ended `ago_ms` ago: first what came before signing in.
///
/// # Errors
/// When it is not accepted.
pub(super) async fn send(
    core: &Core,
    application: &Application,
    mut visit: Visit,
    ago_ms: u64,
) -> anyhow::Result<usize> {
    let end_s = visit.events.last().map_or(0, |(at_s, _)| *at_s);
    let timed = |(at_s, mut event): (u32, Value)| {
        event["ago_ms"] = json!(ago_ms + u64::from(end_s - at_s) * 1000);
        event
    };
    let signed_in = visit.events.split_off(visit.signed_in_from.min(visit.events.len()));
    let before: Vec<Value> = visit.events.into_iter().map(timed).collect();
    let mut count = request(core.capture.router(), &visit.person, before, None).await?;
    if visit.joins {
        application.join(core, &visit.person).await?;
    }
    let after: Vec<Value> = signed_in.into_iter().map(timed).collect();
    let token = application.token(&visit.person, core.clock.now());
    count += request(core.capture.router(), &visit.person, after, Some(token)).await?;
    Ok(count)
}

async fn request(router: Router, person: &Person, events: Vec<Value>, token: Option<String>) -> anyhow::Result<usize> {
    let count = events.len();
    if count == 0 {
        return Ok(0);
    }
    let mut body = json!({
        "site": SITE,
        "screen": [person.screen.0, person.screen.1],
        "touch": person.touch,
        "events": events,
    });
    if let Some(token) = token {
        body["token"] = json!(token);
    }
    let mut request = Request::post("/api/v1/events")
        .header("content-type", "text/plain")
        .header("user-agent", person.agent.as_str())
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
