//! Purging over HTTP and from the command line: told first, in numbers of enough people, and never listed by its text.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::http::send;
use super::server::{AGENT, Place, Server};

const SITE: &str = "library.example";
const NAME: &str = "anna.exemplary";

async fn tell(server: &Server, visitor: usize, page: &str, name: &str) {
    let from = format!("20.0.{visitor}.1");
    let event = json!({ "name": name, "url": format!("https://{SITE}{page}"), "properties": { "reader": NAME } });
    let body = json!({ "site": SITE, "events": [event] }).to_string();
    let headers = [("x-forwarded-for", from.as_str()), ("user-agent", AGENT), ("content-type", "application/json")];
    let answer = send(server.at, "POST", "/api/v1/events", &headers, body).await.expect("an answer");
    assert_eq!(answer.json()["dropped"], 0, "{}", answer.text());
}

async fn library() -> (Place, Server, String) {
    let mut place = Place::new().with("trusted_proxies", "127.0.0.1/32");
    place.outis(&["site", "add", SITE, "--floor", "10", "--admission", "1"]);
    let token = place.outis(&["token", "create", "--scope", "stats,sites,people"]);
    let server = place.start().await;
    place.settings.push(("listen", server.at.to_string()));
    place.settings.push(("admin_listen", server.admin.to_string()));
    for visitor in 0..40 {
        tell(&server, visitor, "/", "pageview").await;
        if visitor < 23 {
            tell(&server, visitor, "/people/anna", "pageview").await;
        }
        if visitor < 3 {
            tell(&server, visitor, "/", "oddity").await;
        }
    }
    let totals = json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["events"] });
    server.until(&token, "totals", totals, |answer| answer["rows"][0]["values"] == json!([66])).await;
    (place, server, token)
}

async fn purge(server: &Server, token: &str, what: Value, dry_run: bool) -> (u16, Value) {
    let bearer = format!("Bearer {token}");
    let body = json!({ "site": SITE, "what": what, "dry_run": dry_run });
    let answer = server.post("/api/v1/purges", &[("authorization", &bearer)], &body).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn what_would_be_purged_is_told_of_enough_people_and_then_it_is_gone() {
    let (place, server, token) = library().await;
    let bearer = format!("Bearer {token}");
    let pages = json!({ "page": "/people/**" });
    let (status, told) = purge(&server, &token, pages.clone(), true).await;
    assert_eq!((status, &told["state"]), (200, &json!("planned")), "{told}");
    // 23 people, in multiples of five; the page and the one above it.
    assert_eq!(told["recent"], json!({ "events": 25, "visitors": 25, "fewer_than": null }), "{told}");
    assert_eq!(told["words"], 2);
    let (_, few) = purge(&server, &token, json!({ "event": "oddity" }), true).await;
    assert_eq!(few["recent"], json!({ "events": null, "visitors": null, "fewer_than": 10 }), "{few}");
    let (_, none) = purge(&server, &token, json!({ "event": "never-sent" }), true).await;
    assert_eq!(none["recent"], few["recent"], "few and none look the same");

    // What staff saved, and what the plan has, is found.
    let goal = json!({ "site": SITE, "kind": "goals", "name": "Odd", "value": { "event": "oddity" } });
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let saved = send(server.at, "PUT", "/api/v1/definitions", &headers, goal.to_string()).await.expect("an answer");
    assert_eq!(saved.status.as_u16(), 204, "{}", saved.text());
    let plan = json!({ "site": SITE, "plan": { "pages": ["/people/anna", "/"] } });
    let saved = send(server.at, "PUT", "/api/v1/plan", &headers, plan.to_string()).await.expect("an answer");
    assert_eq!(saved.status.as_u16(), 204, "{}", saved.text());
    let (_, told) = purge(&server, &token, json!({ "event": "oddity" }), true).await;
    assert_eq!(told["definitions"], json!([{ "kind": "goals", "name": "Odd" }]));

    let (status, done) = purge(&server, &token, pages, false).await;
    assert_eq!((status, &done["state"], &done["days"]), (200, &json!("done"), &json!(1)), "{done}");
    assert_eq!(done["plan"], json!(["/pages/0"]));
    let totals = json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["events"] });
    let left = server.ask(&token, "totals", totals).await;
    assert_eq!(left["rows"][0]["values"], json!([43]));

    let word = place
        .command()
        .args(["purge", SITE, "--word", "-", "--dimension", "prop:reader"])
        .args(["--format", "json", "--token", &token])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut word = word.expect("the binary runs");
    word.stdin.take().expect("a pipe").write_all(NAME.as_bytes()).expect("written");
    let output = word.wait_with_output().expect("ended");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let done: Value = serde_json::from_slice(&output.stdout).expect("json");
    assert_eq!((&done["state"], &done["kind"], &done["words"]), (&json!("done"), &json!("word"), &json!(1)));

    let listed = server.get(&format!("/api/v1/purges?site={SITE}"), &[("authorization", &bearer)]).await;
    assert!(!listed.text().contains("anna"), "{}", listed.text());
    let mut kinds: Vec<String> = listed.json()["purges"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| format!("{} {}", one["kind"].as_str().expect("text"), one["state"].as_str().expect("text")))
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["page done", "word done"]);
    let table = place.outis(&["purge", SITE, "--list", "--token", &token]);
    assert!(table.contains("word") && !table.contains("anna"), "{table}");

    let findings = place.command().args(["purge", SITE, "--event", "oddity", "--dry-run", "--token", &token]).output();
    assert_eq!(findings.expect("the binary runs").status.code(), Some(3), "it is still named somewhere");
    assert!(!server.log().contains("anna"));
}

