//! Definitions whose mistakes were looked for, with names turned into places.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::markup::{self, Segment};
use super::{Action, DefinitionError, Definitions, Entry, Intent, Problem, Slot, SlotType};
use crate::intent::text::{MOST_CHARS, Text};

const MOST_INTENTS: usize = 500;
const MOST_EXAMPLES: usize = 5_000;
const MOST_EXAMPLES_IN_ALL: usize = 100_000;
const MOST_SLOTS: usize = 16;
const MOST_VALUES: usize = 10_000;
const MOST_SYNONYMS: usize = 100;
const MOST_LISTS: usize = 200;
const MOST_NAME: usize = 64;
const MOST_VALUE_CHARS: usize = 200;

/// What a slot's values are. There is no kind for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A value of the list at this place.
    Choice(usize),
    Date,
    Period,
    Comparison,
    Number,
    Ordinal,
    Percentage,
    Duration,
    Tag,
    Item,
    Page,
}

#[derive(Clone, Debug)]
pub(crate) struct CheckedSlot {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) open: bool,
    pub(crate) required: bool,
    pub(crate) many: bool,
}

/// A piece of an example: words, and the place of the slot whose value they are.
pub(crate) type Piece = (String, Option<usize>);

#[derive(Clone, Debug)]
pub(crate) struct CheckedIntent {
    pub(crate) name: String,
    pub(crate) slots: Vec<CheckedSlot>,
    pub(crate) examples: Vec<Vec<Piece>>,
    pub(crate) action: Option<Action>,
    pub(crate) confirm: bool,
}

/// Values that a choice has.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) entries: Vec<Entry>,
}

/// Definitions without mistakes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checked {
    pub(crate) intents: Vec<CheckedIntent>,
    pub(crate) lists: Vec<List>,
    /// The places of lists that have a name.
    pub(crate) named: BTreeMap<String, usize>,
}

type Checks<T> = Result<T, DefinitionError>;

impl Checked {
    pub(crate) fn new(definitions: &Definitions) -> Checks<Checked> {
        most("intents", definitions.intents.len(), MOST_INTENTS)?;
        most("lists", definitions.lists.len(), MOST_LISTS)?;
        let mut lists = Lists::default();
        for (name, entries) in &definitions.lists {
            named(name, "lists")?;
            let field = format!("lists.{name}");
            let place = lists.add(&field, entries)?;
            lists.places.insert(name.clone(), place);
        }
        let mut names = BTreeSet::new();
        let mut examples = Examples::default();
        let mut intents = Vec::with_capacity(definitions.intents.len());
        for (at, intent) in definitions.intents.iter().enumerate() {
            named(&intent.name, "name").map_err(|error| error.of(&format!("intents[{at}]")))?;
            let of = |error: DefinitionError| error.of(&intent.name);
            if !names.insert(&intent.name) {
                return Err(of(DefinitionError::at("name", Problem::Twice)));
            }
            intents.push(checked(intent, at, &mut lists, &mut examples).map_err(of)?);
        }
        Ok(Checked { intents, lists: lists.lists, named: lists.places })
    }
}

fn most(field: &str, count: usize, most: usize) -> Checks<()> {
    if count > most { Err(DefinitionError::at(field, Problem::TooMany(most))) } else { Ok(()) }
}

fn named(name: &str, field: &str) -> Checks<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let well = (1..=MOST_NAME).contains(&name.len()) && name.chars().all(fits);
    if well { Ok(()) } else { Err(DefinitionError::at(field, Problem::Name)) }
}

#[derive(Default)]
struct Lists {
    lists: Vec<List>,
    /// The normal forms of each list's values and synonyms.
    normal: Vec<HashSet<String>>,
    places: BTreeMap<String, usize>,
}

fn normal(text: &str) -> String {
    Text::new(text).map(|text| text.whole()).unwrap_or_default()
}

impl Lists {
    fn add(&mut self, field: &str, entries: &[Entry]) -> Checks<usize> {
        most(field, entries.len(), MOST_VALUES)?;
        for (at, Entry { value, synonyms }) in entries.iter().enumerate() {
            let place = |problem| DefinitionError::at(format!("{field}[{at}]"), problem);
            most(&format!("{field}[{at}].synonyms"), synonyms.len(), MOST_SYNONYMS)?;
            for text in std::iter::once(value).chain(synonyms) {
                if text.trim().is_empty() {
                    return Err(place(Problem::Empty));
                }
                if text.chars().count() > MOST_VALUE_CHARS {
                    return Err(place(Problem::TooLong));
                }
            }
        }
        let texts = entries.iter().flat_map(|entry| std::iter::once(&entry.value).chain(&entry.synonyms));
        self.normal.push(texts.map(|text| normal(text)).collect());
        self.lists.push(List { entries: entries.to_vec() });
        Ok(self.lists.len() - 1)
    }

    /// True if the list has the value or synonym, however it is written.
    fn has(&self, list: usize, text: &str) -> bool {
        self.normal.get(list).is_some_and(|known| known.contains(&normal(text)))
    }
}

/// Which intent has an example, by its normal form with slots for their values.
#[derive(Default)]
struct Examples {
    intents: HashMap<String, usize>,
    count: usize,
}

