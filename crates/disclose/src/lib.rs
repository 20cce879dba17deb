//! What may be said: values that cannot be printed, notes that can, and the detector of personal data.

pub mod inventory;
mod note;
pub mod pii;
mod secret;
mod stack;

pub use note::{Level, LogSafe, Note, init_notes};
pub use secret::{Pii, Secret};
pub use stack::leaving_no_trace;
