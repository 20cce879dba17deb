//! Whole interpretations.

use jiff::ZonedDateTime;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

const LIBRARY: &str = r#"
[[intents]]
name = "find"
action = "find_content"
examples = [
    "find articles about [open access](topic)", "search for [open access](topic)", "i look for papers on [archives](topic)",
    "show me something about [archives](topic)", "papers on [open access](topic) from [last year](when)",
    "what is there about [open access](topic)", "find [archives](topic)",
]
slots.topic = { type = "tag", required = true }
slots.when = { type = "period" }

[[intents]]
name = "follow"
action = "follow_tag"
examples = ["follow [open access](topic)", "tell me about news on [archives](topic)", "keep me posted on [archives](topic)",
    "subscribe me to [open access](topic)", "i want to follow [archives](topic)"]
slots.topic = { type = "tag", required = true }

[[intents]]
name = "forget"
action = "forget_me"
confirm = false
examples = ["forget me", "delete everything about me", "erase my data", "please delete my account and all my data",
    "remove all you know about me"]

[[intents]]
name = "route"
action = { webhook = "routes" }
examples = ["how do i get from [vienna](from) to [graz](to)", "from [linz](from) to [wels](to) please",
    "a way to [graz](to) from [wels](from)", "go to [vienna](to) from [linz](from)", "route from [graz](from) to [linz](to)"]
slots.from = { list = "towns", required = true }
slots.to = { list = "towns", required = true }

[[intents]]
name = "note"
action = "bookmark"
examples = ["note that [the roof leaks](what)", "remember [to buy milk](what)", "make a note [call the plumber](what)",
    "note [meeting moved](what)", "remember that [keys are at the desk](what)"]
slots.what = { open = true }

[lists]
towns = [{ value = "Vienna", synonyms = ["Wien"] }, { value = "Graz" }, { value = "Linz" }, { value = "Wels" }]
"#;

fn entry(value: &str, synonyms: &[&str]) -> Entry {
    Entry { value: value.to_owned(), synonyms: synonyms.iter().map(|name| (*name).to_owned()).collect() }
}

fn engine() -> Engine {
    let definitions = Definitions::from_toml(LIBRARY).expect("definitions");
    let model = Model::train(&definitions, &Training::default()).expect("trains");
    let tags = vec![entry("oa", &["open access"]), entry("arch", &["archives"]), entry("bib", &["bibliometrics"])];
    Engine::new(model, Catalogue { tags, ..Catalogue::default() })
}

fn now() -> ZonedDateTime {
    date(2026, 11, 30).at(12, 0, 0, 0).to_zoned_datetime(TimeZone::UTC).expect("a time")
}

#[test]
fn an_example_with_other_values_has_its_intent_for_sure() {
    let engine = engine();
    let text = "Papers on Bibliometrics from last month!";
    let read = engine.interpret(text, &now()).expect("short");
    assert_eq!((read.decision, read.intent, read.confidence), (Decision::Accepted, Some("find"), 1.0));
    let values: Vec<_> = read.slots.iter().map(|slot| (slot.slot, slot.by, &text[slot.span.clone()])).collect();
    assert_eq!(values, [("topic", FilledBy::Template, "Bibliometrics"), ("when", FilledBy::Template, "last month")]);
    assert_eq!(read.slots[0].value, Value::Tag("bib".to_owned()));
    assert_eq!(read.action, Some(&Action::FindContent));
    assert!(read.missing.is_empty() && !read.needs_confirmation);
}

#[test]
fn other_words_are_understood_with_their_values() {
    let engine = engine();
    let read = engine.interpret("could you search papers about bibliometric since may", &now()).expect("short");
    assert_eq!(read.intent, Some("find"));
    assert!(read.confidence < 1.0);
    let values: Vec<_> = read.slots.iter().map(|slot| (slot.slot, slot.by)).collect();
    assert_eq!(values, [("topic", FilledBy::Gazetteer), ("when", FilledBy::Builtin)], "one letter is missing");
}

#[test]
fn what_is_required_and_not_there_is_missing() {
    let engine = engine();
    let read = engine.interpret("i want to follow", &now()).expect("short");
    assert_eq!((read.intent, read.missing), (Some("follow"), vec!["topic"]));
}

#[test]
fn what_destroys_is_confirmed_whatever_is_declared() {
    let engine = engine();
    for text in ["forget me", "please erase everything you know about me"] {
        let read = engine.interpret(text, &now()).expect("short");
        assert_eq!((read.intent, read.needs_confirmation), (Some("forget"), true), "{text}");
    }
}

#[test]
fn slots_of_one_kind_are_told_apart_by_the_words_around() {
    let engine = engine();
    for text in ["route to graz from wien", "i need to get from wien to graz now"] {
        let read = engine.interpret(text, &now()).expect("short");
        let value =
            |slot: &str| read.slots.iter().find(|filled| filled.slot == slot).map(|filled| filled.value.clone());
        assert_eq!(read.intent, Some("route"), "{text}");
        assert_eq!(value("from"), Some(Value::Choice("Vienna".to_owned())), "{text}");
        assert_eq!(value("to"), Some(Value::Choice("Graz".to_owned())), "{text}");
    }
}

#[test]
fn open_slots_take_any_words() {
    let engine = engine();
    let text = "remember that The Printer is Broken";
    let read = engine.interpret(text, &now()).expect("short");
    assert_eq!(read.intent, Some("note"));
    assert_eq!(read.slots.len(), 1);
    assert_eq!(&text[read.slots[0].span.clone()], "The Printer is Broken");
    assert_eq!(read.slots[0].by, FilledBy::Tagger);
}

