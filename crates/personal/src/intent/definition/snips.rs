//! Snips NLU's JSON: the form of its library, and the form of its benchmark.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::foreign::{Collected, Imported, Marked, Piece, is_person};
use super::{DefinitionError, Definitions, Intent, SlotType, bounded, markup};

#[derive(Deserialize, Serialize)]
struct Utterance {
    data: Vec<Chunk>,
}

#[derive(Deserialize, Serialize)]
struct Chunk {
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slot_name: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Library {
    #[serde(default)]
    language: String,
    intents: BTreeMap<String, Utterances>,
    #[serde(default)]
    entities: BTreeMap<String, Entity>,
}

#[derive(Deserialize, Serialize)]
struct Utterances {
    utterances: Vec<Utterance>,
}

#[derive(Default, Deserialize, Serialize)]
struct Entity {
    #[serde(default)]
    data: Vec<EntityValue>,
    #[serde(default = "yes")]
    automatically_extensible: bool,
    #[serde(default = "yes")]
    use_synonyms: bool,
    #[serde(default = "strict")]
    matching_strictness: f64,
}

#[derive(Deserialize, Serialize)]
struct EntityValue {
    value: String,
    #[serde(default)]
    synonyms: Vec<String>,
}

fn yes() -> bool {
    true
}

fn strict() -> f64 {
    1.0
}

/// Entities that Snips reads itself.
fn built_in(entity: &str) -> Option<SlotType> {
    Some(match entity {
        "snips/number" | "snips/amountOfMoney" => SlotType::Number,
        "snips/ordinal" => SlotType::Ordinal,
        "snips/percentage" => SlotType::Percentage,
        "snips/duration" => SlotType::Duration,
        "snips/datetime" | "snips/date" | "snips/datePeriod" => SlotType::Period,
        entity if is_person(entity) => SlotType::Person,
        _ => return None,
    })
}

/// The entity that stands for a type of ours.
fn entity_of(kind: SlotType) -> Option<&'static str> {
    Some(match kind {
        SlotType::Number => "snips/number",
        SlotType::Ordinal => "snips/ordinal",
        SlotType::Percentage => "snips/percentage",
        SlotType::Duration => "snips/duration",
        SlotType::Date => "snips/date",
        SlotType::Period => "snips/datePeriod",
        _ => return None,
    })
}

impl Definitions {
    /// Reads Snips' JSON, either form. Entities of the benchmark's form take other values too.
    ///
    /// # Errors
    /// The line at which it is neither form; then as [`Definitions::check`].
    pub fn from_snips(text: &str) -> Result<Imported, DefinitionError> {
        bounded(text)?;
        let mut collected = Collected::default();
        if let Ok(library) = serde_json::from_str::<Library>(text) {
            read_library(library, &mut collected);
            return collected.done();
        }
        let intents: BTreeMap<String, Vec<Utterance>> =
            serde_json::from_str(text).map_err(|error| DefinitionError::syntax(error.line()))?;
        for (intent, utterances) in intents {
            read_utterances(&intent, utterances, &mut collected);
        }
        collected.entities.values_mut().for_each(|entity| entity.open = true);
        collected.done()
    }

    /// Writes the form of Snips' library. Actions, confirmations and what is required have no place in it.
    pub fn to_snips(&self) -> String {
        let mut entities: BTreeMap<String, Entity> = BTreeMap::new();
        for intent in &self.intents {
            for (name, slot) in &intent.slots {
                let entity = entity_name(intent, name);
                if let Some(built_in) = entity_of(slot.kind) {
                    entities.insert(built_in.to_owned(), Entity { use_synonyms: true, ..Entity::default() });
                    continue;
                }
                let values = slot.list.as_ref().and_then(|list| self.lists.get(list)).unwrap_or(&slot.values);
                let value =
                    |entry: &super::Entry| EntityValue { value: entry.value.clone(), synonyms: entry.synonyms.clone() };
                entities.insert(
                    entity,
                    Entity {
                        data: values.iter().map(value).collect(),
                        automatically_extensible: slot.open || values.is_empty(),
                        use_synonyms: true,
                        matching_strictness: strict(),
                    },
                );
            }
        }
        let language = self.languages.first().cloned().unwrap_or_else(|| "en".to_owned());
        let intents =
            self.intents.iter().map(|intent| (intent.name.clone(), Utterances { utterances: written(intent) }));
        serde_json::to_string_pretty(&Library { language, intents: intents.collect(), entities }).unwrap_or_default()
    }

    /// Writes the form of Snips' benchmark: utterances only.
    pub fn to_snips_benchmark(&self) -> String {
        let intents: BTreeMap<&str, Vec<Utterance>> =
            self.intents.iter().map(|intent| (intent.name.as_str(), written(intent))).collect();
        serde_json::to_string_pretty(&intents).unwrap_or_default()
    }
}

fn read_library(library: Library, into: &mut Collected) {
    if !library.language.is_empty() {
        into.languages.push(library.language);
    }
    for (name, entity) in library.entities {
        if built_in(&name).is_some() || name.starts_with("snips/") {
            continue;
        }
        let list = super::foreign::named(&name);
        for EntityValue { value, synonyms } in entity.data {
            into.value(&list, &value, &value);
            let taken = if entity.use_synonyms { synonyms } else { Vec::new() };
            taken.iter().for_each(|synonym| into.value(&list, &value, synonym));
        }
        into.entities.entry(list).or_default().open = entity.automatically_extensible;
    }
    for (intent, utterances) in library.intents {
        read_utterances(&intent, utterances.utterances, into);
    }
}

fn read_utterances(intent: &str, utterances: Vec<Utterance>, into: &mut Collected) {
    for Utterance { data } in utterances {
        let piece = |Chunk { text, entity, slot_name }: Chunk| {
            let marked =
                entity.map(|entity| Marked { slot: slot_name.unwrap_or_else(|| entity.clone()), entity, value: None });
            Piece { text, marked }
        };
        into.example(intent, data.into_iter().map(piece).collect(), built_in);
    }
}

/// Slots of one list share an entity; others have their own.
fn entity_name(intent: &Intent, slot: &str) -> String {
    let Some(declared) = intent.slots.get(slot) else { return slot.to_owned() };
    match (&declared.list, entity_of(declared.kind)) {
        (_, Some(built_in)) => built_in.to_owned(),
        (Some(list), None) => list.clone(),
        (None, None) => format!("{}.{slot}", intent.name),
    }
}

fn written(intent: &Intent) -> Vec<Utterance> {
    let examples = intent.examples.iter().filter_map(|example| markup::parse(example).ok());
    let chunk = |segment: markup::Segment| Chunk {
        text: segment.text,
        entity: segment.slot.as_ref().map(|slot| entity_name(intent, slot)),
        slot_name: segment.slot,
    };
    examples.map(|segments| Utterance { data: segments.into_iter().map(chunk).collect() }).collect()
}
