//! Tags: paths such as `physics/optics`, in one written form, with numbers.

use std::collections::HashMap;

/// Most tags of one item, before those above them are counted in.
pub(super) const MOST_TAGS_OF_ITEM: usize = 64;
const MOST_TAG_BYTES: usize = 200;
const MOST_LEVELS: usize = 8;

/// The canonical form: lower case, single spaces, no space around levels. None for what is no tag.
pub(super) fn tag(text: &str) -> Option<String> {
    if text.len() > MOST_TAG_BYTES || text.chars().any(char::is_control) {
        return None;
    }
    let lower = text.to_lowercase();
    let levels: Vec<String> =
        lower.split('/').map(|level| level.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let good = levels.len() <= MOST_LEVELS && levels.iter().all(|level| !level.is_empty());
    good.then(|| levels.join("/"))
}

/// A tag and all above it: `physics/optics`, `physics`.
pub(super) fn upwards(tag: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(tag), |tag| tag.rsplit_once('/').map(|(above, _)| above))
}

/// Numbers of tags, given once and for good.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    of: HashMap<String, u32>,
    names: Vec<String>,
}

impl Numbers {
    /// The number of the tag, a new one if it has none; None when there are too many.
    pub(super) fn give(&mut self, tag: &str) -> Option<u32> {
        if let Some(number) = self.of.get(tag) {
            return Some(*number);
        }
        let number = u32::try_from(self.names.len()).ok().filter(|n| (*n as usize) < super::MOST_ITEMS)?;
        self.of.insert(tag.to_owned(), number);
        self.names.push(tag.to_owned());
        Some(number)
    }

    pub(super) fn of(&self, tag: &str) -> Option<u32> {
        self.of.get(tag).copied()
    }

    pub(super) fn name(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }
}
