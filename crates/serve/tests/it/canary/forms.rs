//! Canaries in the other forms in which events come, right and wrong: all are answered, none is repeated.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::{MARK, SITE};
use crate::http::send;
use crate::server::{AGENT, Server};

const JSON: (&str, &str) = ("content-type", "application/json");
const TEXT: (&str, &str) = ("content-type", "text/plain");
const GZIP: (&str, &str) = ("content-encoding", "gzip");

struct Form {
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// The status it must have; 0: any refusal.
    status: u16,
}

fn form(path: &'static str, headers: &[(&'static str, &str)], body: impl Into<Vec<u8>>, status: u16) -> Form {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Form { path, headers, body: body.into(), status }
}

/// Sends every form; gives all answers. What carries the site's debug token is kept in memory for a while.
pub(super) async fn every_form(server: &Server, debug: Option<&str>) -> String {
    let mut answers = String::new();
    for (at, form) in forms(debug).into_iter().enumerate() {
        let mut headers: Vec<(&str, &str)> = vec![("user-agent", AGENT)];
        headers.extend(form.headers.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = send(server.at, "POST", form.path, &headers, form.body).await.expect("an answer");
        let (status, text) = (answer.status.as_u16(), answer.text());
        let right = if form.status == 0 { answer.status.is_client_error() } else { status == form.status };
        assert!(right, "form {at} is answered {status}: {text}");
        answers.push_str(&format!("{status} {:?}\n{text}\n", answer.headers));
    }
    answers
}

fn forms(debug: Option<&str>) -> Vec<Form> {
    let word = |field: &str| format!("{MARK}{field}");
    let url = format!("https://{SITE}/{}?q={}#{}", word("p"), word("q"), word("f"));
    let native = |more: serde_json::Value| {
        let mut event = json!({ "name": "pageview", "url": url });
        event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!({ "site": SITE, "events": [event] })
    };
    let plausible = json!({
        "n": "pageview", "d": SITE, "u": url, "r": format!("https://{}.example/{}", word("r"), word("s")), "h": 1,
        "p": { word("k"): word("v") }, "$": { "currency": "EUR", "amount": word("m") }, "sd": 40, "e": 1200, "v": 3,
    });
    let named = json!({ "name": word("n"), "domain": format!("{SITE},{}.example", word("d")), "url": url,
        "props": word("o"), "revenue": { "currency": word("c"), "amount": "1" } });
    let mut debugged = native(json!({ "properties": { word("k"): word("v") }, "tags": [word("g")] }));
    if let Some(token) = debug {
        debugged["debug"] = json!(token);
    }
    let hash = native(json!({ "hash": true, "revenue": { "currency": word("c"), "amount": word("a") } }));
    let part = format!("--x\r\ncontent-disposition: form-data; name=\"{MARK}\"\r\n\r\n{MARK}\r\n--{MARK}");
    let multipart = format!("multipart/form-data; boundary={MARK}");
    let long = MARK.repeat(8_000);
    let whole = gzip(plausible.to_string().as_bytes());
    vec![
        form("/api/event", &[TEXT], plausible.to_string(), 202),
        form("/api/event", &[TEXT, ("sec-gpc", "1")], plausible.to_string(), 202),
        form("/api/event", &[TEXT, GZIP], whole.clone(), 202),
        form("/api/event", &[TEXT], named.to_string(), 202),
        form("/api/v1/events", &[TEXT, ("sec-gpc", "1")], native(json!({ "id": word("i") })).to_string(), 202),
        form("/api/v1/events", &[JSON, GZIP], gzip(debugged.to_string().as_bytes()), 202),
        form("/api/v1/events", &[JSON], hash.to_string(), 202),
        // Wrong.
        form("/api/event", &[TEXT, GZIP], &whole[..whole.len() / 2], 0),
        form("/api/event", &[TEXT, GZIP], MARK, 0),
        form("/api/event", &[TEXT, ("content-encoding", MARK)], MARK, 0),
        form("/api/event", &[("content-type", &multipart)], part.clone(), 0),
        form("/api/v1/events", &[("content-type", &multipart)], part, 0),
        form("/api/v1/events", &[("content-type", MARK)], MARK, 0),
        form("/api/v1/events", &[JSON], native(json!({ "item": long })).to_string(), 0),
        form("/api/v1/events", &[JSON], native(json!({ "tags": [long] })).to_string(), 0),
        form("/api/v1/events", &[JSON], [MARK.as_bytes(), &[0xff, 0xfe]].concat(), 0),
        form("/api/v1/events", &[JSON], format!("{}{MARK}", "[".repeat(5_000)), 0),
    ]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}
