//! Identity tokens on events, in both formats.

use std::sync::atomic::{AtomicBool, Ordering};

use outis_anonymise::{Member, MemberDay};
use outis_capture::NotEntered;
use outis_disclose::Pii;
use outis_event::{Day, Flags, Marks, Visitor};

use super::*;

struct Anna;

impl Member for Anna {
    fn day(&self, _: Day) -> Option<MemberDay> {
        Some(MemberDay { visitor: Visitor(42), offset_s: 5, person: [1; 16] })
    }

    fn see(&self, _: Day, _: &str) -> Option<Marks> {
        Some(Marks::NONE.with_cohort(2_900))
    }

    fn customer(&self) -> Option<&Pii<String>> {
        None
    }
}

/// Accepts one token, on one site.
#[derive(Default)]
struct One {
    broken: AtomicBool,
}

#[async_trait]
impl Members for One {
    async fn enter(&self, site: &Site, token: Pii<String>, _: Timestamp) -> Result<Arc<dyn Member>, NotEntered> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(NotEntered::Unavailable);
        }
        let is_right = site.domain == "example.org" && token.expose("a test") == "anna's token";
        if is_right { Ok(Arc::new(Anna)) } else { Err(NotEntered::Refused) }
    }
}

const NATIVE: &str = r#"{"site":"example.org","events":[{"name":"pageview","url":"https://example.org/a"}]TOKEN}"#;
const PLAUSIBLE: &str = r#"{"n":"pageview","d":"DOMAINS","u":"https://example.org/a"}"#;

fn native(token: &str) -> String {
    NATIVE.replace("TOKEN", token)
}

async fn with_header(capture: &Capture, path: &str, token: &str, body: String) -> StatusCode {
    let request = Request::post(path).header("user-agent", AGENT).header("outis-identity", token);
    ask(capture, request.body(body.into()).expect("request")).await.0
}

#[tokio::test]
async fn a_token_makes_a_member_in_both_formats() {
    let stored = Arc::new(Stored::default());
    let (capture, _) = capture_with(stored.clone(), Arc::new(One::default()));
    let body = native(r#","token":"anna's token""#);
    assert_eq!(send(&capture, "/api/v1/events", AGENT, body).await.0, StatusCode::ACCEPTED);
    assert_eq!(with_header(&capture, "/api/v1/events", "anna's token", native("")).await, StatusCode::ACCEPTED);
    let plausible = PLAUSIBLE.replace("DOMAINS", "example.org");
    assert_eq!(with_header(&capture, "/api/event", "anna's token", plausible).await, StatusCode::ACCEPTED);
    assert_eq!(send(&capture, "/api/v1/events", AGENT, native("")).await.0, StatusCode::ACCEPTED);
    let events = stored.0.lock();
    let members: Vec<bool> = events.iter().map(|event| event.flags.has(Flags::MEMBER)).collect();
    assert_eq!(members, [true, true, true, false]);
    assert!(events[..3].iter().all(|e| e.visitor == Visitor(42) && e.marks.cohort() == Some(2_900)));
    assert_ne!(events[3].visitor, Visitor(42));
}

#[tokio::test]
async fn with_a_token_that_is_not_accepted_nothing_is_stored() {
    let stored = Arc::new(Stored::default());
    let members = Arc::new(One::default());
    let (capture, _) = capture_with(stored.clone(), members.clone());
    let body = native(r#","token":"forged-canary""#);
    let (status, _, answer) = send(&capture, "/api/v1/events", AGENT, body).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(answer.contains("not accepted") && !answer.contains("canary"), "{answer}");
    let plausible = PLAUSIBLE.replace("DOMAINS", "example.org,second.example");
    assert_eq!(with_header(&capture, "/api/event", "anna's token", plausible).await, StatusCode::UNAUTHORIZED);
    members.broken.store(true, Ordering::Relaxed);
    let body = native(r#","token":"anna's token""#);
    assert_eq!(send(&capture, "/api/v1/events", AGENT, body).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert!(stored.0.lock().is_empty());
}
