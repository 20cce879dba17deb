//! A site's vocabulary: the only place in the warehouse where text can be.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};

use crate::{Space, Term};

/// Longest word, in bytes.
pub const MAX_WORD_BYTES: usize = 512;
/// Most words in one space; further words stay `(rare)`.
const MAX_WORDS_PER_SPACE: usize = 200_000;

/// A word and its number, as journalled and catalogued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordRecord {
    /// The space the number belongs to.
    pub space: Space,
    /// The number.
    pub term: Term,
    /// The word; empty if it was struck. Then only the number is left, so that no other word ever gets it.
    pub text: Arc<str>,
}

#[derive(Default)]
struct Words {
    by_text: HashMap<Arc<str>, Term>,
    by_term: Vec<Option<Arc<str>>>,
    /// Numbers whose words were struck.
    struck: HashSet<Term>,
}

/// The words of one site, in memory. Durable through the journal: see [`Vocabulary::drain`].
///
/// Whether a word may be admitted is not decided here: callers admit only what is declared, public, in the
/// catalogue, or was seen with enough people.
#[derive(Default)]
pub struct Vocabulary {
    spaces: RwLock<HashMap<Space, Words>>,
    pending: Mutex<Vec<WordRecord>>,
    has_struck: AtomicBool,
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vocabulary").finish_non_exhaustive()
    }
}

impl Vocabulary {
    /// A vocabulary with the given words.
    pub fn from_records(records: impl IntoIterator<Item = WordRecord>) -> Vocabulary {
        let vocabulary = Vocabulary::default();
        vocabulary.load(records);
        vocabulary
    }

    /// Adds words that are durable already; what is known stays as it is.
    pub fn load(&self, records: impl IntoIterator<Item = WordRecord>) {
        let mut spaces = self.spaces.write();
        for record in records {
            if record.text.is_empty() {
                self.has_struck.store(true, Ordering::SeqCst);
            }
            spaces.entry(record.space).or_default().insert(record.term, record.text);
        }
    }

    /// Strikes words: from now on they are not known, and their numbers mean nothing for good. A word that comes again
    /// must be admitted again, and gets another number. Gives what the catalogue must keep of them.
    pub fn strike(&self, words: impl IntoIterator<Item = (Space, Term)>) -> Vec<WordRecord> {
        let text: Arc<str> = "".into();
        let record = |(space, term)| WordRecord { space, term, text: text.clone() };
        let struck: Vec<WordRecord> = words.into_iter().map(record).collect();
        self.load(struck.iter().cloned());
        // A word that is in no frame yet must not come into one; its number may be in rows that are on their way.
        let gone: HashSet<(Space, Term)> = struck.iter().map(|record| (record.space, record.term)).collect();
        for pending in self.pending.lock().iter_mut() {
            if gone.contains(&(pending.space, pending.term)) {
                pending.text = text.clone();
            }
        }
        struck
    }

    /// True if the word of this number was struck.
    pub fn is_struck(&self, space: impl Into<Space>, term: Term) -> bool {
        self.spaces.read().get(&space.into()).is_some_and(|words| words.struck.contains(&term))
    }

    /// True if any word ever was.
    pub fn has_struck(&self) -> bool {
        self.has_struck.load(Ordering::SeqCst)
    }

    /// Everywhere a word is known, with its number there.
    pub fn find(&self, text: &str) -> Vec<(Space, Term)> {
        let spaces = self.spaces.read();
        spaces.iter().filter_map(|(space, words)| Some((*space, *words.by_text.get(text)?))).collect()
    }

    /// The number of an admitted word.
    pub fn lookup(&self, space: impl Into<Space>, text: &str) -> Option<Term> {
        self.spaces.read().get(&space.into())?.by_text.get(text).copied()
    }

    /// The word of a number.
    pub fn text(&self, space: impl Into<Space>, term: Term) -> Option<Arc<str>> {
        self.spaces.read().get(&space.into())?.by_term.get(term.0 as usize).cloned().flatten()
    }

    /// Admits a word and gives its number; the same word always has the same number. `None` when the space is full
    /// or the word is empty or longer than [`MAX_WORD_BYTES`].
    pub fn admit(&self, space: impl Into<Space>, text: &str) -> Option<Term> {
        let space = space.into();
        if let Some(term) = self.lookup(space, text) {
            return Some(term);
        }
        if text.is_empty() || text.len() > MAX_WORD_BYTES {
            return None;
        }
        let mut spaces = self.spaces.write();
        let words = spaces.entry(space).or_default();
        if let Some(term) = words.by_text.get(text) {
            return Some(*term);
        }
        if words.by_text.len() >= MAX_WORDS_PER_SPACE {
            return None;
        }
        let term = Term(u32::try_from(words.by_term.len()).ok()?.max(Term::FIRST.0));
        let text: Arc<str> = text.into();
        words.insert(term, text.clone());
        // Pushed while the space is locked: whoever can see the number can rely on the record being pending.
        self.pending.lock().push(WordRecord { space, term, text });
        Some(term)
    }

