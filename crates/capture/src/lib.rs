//! Wire formats in: native and Plausible, with their limits and reasons.
//!
//! [`Capture::router`] takes events over HTTP, leaves out what shields, lists and limits say, has the rest made
//! anonymous, and answers when the [`Sink`] says that it is durable. Nothing raw outlives its request,
//! except a developer's own test events: see [`Capture::debug_events`].

mod answer;
mod body;
mod callers;
mod capture;
mod cors;
mod counters;
mod debug;
mod dedup;
mod description;
mod forms;
#[doc(hidden)]
pub mod fuzzing;
mod host;
mod inflate;
mod intake;
mod members;
mod native;
mod options;
mod pace;
mod plausible;
mod proxies;
mod rate;
mod script;
mod sender;
mod sites;
mod size;
mod wire;

pub use callers::Callers;
pub use capture::Capture;
pub use cors::is_origin_of;
pub use counters::{Counters, Counts};
pub use dedup::RestoreError;
pub use description::description;
pub use forms::Forms;
pub use members::{Members, NoMembers, NotEntered};
pub use options::{CaptureOptions, Limits, ProxyHeader, Rate, RateLimits, UnknownSites};
pub use rate::Wait;
pub use script::{Script, Scripts};
pub use sender::VERIFICATION_AGENT;
pub use sites::{Sink, SinkError, SiteState, Sites};
