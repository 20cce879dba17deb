//! Members over HTTP: signed in by the application's token, seen by nobody else, and gone when they say so.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use super::http::{Answer, send};
use super::server::{AGENT, Place, Server, files};

pub(crate) const SITE: &str = "library.example";
pub(crate) const ANNA: &str = "anna.canary@people.example";

/// An application that shares a secret with the server.
pub(crate) struct Application {
    secret: String,
}

impl Application {
    pub(crate) fn token(&self, who: &str, seconds: i64) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        let exp = now.as_secs() as i64 + seconds;
        self.signed(&json!({ "sub": who, "aud": SITE, "exp": exp, "customer": "Library of Ithaca", "tags": ["maths"] }))
    }

    fn signed(&self, claims: &Value) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, self.secret.as_bytes());
        let tag = aws_lc_rs::hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", BASE64.encode(tag))
    }
}

pub(crate) async fn call(server: &Server, bearer: &str, method: &str, path: &str, body: Value) -> Answer {
    let bearer = format!("Bearer {bearer}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(server.at, method, path, &headers, body).await.expect("an answer")
}

/// A page view from somewhere, perhaps by somebody who is signed in.
pub(crate) async fn view(server: &Server, from: &str, page: &str, token: Option<&str>) -> u16 {
    let mut body = json!({ "site": SITE, "events": [{ "name": "pageview", "url": format!("https://{SITE}{page}") }] });
    if let Some(token) = token {
        body["token"] = json!(token);
    }
    let headers = [("x-forwarded-for", from), ("user-agent", AGENT), ("content-type", "application/json")];
    send(server.at, "POST", "/api/v1/events", &headers, body.to_string()).await.expect("an answer").status.as_u16()
}

pub(crate) async fn library() -> (Place, Server, String, Application) {
    library_at(Place::new()).await
}

pub(crate) async fn library_at(place: Place) -> (Place, Server, String, Application) {
    library_of(place, &["--floor", "1", "--admission", "1"]).await
}

/// A library whose site has this policy.
pub(crate) async fn library_of(place: Place, policy: &[&str]) -> (Place, Server, String, Application) {
    let place = place.with("trusted_proxies", "127.0.0.1/32");
    place.outis(&[&["site", "add", SITE], policy].concat());
    let token = place.outis(&["token", "create", "--scope", "stats,sites,people"]);
    let server = place.start().await;
    let answer = call(&server, &token, "PUT", "/api/v1/identity", json!({ "site": SITE })).await;
    let secret = answer.json()["secret"].as_str().expect("a secret").to_owned();
    (place, server, token, Application { secret })
}

pub(crate) async fn visitors(server: &Server, token: &str, expected: u64) {
    let question = json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["visitors"] });
    server.until(token, "totals", question, |answer| answer["rows"][0]["values"] == json!([expected])).await;
}

#[tokio::test]
async fn a_member_is_known_only_while_signed_in_and_gone_when_they_say_so() {
    let (place, server, token, application) = library().await;
    let anna = application.token(ANNA, 600);
    // Before signing in, on the same device, and then on two.
    assert_eq!(view(&server, "20.0.0.1", "/before", None).await, 202);
    assert_eq!(view(&server, "20.0.0.1", "/a", Some(&anna)).await, 202);
    assert_eq!(view(&server, "30.0.0.1", "/b", Some(&anna)).await, 202);
    assert_eq!(view(&server, "20.0.0.2", "/a", None).await, 202);
    // Two who are not signed in, one of them Anna before, and Anna.
    visitors(&server, &token, 3).await;
    let actives = json!({ "site": SITE, "period": { "preset": "today" }, "interval": "week" });
    let actives = server.ask(&token, "lifecycle", actives).await;
    assert!(actives.to_string().contains("new"), "{actives}");

    says(&server, &anna, &token).await;
    let export = call(&server, &anna, "GET", "/api/v1/people/me/export", Value::Null).await.json();
    assert_eq!(export["held"]["id"], ANNA);
    assert_eq!(export["held"]["customer"], "Library of Ithaca");
    let pages: Vec<&str> = export["recent_activity"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["words"]["page"].as_str().expect("a page"))
        .collect();
    assert_eq!(pages, ["/a", "/b"], "what came before signing in is nobody's");

    let words = json!({ "words": ["/a"] });
    let refused = call(&server, &anna, "POST", "/api/v1/people/me/forget", words).await;
    assert_eq!(refused.status, 403, "what others did is not one member's to take away");
    let forgotten = call(&server, &anna, "POST", "/api/v1/people/me/forget", Value::Null).await;
    assert_eq!(forgotten.status, 200);
    receipt(&place, &server, &forgotten.json()["receipt"]).await;
    visitors(&server, &token, 2).await;
    let path = format!("/api/v1/people/{ANNA}/export?site={SITE}");
    let gone = call(&server, &token, "GET", &path, Value::Null).await;
    let never = call(&server, &token, "GET", &path.replace(ANNA, "nobody"), Value::Null).await;
    assert_eq!((gone.status.as_u16(), gone.text()), (404, never.text()));
    let again = call(&server, &token, "POST", &path.replace("export", "forget"), json!({ "mode": "fold" })).await;
    assert_eq!(alike(&again.json()), alike(&forgotten.json()), "of an unknown id the answer is the same");
    forget_from_the_terminal(&place, &server, &token);
    restart_and_look(place, server, &token).await;
}

