//! What a text looks like to the classifier: hashed n-grams of words and of characters, weighted by TF-IDF.
//!
//! Words are taken singly and in pairs, characters in runs of two to five inside a word and its borders (scikit-learn
//! calls that `char_wb`). A digit stands for any digit. An n-gram is known by 32 bits of a hash, whose lowest bit tells
//! words from characters; only n-grams of the examples are kept, so that a collision needs two of them to share 32 bits.

use super::text::Text;

/// Runs of characters.
const CHARS: std::ops::RangeInclusive<usize> = 2..=5;

/// What a text is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Grams {
    /// N-grams, ascending; one that is there twice is there twice.
    pub(crate) hashes: Vec<u32>,
    /// The words that name nothing, in their order, with their places.
    pub(crate) plain: Vec<(usize, u32)>,
}

/// The n-grams of a text in which some words name something: `kinds` has a number for each word, 0 for nothing. A run of
/// words with one number is also taken as that number, alone and with its neighbours, so that what was learnt of one value
/// holds for others.
pub(crate) fn grams(text: &Text, kinds: &[u32]) -> Grams {
    let kind = |at: usize| kinds.get(at).copied().unwrap_or(0);
    let mut grams = Grams { hashes: Vec::with_capacity(text.len() * 24), plain: Vec::new() };
    let found = &mut grams.hashes;
    let (mut last, mut last_masked, mut last_kind) = (None, None, 0);
    let mut letters: Vec<u64> = Vec::with_capacity(32);
    for (at, word) in text.words().enumerate() {
        letters.clear();
        letters.push(u64::from(' '));
        letters.extend(word.chars().map(masked));
        letters.push(u64::from(' '));
        of_letters(&letters, found);
        let word = letters.iter().fold(BASIS, |hash, letter| step(hash, *letter));
        found.push(finish(word) | 1);
        if let Some(before) = last {
            found.push(finish(pair(before, word)) | 1);
        }
        last = Some(word);
        let this = kind(at);
        if this == 0 {
            grams.plain.push((at, finish(word) | 1));
        }
        if this != 0 && this == last_kind {
            continue;
        }
        let named = if this == 0 { word } else { step(step(BASIS, u64::from(u32::MAX)), u64::from(this)) };
        if this != 0 {
            found.push(finish(named) | 1);
        }
        if let (Some(before), true) = (last_masked, this != 0 || last_kind != 0) {
            found.push(finish(pair(before, named)) | 1);
        }
        (last_masked, last_kind) = (Some(named), this);
    }
    found.sort_unstable();
    grams
}

fn of_letters(letters: &[u64], found: &mut Vec<u32>) {
    for start in 0..letters.len() {
        let mut hash = BASIS;
        for (more, letter) in letters[start..].iter().take(*CHARS.end()).enumerate() {
            hash = step(hash, *letter);
            if CHARS.contains(&(more + 1)) {
                found.push(finish(hash) & !1);
            }
        }
    }
}

fn masked(c: char) -> u64 {
    u64::from(if c.is_ascii_digit() { '0' } else { c })
}

/// FNV-1a by characters in place of bytes.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

fn step(hash: u64, letter: u64) -> u64 {
    (hash ^ letter).wrapping_mul(0x0000_0100_0000_01b3)
}

/// Of two words, whose order matters.
fn pair(first: u64, second: u64) -> u64 {
    step(step(first, u64::from(' ')), second)
}

/// The finaliser of MurmurHash3, so that every bit depends on all.
fn finish(hash: u64) -> u32 {
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    (hash >> 32) as u32
}

/// True for n-grams of words.
fn is_word(hash: u32) -> bool {
    hash & 1 == 1
}

/// The n-grams that are known, and how much each tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Vocabulary {
    /// Ascending, each once.
    pub(crate) hashes: Vec<u32>,
    /// Inverse document frequency: `ln((1 + n) / (1 + df)) + 1`.
    pub(crate) idf: Vec<f32>,
    /// Where the hashes with the same highest bits begin.
    starts: Vec<u32>,
    shift: u32,
}

