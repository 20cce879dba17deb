//! Wire formats in: native and Plausible, with their limits and reasons.

#![allow(dead_code, unused_imports, reason = "the HTTP face that uses these parts is not built yet")]

mod counters;
mod dedup;
mod host;
mod options;
mod proxies;
mod rate;
mod sender;
mod sites;
mod wire;

pub use counters::{Counters, Counts};
pub use dedup::RestoreError;
pub use options::{CaptureOptions, Limits, ProxyHeader, Rate, RateLimits, UnknownSites};
pub use sender::VERIFICATION_AGENT;
pub use sites::{Sink, SinkError, SiteState, Sites};
