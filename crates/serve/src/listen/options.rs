//! What can be chosen of the listener, and its limits of time and number.

use std::net::SocketAddr;
use std::time::Duration;

use outis_event::Network;
use serde::{Deserialize, Serialize};

use super::ListenError;
use crate::config::Config;

/// When the public listener speaks TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TlsMode {
    /// Everywhere but on loopback.
    #[default]
    Auto,
    /// Everywhere.
    On,
    /// Never; refused on addresses that are not loopback.
    Off,
}

impl TlsMode {
    /// True if a listener on this address speaks TLS.
    ///
    /// # Errors
    /// If TLS is off and the address is not loopback.
    pub(crate) fn applies(self, address: SocketAddr) -> Result<bool, ListenError> {
        let loopback = address.ip().to_canonical().is_loopback();
        match self {
            TlsMode::On => Ok(true),
            TlsMode::Auto => Ok(!loopback),
            TlsMode::Off if loopback => Ok(false),
            TlsMode::Off => Err(ListenError::PlainOutside),
        }
    }
}

/// Who may hold how many connections, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct ListenOptions {
    /// Connections in all.
    pub(crate) connections: u32,
    /// Connections of one network: an IPv4 address or an IPv6 /64.
    pub(crate) connections_per_network: u32,
    /// Networks without a share of their own, besides loopback.
    pub(crate) trusted_proxies: Vec<Network>,
    /// Limits of each connection.
    pub(crate) limits: Limits,
}

impl From<&Config> for ListenOptions {
    fn from(config: &Config) -> ListenOptions {
        ListenOptions {
            connections: config.connections,
            connections_per_network: config.connections_per_network,
            trusted_proxies: config.trusted_proxies.clone(),
            limits: Limits::default(),
        }
    }
}

/// How long a connection may make the server wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The whole TLS handshake.
    pub(crate) handshake: Duration,
    /// From the handshake (without TLS: from the connection) to the first byte.
    pub(crate) first_byte: Duration,
    /// From the first byte of a request to the end of its headers. With HTTP/2: from the first byte to the first
    /// request.
    pub(crate) headers: Duration,
    /// Without any request, after one.
    pub(crate) idle: Duration,
    /// With requests of which nothing moves: no body read, no answer given, no byte taken.
    pub(crate) stalled: Duration,
    /// Between two pieces of a request's body.
    pub(crate) body_idle: Duration,
    /// From the order to close to the cut.
    pub(crate) farewell: Duration,
    /// From the stop of the listener to the cut of whatever is still going on.
    pub(crate) drain: Duration,
    /// Between two pings of an HTTP/2 connection.
    pub(crate) ping_interval: Duration,
    /// Until a ping must be answered.
    pub(crate) ping_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            handshake: Duration::from_secs(5),
            first_byte: Duration::from_secs(5),
            headers: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            stalled: Duration::from_secs(120),
            body_idle: Duration::from_secs(15),
            farewell: Duration::from_secs(1),
            drain: Duration::from_secs(30),
            ping_interval: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        let applies = |mode: TlsMode, address: &str| mode.applies(address.parse().expect("address")).ok();
        for loopback in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(applies(TlsMode::Auto, loopback), Some(false), "{loopback}");
            assert_eq!(applies(TlsMode::On, loopback), Some(true), "{loopback}");
            assert_eq!(applies(TlsMode::Off, loopback), Some(false), "{loopback}");
        }
        for outside in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "10.0.0.1:1", "[fe80::1]:1"] {
            assert_eq!(applies(TlsMode::Auto, outside), Some(true), "{outside}");
            assert_eq!(applies(TlsMode::On, outside), Some(true), "{outside}");
            assert_eq!(applies(TlsMode::Off, outside), None, "{outside}");
        }
    }
}