    /// Takes the words admitted since the last call. The journal calls this after it has collected the events of a
    /// frame, so that a frame carries every word its events use.
    pub fn drain(&self) -> Vec<WordRecord> {
        std::mem::take(&mut *self.pending.lock())
    }

    /// All numbers and words of a space, in the order of their number.
    pub fn words(&self, space: impl Into<Space>) -> Vec<(Term, Arc<str>)> {
        let spaces = self.spaces.read();
        let Some(words) = spaces.get(&space.into()) else { return Vec::new() };
        let numbered = words.by_term.iter().enumerate();
        numbered.filter_map(|(i, w)| Some((Term(u32::try_from(i).ok()?), w.clone()?))).collect()
    }

    /// One more than the highest number in use in a space; at least [`Term::FIRST`].
    pub fn len(&self, space: impl Into<Space>) -> usize {
        let spaces = self.spaces.read();
        spaces.get(&space.into()).map_or(0, |w| w.by_term.len()).max(Term::FIRST.0 as usize)
    }

    /// True if no word was ever admitted.
    pub fn is_empty(&self) -> bool {
        self.spaces.read().is_empty()
    }
}

impl Words {
    fn insert(&mut self, term: Term, text: Arc<str>) {
        let at = term.0 as usize;
        if self.by_term.len() <= at {
            self.by_term.resize(at + 1, None);
        }
        if text.is_empty() {
            self.struck.insert(term);
            if let Some(before) = self.by_term[at].take().filter(|before| self.by_text.get(before) == Some(&term)) {
                self.by_text.remove(&before);
            }
            return;
        }
        if self.struck.contains(&term) {
            return;
        }
        self.by_text.insert(text.clone(), term);
        self.by_term[at] = Some(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dimension;

    #[test]
    fn a_word_keeps_its_number_and_is_told_once() {
        let v = Vocabulary::default();
        let a = v.admit(Dimension::Page, "/a").expect("admitted");
        assert_eq!(v.admit(Dimension::Page, "/a"), Some(a));
        assert_eq!(v.admit(Dimension::Source, "/a"), Some(Term::FIRST));
        assert_eq!(v.drain().len(), 2);
        assert!(v.drain().is_empty());
        assert_eq!(v.text(Dimension::Page, a).as_deref(), Some("/a"));
        assert_eq!(v.text(Dimension::Page, Term::RARE), None);
    }

    #[test]
    fn a_struck_word_is_gone_and_its_number_is_nobody_elses() {
        let v = Vocabulary::default();
        let (a, b) = (v.admit(Dimension::Page, "/a").expect("admitted"), v.admit(Dimension::Page, "/b"));
        let before = v.drain();
        let c = v.admit(Dimension::Page, "/c").expect("admitted");
        assert_eq!(v.find("/a"), [(Space::of(Dimension::Page), a)]);
        let struck = v.strike([(Dimension::Page.into(), a), (Dimension::Page.into(), c)]);
        assert_eq!((v.lookup(Dimension::Page, "/a"), v.lookup(Dimension::Page, "/b")), (None, b));
        assert_eq!(v.text(Dimension::Page, a), None);
        assert!(v.is_struck(Dimension::Page, a) && v.has_struck());
        let pending = v.drain();
        assert!(pending.iter().all(|record| record.text.is_empty()), "no text of a struck word is journalled");
        // Whatever order they are read in.
        for records in [[before.clone(), struck.clone()].concat(), [struck, before].concat()] {
            let again = Vocabulary::from_records([records, pending.clone()].concat());
            assert_eq!((again.lookup(Dimension::Page, "/a"), again.text(Dimension::Page, a)), (None, None));
            let new = again.admit(Dimension::Page, "/a").expect("admitted");
            assert!(new != a && new.0 > c.0);
        }
    }

    #[test]
    fn records_rebuild_the_same_vocabulary() {
        let v = Vocabulary::default();
        for i in 0..100 {
            v.admit(Space(i % 7), &format!("w{i}"));
        }
        let again = Vocabulary::from_records(v.drain());
        for i in 0..100 {
            assert_eq!(v.lookup(Space(i % 7), &format!("w{i}")), again.lookup(Space(i % 7), &format!("w{i}")));
        }
    }
}
