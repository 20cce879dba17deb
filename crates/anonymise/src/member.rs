//! What an event needs to know of a member who is signed in.

use outis_disclose::Pii;
use outis_event::{Day, Marks, Visitor};

/// What a member is on one day: numbers for that day alone.
#[derive(Clone, Copy)]
pub struct MemberDay {
    /// The day's visitor number: 63 bits, never 0.
    pub visitor: Visitor,
    /// By how much the day's clock is shifted, in seconds below 2^31.
    pub offset_s: u32,
    /// Who it is, to count persons over days and behind words; in memory only.
    pub person: [u8; 16],
}

/// A member who is signed in while something happens.
pub trait Member: Send + Sync {
    /// What they are on this day; `None` if they were forgotten meanwhile, or do not want to be recognised.
    fn day(&self, day: Day) -> Option<MemberDay>;

    /// Their marks of doing this event on this day. Called once for each event, when it is certain that it is kept:
    /// a first time is told once.
    fn see(&self, day: Day, event: &str) -> Option<Marks>;

    /// They said something about an item by doing this event. It goes another way than the event: with no common id, no
    /// common time, no common order.
    fn prefer(&self, event: &str, item: &str) {
        let _ = (event, item);
    }

    /// The institution that they belong to.
    fn customer(&self) -> Option<&Pii<String>>;
}

/// Somebody, as far as persons are counted.
#[derive(Clone, Copy)]
pub(crate) enum Who<'a> {
    /// Whoever has this network and user agent.
    Sender {
        /// The network.
        prefix: &'a crate::visitor::Prefix,
        /// The user agent.
        user_agent: &'a str,
    },
    /// A member.
    Member([u8; 16]),
}

impl Who<'_> {
    /// Adds them to a keyed hash. No member is hashed as any sender is.
    pub(crate) fn add_to(&self, mac: &mut aws_lc_rs::hmac::Context) {
        match self {
            Who::Sender { prefix, user_agent } => {
                mac.update(prefix.bytes());
                mac.update(user_agent.as_bytes());
            }
            Who::Member(person) => {
                // A network begins with 4 or 6.
                mac.update(&[0]);
                mac.update(person);
            }
        }
    }
}
