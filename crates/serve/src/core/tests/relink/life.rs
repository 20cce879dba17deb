//! A site that lives through its people's visits, by the real way in, and forgets some of its members.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use futures::future::join_all;
use http::{Request, StatusCode};
use outis_event::{Clock, Day, ManualClock, Plan, Policy, SiteId, Timestamp};
use outis_people::{ExternalId, Mode, Purpose};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use super::people::{Group, Person, Scale};
use super::traffic::{DAYS, FIRST_DAY, MORNING_MS, Visit};
use crate::config::Config;
use crate::control::{NewIssuer, NewSite, Scope};
use crate::core::Core;
use crate::core::tests::history::call;

const QUARTER_MS: i64 = 15 * 60_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
pub(super) const DOMAIN: &str = "library.example";
/// Requests under way at once.
const AT_ONCE: usize = 64;

/// A server with one site.
pub(super) struct Life {
    pub(super) dir: TempDir,
    clock: ManualClock,
    pub(super) core: Arc<Core>,
    pub(super) site: SiteId,
    /// Verifies what the application says.
    secret: String,
    /// An analyst's.
    token: String,
    api: Router,
}

impl Life {
    /// A site that knows its pages and items, as one that declares them does: everything is stored as it is.
    pub(super) async fn begin(scale: &Scale, policy: Policy) -> Life {
        let dir = tempfile::tempdir().expect("folder");
        let clock = ManualClock::new(Timestamp(i64::from(FIRST_DAY.0) * DAY_MS + HOUR_MS));
        let config = Config { data_dir: dir.path().to_owned(), low_water_mib: 0, ..Config::default() };
        let core = Arc::new(Core::open(&config, Arc::new(clock.clone())).await.expect("opens"));
        let plan = Plan {
            pages: (0..scale.pages).map(page).collect(),
            items: (0..scale.items).map(item).collect(),
            ..Plan::default()
        };
        let new = NewSite { domain: DOMAIN.to_owned(), zone: "UTC".to_owned(), policy, plan, origins: Vec::new() };
        let site = core.control.add_site(new, FIRST_DAY).await.expect("registered");
        core.step().await.expect("step");
        let secret = core.identity.set(site, DOMAIN, NewIssuer::Secret, &core.members).await.expect("set");
        let token = core.control.create_token(None, &[Scope::Stats], FIRST_DAY).await.expect("a token");
        let api = crate::api::router(core.clone());
        Life { dir, clock, core, site, secret: secret.expect("a secret"), token, api }
    }

    /// Members who are attacked agree to be linked, if the site does that.
    pub(super) async fn agree(&self, people: &[Person]) {
        let members = &self.core.members.people;
        for number in (0..people.len()).filter(|at| !matches!(people[*at].group, Group::Never | Group::Other)) {
            let active = members.find_or_make(self.site, &id(number)).await.expect("made");
            members.consent(&active, Purpose::Link, true, 1, self.clock.now()).await.expect("agreed");
        }
    }

    /// Everything until the forgetting; visits of people who send nothing are left out.
    pub(super) async fn live(&self, people: &[Person], visits: &[Visit]) {
        let sent: Vec<(usize, &Visit)> =
            visits.iter().enumerate().filter(|(_, visit)| people[visit.person].group != Group::Never).collect();
        let is_before = |(_, visit): &&(usize, &Visit)| visit.ends() < noon();
        for quarter in sent
            .iter()
            .filter(is_before)
            .copied()
            .collect::<Vec<_>>()
            .chunk_by(|a, b| quarter_of(a.1) == quarter_of(b.1))
        {
            self.quarter(people, quarter).await;
        }
    }

    /// The afternoon after it, and the days until all of that is closed and what was hidden is gone.
    pub(super) async fn live_on(&self, people: &[Person], visits: &[Visit]) {
        let sent: Vec<(usize, &Visit)> = visits
            .iter()
            .enumerate()
            .filter(|(_, visit)| people[visit.person].group != Group::Never && visit.ends() >= noon())
            .collect();
        for quarter in sent.chunk_by(|a, b| quarter_of(a.1) == quarter_of(b.1)) {
            self.quarter(people, quarter).await;
        }
        for days in [1, 2, 8] {
            self.until(FIRST_DAY.plus(DAYS + days), 8).await;
        }
        self.core.settle().await.expect("settled");
    }

