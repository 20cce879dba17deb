//! Who asked for an erasure is called back when its state changes, at an address that the owner declared.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::requests::{ID, PROGRAM, opendsr};
use super::{House, SITE};
use crate::config::Config;
use crate::config::webhooks::WebhookConfig;
use crate::listen::Tls;
use crate::people::callbacks::tell;

const ANNA: &str = "anna.canary@people.example";
const OTHER_ID: &str = "b7551968-d5d6-44b2-9831-815ac9017798";

/// A controller's receiver: the heads and bodies that it got. It takes everything.
struct Controller {
    url: String,
    seen: Arc<Mutex<Vec<(String, String)>>>,
}

impl Controller {
    async fn new() -> Controller {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}/opendsr/callbacks", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let writes = seen.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("accepts");
                let mut request = Vec::new();
                // A body is an object, and nothing follows it.
                while !(request.ends_with(b"}") || request.len() > 64 * 1024) {
                    let mut part = [0; 4096];
                    match stream.read(&mut part).await {
                        Ok(0) | Err(_) => break,
                        Ok(length) => request.extend_from_slice(&part[..length]),
                    }
                }
                let text = String::from_utf8(request).expect("text");
                let (head, body) = text.split_once("\r\n\r\n").expect("a head");
                writes.lock().push((head.to_owned(), body.to_owned()));
                let _ = stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
            }
        });
        Controller { url, seen }
    }

    /// A server whose owner declared it.
    async fn house(&self, dir: &Path) -> House {
        let secret_file = dir.join("secret");
        std::fs::write(&secret_file, "whsec_CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=").expect("written");
        let hook = WebhookConfig { url: self.url.clone(), secret_file, ca_file: None, loopback: true };
        let house =
            House::with(Config { webhooks: [("controller".to_owned(), hook)].into(), ..Config::default() }).await;
        let tls = Tls::open((&house.core.config).into()).expect("a certificate");
        assert!(house.core.tls.set(tls).is_ok());
        house
    }

    fn bodies(&self) -> Vec<Value> {
        self.seen.lock().iter().map(|(_, body)| serde_json::from_str(body).expect("JSON")).collect()
    }
}

impl House {
    /// What the server does by itself every minute.
    async fn calls_back(&self) {
        tell(&self.core).await.expect("told");
        self.core.distribute.work().await;
    }
}

fn asks(id: &str, kind: &str, callbacks: &[&str]) -> Value {
    let mut request = opendsr(id, kind, &[ANNA]);
    request["status_callback_urls"] = json!(callbacks);
    request
}

/// True if OpenSSL finds the signature to be of the certificate's key.
fn is_signed(certificate: &str, signature: &str, body: &str) -> bool {
    let dir = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::File::create(&path).expect("a file").write_all(bytes).expect("written");
        path
    };
    let certificate = file("certificate.pem", certificate.as_bytes());
    let (signature, body) =
        (file("signature", &STANDARD.decode(signature).expect("base64")), file("body", body.as_bytes()));
    let key = Command::new("openssl").args(["x509", "-noout", "-pubkey", "-in"]).arg(certificate).output();
    let key = file("key.pem", &key.expect("openssl is there: scripts/install-test-tools").stdout);
    let mut check = Command::new("openssl");
    check.args(["dgst", "-sha256", "-verify"]).arg(key).arg("-signature").arg(signature).arg(body);
    check.output().expect("openssl").status.success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asked_for_an_erasure_is_called_back_once_for_each_state_with_a_signature() {
    let (controller, dir) = (Controller::new().await, tempfile::tempdir().expect("a folder"));
    let house = controller.house(dir.path()).await;
    house.joins(ANNA).await;
    let at = format!("/opendsr/requests?site={SITE}");
    let wish = asks(ID, "erasure", &[&controller.url, "https://elsewhere.example/callbacks"]);
    let (status, accepted) = house.post(PROGRAM, &at, wish).await;
    assert_eq!(status, StatusCode::CREATED, "{accepted}");
    let told = &accepted["extensions"]["127.0.0.1"]["status_callbacks"];
    assert_eq!(told, &json!({ "called": 1, "not_declared": 1 }), "who asks sees what is not called");
    house.calls_back().await;
    house.calls_back().await;
    house.clock.advance_ms(49 * 3_600_000);
    house.core.maintain().await.expect("maintained");
    house.calls_back().await;
    house.calls_back().await;

    let bodies = controller.bodies();
    let states: Vec<&str> = bodies.iter().filter_map(|body| body["request_status"].as_str()).collect();
    assert_eq!(states, ["in_progress", "completed"]);
    for body in &bodies {
        assert_eq!(body["status_callback_url"], controller.url);
        assert_eq!((&body["controller_id"], &body["subject_request_id"]), (&json!(SITE), &json!(ID)));
        assert!(body["expected_completion_time"].is_string(), "{body}");
        assert!(!body.to_string().contains("canary"));
    }
    let certificate = house.core.tls.get().expect("set").certificates();
    for (head, body) in controller.seen.lock().iter() {
        let of = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).expect("a header").to_owned();
        assert_eq!(of("x-opendsr-processor-domain: "), "127.0.0.1");
        let signature = of("x-opendsr-signature: ");
        assert!(is_signed(&certificate, &signature, body));
        assert!(!is_signed(&certificate, &signature, &body.replace("completed", "cancelled").replace("in_", "")));
    }
    let lines = house.core.distribute.egress().await.expect("read");
    let kinds: Vec<_> = lines.iter().map(|line| (line.kind, line.attempts)).collect();
    assert_eq!(kinds, [(outis_distribute::Kind::RequestState, 1), (outis_distribute::Kind::RequestState, 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_called_whom_the_owner_did_not_declare() {
    let (controller, dir) = (Controller::new().await, tempfile::tempdir().expect("a folder"));
    let house = controller.house(dir.path()).await;
    let at = format!("/opendsr/requests?site={SITE}");
    let near =
        [controller.url.replace("opendsr/", ""), format!("{}?x", controller.url), format!("{}/", controller.url)];
    let near: Vec<&str> = near.iter().map(String::as_str).collect();
    let (status, accepted) = house.post(PROGRAM, &at, asks(ID, "erasure", &near)).await;
    assert_eq!(status, StatusCode::CREATED);
    let told = &accepted["extensions"]["127.0.0.1"]["status_callbacks"];
    assert_eq!(told, &json!({ "called": 0, "not_declared": 3 }));
    let many = vec![controller.url.as_str(); 11];
    let (status, _) = house.post(PROGRAM, &at, asks(OTHER_ID, "access", &many)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    house.calls_back().await;
    assert!(controller.bodies().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asked_to_see_what_is_held_is_told_where_it_is() {
    let (controller, dir) = (Controller::new().await, tempfile::tempdir().expect("a folder"));
    let house = controller.house(dir.path()).await;
    house.joins(ANNA).await;
    let at = format!("/opendsr/requests?site={SITE}");
    house.post(PROGRAM, &at, asks(ID, "access", &[&controller.url])).await;
    house.calls_back().await;
    let [body] = controller.bodies().try_into().expect("one call");
    assert_eq!((&body["request_status"], &body["results_count"]), (&json!("completed"), &json!(1)));
    assert!(body["results_url"].as_str().expect("an address").contains(ID));
}
