//! Tags: paths such as `physics/optics`, in one written form, with numbers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Refusal;

/// Most tags of one item, before those above them are counted in.
pub(super) const MOST_TAGS_OF_ITEM: usize = 64;
const MOST_TAG_BYTES: usize = 200;
const MOST_LEVELS: usize = 8;

/// The canonical form: lower case, single spaces, no space around levels. None for what is no tag.
#[must_use]
pub fn tag(text: &str) -> Option<String> {
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

/// Synonyms in canonical form: none stands for itself, for another, or for what is above or below it.
pub(super) fn synonyms(written: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Refusal> {
    let pair = |(from, to): (String, String)| Some((tag(&from)?, tag(&to)?));
    let count = written.len();
    let all: Option<BTreeMap<String, String>> = written.into_iter().map(pair).collect();
    let all = all.ok_or(super::NO_TAG)?;
    let within = |a: &str, b: &str| upwards(a).any(|above| above == b);
    let meant = |(from, to): (&String, &String)| {
        let chained = upwards(to).any(|above| all.contains_key(above));
        !chained && !within(from, to) && !within(to, from)
    };
    // Two ways of writing one tag may stand for different ones.
    if all.len() != count || !all.iter().all(meant) {
        return Err(Refusal::Synonym);
    }
    Ok(all)
}

/// Numbers of tags, given once and for good.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    of: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Numbers {
    /// The number of the tag, a new one if it has none; None when there are too many.
    pub(super) fn give(&mut self, tag: &str) -> Option<u32> {
        if let Some(number) = self.of.get(tag) {
            return Some(*number);
        }
        let number = u32::try_from(self.names.len()).ok().filter(|n| (*n as usize) < super::MOST_NUMBERS)?;
        let tag: Arc<str> = tag.into();
        self.of.insert(tag.clone(), number);
        self.names.push(tag);
        Some(number)
    }

    pub(super) fn of(&self, tag: &str) -> Option<u32> {
        self.of.get(tag).copied()
    }

    pub(super) fn name(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(AsRef::as_ref)
    }

    pub(super) fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }
}
