//! What a member stated and likes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Most interests, and most followed tags, of a member.
pub const MOST_TEXTS: usize = 64;
/// Longest interest, tag, customer or item, in bytes.
pub(crate) const MOST_TEXT_BYTES: usize = 200;
/// Most items that a member likes, has bookmarked or hidden, each.
pub const MOST_VALUES: usize = 5_000;

/// What cannot be kept. Its texts hold nothing of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Empty, too long, or with control characters.
    #[error("a text has 1 to {MOST_TEXT_BYTES} bytes and no control characters")]
    Text,
    /// Too many texts.
    #[error("a member has at most {MOST_TEXTS} interests and {MOST_TEXTS} followed tags")]
    TooManyTexts,
    /// Too many items.
    #[error("a member has at most {MOST_VALUES} items of a kind")]
    TooManyItems,
    /// Too many purposes.
    #[error("a member has at most 64 purposes")]
    TooManyPurposes,
}

/// What a member says about an item. They are kept as sets: neither when they were said nor in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// Likes it.
    Like,
    /// Wants to find it again.
    Bookmark,
    /// Wants it not to be suggested.
    Hidden,
}

/// What a member stated, or the application in their name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stated {
    /// Interests, in the member's words.
    pub interests: BTreeSet<String>,
    /// Tags of the catalogue that they follow.
    pub tags: BTreeSet<String>,
}

impl Stated {
    /// Checks bounds.
    ///
    /// # Errors
    /// What is out of bounds.
    pub fn check(&self) -> Result<(), ProfileError> {
        if self.interests.len() > MOST_TEXTS || self.tags.len() > MOST_TEXTS {
            return Err(ProfileError::TooManyTexts);
        }
        self.interests.iter().chain(&self.tags).try_for_each(|text| check_text(text))
    }
}

/// A text within bounds.
pub(crate) fn check_text(text: &str) -> Result<(), ProfileError> {
    let fits = !text.trim().is_empty() && text.len() <= MOST_TEXT_BYTES && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(ProfileError::Text) }
}

/// Who a member is to the application, and what they stated.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The application's id.
    pub(crate) external: String,
    /// The institution they belong to.
    pub customer: Option<String>,
    /// What they stated here.
    pub stated: Stated,
    /// What the application's token says of them; replaced by each token.
    pub claimed: Stated,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Profile(..)")
    }
}

/// The items that a member said something about.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    likes: BTreeSet<String>,
    bookmarks: BTreeSet<String>,
    hidden: BTreeSet<String>,
}

impl Preferences {
    /// The items of a kind.
    pub fn of(&self, kind: Preference) -> &BTreeSet<String> {
        match kind {
            Preference::Like => &self.likes,
            Preference::Bookmark => &self.bookmarks,
            Preference::Hidden => &self.hidden,
        }
    }

    fn of_mut(&mut self, kind: Preference) -> &mut BTreeSet<String> {
        match kind {
            Preference::Like => &mut self.likes,
            Preference::Bookmark => &mut self.bookmarks,
            Preference::Hidden => &mut self.hidden,
        }
    }

    /// Adds an item, or takes it away. True if that changed something.
    pub(crate) fn set(&mut self, kind: Preference, item: &str, said: bool) -> Result<bool, ProfileError> {
        check_text(item)?;
        let items = self.of_mut(kind);
        if !said {
            return Ok(items.remove(item));
        }
        if items.len() >= MOST_VALUES && !items.contains(item) {
            return Err(ProfileError::TooManyItems);
        }
        Ok(items.insert(item.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_sets_with_bounds() {
        let mut items = Preferences::default();
        assert_eq!(items.set(Preference::Like, "a", true), Ok(true));
        assert_eq!(items.set(Preference::Like, "a", true), Ok(false));
        assert_eq!(items.set(Preference::Bookmark, "a", false), Ok(false));
        assert_eq!(items.set(Preference::Like, "a", false), Ok(true));
        assert_eq!(items.set(Preference::Like, " ", true), Err(ProfileError::Text));
        for n in 0..MOST_VALUES {
            assert_eq!(items.set(Preference::Hidden, &n.to_string(), true), Ok(true));
        }
        assert_eq!(items.set(Preference::Hidden, "one more", true), Err(ProfileError::TooManyItems));
        assert_eq!(items.set(Preference::Hidden, "7", true), Ok(false));
    }

    #[test]
    fn order_and_time_of_what_was_said_are_not_kept() {
        let of = |order: [&str; 3]| {
            let mut items = Preferences::default();
            for item in order {
                items.set(Preference::Like, item, true).expect("kept");
            }
            serde_json::to_string(&items).expect("json")
        };
        assert_eq!(of(["a", "b", "c"]), of(["c", "a", "b"]));
    }

    #[test]
    fn what_is_stated_has_bounds() {
        let stated = |n: usize, text: &str| Stated {
            interests: (0..n).map(|i| format!("{text}{i}")).collect(),
            tags: BTreeSet::new(),
        };
        assert_eq!(stated(MOST_TEXTS, "a").check(), Ok(()));
        assert_eq!(stated(MOST_TEXTS + 1, "a").check(), Err(ProfileError::TooManyTexts));
        assert_eq!(stated(1, &"a".repeat(MOST_TEXT_BYTES)).check(), Err(ProfileError::Text));
    }
}
