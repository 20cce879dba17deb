//! Every question over HTTP: exact numbers of made-up people, and what is hidden when they are too few.

use serde_json::{Value, json};

use super::http::send;
use super::server::{AGENT, Place, Server};

/// Everybody is told of singly.
const ONE: &str = "one.example";
/// The same people, told of from ten on.
const TEN: &str = "ten.example";
const VISITORS: usize = 60;

/// What a visitor does: all see the start page, some the prices, some the guide; fewer sign up, download and buy; the
/// first thirty come from a search and see variant a. Three do something rare.
fn events(site: &str, visitor: usize) -> Vec<Value> {
    let url = |path: &str| format!("https://{site}{path}");
    let variant = if visitor < 30 { "a" } else { "b" };
    let mut start = json!({ "name": "pageview", "url": url("/"), "properties": { "variant": variant } });
    if visitor < 30 {
        start["referrer"] = json!("https://www.google.com/");
    }
    let mut all = vec![start];
    let mut add = |below: usize, event: Value| all.extend((visitor < below).then_some(event));
    add(40, json!({ "name": "pageview", "url": url("/pricing") }));
    add(36, json!({ "name": "pageview", "url": url("/guide"), "item": "guide-one", "tags": ["maths"] }));
    let plan = if visitor.is_multiple_of(2) { "10" } else { "20" };
    add(24, json!({ "name": "signup", "url": url("/"), "properties": { "plan": plan } }));
    add(20, json!({ "name": "download", "url": url("/guide"), "item": "guide-one", "tags": ["maths"] }));
    add(12, json!({ "name": "purchase", "url": url("/"), "revenue": { "amount": "5.00", "currency": "EUR" } }));
    add(15, json!({ "name": "engagement", "url": url("/"), "scroll": 80 }));
    add(3, json!({ "name": "oddity", "url": url("/") }));
    all
}

async fn tell(server: &Server, site: &str) {
    for visitor in 0..VISITORS {
        let forwarded = format!("20.0.{visitor}.1");
        let headers =
            [("x-forwarded-for", forwarded.as_str()), ("user-agent", AGENT), ("content-type", "application/json")];
        let body = json!({ "site": site, "events": events(site, visitor) }).to_string();
        let answer = send(server.at, "POST", "/api/v1/events", &headers, body).await.expect("an answer");
        assert_eq!(answer.json()["dropped"], 0, "{}", answer.text());
    }
}

/// A server that both sites were told of, and a token for both.
async fn town() -> (Place, Server, String) {
    let place = Place::new().with("trusted_proxies", "127.0.0.1/32");
    place.outis(&["site", "add", ONE, "--floor", "1", "--admission", "1"]);
    place.outis(&["site", "add", TEN, "--floor", "10", "--admission", "1"]);
    let token = place.outis(&["token", "create", "--scope", "stats,sites"]);
    let server = place.start().await;
    // In this order: once all of the second is seen, all of the first is there, and nobody has asked too early for its
    // snapshot to hold everybody.
    tell(&server, TEN).await;
    tell(&server, ONE).await;
    let totals = json!({ "site": ONE, "period": { "preset": "today" }, "metrics": ["visitors", "events"] });
    let all: usize = (0..VISITORS).map(|v| events(ONE, v).iter().filter(|e| e["name"] != "engagement").count()).sum();
    server.until(&token, "totals", totals, |answer| answer["rows"][0]["values"] == json!([VISITORS, all])).await;
    define(&server, &token, TEN).await;
    define(&server, &token, ONE).await;
    (place, server, token)
}

