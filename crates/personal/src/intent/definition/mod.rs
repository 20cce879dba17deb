//! What operators define: intents with examples, slots and an action, as TOML or JSON.
//!
//! ```
//! # use outis_personal::intent::Definitions;
//! let text = r#"
//! [[intents]]
//! name = "watch_topic"
//! examples = ["follow [open access](topic)", "tell me about news on [open access](topic)"]
//! action = "follow_tag"
//! slots.topic = { type = "choice", required = true, values = [
//!     { value = "open-access", synonyms = ["open access", "oa"] },
//! ] }
//! "#;
//! let definitions = Definitions::from_toml(text)?;
//! assert_eq!(definitions, Definitions::from_json(&definitions.to_json())?);
//! # Ok::<(), outis_personal::intent::DefinitionError>(())
//! ```

mod check;
mod error;
mod foreign;
pub(crate) mod markup;
mod rasa;
mod snips;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use error::{DefinitionError, Problem};
pub use foreign::Imported;

pub(crate) use check::{Checked, CheckedIntent, CheckedSlot, Kind, List};
pub(crate) use markup::Segment;

/// Largest file of definitions in any format, in bytes.
pub const MOST_DEFINITION_BYTES: usize = 8 << 20;

/// Intents and the lists their slots take values from. Unknown keys are refused.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Definitions {
    /// Languages of the examples, such as `en`. Told to callers, otherwise without meaning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// At most 500.
    #[serde(default)]
    pub intents: Vec<Intent>,
    /// Values that several slots take, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, Vec<Entry>>,
}

/// Something that people want.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// 1 to 64 letters, digits, `_`, `-` or `.`; each once.
    pub name: String,
    /// How people say it: 1 to 5,000, with values of slots marked as `[value](slot)`. `\[` is a bracket.
    pub examples: Vec<String>,
    /// At most 16, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, Slot>,
    /// What is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Whether people are asked before it is done. Default: webhooks only. Destructive actions are always confirmed,
    /// whatever is said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<bool>,
    /// True if the action destroys something. Needed of webhooks only: what built-in actions do is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub destructive: bool,
}

/// A value in a text.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// What its values are.
    #[serde(rename = "type", default)]
    pub kind: SlotType,
    /// Of a choice: its values. At most 10,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Entry>,
    /// Of a choice, instead of values: the name of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// Of a choice: true if other values than these are taken as they are written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// True if nothing can be done without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// True if a text may have several values for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub many: bool,
}

/// What the values of a slot are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotType {
    /// A value of a list.
    #[default]
    Choice,
    /// One day.
    Date,
    /// Days: *last 7 days*, *since May*.
    Period,
    /// What a period is compared with: *compared with the month before*.
    Comparison,
    /// A number.
    Number,
    /// First, second, ...
    Ordinal,
    /// A percentage.
    Percentage,
    /// A length of time.
    Duration,
    /// A tag of the catalogue.
    Tag,
    /// An item of the catalogue.
    Item,
    /// A page: a path that begins with a slash.
    Page,
    /// Refused: intents are never about somebody else.
    #[serde(alias = "people", alias = "name", alias = "user", alias = "email", alias = "phone", alias = "contact")]
    Person,
}

/// A value and what else it is called.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What callers are told. It is also a way to say it.
    pub value: String,
    /// Other ways to say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
}

/// What is done about an intent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Search the catalogue.
    FindContent,
    /// Suggest items.
    Recommend,
    /// Follow a tag.
    FollowTag,
    /// Bookmark an item.
    Bookmark,
    /// Show everything that is known about the member.
    ShowMyData,
    /// Forget the member. Always confirmed.
    ForgetMe,
    /// Open a report of the dashboard.
    OpenReport,
    /// Answer a question of analytics.
    MakeChart,
    /// Call a webhook of the operator's, by its name.
    Webhook(String),
}

impl Action {
    /// True if something is destroyed that does not come back. A webhook whose name says so is believed.
    pub fn is_destructive(&self) -> bool {
        const WORDS: [&str; 9] =
            ["forget", "delete", "erase", "purge", "remove", "destroy", "drop", "wipe", "unsubscribe"];
        match self {
            Action::ForgetMe => true,
            Action::Webhook(name) => WORDS.iter().any(|word| name.to_ascii_lowercase().contains(word)),
            _ => false,
        }
    }
}

impl Intent {
    /// Whether people are asked before the action is done.
    pub fn needs_confirmation(&self) -> bool {
        let Some(action) = &self.action else { return false };
        let asked = self.confirm.unwrap_or(matches!(action, Action::Webhook(_)));
        asked || self.destructive || action.is_destructive()
    }
}

impl Definitions {
    /// Reads TOML.
    ///
    /// # Errors
    /// Where it is not TOML or has unknown keys, by line; then as [`Definitions::check`].
    pub fn from_toml(text: &str) -> Result<Definitions, DefinitionError> {
        bounded(text)?;
        let definitions: Definitions = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or_default());
            DefinitionError::syntax(before.matches('\n').count() + 1)
        })?;
        definitions.check()?;
        Ok(definitions)
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// Where it is not JSON or has unknown keys, by line; then as [`Definitions::check`].
    pub fn from_json(text: &str) -> Result<Definitions, DefinitionError> {
        bounded(text)?;
        let definitions: Definitions =
            serde_json::from_str(text).map_err(|error| DefinitionError::syntax(error.line()))?;
        definitions.check()?;
        Ok(definitions)
    }

    /// Writes TOML that reads the same.
    pub fn to_toml(&self) -> String {
        // Serialising plain structs into memory cannot fail.
        toml::to_string(self).unwrap_or_default()
    }

    /// Writes JSON that reads the same.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Looks for mistakes.
    ///
    /// # Errors
    /// The first mistake: a name that is malformed or there twice, a slot that is not declared or about people, a marked
    /// value that its slot does not have, two intents with the same example, or too much of something.
    pub fn check(&self) -> Result<(), DefinitionError> {
        Checked::new(self).map(|_| ())
    }
}

fn bounded(text: &str) -> Result<(), DefinitionError> {
    if text.len() > MOST_DEFINITION_BYTES { Err(DefinitionError::whole(Problem::TooLarge)) } else { Ok(()) }
}
