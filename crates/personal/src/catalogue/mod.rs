//! The items that may be recommended, their tags, and the search in them.

mod item;
mod search;
mod tag;
#[cfg(test)]
mod tests;
mod upload;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

pub use item::{Attribute, Item, Refusal};
pub use tag::tag as canonical_tag;
pub use upload::{Loaded, Upload};

use crate::tagging::Tagging;

/// Most items at a time.
pub const MOST_ITEMS: usize = 200_000;
/// Most ids that are ever given a number, and most tags.
pub const MOST_NUMBERS: usize = 1_000_000;
/// Most bytes of all items at a time, as JSON.
pub const MOST_BYTES: usize = 256 * 1024 * 1024;
/// Most synonyms.
pub const MOST_SYNONYMS: usize = 10_000;
/// Longest line of a bulk load, in bytes.
pub const MOST_LINE_BYTES: usize = 64 * 1024;
/// Bad lines of a bulk load that are told one by one.
pub const MOST_TOLD: usize = 100;

/// Items under numbers that are given once and never to another item. Nothing in it is about anybody.
///
/// A copy shares its items with the original, so that one is made for every change, and whoever reads keeps theirs.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    numbers: HashMap<Arc<str>, u32>,
    items: Vec<Option<Arc<Item>>>,
    there: usize,
    bytes: usize,
    tags: tag::Numbers,
    synonyms: BTreeMap<String, String>,
    index: search::Index,
}

impl Catalogue {
    /// A catalogue without items, whose tags have the numbers of their places.
    #[must_use]
    pub fn with_tags(tags: impl IntoIterator<Item = String>, synonyms: BTreeMap<String, String>) -> Catalogue {
        let mut catalogue = Catalogue { synonyms, ..Catalogue::default() };
        for tag in tags {
            catalogue.tags.give(&tag);
        }
        catalogue
    }

    /// Gives an item back the number that it had; without fields it is one that was deleted, without an id one that may
    /// not be known any more. Numbers come in their order; what is left out between them was never an item.
    ///
    /// # Errors
    /// [`Refusal`], when what was written is no item.
    pub fn take_back(
        &mut self,
        number: u32,
        id: Option<&str>,
        fields: Option<&Map<String, Value>>,
    ) -> Result<(), Refusal> {
        let at = number as usize;
        if at >= MOST_NUMBERS {
            return Err(Refusal::Full);
        }
        if self.items.len() <= at {
            self.items.resize(at + 1, None);
        }
        if let Some(id) = id {
            self.numbers.insert(id.into(), number);
        }
        match fields {
            Some(fields) => self.put_at(number, Item::parse(fields)?),
            None => Ok(()),
        }
    }

    /// Adds an item, or puts it in the place of the one with the same id, and gives its number.
    ///
    /// # Errors
    /// [`Refusal`]; the catalogue is then as it was.
    pub fn put(&mut self, fields: &Map<String, Value>) -> Result<u32, Refusal> {
        let item = self.canonical(Item::parse(fields)?);
        let known = self.number(&item.id);
        let number = known.unwrap_or(self.items.len() as u32);
        if number as usize >= MOST_NUMBERS {
            return Err(Refusal::Full);
        }
        self.check_room(&item, self.item(number))?;
        self.number_tags(&item)?;
        if known.is_none() {
            self.numbers.insert(item.id.as_str().into(), number);
            self.items.push(None);
        }
        self.put_at(number, item)?;
        Ok(number)
    }

    fn check_room(&self, item: &Item, before: Option<&Item>) -> Result<(), Refusal> {
        let bytes = self.bytes + item.bytes() - before.map_or(0, Item::bytes);
        if (before.is_none() && self.there >= MOST_ITEMS) || bytes > MOST_BYTES {
            return Err(Refusal::Full);
        }
        Ok(())
    }

    fn put_at(&mut self, number: u32, item: Item) -> Result<(), Refusal> {
        self.check_room(&item, self.item(number))?;
        self.number_tags(&item)?;
        self.take_out(number);
        self.index.add(number, &item);
        self.there += 1;
        self.bytes += item.bytes();
        self.items[number as usize] = Some(Arc::new(item));
        Ok(())
    }

    /// Changes some fields; `null` takes one away (RFC 7396).
    ///
    /// # Errors
    /// [`Refusal`]; the item is then as it was.
    pub fn patch(&mut self, id: &str, changes: &Map<String, Value>) -> Result<u32, Refusal> {
        let item = self.by_id(id).ok_or(Refusal::NoSuchItem)?;
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
        self.take_out(number).ok_or(Refusal::NoSuchItem)?;
        Ok(number)
    }

