//! Lists over HTTP: a member's own, one by what a request says, those for everybody, and what staff decide about them.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::{Method, Request, StatusCode};
use outis_capture::Sites;
use outis_event::{Mode, Plan, Space};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{House, SITE, Who};
use crate::config::Config;
use crate::control::{NewIssuer, Role, Scope};
use crate::core::models::stock;

const PROGRAM: Who = Who::Program(Scope::People);
const OWNER: Who = Who::Staff(Role::Owner);

fn items() -> Vec<Value> {
    let item = |item: u32| {
        let tags = if item < 6 { json!(["science/stars"]) } else { json!(["art"]) };
        json!({
            "id": format!("i{item}"), "title": format!("Item {item}"), "tags": tags, "kind": if item.is_multiple_of(2) { "book" } else { "film" },
            "published": format!("2026-01-{:02}T00:00:00Z", item + 1), "url": format!("/items/{item}"),
            "attributes": {"free": item.is_multiple_of(3)},
        })
    };
    (0..12).map(item).collect()
}

async fn house() -> House {
    let house = House::new().await;
    let site = house.core.registry.by_domain(SITE).expect("registered").site().id;
    stock(&house.core, site, items()).await;
    house
}

impl House {
    async fn call(&self, who: Who, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let sign = if path.contains('?') { '&' } else { '?' };
        self.ask(who, &method, &format!("{path}{sign}site={SITE}"), body).await
    }

