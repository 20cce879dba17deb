//! Definitions and their mistakes.

use proptest::prelude::*;

use super::*;

fn intent(name: &str, examples: &[&str]) -> Intent {
    Intent {
        name: name.to_owned(),
        examples: examples.iter().map(|example| (*example).to_owned()).collect(),
        ..Intent::default()
    }
}

fn mistake(toml: &str) -> String {
    Definitions::from_toml(toml).expect_err("a mistake").to_string()
}

#[test]
fn mistakes_name_the_intent_and_the_field_and_never_what_was_written() {
    let intent = |rest: &str| format!("[[intents]]\nname = \"secret-plan\"\n{rest}");
    for (text, place) in [
        (intent("examples = []"), "intent secret-plan, examples:"),
        (intent("examples = [\"zzz [qqq](kind)\"]"), "intent secret-plan, examples[0]:"),
        (intent("examples = [\"a\", \"zzz [qqq\"]"), "intent secret-plan, examples[1]:"),
        (intent("examples = [\"zzz\"]\nslots.qqq = {}"), "intent secret-plan, slots.qqq.values:"),
        (
            intent("examples = [\"zzz\"]\nslots.a = { type = \"number\", open = true }"),
            "intent secret-plan, slots.a.type:",
        ),
        (intent("examples = [\"zzz\"]\nslots.a = { list = \"towns\" }"), "intent secret-plan, slots.a.list:"),
        (
            intent("examples = [\"[zzz](a)\"]\nslots.a = { values = [{ value = \"b\" }] }"),
            "intent secret-plan, examples[0]:",
        ),
        (
            intent("examples = [\"zzz\"]\n[[intents]]\nname = \"other\"\nexamples = [\"Zzz!\"]"),
            "intent other, examples[0]:",
        ),
        (
            intent("examples = [\"zzz\"]\n[[intents]]\nname = \"secret-plan\"\nexamples = [\"y\"]"),
            "intent secret-plan, name:",
        ),
        ("[[intents]]\nname = \"zzz zzz\"\nexamples = [\"a\"]".to_owned(), "intent intents[0], name:"),
        (format!("a = \"zzz\"\n{}", intent("examples = [\"a\"]")), "line 1 "),
        (intent("examples = [\"a\"]\nzzz = 1"), "line 4 "),
    ] {
        let told = mistake(&text);
        let told_of_unknown_key = place == "line 4 ";
        assert!(told.starts_with(place) || (told_of_unknown_key && told.starts_with("line ")), "{told} for {text}");
        for written in ["zzz", "ZZZ", "qqq(", "towns"] {
            assert!(!told.contains(written), "{told}");
        }
    }
}

#[test]
fn slots_about_people_are_refused() {
    for kind in ["person", "people", "name", "email", "contact"] {
        let text = format!(
            "[[intents]]\nname = \"call\"\nexamples = [\"call [x](who)\"]\nslots.who = {{ type = \"{kind}\" }}"
        );
        let told = mistake(&text);
        assert!(told.starts_with("intent call, slots.who.type: slots about people are not taken"), "{told}");
    }
}

#[test]
fn large_definitions_are_refused_unread() {
    let large = " ".repeat(MOST_DEFINITION_BYTES + 1);
    for read in [Definitions::from_toml, Definitions::from_json] {
        assert_eq!(read(&large).expect_err("too large").problem, Problem::TooLarge);
    }
}

#[test]
fn destructive_actions_are_always_confirmed() {
    let with = |action: Action, confirm, destructive| {
        Intent { action: Some(action), confirm, destructive, ..intent("a", &["a"]) }.needs_confirmation()
    };
    assert!(with(Action::ForgetMe, Some(false), false));
    assert!(with(Action::Webhook("delete-account".to_owned()), Some(false), false));
    assert!(with(Action::Webhook("close".to_owned()), Some(false), true));
    assert!(with(Action::Webhook("tickets".to_owned()), None, false));
    assert!(!with(Action::Webhook("tickets".to_owned()), Some(false), false));
    assert!(!with(Action::Recommend, None, false));
    assert!(with(Action::Recommend, Some(true), false));
}

const SNIPS: &str = r#"{
  "language": "en",
  "intents": { "GetWeather": { "utterances": [
    { "data": [ { "text": "weather in " }, { "text": "Paris", "entity": "town", "slot_name": "where" },
      { "text": " on " }, { "text": "monday", "entity": "snips/datetime", "slot_name": "when" } ] },
    { "data": [ { "text": "will it rain" } ] } ] },
    "Light On": { "utterances": [ { "data": [ { "text": "light on" } ] } ] } },
  "entities": { "town": { "data": [ { "value": "Rome", "synonyms": ["Roma"] } ], "use_synonyms": true,
    "automatically_extensible": true, "matching_strictness": 1.0 }, "snips/datetime": {} }
}"#;

#[test]
fn snips_libraries_are_read_and_written() {
    let read = Definitions::from_snips(SNIPS).expect("snips").definitions;
    assert_eq!(read.languages, ["en"]);
    assert_eq!(read.intents[0].examples[0], "weather in [Paris](where) on [monday](when)");
    assert_eq!(read.intents[1].name, "Light_On");
    assert_eq!(read.intents[0].slots["when"].kind, SlotType::Period);
    assert!(read.intents[0].slots["where"].open);
    let towns: Vec<&str> = read.lists["town"].iter().map(|entry| entry.value.as_str()).collect();
    assert_eq!(towns, ["Paris", "Rome"]);
    let again = Definitions::from_snips(&read.to_snips()).expect("its own form").definitions;
    assert_eq!(again, read);
}