    /// Takes out an item with its id, of which nothing is left but that its number is taken. The number, if the id was
    /// known.
    pub fn expunge(&mut self, id: &str) -> Option<u32> {
        let number = self.numbers.remove(id)?;
        self.take_out(number);
        Some(number)
    }

    /// One JSON object per line; good lines are taken, whatever the others are. Empty lines are passed over.
    pub fn load(&mut self, lines: &[u8]) -> Loaded {
        let mut upload = Upload::default();
        upload.take(self, lines);
        upload.end()
    }

    /// From now on the one tag stands for the other: items and questions with it are of the other.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn declare_synonym(&mut self, synonym: &str, stands_for: &str) -> Result<(), Refusal> {
        let mut all = self.synonyms.clone();
        let (from, to) = (tag::tag(synonym).ok_or(NO_TAG)?, tag::tag(stands_for).ok_or(NO_TAG)?);
        all.insert(from, to);
        self.set_synonyms(all).map(|_| ())
    }

    /// Puts these in the place of all synonyms, each with what it stands for. The numbers of items that have other tags
    /// now are given. A synonym that is left out means itself again from now on; items keep what it stood for.
    ///
    /// # Errors
    /// [`Refusal`]; the catalogue is then as it was.
    pub fn set_synonyms(&mut self, synonyms: BTreeMap<String, String>) -> Result<Vec<u32>, Refusal> {
        let synonyms = tag::synonyms(synonyms)?;
        let targets = synonyms.values().filter(|to| self.tags.of(to).is_none()).count();
        if synonyms.len() > MOST_SYNONYMS || self.tags.len() + targets > MOST_NUMBERS {
            return Err(Refusal::Full);
        }
        let mut next = Catalogue { synonyms, ..self.clone() };
        for to in next.synonyms.values() {
            next.tags.give(to).ok_or(Refusal::Full)?;
        }
        let mut changed = Vec::new();
        for number in 0..next.items.len() as u32 {
            let Some(item) = next.item(number) else { continue };
            if item.tags.iter().any(|tag| next.meant(tag) != *tag) {
                let item = next.canonical(item.clone());
                next.put_at(number, item)?;
                changed.push(number);
            }
        }
        *self = next;
        Ok(changed)
    }

    /// Every synonym with what it stands for.
    #[must_use]
    pub fn synonyms(&self) -> &BTreeMap<String, String> {
        &self.synonyms
    }

    /// The number of an id, that of a deleted item too.
    #[must_use]
    pub fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The item of a number.
    #[must_use]
    pub fn item(&self, number: u32) -> Option<&Item> {
        self.items.get(number as usize)?.as_deref()
    }

    /// The item of an id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Item> {
        self.item(self.number(id)?)
    }

    /// The items that are there, in the order of their numbers.
    pub fn items(&self) -> impl Iterator<Item = (u32, &Item)> {
        let numbered = (0u32..).zip(&self.items);
        numbered.filter_map(|(number, item)| Some((number, item.as_deref()?)))
    }

    /// Every id that has a number, that of a deleted item too.
    pub fn ids(&self) -> impl Iterator<Item = (u32, &str)> {
        self.numbers.iter().map(|(id, number)| (*number, id.as_ref()))
    }

    /// How many items are there.
    #[must_use]
    pub fn there(&self) -> usize {
        self.there
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

    /// The written forms of all tags, in the order of their numbers.
    #[must_use]
    pub fn tag_names(&self) -> &[Arc<str>] {
        self.tags.names()
    }

    /// Tags of items as numbers; what is tagged `physics/optics` is tagged `physics` too. Hidden items and those that
    /// have expired are in it: they may have members.
    #[must_use]
    pub fn tagging(&self) -> Tagging {
        let tags_of = |item: &Option<Arc<Item>>| -> Vec<u32> {
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
        self.find(question, |item| item.shown_at(now), most)
    }

    /// The same among the items that are allowed.
    #[must_use]
    pub fn find(&self, question: &str, allowed: impl Fn(&Item) -> bool, most: usize) -> Vec<u32> {
        self.index.find(question, |number| self.item(number).is_some_and(&allowed), self.items.len(), most)
    }

    fn take_out(&mut self, number: u32) -> Option<Arc<Item>> {
        let item = self.items.get_mut(number as usize)?.take()?;
        self.index.remove(number, &item);
        self.there -= 1;
        self.bytes -= item.bytes();
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

const NO_TAG: Refusal = Refusal::Field { field: "synonyms", rule: "tags such as physics/optics" };

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
