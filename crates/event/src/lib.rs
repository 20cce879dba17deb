//! What may be stored: numbers, terms, slots, marks and the plan.
//!
//! Nothing in this crate can hold personal data: an [`AnonymousEvent`] has no text, the only text is in a
//! [`Vocabulary`], and a word gets there only when it belongs to nobody. The crate has no dependency of ours.

mod codec;
mod dimension;
mod epsilon;
mod ids;
mod marks;
mod money;
mod plan;
mod reason;
mod row;
mod site;
mod time;
mod vocabulary;

pub use codec::{DecodeError, MAX_EVENT_BYTES, Record};
pub use dimension::{Dimension, Space};
pub use epsilon::{Epsilon, EpsilonError, Noise};
pub use ids::{InsertHash, NodeId, Pseudonym, Sequence, SiteId, Term, Visitor};
pub use marks::{Lifecycle, Marks, Span};
pub use money::Money;
pub use plan::{Mode, Plan, PlanError, PlannedEvent, PlannedProperty, PropertyKind};
pub use reason::{DropReason, Rewrite};
pub use row::{AnonymousEvent, Flags, MAX_LANGUAGES, MAX_PROPERTIES, MAX_TAGS, Property, ShiftedClock};
pub use site::{GpcPolicy, Link, Network, Policy, PolicyError, Shields, Site};
pub use time::{Clock, Day, ManualClock, Slot, SystemClock, Timestamp};
pub use vocabulary::{MAX_WORD_BYTES, Vocabulary, WordRecord};
