//! The items that may be recommended, their tags, and the search in them.

mod item;
mod search;
mod tag;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde_json::{Map, Value};

pub use item::{Attribute, Item, Refusal};

use crate::tagging::Tagging;

/// Most items, and most tags.
pub const MOST_ITEMS: usize = 1_000_000;
/// Longest line of a bulk load, in bytes.
pub const MOST_LINE_BYTES: usize = 64 * 1024;
/// Bad lines of a bulk load that are told one by one.
pub const MOST_TOLD: usize = 100;

/// Items under numbers that are given once and never to another item. Nothing in it is about anybody.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    numbers: HashMap<String, u32>,
    items: Vec<Option<Item>>,
    tags: tag::Numbers,
    synonyms: BTreeMap<String, String>,
    index: search::Index,
}

/// What came of a bulk load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Lines that were taken.
    pub taken: usize,
    /// Lines that were not.
    pub refused: usize,
    /// The first of those, by number from 1, with the reason.
    pub reasons: Vec<(usize, Refusal)>,
}

impl Catalogue {
    /// Adds an item, or puts it in the place of the one with the same id, and gives its number.
    ///
    /// # Errors
    /// [`Refusal`]; the catalogue is then as it was.
    pub fn put(&mut self, fields: &Map<String, Value>) -> Result<u32, Refusal> {
        let item = self.canonical(Item::parse(fields)?);
        self.number_tags(&item)?;
        let number = match self.numbers.get(&item.id) {
            Some(number) => *number,
            None if self.items.len() >= MOST_ITEMS => return Err(Refusal::Full),
            None => {
                let number = self.items.len() as u32;
                self.numbers.insert(item.id.clone(), number);
                self.items.push(None);
                number
            }
        };
        self.take_out(number);
        self.index.add(number, &item);
        self.items[number as usize] = Some(item);
        Ok(number)
    }

    /// Changes some fields; `null` takes one away (RFC 7396).
    ///
    /// # Errors
    /// [`Refusal`]; the item is then as it was.
    pub fn patch(&mut self, id: &str, changes: &Map<String, Value>) -> Result<u32, Refusal> {
        let item = self.number(id).and_then(|number| self.item(number)).ok_or(Refusal::NoSuchItem)?;
        if changes.get("id").is_some_and(|new| new != id) {
            return Err(Refusal::IdChanged);
        }
        let Ok(Value::Object(mut fields)) = serde_json::to_value(item) else { return Err(Refusal::NotAnObject) };
        merge(&mut fields, changes);
        self.put(&fields)
    }

    /// Takes an item out. Its number stays its own.
    ///
    /// # Errors
    /// [`Refusal::NoSuchItem`].
    pub fn delete(&mut self, id: &str) -> Result<u32, Refusal> {
        let number = self.number(id).ok_or(Refusal::NoSuchItem)?;
        self.take_out(number);
        Ok(number)
    }

    /// One JSON object per line; good lines are taken, whatever the others are. Empty lines are passed over.
    pub fn load(&mut self, lines: &[u8]) -> Loaded {
        let mut loaded = Loaded::default();
        for (at, line) in lines.split(|byte| *byte == b'\n').enumerate() {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match self.load_line(line) {
                Ok(_) => loaded.taken += 1,
                Err(reason) => {
                    loaded.refused += 1;
                    if loaded.reasons.len() < MOST_TOLD {
                        loaded.reasons.push((at + 1, reason));
                    }
                }
            }
        }
        loaded
    }

    fn load_line(&mut self, line: &[u8]) -> Result<u32, Refusal> {
        if line.len() > MOST_LINE_BYTES {
            return Err(Refusal::TooLong);
        }
        let fields: Map<String, Value> = serde_json::from_slice(line).map_err(|_| Refusal::NotAnObject)?;
        self.put(&fields)
    }

