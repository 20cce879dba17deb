//! Members in a database of a PostgreSQL server: through crashes, forgetting, an outage, and backups.

use serde_json::{Value, json};

use super::backup::{self, BERT, NOWHERE, admin, back_up, backups, held, lose_data, outis, restore, some_visits};
use super::members::{ANNA, SITE, call, library_at, view, visitors};
use super::postgres_server::Postgres;
use super::server::{Place, Server, files};

/// The address of a new database of the server.
fn database(postgres: &Postgres, name: &str) -> String {
    postgres.sql(&format!("CREATE DATABASE {name}"));
    address(postgres, name)
}

fn address(postgres: &Postgres, name: &str) -> String {
    let socket = postgres.socket().display().to_string().replace('/', "%2F");
    format!("postgres://outis@{socket}/{name}")
}

fn holds_canary(place: &Place, postgres: &Postgres) -> bool {
    let mut all = files(&place.data());
    all.extend(files(&postgres.data()));
    all.iter().any(|(_, bytes)| memchr::memmem::find(bytes, b"canary").is_some())
}

async fn like(server: &Server, token: &str, item: &str) -> u16 {
    call(server, token, "PUT", &format!("/api/v1/people/me/likes/{item}"), Value::Null).await.status.as_u16()
}

#[tokio::test]
async fn members_live_through_crashes_and_are_forgotten_for_good() {
    let Some(mut postgres) = Postgres::start(&[], &[]) else { return };
    let place = Place::new().with("people_database", &database(&postgres, "members"));
    let (place, server, token, application) = library_at(place).await;
    let anna = application.token(ANNA, 600);
    assert_eq!(view(&server, "20.0.0.1", "/a", Some(&anna)).await, 202);
    assert_eq!(like(&server, &anna, "guide-one").await, 204);
    visitors(&server, &token, 1).await;
    server.kill();

    let server = place.start().await;
    let export = call(&server, &anna, "GET", "/api/v1/people/me/export", Value::Null).await.json();
    assert_eq!((&export["held"]["id"], &export["held"]["likes"]), (&json!(ANNA), &json!(["guide-one"])));
    assert_eq!(export["recent_activity"].as_array().map(Vec::len), Some(1));
    let forgotten = call(&server, &anna, "POST", "/api/v1/people/me/forget", json!({ "mode": "delete" })).await;
    assert_eq!(forgotten.status, 200);
    assert!(forgotten.json()["receipt"].is_object());
    server.kill();

    let server = place.start().await;
    assert_eq!(held(&server, &token, ANNA).await, Value::Null);
    visitors(&server, &token, 0).await;
    assert_eq!(like(&server, &anna, "guide-two").await, 204, "who comes back is a new member");
    assert_eq!(held(&server, &token, ANNA).await["likes"], json!(["guide-two"]));
    server.stop();
    postgres.stop();
    assert!(!place.data().join("people").exists());
    assert!(!holds_canary(&place, &postgres));
}

#[tokio::test]
async fn an_outage_is_told_and_over_when_the_server_is_back() {
    let Some(mut postgres) = Postgres::start(&[], &[]) else { return };
    let place = Place::new().with("people_database", &database(&postgres, "members"));
    let (place, server, token, application) = library_at(place).await;
    let anna = application.token(ANNA, 600);
    assert_eq!(like(&server, &anna, "guide-one").await, 204);
    postgres.stop();
    let refused = call(&server, &anna, "PUT", "/api/v1/people/me/likes/guide-two", Value::Null).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]["code"]), (503, &json!("members_away")));
    assert!(refused.headers.contains_key("retry-after"));
    let newcomer = application.token(BERT, 600);
    assert_eq!(view(&server, "20.0.0.1", "/a", Some(&newcomer)).await, 503, "not taken as anybody's");
    assert_eq!(view(&server, "20.0.0.2", "/a", None).await, 202, "others are counted");
    let ready = super::http::send(server.admin, "GET", "/readyz", &[], "").await.expect("an answer");
    assert!(ready.status == 503 && ready.text().contains("database of members"), "{}", ready.text());
    postgres.again();

    assert_eq!(like(&server, &anna, "guide-two").await, 204);
    assert_eq!(view(&server, "20.0.0.1", "/a", Some(&newcomer)).await, 202);
    let ready = super::http::send(server.admin, "GET", "/readyz", &[], "").await.expect("an answer");
    assert_eq!(ready.status, 200, "{}", ready.text());
    server.kill();
    let server = place.start().await;
    assert_eq!(held(&server, &token, ANNA).await["likes"], json!(["guide-one", "guide-two"]));
    server.stop();

    // Without it nothing starts, and what to do is said.
    postgres.stop();
    let mut server = place.launch(&[]);
    assert!(!server.is_up().await);
    assert!(server.log().contains("is the address in people.database right"), "{}", server.log());
    let doctor = outis(&place, NOWHERE, &["doctor"]);
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("cannot be reached"), "{doctor:?}");
}

#[tokio::test]
async fn a_backup_goes_into_either_kind_of_database_and_brings_back_nobody() {
    let Some(postgres) = Postgres::start(&[], &[]) else { return };
    let place = backup::place().with("people_database", &database(&postgres, "members"));
    let (mut place, server, token, application) = library_at(place).await;
    some_visits(&server, &application).await;
    visitors(&server, &token, 5).await;
    back_up(&place, &admin(&server));
    let anna = application.token(ANNA, 600);
    let forgotten = call(&server, &anna, "POST", "/api/v1/people/me/forget", Value::Null).await;
    assert_eq!(forgotten.status, 200);
    server.kill();

    lose_data(&place);
    let refused = outis(&place, NOWHERE, &["restore", &backups(&place).display().to_string()]);
    assert!(!refused.status.success() && backup::said(&refused).contains("not empty"), "{refused:?}");
    let settings = place.settings.clone();
    let without = settings.iter().filter(|(key, _)| *key != "people_database").cloned().collect::<Vec<_>>();
    let with = |address| [&without[..], &[("people_database", address)]].concat();
    for settings in [with(database(&postgres, "others")), without.clone()] {
        place.settings = settings;
        let _ = std::fs::remove_dir_all(place.data());
        restore(&place);
        let server = place.start().await;
        assert_eq!(held(&server, &token, ANNA).await, Value::Null);
        assert_eq!(held(&server, &token, BERT).await["bookmarks"], json!(["the-iliad"]));
        let path = format!("/api/v1/people/{BERT}/export?site={SITE}");
        assert_eq!(call(&server, &token, "GET", &path, Value::Null).await.status, 200);
        server.stop();
        let is_file = place.data().join("people/people.db").exists();
        assert_eq!(is_file, place.settings.iter().all(|(key, _)| *key != "people_database"));
    }
}