    /// What ends within a quarter of an hour is sent at its end.
    async fn quarter(&self, people: &[Person], visits: &[(usize, &Visit)]) {
        let ends = (quarter_of(visits[0].1) + 1) * QUARTER_MS;
        let (day, before) = (Day(ends.div_euclid(DAY_MS) as i32), self.clock.now());
        if before.0.div_euclid(DAY_MS) < i64::from(day.0) {
            self.until(day, 4).await;
        } else if before.0.div_euclid(HOUR_MS) < ends.div_euclid(HOUR_MS) {
            self.clock.set(Timestamp(ends));
            self.core.step().await.expect("step");
            self.core.members.flush().await.expect("flush");
            self.core.flush().await.expect("flush");
        }
        self.clock.set(Timestamp(ends));
        for some in visits.chunks(AT_ONCE) {
            // What somebody did before signing in ended before, and perhaps in the same quarter.
            let (first, then): (Vec<_>, Vec<_>) = some.iter().partition(|(_, visit)| visit.before);
            join_all(first.iter().map(|(id, visit)| self.send(people, *id, visit))).await;
            join_all(then.iter().map(|(id, visit)| self.send(people, *id, visit))).await;
        }
    }

    async fn until(&self, day: Day, hour: i64) {
        self.clock.set(Timestamp(i64::from(day.0) * DAY_MS + hour * HOUR_MS));
        self.core.step().await.expect("step");
        self.core.members.flush().await.expect("flush");
        self.core.roll().await;
        self.core.flush().await.expect("flush");
        self.core.save().await.expect("save");
        self.core.maintain().await.expect("maintain");
    }

    /// A visit, and an engagement whose seconds are its id and one: the test's own mark, which no attacker is shown.
    async fn send(&self, people: &[Person], id: usize, visit: &Visit) {
        let now = self.clock.now().0;
        let who = &people[visit.person];
        let url = |at: usize| format!("https://{DOMAIN}{}", page(at));
        let mut events: Vec<Value> = Vec::new();
        for event in &visit.events {
            let mut sent = json!({ "name": event.name, "url": url(event.page), "ago_ms": now - event.at_ms });
            if let Some(at) = event.item {
                sent["item"] = json!(item(at));
            }
            events.push(sent);
        }
        let mark = (id + 1) * 1000;
        let first = url(visit.events[0].page);
        events.push(json!({ "name": "engagement", "url": first, "engaged_ms": mark, "ago_ms": now - visit.ends() }));
        let mut body = json!({ "site": DOMAIN, "events": events });
        if visit.signed_in {
            body["token"] = json!(self.identity(visit.person));
        }
        let request = Request::post("/api/v1/events")
            .header("content-type", "text/plain")
            .header("user-agent", &who.user_agent)
            .header("accept-language", who.language);
        let mut request = request.body(Body::from(body.to_string())).expect("request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(who.ip, 443)));
        let answer = self.core.capture.router().oneshot(request).await.expect("answer");
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }

    fn identity(&self, number: usize) -> String {
        let exp = self.clock.now().0 / 1000 + 600;
        let part = |value: Value| BASE64.encode(value.to_string());
        let claims = json!({ "sub": Person::id(number), "aud": DOMAIN, "exp": exp });
        let message = format!("{}.{}", part(json!({ "alg": "HS256" })), part(claims));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, self.secret.as_bytes());
        format!("{message}.{}", BASE64.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes())))
    }

    /// It is noon of the open day, and everything that was sent is in files.
    pub(super) async fn noon(&self) {
        self.clock.set(Timestamp(noon()));
        self.core.step().await.expect("step");
        self.core.settle().await.expect("settled");
    }

    /// Forgets whoever has this number, as the application asks for it.
    pub(super) async fn forget(&self, number: usize, mode: Mode) {
        let site = self.core.registry.by_id(self.site).expect("the site");
        self.core.forget(site.site(), &id(number), mode).await.expect("forgotten");
    }

    /// An answer to an analyst.
    pub(super) async fn ask(&self, kind: &str, question: Value) -> Value {
        let mut body = json!({ "site": DOMAIN });
        body.as_object_mut().expect("an object").extend(question.as_object().expect("an object").clone());
        let (status, answer) = call(&self.api, &self.token, "POST", &format!("/api/v1/insights/{kind}"), body).await;
        assert_eq!(status, 200, "{answer:#}");
        answer
    }
}

pub(super) fn page(at: usize) -> String {
    format!("/articles/about-{at}")
}

pub(super) fn item(at: usize) -> String {
    format!("item-{at}")
}

fn id(number: usize) -> ExternalId {
    ExternalId::new(Person::id(number)).expect("an id")
}

fn noon() -> i64 {
    i64::from(FIRST_DAY.0 + DAYS) * DAY_MS + MORNING_MS
}

fn quarter_of(visit: &Visit) -> i64 {
    visit.ends().div_euclid(QUARTER_MS)
}
