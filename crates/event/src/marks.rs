//! Coarse marks of a member that make actives and retention exact without an id that spans days.

use serde::{Deserialize, Serialize};

/// Bits told by `people` when a member's token came with the event; all clear for anonymous visitors.
///
/// Bits 0..=2: first activity today, this week, this period. Bits 3..=5: lifecycle state. Bits 8..=31: the same
/// three "first" bits for each of eight declared actions. The upper 32 bits hold the cohort week (ISO weeks since
/// 1970-W01, 0 = none), already widened until enough members share it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(pub u64);

impl Marks {
    /// No member, no marks.
    pub const NONE: Marks = Marks(0);
}
