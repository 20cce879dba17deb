//! Rasa's training data in YAML: `version` and, under `nlu`, intents, synonyms and lookup tables.
//!
//! Regular expressions have no counterpart and are left out; so are examples that two intents have, and what is no training
//! data (stories, rules, responses).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::foreign::{Collected, Imported, Marked, Piece, is_person, named};
use super::{DefinitionError, Definitions, Problem, SlotType, bounded, markup};

#[derive(Deserialize, Serialize)]
struct File {
    #[serde(default)]
    version: String,
    #[serde(default)]
    nlu: Vec<Section>,
}

#[derive(Default, Deserialize, Serialize)]
struct Section {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    intent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    synonym: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    regex: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lookup: Option<String>,
    #[serde(default)]
    examples: Examples,
}

/// A block of lines that begin with a dash, or a list.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Examples {
    Block(String),
    List(Vec<Example>),
}

impl Default for Examples {
    fn default() -> Examples {
        Examples::List(Vec::new())
    }
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Example {
    Line(String),
    WithText { text: String },
}

impl Examples {
    fn lines(&self) -> Vec<String> {
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        match self {
            Examples::Block(text) => {
                let begun = |text: &str| text.trim_start().strip_prefix('-').map(line);
                text.lines().filter_map(begun).filter(|text| !text.is_empty()).collect()
            }
            Examples::List(examples) => examples
                .iter()
                .map(|example| match example {
                    Example::Line(text) | Example::WithText { text } => line(text),
                })
                .filter(|text| !text.is_empty())
                .collect(),
        }
    }
}

/// Entities of the extractors that Rasa comes with.
fn built_in(entity: &str) -> Option<SlotType> {
    Some(match entity {
        "number" | "amount-of-money" => SlotType::Number,
        "ordinal" => SlotType::Ordinal,
        "duration" => SlotType::Duration,
        "time" => SlotType::Period,
        entity if is_person(entity) => SlotType::Person,
        _ => return None,
    })
}

/// The entity that stands for a type of ours.
fn entity_of(kind: SlotType, slot: &str) -> String {
    match kind {
        SlotType::Number => "number".to_owned(),
        SlotType::Ordinal => "ordinal".to_owned(),
        SlotType::Duration => "duration".to_owned(),
        SlotType::Date | SlotType::Period => "time".to_owned(),
        _ => slot.to_owned(),
    }
}

impl Definitions {
    /// Reads Rasa's YAML. Entities take other values than those that are there, unless a lookup table lists them.
    ///
    /// # Errors
    /// The line at which it is not Rasa's YAML; then as [`Definitions::check`].
    pub fn from_rasa(text: &str) -> Result<Imported, DefinitionError> {
        bounded(text)?;
        let file: File = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map_or(1, |place| place.line());
            DefinitionError::syntax(usize::try_from(line).unwrap_or(usize::MAX))
        })?;
        let mut collected = Collected::default();
        let synonyms = synonyms(&file);
        for Section { lookup, examples, .. } in &file.nlu {
            let Some(lookup) = lookup else { continue };
            let list = named(lookup);
            for line in examples.lines() {
                collected.value(&list, synonyms.get(&line).unwrap_or(&line), &line);
            }
            collected.entities.entry(list).or_default().open = false;
        }
        let listed: Vec<String> = collected.entities.keys().cloned().collect();
        for (at, Section { intent, regex, examples, .. }) in file.nlu.iter().enumerate() {
            if regex.is_some() {
                collected.leave_out(format!("nlu[{at}]: regular expressions are not taken"));
            }
            let Some(intent) = intent else { continue };
            for (line, example) in examples.lines().iter().enumerate() {
                match pieces(example, &synonyms) {
                    Some(pieces) => collected.example(intent, pieces, built_in),
                    None => {
                        let field = format!("nlu[{at}].examples[{line}]");
                        return Err(DefinitionError::at(field, Problem::Markup));
                    }
                }
            }
        }
        for (name, entity) in &mut collected.entities {
            entity.open = !listed.contains(name);
        }
        collected.done()
    }

    /// Writes Rasa's YAML. Actions, confirmations and what is required have no place in it.
    pub fn to_rasa(&self) -> String {
        let mut nlu = Vec::new();
        let mut written: BTreeMap<String, ()> = BTreeMap::new();
        for intent in &self.intents {
            let line = |example: &String| markup::parse(example).ok().map(|segments| line_of(&segments, intent));
            let lines = intent.examples.iter().filter_map(line);
            nlu.push(Section { intent: Some(intent.name.clone()), examples: block(lines), ..Section::default() });
            for (name, slot) in &intent.slots {
                let list = slot.list.clone().unwrap_or_else(|| name.clone());
                let values = slot.list.as_ref().and_then(|list| self.lists.get(list)).unwrap_or(&slot.values);
                if values.is_empty() || written.insert(list.clone(), ()).is_some() {
                    continue;
                }
                let names = values.iter().flat_map(|entry| std::iter::once(&entry.value).chain(&entry.synonyms));
                if !slot.open {
                    nlu.push(Section { lookup: Some(list), examples: block(names.cloned()), ..Section::default() });
                }
                for entry in values.iter().filter(|entry| !entry.synonyms.is_empty()) {
                    let examples = block(entry.synonyms.iter().cloned());
                    nlu.push(Section { synonym: Some(entry.value.clone()), examples, ..Section::default() });
                }
            }
        }
        serde_saphyr::to_string(&File { version: "3.1".to_owned(), nlu }).unwrap_or_default()
    }
}

