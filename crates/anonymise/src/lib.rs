//! Raw in, nobody out: the only place where a raw event exists.
//!
//! [`Anonymiser::anonymise`] takes a [`RawEvent`] by value and gives an [`Outcome`]: an anonymous event made of
//! numbers, or the reason why nothing is stored. What was raw is wiped when the call returns. Raw and anonymous
//! share no field type.

mod address;
mod anonymiser;
mod channel;
mod classes;
mod context;
mod day_keys;
mod device;
mod member;
mod money;
mod origin;
mod outcome;
mod pages;
mod pattern;
mod persons;
mod properties;
mod raw;
mod shown;
mod suggestions;
mod tables;
#[cfg(test)]
mod test_site;
mod visitor;
mod waiting;
mod words;

pub use anonymiser::Anonymiser;
pub use context::{Declared, SiteContext, SiteRules};
pub use day_keys::{DayKey, DayKeys};
pub use member::{Member, MemberDay};
pub use outcome::Outcome;
pub use pattern::Pattern;
pub use persons::Persons;
pub use raw::{ClientHints, PropertyValue, RawEvent, RawRevenue, Size};
pub use shown::Shown;
pub use tables::{Point, Tables, TablesError, Whereabouts, country_names};
pub use waiting::{RestoreError, WaitingRoom, Week};
