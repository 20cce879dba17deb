//! Questions in words, by staff who are signed in.

use serde_json::json;

use super::super::http::send;
use super::super::server::{Place, Server};
use super::{MARK, SITE};

const PASSWORD: &str = "a long enough password";

/// Asks with a canary in words, and once in a page, which is then a part of the question that staff see. Gives the answers to
/// the first.
pub(super) async fn asks(place: &Place, server: &Server) -> String {
    let link = place.outis(&["setup"]);
    let code = link.split_once('#').expect("a link").1;
    let ours = [("sec-fetch-site", "same-origin"), ("content-type", "application/json")];
    let account = json!({ "code": code, "email": "staff@example.org", "password": PASSWORD });
    let made = send(server.at, "POST", "/api/v1/setup", &ours, account.to_string()).await.expect("an answer");
    assert_eq!(made.status, 204, "{}", made.text());
    let account = json!({ "email": "staff@example.org", "password": PASSWORD });
    let signed_in = send(server.at, "POST", "/api/v1/session", &ours, account.to_string()).await.expect("an answer");
    let cookie = signed_in.headers.get("set-cookie").and_then(|cookie| cookie.to_str().ok()).expect("a cookie");
    let cookie = cookie.split(';').next().unwrap_or_default();
    let path = format!("/api/v1/ask?site={SITE}");
    let ask = async |text: String| {
        let headers = [ours[0], ours[1], ("cookie", cookie)];
        send(server.at, "POST", &path, &headers, json!({ "text": text }).to_string()).await.expect("an answer")
    };
    let page = ask(format!("visitors of /{MARK}page yesterday")).await;
    assert!(page.text().contains(MARK), "the question names the page: {}", page.text());
    let mut answers = String::new();
    for text in
        [format!("visitors by {MARK}a"), format!("{MARK}b {MARK}c"), format!("who is {MARK}d"), MARK.repeat(200)]
    {
        let answer = ask(text).await;
        answers.push_str(&format!("{:?}\n{}\n", answer.headers, answer.text()));
    }
    answers
}
