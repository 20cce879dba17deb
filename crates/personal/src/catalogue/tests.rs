//! What the catalogue takes, refuses, finds, and shows.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Catalogue, Refusal};

fn fields(value: Value) -> Map<String, Value> {
    let Value::Object(fields) = value else { unreachable!("tests give objects") };
    fields
}

fn now() -> Timestamp {
    "2026-11-30T12:00:00Z".parse().expect("a time")
}

fn library() -> Catalogue {
    let mut catalogue = Catalogue::default();
    for (id, title, tags) in [
        ("a", "Principles of Optics", vec!["Physics/Optics"]),
        ("b", "Thermodynamics of lasers", vec!["physics/thermodynamics"]),
        ("c", "Café culture in Vienna", vec!["history"]),
    ] {
        catalogue.put(&fields(json!({"id": id, "title": title, "tags": tags}))).expect("good");
    }
    catalogue
}

#[test]
fn what_is_wrong_is_told_and_changes_nothing() {
    let mut catalogue = library();
    let cases = [
        (json!({"title": "x"}), "id is missing"),
        (json!({"id": "x"}), "title is missing"),
        (json!({"id": "x", "title": ""}), "title has to be"),
        (json!({"id": "x", "title": "a\u{7}b"}), "title has to be"),
        (json!({"id": "x", "title": "x".repeat(501)}), "title has to be"),
        (json!({"id": "x", "title": "x", "url": "javascript:alert(1)"}), "url has to be"),
        (json!({"id": "x", "title": "x", "tags": "physics"}), "tags has to be"),
        (json!({"id": "x", "title": "x", "tags": ["a//b"]}), "tags has to be"),
        (json!({"id": "x", "title": "x", "language": "english!"}), "language has to be"),
        (json!({"id": "x", "title": "x", "published": "yesterday"}), "published has to be"),
        (json!({"id": "x", "title": "x", "hidden": 1}), "hidden has to be"),
        (json!({"id": "x", "title": "x", "attributes": {"A b": 1}}), "attributes has to be"),
        (json!({"id": "x", "title": "x", "secret-colour": 1}), "a field that items do not have"),
        (
            json!({"id": "x", "title": "x", "published": "2026-01-02T00:00:00Z", "expires": "2026-01-01T00:00:00Z"}),
            "expires has to be later",
        ),
    ];
    for (value, reason) in cases {
        let error = catalogue.put(&fields(value)).expect_err(reason).to_string();
        assert!(error.starts_with(reason), "{error}");
        assert!(!error.contains("colour") && !error.contains("yesterday"), "{error}");
    }
    assert_eq!(catalogue.len(), 3);
}

#[test]
fn good_lines_are_kept_and_bad_ones_told() {
    let mut catalogue = Catalogue::default();
    let long = format!("{{\"id\": \"d\", \"title\": \"{}\"}}", "x".repeat(70_000));
    let lines = format!(
        "{{\"id\":\"a\",\"title\":\"A\"}}\nnot json\n\n{{\"id\":\"b\"}}\n{{\"id\":\"c\",\"title\":\"C\"}}\r\n{long}\n"
    );
    let loaded = catalogue.load(lines.as_bytes());
    assert_eq!((loaded.taken, loaded.refused), (2, 3));
    assert_eq!(loaded.reasons, [(2, Refusal::NotAnObject), (4, Refusal::Missing("title")), (6, Refusal::TooLong)]);
    assert_eq!(catalogue.load("x\n".repeat(500).as_bytes()).reasons.len(), super::MOST_TOLD);
}

#[test]
fn numbers_stay_with_their_items() {
    let mut catalogue = library();
    let number = catalogue.delete("b").expect("there");
    assert!(catalogue.item(number).is_none());
    assert_eq!(catalogue.put(&fields(json!({"id": "d", "title": "New"}))), Ok(3));
    assert_eq!(catalogue.put(&fields(json!({"id": "b", "title": "Again"}))), Ok(number));
    assert_eq!(catalogue.delete("zz"), Err(Refusal::NoSuchItem));
}

#[test]
fn an_upload_in_pieces_counts_lines_through_and_takes_each_id_once() {
    let mut catalogue = library();
    let mut upload = super::Upload::default();
    let line = |id: &str, title: &str| format!("{}\n", json!({"id": id, "title": title}));
    assert_eq!(upload.take(&mut catalogue, line("b", "Lasers").as_bytes()), [1]);
    assert_eq!(upload.take(&mut catalogue, [line("b", "Again"), line("d", "New")].concat().as_bytes()), [3]);
    assert!(upload.take(&mut catalogue, b"broken").is_empty());
    let loaded = upload.end();
    assert_eq!((loaded.taken, loaded.refused), (2, 2));
    assert_eq!(loaded.reasons, [(2, Refusal::Twice), (4, Refusal::NotAnObject)]);
    assert_eq!(catalogue.by_id("b").expect("there").title, "Lasers");
}