fn block(lines: impl Iterator<Item = String>) -> Examples {
    Examples::Block(lines.map(|line| format!("- {line}\n")).collect())
}

fn line_of(segments: &[markup::Segment], intent: &super::Intent) -> String {
    let piece = |segment: &markup::Segment| match &segment.slot {
        None => segment.text.clone(),
        Some(name) => {
            let slot = intent.slots.get(name);
            let entity = slot.map_or_else(
                || name.clone(),
                |slot| match &slot.list {
                    Some(list) => list.clone(),
                    None => entity_of(slot.kind, name),
                },
            );
            if entity == *name {
                format!("[{}]({name})", segment.text)
            } else {
                format!("[{}]{{\"entity\": \"{entity}\", \"role\": \"{name}\"}}", segment.text)
            }
        }
    };
    segments.iter().map(piece).collect()
}

/// What texts stand for, by the text.
fn synonyms(file: &File) -> BTreeMap<String, String> {
    let mut synonyms = BTreeMap::new();
    for Section { synonym, examples, .. } in &file.nlu {
        for line in synonym.iter().flat_map(|_| examples.lines()) {
            synonyms.extend(synonym.clone().map(|value| (line, value)));
        }
    }
    synonyms
}

#[derive(Deserialize)]
struct Annotation {
    entity: String,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    value: Option<String>,
}

/// The pieces of a line: `[text](entity)`, `[text](entity:value)` or `[text]{"entity": ..., "role": ..., "value": ...}`.
/// Brackets that are followed by neither are text.
fn pieces(line: &str, synonyms: &BTreeMap<String, String>) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once('[') {
        plain.push_str(before);
        let Some((text, after)) = behind.split_once(']') else {
            plain.push('[');
            rest = behind;
            continue;
        };
        let (marked, after) = if let Some(inside) = after.strip_prefix('(') {
            let (entity, after) = inside.split_once(')')?;
            let (entity, value) = entity.split_once(':').map_or((entity, None), |(e, v)| (e, Some(v.to_owned())));
            (Annotation { entity: entity.trim().to_owned(), role: None, value }, after)
        } else if after.starts_with('{') {
            let end = after.find('}')? + 1;
            (serde_json::from_str(&after[..end]).ok()?, &after[end..])
        } else {
            plain.push_str(&format!("[{text}]"));
            rest = after;
            continue;
        };
        if !plain.is_empty() {
            pieces.push(Piece { text: std::mem::take(&mut plain), marked: None });
        }
        let Annotation { entity, role, value } = marked;
        let value = value.or_else(|| synonyms.get(text).cloned());
        let slot = role.unwrap_or_else(|| entity.clone());
        pieces.push(Piece { text: text.to_owned(), marked: Some(Marked { slot, entity, value }) });
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece { text: plain, marked: None });
    }
    Some(pieces)
}
