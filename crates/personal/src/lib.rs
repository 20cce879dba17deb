//! What people say, turned into something useful to them: recommendations out of what members stated, and free text to intents.
//!
//! The crate works on plain values in memory: items are numbers, members are the sorted items they like. It never sees
//! an event, an id of a person, a time or a database; who calls it keeps its bytes sealed. The design, its limits and
//! what it was measured to do are in `docs/recommendations.md` and `docs/intents.md`.

pub mod catalogue;
pub mod intent;
pub mod matrix;
pub mod model;
pub mod serve;
pub mod similar;
pub mod tagging;
pub mod tune;