fn forget_from_the_terminal(place: &Place, server: &Server, token: &str) {
    use std::io::Write;
    let mut command = place.command();
    command.args(["forget", SITE, "--mode", "delete", "--token", token]).env("OUTIS_LISTEN", server.at.to_string());
    let pipe = std::process::Stdio::piped;
    let mut child = command.stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn().expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(b"bert/with a slash?\n").expect("written");
    let output = child.wait_with_output().expect("ended");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let receipt: Value = serde_json::from_slice(&output.stdout).expect("a receipt");
    assert_eq!(receipt["receipt"]["mode"], "delete");
}

/// An answer without what is random in it: id, signature and secret of the receipt, and the marks of roots.
fn alike(answer: &Value) -> Value {
    let mut answer = answer.clone();
    let copy = answer["receipt"].as_object_mut().expect("a receipt");
    ["signature", "secret"].iter().for_each(|field| copy[*field] = json!("random"));
    copy["receipt"]["receipt_id"] = json!("random");
    for store in copy["receipt"]["stores"].as_array_mut().expect("stores") {
        for mark in ["key_root_before", "key_root_after"] {
            store[mark] = json!(store[mark].is_string());
        }
    }
    answer
}

/// A receipt is checked without the server, and waits for the log's next batch.
async fn receipt(place: &Place, server: &Server, copy: &Value) {
    let root = |which: &str| copy["receipt"]["stores"][0][which].as_str().expect("a mark").to_owned();
    assert_ne!(root("key_root_before"), root("key_root_after"));
    assert!(!copy.to_string().contains("canary"));
    let file = place.dir.path().join("receipt.json");
    std::fs::write(&file, copy.to_string()).expect("written");
    let key = server.get("/transparency/key", &[]).await.text();
    let told = place.outis(&["verify", "receipt", file.to_str().expect("a path"), "--key", key.trim()]);
    assert!(told.contains("sign"), "{told}");
    let checkpoint = server.get("/transparency/log/checkpoint", &[]).await;
    assert!(checkpoint.text().starts_with("outis/receipts\n"), "{}", checkpoint.text());
    assert_eq!(server.get("/transparency/log/../slot", &[]).await.status, 404);
    let unknown = server.get(&format!("/transparency/proof/{}", "0".repeat(64)), &[]).await;
    assert_eq!((unknown.status.as_u16(), unknown.json()["error"]["code"].clone()), (404, json!("no_leaf")));
}

async fn says(server: &Server, anna: &str, token: &str) {
    let interests = json!({ "interests": ["logic <b>"], "tags": ["maths"] });
    assert_eq!(call(server, anna, "PUT", "/api/v1/people/me/interests", interests.clone()).await.status, 204);
    assert_eq!(call(server, anna, "GET", "/api/v1/people/me/interests", Value::Null).await.json(), interests);
    assert_eq!(call(server, anna, "PUT", "/api/v1/people/me/likes/guide-one", Value::Null).await.status, 204);
    // The application speaks for her too.
    let path = format!("/api/v1/people/{ANNA}/bookmarks/guide-two?site={SITE}");
    assert_eq!(call(server, token, "PUT", &path, Value::Null).await.status, 204);
    let likes = call(server, anna, "GET", "/api/v1/people/me/likes", Value::Null).await.json();
    assert_eq!(likes, json!({ "items": ["guide-one"] }));
    let consent = json!({ "purpose": "personalisation", "given": true, "version": 1 });
    assert_eq!(call(server, anna, "PUT", "/api/v1/people/me/consent", consent).await.status, 204);
    let wrong = json!({ "purpose": "canary", "given": true, "version": 1 });
    let refused = call(server, anna, "PUT", "/api/v1/people/me/consent", wrong).await;
    assert!(refused.status == 400 && !refused.text().contains("canary"), "{}", refused.text());
    let code = call(server, anna, "POST", "/api/v1/people/me/code", Value::Null).await.json();
    assert_eq!((code["code"].as_str().map(str::len), &code["minutes"]), (Some(9), &json!(10)));
    assert_eq!(call(server, token, "POST", "/api/v1/people/me/code", Value::Null).await.status, 401);
    let page = call(server, anna, "GET", "/api/v1/people/me/export?format=html", Value::Null).await.text();
    assert!(page.contains("logic &lt;b&gt;") && page.contains("guide-two") && page.contains("you agree"), "{page}");
}

async fn restart_and_look(place: Place, server: Server, token: &str) {
    server.stop();
    let server = place.start().await;
    let path = format!("/api/v1/people/{ANNA}/export?site={SITE}");
    assert_eq!(call(&server, token, "GET", &path, Value::Null).await.status, 404);
    visitors(&server, token, 2).await;
    server.stop();
    for (path, bytes) in files(&place.data()) {
        let found =
            memchr::memmem::find(&bytes, b"canary").is_some() || memchr::memmem::find(&bytes, b"logic").is_some();
        assert!(!found, "{}", path.display());
    }
}