impl Vocabulary {
    /// Of texts, by their n-grams; those of fewer than `least` texts are left out.
    pub(crate) fn learn<'a>(texts: impl Iterator<Item = &'a [u32]> + Clone, least: u32) -> Vocabulary {
        let mut all: Vec<u32> = Vec::new();
        let mut count = 0_u32;
        for text in texts {
            count += 1;
            all.extend(
                text.iter().enumerate().filter(|(at, hash)| *at == 0 || text[at - 1] != **hash).map(|(_, h)| *h),
            );
        }
        all.sort_unstable();
        let mut hashes = Vec::new();
        let mut idf = Vec::new();
        for run in all.chunk_by(|a, b| a == b) {
            let df = u32::try_from(run.len()).unwrap_or(u32::MAX);
            if df >= least {
                hashes.push(run[0]);
                idf.push(((1.0 + f64::from(count)) / (1.0 + f64::from(df))).ln() as f32 + 1.0);
            }
        }
        Vocabulary::new(hashes, idf)
    }

    pub(crate) fn new(hashes: Vec<u32>, idf: Vec<f32>) -> Vocabulary {
        // About two hashes to a start.
        let bits = hashes.len().max(2).ilog2().min(20);
        let shift = 32 - bits;
        let mut starts = vec![0; (1 << bits) + 1];
        for hash in &hashes {
            starts[(*hash >> shift) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Vocabulary { hashes, idf, starts, shift }
    }

    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    fn place(&self, hash: u32) -> Option<usize> {
        let bucket = (hash >> self.shift) as usize;
        let (from, to) = (*self.starts.get(bucket)? as usize, *self.starts.get(bucket + 1)? as usize);
        self.hashes.get(from..to)?.iter().position(|known| *known == hash).map(|at| from + at)
    }

    /// True if the n-gram is known.
    pub(crate) fn knows(&self, hash: u32) -> bool {
        self.place(hash).is_some()
    }

    /// The text as places and weights, ascending. Words and characters are of length one each, if there are any.
    pub(crate) fn vector(&self, text: &[u32], share: Share) -> Vector {
        let mut vector = Vector::default();
        let (mut words, mut chars) = (0.0_f32, 0.0_f32);
        for run in text.chunk_by(|a, b| a == b) {
            let Some(place) = self.place(run[0]) else { continue };
            let often = 1.0 + (run.len() as f32).ln();
            let weight = often * self.idf[place];
            *(if is_word(run[0]) { &mut words } else { &mut chars }) += weight * weight;
            vector.entries.push((place as u32, weight));
        }
        let words = if words > 0.0 { share.words / words.sqrt() } else { 0.0 };
        let chars = if chars > 0.0 { share.chars / chars.sqrt() } else { 0.0 };
        for (place, weight) in &mut vector.entries {
            *weight *= if is_word(self.hashes[*place as usize]) { words } else { chars };
        }
        vector
    }
}

/// How long the parts of a vector are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share {
    pub(crate) words: f32,
    pub(crate) chars: f32,
}

/// A sparse vector.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Vector {
    pub(crate) entries: Vec<(u32, f32)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<u32> {
        grams(&Text::new(text).expect("short"), &[]).hashes
    }

    #[test]
    fn n_grams_are_counted() {
        // " ab ": five runs of two to five inside four characters (3 + 2 + 1), one word.
        assert_eq!(of("ab").len(), 7);
        assert_eq!(of("ab ab").len(), 7 * 2 + 1);
        assert_eq!(of("in 2024"), of("in 1999"));
        assert_ne!(of("ab cd"), of("cd ab"));
        assert!(of("").is_empty());
    }

    #[test]
    fn vectors_are_of_length_one() {
        let texts = [of("one two"), of("two three")];
        let vocabulary = Vocabulary::learn(texts.iter().map(Vec::as_slice), 1);
        let share = Share { words: 1.0, chars: 1.0 };
        for text in ["one two", "three", "four two", "три"] {
            let vector = vocabulary.vector(&of(text), share);
            let length: f32 = vector.entries.iter().map(|(_, weight)| weight * weight).sum();
            assert!(vector.entries.is_empty() || (length - 2.0).abs() < 1e-5, "{text}: {length}");
            assert!(vector.entries.is_sorted_by(|a, b| a.0 < b.0));
        }
    }

    #[test]
    fn values_of_one_kind_look_alike() {
        let of = |text: &str, kinds: &[u32]| grams(&Text::new(text).expect("short"), kinds);
        let (new, old) = (of("in new york please", &[0, 8, 8, 0]), of("in vienna please", &[0, 8, 0]));
        let shared = new.hashes.iter().filter(|hash| old.hashes.contains(hash) && is_word(**hash)).count();
        // in, please, the kind, in + the kind, the kind + please
        assert_eq!(shared, 5);
        assert_eq!(new.plain.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 3]);
    }

    #[test]
    fn words_that_are_everywhere_tell_less() {
        let texts = [of("the cat"), of("the dog")];
        let vocabulary = Vocabulary::learn(texts.iter().map(Vec::as_slice), 1);
        let weight = |word: &str| {
            let hash = *of(word).iter().find(|hash| is_word(**hash)).expect("a word");
            vocabulary.idf[vocabulary.place(hash).expect("known")]
        };
        assert!(weight("the") < weight("cat"));
    }
}
