//! From an event to an answer, and from a setup link to a signed-in member of staff.

use serde_json::json;

use super::server::{Place, view};

const SITE: &str = "example.org";

fn totals() -> serde_json::Value {
    json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["visitors", "visits", "pageviews"] })
}

#[tokio::test]
async fn an_event_is_answered_about_also_after_a_crash_and_after_an_orderly_end() {
    let place = Place::new();
    place.outis(&["site", "add", SITE, "--floor", "1", "--admission", "1"]);
    let token = place.outis(&["token", "create", "--site", SITE]);
    let server = place.start().await;
    for path in ["/a", "/b", "/a"] {
        let answer = server.post("/api/event", &[], &view(SITE, path)).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (202, "ok"));
    }
    let counted = |answer: &serde_json::Value| answer["rows"][0]["values"] == json!([1, 1, 3]);
    server.until(&token, "totals", totals(), counted).await;
    server.kill();
    let server = place.start().await;
    server.until(&token, "totals", totals(), counted).await;
    server.stop();
    let server = place.start().await;
    let pages = json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["pageviews"], "dimension": "page" });
    let answer = server.ask(&token, "breakdown", pages).await;
    assert_eq!(answer["rows"][0]["keys"], json!(["/a"]));
    assert_eq!(answer["rows"][0]["values"], json!([2]));
    assert_eq!(answer["rows"][1]["values"], json!([1]));
    let query = json!({ "site_id": SITE, "metrics": ["visitors", "pageviews"], "date_range": "day" });
    let bearer = format!("Bearer {token}");
    let answer = server.post("/api/v2/query", &[("authorization", &bearer)], &query).await;
    assert_eq!(answer.json()["results"], json!([{ "dimensions": [], "metrics": [1, 3] }]));
    server.stop();
}

