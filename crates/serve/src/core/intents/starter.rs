//! The intents that a site can begin with: the built-in actions, in English and German.

use outis_personal::intent::{DefinitionError, Definitions};

/// Their text.
const TEXT: &str = include_str!("starter.toml");

/// The definitions.
///
/// # Errors
/// Never, as a test sees to.
pub(crate) fn definitions() -> Result<Definitions, DefinitionError> {
    Definitions::from_toml(TEXT)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use outis_personal::intent::{Catalogue, Decision, Engine, Entry, Model, Training, Value};

    use super::*;

    #[test]
    fn the_starter_tells_its_intents_apart_in_both_languages() {
        let definitions = definitions().expect("no mistakes");
        let model = Model::train(&definitions, &Training::default()).expect("learnt");
        let wrong: usize = model
            .confusion()
            .iter()
            .filter(|one| one.told.is_some_and(|told| told != one.intent))
            .map(|one| one.examples)
            .sum();
        let all: usize = model.confusion().iter().map(|one| one.examples).sum();
        assert!(wrong * 15 <= all, "{wrong} of {all} left-out examples are taken for another intent");
        let entry = |value: &str, name: &str| Entry { value: value.to_owned(), synonyms: vec![name.to_owned()] };
        let names = Catalogue {
            tags: vec![entry("chemistry", "Chemie")],
            items: vec![entry("i1", "Old Maps")],
            ..Catalogue::default()
        };
        let engine = Engine::new(model, names);
        let now = Timestamp::UNIX_EPOCH.to_zoned_datetime(jiff::tz::TimeZone::UTC);
        for (text, intent, value) in [
            ("find articles about chemistry", "find_content", Some(Value::Tag("chemistry".to_owned()))),
            ("suche artikel über Chemie", "find_content", Some(Value::Tag("chemistry".to_owned()))),
            ("was soll ich lesen", "recommend", None),
            ("please follow chemistry", "follow_tag", Some(Value::Tag("chemistry".to_owned()))),
            ("bookmark old maps", "bookmark", Some(Value::Item("i1".to_owned()))),
            ("what do you know of me", "show_my_data", None),
            ("please forget me", "forget_me", None),
            ("bitte lösche alle meine daten", "forget_me", None),
            ("open the retention report", "open_report", Some(Value::Choice("retention".to_owned()))),
        ] {
            let told = engine.interpret(text, &now).expect("short");
            assert_eq!(told.intent, Some(intent), "{text}: {told:?}");
            assert_eq!(told.slots.first().map(|slot| slot.value.clone()), value, "{text}");
            assert!(!told.needs_confirmation || intent == "forget_me", "{text}");
        }
        let strange = engine.interpret("как погода сегодня", &now).expect("short");
        assert_eq!(strange.decision, Decision::OutOfScope);
    }

    /// What people may write besides; none of it is an example.
    const NEW: [(&str, &[&str]); 8] = [
        (
            "find_content",
            &[
                "do you have books on photography",
                "i want to find out about archives",
                "search for papers about open access",
                "show me what you have on archives",
                "suche literatur über photographie",
                "gibt es bücher über open access",
                "was habt ihr über archives",
            ],
        ),
        (
            "recommend",
            &[
                "what would you recommend to me",
                "i do not know what to read",
                "anything good for me today",
                "any recommendations on archives",
                "was empfiehlst du mir",
                "ich weiß nicht was ich lesen soll",
                "hast du einen tipp für mich",
            ],
        ),
        (
            "follow_tag",
            &[
                "i would like to hear about open access regularly",
                "tell me about news on archives",
                "please follow open access for me",
                "ich möchte über archives informiert werden",
                "halt mich auf dem laufenden zu open access",
            ],
        ),
        ("bookmark", &["please remember this", "save it for later", "merk dir dieses buch", "leg das auf meine liste"]),
        (
            "show_my_data",
            &[
                "what do you know of me",
                "let me see what you have stored",
                "show what is saved about me",
                "welche daten speichert ihr über mich",
                "was weißt du von mir",
            ],
        ),
        (
            "forget_me",
            &[
                "erase all you know of me",
                "i want all of my data to be gone",
                "please delete everything",
                "bitte lösche alles von mir",
                "ich will dass ihr mich vergesst",
            ],
        ),
        ("open_report", &["show me the goals", "zeig mir die übersicht"]),
        ("make_chart", &["draw page views per week", "wie viele downloads hatten wir im mai"]),
    ];

    #[test]
    fn texts_that_are_no_examples_are_not_taken_for_another_intent() {
        let model = Model::train(&definitions().expect("no mistakes"), &Training::default()).expect("learnt");
        let entry = |value: &str| Entry { value: value.to_owned(), synonyms: Vec::new() };
        let tags = ["open access", "archives"].map(entry).to_vec();
        let engine = Engine::new(model, Catalogue { tags, ..Catalogue::default() });
        let now = Timestamp::UNIX_EPOCH.to_zoned_datetime(jiff::tz::TimeZone::UTC);
        let (mut texts, mut known) = (0, 0);
        for (intent, text) in NEW.iter().flat_map(|(intent, texts)| texts.iter().map(move |text| (*intent, *text))) {
            assert!(!TEXT.contains(&format!("\"{text}\"")), "{text}");
            let told = engine.interpret(text, &now).expect("short");
            assert!(told.intent.is_none_or(|told| told == intent), "{text}: {told:?}");
            texts += 1;
            known += usize::from(told.decision == Decision::Accepted);
        }
        assert!(known * 10 >= texts * 9, "{known} of {texts} are understood");
    }
}
