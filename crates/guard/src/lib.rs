//! The gate that every answer passes: what is known about few people is folded, rounded or refused; and the noise that
//! is added to history when it is released.
//!
//! [`Gate::answer`] is the only way from a question to something that may be said. It protects against the mistakes
//! and the curiosity of trusted staff; `docs/guard.md` says what it does not protect against.

mod asking;
mod behaviour;
mod cache;
mod filters;
mod fold;
mod gate;
mod groups;
mod money;
mod noise;
pub mod receipts;
mod refusal;
mod removal;
mod round;
mod rows;
#[cfg(test)]
mod tests;

pub use gate::{Gate, Limits, Live};
pub use groups::{MemberGroup, ToldGroups, told_groups};
pub use noise::LaplaceNoise;
pub use refusal::Refusal;
pub use rows::Rows;