fn checked(intent: &Intent, at: usize, lists: &mut Lists, examples: &mut Examples) -> Checks<CheckedIntent> {
    most("slots", intent.slots.len(), MOST_SLOTS)?;
    let slots = intent.slots.iter().map(|(name, slot)| checked_slot(name, slot, lists));
    let slots: Vec<CheckedSlot> = slots.collect::<Checks<_>>()?;
    if let Some(Action::Webhook(name)) = &intent.action {
        named(name, "action.webhook")?;
    }
    most("examples", intent.examples.len(), MOST_EXAMPLES)?;
    examples.count += intent.examples.len();
    most("examples", examples.count, MOST_EXAMPLES_IN_ALL)?;
    if intent.examples.is_empty() {
        return Err(DefinitionError::at("examples", Problem::Empty));
    }
    let mut pieces = Vec::with_capacity(intent.examples.len());
    for (place, example) in intent.examples.iter().enumerate() {
        let of = |problem| DefinitionError::at(format!("examples[{place}]"), problem);
        let example = pieces_of(example, &slots, lists).map_err(of)?;
        let first = *examples.intents.entry(key(&example, &slots)).or_insert(at);
        if first != at {
            return Err(of(Problem::Ambiguous));
        }
        pieces.push(example);
    }
    Ok(CheckedIntent {
        name: intent.name.clone(),
        slots,
        examples: pieces,
        action: intent.action.clone(),
        confirm: intent.needs_confirmation(),
    })
}

fn checked_slot(name: &str, slot: &Slot, lists: &mut Lists) -> Checks<CheckedSlot> {
    named(name, "slots")?;
    let field = |part: &str| format!("slots.{name}.{part}");
    let choice = slot.kind == SlotType::Choice;
    let has = [!slot.values.is_empty(), slot.list.is_some()].into_iter().filter(|has| *has).count();
    if (!choice && (has > 0 || slot.open)) || has > 1 {
        return Err(DefinitionError::at(field("type"), Problem::Misplaced));
    }
    let kind = match slot.kind {
        SlotType::Person => return Err(DefinitionError::at(field("type"), Problem::Person)),
        SlotType::Choice => Kind::Choice(match &slot.list {
            Some(list) => {
                *lists.places.get(list).ok_or_else(|| DefinitionError::at(field("list"), Problem::UnknownList))?
            }
            None if slot.values.is_empty() && !slot.open => {
                return Err(DefinitionError::at(field("values"), Problem::Empty));
            }
            None => lists.add(&field("values"), &slot.values)?,
        }),
        SlotType::Date => Kind::Date,
        SlotType::Period => Kind::Period,
        SlotType::Comparison => Kind::Comparison,
        SlotType::Number => Kind::Number,
        SlotType::Ordinal => Kind::Ordinal,
        SlotType::Percentage => Kind::Percentage,
        SlotType::Duration => Kind::Duration,
        SlotType::Tag => Kind::Tag,
        SlotType::Item => Kind::Item,
        SlotType::Page => Kind::Page,
    };
    Ok(CheckedSlot { name: name.to_owned(), kind, open: slot.open, required: slot.required, many: slot.many })
}

/// A key that two examples share if no text could tell them apart.
pub(super) fn example_key(example: &str, slots: &BTreeMap<String, Slot>) -> String {
    let segments = markup::parse(example).unwrap_or_default();
    let mut key = String::new();
    for Segment { text, slot } in segments {
        match slot.and_then(|slot| slots.get(&slot)).filter(|slot| !slot.open) {
            Some(slot) => key.push_str(&format!("[{:?} {:?}] ", slot.kind, slot.list)),
            None => key.push_str(&format!("{} ", normal(&text))),
        }
    }
    key
}

fn pieces_of(example: &str, slots: &[CheckedSlot], lists: &Lists) -> Result<Vec<Piece>, Problem> {
    if example.len() > 8 * MOST_CHARS {
        return Err(Problem::TooLong);
    }
    let mut pieces = Vec::new();
    let mut whole = String::new();
    for Segment { text, slot } in markup::parse(example)? {
        let place = match &slot {
            None => None,
            Some(name) => Some(slots.iter().position(|slot| slot.name == *name).ok_or(Problem::UnknownSlot)?),
        };
        if let Some(CheckedSlot { kind: Kind::Choice(list), open: false, .. }) = place.and_then(|at| slots.get(at))
            && !lists.has(*list, &text)
        {
            return Err(Problem::NotAValue);
        }
        whole.push_str(&text);
        pieces.push((text, place));
    }
    let words = Text::new(&whole).map_err(|_| Problem::TooLong)?;
    if words.len() == 0 { Err(Problem::Empty) } else { Ok(pieces) }
}

/// The normal form of an example. Slots of the same kind are the same.
fn key(example: &[Piece], slots: &[CheckedSlot]) -> String {
    let mut key = String::new();
    for (text, slot) in example {
        match slot.and_then(|at| slots.get(at)) {
            Some(slot) if !slot.open => key.push_str(&format!("[{:?}] ", slot.kind)),
            _ => {
                key.push_str(&normal(text));
                key.push(' ');
            }
        }
    }
    key
}
