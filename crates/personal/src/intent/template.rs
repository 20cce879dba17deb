//! Examples as templates: a text that is one of them, with other values in its slots, has that intent for sure.

use std::collections::HashMap;
use std::ops::Range;

use super::definition::{CheckedIntent, Kind};
use super::mention::Mention;
use super::text::Text;

/// Most steps of the search for one text.
const MOST_STEPS: usize = 20_000;

/// A trie of words and kinds of slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Templates {
    words: HashMap<Box<str>, u32>,
    next: HashMap<(u32, u32), u32>,
    /// Edges of a node that a value of a kind leads along.
    slots: HashMap<u32, Vec<(Kind, u32)>>,
    /// The intent of the template that ends here, and the slots of its values in their order.
    ends: HashMap<u32, (usize, Vec<usize>)>,
    nodes: u32,
}

/// A template that fits a whole text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fit {
    pub(crate) intent: usize,
    /// Slots, and which mentions their values are.
    pub(crate) values: Vec<(usize, usize)>,
}

impl Templates {
    pub(crate) fn new(intents: &[CheckedIntent]) -> Templates {
        let mut templates = Templates::default();
        for (place, intent) in intents.iter().enumerate() {
            for example in &intent.examples {
                templates.add(place, intent, example);
            }
        }
        templates
    }

    fn add(&mut self, place: usize, intent: &CheckedIntent, example: &[(String, Option<usize>)]) {
        let mut node = 0;
        let mut values = Vec::new();
        for (text, slot) in example {
            if let Some(at) = slot {
                node = self.slot_edge(node, intent.slots[*at].kind);
                values.push(*at);
                continue;
            }
            let Ok(text) = Text::new(text) else { return };
            for word in text.words() {
                node = self.word_edge(node, word);
            }
        }
        self.ends.entry(node).or_insert((place, values));
    }

    fn word_edge(&mut self, node: u32, word: &str) -> u32 {
        let fresh = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let word = *self.words.entry(word.into()).or_insert(fresh);
        let next = *self.next.entry((node, word)).or_insert(self.nodes + 1);
        self.nodes = self.nodes.max(next);
        next
    }

    fn slot_edge(&mut self, node: u32, kind: Kind) -> u32 {
        let edges = self.slots.entry(node).or_default();
        if let Some((_, next)) = edges.iter().find(|(known, _)| *known == kind) {
            return *next;
        }
        self.nodes += 1;
        edges.push((kind, self.nodes));
        self.nodes
    }

    /// The template that fits, if one does. Words go before values, longer values before shorter ones.
    pub(crate) fn find(&self, text: &Text, mentions: &[Mention]) -> Option<Fit> {
        let words: Vec<Option<u32>> = text.words().map(|word| self.words.get(word).copied()).collect();
        let mut search = Search { templates: self, words: &words, mentions, taken: Vec::new(), steps: 0 };
        search.from(0, 0)
    }
}

struct Search<'a> {
    templates: &'a Templates,
    words: &'a [Option<u32>],
    /// Ordered by first word, longest first.
    mentions: &'a [Mention],
    taken: Vec<usize>,
    steps: usize,
}

impl Search<'_> {
    fn from(&mut self, node: u32, at: usize) -> Option<Fit> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return None;
        }
        if at == self.words.len() {
            let (intent, slots) = self.templates.ends.get(&node)?;
            let values = slots.iter().copied().zip(self.taken.iter().copied()).collect();
            return Some(Fit { intent: *intent, values });
        }
        if let Some(next) = self.words[at].and_then(|word| self.templates.next.get(&(node, word)))
            && let Some(fit) = self.from(*next, at + 1)
        {
            return Some(fit);
        }
        for (kind, next) in self.templates.slots.get(&node).into_iter().flatten() {
            for place in begins_at(self.mentions, at) {
                if !self.mentions[place].is_of(*kind) {
                    continue;
                }
                self.taken.push(place);
                if let Some(fit) = self.from(*next, self.mentions[place].words.end) {
                    return Some(fit);
                }
                self.taken.pop();
            }
        }
        None
    }
}

/// The places of the mentions that begin at a word.
fn begins_at(mentions: &[Mention], at: usize) -> Range<usize> {
    let from = mentions.partition_point(|mention| mention.words.start < at);
    let to = mentions.partition_point(|mention| mention.words.start <= at);
    from..to
}
