//! What can be grouped by and filtered on, with the words it is said in.

use std::sync::Arc;

use outis_event::{Dimension, Space, Term, Vocabulary};
use regex::{Regex, RegexBuilder};

use crate::{EventFilter, Group, ShownKey, TermSet, VisitField};

/// How a value that is absent is addressed.
pub(crate) const NOT_SET: &str = "";
/// How values are called whose word has not been admitted.
pub(crate) const RARE: &str = "(rare)";
/// How groups too small to be shown are called.
pub(crate) const OTHER: &str = "(other)";

/// Longest pattern or value of a filter, in bytes.
pub(crate) const MAX_VALUE_BYTES: usize = 512;
/// Most memory a compiled pattern takes, in bytes.
const MAX_PATTERN_SIZE: usize = 1 << 20;

/// An attribute of an event or of its visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    Dimension(Dimension),
    Visit(VisitField),
    /// By the term of its key; [`Term::NONE`] for a key that no event has.
    Property(Term),
    Language,
    Tag,
}

impl Group {
    /// What it is called in requests; `None` of times and of properties without a word.
    pub fn name(self, words: &Vocabulary) -> Option<String> {
        Some(match self {
            Group::Dimension(dimension) => dimension.key().to_owned(),
            Group::Visit(VisitField::EntryPage) => "entry_page".to_owned(),
            Group::Visit(VisitField::ExitPage) => "exit_page".to_owned(),
            Group::Visit(VisitField::EntryHostname) => "entry_hostname".to_owned(),
            Group::Visit(VisitField::ExitHostname) => "exit_hostname".to_owned(),
            Group::Property(key) => format!("prop:{}", words.text(Space::PROPERTY, key)?),
            Group::Language => "language".to_owned(),
            Group::Tag => "tag".to_owned(),
            Group::Time(_) => return None,
        })
    }
}

impl Attribute {
    /// The property with this name.
    pub(crate) fn property(vocabulary: &Vocabulary, name: &str) -> Attribute {
        Attribute::Property(vocabulary.lookup(Space::PROPERTY, name).unwrap_or(Term::NONE))
    }

    pub(crate) fn group(self) -> Group {
        match self {
            Attribute::Dimension(dimension) => Group::Dimension(dimension),
            Attribute::Visit(field) => Group::Visit(field),
            Attribute::Property(key) => Group::Property(key),
            Attribute::Language => Group::Language,
            Attribute::Tag => Group::Tag,
        }
    }

    pub(crate) fn condition(self, set: TermSet) -> EventFilter {
        match self {
            Attribute::Dimension(dimension) => EventFilter::Dimension(dimension, set),
            Attribute::Visit(field) => EventFilter::Visit(field, set),
            Attribute::Property(key) => EventFilter::Property(key, set),
            Attribute::Language => EventFilter::Language(set),
            Attribute::Tag => EventFilter::Tag(set),
        }
    }

    pub(crate) fn space(self) -> Space {
        match self {
            Attribute::Dimension(dimension) => Space::of(dimension),
            Attribute::Visit(VisitField::EntryPage | VisitField::ExitPage) => Space::of(Dimension::Page),
            Attribute::Visit(VisitField::EntryHostname | VisitField::ExitHostname) => Space::of(Dimension::Hostname),
            Attribute::Property(key) => Space::values_of(key),
            Attribute::Language => Space::LANGUAGE,
            Attribute::Tag => Space::TAG,
        }
    }
}

/// What a shown key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Word(Arc<str>),
    NotSet,
    Rare,
    Other,
}

/// Puts a key of an attribute into words. A number without a word (it may have been purged) is rare.
pub(crate) fn say(vocabulary: &Vocabulary, attribute: Attribute, key: ShownKey) -> Said {
    match key {
        ShownKey::Term(Term::NONE) => Said::NotSet,
        ShownKey::Term(term) => vocabulary.text(attribute.space(), term).map_or(Said::Rare, Said::Word),
        ShownKey::Time(_) | ShownKey::Other => Said::Other,
    }
}

/// How words are compared with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// Equal to a value.
    Is,
    /// A value is part of it.
    Contains,
    /// A value, as a pattern, is found in it.
    Matches,
}

/// A value that is no pattern.
#[derive(Debug)]
pub(crate) struct BadPattern;

