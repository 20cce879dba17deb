//! Definitions of intents in every format, models of them, and texts.

use std::sync::OnceLock;

use jiff::civil::date;
use jiff::tz::TimeZone;
use outis_personal::intent::{Catalogue, Definitions, Engine, Model, Training};

const SMALL: &str = r#"
[[intents]]
name = "find"
examples = ["find [a](what)", "look for [b](what) since [may](when)", "from [1](from) to [2](to)"]
slots.what = { values = [{ value = "a" }, { value = "b", synonyms = ["bee"] }], open = true }
slots.when = { type = "period" }
slots.from = { type = "number" }
slots.to = { type = "number" }

[[intents]]
name = "forget"
examples = ["forget me", "delete my data"]
action = "forget_me"
"#;

fn small() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        Model::train(&Definitions::from_toml(SMALL).expect("definitions"), &Training::default()).expect("trains")
    })
}

fn interpret(model: Model, text: &str) {
    let now = date(2026, 11, 30).at(12, 0, 0, 0).to_zoned_datetime(TimeZone::UTC).expect("a time");
    if let Ok(read) = Engine::new(model, Catalogue::default()).interpret(text, &now) {
        for slot in &read.slots {
            assert!(text.get(slot.span.clone()).is_some(), "a value lies in the text");
        }
    }
}

/// Bytes as a model, a damaged model, a text and definitions: what is read is written again as what reads the same.
pub fn intents(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    if first & 1 == 1 {
        let mut model = if first & 2 == 2 { small().to_bytes() } else { rest.to_vec() };
        for damage in rest.chunks_exact(3).take(if first & 2 == 2 { 16 } else { 0 }) {
            let place = usize::from(u16::from_le_bytes([damage[0], damage[1]])) % model.len();
            model[place] ^= damage[2];
        }
        if let Ok(read) = Model::from_bytes(&model) {
            let written = read.to_bytes();
            assert_eq!(Model::from_bytes(&written).expect("its own bytes").to_bytes(), written);
            interpret(read, "find bee since may");
        }
        return;
    }
    let Ok(text) = std::str::from_utf8(rest) else { return };
    interpret(small().clone(), text);
    let read = [
        Definitions::from_toml(text),
        Definitions::from_json(text),
        Definitions::from_snips(text).map(|read| read.definitions),
        Definitions::from_rasa(text).map(|read| read.definitions),
    ];
    for definitions in read.into_iter().flatten() {
        assert_eq!(Definitions::from_json(&definitions.to_json()).as_ref(), Ok(&definitions));
    }
}
