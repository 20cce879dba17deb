//! What became of a raw event.

use outis_event::{AnonymousEvent, DropReason, Rewrite};

/// What became of a raw event.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly every outcome is the large one")]
pub enum Outcome {
    /// The event is anonymous and may be journalled.
    Stored {
        /// The event.
        event: AnonymousEvent,
        /// What was changed or left out, each reason once.
        rewrites: Vec<Rewrite>,
    },
    /// Nothing may be stored.
    Dropped(DropReason),
}
