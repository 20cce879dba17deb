//! Values that lists and the catalogue name, found in a text word by word, also with one wrong letter.
//!
//! Values lie in a trie of words. It is walked from every word of a text, so matches begin and end with words; an automaton
//! over bytes (Aho-Corasick) would report them inside words too and take several times the memory. A word that no value has
//! stands for one that differs by one letter left out, added, exchanged, or swapped with its neighbour; such words are found
//! by what both are after leaving out one letter (as in SymSpell).

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use super::definition::Entry;
use super::text::{Shape, Text};

/// Most words of a value; longer ones cannot be found.
const MOST_WORDS: usize = 16;
/// Shorter words are never taken for others.
const LEAST_CHARS: usize = 5;
/// Longer words neither.
const MOST_CHARS: usize = 24;
/// Most values told of a text.
const MOST_FOUND: usize = 256;
/// Most words that a wrong one may stand for.
const MOST_NEAR: usize = 4;

/// Which list a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A list of the definitions, by its place.
    List(usize),
    Tags,
    Items,
}

/// A value that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) words: Range<usize>,
    pub(crate) source: Source,
    /// Its place in the list.
    pub(crate) place: usize,
    /// True if a letter was wrong.
    pub(crate) near: bool,
}

/// Tags and items that texts may name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// Ids and names of tags.
    pub tags: Vec<Entry>,
    /// Ids and titles of items. The id is the value, the title a synonym.
    pub items: Vec<Entry>,
    /// More values of lists of the definitions, by the list's name.
    pub lists: BTreeMap<String, Vec<Entry>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Gazetteer {
    words: HashMap<Arc<str>, u32>,
    spelling: Vec<Arc<str>>,
    /// Words by a hash of what is left of them without a letter.
    near: HashMap<u64, Vec<u32>>,
    next: HashMap<(u32, u32), u32>,
    ends: HashMap<u32, Vec<(Source, u32)>>,
    nodes: u32,
}

impl Gazetteer {
    /// Adds the values of a list under all their names.
    pub(crate) fn add(&mut self, source: Source, entries: &[Entry]) {
        for (place, entry) in entries.iter().enumerate() {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            for name in std::iter::once(&entry.value).chain(&entry.synonyms) {
                let Ok(text) = Text::new(name) else { continue };
                if (1..=MOST_WORDS).contains(&text.len()) {
                    self.insert(&text.words().map(str::to_owned).collect::<Vec<_>>(), source, place);
                    self.insert_plural(&text, source, place);
                }
            }
        }
    }

    fn insert(&mut self, words: &[String], source: Source, place: u32) {
        let mut node = 0;
        for word in words {
            let word = self.intern(word);
            let fresh = self.nodes + 1;
            let next = *self.next.entry((node, word)).or_insert(fresh);
            self.nodes = self.nodes.max(next);
            node = next;
        }
        let ends = self.ends.entry(node).or_default();
        if !ends.contains(&(source, place)) {
            ends.push((source, place));
        }
    }

