//! Backups of the real server: what comes back, what does not, and what a folder of backups tells.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::members::{ANNA, Application, SITE, call, library_at, view, visitors};
use super::server::{Place, Server, files};

pub(crate) const BERT: &str = "bert.canary@people.example";
/// Where no server answers.
pub(crate) const NOWHERE: &str = "127.0.0.1:1";

/// A place whose slot and mirror of the tree are on volumes of their own.
pub(crate) fn place() -> Place {
    let place = Place::new();
    let at = |name: &str| place.dir.path().join(name).display().to_string();
    let (slot, mirror) = (at("slot-volume/slot"), at("mirror"));
    std::fs::create_dir(place.dir.path().join("slot-volume")).expect("a folder");
    place.with("slot_file", &slot).with("keys_mirror_dir", &mirror)
}

pub(crate) fn backups(place: &Place) -> PathBuf {
    place.dir.path().join("backups")
}

fn run(mut command: Command, admin: &str, arguments: &[&str]) -> Output {
    command.env("OUTIS_ADMIN_LISTEN", admin).args(arguments).output().expect("the binary runs")
}

pub(crate) fn outis(place: &Place, admin: &str, arguments: &[&str]) -> Output {
    run(place.command(), admin, arguments)
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Makes a backup, beside the server that answers there or without one.
pub(crate) fn back_up(place: &Place, admin: &str) -> Value {
    json_of(&outis(place, admin, &["backup", &backups(place).display().to_string(), "--format", "json"]))
}

/// The data folder is lost.
pub(crate) fn lose_data(place: &Place) {
    std::fs::remove_dir_all(place.data()).expect("removed");
}

pub(crate) fn restore(place: &Place) -> Value {
    json_of(&outis(place, NOWHERE, &["restore", &backups(place).display().to_string(), "--format", "json"]))
}

pub(crate) fn admin(server: &Server) -> String {
    server.admin.to_string()
}

pub(crate) async fn some_visits(server: &Server, application: &Application) {
    for (from, page) in [("20.0.0.1", "/a"), ("20.0.0.2", "/a"), ("20.0.0.3", "/b")] {
        assert_eq!(view(server, from, page, None).await, 202);
    }
    for (who, item) in [(ANNA, "the-odyssey"), (BERT, "the-iliad")] {
        let token = application.token(who, 600);
        assert_eq!(view(server, "30.0.0.1", "/members", Some(&token)).await, 202);
        let path = format!("/api/v1/people/me/bookmarks/{item}");
        assert!(call(server, &token, "PUT", &path, Value::Null).await.status.is_success());
    }
}

/// Everything that is asked of a server before and after.
async fn answers(server: &Server, token: &str) -> Vec<Value> {
    let period = json!({ "preset": "today" });
    let totals = json!({ "site": SITE, "period": period, "metrics": ["visitors", "pageviews", "visits"] });
    let pages = json!({ "site": SITE, "period": period, "metrics": ["visitors"], "dimension": "page" });
    let totals = server.ask(token, "totals", totals).await["rows"].clone();
    let pages = server.ask(token, "breakdown", pages).await["rows"].clone();
    let mut held = held(server, token, BERT).await;
    // When the server looks through members it notices what they stated; it does so after each start.
    held["noticed"] = Value::Null;
    vec![totals, pages, held]
}

pub(crate) async fn held(server: &Server, token: &str, who: &str) -> Value {
    let path = format!("/api/v1/people/{who}/export?site={SITE}");
    let answer = call(server, token, "GET", &path, Value::Null).await;
    if answer.status.as_u16() == 404 { Value::Null } else { answer.json()["held"].clone() }
}

#[tokio::test]
async fn what_is_backed_up_beside_a_running_server_comes_back() {
    let (place, server, token, application) = library_at(place()).await;
    some_visits(&server, &application).await;
    visitors(&server, &token, 5).await;
    let before = answers(&server, &token).await;
    let first = back_up(&place, &admin(&server));
    assert_eq!(first["doubts"], json!([]));
    assert!(first["new_files"].as_u64() > Some(0));
    let second = back_up(&place, &admin(&server));
    assert_eq!(second["new_files"], 0, "what is there is not copied again");
    let listed = json_of(&outis(
        &place,
        &admin(&server),
        &["backup", "list", &backups(&place).display().to_string(), "--format", "json"],
    ));
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    // Journal segments are trimmed and keys removed after the last backup: the copy beside it is dead, the mirror is not.
    assert_eq!(view(&server, "20.0.0.9", "/late", None).await, 202);
    visitors(&server, &token, 6).await;
    server.stop();
    lose_data(&place);

    let told = restore(&place);
    assert_eq!((&told["id"], &told["damaged"]), (&second["id"], &json!(0)));
    let server = place.start().await;
    visitors(&server, &token, 5).await;
    assert_eq!(answers(&server, &token).await, before);
    assert_eq!(held(&server, &token, ANNA).await["bookmarks"], json!(["the-odyssey"]));
    // It goes on as any server does: the same visitor is the same.
    assert_eq!(view(&server, "20.0.0.1", "/a", None).await, 202);
    visitors(&server, &token, 5).await;
    let third = back_up(&place, &admin(&server));
    assert_eq!(third["doubts"], json!([]));
    server.stop();
}

#[tokio::test]
async fn a_backup_brings_back_nobody_who_was_forgotten_since() {
    let (place, server, token, application) = library_at(place()).await;
    some_visits(&server, &application).await;
    visitors(&server, &token, 5).await;
    back_up(&place, &admin(&server));
    let anna = application.token(ANNA, 600);
    let forgotten = call(&server, &anna, "POST", "/api/v1/people/me/forget", json!({ "mode": "delete" })).await;
    assert_eq!(forgotten.status.as_u16(), 200);
    visitors(&server, &token, 4).await;
    server.kill();
    lose_data(&place);

    let told = restore(&place);
    let remarks = told["remarks"].to_string();
    assert!(remarks.contains("was forgotten since and may be among them"), "{remarks}");
    let server = place.start().await;
    assert_eq!(held(&server, &token, ANNA).await, Value::Null);
    assert_eq!(held(&server, &token, BERT).await["bookmarks"], json!(["the-iliad"]));
    // Her rows of the day cannot be told from those of others: none of them is there.
    visitors(&server, &token, 0).await;
    server.stop();
}

/// The roots that a slot holds: bytes 34 to 66 of every record that begins a sector.
fn roots(slot: &Path) -> Vec<[u8; 32]> {
    let bytes = std::fs::read(slot).expect("a slot");
    let records = bytes.chunks(512).filter(|sector| sector.starts_with(b"OUTISRT\n"));
    records.map(|record| record[34..66].try_into().expect("32 bytes")).collect()
}

fn holds(files: &[(PathBuf, Vec<u8>)], wanted: &[u8]) -> bool {
    files.iter().any(|(_, bytes)| memchr::memmem::find(bytes, wanted).is_some())
}

#[tokio::test]
async fn a_folder_of_backups_holds_no_root_and_tells_nothing() {
    // Without a mirror: then there is a copy of the tree in the folder.
    let slot = tempfile::tempdir().expect("a folder");
    let slot = slot.path().join("slot");
    let (place, server, token, application) =
        library_at(Place::new().with("slot_file", &slot.display().to_string())).await;
    some_visits(&server, &application).await;
    visitors(&server, &token, 5).await;
    let made = back_up(&place, &admin(&server));
    assert!(made["doubts"].to_string().contains("keys.mirror_dir"), "{made}");
    server.stop();
    back_up(&place, NOWHERE);
    let roots = roots(&slot);
    let backup = files(&backups(&place));
    assert!(!roots.is_empty() && backup.iter().any(|(path, _)| path.to_string_lossy().contains("tree-")));
    assert!(roots.iter().all(|root| !holds(&backup, root)), "a root of the slot is in the backup");
    assert!(holds(&files(slot.parent().expect("a folder")), &roots[0]), "the control: it is in the slot");
    for wanted in [SITE, ANNA, BERT, "the-odyssey", "/members", "pageview", "SQLite format"] {
        assert!(!holds(&backup, wanted.as_bytes()), "{wanted} is in the backup in clear");
    }
    let data = files(&place.data());
    assert!(holds(&data, SITE.as_bytes()) && holds(&data, b"SQLite format"), "the control: settings are, in the data");

    // The copy beside the backup opens, for no key was removed since. What is there is not overwritten.
    let full = outis(&place, NOWHERE, &["restore", &backups(&place).display().to_string()]);
    assert!(!full.status.success() && said(&full).contains("is not empty"), "{}", said(&full));
    lose_data(&place);
    restore(&place);
    let server = place.start().await;
    visitors(&server, &token, 5).await;
    assert_eq!(view(&server, "20.0.0.9", "/late", None).await, 202);
    server.stop();
    // The journal's key is gone by now, so the copy is dead.
    lose_data(&place);
    let dead = outis(&place, NOWHERE, &["restore", &backups(&place).display().to_string()]);
    assert!(!dead.status.success() && said(&dead).contains("--tree"), "{}", said(&dead));
}

#[tokio::test]
async fn who_may_not_write_there_has_no_backup_made_and_other_folders_are_left_alone() {
    let place = place();
    place.outis(&["site", "add", SITE]);
    let server = place.start().await;
    let address: SocketAddr = server.admin;
    let order = |dir: &Path, asked: &str| json!({ "task": "make", "dir": dir, "asked": asked }).to_string();
    let headers = [("content-type", "application/json"), ("x-outis-command", "backup")];
    let target = place.dir.path().join("target");
    std::fs::create_dir(&target).expect("a folder");
    let unasked = order(&target, &"0".repeat(32));
    let bare = super::http::send(address, "POST", "/backup", &headers[..1], unasked.clone()).await.expect("an answer");
    assert_eq!(bare.status.as_u16(), 403);
    let refused = super::http::send(address, "POST", "/backup", &headers, unasked).await.expect("an answer");
    assert!(refused.text().contains("as the user that the server runs as"), "{}", refused.text());
    assert_eq!(std::fs::read_dir(&target).expect("listed").count(), 0);
    std::fs::write(target.join("letters"), "dear").expect("written");
    for (dir, why) in [(target, "neither empty"), (place.data().join("inside"), "lie in each other")] {
        let output = outis(&place, &admin(&server), &["backup", &dir.display().to_string()]);
        assert!(!output.status.success() && said(&output).contains(why), "{}", said(&output));
    }
    server.stop();
}

#[tokio::test]
async fn old_backups_go_with_their_keys_and_damage_is_found() {
    let (place, server, token, application) = library_at(place()).await;
    some_visits(&server, &application).await;
    visitors(&server, &token, 5).await;
    for _ in 0..3 {
        back_up(&place, &admin(&server));
    }
    let keys = |place: &Place| {
        let list = json_of(&outis(place, &admin(&server), &["keys", "list", "--format", "json"]));
        let of = list.as_array().expect("a list").iter().find(|of| of["purpose"] == "backups").cloned();
        of.map_or(0, |of| of["keys"].as_u64().expect("a count"))
    };
    let before = keys(&place);
    let dir = backups(&place).display().to_string();
    let pruned = outis(&place, &admin(&server), &["backup", "prune", &dir, "--keep", "1"]);
    assert!(pruned.status.success(), "{}", said(&pruned));
    assert_eq!(keys(&place) * 3, before);
    let check = || outis(&place, &admin(&server), &["backup", "check", &dir, "--format", "json"]);
    let whole = json_of(&check());
    assert_eq!(whole["backups"].as_array().map(Vec::len), Some(1));
    assert_eq!((&whole["backups"][0]["damaged"], &whole["backups"][0]["replaced"]), (&json!(0), &json!(0)));
    let (path, mut bytes) = files(&backups(&place).join("files")).pop().expect("a file");
    let at = bytes.len() - 1;
    bytes[at] ^= 1;
    std::fs::write(path, bytes).expect("damaged");
    let found = check();
    assert_eq!(found.status.code(), Some(3));
    let found: Value = serde_json::from_slice(&found.stdout).expect("JSON");
    assert_eq!(found["backups"][0]["damaged"], 1);
    server.stop();
}

/// Faults that are injected into system calls of a backup, and into how many of each.
const FAULTS: [(&str, &str, usize); 4] = [
    ("rename,renameat,renameat2", "signal=SIGKILL", 12),
    ("fsync,fdatasync", "signal=SIGKILL", 24),
    ("pwrite64,copy_file_range,sendfile", "signal=SIGKILL", 12),
    ("pwrite64,copy_file_range,sendfile", "error=ENOSPC", 12),
];

#[tokio::test]
async fn a_backup_that_is_cut_short_or_finds_no_room_leaves_the_earlier_ones() {
    if Command::new("strace").arg("-V").output().is_err() {
        return;
    }
    let (place, server, token, application) = library_at(place()).await;
    some_visits(&server, &application).await;
    visitors(&server, &token, 5).await;
    let first = back_up(&place, &admin(&server));
    server.stop();
    let dir = backups(&place).display().to_string();
    let mut cut = 0;
    for (calls, fault, most) in FAULTS {
        for when in (1..=most).step_by(4) {
            let output = run(place.wrapped(&strace(calls, fault, when)), NOWHERE, &["backup", &dir]);
            cut += usize::from(!output.status.success());
        }
    }
    assert!(cut > 6, "faults hit: {cut}");
    // The first file of the warehouse finds no room.
    let other = place.dir.path().join("other").display().to_string();
    let full = run(place.wrapped(&strace("copy_file_range", "error=ENOSPC", 1)), NOWHERE, &["backup", &other]);
    assert!(said(&full).contains("there is no room left in"), "{}", said(&full));
    assert_eq!(full.status.code(), Some(1));
    let check = json_of(&outis(&place, NOWHERE, &["backup", "check", &dir, "--format", "json"]));
    let found = check["backups"].as_array().expect("a list");
    assert!(found.iter().any(|backup| backup["id"] == first["id"]), "{check}");
    assert!(found.iter().all(|backup| backup["damaged"] == 0), "{check}");
    let last = back_up(&place, NOWHERE);
    lose_data(&place);
    let told = restore(&place);
    assert_eq!(told["id"], last["id"]);
    let server = place.start().await;
    visitors(&server, &token, 5).await;
    server.stop();
}

/// A program that injects a fault into these calls from the `when`-th on.
fn strace(calls: &str, fault: &str, when: usize) -> Vec<String> {
    let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:{fault}:when={when}+"));
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    strace.iter().map(|part| (*part).to_owned()).collect()
}
