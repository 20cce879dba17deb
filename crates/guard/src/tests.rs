//! The guard before the naive evaluator.

/// Checks that a control run does without.
#[derive(Default)]
pub(crate) struct Off {
    /// Filters are not taken away.
    pub(crate) removals: bool,
}