    /// The English plural of the last word, if it is regular.
    fn insert_plural(&mut self, text: &Text, source: Source, place: u32) {
        let mut words: Vec<String> = text.words().map(str::to_owned).collect();
        let Some(last) = words.last_mut().filter(|last| last.is_ascii() && last.len() > 2) else { return };
        let end = last.as_bytes()[last.len() - 1];
        if !end.is_ascii_alphabetic() || end == b's' {
            return;
        }
        match last.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => *last = format!("{stem}ies"),
            _ => last.push('s'),
        }
        self.insert(&words, source, place);
    }

    fn intern(&mut self, word: &str) -> u32 {
        if let Some(known) = self.words.get(word) {
            return *known;
        }
        let fresh = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let spelling: Arc<str> = word.into();
        self.words.insert(Arc::clone(&spelling), fresh);
        self.spelling.push(spelling);
        for hash in shortened(word) {
            self.near.entry(hash).or_default().push(fresh);
        }
        fresh
    }

    /// The values named in a text, in the order of their first words.
    pub(crate) fn find(&self, text: &Text) -> Vec<Listed> {
        let words: Vec<Option<u32>> = text.words().map(|word| self.words.get(word).copied()).collect();
        let near: Vec<Vec<u32>> =
            (0..text.len()).map(|at| if words[at].is_none() { self.near(text, at) } else { Vec::new() }).collect();
        let mut found = Vec::new();
        for start in 0..words.len() {
            self.walk(&words, &near, start..start, 0, false, &mut found);
        }
        found
    }

    fn near(&self, text: &Text, at: usize) -> Vec<u32> {
        let mut near: Vec<u32> = Vec::new();
        if text.shape(at) == Some(Shape::Word) {
            let known = shortened(text.word(at)).into_iter().filter_map(|hash| self.near.get(&hash));
            for word in known.flatten() {
                let close = |known: &Arc<str>| strsim::osa_distance(known, text.word(at)) <= 1;
                let close = self.spelling.get(*word as usize).is_some_and(close);
                if close && near.len() < MOST_NEAR && !near.contains(word) {
                    near.push(*word);
                }
            }
        }
        near
    }

    fn walk(
        &self,
        words: &[Option<u32>],
        near: &[Vec<u32>],
        range: Range<usize>,
        node: u32,
        wrong: bool,
        found: &mut Vec<Listed>,
    ) {
        if found.len() >= MOST_FOUND {
            return;
        }
        for (source, place) in self.ends.get(&node).into_iter().flatten() {
            found.push(Listed { words: range.clone(), source: *source, place: *place as usize, near: wrong });
        }
        let at = range.end;
        let Some(word) = words.get(at) else { return };
        let further = |word: &u32| self.next.get(&(node, *word)).copied();
        if let Some(next) = word.as_ref().and_then(further) {
            self.walk(words, near, range.start..at + 1, next, wrong, found);
        }
        if !wrong {
            for next in near[at].iter().filter_map(further) {
                self.walk(words, near, range.start..at + 1, next, true, found);
            }
        }
    }
}

/// Hashes of a word and of what is left of it without one letter; none of short and very long words.
fn shortened(word: &str) -> Vec<u64> {
    let letters: Vec<char> = word.chars().collect();
    if !(LEAST_CHARS..=MOST_CHARS).contains(&letters.len()) || !letters.iter().any(|c| c.is_alphabetic()) {
        return Vec::new();
    }
    let hash = |without: usize| {
        let kept = letters.iter().enumerate().filter(|(at, _)| *at != without).map(|(_, letter)| u64::from(*letter));
        kept.fold(0xcbf2_9ce4_8422_2325_u64, |hash, letter| (hash ^ letter).wrapping_mul(0x0100_0000_01b3))
    };
    // Beyond the end nothing is left out.
    (0..=letters.len()).map(hash).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(value: &str, synonyms: &[&str]) -> Entry {
        Entry { value: value.to_owned(), synonyms: synonyms.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn gazetteer() -> Gazetteer {
        let mut gazetteer = Gazetteer::default();
        gazetteer.add(Source::Tags, &[entry("oa", &["Open Access"]), entry("library", &[])]);
        gazetteer.add(Source::List(0), &[entry("open", &[]), entry("country", &["land"])]);
        gazetteer
    }

    fn found(text: &str) -> Vec<(Range<usize>, Source, usize, bool)> {
        let text = Text::new(text).expect("short");
        let found = gazetteer().find(&text).into_iter();
        found.map(|listed| (listed.words, listed.source, listed.place, listed.near)).collect()
    }

    #[test]
    fn values_are_found_by_any_name_and_all_that_overlap() {
        assert_eq!(found("is OPEN access here"), [(1..2, Source::List(0), 0, false), (1..3, Source::Tags, 0, false)]);
        assert_eq!(found("countries"), [(0..1, Source::List(0), 1, false)]);
        assert_eq!(found("libraries"), [(0..1, Source::Tags, 1, false)]);
        assert!(found("openaccess opened").is_empty());
    }

    #[test]
    fn one_letter_may_be_wrong() {
        for text in ["cuntry", "countrry", "country", "coumtry", "conutry"] {
            let found = found(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].3, text != "country");
        }
        for text in ["contry1x", "cntry", "lend", "cou", "ctry"] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert!(found("oopen acess").iter().all(|(words, ..)| words.len() == 1), "one wrong word of a value only");
    }

    proptest! {
        #[test]
        fn every_value_is_found_in_a_text_that_names_it(name in "[a-z]{1,8}( [a-z]{1,8}){0,3}", before in "[a-z ]{0,10}") {
            let mut gazetteer = Gazetteer::default();
            gazetteer.add(Source::Items, &[entry(&name, &[])]);
            let text = Text::new(&format!("{before} {name} x")).expect("short");
            let words = Text::new(&name).expect("short").len();
            prop_assert!(gazetteer.find(&text).iter().any(|listed| listed.words.len() == words && !listed.near));
        }
    }
}
