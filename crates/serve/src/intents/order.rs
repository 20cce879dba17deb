//! What is to be done: an intent with the values of its slots, in the form in which callers send it back.

use std::collections::BTreeMap;

use outis_personal::intent::{Action, Definitions, Filled, Intent, Slot, SlotType, Value};
use serde_json::{Map, Value as Json, json};

use crate::api::error::ApiError;

/// Longest value of a slot, in bytes.
const MOST_VALUE_BYTES: usize = 4_000;
/// Most values of a slot.
const MOST_VALUES: usize = 50;

/// The values of slots, by name: one, or a list of a slot that takes several.
pub(super) type Slots = BTreeMap<String, Vec<Json>>;

/// Something to do.
pub(super) struct Order<'a> {
    pub(super) intent: &'a Intent,
    pub(super) action: &'a Action,
    pub(super) slots: Slots,
}

impl<'a> Order<'a> {
    /// From what a caller sends.
    pub(super) fn read(definitions: &'a Definitions, name: &str, told: &Map<String, Json>) -> Result<Self, ApiError> {
        let unknown = || {
            let message = "no intent of this name is defined; GET /api/v1/intents lists them";
            ApiError::bad("intent_unknown", message).below("/intent")
        };
        let intent = definitions.intents.iter().find(|intent| intent.name == name).ok_or_else(unknown)?;
        let mut slots = Slots::new();
        for (slot, value) in told {
            let wrong = |message: &'static str| ApiError::bad("slot_malformed", message).below("/slots");
            let declared = intent.slots.get(slot).ok_or_else(|| wrong("the intent has no slot of this name"))?;
            let values = match value {
                Json::Array(values) => values.clone(),
                value => vec![value.clone()],
            };
            if values.len() > MOST_VALUES || (values.len() > 1 && !declared.many) {
                return Err(wrong("the slot takes one value; only a slot with `many` takes up to 50"));
            }
            if !values.iter().all(|value| fits(value, declared, definitions)) {
                return Err(wrong("a value is of the type that its slot has, and is no longer than 4,000 bytes"));
            }
            slots.insert(slot.clone(), values);
        }
        Order::of(intent, slots)
    }

    /// An intent with its slots.
    pub(super) fn of(intent: &'a Intent, slots: Slots) -> Result<Self, ApiError> {
        let none = || {
            let message = "the intent has no action; set one in its definition";
            ApiError::bad("no_action", message).below("/intent")
        };
        Ok(Order { intent, action: intent.action.as_ref().ok_or_else(none)?, slots })
    }

    /// Slots without which it cannot be done.
    pub(super) fn missing(&self) -> Vec<&str> {
        let needed = self.intent.slots.iter().filter(|(_, slot)| slot.required);
        needed.map(|(name, _)| name.as_str()).filter(|name| !self.slots.contains_key(*name)).collect()
    }

    /// The values of all slots of a type.
    pub(super) fn texts(&self, kind: SlotType) -> Vec<&str> {
        let of_kind =
            self.slots.iter().filter(|(name, _)| self.intent.slots.get(*name).is_some_and(|s| s.kind == kind));
        of_kind.flat_map(|(_, values)| values).filter_map(Json::as_str).collect()
    }

    /// The same bytes for the same intent and values, and for no others.
    pub(super) fn bytes(&self) -> Vec<u8> {
        // Maps of serde_json are sorted.
        json!({ "intent": self.intent.name, "action": self.action, "slots": self.slots }).to_string().into_bytes()
    }
}

fn fits(value: &Json, slot: &Slot, definitions: &Definitions) -> bool {
    if value.to_string().len() > MOST_VALUE_BYTES {
        return false;
    }
    match slot.kind {
        SlotType::Choice => value.as_str().is_some_and(|text| slot.open || listed(text, slot, definitions)),
        SlotType::Date | SlotType::Tag | SlotType::Item | SlotType::Page => value.is_string(),
        SlotType::Number | SlotType::Ordinal | SlotType::Percentage => value.is_number(),
        SlotType::Period | SlotType::Comparison | SlotType::Duration => !value.is_null(),
        SlotType::Person => false,
    }
}

fn listed(text: &str, slot: &Slot, definitions: &Definitions) -> bool {
    let list = slot.list.as_ref().and_then(|list| definitions.lists.get(list));
    list.unwrap_or(&slot.values).iter().any(|entry| entry.value == text)
}

/// The values of slots that were found in a text.
pub(super) fn slots_of(filled: &[Filled<'_>]) -> Slots {
    let mut slots = Slots::new();
    for one in filled {
        slots.entry(one.slot.to_owned()).or_default().push(plain(&one.value));
    }
    slots
}

/// The same as callers send: a slot with one value without a list around it.
pub(super) fn sent(slots: &Slots) -> Map<String, Json> {
    let one = |values: &Vec<Json>| match values.as_slice() {
        [value] => value.clone(),
        values => Json::Array(values.to_vec()),
    };
    slots.iter().map(|(name, values)| (name.clone(), one(values))).collect()
}

/// A value without what it is.
fn plain(value: &Value) -> Json {
    match value {
        Value::Choice(text) | Value::Words(text) | Value::Tag(text) | Value::Item(text) | Value::Page(text) => {
            json!(text)
        }
        Value::Date(date) => json!(date),
        Value::Period(period) => json!(period),
        Value::Comparison(comparison) => json!(comparison),
        Value::Number(number) | Value::Percentage(number) => json!(number),
        Value::Ordinal(nth) => json!(nth),
        Value::Duration(count, unit) => json!([count, unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definitions() -> Definitions {
        Definitions::from_toml(
            "[[intents]]\nname = \"follow\"\naction = \"follow_tag\"\nexamples = [\"follow [x](topic)\"]\n\
             slots.topic = { type = \"tag\", required = true, many = true }\nslots.day = { type = \"date\" }\n\
             slots.size = { type = \"choice\", values = [{ value = \"small\" }] }\n",
        )
        .expect("definitions")
    }

    fn read(slots: Json) -> Result<Slots, String> {
        let definitions = definitions();
        let Json::Object(slots) = slots else { unreachable!() };
        Order::read(&definitions, "follow", &slots).map(|order| order.slots).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn values_are_of_the_type_of_their_slot() {
        assert!(read(json!({ "topic": "a", "day": "2026-01-01", "size": "small" })).is_ok());
        assert!(read(json!({ "topic": ["a", "b"] })).is_ok());
        for wrong in [
            json!({ "topic": 3 }),
            json!({ "day": ["2026-01-01", "2026-01-02"] }),
            json!({ "size": "huge" }),
            json!({ "other": "a" }),
            json!({ "topic": "a".repeat(MOST_VALUE_BYTES) }),
        ] {
            let message = read(wrong.clone()).expect_err("refused");
            assert!(!message.contains("huge") && !message.contains("other\""), "{wrong}: {message}");
        }
    }

    #[test]
    fn what_is_sent_back_reads_the_same() {
        let slots = read(json!({ "topic": ["a", "b"], "day": "2026-01-01" })).expect("fits");
        let again = read(Json::Object(sent(&slots))).expect("fits");
        assert_eq!(slots, again);
        let definitions = definitions();
        let order = Order::of(&definitions.intents[0], slots).expect("has an action");
        assert_eq!(order.texts(SlotType::Tag), ["a", "b"]);
        assert!(order.missing().is_empty());
    }
}
