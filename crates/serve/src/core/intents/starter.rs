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
        assert!(wrong * 5 <= all, "{wrong} of {all} left-out examples are taken for another intent");
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
}
