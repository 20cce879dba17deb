//! Raw in, nobody out: the only place where a raw event exists.
//!
//! [`Anonymiser::anonymise`] takes a [`RawEvent`] by value and gives an [`Outcome`]: an anonymous event made of
//! numbers, or the reason why nothing is stored. What was raw is wiped when the call returns. Raw and anonymous
//! share no field type.

mod anonymiser;
mod context;
mod day_keys;
mod outcome;
mod raw;
mod tables;
mod waiting;

pub use anonymiser::Anonymiser;
pub use context::{SiteContext, SiteRules};
pub use day_keys::{DayKey, DayKeys};
pub use outcome::Outcome;
pub use raw::{ClientHints, PropertyValue, RawEvent, RawRevenue, Size};
pub use tables::{Tables, TablesError};
pub use waiting::{RestoreError, WaitingRoom, Week};
