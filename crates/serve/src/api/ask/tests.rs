//! Questions in words over HTTP, on Friday 15 January 2027, of a site with a plan of its own.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use outis_event::{Plan, PlannedEvent};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::api::tests::{House, SITE, Who};
use crate::control::{Role, Scope};
use crate::core::models::stock;

const VIEWER: Who = Who::Staff(Role::Viewer);

impl House {
    async fn with_plan() -> House {
        let house = House::new().await;
        let plan = Plan {
            events: [("download".to_owned(), PlannedEvent::default())].into(),
            pages: vec!["/help/opening-hours".to_owned()],
            ..Plan::default()
        };
        let site = house.core.registry.settings()[0].id;
        house.core.control.set_plan(site, &plan).await.expect("set");
        house.core.step().await.expect("step");
        house.sends("download").await;
        house
    }

    /// An event, so that there are events of this name.
    async fn sends(&self, name: &str) {
        let event = json!({ "name": name, "url": format!("https://{SITE}/pricing") });
        let request = Request::post("/api/v1/events")
            .header("content-type", "text/plain")
            .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
            .body(Body::from(json!({ "site": SITE, "events": [event] }).to_string()))
            .expect("a request");
        let answer = self.core.capture.router().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }

    async fn asks(&self, text: &str) -> Value {
        let (status, answer) = self.ask_in_words(VIEWER, json!({ "text": text })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    async fn ask_in_words(&self, who: Who, body: Value) -> (StatusCode, Value) {
        self.ask(who, &Method::POST, &format!("/api/v1/ask?site={SITE}"), body).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_in_words_becomes_a_call_that_is_answered() {
    let house = House::with_plan().await;
    let texts = [
        "downloads per country last month compared with the month before",
        "Downloads pro Land letzten Monat verglichen mit dem Monat davor",
    ];
    for text in texts {
        let answer = house.asks(text).await;
        assert_eq!(answer["understood"], "question", "{answer}");
        assert_eq!(answer["request"]["path"], "/api/v1/insights/breakdown");
        let expected = json!({
            "site": SITE,
            "period": { "preset": "last_month" },
            "metrics": ["events"],
            "dimension": "country",
            "filters": [["is", "event", ["download"]]],
            "compare": { "mode": "custom", "from": "2026-11-01", "to": "2026-11-30", "match_day_of_week": false },
        });
        assert_eq!(answer["request"]["body"], expected, "{text}");
    }
    // Long enough after the first event for what the last 28 days are asked about.
    house.clock.advance_ms(40 * 86_400_000);
    let questions = [
        ("visitors from austria yesterday", "totals"),
        ("visitors per day last month", "series"),
        ("which pages lose visitors", "breakdown"),
        ("funnel from /pricing to opening hours", "funnel"),
        ("weekly retention since February", "retention"),
        ("lifecycle of members", "lifecycle"),
        ("what do people do before download", "journeys"),
        ("where do people go after the home page", "journeys"),
        ("how long do people stay", "visits"),
        ("conversions by source last month", "goals"),
        ("which features are used most", "features"),
        ("most downloaded items last week", "items"),
        ("what brings downloads this month", "attribution"),
    ];
    for (text, kind) in questions {
        let answer = house.asks(text).await;
        assert_eq!(answer["understood"], "question", "{text}: {answer}");
        let path = answer["request"]["path"].as_str().expect("a call");
        assert_eq!(path, format!("/api/v1/insights/{kind}"), "{text}");
        let (status, told) = house.ask(VIEWER, &Method::POST, path, answer["request"]["body"].clone()).await;
        assert_eq!(status, StatusCode::OK, "{text}: {told}");
    }
    let funnel = house.asks("funnel from /pricing to opening hours").await;
    let steps = json!([{ "page": "/pricing" }, { "page": "/help/opening-hours" }]);
    assert_eq!(funnel["request"]["body"]["steps"], steps, "pages are named by their words");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_understood_is_pointed_at_and_nothing_is_made_up() {
    let house = House::with_plan().await;
    let answer = house.asks("Ä visitors by shoe size").await;
    assert_eq!(answer["understood"], "unclear");
    let places: Vec<&Value> =
        answer["why"].as_array().expect("a list").iter().filter(|w| w["what"] == "word").map(|w| &w["place"]).collect();
    assert_eq!(
        places,
        [&json!({ "from": 0, "to": 1 }), &json!({ "from": 14, "to": 18 }), &json!({ "from": 19, "to": 23 })]
    );
    assert_eq!(house.asks("who visited /pricing yesterday").await["out_of_scope"], "about_somebody");
    let answer = house.asks("what is the weather today").await;
    assert_eq!((&answer["out_of_scope"], &answer["request"]), (&json!("unknown"), &Value::Null));
    let answer = house.asks("funnel from home").await;
    assert_eq!(answer["understood"], "unclear");
    assert!(answer["why"].as_array().is_some_and(|why| why.iter().any(|why| why["message"] == "steps")), "{answer}");
    assert_eq!(house.asks("").await["understood"], "out_of_scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_staff_ask_and_errors_hold_nothing_of_what_was_sent() {
    let house = House::with_plan().await;
    for body in [json!({ "text": "canary ".repeat(300) }), json!({ "canary": 1 }), json!({ "text": ["canary"] })] {
        let (status, answer) = house.ask_in_words(VIEWER, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(!answer.to_string().contains("canary"), "{answer}");
    }
    let body = json!({ "text": "visitors yesterday" });
    let (status, _) = house.ask_in_words(Who::Program(Scope::Stats), body).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    // Not even a word that stands in the text comes back: the dashboard has the text, and points at it.
    let answer = house.asks("visitors by canary and https://example.org/canary").await;
    assert!(!answer["why"].to_string().contains("canary") && !answer["suggestions"].to_string().contains("canary"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_are_named_by_their_titles_and_tags_by_their_names() {
    let house = House::with_plan().await;
    let site = house.core.registry.settings()[0].id;
    let items = (0..300)
        .map(|n| json!({ "id": format!("i{n}"), "title": format!("Notes on maps, part {n}"), "tags": ["maps"] }));
    let one = json!({ "id": "/downloads/oa", "title": "Open access: handbook", "tags": ["science/open-access"] });
    let hidden = json!({ "id": "hidden", "title": "Purple secrets", "tags": ["purple"], "hidden": true });
    stock(&house.core, site, items.chain([one, hidden]).collect()).await;
    let filters = async |text: &str| {
        let answer = house.asks(text).await;
        assert_eq!(answer["understood"], "question", "{text}: {answer}");
        let (path, body) = (answer["request"]["path"].as_str().expect("a call"), answer["request"]["body"].clone());
        let (status, told) = house.ask(VIEWER, &Method::POST, path, body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{text}: {told}");
        let named = body["filters"].to_string().contains("/downloads/oa");
        assert_eq!(answer["titles"]["/downloads/oa"] == "Open access: handbook", named, "{answer}");
        body["filters"].clone()
    };
    let download = json!(["is", "event", ["download"]]);
    let item = json!(["is", "item", ["/downloads/oa"]]);
    assert_eq!(filters("downloads of Open access: handbook last week").await, json!([download, item]));
    assert_eq!(filters("how many downloads of open acess handbook yesterday").await, json!([download, item]));
    assert_eq!(filters("visitors of notes on maps part 7 last week").await, json!([["is", "item", ["i7"]]]));
    let tag = json!(["is", "tag", ["science/open-access"]]);
    assert_eq!(filters("downloads of open access per country last month").await, json!([download, tag]));
    let answer = house.asks("downloads of purple secrets last week").await;
    assert_eq!(answer["understood"], "unclear", "what is hidden is no word: {answer}");
}
