//! History: what is kept of days that are over, and the rules by which it may be told.
//!
//! A *cell* is a count over at least the floor of persons, released once and never changed. [`close_day`] tells which
//! counts of a day become cells at once; the others wait and become cells of their week or period in [`close_span`].
//! Everything here is pure: it knows numbers, no rows and no files. `docs/history.md` says why the rules suffice.

mod above;
mod answer;
mod bound;
mod cell;
mod crossed;
mod family;
mod members;
mod noise;
mod order;
mod pairs;
mod past;
mod release;
mod sets;
mod settle;
mod step;
mod steps;
#[cfg(test)]
mod tests;
mod ways;

pub use above::{Above, Waited};
pub use answer::{Answering, HistoryAnswer, HistoryRow, missing_pair};
pub use bound::{Bound, Bounded, Measure};
pub use cell::{Cell, Place, Span};
pub use crossed::{CROSSED, Share, Shares, close_crossed, values_beside};
pub use family::{Family, MOST_PAIRS, Rule};
pub use members::{
    MEMBERS_BEFORE, MemberDay, Members, MembersTold, ToldBefore, close_members_of_day, close_members_of_period,
    close_members_of_week, of_state,
};
pub use noise::{Line, NANO, NoRandomness, Noise, Scale, Spread, Spreads, Telling, fit};
pub use order::{PastOrder, PastTable};
pub use pairs::{PairEntry, close_pairs};
pub use past::{Past, SetAnswer, SetDays};
pub use release::{BEYOND, DayClose, Entry, Keys, Presence, Seen, SpanClose, close_day, close_span};
pub use sets::{
    Counted, Crowd, Keeping, Keeps, Kept, MOST_SETS, Mask, Together, close_sets, crowd_of, is_in, is_nearly_a_page,
};
pub use ways::{NO_PAGE, NOT_VIEWED, RARE_PAGE, Stops, Way, Ways, close_ways};