#[tokio::test]
async fn who_may_not_ask_is_told_nothing_about_anybody() {
    let (_place, server, token, application) = library().await;
    assert_eq!(view(&server, "20.0.0.1", "/a", Some(&application.token(ANNA, 600))).await, 202);
    let other = Application { secret: "another secret of more than 32 bytes".into() };
    let now = 4_000_000_000i64;
    let bad = [
        other.token(ANNA, 600),
        application.token(ANNA, -120),
        application.token(ANNA, 7_200),
        application.signed(&json!({ "sub": ANNA, "aud": "other.example", "exp": now })),
        "garbage".to_owned(),
        token.clone(),
    ];
    let mut told = std::collections::BTreeSet::new();
    for bearer in &bad {
        let answer = call(&server, bearer, "GET", "/api/v1/people/me/export", Value::Null).await;
        told.insert((answer.status.as_u16(), answer.text()));
        assert_eq!(view(&server, "20.0.0.1", "/a", Some(bearer)).await, 401);
    }
    assert_eq!(told.len(), 1, "one answer whatever is wrong: {told:?}");
    assert_eq!(told.first().map(|(status, _)| *status), Some(401));
    // An identity token opens nobody else's data, a token without the scope nobody's.
    let anna = application.token(ANNA, 600);
    let path = format!("/api/v1/people/bert/export?site={SITE}");
    assert_eq!(call(&server, &anna, "GET", &path, Value::Null).await.status, 401);
    assert_eq!(call(&server, &anna, "GET", "/api/v1/settings?site=library.example", Value::Null).await.status, 401);
    let headers = [("authorization", "Bearer x"), ("origin", "https://evil.example")];
    let foreign = send(server.at, "GET", "/api/v1/people/me/export", &headers, "").await.expect("an answer");
    assert!(!foreign.headers.contains_key("access-control-allow-origin"));
    let headers = [("origin", "https://library.example"), ("access-control-request-method", "PUT")];
    let ours = send(server.at, "OPTIONS", "/api/v1/people/me/interests", &headers, "").await.expect("an answer");
    assert_eq!(ours.headers["access-control-allow-origin"], "https://library.example");
}

/// A form of the member's own page, posted.
async fn page(server: &Server, token: &str, fields: &str) -> Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://library.example")];
    send(server.at, "POST", "/my-data", &headers, format!("token={token}{fields}")).await.expect("an answer")
}

#[tokio::test]
async fn a_member_has_a_page_of_their_own_that_works_without_script() {
    let (place, server, token, application) = library().await;
    let anna = application.token(ANNA, 600);
    let nothing = page(&server, &anna, "").await;
    assert!(nothing.text().contains("Nothing is held about you"), "{}", nothing.text());
    assert_eq!(view(&server, "20.0.0.1", "/a", Some(&anna)).await, 202);
    visitors(&server, &token, 1).await;
    let held = page(&server, &anna, "").await;
    assert!(held.text().contains(ANNA) && held.text().contains("<td>/a</td>"), "{}", held.text());
    assert_eq!(held.headers["cache-control"], "no-store");
    assert!(held.headers["content-security-policy"].to_str().expect("text").contains("script-src 'self'"));
    assert!(!held.headers.contains_key("set-cookie") && !held.headers.contains_key("access-control-allow-origin"));

    let chosen = page(&server, &anna, "&do=choose&purpose=recognition&given=no").await.text();
    assert!(chosen.contains("You object."), "{chosen}");
    assert_eq!(view(&server, "20.0.0.9", "/b", Some(&anna)).await, 202);
    visitors(&server, &token, 2).await;
    let export = page(&server, &anna, "&do=json").await;
    assert_eq!(export.headers["content-disposition"], "attachment; filename=\"my-data.json\"");
    let pages: Vec<Value> = export.json()["recent_activity"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["words"]["page"].clone())
        .collect();
    assert_eq!(pages, ["/a"], "after the objection nothing is theirs");

    assert!(page(&server, &anna, "&do=code").await.text().contains("class=\"code\""));
    assert!(page(&server, &anna, "&do=forget").await.text().contains("Tick the box first"));
    let forgotten = page(&server, &anna, "&do=forget&confirm=yes&mode=delete").await.text();
    assert!(forgotten.contains("You are forgotten") && forgotten.contains("receipt.json"), "{forgotten}");
    assert!(!forgotten.contains("canary"));
    assert!(page(&server, &anna, "").await.text().contains("Nothing is held about you"));
    let wrong = page(&server, &application.token(ANNA, -120), "").await;
    assert_eq!((wrong.status.as_u16(), wrong.text()), (401, page(&server, "garbage", "&do=forget").await.text()));
    server.stop();
    let log = std::fs::read_to_string(place.dir.path().join("log")).expect("a log");
    assert!(!log.contains("canary") && !log.contains(anna.split('.').next_back().expect("a part")));
}