#[tokio::test]
async fn what_does_not_go_together_is_refused_with_what_works() {
    let (_place, server, token) = library().await;
    for (what, code) in [
        (json!({}), "purge_unclear"),
        (json!({ "word": "x", "event": "y" }), "purge_unclear"),
        (json!({ "word": "x", "property": "y" }), "purge_unclear"),
        (json!({ "event": "y", "dimension": "event" }), "purge_unclear"),
        (json!({ "word": "x", "from": "2026-11-24", "to": "2026-11-25" }), "purge_word_of_days"),
        (json!({ "from": "2026-11-24" }), "purge_days_malformed"),
        (json!({ "from": "2026-11-25", "to": "2026-11-24" }), "purge_days_malformed"),
        (json!({ "word": "Firefox", "dimension": "browser" }), "purge_dimension_unknown"),
        (json!({ "word": "pageview", "dimension": "event" }), "purge_built_in"),
        (json!({ "page": "people" }), "purge_text_malformed"),
        (json!({ "channel": "Carrier Pigeon" }), "purge_channel_unknown"),
        (json!({ "wrod": "x" }), "malformed"),
    ] {
        let (status, answer) = purge(&server, &token, what.clone(), true).await;
        assert_eq!((status, answer["error"]["code"].as_str()), (400, Some(code)), "{what} {answer}");
    }
    let (status, _) = purge(&server, "no-token", json!({ "event": "x" }), true).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn words_that_name_a_member_go_with_them_and_only_the_application_names_some() {
    let (place, server, token) = library().await;
    let bearer = format!("Bearer {token}");
    let forget = |words: Value| {
        let (server, bearer) = (&server, bearer.clone());
        async move {
            let path = format!("/api/v1/people/somebody/forget?site={SITE}");
            let answer = server.post(&path, &[("authorization", &bearer)], &json!({ "words": words })).await;
            (answer.status.as_u16(), answer.json())
        }
    };
    let (status, known) = forget(json!([NAME])).await;
    assert_eq!(status, 200, "{known}");
    let (_, unknown) = forget(json!(["nobody ever sent this"])).await;
    let told = |answer: &Value| (answer["state"].clone(), answer["follows"].clone());
    assert_eq!(told(&known), told(&unknown), "the answer does not tell whether there was such a word");
    assert_eq!(forget(json!([""])).await.0, 400);
    let values = json!({ "site": SITE, "period": { "preset": "today" }, "dimension": "prop:reader",
        "metrics": ["events"] });
    server.until(&token, "breakdown", values, |answer| !answer.to_string().contains(NAME)).await;
    let listed = server.get(&format!("/api/v1/purges?site={SITE}"), &[("authorization", &bearer)]).await;
    assert_eq!(listed.json()["purges"], json!([]));
    drop(place);
}
