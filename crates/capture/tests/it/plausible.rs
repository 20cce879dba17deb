//! Plausible's events format, case by case: what is answered and what would be stored.

use std::fmt::Write;
use std::sync::Arc;

use http::Request;
use outis_anonymise::Shown;
use outis_event::Vocabulary;
use serde_json::{Value, json};

use crate::{AGENT, Stored, ask, capture};

/// What is the same in every case and says nothing about the format.
const LEFT_OUT: [&str; 9] =
    ["browser", "browser_version", "os", "os_version", "device", "country", "channel", "hostname", "page"];

/// A request of one case: headers beyond the usual ones, and the body.
struct Case {
    title: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: String,
}

fn case(title: &'static str, body: &str) -> Case {
    Case { title, headers: &[], body: body.to_owned() }
}

fn with(title: &'static str, headers: &'static [(&'static str, &'static str)], body: &str) -> Case {
    Case { title, headers, body: body.to_owned() }
}

/// An event of the name with these fields added.
fn event(title: &'static str, name: &str, more: &str) -> Case {
    let more = if more.is_empty() { String::new() } else { format!(",{more}") };
    let body = format!(r#"{{"n":"{name}","u":"https://example.org/","d":"example.org"{more}}}"#);
    Case { title, headers: &[], body }
}

/// What would be stored, without what the request says nothing about.
fn told(shown: &Shown) -> String {
    let mut told = serde_json::to_value(shown).expect("words and numbers");
    let words = told["words"].as_object_mut().expect("an object");
    let at = |words: &mut serde_json::Map<String, Value>, key: &str| words.remove(key).unwrap_or(json!(""));
    let place = format!("{}{}", at(words, "hostname").as_str().unwrap_or(""), at(words, "page").as_str().unwrap_or(""));
    LEFT_OUT.iter().for_each(|key| drop(words.remove(*key)));
    let mut line = format!("{place} {}", told["words"]);
    for key in ["properties", "revenue", "scroll", "engaged_s", "interactive"] {
        let dull = match key {
            "interactive" => told[key] == json!(true),
            _ => [json!({}), json!(null), json!(0)].contains(&told[key]),
        };
        if !dull {
            write!(line, " {key}={}", told[key]).expect("memory");
        }
    }
    line
}

/// Long texts in short.
fn short(text: &str) -> String {
    if text.chars().count() <= 160 { text.to_owned() } else { text.chars().take(150).collect::<String>() + ".." }
}

async fn outcome(case: &Case) -> String {
    let stored = Arc::new(Stored::default());
    let (capture, words): (_, Arc<Vocabulary>) = capture(stored.clone());
    let mut request = Request::post("/api/event").header("user-agent", AGENT);
    if case.headers.iter().all(|(name, _)| *name != "content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in case.headers {
        request = request.header(*name, *value);
    }
    let request = request.body(case.body.clone().into()).expect("request");
    let (status, headers, answer) = ask(&capture, request).await;
    let mut out = format!("{}\n", case.title);
    for (name, value) in case.headers {
        writeln!(out, "  {name}: {value}").expect("memory");
    }
    writeln!(out, "  {}\n  -> {} {answer}", short(&case.body), status.as_u16()).expect("memory");
    for name in ["x-plausible-dropped", "x-outis-reason"] {
        if let Some(value) = headers.get(name) {
            writeln!(out, "     {name}: {}", value.to_str().expect("ascii")).expect("memory");
        }
    }
    for event in stored.0.lock().iter() {
        writeln!(out, "     stored for {}: {}", event.site.0, told(&Shown::of(event, &words))).expect("memory");
    }
    out
}

async fn table(cases: &[Case]) -> String {
    let mut out = String::new();
    for case in cases {
        out += &outcome(case).await;
        out.push('\n');
    }
    out
}

#[tokio::test]
async fn names_and_addresses() {
    let long = |bytes: usize| format!(r#"{{"n":"pageview","u":"https://example.org/{}"}}"#, "a".repeat(bytes - 20));
    let name = |chars: usize| format!(r#"{{"n":"{}","u":"https://example.org/"}}"#, "ä".repeat(chars));
    let cases = [
        case("short keys", r#"{"n":"pageview","u":"https://example.org/a","d":"example.org"}"#),
        case("long keys", r#"{"name":"pageview","url":"https://example.org/a","domain":"example.org"}"#),
        case("the short key wins", r#"{"n":"a","name":"b","u":"https://example.org/a","url":"/b","d":"example.org"}"#),
        case("null is nothing", r#"{"n":null,"name":"b","u":null,"url":"https://example.org/b","d":null}"#),
        with("text/plain", &[("content-type", "text/plain")], r#"{"n":"pageview","u":"https://example.org/a"}"#),
        with(
            "any type",
            &[("content-type", "application/x-www-form-urlencoded")],
            r#"{"n":"a","u":"https://example.org/"}"#,
        ),
        case("a name may be a whole number", r#"{"n":404,"u":"https://example.org/a"}"#),
        case("but no fraction", r#"{"n":4.5,"u":"https://example.org/a"}"#),
        case("no name", r#"{"u":"https://example.org/a"}"#),
        case("blank name", r#"{"n":" ","u":"https://example.org/a"}"#),
        case("120 characters", &name(120)),
        case("121 characters", &name(121)),
        case("no address", r#"{"n":"pageview","d":"example.org"}"#),
        case("an address that is no text", r#"{"n":"pageview","u":7,"d":"example.org"}"#),
        case("data:", r#"{"n":"pageview","u":"data:text/html,x","d":"example.org"}"#),
        case("no page", r#"{"n":"pageview","u":"mailto:a@example.org","d":"example.org"}"#),
        case("2,000 bytes", &long(2_000)),
        case("2,001 bytes", &long(2_001)),
        case("no host", r#"{"n":"pageview","u":"/a","d":"example.org"}"#),
        case("www. is left out", r#"{"n":"pageview","u":"https://www.example.org/a","d":"www.example.org"}"#),
        case("decoded, trailing blanks cut", r#"{"n":"pageview","u":"https://example.org/%C3%A4%20%20"}"#),
        case("empty path", r#"{"n":"pageview","u":"https://example.org"}"#),
        case("fragment", r#"{"n":"pageview","u":"https://example.org/a#/b"}"#),
        case("fragment as route", r#"{"n":"pageview","u":"https://example.org/a#/b","h":1}"#),
        case("long key of the same", r#"{"n":"pageview","u":"https://example.org/a#/b","hashMode":1}"#),
        case(
            "query but for campaigns",
            r#"{"n":"pageview","u":"https://example.org/?a=b&utm_source=x&utm_medium=email&gclid=y"}"#,
        ),
        case("unknown keys", r#"{"n":"pageview","u":"https://example.org/","w":1280,"v":32,"x":{"y":[1]}}"#),
    ];
    insta::assert_snapshot!(table(&cases).await);
}

#[tokio::test]
async fn sites() {
    let url = r#""n":"pageview","u":"https://example.org/""#;
    let cases = [
        case("missing: the host of the page", &format!("{{{url}}}")),
        case("blank", &format!(r#"{{{url},"d":""}}"#)),
        case("blanks", &format!(r#"{{{url},"d":" , "}}"#)),
        case("no text", &format!(r#"{{{url},"d":["example.org"]}}"#)),
        case("two", &format!(r#"{{{url},"d":"example.org, second.example"}}"#)),
        case("one twice", &format!(r#"{{{url},"d":"example.org,www.example.org,example.org"}}"#)),
        case("one of two is unknown", &format!(r#"{{{url},"d":"example.org,unknown.example"}}"#)),
        case("both are unknown", &format!(r#"{{{url},"d":"a.example,b.example"}}"#)),
        case("21", &format!(r#"{{{url},"d":"{}"}}"#, (0..21).map(|i| format!("{i}.example,")).collect::<String>())),
        case("no host and no site", r#"{"n":"pageview","u":"/a"}"#),
    ];
    insta::assert_snapshot!(table(&cases).await);
}

#[tokio::test]
async fn referrers() {
    let cases = [
        event("short key", "pageview", r#""r":"https://www.google.com/search?q=x""#),
        event("long key", "pageview", r#""referrer":"https://news.ycombinator.com/item?id=1""#),
        event("another's subdomain", "pageview", r#""r":"https://blog.partner.example/post""#),
        event("own host", "pageview", r#""r":"https://www.example.org/b""#),
        event("own subdomain", "pageview", r#""r":"https://blog.example.org/b""#),
        event("this machine", "pageview", r#""r":"http://localhost:3000/""#),
        event("an app", "pageview", r#""r":"android-app://com.google.android.gm""#),
        event("another scheme", "pageview", r#""r":"ftp://partner.example/""#),
        event("no text", "pageview", r#""r":7"#),
        event("long", "pageview", &format!(r#""r":"https://partner.example/{}""#, "a".repeat(9_000))),
        event("spam", "pageview", r#""r":"https://semalt.com/""#),
    ];
    insta::assert_snapshot!(table(&cases).await);
}

#[tokio::test]
async fn properties() {
    let many: String = (0..40).map(|i| format!(r#""k{i:02}":"{i}","#)).collect();
    let cases = [
        event("an object", "Buy", r#""p":{"plan":"pro","seats":3,"trial":true,"rate":0.5}"#),
        event("long key", "Buy", r#""props":{"plan":"pro"}"#),
        event("old keys", "Buy", r#""m":{"plan":"pro"}"#),
        event("old keys", "Buy", r#""meta":"{\"plan\":\"pro\"}""#),
        event("JSON text", "Buy", r#""p":"{\"plan\":\"pro\",\"seats\":3}""#),
        event(
            "lists, objects, blanks are left out",
            "Buy",
            r#""p":{"a":[1],"b":{"c":1},"d":"","e":null,"":"f","g":"h"}"#,
        ),
        event("no object", "Buy", r#""p":["a"]"#),
        event("no JSON", "Buy", r#""p":"plan=pro""#),
        event("more than 30", "Buy", &format!(r#""p":{{{}}}"#, many.trim_end_matches(','))),
        event("key of 300 bytes", "Buy", &format!(r#""p":{{"{}":"b"}}"#, "a-".repeat(150))),
        event("key of 301 bytes", "Buy", &format!(r#""p":{{"{}":"b"}}"#, "a".repeat(301))),
        event("value of 2,000 bytes", "Buy", &format!(r#""p":{{"a":"{}"}}"#, "b".repeat(2_000))),
        event("value of 2,001 bytes", "Buy", &format!(r#""p":{{"a":"{}"}}"#, "b".repeat(2_001))),
        event("personal names and values", "Buy", r#""p":{"email":"x","note":"anna@example.org","plan":"pro"}"#),
    ];
    insta::assert_snapshot!(table(&cases).await);
}

#[tokio::test]
async fn revenue_engagement_and_interactive() {
    let cases = [
        event("amount as text", "Buy", r#""$":{"currency":"EUR","amount":"12.50"}"#),
        event("amount as number", "Buy", r#""$":{"currency":"USD","amount":12.5}"#),
        event("long key", "Buy", r#""revenue":{"currency":"JPY","amount":100}"#),
        event("no currency: kept without", "Buy", r#""$":{"currency":"XYZW","amount":1}"#),
        event("no amount: kept without", "Buy", r#""$":{"currency":"EUR","amount":"much"}"#),
        event("no object: kept without", "Buy", r#""$":12.5"#),
        event("depth and time", "engagement", r#""sd":55,"e":12345"#),
        event("as texts", "engagement", r#""sd":"55","e":"12345""#),
        event("deeper than everything", "engagement", r#""sd":1000,"e":0"#),
        event("unknown depth", "engagement", r#""sd":-1,"e":1000"#),
        event("30 days", "engagement", r#""sd":10,"e":2592000000"#),
        event("a little less", "engagement", r#""e":2591999999"#),
        event("neither", "engagement", ""),
        event("neither is right", "engagement", r#""sd":"far","e":-5"#),
        event("of other events they are not read", "pageview", r#""sd":55,"e":12345"#),
        event("i: false", "Scroll", r#""i":false"#),
        event("interactive: false", "Scroll", r#""interactive":false"#),
        event("i: true", "Scroll", r#""i":true"#),
        event("i: null", "Scroll", r#""i":null,"interactive":false"#),
    ];
    insta::assert_snapshot!(table(&cases).await);
}

#[tokio::test]
async fn bodies_and_headers() {
    let good = r#"{"n":"pageview","u":"https://example.org/"}"#;
    let cases = [
        case("no JSON", "n=pageview"),
        case("no object", r#"["pageview"]"#),
        case("cut off", r#"{"n":"pageview","u":"https://exa"#),
        case("empty", ""),
        case("several mistakes at once", r#"{"n":"","u":"data:x","d":"","p":{"a":"b"}}"#),
        case(
            "nested deep",
            &format!(r#"{{"n":"a","u":"https://example.org/","p":{}1{}}}"#, "[".repeat(99), "]".repeat(99)),
        ),
        case("1,000,001 bytes", &format!("{good}{}", " ".repeat(1_000_001 - good.len()))),
        with("X-Debug-Request", &[("x-debug-request", "true")], good),
        with(
            "X-Debug-Request behind an unknown proxy",
            &[("x-debug-request", "true"), ("x-forwarded-for", "203.0.113.9")],
            "",
        ),
        with("X-Debug-Request: other values", &[("x-debug-request", "1")], good),
        with("forwarded for somebody", &[("x-forwarded-for", "203.0.113.9")], good),
        with("Global Privacy Control", &[("sec-gpc", "1")], good),
    ];
    insta::assert_snapshot!(table(&cases).await);
}
