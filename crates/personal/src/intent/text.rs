//! Normalisation: NFKC, lower case, words with their place in the text as it was written.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::TextError;

/// The longest text that is looked at, in characters.
pub const MOST_CHARS: usize = 1_000;
/// A character takes no more bytes than this.
const MOST_BYTES: usize = 4 * MOST_CHARS;

/// What a word is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Letters, or letters and digits.
    Word,
    /// ASCII digits alone.
    Number,
    /// Begins with a slash, as a page does.
    Path,
    /// The sign `%`.
    Percent,
}

/// A word of a normalised text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    start: u32,
    end: u32,
    pub(crate) shape: Shape,
}

/// A text in its normal form. It lives as long as the interpretation of it and is kept nowhere.
pub(crate) struct Text {
    normal: String,
    /// For each byte of the normal form, and one past its end, where in the text it comes from; none if it is the same place.
    origin: Option<Vec<u32>>,
    words: Vec<Word>,
}

impl Text {
    /// Normalises a text.
    ///
    /// # Errors
    /// [`TextError::TooLong`]. Very long texts are refused without being read.
    pub(crate) fn new(text: &str) -> Result<Text, TextError> {
        if text.len() > MOST_BYTES || text.chars().count() > MOST_CHARS {
            return Err(TextError::TooLong);
        }
        let (normal, origin) = if text.is_ascii() { (text.to_ascii_lowercase(), None) } else { fold(text) };
        let words = words(&normal);
        Ok(Text { normal, origin, words })
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// A word in its normal form.
    pub(crate) fn word(&self, place: usize) -> &str {
        self.words.get(place).map_or("", |word| &self.normal[word.start as usize..word.end as usize])
    }

    pub(crate) fn shape(&self, place: usize) -> Option<Shape> {
        self.words.get(place).map(|word| word.shape)
    }

    /// The words in their order.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| &self.normal[word.start as usize..word.end as usize])
    }

    /// What lies between a word and the next one.
    pub(crate) fn gap(&self, place: usize) -> &str {
        match (self.words.get(place), self.words.get(place + 1)) {
            (Some(word), Some(next)) => &self.normal[word.end as usize..next.start as usize],
            _ => "",
        }
    }

    /// Where some words lie in the text as it was written, in bytes.
    pub(crate) fn span(&self, words: Range<usize>) -> Range<usize> {
        match (self.words.get(words.start), words.end.checked_sub(1).and_then(|last| self.words.get(last))) {
            (Some(first), Some(last)) if words.start < words.end => self.begin(first)..self.end(last),
            _ => 0..0,
        }
    }

    fn begin(&self, word: &Word) -> usize {
        let at = word.start as usize;
        self.origin.as_ref().map_or(at, |origin| origin.get(at).map_or(0, |at| *at as usize))
    }

    /// A word may end inside of what one character became, such as a fraction: it is taken whole.
    fn end(&self, word: &Word) -> usize {
        let at = word.end as usize;
        let Some(origin) = &self.origin else { return at };
        let last = origin.get(at - 1);
        origin.get(at..).into_iter().flatten().find(|next| Some(*next) != last).map_or(0, |at| *at as usize)
    }

    /// All words in their normal form, with single spaces between them.
    pub(crate) fn whole(&self) -> String {
        self.join(0..self.len())
    }

    /// Some words in their normal form, with single spaces between them.
    pub(crate) fn join(&self, words: Range<usize>) -> String {
        words.map(|place| self.word(place)).collect::<Vec<_>>().join(" ")
    }
}

/// NFKC and lower case, piece by piece, so that the origin of each byte is known. A piece is a character with what
/// composes with it.
fn fold(text: &str) -> (String, Option<Vec<u32>>) {
    let mut normal = String::with_capacity(text.len());
    let mut origin = Vec::with_capacity(text.len() + 1);
    let mut pieces = text.char_indices().peekable();
    while let Some((start, first)) = pieces.next() {
        let mut end = start + first.len_utf8();
        while let Some((at, next)) = pieces.next_if(|(_, next)| composes(*next)) {
            end = at + next.len_utf8();
        }
        // Lower case may undo the composition (as of a dotted capital I), so it is composed once more.
        let lower: String = text[start..end].nfkc().flat_map(char::to_lowercase).collect();
        normal.extend(lower.nfkc());
        origin.resize(normal.len(), u32::try_from(start).unwrap_or(u32::MAX));
    }
    origin.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
    (normal, Some(origin))
}

/// True for marks, and for the vowels and finals of a Hangul syllable.
fn composes(c: char) -> bool {
    canonical_combining_class(c) != 0 || matches!(c, '\u{1160}'..='\u{11ff}')
}

fn words(normal: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = normal.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let alone = start == 0 || normal[..start].ends_with(char::is_whitespace);
        let follows = rest.peek().map(|(_, next)| *next);
        let (shape, inside): (Shape, fn(char) -> bool) = match first {
            '/' if alone && (follows.is_none_or(|next| !next.is_whitespace() && next != '/')) => (Shape::Path, in_path),
            '%' => (Shape::Percent, |_| false),
            c if c.is_alphanumeric() => (Shape::Word, in_word),
            _ => continue,
        };
        let mut end = start + first.len_utf8();
        while let Some((at, next)) = rest.next_if(|(_, next)| inside(*next)) {
            end = at + next.len_utf8();
        }
        let number = shape == Shape::Word && normal[start..end].bytes().all(|b| b.is_ascii_digit());
        if shape == Shape::Path {
            end = start + normal[start..end].trim_end_matches(['?', '!', '.', ',', ';']).len();
        }
        let at = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        words.push(Word { start: at(start), end: at(end), shape: if number { Shape::Number } else { shape } });
    }
    words
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || canonical_combining_class(c) != 0
}

fn in_path(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '"' | '\'' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<String> {
        Text::new(text).expect("short").words().map(str::to_owned).collect()
    }

    #[test]
    fn words_are_in_their_normal_form() {
        assert_eq!(split("What's ＮＥＷ, Škoda?"), ["what", "s", "new", "škoda"]);
        assert_eq!(split("5% of /docs/Start?"), ["5", "%", "of", "/docs/start"]);
        assert_eq!(split("Cafe\u{301} 10am"), ["café", "10am"]);
        assert_eq!(split("a / b"), ["a", "b"]);
    }

    #[test]
    fn long_texts_are_refused() {
        assert!(Text::new(&"a".repeat(MOST_CHARS)).is_ok());
        assert!(Text::new(&"a".repeat(MOST_CHARS + 1)).is_err());
        assert!(Text::new(&"a".repeat(1 << 20)).is_err());
    }

    proptest! {
        #[test]
        fn places_lie_on_borders_of_characters_in_order(text in ".{0,60}") {
            let read = Text::new(&text).expect("short");
            let mut last = 0;
            for place in 0..read.len() {
                let span = read.span(place..place + 1);
                prop_assert!(text.get(span.clone()).is_some(), "{span:?}");
                prop_assert!(last <= span.start && span.start < span.end);
                last = span.start;
            }
        }
    }
}