async fn put(server: &Server, token: &str, path: &str, body: Value) -> (u16, Value) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = send(server.at, "PUT", path, &headers, body.to_string()).await.expect("an answer");
    let text = answer.text();
    (answer.status.as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

async fn save(server: &Server, token: &str, site: &str, kind: &str, name: &str, value: Value) {
    let body = json!({ "site": site, "kind": kind, "name": name, "value": value });
    let (status, answer) = put(server, token, "/api/v1/definitions", body).await;
    assert_eq!(status, 204, "{answer}");
}

async fn define(server: &Server, token: &str, site: &str) {
    save(server, token, site, "goals", "Signed up", json!({ "event": "signup" })).await;
    save(server, token, site, "goals", "Bought", json!({ "event": "purchase" })).await;
    save(server, token, site, "goals", "Prices", json!({ "page": "/pricing" })).await;
    save(server, token, site, "goals", "Read", json!({ "page": "/", "scroll": 50 })).await;
    save(server, token, site, "goals", "Odd", json!({ "event": "oddity" })).await;
    save(
        server,
        token,
        site,
        "features",
        "Taking",
        json!({ "events": [{ "event": "download" }, { "event": "purchase" }] }),
    )
    .await;
    save(server, token, site, "segments", "A", json!({ "filters": [["is", "prop:variant", ["a"]]] })).await;
    save(server, token, site, "segments", "B", json!({ "filters": [["is", "prop:variant", ["b"]]] })).await;
}

/// Asks about today.
async fn ask(server: &Server, token: &str, kind: &str, site: &str, rest: Value) -> Value {
    let mut body = json!({ "site": site, "period": { "preset": "today" } });
    body.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
    server.ask(token, kind, body).await
}

fn row<'a>(answer: &'a Value, key: &str, named: &str) -> &'a Value {
    let rows = answer["rows"].as_array().expect("rows");
    rows.iter().find(|row| row[key] == named).unwrap_or_else(|| panic!("no row {named}: {answer:#}"))
}

#[tokio::test]
async fn every_kind_of_question_is_answered_exactly_and_hides_what_few_did() {
    let (_place, server, token) = town().await;
    goals(&server, &token).await;
    segmentation(&server, &token).await;
    features_and_items(&server, &token).await;
    composition_and_engagement(&server, &token).await;
    attribution_and_ab(&server, &token).await;
    refusals(&server, &token).await;
    definitions(&server, &token).await;
    sensitive(&server, &token).await;
    following(&server, &token).await;
    server.stop();
}

/// Where the link policy is `day`, what follows members is refused and says so; where it is `period`, it is answered.
async fn following(server: &Server, token: &str) {
    let bearer = format!("Bearer {token}");
    let of_today = |rest: Value| {
        let mut body = json!({ "site": ONE, "period": { "preset": "today" } });
        body.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        body
    };
    let week = json!({ "steps": [{ "event": "signup" }, { "event": "purchase" }], "window_s": 604_800 });
    let linear = json!({ "goal": { "event": "purchase" }, "dimension": "source", "model": "linear" });
    let rolling = json!({ "interval": "week", "mode": "rolling" });
    for (kind, rest, code) in [
        ("funnel", &week, "window_too_long"),
        ("attribution", &linear, "model_unavailable"),
        ("retention", &rolling, "needs_link"),
    ] {
        let path = format!("/api/v1/insights/{kind}");
        let answer = server.post(&path, &[("authorization", &bearer)], &of_today(rest.clone())).await;
        let error = answer.json()["error"].clone();
        assert_eq!((answer.status.as_u16(), &error["code"]), (400, &json!(code)));
        assert!(error["message"].to_string().contains("the site's link policy is `day`"), "{error}");
    }
    let policy = json!({ "site": ONE, "policy": { "link": "period" } });
    assert_eq!(put(server, token, "/api/v1/settings", policy).await.0, 204);
    let says_day = |answer: &Value| answer["how"]["notes"].to_string().contains("link policy is `day`");
    server.until(token, "lifecycle", of_today(json!({ "interval": "week" })), |answer| !says_day(answer)).await;
    let funnel = ask(server, token, "funnel", ONE, week).await;
    let count = |step: usize| funnel["steps"][step]["visitors"].as_u64();
    assert_eq!((count(0), &funnel["unfinished"], &funnel["how"]["window_s"]), (Some(24), &json!(0), &json!(604_800)));
    assert!(funnel["how"]["linkable"].is_array());
    let credits = ask(server, token, "attribution", ONE, linear).await;
    assert_eq!((&credits["how"]["mode"], &credits["rows"][0]["conversions"]), (&json!("linear"), &json!(12)));
    assert_eq!(ask(server, token, "retention", ONE, rolling).await["how"]["unit"], "linked members");
}

