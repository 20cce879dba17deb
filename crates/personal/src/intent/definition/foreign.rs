//! What the formats of other engines have in common: entities with values, collected from where they are marked.

use std::collections::BTreeMap;

use super::markup::{self, Segment};
use super::{DefinitionError, Definitions, Entry, Intent, Slot, SlotType};

/// Definitions of another engine, and what of them has no counterpart here.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What was taken. Actions are to be added.
    pub definitions: Definitions,
    /// What was not, by its place.
    pub left_out: Vec<String>,
}

/// Most things told that were left out.
const MOST_LEFT_OUT: usize = 1_000;

/// A marked value.
pub(super) struct Marked {
    /// What the slot is called.
    pub(super) slot: String,
    /// What its values are.
    pub(super) entity: String,
    /// Which value it is, if it is written otherwise.
    pub(super) value: Option<String>,
}

/// A piece of an example.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) marked: Option<Marked>,
}

/// An entity's values.
#[derive(Default)]
pub(super) struct Entity {
    pub(super) entries: BTreeMap<String, Vec<String>>,
    pub(super) open: bool,
}

/// Definitions in the making.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) languages: Vec<String>,
    pub(super) entities: BTreeMap<String, Entity>,
    intents: BTreeMap<String, Intent>,
    pub(super) left_out: Vec<String>,
}

impl Collected {
    pub(super) fn leave_out(&mut self, place: String) {
        if self.left_out.len() < MOST_LEFT_OUT {
            self.left_out.push(place);
        }
    }

    /// Adds a text with which an intent is said. `built_in` tells the types of entities that need no list.
    pub(super) fn example(&mut self, intent: &str, pieces: Vec<Piece>, built_in: fn(&str) -> Option<SlotType>) {
        let name = named(intent);
        let mut segments = Vec::with_capacity(pieces.len());
        for Piece { text, marked } in pieces {
            let Some(Marked { slot, entity, value }) = marked.filter(|_| !text.trim().is_empty()) else {
                segments.push(Segment { text, slot: None });
                continue;
            };
            let slot = named(&slot);
            let kind = built_in(&entity);
            let list = named(&entity);
            if kind.is_none() {
                self.value(&list, value.as_deref().unwrap_or(&text), &text);
            }
            let into = self.intents.entry(name.clone()).or_default();
            into.slots.entry(slot.clone()).or_insert_with(|| Slot {
                kind: kind.unwrap_or_default(),
                list: kind.is_none().then_some(list),
                ..Slot::default()
            });
            segments.push(Segment { text, slot: Some(slot) });
        }
        let into = self.intents.entry(name.clone()).or_default();
        into.name = name;
        into.examples.push(markup::write(&segments));
    }

    /// Notes that an entity has a value, and how it is written.
    pub(super) fn value(&mut self, list: &str, value: &str, text: &str) {
        let plain = |text: &str| text.chars().filter(|c| !matches!(c, '[' | ']')).collect::<String>().trim().to_owned();
        let (value, text) = (plain(value), plain(text));
        let entity = self.entities.entry(list.to_owned()).or_default();
        let known = entity.entries.values().any(|synonyms| synonyms.contains(&text));
        if !known && !value.is_empty() {
            let synonyms = entity.entries.entry(value.clone()).or_default();
            if text != value && !text.is_empty() {
                synonyms.push(text);
            }
        }
    }

    pub(super) fn done(self) -> Result<Imported, DefinitionError> {
        let Collected { languages, entities, mut intents, mut left_out } = self;
        for intent in intents.values_mut() {
            for slot in intent.slots.values_mut() {
                slot.open = slot.list.as_ref().is_some_and(|list| entities.get(list).is_some_and(|e| e.open));
            }
        }
        without_doubles(&mut intents, &mut left_out);
        let lists = entities.into_iter().map(|(name, entity)| {
            let entries = entity.entries.into_iter().map(|(value, synonyms)| Entry { value, synonyms });
            (name, entries.collect())
        });
        let definitions = Definitions { languages, lists: lists.collect(), intents: intents.into_values().collect() };
        definitions.check()?;
        Ok(Imported { definitions, left_out })
    }
}

/// Other engines take an example that two intents have. Here the first intent keeps it.
fn without_doubles(intents: &mut BTreeMap<String, Intent>, left_out: &mut Vec<String>) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for (name, intent) in intents.iter_mut() {
        let mut at = 0;
        intent.examples.retain(|example| {
            at += 1;
            let key = super::check::example_key(example, &intent.slots);
            let kept = *taken.entry(key).or_insert_with(|| name.clone()) == *name;
            if !kept && left_out.len() < MOST_LEFT_OUT {
                left_out.push(format!("intent {name}, example {at}: another intent has it too"));
            }
            kept
        });
    }
    intents.retain(|name, intent| {
        let kept = !intent.examples.is_empty();
        if !kept {
            left_out.push(format!("intent {name}: no example is its own"));
        }
        kept
    });
}

/// A name of ours: other characters become `_`.
pub(super) fn named(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    let name: String = name.chars().map(fits).take(64).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

/// Slots about people are refused, by what other engines call them.
pub(super) fn is_person(entity: &str) -> bool {
    matches!(entity.to_ascii_lowercase().as_str(), "person" | "people" | "per" | "contact" | "wit$contact:contact")
}
