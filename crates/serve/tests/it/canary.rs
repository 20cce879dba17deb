//! Canaries in every field and header: none may reach the disk, the log, a metric or an error text.

mod asked;
mod forms;
mod image;
mod intents;
mod memory;
mod opened;
mod people;
mod search;
mod traffic;

use std::net::Ipv6Addr;

use outis_disclose::inventory::STORES;
use serde_json::{Value, json};

use self::search::finds;
use super::http::send;
use super::server::{Place, Server, files};

const SITE: &str = "example.org";
/// In every canary. Not a word of anything else here.
const MARK: &str = "zqxwvkjy";
const EVENTS: usize = 100_000;
const BATCH: usize = 200;
/// The first half of the visitors' addresses.
const NETWORK: [u8; 6] = [0x20, 0x01, 0x0d, 0xb8, 0xca, 0xfe];

#[tokio::test]
async fn no_canary_is_on_disk_in_logs_or_in_answers() {
    let place = Place::new().with("log_level", "trace").with("trusted_proxies", "127.0.0.0/8");
    place.outis(&["site", "add", SITE, "--floor", "1"]);
    let token = place.outis(&["token", "create"]);
    let debug = place.outis(&["site", "debug-token", SITE]);
    let server = place.start().await;
    let told = tell_all(&server, EVENTS).await;
    assert!(told >= EVENTS, "only {told} were accepted");
    let answers = wrong_requests(&server, &token).await + &forms::every_form(&server, Some(&debug)).await;
    let stored = json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["pageviews"] });
    let all = |answer: &Value| answer["rows"][0]["values"][0].as_u64().is_some_and(|n| n >= EVENTS as u64);
    server.until(&token, "totals", stored, all).await;
    let words = every_word(&server, &token).await;
    let answers = answers + &asked::asks(&place, &server).await;
    let metrics = send(server.admin, "GET", "/metrics", &[], "").await.expect("an answer").text();
    server.kill();
    search(&place, "after a crash");
    assert_eq!(finds(opened::opened(&place.data()).await.as_bytes()), None, "opened after a crash");
    let server = place.start().await;
    let log = server.log();
    server.stop();
    search(&place, "after an orderly end");
    assert_eq!(finds(opened::opened(&place.data()).await.as_bytes()), None, "opened after an orderly end");
    for (what, text) in [("answers", &answers), ("words", &words), ("metrics", &metrics), ("log", &log)] {
        assert_eq!(finds(text.as_bytes()), None, "in {what}");
    }
    assert!(words.contains("/*"), "pages are there as templates: {words}");
    assert!(log.contains("TRACE") || log.contains("serving"), "the log was looked at");
}

/// The same with admission off: the words come through, so the search finds what there is to find.
#[tokio::test]
async fn without_admission_canaries_are_found() {
    let place = Place::new();
    place.outis(&["site", "add", SITE, "--floor", "1", "--admission", "1"]);
    let token = place.outis(&["token", "create"]);
    let server = place.start().await;
    tell_all(&server, BATCH).await;
    let stored = json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["pageviews"] });
    server.until(&token, "totals", stored, |a| a["rows"][0]["values"][0].as_u64() == Some(BATCH as u64)).await;
    assert!(finds(every_word(&server, &token).await.as_bytes()).is_some());
    server.stop();
    assert!(finds(opened::opened(&place.data()).await.as_bytes()).is_some());
}

/// Sends events with a canary in every field and header; gives how many were accepted.
async fn tell_all(server: &Server, events: usize) -> usize {
    let mut accepted = 0;
    for batch in 0..events / BATCH {
        let address = address(batch);
        let agent = format!("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0 {MARK}a{batch}");
        let cookie = format!("session={MARK}c{batch}");
        let languages = format!("de,en;q=0.5,{MARK}l{batch};q=0.1");
        let forwarded = address.to_string();
        let headers = [
            ("x-forwarded-for", forwarded.as_str()),
            ("user-agent", &agent),
            ("cookie", &cookie),
            ("accept-language", &languages),
            ("referer", &format!("https://example.org/{MARK}h{batch}")),
            ("x-request-id", &format!("{MARK}x{batch}")),
            ("content-type", "application/json"),
        ];
        let list: Vec<Value> = (0..BATCH).map(|i| event(batch * BATCH + i)).collect();
        let body = json!({ "site": SITE, "events": list }).to_string();
        let answer = send(server.at, "POST", "/api/v1/events", &headers, body).await.expect("an answer");
        assert_eq!(answer.status.as_u16(), 202, "{}", answer.text());
        accepted += usize::try_from(answer.json()["accepted"].as_u64().unwrap_or(0)).expect("a count");
    }
    accepted
}

