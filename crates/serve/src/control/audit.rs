//! Who of the staff did what kind of thing, and in which hour; never about whom.

use outis_event::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::staff::StaffId;

const HOUR_MS: i64 = 3_600_000;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    /// Saw what a member sees of themselves, by the member's code.
    SawByCode,
    /// Had somebody forgotten.
    HadForgotten,
    /// Made a link for an account.
    Invited,
    /// Gave an account other roles.
    ChangedRoles,
    /// Removed an account.
    RemovedAccount,
    /// Registered a site.
    AddedSite,
    /// Changed settings of a site.
    ChangedSettings,
    /// Changed a site's plan.
    ChangedPlan,
    /// Purged a captured mistake.
    Purged,
    /// Changed or removed the keys of a site's identity tokens.
    ChangedIdentityKeys,
    /// Changed a site's intents.
    ChangedIntents,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Actor {
    /// An account.
    Staff(StaffId),
    /// A program with a token.
    Program,
    /// Whoever runs the machine.
    Operator,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Hours since 1970.
    pub(crate) hour: i64,
    pub(crate) by: Actor,
    pub(crate) deed: Deed,
}

/// The hour of an instant.
pub(crate) fn hour_of(at: Timestamp) -> i64 {
    at.0.div_euclid(HOUR_MS)
}

/// An hour as it is told: a day and an hour of UTC, such as `2026-11-29T14`.
pub(crate) fn hour_text(hour: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(hour.saturating_mul(HOUR_MS)).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_finer_than_an_hour_is_kept() {
        let (early, late) = (Timestamp(1_800_000_000_000), Timestamp(1_800_000_000_000 + HOUR_MS - 1));
        assert_eq!(hour_of(early), hour_of(late));
        assert_eq!(hour_text(hour_of(early)), "2027-01-15T08");
    }
}