#[test]
fn snips_benchmarks_are_read_and_written() {
    let text = r#"{ "AddToPlaylist": [ { "data": [ { "text": "add " }, { "text": "a [live] song", "entity": "entity_name" } ] } ] }"#;
    let read = Definitions::from_snips(text).expect("snips").definitions;
    assert_eq!(read.intents[0].examples, ["add [a live song](entity_name)"]);
    assert!(read.intents[0].slots["entity_name"].open);
    let again = Definitions::from_snips(&read.to_snips_benchmark()).expect("its own form").definitions;
    assert_eq!(again, read);
}

#[test]
fn foreign_slots_about_people_are_refused_too() {
    let text = r#"{ "Call": [ { "data": [ { "text": "call " }, { "text": "x", "entity": "person" } ] } ] }"#;
    assert_eq!(Definitions::from_snips(text).expect_err("a person").problem, Problem::Person);
}

const RASA: &str = r#"version: "3.1"
nlu:
- intent: check_balance
  examples: |
    - how much is on my [savings](account) account
    - balance of [cash]{"entity": "account", "value": "checking"} on [monday](time)
    - move it from [savings]{"entity": "account", "role": "source"} to [cash]{"entity": "account", "role": "target"}
- intent: greet
  examples: |
    - hey
    - hello there
- synonym: checking
  examples: |
    - cash
    - giro account
- lookup: account
  examples: |
    - savings
    - checking
    - giro account
- regex: account_number
  examples: |
    - \\d{10,12}
rules: []
"#;

#[test]
fn rasa_files_are_read_and_written() {
    let read = Definitions::from_rasa(RASA).expect("rasa");
    assert_eq!(read.left_out, ["nlu[4]: regular expressions are not taken"]);
    let read = read.definitions;
    assert_eq!(read.intents[0].examples[1], "balance of [cash](account) on [monday](time)");
    assert_eq!(read.intents[0].examples[2], "move it from [savings](source) to [cash](target)");
    assert_eq!(read.intents[0].slots["time"].kind, SlotType::Period);
    assert_eq!(read.intents[0].slots["target"].list.as_deref(), Some("account"));
    assert!(!read.intents[0].slots["account"].open);
    let entry = |value: &str, synonyms: &[&str]| Entry {
        value: value.to_owned(),
        synonyms: synonyms.iter().map(|text| (*text).to_owned()).collect(),
    };
    assert_eq!(read.lists["account"], [entry("checking", &["giro account", "cash"]), entry("savings", &[])]);
    assert_eq!(read.intents[1].examples, ["hey", "hello there"]);
    let again = Definitions::from_rasa(&read.to_rasa()).expect("its own form").definitions;
    assert_eq!(again.intents, read.intents);
    assert_eq!(again.lists["account"].len(), 2);
}

#[test]
fn what_is_no_rasa_is_refused_by_line() {
    let told = |text: &str| Definitions::from_rasa(text).expect_err("not rasa").to_string();
    assert!(told("version: \"3.1\"\nnlu:\n- intent: [zzz\n").starts_with("line "));
    let broken = "nlu:\n- intent: a\n  examples: |\n    - fine\n    - zzz [b]{\"entity\" 3}\n";
    assert!(told(broken).starts_with("nlu[0].examples[1]: "));
    let person = "nlu:\n- intent: call\n  examples: |\n    - call [zzz](PERSON)\n";
    assert!(told(person).starts_with("intent call, slots.PERSON.type: slots about people"));
}

#[test]
fn an_example_that_two_intents_have_is_left_to_the_first() {
    let text = "nlu:\n- intent: a\n  examples: |\n    - hello\n    - hi\n- intent: b\n  examples: |\n    - Hello!\n    - bye\n";
    let read = Definitions::from_rasa(text).expect("rasa");
    assert_eq!(read.definitions.intents[1].examples, ["bye"]);
    assert_eq!(read.left_out, ["intent b, example 1: another intent has it too"]);
}

#[test]
fn what_is_no_snips_is_refused_by_line() {
    assert_eq!(Definitions::from_snips("{\n\"a\": 1 }").expect_err("not snips").problem, Problem::Syntax(2));
}

proptest! {
    #[test]
    fn no_text_makes_reading_fail(text in "\\PC{0,200}") {
        let _ = Definitions::from_toml(&text);
        let _ = Definitions::from_json(&text);
        let _ = Definitions::from_snips(&text);
        let _ = Definitions::from_rasa(&text);
        let _ = Definitions::from_rasa(&format!("nlu:\n- intent: a\n  examples: |\n    - {text}\n"));
    }

    #[test]
    fn definitions_read_back_as_the_same(
        names in prop::collection::btree_set("[a-z]{1,6}", 0..4),
        confirm in any::<Option<bool>>(),
        many in any::<bool>(),
    ) {
        let slots = [("when".to_owned(), Slot { kind: SlotType::Period, many, ..Slot::default() })];
        let intents = names.iter().map(|name| Intent {
            confirm,
            action: Some(Action::Webhook(name.clone())),
            slots: slots.iter().cloned().collect(),
            ..intent(name, &[&format!("{name} it"), &format!("{name} [now](when)")])
        });
        let definitions = Definitions { intents: intents.collect(), ..Definitions::default() };
        prop_assert_eq!(&Definitions::from_toml(&definitions.to_toml()).expect("toml"), &definitions);
        prop_assert_eq!(&Definitions::from_json(&definitions.to_json()).expect("json"), &definitions);
    }
}
