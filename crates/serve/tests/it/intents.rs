//! Intents over HTTP: counted as events, done as webhooks that reach a real receiver.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::members::{ANNA, SITE, call, library_at};
use super::server::{Place, Server};

const SECRET: [u8; 32] = [5; 32];

/// Waits until the site's intents are learnt.
pub(crate) async fn learnt(server: &Server, token: &str) {
    for _ in 0..600 {
        let told = call(server, token, "GET", &format!("/api/v1/intents?site={SITE}"), Value::Null).await.json();
        if told["state"] == "ready" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("never learnt: {}", server.log());
}

/// The site begins with the intents for the built-in actions.
pub(crate) async fn begins(server: &Server, token: &str) {
    let path = format!("/api/v1/intents/import?site={SITE}");
    let answer = call(server, token, "POST", &path, json!({ "format": "starter" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    learnt(server, token).await;
}

/// A receiver on this machine with a certificate for `localhost`; gives what it gets: head and body.
async fn receiver(place: &Place) -> (u16, mpsc::Receiver<String>) {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    std::fs::write(place.dir.path().join("ca.pem"), certified.cert.pem()).expect("written");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .expect("fits");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (seen, got) = mpsc::channel(8);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("accepts");
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                let mut part = [0; 4096];
                let length = stream.read(&mut part).await.unwrap_or(0);
                if length == 0 {
                    break;
                }
                request.extend_from_slice(&part[..length]);
            }
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            let _ = stream.flush().await;
            let _ = seen.send(String::from_utf8_lossy(&request).into_owned()).await;
        }
    });
    (port, got)
}

fn configure(place: &Place, port: u16) {
    let file = |name: &str| place.dir.path().join(name);
    std::fs::write(file("secret"), format!("whsec_{}\n", STANDARD.encode(SECRET))).expect("written");
    let text = format!(
        "[webhooks.tickets]\nurl = \"https://localhost:{port}/hooks\"\nsecret_file = \"{}\"\nca_file = \"{}\"\nloopback = true\n",
        file("secret").display(),
        file("ca.pem").display()
    );
    std::fs::write(file("outis.toml"), text).expect("written");
}

#[tokio::test]
async fn an_intent_reaches_the_application_signed_and_says_nothing_of_whom_it_is() {
    let place = Place::new();
    let (port, mut got) = receiver(&place).await;
    configure(&place, port);
    let (_place, server, token, application) = library_at(place).await;
    let definitions = json!({ "intents": [
        { "name": "ticket", "action": { "webhook": "tickets" }, "confirm": false,
          "examples": ["the [printer](thing) is broken", "my [screen](thing) does not work"],
          "slots": { "thing": { "type": "choice", "values": [{ "value": "printer" }, { "value": "screen" }] } } },
        { "name": "hello", "examples": ["hello there", "good morning"] },
    ] });
    let answer = call(&server, &token, "PUT", &format!("/api/v1/intents?site={SITE}"), definitions).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    learnt(&server, &token).await;
    let anna = application.token(ANNA, 600);
    let text = json!({ "text": "My PRINTER does not work" });
    let answer = call(&server, &anna, "POST", "/api/v1/intents/execute", text).await.json();
    assert_eq!(answer["state"], "done", "{answer}");
    let request = got.recv().await.expect("a request");
    let (head, body) = request.split_once("\r\n\r\n").expect("a head");
    let told: Value = serde_json::from_str(body).expect("json");
    assert_eq!(told, json!({ "type": "intent", "site": SITE, "intent": "ticket", "slots": { "thing": "printer" } }));
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(name)).expect("the header");
        line.split_once(": ").expect("a value").1.to_owned()
    };
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    assert_eq!(answer["result"], json!({ "webhook": "tickets", "message": id }));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &SECRET);
    let signed = aws_lc_rs::hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
    assert_eq!(header("webhook-signature"), format!("v1,{}", STANDARD.encode(signed)));
    assert!(!request.contains("anna"), "who it is stays here: {request}");
    server.stop();
}

