//! What an operator can set.

use std::time::Duration;

use outis_event::Network;

/// How much is taken at once.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a native request, as sent and after decompression.
    pub body_bytes: usize,
    /// Bytes of one event in a native request.
    pub event_bytes: usize,
    /// Bytes of a request to Plausible's endpoint, as sent and after decompression.
    pub plausible_body_bytes: usize,
    /// Bytes of all bodies that are being read or worked on.
    pub bodies_bytes: usize,
    /// Longest silence within a body.
    pub body_idle: Duration,
    /// Longest time from the first to the last byte of a body.
    pub body_total: Duration,
    /// Insert ids remembered; beyond that the oldest are forgotten before their day is over.
    pub insert_ids: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 256 * 1024,
            event_bytes: 64 * 1024,
            plausible_body_bytes: 1_000_000,
            bodies_bytes: 64 * 1024 * 1024,
            body_idle: Duration::from_secs(5),
            body_total: Duration::from_secs(30),
            insert_ids: 2_000_000,
        }
    }
}

/// Events a second, and how many at once after a quiet time.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Events a second in the long run; 0 means no limit.
    pub per_second: u32,
    /// Events at once.
    pub burst: u32,
}

/// Who may send how much.
#[derive(Clone, Debug)]
pub struct RateLimits {
    /// One network: an IPv4 address or an IPv6 /64.
    pub network: Rate,
    /// One site.
    pub site: Rate,
    /// Everybody together.
    pub all: Rate,
    /// Networks without a limit of their own, such as a relay of the organisation.
    pub exempt: Vec<Network>,
}

impl Default for RateLimits {
    fn default() -> RateLimits {
        RateLimits {
            network: Rate { per_second: 200, burst: 2_000 },
            site: Rate { per_second: 50_000, burst: 200_000 },
            all: Rate { per_second: 0, burst: 0 },
            exempt: Vec::new(),
        }
    }
}

/// Which header a trusted proxy tells the visitor's address in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    /// The first of `X-Forwarded-For`, `Forwarded` and `X-Real-IP` that is there.
    #[default]
    Any,
    /// `X-Forwarded-For` only.
    XForwardedFor,
    /// `Forwarded` (RFC 7239) only.
    Forwarded,
    /// `X-Real-IP` only.
    XRealIp,
}

/// What is answered when no site of the name is registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownSites {
    /// 202, and the reason in the headers: a wrong name is found at once. Names of sites can be tried out.
    #[default]
    Tell,
    /// The same answer, after the same time, as if the events had been stored.
    Constant,
    /// 404.
    Refuse,
}

/// Everything that can be set.
#[derive(Clone, Debug, Default)]
pub struct CaptureOptions {
    /// How much is taken at once.
    pub limits: Limits,
    /// Who may send how much.
    pub rates: RateLimits,
    /// Networks of reverse proxies whose headers are believed. Empty: no header is.
    pub trusted_proxies: Vec<Network>,
    /// The header they use.
    pub proxy_header: ProxyHeader,
    /// Answer for unknown sites.
    pub unknown_sites: UnknownSites,
}
