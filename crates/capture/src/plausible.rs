//! `POST /api/event`: single events in Plausible's format.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use outis_event::DropReason;

use crate::answer::{DROPPED, Refusal, tell_reasons};
use crate::body::{Held, tell_codings};
use crate::capture::Inner;
use crate::cors::{let_anybody_read, let_site_read, origin_of};
use crate::intake::{Fate, Intake, Pending};
use crate::members::{enter, token_of};
use crate::sender::Sender;
use crate::wire::told::Besides;
use crate::wire::{Place, plausible};
use crate::{SiteState, UnknownSites};

/// What was decided of an event before it is stored.
struct Decided {
    pending: Pending,
    /// The first site that is known: its pages may read the answer.
    site: Option<Arc<SiteState>>,
    /// One reason for each site that dropped it.
    reasons: Vec<DropReason>,
    sites: usize,
}

pub(crate) async fn post(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match answer(&inner, parts, body).await {
        Ok(response) => response,
        Err(refusal) => {
            let status = refusal.status;
            inner.count_refusal(status);
            let mut response = refusal.into_response();
            let_anybody_read(response.headers_mut());
            if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
                tell_codings(response.headers_mut());
            }
            response
        }
    }
}

async fn answer(inner: &Arc<Inner>, parts: Parts, body: Body) -> Result<Response, Refusal> {
    let sender = inner.enter(&parts)?;
    if parts.headers.get("x-debug-request").is_some_and(|debug| debug == "true") {
        let mut response = text(StatusCode::OK, sender.found().means());
        let_anybody_read(response.headers_mut());
        return Ok(response);
    }
    let most = inner.options.limits.plausible_body_bytes;
    let held = inner.room.read(&parts.headers, body, most).await?;
    let Decided { pending, site, reasons, sites } = decide(inner, sender, &parts.headers, held).await?;
    if site.is_none() && inner.options.unknown_sites == UnknownSites::Refuse {
        let refusal = Refusal::at(StatusCode::NOT_FOUND, Place::Body, "domain", DropReason::UnknownSite.means());
        return Err(Refusal { reason: Some(DropReason::UnknownSite), ..refusal });
    }
    pending.store(inner).await?;
    let constant = inner.options.unknown_sites == UnknownSites::Constant;
    if site.is_none() && constant {
        inner.pace.wait().await;
    }
    let reasons: Vec<DropReason> =
        reasons.into_iter().filter(|reason| !(constant && *reason == DropReason::UnknownSite)).collect();
    let mut response = told(&reasons, sites);
    match &site {
        Some(site) => let_site_read(response.headers_mut(), site.site(), origin_of(&parts.headers).as_ref()),
        None => let_anybody_read(response.headers_mut()),
    }
    Ok(response)
}

/// Everything that needs the raw body. When it returns, the body and the sender are wiped.
async fn decide(inner: &Inner, sender: Sender, headers: &HeaderMap, held: Held) -> Result<Decided, Refusal> {
    let single = plausible::parse(held.bytes()).map_err(Refusal::invalid)?;
    let now = inner.clock.now();
    let (mut known, mut reasons) = (Vec::new(), Vec::new());
    for domain in &single.domains {
        let Some(site) = inner.sites.by_domain(domain) else {
            inner.counters.add_dropped(DropReason::UnknownSite, 1);
            reasons.push(DropReason::UnknownSite);
            continue;
        };
        inner.enter_site(&site, 1, now)?;
        // A token is of one site: on others its bearer is nobody, and so it is refused.
        let member = match token_of(headers) {
            Some(token) => Some(enter(inner, site.site(), token, now).await?),
            None => None,
        };
        known.push((site, Besides { member, ..Besides::default() }));
    }
    let mut intake = Intake::new(inner, &sender, now);
    let events = std::slice::from_ref(&single.event);
    for (site, besides) in &known {
        reasons.extend(intake.take(site, events, besides).iter().filter_map(Fate::dropped));
    }
    let pending = intake.finish();
    let site = known.into_iter().next().map(|(site, _)| site);
    Ok(Decided { pending, site, reasons, sites: single.domains.len() })
}

/// 202 `ok` whatever the reason, but 400 where no site could make sense of the event.
fn told(reasons: &[DropReason], sites: usize) -> Response {
    let invalid = reasons.len() == sites && reasons.iter().all(|reason| *reason == DropReason::Invalid);
    let mut response = if invalid {
        Refusal::at(StatusCode::BAD_REQUEST, Place::Body, "url", "is not the address of a page").into_response()
    } else {
        text(StatusCode::ACCEPTED, "ok")
    };
    if !reasons.is_empty() {
        response.headers_mut().insert(DROPPED, reasons.len().into());
        tell_reasons(response.headers_mut(), reasons);
    }
    response
}

fn text(status: StatusCode, body: &'static str) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("must-revalidate, max-age=0, private"));
    response
}
