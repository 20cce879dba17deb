//! The interfaces on a real core, without a socket.

mod items;
mod lists;
mod requests;
mod rights;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use outis_event::{ManualClock, Plan, Policy, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::config::Config;
use crate::control::{NewIssuer, NewSite, Role, Scope};
use crate::core::Core;

pub(crate) const SITE: &str = "example.org";

/// A server with a site, an account for each role, and a token for each scope.
pub(crate) struct House {
    _dir: TempDir,
    pub(crate) core: Arc<Core>,
    pub(crate) clock: ManualClock,
    router: Router,
    tokens: Vec<(Scope, String)>,
    /// What the application signs identity tokens with.
    secret: String,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    Staff(Role),
    Program(Scope),
    /// Somebody whose identity token this is.
    Member(&'static str),
}

impl House {
    pub(crate) async fn new() -> House {
        House::of(Config::default()).await
    }

    /// The same, configured otherwise.
    pub(crate) async fn of(config: Config) -> House {
        let dir = tempfile::tempdir().expect("a folder");
        let config = Config { data_dir: dir.path().to_owned(), low_water_mib: 0, ..config };
        let clock = ManualClock::new(Timestamp(1_800_000_000_000));
        let core = Arc::new(Core::open(&config, Arc::new(clock.clone())).await.expect("opens"));
        let (policy, plan) = (Policy::default(), Plan::default());
        let site = NewSite { domain: SITE.to_owned(), zone: "UTC".to_owned(), policy, plan, origins: Vec::new() };
        let today = core.clock.now().day(&jiff::tz::TimeZone::UTC);
        core.control.add_site(site, today).await.expect("registered");
        core.step().await.expect("step");
        for role in Role::ALL {
            let email = format!("{}@example.org", role.word());
            core.staff.add(&email, "a long enough password", [role].into_iter().collect()).await.expect("added");
        }
        let mut tokens = Vec::new();
        for scope in [Scope::Stats, Scope::Sites, Scope::People, Scope::Items, Scope::Intents] {
            tokens.push((scope, core.control.create_token(None, &[scope], today).await.expect("made")));
        }
        let site = core.registry.settings()[0].id;
        let secret = core.identity.set(site, SITE, NewIssuer::Secret, &core.members).await.expect("set");
        let secret = secret.expect("a secret");
        let router = super::router(core.clone())
            .merge(crate::people::router(core.clone()))
            .merge(crate::my_data::router(core.clone()))
            .merge(crate::intents::router(core.clone()))
            .merge(crate::intents::staff_router(core.clone()))
            .merge(crate::edge::router(core.clone()))
            .merge(crate::suggest::router(core.clone()));
        House { _dir: dir, core, clock, router, tokens, secret }
    }

    /// An identity token of somebody, good for ten minutes.
    fn identity(&self, id: &str) -> String {
        let part = |value: Value| BASE64.encode(value.to_string());
        let claims = json!({ "sub": id, "aud": SITE, "exp": self.core.clock.now().0 / 1000 + 600 });
        let message = format!("{}.{}", part(json!({ "alg": "HS256" })), part(claims));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, self.secret.as_bytes());
        format!("{message}.{}", BASE64.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes())))
    }

    /// Asks as somebody, staff with a session of their own each time.
    pub(crate) async fn ask(&self, who: Who, method: &Method, path: &str, body: Value) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        match who {
            Who::Nobody => {}
            Who::Program(scope) => {
                let (_, token) = self.tokens.iter().find(|(of, _)| *of == scope).expect("a token");
                request = request.header("authorization", format!("Bearer {token}"));
            }
            Who::Member(id) => request = request.header("authorization", format!("Bearer {}", self.identity(id))),
            Who::Staff(role) => {
                let accounts = self.core.staff.accounts().await.expect("read");
                let staff = accounts.iter().find(|staff| staff.roles.has(role)).expect("an account");
                let today = self.core.clock.now().day(&jiff::tz::TimeZone::UTC);
                let secret = self.core.staff.begin_session(staff, today).await.expect("a session");
                request = request.header("cookie", format!("{}={secret}", super::auth::COOKIE_NAME));
            }
        }
        let request = request.header("sec-fetch-site", "same-origin");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let answer = self.router.clone().oneshot(request.body(body).expect("a request")).await.expect("an answer");
        let status = answer.status();
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Asks with a token.
    pub(super) async fn ask_with(&self, token: &str, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).header("authorization", format!("Bearer {token}")).body(Body::empty());
        let answer = self.router.clone().oneshot(request.expect("a request")).await.expect("an answer");
        let status = answer.status();
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}
