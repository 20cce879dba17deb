//! What is wrong with definitions: which intent, which field, what would work; never what was written.

use std::fmt;

/// A mistake in definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionError {
    /// The intent's name, or `intents[3]` if its name is the mistake; none for what belongs to no intent.
    pub intent: Option<String>,
    /// The field, such as `slots.period.type` or `examples[2]`; empty for the whole file.
    pub field: String,
    /// What is wrong.
    pub problem: Problem,
}

/// Kinds of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Over 8 MiB.
    TooLarge,
    /// Not in the format, or with a key it does not have, at this line.
    Syntax(usize),
    /// A name is 1 to 64 letters, digits, `_`, `-` or `.`.
    Name,
    /// Names are there once.
    Twice,
    /// More than so many.
    TooMany(usize),
    /// There is nothing.
    Empty,
    /// Longer than an interpreted text may be.
    TooLong,
    /// A bracket that is not closed, or is not followed by a slot.
    Markup,
    /// A slot that the intent does not declare.
    UnknownSlot,
    /// A list that is not there.
    UnknownList,
    /// Values and lists belong to choices.
    Misplaced,
    /// A slot about people.
    Person,
    /// The marked text is no value of the slot.
    NotAValue,
    /// Another intent has the same example.
    Ambiguous,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::TooLarge => write!(f, "definitions take at most 8 MiB"),
            Problem::Syntax(line) => write!(f, "line {line} is malformed or has a key that is not known there"),
            Problem::Name => write!(f, "a name is 1 to 64 letters, digits, '_', '-' or '.'"),
            Problem::Twice => write!(f, "the name is there twice"),
            Problem::TooMany(most) => write!(f, "there are at most {most}"),
            Problem::Empty => write!(f, "it is empty"),
            Problem::TooLong => write!(f, "it has at most 1,000 characters"),
            Problem::Markup => write!(f, "a value is marked as [value](slot); \\[ is a bracket"),
            Problem::UnknownSlot => write!(f, "the marked slot is not among the intent's slots"),
            Problem::UnknownList => write!(f, "there is no list of this name"),
            Problem::Misplaced => write!(f, "values, list and open belong to slots of type choice, and either of them"),
            Problem::Person => write!(
                f,
                "slots about people are not taken: an intent is about the person who writes, never about somebody else"
            ),
            Problem::NotAValue => write!(f, "the marked text is not a value of its slot; add it as a value or synonym"),
            Problem::Ambiguous => write!(f, "another intent has the same example"),
        }
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.intent, self.field.is_empty()) {
            (Some(intent), false) => write!(f, "intent {intent}, {}: {}", self.field, self.problem),
            (Some(intent), true) => write!(f, "intent {intent}: {}", self.problem),
            (None, false) => write!(f, "{}: {}", self.field, self.problem),
            (None, true) => write!(f, "{}", self.problem),
        }
    }
}

impl std::error::Error for DefinitionError {}

impl DefinitionError {
    pub(crate) fn whole(problem: Problem) -> DefinitionError {
        DefinitionError { intent: None, field: String::new(), problem }
    }

    pub(crate) fn syntax(line: usize) -> DefinitionError {
        DefinitionError::whole(Problem::Syntax(line))
    }

    pub(crate) fn at(field: impl Into<String>, problem: Problem) -> DefinitionError {
        DefinitionError { intent: None, field: field.into(), problem }
    }

    /// The same mistake in an intent.
    pub(crate) fn of(self, intent: &str) -> DefinitionError {
        DefinitionError { intent: Some(intent.to_owned()), ..self }
    }
}
