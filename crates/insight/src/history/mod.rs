//! History: what is kept of days that are over, and the rules by which it may be told.
//!
//! A *cell* is a count over at least the floor of persons, released once and never changed. [`close_day`] tells which
//! counts of a day become cells at once; the others wait and become cells of their week or period in [`close_span`].
//! Everything here is pure: it knows numbers, no rows and no files. `docs/history.md` says why the rules suffice.

mod above;
mod answer;
mod cell;
mod family;
mod pairs;
mod past;
mod release;
mod sets;
mod settle;
#[cfg(test)]
mod tests;

pub use above::{Above, Waited};
pub use answer::{Answering, HistoryAnswer, HistoryRow, missing_pair};
pub use cell::{Cell, Place, Span};
pub use family::{Family, MOST_PAIRS, Rule};
pub use pairs::{PairEntry, close_pairs};
pub use past::{Past, SetAnswer, SetDays};
pub use release::{BEYOND, DayClose, Entry, Keys, Presence, Seen, SpanClose, close_day, close_span};
pub use sets::{
    Counted, Crowd, Keeping, Keeps, Kept, MOST_SETS, Mask, Together, close_sets, crowd_of, is_in, is_nearly_a_page,
};
