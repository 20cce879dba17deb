//! Accounts of staff from the command line, while the server runs and while it does not.

use serde_json::{Value, json};

use super::http::send;
use super::server::{Place, Server};

const PASSWORD: &str = "a long enough password";

async fn set_up(server: &Server, link: &str, email: &str) -> u16 {
    let code = link.split_once('#').expect("a link").1;
    let body = json!({ "code": code, "email": email, "password": PASSWORD });
    server.post("/api/v1/setup", &[("sec-fetch-site", "same-origin")], &body).await.status.as_u16()
}

fn accounts(place: &Place) -> Value {
    serde_json::from_str(&place.outis(&["user", "list", "--format", "json"])).expect("JSON")
}

#[tokio::test]
async fn who_runs_the_machine_decides_over_accounts() {
    let place = Place::new();
    let server = place.start().await;
    let place = place.with("listen", &server.at.to_string()).with("admin_listen", &server.admin.to_string());
    assert_eq!(set_up(&server, &place.outis(&["setup"]), "first@example.org").await, 204);
    let link = place.outis(&["user", "add", "--role", "viewer", "--role", "support"]);
    assert_eq!(set_up(&server, &link, "second@example.org").await, 204);
    assert_eq!(set_up(&server, &link, "third@example.org").await, 400);
    let two = json!([
        { "email": "first@example.org", "roles": ["owner", "privacy_officer"] },
        { "email": "second@example.org", "roles": ["viewer", "support"] },
    ]);
    assert_eq!(accounts(&place), two);
    place.outis(&["user", "role", "second@example.org", "--role", "analyst"]);
    assert_eq!(accounts(&place)[1]["roles"], json!(["analyst"]));
    let headers = [("x-outis-command", "guessed"), ("content-type", "application/json")];
    let body = json!({ "email": "first@example.org" }).to_string();
    for (method, body) in [("GET", String::new()), ("POST", body)] {
        let refused = send(server.admin, method, "/users", &headers, body).await.expect("an answer");
        assert_eq!(refused.status, 403, "the listener alone decides over nobody");
    }
    server.stop();
    let refused = place.command().args(["user", "remove", "first@example.org"]).output().expect("the binary runs");
    assert!(!refused.status.success(), "the last owner stays");
    place.outis(&["user", "remove", "second@example.org"]);
    assert_eq!(accounts(&place).as_array().expect("a list").len(), 1);
}
