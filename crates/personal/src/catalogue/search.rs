//! Words of titles and tags, found whole, by their beginning, or with one or two letters wrong.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Item;

/// Words of a question beyond these are not looked at.
const MOST_WORDS: usize = 8;
const MOST_WORD_CHARS: usize = 40;
const TITLE: u8 = 3;
const TAG: u8 = 2;
const OTHER: u8 = 1;

/// Which items have a word, and how much it says of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    words: BTreeMap<Arc<str>, Arc<Word>>,
}

#[derive(Clone, Debug, Default)]
struct Word {
    /// One bit for each letter that is in it, to rule out most words that are not alike.
    letters: u32,
    /// By number, each with its weight.
    items: Vec<(u32, u8)>,
}

impl Word {
    fn put(&mut self, number: u32, weight: u8) {
        match self.items.binary_search_by_key(&number, |entry| entry.0) {
            Ok(at) => self.items[at].1 = weight,
            Err(at) => self.items.insert(at, (number, weight)),
        }
    }

    fn remove(&mut self, number: u32) {
        if let Ok(at) = self.items.binary_search_by_key(&number, |entry| entry.0) {
            self.items.remove(at);
        }
    }
}

impl Index {
    pub(super) fn add(&mut self, number: u32, item: &Item) {
        for (word, weight) in words_of(item) {
            match self.words.get_mut(word.as_str()) {
                Some(entry) => Arc::make_mut(entry).put(number, weight),
                None => {
                    let entry = Word { letters: letters(&word), items: vec![(number, weight)] };
                    self.words.insert(word.into(), Arc::new(entry));
                }
            }
        }
    }

    pub(super) fn remove(&mut self, number: u32, item: &Item) {
        for (word, _) in words_of(item) {
            let Some(entry) = self.words.get_mut(word.as_str()) else { continue };
            let entry = Arc::make_mut(entry);
            entry.remove(number);
            if entry.items.is_empty() {
                self.words.remove(word.as_str());
            }
        }
    }

    /// Items with all words of the question, best first; if there are none, those with some of them.
    pub(super) fn find(&self, question: &str, allowed: impl Fn(u32) -> bool, items: usize, most: usize) -> Vec<u32> {
        let words: Vec<String> = split(question).take(MOST_WORDS).collect();
        let mut found: HashMap<u32, (usize, f32)> = HashMap::new();
        for word in &words {
            for (item, score) in self.matches(word, items) {
                let entry = found.entry(item).or_default();
                *entry = (entry.0 + 1, entry.1 + score);
            }
        }
        let mut ranked: Vec<(usize, f32, u32)> =
            found.into_iter().filter(|(item, _)| allowed(*item)).map(|(item, (n, score))| (n, score, item)).collect();
        let complete = ranked.iter().map(|entry| entry.0).max().unwrap_or(0);
        ranked.retain(|entry| entry.0 == complete);
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.2.cmp(&b.2)));
        ranked.truncate(most);
        ranked.into_iter().map(|entry| entry.2).collect()
    }

    /// The items of all words like this one, each with its best score.
    fn matches(&self, word: &str, items: usize) -> HashMap<u32, f32> {
        let mut found: HashMap<u32, f32> = HashMap::new();
        let mut take = |likeness: f32, entry: &Word| {
            let rare = ((1.0 + items as f32) / (1.0 + entry.items.len() as f32)).ln() + 1.0;
            for (item, weight) in &entry.items {
                let score = likeness * rare * f32::from(*weight);
                let best = found.entry(*item).or_default();
                *best = best.max(score);
            }
        };
        let from = (Bound::Included(word), Bound::Unbounded);
        for (other, entry) in self.words.range::<str, _>(from).take_while(|(other, _)| other.starts_with(word)) {
            take(if other.as_ref() == word { 1.0 } else { 0.7 }, entry);
        }
        let chars: Vec<char> = word.chars().collect();
        let errors = match chars.len() {
            0..=3 => return found,
            4..=7 => 1,
            _ => 2,
        };
        let (own, mut other_chars) = (letters(word), Vec::new());
        for (other, entry) in &self.words {
            // An error changes at most two of the letters that a word has.
            if (own ^ entry.letters).count_ones() as usize > 2 * errors || other.starts_with(word) {
                continue;
            }
            other_chars.clear();
            other_chars.extend(other.chars());
            match distance(&chars, &other_chars, errors) {
                Some(1) => take(0.5, entry),
                Some(_) => take(0.3, entry),
                None => {}
            }
        }
        found
    }
}

/// The words of an item, each with the greatest weight of where it stands.
fn words_of(item: &Item) -> BTreeMap<String, u8> {
    let mut words = BTreeMap::new();
    let others = item.kind.iter().chain([&item.id]);
    for word in others.flat_map(|text| split(text)) {
        words.insert(word, OTHER);
    }
    for word in item.tags.iter().flat_map(|tag| split(tag)) {
        words.insert(word, TAG);
    }
    for word in split(&item.title) {
        words.insert(word, TITLE);
    }
    words
}

/// Lower case, without accents, letters and digits only.
fn split(text: &str) -> impl Iterator<Item = String> {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let words: Vec<String> = plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(MOST_WORD_CHARS).collect())
        .collect();
    words.into_iter()
}

fn letters(word: &str) -> u32 {
    word.chars().fold(0, |bits, c| bits | 1 << (c as u32 % 32))
}

/// Letters to insert, leave out, change or swap with their neighbour, if there are at most so many (optimal string
/// alignment).
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let (mut before, mut last) = (vec![0; b.len() + 1], (0..=b.len()).collect::<Vec<usize>>());
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            let changed = last[j] + usize::from(x != y);
            row[j + 1] = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        if row.iter().all(|d| *d > most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|d| *d <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted() {
        let d = |a: &str, b: &str, most| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>(), most);
        assert_eq!(d("optics", "optics", 1), Some(0));
        assert_eq!(d("optics", "optisc", 1), Some(1));
        assert_eq!(d("optics", "optic", 1), Some(1));
        assert_eq!(d("optics", "opticas", 1), Some(1));
        assert_eq!(d("optics", "aptecs", 1), None);
        assert_eq!(d("optics", "aptecs", 2), Some(2));
        assert_eq!(d("a", "abcd", 2), None);
    }
}
