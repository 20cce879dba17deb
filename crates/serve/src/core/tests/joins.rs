//! What product analytics joins to a person afterwards is never joined here: six ways of it, on what is stored.
//!
//! Amplitude gives events before a login to who logs in later, events after a logout to who was there last, merges two ids that
//! one device had and two devices that one id had, takes a device for the same in all projects, and knows it on other days.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::ConnectInfo;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::{Request, StatusCode};
use outis_event::{Dimension, Link, Policy, Shields};
use outis_people::{ExternalId, Purpose};
use serde_json::json;
use tower::ServiceExt;

use super::loot::Loot;
use super::town::{Town, domain};
use crate::control::NewIssuer;

const LAPTOP: &str = "91.0.0.7";
const PHONE: &str = "91.44.3.201";
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Two sites of one server, which link as far as they may.
struct Sites {
    town: Town,
    secrets: Vec<String>,
}

impl Sites {
    async fn begin() -> Sites {
        let town = Town::new(2).await;
        let policy = Policy { admission: 1, link: Link::Period, ..Policy::default() };
        let mut secrets = Vec::new();
        for (number, (site, _)) in town.sites.iter().enumerate() {
            town.core.control.set_settings(*site, &policy, &Shields::default(), &[]).await.expect("set");
            let secret = town.core.identity.set(*site, &domain(number), NewIssuer::Secret, &town.core.members).await;
            secrets.push(secret.expect("set").expect("a secret"));
            let people = &town.core.members.people;
            for id in ["anna", "bert"] {
                let id = ExternalId::new(id.to_owned()).expect("an id");
                let active = people.find_or_make(*site, &id).await.expect("made");
                people.consent(&active, Purpose::Link, true, 1, town.clock_now()).await.expect("agreed");
            }
        }
        town.core.step().await.expect("step");
        Sites { town, secrets }
    }

    fn token(&self, site: usize, id: &str) -> String {
        let exp = self.town.clock_now().0 / 1000 + 600;
        let part = |value: serde_json::Value| BASE64.encode(value.to_string());
        let claims = json!({ "sub": id, "aud": domain(site), "exp": exp });
        let message = format!("{}.{}", part(json!({ "alg": "HS256" })), part(claims));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, self.secrets[site].as_bytes());
        format!("{message}.{}", BASE64.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes())))
    }

    /// A device looks at a page, signed in as somebody or not.
    async fn view(&self, site: usize, device: &str, who: Option<&str>, page: &str) {
        let mut body = json!({ "site": domain(site), "events": [
            { "name": "pageview", "url": format!("https://{}{page}", domain(site)) },
        ] });
        if let Some(who) = who {
            body["token"] = json!(self.token(site, who));
        }
        let request = Request::post("/api/v1/events").header("content-type", "text/plain").header("user-agent", AGENT);
        let mut request = request.body(Body::from(body.to_string())).expect("request");
        let peer = format!("{device}:443").parse::<std::net::SocketAddr>().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = self.town.core.capture.router().oneshot(request).await.expect("answer");
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }

    /// Whose row each page is in, by the number that is stored with all keys at hand.
    async fn numbers(&mut self) -> BTreeMap<String, u64> {
        self.town.core.members.flush().await.expect("flushed");
        self.town.write().await;
        let copy = self.town.copy(true);
        let loot = Loot::of(std::slice::from_ref(&copy), &[&copy]).await;
        let mut numbers = BTreeMap::new();
        for (site, _) in &self.town.sites {
            let words = self.town.core.warehouse.vocabulary(*site);
            let prefix = format!("rows/{}/", site.0);
            for found in loot.rows.iter().filter(|found| found.path.starts_with(&prefix)) {
                for row in 0..found.batch.rows {
                    let term = found.batch.terms[Dimension::Page.index()].get(row).copied().unwrap_or_default();
                    let page = words.text(Dimension::Page, term).unwrap_or_default().to_string();
                    numbers.insert(page, found.batch.visitor[row]);
                }
            }
        }
        numbers
    }
}

impl Town {
    fn clock_now(&self) -> outis_event::Timestamp {
        use outis_event::Clock;
        self.clock.now()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_came_unsigned_is_joined_to_a_member_in_any_of_six_ways() {
    let mut sites = Sites::begin().await;
    for (site, device, who, page) in [
        (0, LAPTOP, None, "/before"),
        (0, LAPTOP, Some("anna"), "/anna"),
        (0, LAPTOP, None, "/after"),
        (0, LAPTOP, Some("bert"), "/bert"),
        (0, PHONE, None, "/phone"),
        (0, PHONE, Some("anna"), "/anna-on-the-phone"),
        (1, LAPTOP, None, "/elsewhere"),
        (1, LAPTOP, Some("anna"), "/anna-elsewhere"),
    ] {
        sites.view(site, device, who, page).await;
        sites.town.clock.advance_ms(60_000);
    }
    let first = sites.numbers().await;
    sites.town.until("2026-11-24T08:00:00Z").await;
    sites.view(0, LAPTOP, None, "/tomorrow").await;
    sites.view(0, LAPTOP, Some("anna"), "/anna-tomorrow").await;
    let numbers = sites.numbers().await;
    let of = |page: &str| *first.get(page).or(numbers.get(page)).unwrap_or_else(|| panic!("{page}: {numbers:?}"));

    // Numbers do join what they are to: otherwise nothing below would say anything.
    assert_eq!(of("/before"), of("/after"), "one device on one day is one visitor");
    assert_eq!(of("/anna"), of("/anna-on-the-phone"), "a member is one visitor on all devices");
    for (way, one, other) in [
        ("before the login", "/before", "/anna"),
        ("after the logout", "/after", "/anna"),
        ("after the logout of whoever is next", "/after", "/bert"),
        ("two ids on one device", "/anna", "/bert"),
        ("a second device before the login there", "/phone", "/anna-on-the-phone"),
        ("two devices of one id", "/phone", "/before"),
        ("another site of the server", "/elsewhere", "/before"),
        ("a member of both sites", "/anna-elsewhere", "/anna"),
        ("another day", "/tomorrow", "/before"),
        ("another day before the login", "/tomorrow", "/anna-tomorrow"),
        ("a member on another day", "/anna-tomorrow", "/anna"),
    ] {
        assert_ne!(of(one), of(other), "{way}");
    }
}
