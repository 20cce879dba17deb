//! Questions that need the order of a visitor's events, and the tables of counts that answer them.
//!
//! The unit is what one visitor does on one day: their visits in order, and in them their events. If a question follows
//! members ([`Following`]), the days of a linked member are one unit ([`Links`]). Each unit puts counts into cells
//! ([`Cell`]); what a question means is which cells, and [`naive`] says that in the plainest way. Events of nobody have
//! no order and are left out.

mod attribution;
mod followed;
mod funnel;
mod histogram;
mod journeys;
mod links;
pub mod naive;
mod table;

use jiff::tz::TimeZone;
use outis_event::{Day, Marks, Span};

use crate::{Filter, Query, QueryKey};

pub use attribution::{Attribution, Model, WHOLE};
pub use followed::{Followed, Returns};
pub use funnel::{Exclusion, Funnel, MAX_STEPS, Order, Path};
pub use histogram::{Histogram, Measure, coarse};
pub use journeys::{Direction, Journeys, MAX_DEPTH, Stop};
pub use links::{Linked, Links};
pub use table::{Cell, RawTable, ShownTable, Slice, Tally};

/// A question, ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// Site, days and filter. Its metrics and groups mean nothing here.
    pub base: Query,
    /// What is asked.
    pub about: About,
    /// Conditions of its own that the question puts on events it names: what they set apart is looked at by the guard.
    pub narrowed: Vec<Narrowed>,
    /// Linked members are one person through their days; `None`: every day is a unit of its own.
    pub following: Option<Following>,
}

/// How far members are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Following {
    /// Links of earlier days are not used.
    pub from: Day,
    /// The end of the data, in seconds since the Unix epoch: what a member does behind it is not known yet.
    pub until_s: u64,
}

impl Following {
    /// Up to when it is known what a member does, in seconds since the Unix epoch: behind their period they are another
    /// person.
    pub fn end_s(&self, member: Linked, zone: &TimeZone) -> u64 {
        let next = Day::of_week(member.period.saturating_add(1).saturating_mul(5));
        let end_s = next.start(zone).0.div_euclid(1000);
        self.until_s.min(u64::try_from(end_s).unwrap_or(0))
    }
}

/// What makes two questions the same, for use as the key of a table of answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BehaviourKey {
    base: QueryKey,
    about: About,
    narrowed: Vec<Narrowed>,
    following: Option<Following>,
}

impl Behaviour {
    /// The question as a key, as [`Query::key`] is.
    pub fn key(&self) -> Option<BehaviourKey> {
        Some(BehaviourKey {
            base: self.base.key()?,
            about: self.about.clone(),
            narrowed: self.narrowed.clone(),
            following: self.following,
        })
    }
}

/// Events that are named, and conditions on them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Narrowed {
    /// Which events.
    pub named: Filter,
    /// Further conditions that they fulfil.
    pub by: Filter,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// How many come how far through some steps.
    Funnel(Funnel),
    /// Which ways visits take.
    Journeys(Journeys),
    /// How long visits last, how many page views they have, and when visitors are there.
    ///
    /// A visit is counted if an event besides engagements is asked about, and then it is taken whole. Bounces last no
    /// time. A visitor is there in every local hour they have such an event in.
    Visits,
    /// Which visits led to conversions.
    Attribution(Attribution),
    /// How often visitors do something in a day: of those who do, by the number of matching events.
    Frequency(Filter),
    /// How many members come back, by the week in which they first came.
    Retention(Retention),
    /// How many linked members come back, counted from when each of them first came.
    Followed(Followed),
    /// How many members are active, and whether they were before.
    Lifecycle(Activity),
    /// Who does something that is asked about and fulfils this: for the guard, which looks at whom filters set apart.
    Present(Filter),
}

/// Those among whom persons are surely different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Among {
    /// The visitors of a day.
    Day(Day),
    /// The followed members of a period, as [`Day::period`] counts them.
    Period(i32),
}

/// Members who are active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Activity {
    /// Linked members are also told by on how many days of a week they are active: the first and the last of the weeks
    /// that are looked at, as [`Day::week`] counts them.
    pub weeks: Option<(i32, i32)>,
}

/// Members who come back, told by their marks: how many of a cohort are active in each week, or each day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Retention {
    /// Days are told too.
    pub by_day: bool,
    /// What counts as being active: the declared action at this place, or anything.
    pub action: Option<u8>,
}

impl Retention {
    /// True if marks say that a member is active in a span for the first time.
    pub fn is_first(&self, marks: Marks, span: Span) -> bool {
        match self.action {
            Some(action) => marks.is_first_action(action, span),
            None => marks.is_first(span),
        }
    }
}

/// The number of the span that a day lies in: the day itself, its week, or its period.
pub fn number(day: Day, span: Span) -> i32 {
    match span {
        Span::Day => day.0,
        Span::Week => day.week(),
        Span::Period => day.period(),
    }
}

/// When a visit's first event happened, in seconds, as far as that is kept of closed days: the start of its quarter
/// of an hour, but not before the visitor's previous visit ended (`previous_end_s`).
///
/// The time of an event is this plus its seconds since the visit began. So within a visit differences are exact;
/// between visits they are off by less than a quarter of an hour; and time never runs backwards.
pub fn visit_start_s(slot: outis_event::Slot, previous_end_s: u64) -> u64 {
    (u64::from(slot.0) * 900).max(previous_end_s)
}

/// The day of the week (0: Monday) and the hour in which an hour's bucket begins; see [`bucket`](crate::bucket::bucket).
pub fn hour_of_week(start: i64) -> (u8, u8) {
    let at = crate::bucket::bucket_start(start);
    let weekday = at.date().weekday().to_monday_zero_offset();
    (u8::try_from(weekday).unwrap_or(0), u8::try_from(at.hour()).unwrap_or(0))
}