    async fn list(&self, path: &str) -> Value {
        let (status, list) = self.call(PROGRAM, Method::GET, path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {list}");
        list
    }

    async fn agrees(&self, who: &str) {
        let body = json!({ "purpose": "personalisation", "given": true, "version": 1 });
        let path = format!("/api/v1/people/{who}/consent");
        assert_eq!(self.call(PROGRAM, Method::PUT, &path, body).await.0, StatusCode::NO_CONTENT);
    }

    async fn says(&self, who: &str, what: &str) {
        let path = format!("/api/v1/people/{who}/{what}");
        assert_eq!(self.call(PROGRAM, Method::PUT, &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    }
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().expect("a list").iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

fn fallback(list: &Value) -> &str {
    list["computed"]["fallback"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_members_list_follows_what_they_say_at_once() {
    let house = house().await;
    let path = "/api/v1/people/anna/recommendations";
    let (status, _) = house.call(PROGRAM, Method::GET, path, Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "nobody of this id");
    let tags = json!({ "tags": ["science"], "interests": ["art of something"] });
    house.call(PROGRAM, Method::PUT, "/api/v1/people/anna/interests", tags).await;
    let list = house.list(path).await;
    assert!(fallback(&list).contains("has not agreed to personalisation"), "{list}");
    house.agrees("anna").await;
    let list = house.list(path).await;
    assert_eq!(fallback(&list), "");
    assert_eq!(list["items"][0]["reasons"][0], json!({ "kind": "tag_followed", "tag": "science" }), "{list}");
    assert_eq!(list["items"][0]["recommendation_id"], "0.0.0");
    assert!(ids(&list)[..6].iter().all(|id| id[1..].parse::<u32>().is_ok_and(|n| n < 6)), "{list}");
    let first = ids(&list)[0].to_owned();
    house.says("anna", &format!("hidden/{first}")).await;
    assert!(!ids(&house.list(path).await).contains(&first.as_str()), "not wanted: not there any more");
    let (_, why) = house.call(PROGRAM, Method::GET, &format!("{path}/{first}/why"), Value::Null).await;
    assert_eq!((&why["may_be_shown"], &why["not_because"]), (&json!(false), &json!("it is not wanted")));
    house.says("anna", "bookmarks/i7").await;
    let (_, why) = house.call(PROGRAM, Method::GET, &format!("{path}/i9/why"), Value::Null).await;
    assert_eq!(why["reasons"], json!([{ "kind": "bookmarked", "item": "i7", "title": "Item 7" }]), "{why}");
    assert!(
        ids(&house.list(&format!("{path}?filter=kind:book;free:true")).await)
            .iter()
            .all(|id| ["i0", "i6"].contains(id))
    );
    for (wrong, pointer) in [("limit=0", "/limit"), ("limit=many", "/limit"), ("filter=kind", "/filter")] {
        let (status, answer) = house.call(PROGRAM, Method::GET, &format!("{path}?{wrong}"), Value::Null).await;
        assert_eq!((status, &answer["error"]["pointer"]), (StatusCode::BAD_REQUEST, &json!(pointer)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_request_says_gives_the_list_of_a_member_who_says_the_same() {
    let house = house().await;
    house.agrees("anna").await;
    house.says("anna", "likes/i1").await;
    house.says("anna", "bookmarks/i2").await;
    let stored = house.list("/api/v1/people/anna/recommendations").await;
    let body = json!({ "likes": ["i1", "of no catalogue"], "bookmarks": ["i2"] });
    let (status, stateless) = house.call(Who::Nobody, Method::POST, "/api/v1/recommendations", body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(stateless["items"], stored["items"]);
    assert_eq!(stateless["computed"]["unknown"], 1);
    let (status, answer) =
        house.call(Who::Nobody, Method::POST, "/api/v1/recommendations", json!({ "id": "anna" })).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("malformed")));
    let many: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    let (_, answer) = house.call(Who::Nobody, Method::POST, "/api/v1/recommendations", json!({ "seen": many })).await;
    assert_eq!(answer["error"]["pointer"], "/seen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_signed_in_gets_a_list_with_their_own_token() {
    let house = house().await;
    let site = house.core.registry.by_domain(SITE).expect("registered").site().id;
    let secret = house.core.identity.set(site, SITE, NewIssuer::Secret, &house.core.members).await.expect("set");
    let part = |value: Value| BASE64.encode(value.to_string());
    let claims = json!({ "sub": "anna", "aud": SITE, "exp": house.core.clock.now().0 / 1000 + 600 });
    let message = format!("{}.{}", part(json!({ "alg": "HS256" })), part(claims));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.expect("a secret").as_bytes());
    let token = format!("{message}.{}", BASE64.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes())));
    let (status, list) = house.ask_with(&token, "/api/v1/people/me/recommendations?limit=3").await;
    assert_eq!((status, ids(&list).len()), (StatusCode::OK, 3), "{list}");
    assert!(fallback(&list).contains("has not agreed"));
    let (status, _) = house.ask_with("of nobody", "/api/v1/people/me/recommendations").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_for_everybody_need_no_token_and_say_what_took_their_place() {
    let house = house().await;
    let open = async |path: &str| house.call(Who::Nobody, Method::GET, path, Value::Null).await.1;
    let similar = open("/api/v1/items/i1/similar").await;
    assert_eq!(ids(&similar).len(), 5, "by tags: {similar}");
    assert_eq!(similar["items"][0]["reasons"][0], json!({ "kind": "similar_to", "item": "i1", "title": "Item 1" }));
    assert!(fallback(&open("/api/v1/items/nothing/similar").await).contains("there is no item of this id"));
    let latest = open("/api/v1/latest?limit=2").await;
    assert_eq!(ids(&latest), ["i11", "i10"]);
    let trending = open("/api/v1/trending").await;
    assert!(!ids(&trending).is_empty() && fallback(&trending).contains("nothing is more acted on than usual"));
    let elsewhere = house.ask(Who::Nobody, &Method::GET, "/api/v1/latest?site=other.example", Value::Null).await;
    assert_eq!(elsewhere.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_may_keep_its_lists_to_whoever_it_knows() {
    let house = house().await;
    let lists = ["/api/v1/items/i1/similar", "/api/v1/trending", "/api/v1/latest", "/api/v1/recommendations"];
    let call = async |who: Who, path: &str| {
        let method = if path.ends_with("recommendations") { Method::POST } else { Method::GET };
        house.call(who, method, path, Value::Null).await
    };
    let (_, settings) = house.call(OWNER, Method::GET, "/api/v1/settings", Value::Null).await;
    assert_eq!(settings["policy"]["public_lists"], true, "open unless the site says otherwise");
    let closing = json!({ "site": SITE, "policy": { "public_lists": false } });
    assert_eq!(house.ask(OWNER, &Method::PUT, "/api/v1/settings", closing).await.0, StatusCode::NO_CONTENT);
    let (_, told) = house.call(OWNER, Method::GET, "/api/v1/collection", Value::Null).await;
    assert_eq!(told["policy"]["public_lists"], false);
    for path in lists {
        for who in [Who::Nobody, Who::Program(Scope::Stats)] {
            let (status, answer) = call(who, path).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{who:?} {path}");
            assert_eq!(answer["error"]["code"], "lists_closed");
            assert!(answer["items"].is_null());
        }
        let known = [Who::Member("anna"), Who::Staff(Role::Viewer), Who::Program(Scope::Items), PROGRAM];
        for who in known {
            let (status, list) = call(who, path).await;
            assert_eq!((status, ids(&list).is_empty()), (StatusCode::OK, false), "{who:?} {path}: {list}");
        }
    }
}

impl House {
    async fn calls_from(&self, network: u8, path: &str) -> http::Response<axum::body::Body> {
        let mut request = http::Request::get(path).body(axum::body::Body::empty()).expect("a request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, network], 443))));
        self.router.clone().oneshot(request).await.expect("an answer")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_lists_are_not_asked_for_without_end() {
    let config = Config { lists_per_second_per_network: 1, lists_per_second_per_site: 2, ..Config::default() };
    let house = House::with(config).await;
    let path = format!("/api/v1/latest?site={SITE}");
    let status = async |network: u8, path: &str| house.calls_from(network, path).await.status();
    for _ in 0..10 {
        assert_eq!(status(1, &path).await, StatusCode::OK);
    }
    let refused = house.calls_from(1, &path).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(status(1, "/api/v1/latest?site=other.example").await, StatusCode::TOO_MANY_REQUESTS, "whatever it is");
    let item = format!("/api/v1/items/nothing?site={SITE}");
    assert_eq!(status(1, &item).await, StatusCode::TOO_MANY_REQUESTS, "single items count with them");
    assert_eq!(status(99, &item).await, StatusCode::NOT_FOUND);
    // Other networks have their own limit, until the site's is reached.
    for network in 2..12 {
        assert_eq!(status(network, &path).await, StatusCode::OK);
    }
    let (code, answer) = house.call(Who::Nobody, Method::GET, "/api/v1/latest", Value::Null).await;
    assert_eq!((code, &answer["error"]["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("too_many_lists")));
    for who in [PROGRAM, Who::Program(Scope::Items), OWNER, Who::Member("anna")] {
        for _ in 0..30 {
            assert_eq!(house.call(who, Method::GET, "/api/v1/latest", Value::Null).await.0, StatusCode::OK, "{who:?}");
        }
    }
    house.clock.advance_ms(1_000);
    assert_eq!(status(1, &path).await, StatusCode::OK);
    assert_eq!(status(1, &path).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_asks_for_many_members_at_once() {
    let house = house().await;
    for who in ["anna", "bert"] {
        house.agrees(who).await;
    }
    house.says("anna", "likes/i1").await;
    let batch = async |body: Value| house.call(PROGRAM, Method::POST, "/api/v1/recommendations/batch", body).await;
    let (status, answer) = batch(json!({ "members": ["anna", "nobody", "bert"], "limit": 2 })).await;
    assert_eq!(status, StatusCode::OK);
    let lists = answer["lists"].as_array().expect("a list");
    assert_eq!((lists.len(), &answer["unknown"]), (2, &json!(1)));
    assert_eq!((&lists[0]["member"], lists[0]["items"].as_array().map(Vec::len)), (&json!("anna"), Some(2)));
    assert_eq!(lists[0]["items"][0]["reasons"][0]["kind"], "liked");
    let many: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    let (status, answer) = batch(json!({ "members": many })).await;
    assert_eq!((status, &answer["error"]["pointer"]), (StatusCode::BAD_REQUEST, &json!("/members")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn editors_decide_and_contradict_themselves_nowhere() {
    let house = house().await;
    let put = async |body: Value| house.call(OWNER, Method::PUT, "/api/v1/placements", body).await;
    let home = json!({ "name": "home", "explore": 0.0, "rules": [
        { "pin": { "item": "i9", "rank": 0 } }, { "boost": { "tag": "art", "factor": 2.0 } }, { "exclude": { "item": "i8" } },
    ] });
    assert_eq!(put(home.clone()).await.0, StatusCode::NO_CONTENT);
    let list = house.list("/api/v1/trending?placement=home").await;
    assert_eq!((ids(&list)[0], &list["items"][0]["reasons"][0]["kind"]), ("i9", &json!("editorial")), "{list}");
    assert_eq!(list["items"][0]["recommendation_id"], "16.0.0");
    assert!(!ids(&list).contains(&"i8"));
    let rule = |rules: Value| json!({ "name": "other", "rules": rules });
    for (wrong, pointer) in [
        (rule(json!([{ "pin": { "item": "i9", "rank": 0 } }, { "exclude": { "tag": "art" } }])), "/rules/1"),
        (rule(json!([{ "pin": { "item": "not there", "rank": 0 } }])), "/rules/0/pin/item"),
        (rule(json!([{ "boost": { "tag": "not there", "factor": 2.0 } }])), "/rules/0/boost/tag"),
        (rule(json!([{ "boost": { "tag": "art", "factor": 100.0 } }])), "/rules/0"),
        (json!({ "name": "latest" }), "/name"),
        (json!({ "name": "a b" }), "/name"),
        (json!({ "name": "other", "diversity": 2.0 }), "/diversity"),
        (json!({ "name": "other", "variants": [{ "name": "a", "share": 0 }] }), "/variants"),
        (
            json!({ "name": "other", "variants": [{ "name": "a", "share": 1, "rules": [{ "must_have_tag": "x" }] }] }),
            "/variants/0/rules/0/must_have_tag",
        ),
    ] {
        let (status, answer) = put(wrong).await;
        assert_eq!((status, &answer["error"]["pointer"]), (StatusCode::BAD_REQUEST, &json!(pointer)), "{answer}");
    }
    let variants = json!([{ "name": "plain", "share": 1, "rules": [] }, { "name": "art", "share": 1 }]);
    let tested =
        json!({ "name": "tested", "explore": 0.0, "rules": [{ "must_have_tag": "art" }], "variants": variants });
    assert_eq!(put(tested).await.0, StatusCode::NO_CONTENT);
    let mut seen = std::collections::BTreeSet::new();
    for visit in 0..40 {
        let body = json!({ "placement": "tested", "visit": visit.to_string() });
        let list = house.call(Who::Nobody, Method::POST, "/api/v1/recommendations", body.clone()).await.1;
        let again = house.call(Who::Nobody, Method::POST, "/api/v1/recommendations", body).await.1;
        assert_eq!(list, again, "the same visit sees the same variant");
        seen.insert((list["computed"]["variant"].to_string(), ids(&list).len()));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [("\"art\"".to_owned(), 6), ("\"plain\"".to_owned(), 12)]);
    let (_, report) = house.call(OWNER, Method::GET, "/api/v1/placements/report?name=tested", Value::Null).await;
    assert!(report["variants"][1]["not_compared"].as_str().is_some_and(|why| why.contains("too few")), "{report}");
    // A number is never given to another.
    assert_eq!(
        house.call(OWNER, Method::DELETE, "/api/v1/placements?name=home", Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    assert!(fallback(&house.list("/api/v1/latest?placement=home").await).contains("no placement of this name"));
    assert_eq!(put(json!({ "name": "third" })).await.0, StatusCode::NO_CONTENT);
    put(home).await;
    let (_, all) = house.call(OWNER, Method::GET, "/api/v1/placements", Value::Null).await;
    let numbers: Vec<_> =
        all["placements"].as_array().expect("a list").iter().map(|p| (&p["name"], &p["number"])).collect();
    assert_eq!(json!(numbers), json!([["home", 16], ["tested", 17], ["third", 18]]));
}

/// What a page of the site sends of one visitor, who has an address of their own.
async fn visits(house: &House, number: u32, events: Value) {
    let body = json!({ "site": SITE, "events": events }).to_string();
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let request = Request::post("/api/v1/events").header("content-type", "text/plain").header("user-agent", agent);
    let mut request = request.body(Body::from(body)).expect("a request");
    let address = std::net::Ipv4Addr::from(0x5b00_0000 + 256 * number);
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from((address, 443))));
    let answer = house.core.capture.router().oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
}

/// Visitors see lists of the placement, and click on what they see more often in one of its variants.
async fn look_at(house: &House, count: u32, clicked_in_ten: impl Fn(&str) -> u32) {
    let url = format!("https://{SITE}/");
    for number in 0..count {
        let asked = json!({ "placement": "home", "visit": number.to_string(), "limit": 3 });
        // The application's server asks for them: one network alone may not ask so often.
        let list = house.call(Who::Program(Scope::Items), Method::POST, "/api/v1/recommendations", asked).await.1;
        let variant = list["computed"]["variant"].as_str().expect("a variant");
        let told = format!("{}.{variant}", list["computed"]["placement"].as_str().expect("a placement"));
        let shown = json!({ "name": "recommendation shown", "url": url, "properties": { "variant": told } });
        let mut events = vec![json!({ "name": "pageview", "url": url }), shown];
        if number % 10 < clicked_in_ten(variant) {
            let item = &list["items"][0]["id"];
            let said = json!({ "variant": told, "rank": 0 });
            events.push(json!({ "name": "recommendation clicked", "url": url, "properties": said, "item": item }));
        }
        visits(house, number, json!(events)).await;
    }
    house.core.step().await.expect("written");
    house.core.flush().await.expect("flushed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variants_are_compared_on_a_site_whose_plan_says_nothing_of_suggestions() {
    let house = house().await;
    let site = house.core.registry.settings()[0].clone();
    let strict = Plan { mode: Mode::Strict, ..site.plan.clone() };
    house.core.control.set_plan(site.id, &strict).await.expect("set");
    house.core.registry.reload().await.expect("read");
    let variants =
        json!([{ "name": "usual", "share": 1 }, { "name": "art", "share": 1, "rules": [{ "must_have_tag": "art" }] }]);
    let home = json!({ "name": "home", "rules": [{ "pin": { "item": "i9", "rank": 0 } }], "variants": variants });
    assert_eq!(house.call(OWNER, Method::PUT, "/api/v1/placements", home).await.0, StatusCode::NO_CONTENT);
    look_at(&house, 600, |variant| if variant == "art" { 4 } else { 2 }).await;
    let (status, report) = house.call(OWNER, Method::GET, "/api/v1/placements/report?name=home", Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    let of = |at: usize| &report["variants"][at];
    for at in [0, 1] {
        assert!(of(at)["saw"].as_u64().is_some_and(|saw| (200..400).contains(&saw)), "{report}");
    }
    let beside = &of(1)["beside_control"];
    assert_eq!((&of(0)["beside_control"], &beside["test"]), (&Value::Null, &json!("two_proportion_z")), "{report}");
    let lift = beside["lift"].as_f64().expect("a lift");
    assert!((0.6..1.6).contains(&lift) && beside["p_value"].as_f64().is_some_and(|p| p < 0.001), "{report}");
    assert!(beside["difference_95"][0].as_f64().is_some_and(|from| from > 0.0), "{report}");
    // A name that no placement has is no word of the site.
    let forged = json!({ "name": "recommendation shown", "url": format!("https://{SITE}/"), "properties": { "variant": "canary.x" } });
    visits(&house, 1_000, json!([forged])).await;
    let words = house.core.warehouse.vocabulary(site.id);
    let variant = words.lookup(Space::PROPERTY, "variant").expect("counted");
    assert_eq!(words.lookup(Space::values_of(variant), "canary.x"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_see_how_learning_goes_and_no_exact_number_of_members() {
    let house = house().await;
    for who in 0..13 {
        let who = format!("member-{who}");
        house.agrees(&who).await;
        house.says(&who, "likes/i1").await;
    }
    let settings = house.core.registry.settings()[0].clone();
    house.core.models.learn(&settings, crate::core::models::Wanted::Now).await.expect("learnt");
    let (status, told) = house.call(Who::Staff(Role::Viewer), Method::GET, "/api/v1/models", Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&told["counts"]["members"], &told["waiting"]["changed_members"]), (&json!(10), &json!(10)));
    assert_eq!((&told["model"]["tier"], &told["model"]["version"]), (&json!("content"), &json!(1)));
    assert_eq!(
        (&told["batches"][0]["outcome"], &told["batches"][0]["members"]),
        (&json!("nothing_to_learn"), &json!(10))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_members_say_they_like_is_told_by_tag_with_enough_of_them() {
    let house = house().await;
    let settings = house.core.registry.settings()[0].clone();
    let learn = async || {
        house.clock.advance_ms(25 * 3_600_000);
        house.core.models.learn(&settings, crate::core::models::Wanted::WhenDue).await.expect("learnt");
    };
    let liked = async || {
        let (status, told) =
            house.call(Who::Staff(Role::Viewer), Method::GET, "/api/v1/models/liked", Value::Null).await;
        assert_eq!(status, StatusCode::OK);
        told
    };
    let says = async |range: std::ops::Range<u32>, item: &str| {
        for who in range.map(|who| format!("member-{who}")) {
            house.agrees(&who).await;
            house.says(&who, &format!("likes/{item}")).await;
        }
    };
    says(0..13, "i1").await;
    learn().await;
    let told = liked().await;
    assert_eq!((&told["counted_ms"], &told["tags"]), (&Value::Null, &json!([])), "too few have said anything: {told}");
    // Nine of another tag.
    says(13..23, "i2").await;
    says(0..9, "i7").await;
    learn().await;
    let told = liked().await;
    let expected = json!([{ "tag": "science", "members": 25 }, { "tag": "science/stars", "members": 25 }]);
    assert_eq!((&told["tags"], &told["members"], &told["hidden"]), (&expected, &json!(25), &json!(1)), "{told}");
    // One more is told with nineteen others only.
    says(9..12, "i7").await;
    learn().await;
    assert_eq!(liked().await, told);
    says(30..50, "i8").await;
    learn().await;
    let told = liked().await;
    assert_eq!(told["tags"][0], json!({ "tag": "art", "members": 30 }), "{told}");
}
