//! Rows that have passed the guard, before they are put into words.

use std::collections::BTreeMap;

use outis_event::{Term, Timestamp};

use crate::Parts;
use crate::history::Spread;

/// One part of a shown row's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShownKey {
    /// A word of the group's space.
    Term(Term),
    /// A time bucket: its first instant as local civil time, in minutes since 1970-01-01T00:00 local.
    Time(i64),
    /// Groups that were too small to be shown singly, together.
    Other,
}

/// A row that may be said.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownRow {
    /// What it stands for.
    pub keys: Vec<ShownKey>,
    /// One value per metric, bounded and rounded; `None` when it is not defined or may not be told.
    pub values: Vec<Option<f64>>,
    /// What the values came from. Never said: it is here so that rows can still be folded together.
    pub parts: Parts,
}

/// The life the rows of an answer are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// Encrypted rows of the last weeks, behind the guard.
    #[default]
    Recent,
    /// Released cells.
    History,
}

/// An answer that may be said. Only the guard makes one (and tests, which have nobody's rows).
#[derive(Clone, Debug)]
pub struct Shown {
    /// The rows, in no particular order.
    pub rows: Vec<ShownRow>,
    /// The same without grouping; `None` if too few people are behind it.
    pub total: Option<ShownRow>,
    /// How many groups were too small to be shown singly.
    pub hidden_groups: u64,
    /// From history, which tells rows on some days only: visitors at all (with these keys) on the days on which a row
    /// is told. What a share must be of; rows that are told on all days need none.
    pub whole: BTreeMap<Vec<ShownKey>, u64>,
    /// Least number of people behind a row.
    pub floor: u32,
    /// Counts are multiples of this; 1 if they are exact.
    pub rounded_to: u32,
    /// Noise in it, as variances of a row's counts, at most; none but in history of sites whose policy has it.
    pub noise: Spread,
    /// What the answer was made from.
    pub life: Life,
    /// Everything acknowledged before this instant is in the answer.
    pub fresh_as_of: Timestamp,
}