async fn goals(server: &Server, token: &str) {
    let answer = ask(server, token, "goals", ONE, json!({ "compare": { "mode": "previous_period" } })).await;
    let numbers = |goal: &str| {
        let row = row(&answer, "goal", goal);
        json!([row["kind"], row["uniques"], row["total"], row["conversion_rate"], row["revenue"]])
    };
    assert_eq!(numbers("Signed up"), json!(["event", 24, 24, 40, null]));
    assert_eq!(numbers("Prices"), json!(["page", 40, 40, 66.67, null]));
    assert_eq!(numbers("Bought"), json!(["event", 12, 12, 20, 60]));
    assert_eq!(numbers("Read"), json!(["scroll", 15, null, 25, null]));
    assert_eq!(numbers("Odd"), json!(["event", 3, 3, 5, null]));
    assert_eq!(row(&answer, "goal", "Bought")["currency"], "EUR");
    assert_eq!(
        row(&answer, "goal", "Prices")["compare"],
        Value::Null,
        "nothing is compared with days before the first"
    );
    assert!(answer["how"]["notes"].to_string().contains("nothing is compared"), "{answer:#}");
    assert_eq!(
        answer["suggestions"],
        json!([{ "selector": { "event": "download" }, "label": "download", "visitors": 20 }])
    );
    assert_eq!(answer["how"]["unit"], "visitors of a day");

    let answer = ask(server, token, "goals", ONE, json!({ "group": "source" })).await;
    let signed_up = row(&answer, "goal", "Signed up");
    assert_eq!(
        (&signed_up["key"], &signed_up["uniques"], &signed_up["group_conversion_rate"]),
        (&json!("Google"), &json!(24), &json!(80))
    );

    let answer = ask(server, token, "goals", TEN, json!({})).await;
    let odd = row(&answer, "goal", "Odd");
    assert_eq!((&odd["uniques"], &odd["total"], &odd["conversion_rate"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(row(&answer, "goal", "Prices")["uniques"], 40, "the control: what many did is told");
    let query = json!({ "site_id": ONE, "metrics": ["total_revenue", "average_revenue"], "date_range": "day",
        "dimensions": ["event:goal"] });
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let plausible =
        send(server.at, "POST", "/api/v2/query", &headers, query.to_string()).await.expect("an answer").json();
    let results = plausible["results"].as_array().expect("results");
    let bought = results.iter().find(|row| row["dimensions"] == json!(["Bought"])).expect("a goal");
    let sixty = json!({ "value": 60.0, "currency": "EUR", "short": "EUR 60.0", "long": "EUR 60.00" });
    assert_eq!(bought["metrics"][0], sixty);
    let bought = row(&answer, "goal", "Bought");
    assert_eq!(json!([bought["revenue"], bought["average_revenue"], bought["currency"]]), json!([60, 5, "EUR"]));
    let segment = json!({ "filters": [["is", "segment", ["A"]]] });
    let answer = ask(server, token, "goals", ONE, segment).await;
    assert_eq!(row(&answer, "goal", "Signed up")["uniques"], 0, "the property is one of the page view");
}

async fn segmentation(server: &Server, token: &str) {
    let events = json!([{ "event": "signup" }, { "event": "purchase" }]);
    let asked = |rest: Value| {
        let mut body = json!({ "events": events, "interval": "day" });
        body.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        body
    };
    let totals = |answer: &Value| -> Vec<Value> {
        answer["series"].as_array().expect("series").iter().map(|series| series["total"].clone()).collect()
    };
    let answer = ask(server, token, "segmentation", ONE, asked(json!({}))).await;
    assert_eq!(totals(&answer), [json!(24), json!(12)]);
    assert_eq!(answer["series"][0]["points"], json!([24]));
    assert_eq!((&answer["series"][0]["label"], &answer["measure"]), (&json!("signup"), &json!("uniques")));
    let formula = json!({ "formula": "UNIQUES(B) / UNIQUES(A) * 100", "compare": { "mode": "previous_period" } });
    let answer = ask(server, token, "segmentation", ONE, asked(formula)).await;
    assert_eq!(totals(&answer), [json!(50)]);
    assert_eq!(answer["series"][0]["compare"], Value::Null, "nothing is compared with days before the first");
    let often = ask(server, token, "segmentation", ONE, asked(json!({ "measure": "frequency" }))).await;
    assert_eq!(often["series"][0]["buckets"][0], json!({ "from": 1, "to": 1, "visitors": 24 }));
    assert_eq!(totals(&often), [json!(24), json!(12)]);
    let active = asked(json!({ "measure": "active_percent" }));
    assert_eq!(totals(&ask(server, token, "segmentation", ONE, active).await), [json!(40), json!(20)]);
    let by_source = asked(json!({ "group": "source" }));
    let answer = ask(server, token, "segmentation", ONE, by_source).await;
    assert_eq!((&answer["series"][0]["key"], &answer["series"][0]["points"]), (&json!("Google"), &json!([24])));
    for (measure, expected) in [("sum", 360.0), ("average", 15.0), ("median", 10.0), ("p90", 20.0), ("distinct", 2.0)] {
        let asked =
            json!({ "events": [{ "event": "signup" }], "measure": format!("property_{measure}"), "property": "plan" });
        let answer = ask(server, token, "segmentation", ONE, asked).await;
        assert_eq!(answer["series"][0]["total"].as_f64(), Some(expected), "{measure}");
    }
    let views = json!({ "events": [{ "page": "/" }], "segments": ["A", "B"], "interval": "day" });
    let answer = ask(server, token, "segmentation", ONE, views).await;
    assert_eq!(totals(&answer), [json!(30), json!(30)]);
    assert_eq!(answer["series"][1]["segment"], "B");
    let rare = json!({ "events": [{ "event": "oddity" }, { "event": "signup" }], "interval": "day" });
    let answer = ask(server, token, "segmentation", TEN, rare).await;
    assert_eq!(answer["series"][0]["points"], json!([null]));
    assert_eq!(totals(&answer), [Value::Null, json!(25)]);
}

async fn features_and_items(server: &Server, token: &str) {
    let answer = ask(server, token, "features", ONE, json!({ "compare": { "mode": "previous_period" } })).await;
    let taking = row(&answer, "feature", "Taking");
    assert_eq!(
        (&taking["visitors"], &taking["uses"], &taking["uses_per_visitor"]),
        (&json!(20), &json!(32), &json!(1.6))
    );
    assert_eq!((&taking["adoption"], &taking["previous"]), (&json!(33.33), &Value::Null));
    assert_eq!(taking["repeat_rate"], 60, "twelve of the twenty also bought");
    let trend = taking["trend"].as_array().expect("a trend").iter().filter_map(Value::as_f64).sum::<f64>();
    assert!((trend - 20.0).abs() < 1e-9, "{taking}");

    let answer = ask(server, token, "items", ONE, json!({})).await;
    let guide = row(&answer, "key", "guide-one");
    assert_eq!((&guide["views"], &guide["downloads"], &guide["likes"]), (&json!(36), &json!(20), &json!(0)));
    assert_eq!((&guide["visitors"], &answer["total_rows"]), (&json!(36), &json!(1)));
    let tags = ask(server, token, "items", ONE, json!({ "by": "tag", "order": ["key", "asc"] })).await;
    assert_eq!(row(&tags, "key", "maths")["downloads"], 20);
}

async fn composition_and_engagement(server: &Server, token: &str) {
    let answer = ask(server, token, "composition", ONE, json!({ "dimension": "source" })).await;
    let google = row(&answer, "key", "Google");
    assert_eq!((&google["visitors"], &google["percent"]), (&json!(30), &json!(50)));
    let answer = ask(server, token, "composition", ONE, json!({ "dimension": "event" })).await;
    assert_eq!(row(&answer, "key", "oddity")["visitors"], 3, "the control: at floor 1 the rare is told");
    let answer = ask(server, token, "composition", TEN, json!({ "dimension": "event" })).await;
    assert!(answer["rows"].as_array().expect("rows").iter().all(|row| row["key"] != "oddity"), "{answer:#}");
    assert!(answer["hidden"]["groups"].as_u64() > Some(0));

    let answer = ask(server, token, "engagement", ONE, json!({})).await;
    let signup = row(&answer, "event", "signup");
    assert_eq!((&signup["visitors"], &signup["percent"], &signup["per_visitor"]), (&json!(24), &json!(40), &json!(1)));
    assert_eq!(answer["medians"], json!({ "percent": 33.33, "per_visitor": 1 }));
}

async fn attribution_and_ab(server: &Server, token: &str) {
    let bought = json!({ "goal": { "event": "purchase" }, "dimension": "source", "model": "last" });
    let answer = ask(server, token, "attribution", ONE, bought).await;
    assert_eq!(answer["rows"], json!([{ "key": "Google", "kind": "value", "conversions": 12, "share": 100 }]));
    assert_eq!(answer["how"]["mode"], "last");

    let sides = json!({ "goal": { "goal": "Prices" }, "a": { "segment": "A" }, "b": { "filters": [["is", "prop:variant", ["b"]]] } });
    let answer = ask(server, token, "ab", ONE, sides.clone()).await;
    assert_eq!(answer["a"], json!({ "visitors": 30, "converted": 30, "rate": 100, "low": 88.65, "high": 100 }));
    assert_eq!((&answer["b"]["converted"], &answer["difference"]), (&json!(10), &json!(-66.67)));
    assert_eq!((&answer["p_value"], &answer["significant"]), (&json!(0.0), &json!(true)));
    let assumptions = answer["assumptions"].to_string();
    assert!(assumptions.contains("no visit is in both segments"), "{assumptions}");
}

async fn refusals(server: &Server, token: &str) {
    let bearer = format!("Bearer {token}");
    for (kind, rest, code, pointer) in [
        ("goals", json!({ "group": "nothing" }), "filter_unknown_dimension", "/group"),
        (
            "segmentation",
            json!({ "events": [{ "event": "signup" }, { "event": "never" }] }),
            "event_unknown",
            "/events/1/event",
        ),
        (
            "segmentation",
            json!({ "events": [{ "event": "signup" }], "measure": "frequency", "group": "country" }),
            "group_with_frequency",
            "/group",
        ),
        (
            "segmentation",
            json!({ "events": [{ "event": "signup" }], "formula": "UNIQUES(B)" }),
            "formula_malformed",
            "/formula",
        ),
        (
            "segmentation",
            json!({ "events": [{ "event": "signup" }], "segments": ["C"] }),
            "segment_unknown",
            "/segments/0",
        ),
        ("features", json!({ "filters": [["is", "language", ["de"]]] }), "language_not_crossed", "/filters"),
        ("items", json!({ "by": "person" }), "by_unknown", "/by"),
        (
            "attribution",
            json!({ "goal": { "event": "signup" }, "dimension": "source", "model": "linear" }),
            "model_unavailable",
            "/model",
        ),
        ("ab", json!({ "goal": { "event": "signup" }, "a": { "segment": "A" }, "b": {} }), "side_malformed", "/b"),
    ] {
        let mut body = json!({ "site": ONE, "period": { "preset": "today" } });
        body.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        let answer = server.post(&format!("/api/v1/insights/{kind}"), &[("authorization", &bearer)], &body).await;
        let error = answer.json()["error"].clone();
        assert_eq!(
            (answer.status.as_u16(), &error["code"], &error["pointer"]),
            (400, &json!(code), &json!(pointer)),
            "{kind}"
        );
    }
}

/// Once something is sensitive, what crosses it with place or device is refused, and the refusal points to it.
async fn sensitive(server: &Server, token: &str) {
    let plan = |sensitive_pages: &[&str], sensitive: bool| {
        let property = json!({ "purpose": "what is paid", "sensitive": sensitive });
        let signup = json!({ "purpose": "see who joins", "properties": { "plan": property } });
        json!({ "site": ONE, "plan": { "events": { "signup": signup }, "sensitive_pages": sensitive_pages } })
    };
    let page = json!(["is", "page", ["/pricing"]]);
    let funnel = json!([{ "page": "/" }, { "event": "signup" }]);
    let of_plan = json!([["is", "prop:plan", ["10"]], ["is", "browser", ["Firefox"]]]);
    let asked = [
        ("breakdown", json!({ "metrics": ["visitors"], "dimension": "country", "filters": [page] }), "/dimension"),
        ("totals", json!({ "metrics": ["visitors"], "filters": [["is", "device", ["Mobile"]], page] }), "/filters/0/1"),
        ("totals", json!({ "metrics": ["visitors"], "filters": of_plan }), "/filters/1/1"),
        ("funnel", json!({ "steps": funnel, "group": "os" }), "/group"),
        ("journeys", json!({ "filters": [["is", "region", [""]]] }), "/filters/0/1"),
        ("segmentation", json!({ "events": [{ "page": "/" }], "group": "screen" }), "/group"),
    ];
    for (pages, of_property) in [(&["/pricing"][..], true), (&[][..], false)] {
        assert_eq!(put(server, token, "/api/v1/plan", plan(pages, of_property)).await.0, 204);
        for (kind, rest, pointer) in &asked {
            let mut body = json!({ "site": ONE, "period": { "preset": "today" } });
            body.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
            let bearer = format!("Bearer {token}");
            let answer = server.post(&format!("/api/v1/insights/{kind}"), &[("authorization", &bearer)], &body).await;
            if !of_property {
                assert_eq!(answer.status.as_u16(), 200, "nothing is sensitive: {kind} {}", answer.text());
                continue;
            }
            let error = answer.json()["error"].clone();
            let told = (answer.status.as_u16(), &error["code"], &error["pointer"]);
            assert_eq!(told, (400, &json!("sensitive_crossed"), &json!(pointer)), "{kind}");
            let message = error["message"].as_str().expect("a message");
            assert!(message.ends_with("leave out one of them"), "{message}");
        }
        let query = json!({
            "site_id": ONE, "date_range": "day", "metrics": ["visitors"], "dimensions": ["visit:country"],
            "filters": [["is", "event:page", ["/pricing"]]],
        });
        let bearer = format!("Bearer {token}");
        let answer = server.post("/api/v2/query", &[("authorization", &bearer)], &query).await;
        assert_eq!(answer.status.as_u16(), if of_property { 400 } else { 200 }, "{}", answer.text());
        let alone = json!({ "metrics": ["visitors"], "filters": [page] });
        assert_eq!(ask(server, token, "totals", ONE, alone).await["rows"][0]["values"], json!([40]));
    }
}

async fn definitions(server: &Server, token: &str) {
    let bearer = format!("Bearer {token}");
    let signed = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let saved = server.get(&format!("/api/v1/definitions?site={ONE}"), &signed).await.json();
    assert_eq!(saved["goals"]["Read"], json!({ "page": "/", "scroll": 50 }));
    // Nothing is history yet; what was saved will be kept from the first close on.
    let history = server.get(&format!("/api/v1/history?site={ONE}"), &signed).await.json();
    assert_eq!((&history["days"], &history["members_since"]), (&Value::Null, &Value::Null));
    let kept = row(&json!({ "rows": history["saved"] }), "name", "Read").clone();
    assert_eq!(kept, json!({ "kind": "goals", "name": "Read", "kept": true, "since": null, "by": [], "why": null }));
    for (name, value, code, pointer) in [
        ("x", json!({ "event": "never" }), "event_unknown", "/value/event"),
        ("jane.doe@example.org", json!({ "event": "signup" }), "name_personal", "/name"),
        ("", json!({ "event": "signup" }), "name_malformed", "/name"),
    ] {
        let body = json!({ "site": ONE, "kind": "goals", "name": name, "value": value });
        let (status, answer) = put(server, token, "/api/v1/definitions", body).await;
        assert_eq!(
            (status, &answer["error"]["code"], &answer["error"]["pointer"]),
            (400, &json!(code), &json!(pointer))
        );
    }
    let gone = json!({ "site": ONE, "kind": "goals", "name": "Odd" }).to_string();
    let answer = send(server.at, "DELETE", "/api/v1/definitions", &signed, gone.clone()).await.expect("an answer");
    assert_eq!(answer.status.as_u16(), 204);
    let answer = send(server.at, "DELETE", "/api/v1/definitions", &signed, gone).await.expect("an answer");
    assert_eq!(answer.status.as_u16(), 404);
    let answer = ask(server, token, "goals", ONE, json!({})).await;
    assert_eq!(answer["suggestions"].as_array().map(Vec::len), Some(2), "what is no goal any more is offered again");
}

#[tokio::test]
async fn settings_are_changed_key_by_key_and_test_events_are_shown_to_staff_only() {
    let place = Place::new();
    place.outis(&["site", "add", ONE]);
    let token = place.outis(&["token", "create", "--scope", "sites"]);
    let debug = place.outis(&["site", "debug-token", ONE]);
    let server = place.start().await;
    let bearer = format!("Bearer {token}");
    let signed = [("authorization", bearer.as_str())];
    let change = json!({ "site": ONE, "policy": { "recent_days": 14 }, "origins": ["https://shop.example"] });
    assert_eq!(put(&server, &token, "/api/v1/settings", change).await.0, 204);
    let (status, answer) =
        put(&server, &token, "/api/v1/settings", json!({ "site": ONE, "policy": { "floor": 3 } })).await;
    assert_eq!((status, &answer["error"]["pointer"]), (400, &json!("/policy/floor")));
    let plan =
        json!({ "site": ONE, "plan": { "events": { "signup": { "purpose": "see who joins" } }, "pages": ["/"] } });
    assert_eq!(put(&server, &token, "/api/v1/plan", plan).await.0, 204);
    let (status, answer) =
        put(&server, &token, "/api/v1/plan", json!({ "site": ONE, "plan": { "pages": ["/", "x"] } })).await;
    assert_eq!((status, &answer["error"]["pointer"]), (400, &json!("/plan/pages/1")));
    let settings = server.get(&format!("/api/v1/settings?site={ONE}"), &signed).await.json();
    assert_eq!((&settings["policy"]["recent_days"], &settings["policy"]["floor"]), (&json!(14), &json!(10)));
    assert_eq!((&settings["policy"]["link"], &settings["origins"]), (&json!("day"), &json!(["https://shop.example"])));
    assert!(settings["plan"]["events"]["signup"].is_object());

    let ledger = server.get(&format!("/api/v1/noise?site={ONE}"), &signed).await.json();
    assert_eq!(ledger, json!({ "most": 0.0, "total": 0.0, "days": [] }), "off by default");
    let noise = |noise: Value| json!({ "site": ONE, "policy": { "noise": noise } });
    let (status, answer) = put(&server, &token, "/api/v1/settings", noise(json!({ "epsilon": 40 }))).await;
    assert_eq!((status, &answer["error"]["pointer"]), (400, &json!("/policy")));
    assert_eq!(put(&server, &token, "/api/v1/settings", noise(json!({ "epsilon": 2.5 }))).await.0, 204);
    let path = format!("/api/v1/noise?site={ONE}&day=2026-11-01");
    let ledger = server.get(&path, &signed).await.json();
    assert_eq!(ledger, json!({ "epsilon": 2.5, "most": 0.0, "total": 0.0, "days": [], "lines": [] }));
    assert_eq!(put(&server, &token, "/api/v1/settings", noise(Value::Null)).await.0, 204);
    let settings = server.get(&format!("/api/v1/settings?site={ONE}"), &signed).await.json();
    assert_eq!(settings["policy"].get("noise"), None);

    let event = |name: &str| json!({ "name": name, "url": format!("https://{ONE}/somewhere?x=1") });
    let told = json!({ "site": ONE, "events": [event("pageview")], "debug": debug });
    assert_eq!(server.post("/api/v1/events", &[], &told).await.status.as_u16(), 202);
    let plain = json!({ "site": ONE, "events": [event("signup")] });
    assert_eq!(server.post("/api/v1/events", &[], &plain).await.status.as_u16(), 202);
    let path = format!("/api/v1/debug?site={ONE}");
    assert_eq!(server.get(&path, &signed).await.status.as_u16(), 401, "a program is not shown them");
    let code = place.outis(&["setup"]).split('#').nth(1).expect("a code").to_owned();
    let account = json!({ "code": code, "email": "a@example.org", "password": "a long enough password" });
    let answer = server.post("/api/v1/setup", &[("sec-fetch-site", "same-origin")], &account).await;
    let cookie = answer.headers["set-cookie"].to_str().expect("text").split(';').next().expect("a pair").to_owned();
    assert_eq!(server.get("/api/v1/keys", &signed).await.status.as_u16(), 401, "nor the key tree");
    let tree = server.get("/api/v1/keys", &[("cookie", &cookie)]).await.json();
    assert_eq!((&tree["provider"], &tree["escrow_window_s"]), (&json!("file"), &json!(0)));
    assert!(tree["replaced_s"].as_u64().is_some_and(|at| at % 60 == 0) && tree["purposes"].is_array());
    let events = server.get(&path, &[("cookie", &cookie)]).await.json()["events"].clone();
    assert_eq!(events.as_array().map(Vec::len), Some(1), "only what came with the token");
    assert_eq!(events[0]["received"]["url"], format!("https://{ONE}/somewhere?x=1"));
    assert_eq!(events[0]["stored"]["event"]["words"]["event"], "pageview");
    server.stop();
}