fn event(number: usize) -> Value {
    let word = |field: &str| format!("{MARK}{field}{}", letters(number));
    json!({
        "name": "pageview",
        "url": format!("https://{SITE}/{}/{}?email={}&utm_campaign={}#{}",
            word("p"), word("q"), word("e"), word("u"), word("f")),
        "referrer": format!("https://{}.example/{}?q={}", word("r"), word("s"), word("t")),
        "properties": { word("k"): word("v"), "plan": word("w") },
        "item": word("i"),
        "tags": [word("g")],
        "id": word("d"),
        "scroll": 50,
    })
}

/// A number as letters, so that it does not look like an id.
fn letters(mut number: usize) -> String {
    let mut text = String::new();
    loop {
        text.push(char::from(b'a' + u8::try_from(number % 26).expect("below 26")));
        number /= 26;
        if number == 0 {
            return text;
        }
    }
}

fn address(number: usize) -> Ipv6Addr {
    let mut octets = [0u8; 16];
    octets[..6].copy_from_slice(&NETWORK);
    octets[6..8].copy_from_slice(&u16::try_from(number % 60_000).expect("small").to_be_bytes());
    octets[8..].copy_from_slice(MARK.as_bytes());
    octets.into()
}

/// Everything that can be wrong with a request, with canaries in it; gives all answers.
async fn wrong_requests(server: &Server, token: &str) -> String {
    let bearer = format!("Bearer {token}");
    let cases: Vec<(&str, String)> = vec![
        ("/api/event", format!("{{\"n\":\"{MARK}\"")),
        ("/api/event", json!({ "n": "pageview", "d": MARK, "u": format!("data:{MARK}") }).to_string()),
        ("/api/event", json!({ "n": MARK.repeat(40), "d": SITE, "u": "https://example.org/" }).to_string()),
        ("/api/v1/events", json!({ "site": MARK, "events": [{ MARK: 1 }] }).to_string()),
        ("/api/v1/events", json!({ "site": SITE, "events": [{ "name": 7, "url": MARK }], "debug": MARK }).to_string()),
        (
            "/api/v1/insights/totals",
            json!({ "site": MARK, "period": { "preset": MARK }, "metrics": [MARK] }).to_string(),
        ),
        (
            "/api/v1/insights/breakdown",
            json!({ "site": SITE, "period": { "preset": "7d" }, "metrics": ["visitors"],
            "dimension": MARK, "filters": [[MARK, "page", [MARK]]] })
            .to_string(),
        ),
        ("/api/v1/insights/totals", format!("{{{MARK}")),
        ("/api/v2/query", json!({ "site_id": MARK, "metrics": ["visitors"], "date_range": "day" }).to_string()),
        (
            "/api/v2/query",
            json!({ "site_id": SITE, "metrics": ["visitors"], "date_range": "day",
            "filters": [["is", "event:page", [MARK]], ["matches", "event:page", [format!("({MARK}")]]] })
            .to_string(),
        ),
        ("/api/v1/session", json!({ "email": format!("{MARK}@example.org"), "password": MARK.repeat(3) }).to_string()),
        ("/api/v1/setup", json!({ "code": MARK, "email": MARK, "password": MARK.repeat(3) }).to_string()),
        ("/api/v1/nowhere", MARK.to_owned()),
    ];
    let mut answers = String::new();
    for (path, body) in cases {
        let path = format!("{path}?{MARK}=1");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("sec-fetch-site", "same-origin"),
            ("user-agent", MARK),
        ];
        let answer = send(server.at, "POST", &path, &headers, body).await.expect("an answer");
        answers.push_str(&format!("{} {:?}\n{}\n", answer.status, answer.headers, answer.text()));
    }
    let page = server.get(&format!("/{MARK}?{MARK}={MARK}"), &[]).await;
    answers + &page.text()
}

/// Every word of the site's vocabulary, through the front door: the floor is 1.
async fn every_word(server: &Server, token: &str) -> String {
    const DIMENSIONS: [&str; 16] = [
        "page",
        "hostname",
        "event",
        "source",
        "referrer",
        "channel",
        "utm_campaign",
        "utm_source",
        "item",
        "tag",
        "language",
        "browser",
        "os",
        "country",
        "prop:plan",
        "entry_page",
    ];
    let mut words = String::new();
    for dimension in DIMENSIONS {
        let body = json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["pageviews"],
            "dimension": dimension, "limit": 1000 });
        let bearer = format!("Bearer {token}");
        let path = "/api/v1/insights/breakdown";
        let answer = server.post(path, &[("authorization", &bearer)], &body).await;
        words.push_str(&format!("{dimension} {}\n", answer.text()));
    }
    words
}

fn search(place: &Place, when: &str) {
    let all = files(&place.data());
    assert!(all.len() > 3, "there is something to search");
    for (path, bytes) in all {
        assert_eq!(finds(&bytes), None, "{when}: in {}", path.display());
        let inside = path.strip_prefix(place.data()).expect("a file of it").to_string_lossy().into_owned();
        let is_known = STORES.iter().any(|store| store.place.has(&inside));
        assert!(is_known, "{when}: {inside} is of no store in the inventory");
    }
}
