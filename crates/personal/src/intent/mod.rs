//! Free text to intent, slots, confidence and an action.
//!
//! [`Definitions`] say what people may want and how they say it. [`Model::train`] learns from them in a moment, [`Engine`]
//! interprets texts. Templates go first (an example, with other values in its slots, has its intent for sure), then a linear
//! classifier over words and characters that knows when a text is like none of its examples. Nothing of a text is logged or
//! kept: an [`Interpretation`] has the values of slots and places in the text.
//!
//! No weights come from elsewhere, unless an operator puts an [`Embedding`] beside them, and nothing is about other people:
//! there is no slot for a person.

pub mod ask;
mod builtin;
mod calibrate;
mod classifier;
mod codec;
mod definition;
mod embedding;
mod engine;
mod error;
mod features;
mod gazetteer;
mod interpretation;
mod linear;
mod mention;
mod model;
mod named;
mod tagger;
mod template;
#[cfg(test)]
mod tests;
mod text;

pub use builtin::{Comparison, Period, Unit};
pub use classifier::Training;
pub use definition::{
    Action, DefinitionError, Definitions, Entry, Imported, Intent, MOST_DEFINITION_BYTES, Problem, Slot, SlotType,
};
pub use embedding::{Embedding, EmbeddingError};
pub use engine::Engine;
pub use error::{ModelError, TextError};
pub use gazetteer::Catalogue;
pub use interpretation::{Alternative, Context, Decision, Filled, FilledBy, Interpretation, OutOfScope};
pub use mention::Value;
pub use model::{Confused, Model};
pub use text::MOST_CHARS;
