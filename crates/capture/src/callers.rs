//! Whoever calls what is open to everybody: no more often than their network and the site may.

use http::request::Parts;
use outis_event::{SiteId, Timestamp};

use crate::proxies::Proxies;
use crate::rate::{Limiter, Wait};
use crate::sender::Sender;
use crate::{CaptureOptions, RateLimits};

/// Counts calls as senders of events are counted: by network (an IPv4 address, an IPv6 /64) and by site, in a bounded table of
/// hashes under a key that lives in memory. What is counted here has nothing to do with events.
pub struct Callers {
    limiter: Limiter,
    proxies: Proxies,
}

impl Callers {
    /// `rates` are calls a second; networks of callers are found as those of senders are.
    pub fn new(rates: RateLimits, options: &CaptureOptions) -> Callers {
        let proxies = Proxies::new(options.trusted_proxies.clone(), options.proxy_header);
        Callers { limiter: Limiter::new(rates), proxies }
    }

    /// Takes one call of the caller's network. The request has the extension `ConnectInfo<SocketAddr>`.
    ///
    /// # Errors
    /// When the network has called too often.
    pub fn enter(&self, parts: &Parts, now: Timestamp) -> Result<(), Wait> {
        self.limiter.enter(Sender::new(parts, &self.proxies).ip(), now)
    }

    /// Takes one call about a site.
    ///
    /// # Errors
    /// When the site was called too often.
    pub fn enter_site(&self, site: SiteId, now: Timestamp) -> Result<(), Wait> {
        self.limiter.enter_site(site, 1, now)
    }
}
