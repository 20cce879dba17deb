//! The guard before the naive evaluator.

mod attack;
mod behaviour;
mod exact;
mod floor;
mod gate;
mod money;
mod past;
mod selected;
mod sensitive;
mod world;

/// Checks that a control run does without.
#[derive(Default)]
pub(crate) struct Off {
    /// Filters are not taken away.
    pub(crate) removals: bool,
    /// Rows are not folded.
    pub(crate) folding: bool,
    /// Steps of a funnel are told however few people they differ by.
    pub(crate) drops: bool,
    /// What is sensitive may be crossed with place and device.
    pub(crate) crossing: bool,
    /// Amounts of money count as they are.
    pub(crate) caps: bool,
}