    /// From now on the one tag stands for the other: items and questions with it are of the other.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn declare_synonym(&mut self, synonym: &str, stands_for: &str) -> Result<(), Refusal> {
        let rule = Refusal::Field { field: "synonym", rule: "two tags such as physics/optics" };
        let (from, to) = (tag::tag(synonym).ok_or(rule)?, tag::tag(stands_for).ok_or(rule)?);
        let within = |a: &str, b: &str| tag::upwards(a).any(|above| above == b);
        let chained = self.synonyms.contains_key(&to) || self.synonyms.values().any(|other| *other == from);
        if chained || within(&from, &to) || within(&to, &from) {
            return Err(Refusal::Synonym);
        }
        self.tags.give(&to).ok_or(Refusal::Full)?;
        self.synonyms.insert(from, to);
        for number in 0..self.items.len() as u32 {
            if let Some(item) = self.take_out(number) {
                let item = self.canonical(item);
                self.number_tags(&item)?;
                self.index.add(number, &item);
                self.items[number as usize] = Some(item);
            }
        }
        Ok(())
    }

    /// The number of an id, that of a deleted item too.
    #[must_use]
    pub fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The item of a number.
    #[must_use]
    pub fn item(&self, number: u32) -> Option<&Item> {
        self.items.get(number as usize)?.as_ref()
    }

    /// Numbers that were given: all below this.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if no item was ever added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number of a tag in any written form, or of what it is a synonym of.
    #[must_use]
    pub fn tag(&self, text: &str) -> Option<u32> {
        self.tags.of(&self.meant(&tag::tag(text)?))
    }

    /// The written form of a tag.
    #[must_use]
    pub fn tag_name(&self, tag: u32) -> Option<&str> {
        self.tags.name(tag)
    }

    /// Tags of items as numbers; what is tagged `physics/optics` is tagged `physics` too. Hidden items and those that
    /// have expired are in it: they may have members.
    #[must_use]
    pub fn tagging(&self) -> Tagging {
        let tags_of = |item: &Option<Item>| -> Vec<u32> {
            let tags = item.iter().flat_map(|item| &item.tags);
            tags.flat_map(|tag| tag::upwards(tag)).filter_map(|tag| self.tags.of(tag)).collect()
        };
        let lists: Vec<Vec<u32>> = self.items.iter().map(tags_of).collect();
        Tagging::new(&lists, self.tags.len())
    }

    /// True if the item is there and to be shown.
    #[must_use]
    pub fn shown(&self, number: u32, now: Timestamp) -> bool {
        self.item(number).is_some_and(|item| item.shown_at(now))
    }

    /// Items with these words in title, tags, kind or id, best first: whole, by their beginning, or with one letter wrong (two
    /// in words of eight letters and more).
    #[must_use]
    pub fn search(&self, question: &str, now: Timestamp, most: usize) -> Vec<u32> {
        self.index.find(question, |number| self.shown(number, now), self.items.len(), most)
    }

    fn take_out(&mut self, number: u32) -> Option<Item> {
        let item = self.items.get_mut(number as usize)?.take()?;
        self.index.remove(number, &item);
        Some(item)
    }

    fn number_tags(&mut self, item: &Item) -> Result<(), Refusal> {
        for tag in item.tags.iter().flat_map(|tag| tag::upwards(tag)) {
            self.tags.give(tag).ok_or(Refusal::Full)?;
        }
        Ok(())
    }

    /// The item with every synonym, or what is above one, replaced.
    fn canonical(&self, mut item: Item) -> Item {
        item.tags = item.tags.iter().map(|tag| self.meant(tag)).collect();
        item
    }

    fn meant(&self, tag: &str) -> String {
        for above in tag::upwards(tag) {
            if let Some(meant) = self.synonyms.get(above) {
                return format!("{meant}{}", &tag[above.len()..]);
            }
        }
        tag.to_owned()
    }
}

/// JSON merge patch: objects are merged, `null` takes away, everything else takes the place.
fn merge(into: &mut Map<String, Value>, changes: &Map<String, Value>) {
    for (name, change) in changes {
        match (into.get_mut(name), change) {
            (_, Value::Null) => {
                into.remove(name);
            }
            (Some(Value::Object(into)), Value::Object(changes)) => merge(into, changes),
            _ => {
                into.insert(name.clone(), change.clone());
            }
        }
    }
}
