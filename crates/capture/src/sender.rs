//! What is known of a sender from connection and headers.

use std::cell::OnceCell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::request::Parts;
use outis_anonymise::Tables;
use outis_disclose::Pii;
use zeroize::Zeroize;

use crate::proxies::{Found, Proxies};
use crate::wire::told::cut;

/// User agent of checks of an installation: their events are never stored.
pub const VERIFICATION_AGENT: &str = "Outis-Verification";

/// Headers beyond this are cut.
const MAX_HEADER_BYTES: usize = 2_048;

/// The sender of a request. Lives as long as the request.
pub(crate) struct Sender {
    ip: Pii<IpAddr>,
    found: Found,
    user_agent: Pii<String>,
    accept_language: Option<Pii<String>>,
    platform: Option<Pii<String>>,
    mobile: Option<bool>,
    gpc: bool,
    crawler: OnceCell<bool>,
    country: OnceCell<Option<String>>,
}

impl Sender {
    pub(crate) fn new(parts: &Parts, proxies: &Proxies) -> Sender {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let (ip, found) = proxies.find(peer, &parts.headers);
        let header = |name| header(parts, name);
        Sender {
            ip: Pii::new(ip),
            found,
            user_agent: Pii::new(header("user-agent").unwrap_or_default()),
            accept_language: header("accept-language").map(Pii::new),
            platform: header("sec-ch-ua-platform").map(Pii::new),
            mobile: header("sec-ch-ua-mobile").and_then(|mobile| match mobile.as_str() {
                "?1" => Some(true),
                "?0" => Some(false),
                _ => None,
            }),
            gpc: header("sec-gpc").is_some_and(|gpc| gpc.trim() == "1"),
            crawler: OnceCell::new(),
            country: OnceCell::new(),
        }
    }

    pub(crate) fn ip(&self) -> IpAddr {
        *self.ip.expose("limits, shields and the anonymiser look at it")
    }

    pub(crate) fn found(&self) -> Found {
        self.found
    }

    pub(crate) fn user_agent(&self) -> &str {
        self.user_agent.expose("crawler rules and the anonymiser look at it")
    }

    pub(crate) fn accept_language(&self) -> Option<&str> {
        Some(self.accept_language.as_ref()?.expose("the anonymiser looks at it"))
    }

    pub(crate) fn platform(&self) -> Option<&str> {
        Some(self.platform.as_ref()?.expose("the anonymiser looks at it"))
    }

    pub(crate) fn mobile(&self) -> Option<bool> {
        self.mobile
    }

    pub(crate) fn gpc(&self) -> bool {
        self.gpc
    }

    /// A check of the installation.
    pub(crate) fn is_verification(&self) -> bool {
        self.user_agent().contains(VERIFICATION_AGENT)
    }

    pub(crate) fn is_crawler(&self, tables: &Tables) -> bool {
        *self.crawler.get_or_init(|| tables.is_crawler(self.user_agent()))
    }

    pub(crate) fn country(&self, tables: &Tables) -> Option<&str> {
        self.country.get_or_init(|| tables.country(self.ip())).as_deref()
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let empty = || Pii::new(String::new());
        std::mem::replace(&mut self.user_agent, empty()).wipe();
        [self.accept_language.take(), self.platform.take()].into_iter().flatten().for_each(Pii::wipe);
        if let Some(Some(country)) = self.country.get_mut() {
            country.zeroize();
        }
    }
}

fn header(parts: &Parts, name: &str) -> Option<String> {
    let value = parts.headers.get(name)?;
    Some(cut(&String::from_utf8_lossy(value.as_bytes()), MAX_HEADER_BYTES).to_owned())
}