/// The terms of a space whose word matches any of the values. `""` is the absent value, `"(rare)"` what has no word.
pub(crate) fn terms(
    vocabulary: &Vocabulary,
    space: Space,
    how: Match,
    values: &[String],
    ignore_case: bool,
) -> Result<TermSet, BadPattern> {
    let found = match how {
        // Looked up rather than searched for: the common case, and exact.
        Match::Is if !ignore_case => values.iter().filter_map(|v| vocabulary.lookup(space, v)).collect(),
        _ => matching(vocabulary, space, how, values, ignore_case, |word| word)?,
    };
    Ok(TermSet::of(found.into_iter().chain(special(how, values))))
}

/// The same where words are said in another way, such as countries by name.
pub(crate) fn terms_said(
    vocabulary: &Vocabulary,
    space: Space,
    how: Match,
    values: &[String],
    ignore_case: bool,
    said: fn(&str) -> &str,
) -> Result<TermSet, BadPattern> {
    let found = matching(vocabulary, space, how, values, ignore_case, said)?;
    Ok(TermSet::of(found.into_iter().chain(special(how, values))))
}

/// Terms without a word that are addressed by name.
fn special(how: Match, values: &[String]) -> impl Iterator<Item = Term> {
    let named = |name: &str| how != Match::Matches && values.iter().any(|v| v == name);
    let rare = named(RARE).then_some(Term::RARE);
    let absent = (how == Match::Is && named(NOT_SET)).then_some(Term::NONE);
    rare.into_iter().chain(absent)
}

fn matching(
    vocabulary: &Vocabulary,
    space: Space,
    how: Match,
    values: &[String],
    ignore_case: bool,
    said: fn(&str) -> &str,
) -> Result<Vec<Term>, BadPattern> {
    let lower = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
    let wanted: Vec<String> = values.iter().map(|v| lower(v)).collect();
    let patterns = match how {
        Match::Matches => values.iter().map(|v| pattern(v)).collect::<Result<Vec<Regex>, BadPattern>>()?,
        Match::Is | Match::Contains => Vec::new(),
    };
    let is_wanted = |word: &str| match how {
        Match::Is => wanted.contains(&lower(said(word))),
        Match::Contains => wanted.iter().any(|v| lower(said(word)).contains(v)),
        Match::Matches => patterns.iter().any(|p| p.is_match(said(word))),
    };
    let words = vocabulary.words(space).into_iter();
    Ok(words.filter(|(_, word)| is_wanted(word)).map(|(term, _)| term).collect())
}

/// Compiles a pattern; matching takes linear time and bounded memory.
fn pattern(text: &str) -> Result<Regex, BadPattern> {
    let mut builder = RegexBuilder::new(text);
    builder.size_limit(MAX_PATTERN_SIZE).dfa_size_limit(MAX_PATTERN_SIZE);
    builder.build().map_err(|_| BadPattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_each_way_of_matching() {
        let v = Vocabulary::default();
        let a = v.admit(Dimension::Source, "Google").expect("admitted");
        let b = v.admit(Dimension::Source, "google.at").expect("admitted");
        let find = |how, value: &str, ignore_case| {
            let set = terms(&v, Space::of(Dimension::Source), how, &[value.to_owned()], ignore_case).expect("terms");
            [Term::NONE, Term::RARE, a, b].map(|t| set.contains(t))
        };
        assert_eq!(find(Match::Is, "Google", false), [false, false, true, false]);
        assert_eq!(find(Match::Is, "GOOGLE", true), [false, false, true, false]);
        assert_eq!(find(Match::Is, "", false), [true, false, false, false]);
        assert_eq!(find(Match::Is, "(rare)", false), [false, true, false, false]);
        assert_eq!(find(Match::Contains, "goo", true), [false, false, true, true]);
        assert_eq!(find(Match::Contains, "goo", false), [false, false, false, true]);
        assert_eq!(find(Match::Matches, "^G.*e$", false), [false, false, true, false]);
        assert_eq!(find(Match::Is, "Bing", false), [false; 4]);
    }

    #[test]
    fn a_pattern_must_be_valid_and_small() {
        let v = Vocabulary::default();
        for bad in ["(", "(a{1000}){1000}"] {
            let found = terms(&v, Space::of(Dimension::Page), Match::Matches, &[bad.to_owned()], false);
            assert!(found.is_err());
        }
    }
}