#[test]
fn what_cannot_be_understood_has_a_clear_result() {
    let engine = engine();
    for (text, why) in [
        ("", OutOfScope::Empty),
        ("  ?!  ", OutOfScope::Empty),
        ("найди статьи", OutOfScope::NothingKnown),
        ("検索", OutOfScope::NothingKnown),
        ("🦊🦊", OutOfScope::Empty),
    ] {
        let read = engine.interpret(text, &now()).expect("short");
        assert_eq!((read.decision, read.out_of_scope, read.intent), (Decision::OutOfScope, Some(why), None), "{text}");
    }
    assert_eq!(engine.interpret(&"a ".repeat(1 << 19), &now()), Err(TextError::TooLong));
}

#[test]
fn an_empty_model_understands_nothing() {
    let model = Model::train(&Definitions::default(), &Training::default()).expect("trains");
    let engine = Engine::new(Model::from_bytes(&model.to_bytes()).expect("reads"), Catalogue::default());
    let read = engine.interpret("find archives", &now()).expect("short");
    assert_eq!((read.decision, read.out_of_scope), (Decision::OutOfScope, Some(OutOfScope::NothingKnown)));
}

#[test]
fn one_intent_is_known_by_its_examples_only() {
    let definitions = Definitions {
        intents: vec![Intent { name: "hi".to_owned(), examples: vec!["hello there".to_owned()], ..Intent::default() }],
        ..Definitions::default()
    };
    let engine = Engine::new(Model::train(&definitions, &Training::default()).expect("trains"), Catalogue::default());
    assert_eq!(engine.interpret("Hello, there", &now()).expect("short").intent, Some("hi"));
    assert_eq!(engine.interpret("hello here", &now()).expect("short").decision, Decision::OutOfScope);
}

#[test]
fn a_model_reads_back_as_the_same() {
    let engine = engine();
    let bytes = engine.model().to_bytes();
    let read = Model::from_bytes(&bytes).expect("reads");
    assert_eq!(read.to_bytes(), bytes);
    let again = Engine::new(read, Catalogue::default());
    let without = Engine::new(engine.model().clone(), Catalogue::default());
    for text in ["could you search papers", "remember to feed the cat", "route to graz from linz"] {
        assert_eq!(again.interpret(text, &now()), without.interpret(text, &now()));
    }
}

#[test]
fn other_bytes_are_no_model() {
    let bytes = engine().model().to_bytes();
    assert_eq!(Model::from_bytes(b"").map(|_| ()), Err(ModelError::NotAModel));
    assert_eq!(Model::from_bytes(b"OUin\xff").map(|_| ()), Err(ModelError::Version));
    for end in (5..bytes.len()).step_by(97) {
        assert_eq!(Model::from_bytes(&bytes[..end]).map(|_| ()), Err(ModelError::Damaged));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Model::from_bytes(&longer).map(|_| ()), Err(ModelError::Damaged));
}

#[test]
fn interpretations_hold_values_and_places_only() {
    let engine = engine();
    let read = engine.interpret("could you search papers about archives zqxwv", &now()).expect("short");
    let told = serde_json::to_string(&read).expect("json");
    for word in ["could", "search", "papers", "zqxwv"] {
        assert!(!told.contains(word), "{told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_makes_it_fail(text in "\\PC{0,80}") {
        thread_local!(static ENGINE: Engine = engine());
        ENGINE.with(|engine| {
            let read = engine.interpret(&text, &now()).expect("short");
            for slot in &read.slots {
                assert!(text.get(slot.span.clone()).is_some());
            }
            assert!((0.0..=1.0).contains(&read.confidence));
        });
    }
}

#[test]
fn confusion_counts_every_example_once() {
    let definitions = Definitions::from_toml(
        r#"
[[intents]]
name = "light"
examples = ["turn on the light", "switch the lamp on", "light please", "lights on now"]
[[intents]]
name = "music"
examples = ["play some jazz", "put on a song", "play music", "music please"]
"#,
    )
    .expect("definitions");
    let model = Model::train(&definitions, &Training::default()).expect("trained");
    for intent in 0..2 {
        let of = model.confusion().iter().filter(|one| one.intent == intent);
        assert_eq!(of.map(|one| one.examples).sum::<usize>(), 4);
    }
    assert!(model.confusion().iter().any(|one| one.told == Some(one.intent)));
}

#[test]
fn what_is_looked_at_fills_what_the_text_does_not_tell() {
    let definitions = Definitions::from_toml(
        "[[intents]]\nname = \"bookmark\"\naction = \"bookmark\"\nexamples = [\"bookmark this\"]\n\
         slots.item = { type = \"item\", required = true }\nslots.page = { type = \"page\" }\n",
    )
    .expect("definitions");
    let engine = Engine::new(Model::train(&definitions, &Training::default()).expect("trained"), Catalogue::default());
    let mut told = engine.interpret("bookmark this", &now()).expect("short");
    assert_eq!(told.missing, ["item"]);
    let context = Context { item: Some("a".to_owned()), page: Some("/b".to_owned()) };
    told.complete(&definitions.intents[0], &context);
    assert!(told.missing.is_empty());
    assert_eq!(told.slots.len(), 1, "only what is needed");
    assert_eq!((&told.slots[0].value, told.slots[0].by), (&Value::Item("a".to_owned()), FilledBy::Context));
}
