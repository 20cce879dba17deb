//! The catalogue over HTTP, on a real core.

use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use outis_capture::Sites;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{House, SITE, Who};
use crate::control::{Role, Scope};
use crate::core::Core;

const PROGRAM: Who = Who::Program(Scope::Items);

fn at(path: &str, query: &str) -> String {
    format!("/api/v1/{path}?site={SITE}{query}")
}

impl House {
    async fn put_item(&self, id: &str, item: Value) -> (StatusCode, Value) {
        self.ask(PROGRAM, &Method::PUT, &at(&format!("items/{id}"), ""), item).await
    }

    async fn found(&self, query: &str) -> Vec<String> {
        let (status, page) = self.ask(PROGRAM, &Method::GET, &at("items", query), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|item| item["id"].as_str().expect("an id").into())
            .collect()
    }

    async fn upload(&self, body: String) -> (StatusCode, Value) {
        let (_, token) = self.tokens.iter().find(|(of, _)| *of == Scope::Items).expect("a token");
        let request = Request::post(at("items", ""))
            .header("content-type", "application/x-ndjson")
            .header("authorization", format!("Bearer {token}"));
        let answer = self
            .router
            .clone()
            .oneshot(request.body(axum::body::Body::from(body)).expect("a request"))
            .await
            .expect("answered");
        let status = answer.status();
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// The headers of an answer to a page of this origin that sends nothing of its own.
    async fn read_from(&self, origin: &str, path: &str) -> (StatusCode, Option<String>) {
        let request = Request::get(path).header("origin", origin).body(axum::body::Body::empty()).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("answered");
        let allowed = answer.headers().get("access-control-allow-origin").map(|v| v.to_str().expect("text").to_owned());
        (answer.status(), allowed)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_is_put_changed_found_and_deleted() {
    let house = House::new().await;
    let optics =
        json!({ "title": "Principles of optics", "tags": ["Physics/Optics"], "kind": "book", "language": "en-GB" });
    assert_eq!(house.put_item("%2Fbooks%2F1", optics).await.0, StatusCode::OK);
    house.put_item("2", json!({ "title": "Heat", "tags": ["physics"], "kind": "article", "language": "en" })).await;
    house.put_item("3", json!({ "title": "Wien", "tags": ["history"], "language": "de" })).await;
    assert_eq!(house.found("&q=optisc").await, ["/books/1"]);
    assert_eq!(house.found("&tag=physics").await, ["/books/1", "2"]);
    assert_eq!(house.found("&tag=physics&kind=article").await, ["2"]);
    assert_eq!(house.found("&language=en").await, ["/books/1", "2"]);
    assert_eq!(house.found("&ids=3%0A2%0Anone").await, ["3", "2"]);
    let (_, page) = house.ask(PROGRAM, &Method::GET, &at("items", "&limit=2"), Value::Null).await;
    assert_eq!((&page["total"], &page["computed"]["items"]), (&json!(3), &json!(3)));
    let next = format!("&limit=2&cursor={}", page["cursor"].as_str().expect("more"));
    assert_eq!(house.found(&next).await, ["3"]);
    let (_, changed) =
        house.ask(PROGRAM, &Method::PATCH, &at("items/2", ""), json!({ "hidden": true, "kind": null })).await;
    assert_eq!(changed, json!({ "id": "2", "title": "Heat", "tags": ["physics"], "language": "en", "hidden": true }));
    let (status, _) = house.ask(PROGRAM, &Method::DELETE, &at("items/3", ""), Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(house.ask(PROGRAM, &Method::DELETE, &at("items/3", ""), Value::Null).await.0, StatusCode::NOT_FOUND);
    assert_eq!(house.found("").await, ["/books/1", "2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_reads_what_is_shown_and_pages_of_the_site_do_from_elsewhere() {
    let house = House::new().await;
    house.put_item("open", json!({ "title": "Open" })).await;
    house.put_item("draft", json!({ "title": "Draft", "hidden": true })).await;
    house.put_item("later", json!({ "title": "Later", "published": "2027-06-01T00:00:00Z" })).await;
    let of_site = format!("https://{SITE}");
    let read = house.read_from(&of_site, &at("items/open", "")).await;
    assert_eq!(read, (StatusCode::OK, Some(of_site.clone())));
    assert_eq!(house.read_from("https://other.example", &at("items/open", "")).await, (StatusCode::OK, None));
    for hidden in ["draft", "later", "none"] {
        assert_eq!(house.read_from(&of_site, &at(&format!("items/{hidden}"), "")).await.0, StatusCode::NOT_FOUND);
    }
    let support = Who::Staff(Role::Support);
    for (who, expected) in [(Who::Staff(Role::Viewer), 200), (PROGRAM, 200), (support, 404), (Who::Nobody, 404)] {
        let (status, _) = house.ask(who, &Method::GET, &at("items/draft", ""), Value::Null).await;
        assert_eq!(status.as_u16(), expected, "{who:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mistakes_are_told_by_place_and_never_repeated() {
    let house = House::new().await;
    house.put_item("1", json!({ "title": "One", "tags": ["physics"], "kind": "book" })).await;
    let cases = [
        (json!({ "title": "" }), "item_field_malformed", "/title"),
        (json!({ "title": "x", "canary": 1 }), "item_field_unknown", ""),
        (json!({ "title": "x", "tags": ["canary//x"] }), "item_field_malformed", "/tags"),
        (json!({ "title": "x", "id": "canary" }), "item_id_changed", "/id"),
        (
            json!({ "title": "x", "published": "2026-02-01T00:00:00Z", "expires": "2026-01-01T00:00:00Z" }),
            "item_expires_first",
            "/expires",
        ),
    ];
    for (item, code, pointer) in cases {
        let (status, answer) = house.put_item("x", item).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(code)), "{answer}");
        assert_eq!(answer["error"]["pointer"].as_str().unwrap_or_default(), pointer);
        assert!(!answer.to_string().contains("canary"));
    }
    let (status, answer) = house.put_item("x", json!({ "title": "x".repeat(70_000) })).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("item_too_long")));
    for (query, code) in [
        ("&tag=canary", "tag_unknown"),
        ("&kind=canary", "kind_unknown"),
        ("&language=canary", "language_unknown"),
        ("&limit=0", "limit_out_of_range"),
        ("&cursor=canary", "cursor_malformed"),
    ] {
        let (status, answer) = house.ask(PROGRAM, &Method::GET, &at("items", query), Value::Null).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(code)));
        assert!(!answer.to_string().contains("canary"));
    }
    assert_eq!(house.found("").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_lines_are_kept_and_bad_ones_told_by_number() {
    let house = House::new().await;
    let many: String = (0..30_000).map(|n| format!("{}\n", json!({ "id": format!("i{n}"), "title": format!("Item {n} of many"), "attributes": { "about": "x".repeat(300) } }))).collect();
    let body = format!(
        "{many}{{\"id\":\"i7\",\"title\":\"canary\"}}\nnot json canary\n\n{{\"id\":\"last\",\"title\":\"Last\"}}"
    );
    let (status, report) = house.upload(body).await;
    assert_eq!((status, &report["taken"], &report["refused"]), (StatusCode::OK, &json!(30_001), &json!(2)), "{report}");
    let told: Vec<_> =
        report["reasons"].as_array().expect("a list").iter().map(|r| (r["line"].clone(), r["code"].clone())).collect();
    assert_eq!(told, [(json!(30_001), json!("item_twice")), (json!(30_002), json!("item_not_an_object"))]);
    assert!(!report.to_string().contains("canary"));
    assert_eq!(house.found("&q=last").await, ["last"]);
    let (status, report) = house
        .ask(Who::Staff(Role::Analyst), &Method::POST, &at("items", ""), json!({ "id": "one", "title": "One" }))
        .await;
    assert_eq!((status, &report["taken"]), (StatusCode::OK, &json!(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn synonyms_stand_for_their_tags() {
    let house = House::new().await;
    house.put_item("1", json!({ "title": "One", "tags": ["light/prisms"] })).await;
    let put = |synonyms: Value| {
        house.ask(PROGRAM, &Method::PUT, "/api/v1/tags?site=example.org", json!({ "synonyms": synonyms }))
    };
    assert_eq!(put(json!({ "Light": "physics/optics" })).await.0, StatusCode::NO_CONTENT);
    assert_eq!(house.found("&tag=light").await, ["1"]);
    assert_eq!(house.found("&tag=physics").await, ["1"]);
    let (_, told) = house.ask(PROGRAM, &Method::GET, &at("tags", ""), Value::Null).await;
    let expected = json!([
        { "tag": "physics", "items": 1 },
        { "tag": "physics/optics", "items": 1, "synonyms": ["light"] },
        { "tag": "physics/optics/prisms", "items": 1 },
    ]);
    assert_eq!(told["tags"], expected);
    let (status, answer) = put(json!({ "a": "b", "b": "c" })).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("synonym_circular")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_outlives_the_process_and_what_is_purged_does_not() {
    let house = House::new().await;
    for id in ["a", "b", "c"] {
        house.put_item(id, json!({ "title": format!("Title of {id}"), "tags": ["t"] })).await;
    }
    house.ask(PROGRAM, &Method::DELETE, &at("items/b", ""), Value::Null).await;
    let site = house.core.registry.by_domain(SITE).expect("a site").site().id;
    let numbers = |core: &Core| ["a", "b", "c"].map(|id| core.catalogues.of(site).number(id));
    let before = (numbers(&house.core), house.core.catalogues.version(site));
    let reopen = async || {
        let store = crate::control::ItemStore::new(house.core.control.clone(), house.core.keys.clone());
        crate::core::Catalogues::open(store).await.expect("opens")
    };
    let again = reopen().await;
    let catalogue = again.of(site);
    assert_eq!((["a", "b", "c"].map(|id| catalogue.number(id)), again.version(site)), before);
    assert_eq!(catalogue.there(), 2);
    let files =
        std::fs::read_dir(&house.core.config.data_dir).expect("a folder").map(|file| file.expect("an entry").path());
    let texts: Vec<Vec<u8>> =
        files.filter(|file| file.is_file()).map(|file| std::fs::read(file).expect("read")).collect();
    let on_disk = |text: &[u8]| texts.iter().any(|file| file.windows(text.len()).any(|window| window == text));
    assert!(on_disk(b"example.org") && !on_disk(b"Title of"), "what is written is sealed");
    let purge = json!({ "site": SITE, "what": { "item": "c" } });
    let (status, done) = house.ask(Who::Staff(Role::Owner), &Method::POST, "/api/v1/purges", purge).await;
    assert_eq!((status, &done["state"], &done["catalogue"]), (StatusCode::OK, &json!("done"), &json!(true)), "{done}");
    let catalogue = reopen().await.of(site);
    assert_eq!(["a", "b", "c"].map(|id| catalogue.number(id)), [Some(0), Some(1), None]);
    assert_eq!((catalogue.len(), catalogue.there()), (3, 1));
}
