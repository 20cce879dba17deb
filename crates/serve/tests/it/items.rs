//! A catalogue from the command line, and events that carry its words at once.

use std::io::Write;

use serde_json::{Value, json};

use super::http::send;
use super::server::{AGENT, Place, Server};

const SITE: &str = "library.example";

async fn seen(server: &Server, item: &str, tag: &str) {
    let url = format!("https://{SITE}/");
    let event = json!({ "name": "pageview", "url": url, "item": item, "tags": [tag] });
    let headers = [("user-agent", AGENT), ("content-type", "application/json")];
    let body = json!({ "site": SITE, "events": [event] }).to_string();
    let answer = send(server.at, "POST", "/api/v1/events", &headers, body).await.expect("an answer");
    assert_eq!(answer.json()["dropped"], 0, "{}", answer.text());
}

fn keys(answer: &Value) -> Vec<String> {
    let rows = answer["rows"].as_array().expect("rows");
    rows.iter().map(|row| row["key"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Where the server listens from now on, for the command line.
fn at(place: &mut Place, server: &Server) {
    place.settings.retain(|(key, _)| !key.ends_with("listen"));
    place.settings.push(("listen", server.at.to_string()));
    place.settings.push(("admin_listen", server.admin.to_string()));
}

#[tokio::test]
async fn items_are_imported_listed_and_deleted_and_their_words_need_nobody() {
    let mut place = Place::new();
    place.outis(&["site", "add", SITE, "--floor", "1", "--admission", "5"]);
    let stats = place.outis(&["token", "create"]);
    let token = place.outis(&["token", "create", "--scope", "items"]);
    let server = place.start().await;
    at(&mut place, &server);
    let file = place.dir.path().join("items.ndjson");
    let lines = "{\"id\":\"atlas\",\"title\":\"An atlas of the sea\",\"tags\":[\"Maps\"]}\nbroken\n\
                 {\"id\":\"bells\",\"title\":\"Of bells\"}\n";
    std::fs::File::create(&file).expect("a file").write_all(lines.as_bytes()).expect("written");
    let file = file.to_str().expect("a path");
    let imported = place.command().args(["items", "import", SITE, file, "--token", &token]).output().expect("runs");
    let told = String::from_utf8_lossy(&imported.stderr);
    assert_eq!(imported.status.code(), Some(5), "{told}");
    assert!(told.contains("line 2: not a JSON object") && told.contains("items taken: 2, lines refused: 1"), "{told}");
    let listed = place.outis(&["items", "list", SITE, "atlsa", "--format", "json", "--token", &token]);
    assert_eq!(serde_json::from_str::<Value>(&listed).expect("one line")["title"], "An atlas of the sea");
    place.outis(&["items", "delete", SITE, "bells", "--token", &token]);

    // One visitor is enough for what the catalogue has, and not for what it has not.
    seen(&server, "atlas", "maps").await;
    seen(&server, "bells", "bells").await;
    seen(&server, "unknown", "Maps").await;
    let by = |of: &str| json!({ "site": SITE, "period": { "preset": "today" }, "by": of });
    let items = server.until(&stats, "items", by("item"), |answer| keys(answer).len() == 2).await;
    assert!(keys(&items).contains(&"atlas".to_owned()), "{items}");
    assert!(!items.to_string().contains("bells") && !items.to_string().contains("unknown"), "{items}");
    let tags = server.ask(&stats, "items", by("tag")).await;
    assert!(keys(&tags).contains(&"maps".to_owned()) && !tags.to_string().contains("Maps"), "{tags}");

    server.stop();
    let server = place.start().await;
    at(&mut place, &server);
    let listed = place.outis(&["items", "list", SITE, "--format", "csv", "--token", &token]);
    assert_eq!(listed.lines().skip(1).collect::<Vec<_>>(), ["atlas,An atlas of the sea,,,maps,"]);
}
