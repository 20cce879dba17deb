//! Numbers that name things: sites, nodes, frames, words and a day's visitors.

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);
    };
}

number!(
    /// A registered site, unique within one installation.
    SiteId(u32)
);
number!(
    /// A process that journals events.
    NodeId(u16)
);
number!(
    /// The place of a frame in one node's journal; the first frame is 1, 0 means "none yet".
    Sequence(u64)
);
number!(
    /// The number of a word in one [`Space`](crate::Space) of a site's vocabulary.
    Term(u32)
);
number!(
    /// A visitor's number for one site and one local day; [`Visitor::NOBODY`] when the event is only counted.
    Visitor(u64)
);

number!(
    /// A member's number for one site and one period of five ISO weeks, by which their visitors of single days are
    /// linked where the site's policy is [`Link::Period`](crate::Link::Period). It is in link files and in memory only.
    Pseudonym(u64)
);

impl Term {
    /// The value is absent.
    pub const NONE: Term = Term(0);
    /// There is a value, but its word has not been admitted: shown as `(rare)`.
    pub const RARE: Term = Term(1);
    /// The first number given to a real word.
    pub const FIRST: Term = Term(2);
}

impl Visitor {
    /// The event counts, but belongs to no visitor.
    pub const NOBODY: Visitor = Visitor(0);

    /// True for an event that belongs to no visitor.
    pub fn is_nobody(self) -> bool {
        self == Self::NOBODY
    }
}

/// A keyed hash of the id that a sender gave an event, by which a retry is known. Its key is not where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InsertHash(pub [u8; 12]);
