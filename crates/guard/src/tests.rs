//! The guard before the naive evaluator.

mod behaviour;

/// Checks that a control run does without.
#[derive(Default)]
pub(crate) struct Off {
    /// Filters are not taken away.
    pub(crate) removals: bool,
    /// Steps of a funnel are told however few people they differ by.
    pub(crate) drops: bool,
}
