//! Requests as browsers and servers send them, through the router to what would be stored.

mod bombs;
mod members;
mod plausible;

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use outis_anonymise::{Anonymiser, DayKey, DayKeys, Tables, WaitingRoom};
use outis_capture::{
    Capture, CaptureOptions, Counters, Members, NoMembers, Scripts, Sink, SinkError, SiteState, Sites,
};
use outis_disclose::Secret;
use outis_event::{
    AnonymousEvent, Dimension, InsertHash, ManualClock, Plan, Policy, Shields, Site, SiteId, Timestamp, Vocabulary,
};
use parking_lot::Mutex;
use tower::ServiceExt;

const NOW: Timestamp = Timestamp(1_790_000_000_000);
const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/// Reading the lists takes a while.
static TABLES: LazyLock<Arc<Tables>> = LazyLock::new(|| Arc::new(Tables::embedded().expect("lists")));

#[derive(Default)]
struct Stored(Mutex<Vec<AnonymousEvent>>);

#[async_trait]
impl Sink for Stored {
    async fn append(&self, events: Vec<AnonymousEvent>, _: Vec<InsertHash>) -> Result<(), SinkError> {
        self.0.lock().extend(events);
        Ok(())
    }
}

struct Full;

#[async_trait]
impl Sink for Full {
    async fn append(&self, _: Vec<AnonymousEvent>, _: Vec<InsertHash>) -> Result<(), SinkError> {
        Err(SinkError::Overloaded { retry_after_s: 7 })
    }
}

struct Registered(Vec<Arc<SiteState>>);

impl Sites for Registered {
    fn by_domain(&self, domain: &str) -> Option<Arc<SiteState>> {
        self.0.iter().find(|state| state.site().domain == domain).cloned()
    }
}

/// A site of this domain that admits every word at once.
fn site(id: u32, domain: &str, words: &Arc<Vocabulary>) -> Arc<SiteState> {
    let zone = jiff::tz::TimeZone::UTC;
    let policy = Policy { floor: 1, admission: 1, ..Policy::default() };
    let (id, day) = (SiteId(id), NOW.day(&zone));
    let site = Site {
        id,
        domain: domain.to_owned(),
        zone,
        policy,
        shields: Shields::default(),
        plan: Plan::default(),
        origins: Vec::new(),
        debug_token_hash: None,
    };
    let days = Arc::new(DayKeys::new());
    days.insert(id, day, DayKey::new(&[7; 32]));
    Arc::new(SiteState::new(Arc::new(site), words.clone(), days, Arc::new(Counters::default())))
}

/// Capture for two sites, and the words of both.
fn capture(sink: Arc<dyn Sink>) -> (Capture, Arc<Vocabulary>) {
    capture_with(sink, Arc::new(NoMembers))
}

fn capture_with(sink: Arc<dyn Sink>, members: Arc<dyn Members>) -> (Capture, Arc<Vocabulary>) {
    let words = Arc::new(Vocabulary::default());
    let sites = Arc::new(Registered(vec![site(1, "example.org", &words), site(2, "second.example", &words)]));
    let anonymiser = Anonymiser::new(TABLES.clone(), Arc::new(WaitingRoom::new(1000)));
    let clock = Arc::new(ManualClock::new(NOW));
    let key = Secret::new([1; 32]);
    let scripts = Scripts::default();
    let options = CaptureOptions::default();
    (Capture::new(options, Arc::new(anonymiser), sites, sink, members, clock, &key, scripts), words)
}

/// Sends a request as if from outside and reads the whole answer.
async fn ask(capture: &Capture, mut request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let peer: SocketAddr = "192.0.2.7:5000".parse().expect("address");
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = capture.router().oneshot(request).await.expect("answer");
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.expect("body").to_bytes();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).expect("text"))
}

async fn send(capture: &Capture, path: &str, agent: &str, body: impl Into<Body>) -> (StatusCode, String, String) {
    let request = Request::post(path).header("user-agent", agent).header("content-type", "text/plain");
    let (status, headers, body) = ask(capture, request.body(body.into()).expect("request")).await;
    let reason = headers.get("x-outis-reason").map_or("", |r| r.to_str().expect("ascii")).to_owned();
    (status, reason, body)
}

#[tokio::test]
async fn both_formats_store_the_same_page_view_without_the_query() {
    let stored = Arc::new(Stored::default());
    let (capture, words) = capture(stored.clone());
    let native =
        r#"{"site":"example.org","events":[{"name":"pageview","url":"https://example.org/a?secret=abcdefgh"}]}"#;
    let plausible = r#"{"n":"pageview","d":"example.org","u":"https://example.org/a?secret=abcdefgh"}"#;
    assert_eq!(send(&capture, "/api/v1/events", AGENT, native).await.0, StatusCode::ACCEPTED);
    assert_eq!(
        send(&capture, "/api/event", AGENT, plausible).await,
        (StatusCode::ACCEPTED, String::new(), "ok".to_owned())
    );
    let events = stored.0.lock();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].terms, events[1].terms);
    assert_eq!(events[0].visitor, events[1].visitor);
    let page = words.text(Dimension::Page, events[0].term(Dimension::Page));
    assert_eq!(page.as_deref(), Some("/a"));
    assert!(words.drain().iter().all(|word| !word.text.contains("abcdefgh")));
}

#[tokio::test]
async fn what_is_wrong_is_told_by_field_and_without_the_input() {
    let stored = Arc::new(Stored::default());
    let (capture, _) = capture(stored.clone());
    let (status, _, body) = send(&capture, "/api/event", AGENT, r#"{"n":"pageview","d":"example.org"}"#).await;
    assert_eq!((status, body.as_str()), (StatusCode::BAD_REQUEST, r#"{"errors":{"url":["is required"]}}"#));
    let unknown =
        r#"{"site":"example.org","events":[{"name":"x","url":"https://example.org/","canary_key":"canary"}]}"#;
    let (status, _, body) = send(&capture, "/api/v1/events", AGENT, unknown).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(!body.contains("canary"), "{body}");
    assert!(stored.0.lock().is_empty());
}

#[tokio::test]
async fn crawlers_are_dropped_and_the_reason_is_told() {
    let stored = Arc::new(Stored::default());
    let (capture, _) = capture(stored.clone());
    let body = r#"{"n":"pageview","d":"example.org","u":"https://example.org/"}"#;
    let agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let (status, reason, _) = send(&capture, "/api/event", agent, body).await;
    assert_eq!((status, reason.as_str()), (StatusCode::ACCEPTED, "bot"));
    assert!(stored.0.lock().is_empty());
}

#[tokio::test]
async fn a_full_sink_answers_503() {
    let (capture, _) = capture(Arc::new(Full));
    let body = r#"{"n":"pageview","d":"example.org","u":"https://example.org/"}"#;
    assert_eq!(send(&capture, "/api/event", AGENT, body).await.0, StatusCode::SERVICE_UNAVAILABLE);
}
