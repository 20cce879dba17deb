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
    let mut found = Vec::new();
    if how != Match::Matches {
        found.extend(values.iter().filter(|v| *v == RARE).map(|_| Term::RARE));
    }
    match how {
        Match::Is => {
            found.extend(values.iter().filter(|v| *v == NOT_SET).map(|_| Term::NONE));
            if ignore_case {
                let wanted: Vec<String> = values.iter().map(|v| v.to_lowercase()).collect();
                found.extend(words(vocabulary, space, |word| wanted.contains(&word.to_lowercase())));
            } else {
                found.extend(values.iter().filter_map(|v| vocabulary.lookup(space, v)));
            }
        }
        Match::Contains if ignore_case => {
            let wanted: Vec<String> = values.iter().map(|v| v.to_lowercase()).collect();
            found.extend(words(vocabulary, space, |word| {
                let word = word.to_lowercase();
                wanted.iter().any(|v| word.contains(v))
            }));
        }
        Match::Contains => found.extend(words(vocabulary, space, |word| values.iter().any(|v| word.contains(v)))),
        Match::Matches => {
            let patterns = values.iter().map(|v| pattern(v)).collect::<Result<Vec<Regex>, BadPattern>>()?;
            found.extend(words(vocabulary, space, |word| patterns.iter().any(|p| p.is_match(word))));
        }
    }
    Ok(TermSet::of(found))
}

fn words<'a>(
    vocabulary: &Vocabulary,
    space: Space,
    is_wanted: impl Fn(&str) -> bool + 'a,
) -> impl Iterator<Item = Term> + 'a {
    vocabulary.words(space).into_iter().filter(move |(_, word)| is_wanted(word)).map(|(term, _)| term)
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
