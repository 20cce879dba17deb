//! The only door out: signed webhooks to destinations that the owner declared, and a log of what went.
//!
//! There is no destination by default. A destination is an address that is checked when it is declared and again, by the
//! address that its name has, whenever something goes there: nothing goes to this machine, to networks behind it, or to
//! the services by which clouds tell their machines secrets. Redirects are not followed. Messages wait sealed until they
//! are taken or given up, and of each attempt it is written down where it went, of what kind and how long it was, and what
//! became of it; never what it said. The design and its limits are in `docs/distribute.md`.

mod address;
mod destination;
mod distribute;
mod egress;
mod outbox;
mod owned;
mod resolve;
mod send;
mod sign;
#[cfg(test)]
mod tests;

pub use destination::{Declared, Destination, DestinationError};
pub use distribute::{Distribute, DistributeError, QueueError};
pub use egress::{KEPT_DAYS, Line};
pub use outbox::{Headers, Kind, Message, NoHeaders, Owner};
pub use resolve::{Resolve, SystemResolver};
pub use send::Outcome;
