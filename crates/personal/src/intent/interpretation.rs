//! What a text means.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::definition::{Action, Intent, SlotType};
use super::mention::Value;

/// What a text means. It holds nothing of the text but values of slots, and has places in bytes of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Interpretation<'e> {
    /// What to do about it.
    pub decision: Decision,
    /// Why it is out of scope, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_scope: Option<OutOfScope>,
    /// The intent; none if the text is out of scope.
    pub intent: Option<&'e str>,
    /// How likely the intent is right, given that the text is in scope: 1 if the text is an example, else calibrated on
    /// the examples.
    pub confidence: f32,
    /// Values, in the order of the text.
    pub slots: Vec<Filled<'e>>,
    /// What is done.
    pub action: Option<&'e Action>,
    /// Slots without which it cannot be done.
    pub missing: Vec<&'e str>,
    /// True if the person is to be asked first.
    pub needs_confirmation: bool,
    /// What else it could be, likeliest first. What is left of the confidence is shared out among them and others.
    pub alternatives: Vec<Alternative<'e>>,
    /// Where there are words that no example and no list has.
    pub unknown: Vec<Range<usize>>,
}

/// What to do about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Do it, after a confirmation if one is needed.
    Accepted,
    /// Ask which of the intent and its alternatives is meant.
    Clarify,
    /// Say that it is not understood.
    OutOfScope,
}

/// Why a text is out of scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfScope {
    /// There are no words.
    Empty,
    /// Nothing in it is like anything in any example: another script, or a model without examples.
    NothingKnown,
    /// It fits all intents worse than nearly all examples fit theirs.
    UnlikeExamples,
}

/// The value of a slot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Filled<'e> {
    /// The slot.
    pub slot: &'e str,
    /// Its value.
    pub value: Value,
    /// What found it.
    pub by: FilledBy,
    /// Where it lies in the text, in bytes; empty if it is not in it.
    pub span: Range<usize>,
}

/// What found a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FilledBy {
    /// An example that fits the whole text.
    Template,
    /// A list or the catalogue.
    Gazetteer,
    /// A reader of periods, numbers and the like.
    Builtin,
    /// What was learnt of the words around values.
    Tagger,
    /// What the caller says is being looked at.
    Context,
}

/// What somebody looks at while they write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The id of an item: *bookmark this*.
    #[serde(default)]
    pub item: Option<String>,
    /// A path.
    #[serde(default)]
    pub page: Option<String>,
}

/// Another intent that a text may have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Alternative<'e> {
    /// The intent.
    pub intent: &'e str,
    /// How likely it is.
    pub confidence: f32,
}

impl<'e> Interpretation<'e> {
    /// Fills slots that are needed and that the text does not tell, of items and pages, with what is being looked at.
    pub fn complete(&mut self, intent: &'e Intent, context: &Context) {
        for (slot, declared) in &intent.slots {
            let Some(at) = self.missing.iter().position(|missing| missing == slot) else { continue };
            let value = match declared.kind {
                SlotType::Item => context.item.clone().map(Value::Item),
                SlotType::Page => context.page.clone().map(Value::Page),
                _ => None,
            };
            let Some(value) = value else { continue };
            self.slots.push(Filled { slot, value, by: FilledBy::Context, span: 0..0 });
            self.missing.remove(at);
        }
    }
}

impl Interpretation<'_> {
    pub(crate) fn out_of_scope(why: OutOfScope) -> Self {
        Interpretation {
            decision: Decision::OutOfScope,
            out_of_scope: Some(why),
            intent: None,
            confidence: 0.0,
            slots: Vec::new(),
            action: None,
            missing: Vec::new(),
            needs_confirmation: false,
            alternatives: Vec::new(),
            unknown: Vec::new(),
        }
    }
}
