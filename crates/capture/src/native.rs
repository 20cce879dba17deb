//! `POST /api/v1/events`: batches in the native format.

use std::sync::Arc;

use aws_lc_rs::{constant_time, digest};
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use outis_anonymise::Shown;
use outis_disclose::Pii;
use outis_event::{DropReason, Rewrite, Site};
use serde::Serialize;

use crate::answer::{Refusal, json, tell_reasons};
use crate::body::{Held, tell_codings};
use crate::capture::Inner;
use crate::cors::{let_anybody_read, let_site_read, origin_of};
use crate::host::site_name;
use crate::intake::{Fate, Intake, Pending};
use crate::members::{enter, token_of};
use crate::sender::Sender;
use crate::size::first_large_event;
use crate::wire::told::Besides;
use crate::wire::{Place, native};
use crate::{SiteState, UnknownSites};

#[derive(Serialize)]
struct Accepted<'a> {
    accepted: usize,
    dropped: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<Told<'a>>>,
}

/// What a developer is shown of one event.
#[derive(Serialize)]
#[serde(untagged)]
enum Told<'a> {
    Stored { stored: &'a Shown, rewrites: &'a [Rewrite] },
    Dropped { dropped: DropReason, means: &'static str },
}

/// What was decided of a batch before it is stored.
enum Decided {
    Unknown { events: usize },
    Known { site: Arc<SiteState>, pending: Pending, fates: Vec<Fate>, debug: bool },
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

async fn answer(inner: &Arc<Inner>, parts: Parts, body: axum::body::Body) -> Result<Response, Refusal> {
    let sender = inner.enter(&parts)?;
    check_type(&parts)?;
    let most = inner.options.limits.body_bytes;
    let held = inner.room.read(&parts.headers, body, most).await?;
    match decide(inner, sender, &parts.headers, held).await? {
        Decided::Unknown { events } => unknown(inner, events).await,
        Decided::Known { site, pending, fates, debug } => {
            pending.store(inner).await?;
            let mut response = told(&fates, debug);
            let_site_read(response.headers_mut(), site.site(), origin_of(&parts.headers).as_ref());
            Ok(response)
        }
    }
}

/// Everything that needs the raw body. When it returns, the body and the sender are wiped.
async fn decide(inner: &Inner, sender: Sender, headers: &HeaderMap, held: Held) -> Result<Decided, Refusal> {
    let limits = &inner.options.limits;
    if let Some(at) = first_large_event(held.bytes(), limits.event_bytes) {
        let message = format!("must have at most {} bytes", limits.event_bytes);
        return Err(Refusal::at(StatusCode::PAYLOAD_TOO_LARGE, Place::Event(at), "", message));
    }
    let batch = native::parse(held.bytes()).map_err(Refusal::invalid)?;
    let now = inner.clock.now();
    let events = batch.events.len();
    inner.limiter.charge(sender.ip(), events, now);
    let Some(site) = inner.sites.by_domain(&site_name(&batch.site)) else { return Ok(Decided::Unknown { events }) };
    inner.enter_site(&site, events, now)?;
    let debug = match &batch.debug {
        None => false,
        Some(token) if is_debug_token(site.site(), token) => true,
        Some(_) => {
            let message = "is not a debug token of this site: take a new one from its settings or leave it out";
            return Err(Refusal::at(StatusCode::BAD_REQUEST, Place::Body, "debug", message));
        }
    };
    let token = batch.token.as_deref().map(|token| Pii::new(token.to_owned())).or_else(|| token_of(headers));
    let member = match token {
        Some(token) => Some(enter(inner, site.site(), token, now).await?),
        None => None,
    };
    let besides = Besides { display: batch.display, debug, member };
    let mut intake = Intake::new(inner, &sender, now);
    let fates = intake.take(&site, &batch.events, &besides);
    let pending = intake.finish();
    if debug {
        inner.debug.keep(site.site().id, &batch.events, &fates, now);
    }
    Ok(Decided::Known { site, pending, fates, debug })
}

/// Compares the SHA-256 of the token in constant time.
fn is_debug_token(site: &Site, token: &str) -> bool {
    let Some(expected) = &site.debug_token_hash else { return false };
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    constant_time::verify_slices_are_equal(hash.as_ref(), expected).is_ok()
}

fn check_type(parts: &Parts) -> Result<(), Refusal> {
    let Some(told) = parts.headers.get(CONTENT_TYPE) else { return Ok(()) };
    let told = told.to_str().unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if told == "application/json" || told == "text/plain" {
        return Ok(());
    }
    let message = "must be sent with Content-Type application/json or text/plain";
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
}

fn told(fates: &[Fate], debug: bool) -> Response {
    // A duplicate was stored before: for the sender that is the same.
    let is_dropped = |fate: &&Fate| fate.dropped().is_some_and(|reason| reason != DropReason::Duplicate);
    let dropped = fates.iter().filter(is_dropped).count();
    let events = debug.then(|| fates.iter().map(Told::of).collect());
    let body = Accepted { accepted: fates.len() - dropped, dropped, events };
    let body = serde_json::to_vec(&body).expect("numbers and words");
    let mut response = json(StatusCode::ACCEPTED, body);
    let reasons: Vec<DropReason> = fates.iter().filter_map(Fate::dropped).collect();
    tell_reasons(response.headers_mut(), &reasons);
    response
}

impl Told<'_> {
    fn of(fate: &Fate) -> Told<'_> {
        match fate {
            Fate::Stored { rewrites, shown: Some(stored) } => Told::Stored { stored, rewrites },
            Fate::Stored { .. } => unreachable!("events are shown whenever debugging is on"),
            Fate::Dropped(reason) => Told::Dropped { dropped: *reason, means: reason.means() },
        }
    }
}

async fn unknown(inner: &Inner, events: usize) -> Result<Response, Refusal> {
    inner.counters.add_dropped(DropReason::UnknownSite, events as u64);
    let counts = |accepted, dropped| {
        serde_json::to_vec(&Accepted { accepted, dropped, events: None }).expect("numbers and words")
    };
    let mut response = match inner.options.unknown_sites {
        UnknownSites::Refuse => {
            let refusal = Refusal::at(StatusCode::NOT_FOUND, Place::Body, "site", DropReason::UnknownSite.means());
            return Err(Refusal { reason: Some(DropReason::UnknownSite), ..refusal });
        }
        UnknownSites::Constant => {
            inner.pace.wait().await;
            json(StatusCode::ACCEPTED, counts(events, 0))
        }
        UnknownSites::Tell => {
            let mut response = json(StatusCode::ACCEPTED, counts(0, events));
            tell_reasons(response.headers_mut(), &[DropReason::UnknownSite]);
            response
        }
    };
    let_anybody_read(response.headers_mut());
    Ok(response)
}
