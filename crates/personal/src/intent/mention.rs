//! Everything in a text that could be the value of a slot.

use std::ops::Range;

use jiff::civil::Date;
use serde::Serialize;

use super::builtin::{self, Comparison, Period, Read, Unit};
use super::definition::{Entry, Kind, List};
use super::gazetteer::{Catalogue, Gazetteer, Listed, Source};
use super::text::{Shape, Text};

/// The value of a slot, in its normal form.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// The value of a list.
    Choice(String),
    /// Words of the text, of a choice that takes other values than its own.
    Words(String),
    /// One day.
    Date(Date),
    /// Days.
    Period(Period),
    /// What a period is compared with.
    Comparison(Comparison),
    /// A number.
    Number(f64),
    /// 1 for the first.
    Ordinal(u32),
    /// 5 for 5 %.
    Percentage(f64),
    /// A length of time: how many of what.
    Duration(f64, Unit),
    /// The id of a tag.
    Tag(String),
    /// The id of an item.
    Item(String),
    /// A path.
    Page(String),
}

/// What may be a value: from which words, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mention {
    pub(crate) words: Range<usize>,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    Read(Read),
    Listed(Listed),
    /// A value of a list that belongs to this text alone, not to the engine.
    Given {
        list: usize,
        value: String,
        near: bool,
    },
    Path(String),
}

/// Values of a list that are told with a text, because there are too many to be kept with the engine.
#[derive(Debug, Default)]
pub(crate) struct Given<'a> {
    pub(crate) list: usize,
    pub(crate) entries: &'a [Entry],
}

impl Given<'_> {
    fn find(&self, text: &Text) -> impl Iterator<Item = Mention> + use<'_> {
        let mut gazetteer = Gazetteer::default();
        gazetteer.add(Source::List(self.list), self.entries);
        gazetteer.find(text).into_iter().filter_map(|Listed { words, place, near, .. }| {
            let value = self.entries.get(place)?.value.clone();
            Some(Mention { words, what: What::Given { list: self.list, value, near } })
        })
    }
}

impl Mention {
    /// True if it can be the value of a slot of this kind.
    pub(crate) fn is_of(&self, kind: Kind) -> bool {
        match (&self.what, kind) {
            (What::Read(Read::Period(period)), Kind::Date) => period.is_day(),
            (What::Read(Read::Period(_)), Kind::Period)
            | (What::Read(Read::Comparison(_)), Kind::Comparison)
            | (What::Read(Read::Number(_)), Kind::Number)
            | (What::Read(Read::Ordinal(_)), Kind::Ordinal)
            | (What::Read(Read::Percentage(_)), Kind::Percentage)
            | (What::Read(Read::Duration(..)), Kind::Duration)
            | (What::Path(_), Kind::Page) => true,
            (What::Listed(listed), Kind::Choice(list)) => listed.source == Source::List(list),
            (What::Given { list: of, .. }, Kind::Choice(list)) => *of == list,
            (What::Listed(listed), Kind::Tag) => listed.source == Source::Tags,
            (What::Listed(listed), Kind::Item) => listed.source == Source::Items,
            _ => false,
        }
    }

    /// A number that tells kinds apart, for the tagger and the classifier; never 0.
    pub(crate) fn number(&self) -> u32 {
        match &self.what {
            What::Read(Read::Period(_)) => 1,
            What::Read(Read::Comparison(_)) => 2,
            What::Read(Read::Number(_)) => 3,
            What::Read(Read::Ordinal(_)) => 4,
            What::Read(Read::Percentage(_)) => 5,
            What::Read(Read::Duration(..)) => 6,
            What::Path(_) => 7,
            What::Given { list, .. } => of_list(*list),
            What::Listed(listed) => match listed.source {
                Source::Tags => 8,
                Source::Items => 9,
                Source::List(list) => of_list(list),
            },
        }
    }

    /// The value for a slot of this kind; none if it is of another kind.
    pub(crate) fn value(&self, kind: Kind, lists: &[List], catalogue: &Catalogue) -> Option<Value> {
        let entry = |entries: &[Entry], place: usize| entries.get(place).map(|entry| entry.value.clone());
        Some(match (&self.what, kind) {
            (What::Read(Read::Period(period)), Kind::Date) => Value::Date(period.from.filter(|_| period.is_day())?),
            (What::Read(Read::Period(period)), Kind::Period) => Value::Period(period.clone()),
            (What::Read(Read::Comparison(comparison)), Kind::Comparison) => Value::Comparison(comparison.clone()),
            (What::Read(Read::Number(number)), Kind::Number) => Value::Number(*number),
            (What::Read(Read::Ordinal(nth)), Kind::Ordinal) => Value::Ordinal(*nth),
            (What::Read(Read::Percentage(percent)), Kind::Percentage) => Value::Percentage(*percent),
            (What::Read(Read::Duration(count, unit)), Kind::Duration) => Value::Duration(*count, *unit),
            (What::Path(path), Kind::Page) => Value::Page(path.clone()),
            (What::Listed(listed), Kind::Choice(list)) if listed.source == Source::List(list) => {
                Value::Choice(entry(&lists.get(list)?.entries, listed.place)?)
            }
            (What::Given { list: of, value, .. }, Kind::Choice(list)) if *of == list => Value::Choice(value.clone()),
            (What::Listed(listed), Kind::Tag) if listed.source == Source::Tags => {
                Value::Tag(entry(&catalogue.tags, listed.place)?)
            }
            (What::Listed(listed), Kind::Item) if listed.source == Source::Items => {
                Value::Item(entry(&catalogue.items, listed.place)?)
            }
            _ => return None,
        })
    }

    /// Where the value comes from.
    pub(crate) fn is_listed(&self) -> bool {
        matches!(self.what, What::Listed(_) | What::Given { .. })
    }

    fn is_near(&self) -> bool {
        match &self.what {
            What::Listed(listed) => listed.near,
            What::Given { near, .. } => *near,
            What::Read(_) | What::Path(_) => false,
        }
    }
}

fn of_list(list: usize) -> u32 {
    u32::try_from(list).map_or(u32::MAX, |list| list.saturating_add(10))
}

/// What is mentioned, ordered by first word, then longest, then without wrong letters first.
pub(crate) fn mentions(text: &Text, gazetteer: &Gazetteer, given: &Given<'_>, today: Date) -> Vec<Mention> {
    let read = builtin::find(text, today).into_iter();
    let mut found: Vec<Mention> =
        read.map(|found| Mention { words: found.words, what: What::Read(found.read) }).collect();
    let listed = gazetteer.find(text).into_iter();
    found.extend(listed.map(|listed| Mention { words: listed.words.clone(), what: What::Listed(listed) }));
    found.extend(given.find(text));
    for at in 0..text.len() {
        if text.shape(at) == Some(Shape::Path) {
            found.push(Mention { words: at..at + 1, what: What::Path(text.word(at).to_owned()) });
        }
    }
    found.sort_by_key(|mention| {
        (mention.words.start, usize::MAX - mention.words.end, mention.is_near(), mention.number())
    });
    found
}

/// For each word the number of the longest mention it is in, 0 for none.
pub(crate) fn kinds(text: &Text, mentions: &[Mention]) -> Vec<u32> {
    let mut kinds = vec![(0, 0); text.len()];
    for mention in mentions {
        let number = mention.number();
        let length = mention.words.len();
        for kind in kinds.get_mut(mention.words.clone()).into_iter().flatten() {
            if length > kind.1 {
                *kind = (number, length);
            }
        }
    }
    kinds.into_iter().map(|(number, _)| number).collect()
}
