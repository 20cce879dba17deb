//! Canaries in what members, applications and staff send about members: while they live, and when they are forgotten.

use serde_json::{Value, json};

use super::MARK;
use crate::members::{Application, SITE, call, view};
use crate::server::Server;

const REQUEST: &str = "5a2b5d3e-0c4f-4d1a-9b7e-2f6c8d9e0a1b";

/// Who has a canary for a name.
pub(super) fn member() -> String {
    format!("{MARK}.m@people.example")
}

/// A member with a canary in everything they state; gives all answers that are not about themselves.
pub(super) async fn states(server: &Server, application: &Application) -> String {
    let identity = application.token(&member(), 600);
    assert_eq!(view(server, "20.0.0.1", &format!("/{MARK}p?q={MARK}"), Some(&identity)).await, 202);
    let word = |field: &str| format!("{MARK}{field}");
    let interests = json!({ "interests": [word("i")], "tags": [word("t")] });
    let item = |list: &str| format!("/api/v1/people/me/{list}/{}", word("g"));
    let consent = |purpose: &str| json!({ "purpose": purpose, "given": true, "version": 1 });
    let mut answers = String::new();
    for (method, path, body, status) in [
        ("PUT", "/api/v1/people/me/interests".to_owned(), interests, 204),
        ("PUT", item("likes"), Value::Null, 204),
        ("PUT", item("bookmarks"), Value::Null, 204),
        ("PUT", "/api/v1/people/me/consent".to_owned(), consent("personalisation"), 204),
        ("PUT", "/api/v1/people/me/consent".to_owned(), consent(&word("c")), 400),
        ("PUT", format!("/api/v1/people/me/{}", word("n")), Value::Null, 405),
        ("POST", "/api/v1/people/me/code".to_owned(), Value::Null, 200),
    ] {
        let answer = call(server, &identity, method, &path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} of form {}: {}", path.len(), answer.text());
        answers.push_str(&format!("{:?}\n{}\n", answer.headers, answer.text()));
    }
    answers
}

/// What the member is told of themselves: the one place where the canaries are to be.
pub(super) async fn sees(server: &Server, application: &Application) -> String {
    let identity = application.token(&member(), 600);
    let export = call(server, &identity, "GET", "/api/v1/people/me/export", Value::Null).await;
    let page = call(server, &identity, "GET", "/api/v1/people/me/export?format=html", Value::Null).await;
    export.text() + &page.text() + &my_data(server, &identity, "").await
}

/// The member's own page, and what can be wrong with it.
async fn my_data(server: &Server, identity: &str, fields: &str) -> String {
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://library.example")];
    let body = format!("token={identity}{fields}");
    crate::http::send(server.at, "POST", "/my-data", &headers, body).await.expect("an answer").text()
}

/// An answer without what OpenDSR wants to be in it: the request, in base64, for whoever has just sent it.
fn told(answer: &str) -> String {
    let Ok(mut answer) = serde_json::from_str::<Value>(answer) else { return answer.to_owned() };
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("encoded_request");
    }
    answer.to_string()
}

/// Everything by which staff and applications name a member or a word, right and wrong; at last the member is forgotten.
/// Gives all answers.
pub(super) async fn forgets(server: &Server, token: &str, application: &Application) -> String {
    let word = |field: &str| format!("{MARK}{field}");
    let about =
        json!({ "identity_type": "controller_customer_id", "identity_value": word("o"), "identity_format": "raw" });
    let request = |id: &str| {
        json!({ "regulation": "gdpr", "subject_request_id": id, "subject_request_type": "erasure",
            "submitted_time": "2026-11-29T15:00:00Z", "api_version": "2.0", "subject_identities": [about] })
    };
    let opendsr = format!("/opendsr/requests?site={SITE}");
    let purge = |what: Value, dry_run: bool| json!({ "site": SITE, "what": what, "dry_run": dry_run });
    let erasure = |id: &str, more: &str| json!({ "site": SITE, "id": id, "request_id": more });
    let path = |who: &str, act: &str| format!("/api/v1/people/{who}/{act}?site={SITE}");
    let mut answers = my_data(server, &word("x"), &format!("&do={}", word("d"))).await;
    for (path, body) in [
        (opendsr.clone(), request(REQUEST)),
        (opendsr, request(&word("r"))),
        ("/api/v1/erasures".to_owned(), erasure(&word("e"), REQUEST)),
        ("/api/v1/erasures".to_owned(), erasure(&word("e"), &word("r"))),
        ("/api/v1/support/export".to_owned(), json!({ "site": SITE, "code": word("s") })),
        ("/api/v1/purges".to_owned(), purge(json!({ "word": word("w") }), true)),
        ("/api/v1/purges".to_owned(), purge(json!({ "word": word("w") }), false)),
        ("/api/v1/purges".to_owned(), purge(json!({ "page": format!("/{}", word("w")) }), false)),
        ("/api/v1/purges".to_owned(), purge(json!({ "word": word("w"), "dimension": word("d") }), false)),
        (path(&word("u"), "forget"), json!({ "mode": "fold", "words": [word("w")] })),
        (path(&word("u"), "export"), Value::Null),
        (path(&member(), "forget"), json!({ "mode": word("m") })),
        (path(&member(), "forget"), json!({ "mode": "delete" })),
    ] {
        let answer = call(server, token, "POST", &path, body).await;
        answers.push_str(&format!("{} {:?}\n{}\n", answer.status, answer.headers, told(&answer.text())));
    }
    let left = my_data(server, &application.token(&member(), 600), "").await;
    assert!(left.contains("Nothing is held about you"), "{left}");
    answers
}
