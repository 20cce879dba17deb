//! The key tree from the command line, beside a running server and without one, and servers whose root cannot be read.

use std::net::SocketAddr;
use std::process::Output;

use bytes::Bytes;
use serde_json::Value;

use super::http::send;
use super::server::Place;

fn keys(place: &Place, admin: SocketAddr, command: &str, format: &str) -> Output {
    let mut outis = place.command();
    outis.env("OUTIS_ADMIN_LISTEN", admin.to_string()).args(["keys", command, "--format", format]);
    outis.output().expect("the binary runs")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// Doubts are those of the machine that runs the test: its temporary folder, its limit of locked memory.
fn agrees(output: &Output) -> Value {
    let told = json(output);
    let doubts = told["doubts"].as_array().expect("a list").len();
    assert_eq!(output.status.code(), Some(if doubts == 0 { 0 } else { 3 }));
    told
}

#[tokio::test]
async fn the_tree_is_told_and_rotated_beside_a_server_and_without_one() {
    let place = Place::new();
    let missing = keys(&place, "127.0.0.1:1".parse().expect("an address"), "list", "table");
    assert!(!missing.status.success() && !place.data().join("keys").exists(), "a command that looks makes no tree");
    place.outis(&["site", "add", "example.org"]);
    let server = place.start().await;
    let admin = server.admin;
    let list = json(&keys(&place, admin, "list", "json"));
    let dedup = list.as_array().expect("a list").iter().find(|of| of["purpose"] == "deduplication");
    assert_eq!(dedup.expect("a purpose")["oldest_days"], 0);
    let csv = keys(&place, admin, "list", "csv");
    assert!(String::from_utf8_lossy(&csv.stdout).starts_with("purpose,keys,oldest_days,youngest_days\n"));

    let before = agrees(&keys(&place, admin, "check", "json"));
    assert_eq!((before["provider"].as_str(), before["escrow_window_s"].as_u64()), (Some("file"), Some(0)));
    let after = json(&keys(&place, admin, "rotate", "json"));
    assert!(after["epoch"].as_u64() > before["epoch"].as_u64());

    // A page in a browser cannot send the header without asking first.
    let bare = send(admin, "POST", "/keys/rotate", &[], Bytes::new()).await.expect("an answer");
    assert_eq!(bare.status.as_u16(), 403);
    let asked = [("origin", "https://example.org"), ("access-control-request-headers", "x-outis-command")];
    let asked = send(admin, "OPTIONS", "/keys/rotate", &asked, Bytes::new()).await.expect("an answer");
    assert!(!asked.headers.contains_key("access-control-allow-headers"));
    let stranger = server.get("/api/v1/keys", &[]).await;
    assert_eq!(stranger.status.as_u16(), 401, "{}", stranger.text());
    server.stop();

    let alone = agrees(&keys(&place, admin, "check", "json"));
    assert!(alone["epoch"].as_u64() >= after["epoch"].as_u64());
    let rotated = json(&keys(&place, admin, "rotate", "json"));
    assert!(rotated["epoch"].as_u64() > alone["epoch"].as_u64());
    place.start().await.stop();
}

#[tokio::test]
async fn a_server_whose_root_cannot_be_read_does_not_start() {
    let place = Place::new();
    place.outis(&["site", "add", "example.org"]);
    place.start().await.stop();
    let files = |place: &Place| std::fs::read_dir(place.data().join("keys")).expect("a folder").count();
    let before = files(&place);
    let token = Place { dir: place.dir, settings: Vec::new() }
        .with("keys_provider", "pkcs11")
        .with("keys_pkcs11_module", "/nowhere/none.so")
        .with("keys_pkcs11_token", "outis")
        .with("keys_pin", "424242");
    let mut server = token.launch(&[]);
    assert!(!server.is_up().await, "the server started");
    let log = server.log();
    assert!(log.contains("keys.pkcs11.module") && !log.contains("424242"), "{log}");
    let checked = keys(&token, server.admin, "check", "table");
    assert_eq!(checked.status.code(), Some(3));

    // Another tree's slot: the server neither starts nor makes a new tree.
    let place = Place { dir: token.dir, settings: Vec::new() }.with("slot_file", "other-slot");
    let mut server = place.launch(&[]);
    assert!(!server.is_up().await, "the server started");
    assert!(server.log().contains("no root of this key tree"), "{}", server.log());
    assert_eq!(files(&place), before);
}