#[tokio::test]
async fn what_was_recognised_is_counted_and_the_text_is_not_kept() {
    let (place, server, token, application) = library_at(Place::new()).await;
    begins(&server, &token).await;
    let anna = application.token(ANNA, 600);
    assert_eq!(super::members::view(&server, "20.0.0.1", "/a", Some(&anna)).await, 202);
    for text in ["recommend something", "was soll ich als nächstes lesen", "qqqq wwww zzzz"] {
        let answer = call(&server, &anna, "POST", "/api/v1/intents/interpret", json!({ "text": text })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let by = |dimension: &str| json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["events"], "dimension": dimension });
    let has = |key: &'static str, count: u64| {
        move |answer: &Value| {
            let mut rows = answer["rows"].as_array().expect("rows").iter();
            rows.any(|row| row["keys"] == json!([key]) && row["values"] == json!([count]))
        }
    };
    server.until(&token, "breakdown", by("event"), has("intent recognised", 3)).await;
    server.until(&token, "breakdown", by("prop:intent"), has("recommend", 2)).await;
    server.until(&token, "breakdown", by("prop:outcome"), has("out_of_scope", 1)).await;
    // The member did it, as one visitor of the day, and no page was seen for it.
    super::members::visitors(&server, &token, 1).await;
    let pages = json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["pageviews"] });
    server.until(&token, "totals", pages, |answer| answer["rows"][0]["values"] == json!([1])).await;
    // Forgotten with everything else that they did.
    let confirm = call(&server, &anna, "POST", "/api/v1/intents/execute", json!({ "text": "forget me" })).await.json();
    let yes = json!({ "intent": "forget_me", "confirmation": confirm["confirmation"] });
    let answer = call(&server, &anna, "POST", "/api/v1/intents/execute", yes).await.json();
    assert_eq!(answer["state"], "done", "{answer}");
    super::members::visitors(&server, &token, 0).await;
    server.stop();
    drop(place);
}

#[tokio::test]
async fn intents_are_learnt_anew_at_start_and_files_go_in_and_out_by_command() {
    let (place, server, token, _) = library_at(Place::new()).await;
    let in_place = |server: &Server, command: &[&str], input: &str| {
        use std::io::Write;
        let listen = server.at.to_string();
        let mut child = place
            .command()
            .args(command)
            .env("OUTIS_LISTEN", listen)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("runs");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
        let output = child.wait_with_output().expect("ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, _, said) = in_place(&server, &["intents", "import", SITE, "--starter", "--token", &token], "");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("learnt 8 intents"), "{said}");
    let (code, file, said) = in_place(&server, &["intents", "export", SITE, "--token", &token], "");
    assert_eq!(code, Some(0), "{said}");
    let (code, _, said) = in_place(&server, &["intents", "import", SITE, "-", "--token", &token], &file);
    assert_eq!(code, Some(0), "{said}");
    let (code, _, said) =
        in_place(&server, &["intents", "import", SITE, "-", "--token", &token], "[[intents]]\nnam = 1\n");
    assert_eq!(code, Some(1));
    assert!(said.contains("line 2"), "{said}");
    server.stop();
    let server = place.start().await;
    learnt(&server, &token).await;
    let programs = place.outis(&["token", "create", "--scope", "intents"]);
    let texts = "forget me\tforget_me\nrecommend something\n";
    let (code, told, said) = in_place(&server, &["intents", "test", SITE, "--token", &programs], texts);
    assert_eq!(code, Some(0), "{said}");
    assert!(told.contains("forget_me") && told.contains("recommend"), "{told}");
    let (code, ..) = in_place(&server, &["intents", "test", SITE, "--token", &programs], "forget me\trecommend\n");
    assert_eq!(code, Some(3), "findings");
    let huge = Bytes::from(format!("{{\"text\":\"{}\"}}", "x".repeat(1 << 20)));
    let bearer = format!("Bearer {programs}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = format!("/api/v1/intents/interpret?site={SITE}");
    let answer = super::http::send(server.at, "POST", &path, &headers, huge).await.expect("an answer");
    assert_eq!(answer.status, 413);
    server.stop();
}