#[tokio::test]
async fn a_setup_link_makes_an_account_that_signs_in_and_out() {
    let place = Place::new();
    place.outis(&["site", "add", SITE]);
    let server = place.start().await;
    let link = place.outis(&["setup"]);
    let code = link.split('#').nth(1).expect("a code");
    let same = [("sec-fetch-site", "same-origin")];
    let account = json!({ "code": code, "email": "a@example.org", "password": "a long enough password" });
    let answer = server.post("/api/v1/setup", &[], &account).await;
    assert_eq!(answer.status.as_u16(), 403, "a page of another origin cannot use the link");
    let answer = server.post("/api/v1/setup", &same, &account).await;
    assert_eq!(answer.status.as_u16(), 204, "{}", answer.text());
    let again = server.post("/api/v1/setup", &same, &account).await;
    assert_eq!(again.status.as_u16(), 400);
    assert!(again.text().contains("setup_code"), "{}", again.text());
    let cookie = answer.headers["set-cookie"].to_str().expect("text").to_owned();
    for part in ["__Host-outis=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let session = server.get("/api/v1/session", &[("cookie", &cookie)]).await;
    assert_eq!(session.json()["email"], "a@example.org");
    assert_eq!(session.json()["sites"][0]["site"], SITE);
    assert_eq!(session.json()["sites"][0]["development"], false);
    assert_eq!(server.get("/api/v1/session", &[]).await.status.as_u16(), 401);
    let signed = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    let answer = server.post("/api/v1/insights/totals", &signed, &totals()).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let foreign = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(server.post("/api/v1/insights/totals", &foreign, &totals()).await.status.as_u16(), 403);
    let answer = super::http::send(server.at, "DELETE", "/api/v1/session", &signed, "").await.expect("an answer");
    assert_eq!(answer.status.as_u16(), 204);
    assert_eq!(server.get("/api/v1/session", &[("cookie", &cookie)]).await.status.as_u16(), 401);
    server.stop();
}

#[tokio::test]
async fn a_token_opens_its_own_site_only_and_others_look_like_none() {
    let place = Place::new();
    place.outis(&["site", "add", SITE]);
    place.outis(&["site", "add", "other.example"]);
    let token = place.outis(&["token", "create", "--site", "other.example"]);
    let server = place.start().await;
    let bearer = format!("Bearer {token}");
    let signed = [("authorization", bearer.as_str())];
    let foreign = server.post("/api/v1/insights/totals", &signed, &totals()).await;
    let mut nowhere = totals();
    nowhere["site"] = json!("nowhere.example");
    let unknown = server.post("/api/v1/insights/totals", &signed, &nowhere).await;
    assert_eq!((foreign.status.as_u16(), foreign.text()), (404, unknown.text()));
    let wrong = server.post("/api/v1/insights/totals", &[("authorization", "Bearer outis_x")], &totals()).await;
    assert_eq!(wrong.status.as_u16(), 401);
    let query = json!({ "site_id": SITE, "metrics": ["visitors"], "date_range": "day" });
    let refused = server.post("/api/v2/query", &signed, &query).await;
    assert_eq!(refused.status.as_u16(), 401);
    assert!(refused.text().starts_with(r#"{"error":"Invalid API key or site ID."#), "{}", refused.text());
    server.stop();
}

#[tokio::test]
async fn a_site_added_beside_the_running_server_is_taken_over() {
    let place = Place::new().with("hide_unknown_sites", "false");
    place.outis(&["site", "add", SITE]);
    let server = place.start().await;
    let unknown = server.post("/api/event", &[], &view("new.example", "/")).await;
    assert_eq!(unknown.headers["x-outis-reason"], "unknown_site");
    place.outis(&["site", "add", "new.example"]);
    for _ in 0..300 {
        let answer = server.post("/api/event", &[], &view("new.example", "/")).await;
        if !answer.headers.contains_key("x-outis-reason") {
            return server.stop();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the new site was never taken over");
}

#[tokio::test]
async fn the_admin_listener_tells_health_and_numbers_without_sites() {
    let place = Place::new();
    place.outis(&["site", "add", SITE, "--floor", "1", "--admission", "1"]);
    let server = place.start().await;
    server.post("/api/event", &[], &view(SITE, "/some-page")).await;
    let ready = super::http::send(server.admin, "GET", "/readyz", &[], "").await.expect("an answer");
    assert_eq!(ready.json()["ready"], true, "{}", ready.text());
    let numbers = super::http::send(server.admin, "GET", "/metrics", &[], "").await.expect("an answer").text();
    assert!(numbers.contains("outis_events_stored_total 1"), "{numbers}");
    assert!(!numbers.contains("example.org") && !numbers.contains("some-page"), "{numbers}");
    assert!(!server.get("/metrics", &[]).await.text().contains("outis_events_stored"));
    let description = server.get("/api/openapi.json", &[]).await.json();
    assert!(description["paths"]["/api/v1/events"]["post"].is_object());
    server.stop();
}

#[tokio::test]
async fn a_funnel_is_answered_from_what_came_in() {
    let place = Place::new();
    place.outis(&["site", "add", SITE, "--floor", "1", "--admission", "1"]);
    let token = place.outis(&["token", "create", "--site", SITE]);
    let server = place.start().await;
    for path in ["/a", "/b"] {
        assert_eq!(server.post("/api/event", &[], &view(SITE, path)).await.status.as_u16(), 202);
    }
    let steps = json!([{ "page": "/a" }, { "page": "/b" }]);
    let funnel = json!({ "site": SITE, "period": { "preset": "today" }, "steps": steps });
    let counted = |answer: &serde_json::Value| answer["steps"][1]["visitors"] == json!(1);
    let answer = server.until(&token, "funnel", funnel, counted).await;
    assert_eq!((&answer["conversion"], &answer["how"]["mode"]), (&json!(100), &json!("ordered")));
    let bearer = format!("Bearer {token}");
    let steps = json!([{ "page": "/a" }, { "event": "Never" }]);
    let wrong = json!({ "site": SITE, "period": { "preset": "today" }, "steps": steps });
    let answer = server.post("/api/v1/insights/funnel", &[("authorization", &bearer)], &wrong).await;
    assert_eq!(answer.json()["error"]["pointer"], json!("/steps/1/event"));
    server.stop();
}
