//! The anonymous event: the only form in which anything a visitor did is kept.

use serde::{Deserialize, Serialize};

use crate::Day;
use crate::{Dimension, Marks, Money, SiteId, Slot, Term, Visitor};

/// Properties kept of one event; surplus is cut.
pub const MAX_PROPERTIES: usize = 30;
/// Languages kept of one event.
pub const MAX_LANGUAGES: usize = 8;
/// Tags kept of one event.
pub const MAX_TAGS: usize = 16;

/// A second on a clock whose offset is secret per (day key, visitor), and the order within that second.
///
/// Differences between two events of one visitor are exact; the time of day is not told. Lives in the journal and
/// in small files only: compaction turns it into visit, ordinal and seconds since the visit began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShiftedClock {
    /// Seconds of the local day plus the secret offset (offset < 2^31).
    pub seconds: u32,
    /// Order among events of the same second.
    pub tie: u16,
}

/// Yes-or-no facts of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Flags(pub u8);

impl Flags {
    /// The event is an interaction: it ends a bounce.
    pub const INTERACTIVE: Flags = Flags(1);
    /// The visitor counts for floors (few enough visitors share the network on this day).
    pub const COUNTS_FOR_FLOOR: Flags = Flags(2);
    /// The event came after its own day's grace and counts on the day it arrived.
    pub const LATE: Flags = Flags(4);
    /// The visitor is a signed-in member.
    pub const MEMBER: Flags = Flags(8);

    /// True if all bits of `other` are set.
    #[inline]
    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and those of `other`.
    #[must_use]
    pub fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// One property: the term of its key and of its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Property {
    /// Word of [`Space::PROPERTY`](crate::Space::PROPERTY).
    pub key: Term,
    /// Word of [`Space::values_of`](crate::Space::values_of) the key.
    pub value: Term,
}

/// What is kept of something that happened: numbers only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnonymousEvent {
    /// The site it happened on.
    pub site: SiteId,
    /// The site's local day it counts on.
    pub day: Day,
    /// The 15-minute slot it happened in.
    pub slot: Slot,
    /// The day's visitor, or nobody.
    pub visitor: Visitor,
    /// Order within the visitor's day.
    pub clock: ShiftedClock,
    /// Yes-or-no facts.
    pub flags: Flags,
    /// One term per dimension, at [`Dimension::index`].
    pub terms: [Term; Dimension::COUNT],
    /// Accepted languages, counted singly.
    pub languages: Vec<Term>,
    /// Tags of the item.
    pub tags: Vec<Term>,
    /// Properties, sorted by key.
    pub properties: Vec<Property>,
    /// Deepest scroll position in percent, 0..=100; 255 = unknown.
    pub scroll: u8,
    /// Seconds the page was visible and focused; 0 = none told.
    pub engaged_s: u32,
    /// Revenue, if told.
    pub revenue: Option<Money>,
    /// Marks of the member, if any.
    pub marks: Marks,
}

impl AnonymousEvent {
    /// Scroll depth is unknown.
    pub const SCROLL_UNKNOWN: u8 = 255;

    /// An event of nobody with no attributes.
    pub fn blank(site: SiteId, day: Day, slot: Slot) -> AnonymousEvent {
        AnonymousEvent {
            site,
            day,
            slot,
            visitor: Visitor::NOBODY,
            clock: ShiftedClock::default(),
            flags: Flags::default(),
            terms: [Term::NONE; Dimension::COUNT],
            languages: Vec::new(),
            tags: Vec::new(),
            properties: Vec::new(),
            scroll: Self::SCROLL_UNKNOWN,
            engaged_s: 0,
            revenue: None,
            marks: Marks::NONE,
        }
    }

    /// The term of a dimension.
    #[inline]
    pub fn term(&self, dimension: Dimension) -> Term {
        self.terms[dimension.index()]
    }

    /// Sets the term of a dimension.
    pub fn set(&mut self, dimension: Dimension, term: Term) {
        self.terms[dimension.index()] = term;
    }
}
