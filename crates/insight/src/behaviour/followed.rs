//! Linked members who come back: what cohorts and columns mean.

/// Linked members of a cohort week who come back, each counted from when they first came.
///
/// A member is of the cohort that their marks tell, if they are active in its week and linked then. They are active on a
/// day if an event besides engagements says so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Followed {
    /// Intervals are days from the member's own first one on; else ISO weeks from that of the cohort on.
    pub by_day: bool,
    /// What is told of each cohort.
    pub columns: Vec<Returns>,
}

/// In which intervals a member has to be active at least once; the first one is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Returns {
    /// From the first (included) to the second (excluded).
    Within(u32, u32),
    /// In this one or a later one of the same period.
    Since(u32),
}

impl Returns {
    /// True if being active in this interval is meant.
    pub fn holds(self, interval: u32) -> bool {
        match self {
            Returns::Within(from, to) => from <= interval && interval < to,
            Returns::Since(from) => from <= interval,
        }
    }
}