#[test]
fn what_was_written_comes_back_under_the_same_numbers() {
    let mut before = library();
    before.declare_synonym("light", "physics/optics").expect("good");
    before.delete("b").expect("there");
    assert_eq!(before.expunge("a"), Some(0));
    assert_eq!(before.expunge("a"), None);
    let tags = before.tag_names().iter().map(ToString::to_string);
    let mut after = Catalogue::with_tags(tags, before.synonyms().clone());
    for (number, id) in [(0, None), (1, Some("b")), (2, Some("c"))] {
        let item = before.item(number).map(|item| fields(serde_json::to_value(item).expect("json")));
        after.take_back(number, id, item.as_ref()).expect("good");
    }
    for text in ["light", "physics", "history"] {
        assert_eq!(after.tag(text), before.tag(text), "{text}");
    }
    assert_eq!((after.len(), after.there()), (3, 1));
    assert_eq!(after.search("vienna", now(), 10), [2]);
    assert_eq!((after.number("a"), after.number("b")), (None, Some(1)));
    assert_eq!(after.put(&fields(json!({"id": "a", "title": "Another"}))), Ok(3), "a number is never given twice");
}

#[test]
fn a_copy_stays_as_it_was() {
    let original = library();
    let mut copy = original.clone();
    copy.delete("a").expect("there");
    copy.put(&fields(json!({"id": "z", "title": "Optics of the sea"}))).expect("good");
    assert_eq!(original.search("optics", now(), 10), [0]);
    assert_eq!(copy.search("optics", now(), 10), [3]);
}

#[test]
fn some_fields_are_changed() {
    let mut catalogue = library();
    catalogue.patch("a", &fields(json!({"hidden": true, "attributes": {"year": 1959}}))).expect("good");
    assert!(!catalogue.shown(0, now()));
    catalogue.patch("a", &fields(json!({"hidden": null, "tags": ["history"]}))).expect("good");
    assert!(catalogue.shown(0, now()));
    assert_eq!(catalogue.patch("a", &fields(json!({"id": "b"}))), Err(Refusal::IdChanged));
    assert_eq!(catalogue.patch("a", &fields(json!({"title": null}))), Err(Refusal::Missing("title")));
    let item = catalogue.item(0).expect("there");
    assert_eq!(item.title, "Principles of Optics");
    assert!(item.tags.contains("history") && item.attributes.contains_key("year"));
}

#[test]
fn what_is_above_a_tag_counts_too() {
    let catalogue = library();
    let tagging = catalogue.tagging();
    let physics = catalogue.tag(" PHYSICS ").expect("a tag");
    assert_eq!(tagging.items_of(physics), [0, 1]);
    assert_eq!(tagging.items_of(catalogue.tag("physics/optics").expect("a tag")), [0]);
}

#[test]
fn a_synonym_stands_for_its_tag() {
    let mut catalogue = library();
    catalogue.declare_synonym("Light", "physics/optics").expect("good");
    catalogue.put(&fields(json!({"id": "e", "title": "Prisms", "tags": ["light", "light/prisms"]}))).expect("good");
    assert_eq!(catalogue.tag("light"), catalogue.tag("physics/optics"));
    assert_eq!(catalogue.tag("light/prisms"), catalogue.tag("physics/optics/prisms"));
    let optics = catalogue.tag("light").expect("a tag");
    assert_eq!(catalogue.tagging().items_of(optics), [0, 3]);
    for (from, to) in [("x", "light"), ("physics/optics", "y"), ("z", "z"), ("physics", "physics/optics")] {
        assert_eq!(catalogue.declare_synonym(from, to), Err(Refusal::Synonym), "{from}");
    }
    let twice = [("Light", "x"), ("light", "y")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(catalogue.set_synonyms(twice.into()), Err(Refusal::Synonym));
    // Also where items came first.
    catalogue.declare_synonym("history", "humanities").expect("good");
    assert!(catalogue.item(2).expect("there").tags.contains("humanities"));
    assert_eq!(catalogue.set_synonyms([].into()), Ok(vec![]));
    assert!(catalogue.item(2).expect("there").tags.contains("humanities") && catalogue.synonyms().is_empty());
}

#[test]
fn words_are_found_whole_begun_or_mistyped() {
    let mut catalogue = library();
    let found = |catalogue: &Catalogue, question: &str| catalogue.search(question, now(), 10);
    assert_eq!(found(&catalogue, "optics"), [0]);
    assert_eq!(found(&catalogue, "thermo"), [1]);
    assert_eq!(found(&catalogue, "optisc"), [0]);
    assert_eq!(found(&catalogue, "thermodinamycs"), [1]);
    assert_eq!(found(&catalogue, "cafe vienna"), [2]);
    assert_eq!(found(&catalogue, "CAFÉ nonsense"), [2]);
    assert_eq!(found(&catalogue, "physics"), [0, 1]);
    assert!(found(&catalogue, "  ?!  ").is_empty());
    catalogue.patch("a", &fields(json!({"expires": "2026-11-30T12:00:00Z"}))).expect("good");
    assert!(found(&catalogue, "optics").is_empty());
    catalogue.delete("b").expect("there");
    assert!(found(&catalogue, "lasers").is_empty());
}
