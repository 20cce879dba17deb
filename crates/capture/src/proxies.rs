//! Whose address an event has: the peer's, or what trusted proxies tell.

use std::net::IpAddr;

use http::HeaderMap;
use outis_event::Network;

use crate::ProxyHeader;

/// Hops looked at, from the nearest on.
const MAX_HOPS: usize = 32;

/// How the address was found. Says nothing of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The peer is no trusted proxy: headers are ignored.
    Peer,
    /// The peer is a trusted proxy, but told nothing that could be used.
    SilentProxy,
    XForwardedFor,
    Forwarded,
    XRealIp,
}

impl Found {
    /// In a sentence.
    pub(crate) fn means(self) -> &'static str {
        match self {
            Found::Peer => "address of the connection (not a trusted proxy, so headers were ignored)",
            Found::SilentProxy => "address of the connection (a trusted proxy, but it sent no usable header)",
            Found::XForwardedFor => "X-Forwarded-For, the rightmost address that is not a trusted proxy",
            Found::Forwarded => "Forwarded, the rightmost address that is not a trusted proxy",
            Found::XRealIp => "X-Real-IP of a trusted proxy",
        }
    }
}

/// The list of trusted proxies.
pub(crate) struct Proxies {
    networks: Vec<Network>,
    header: ProxyHeader,
}

impl Proxies {
    pub(crate) fn new(networks: Vec<Network>, header: ProxyHeader) -> Proxies {
        Proxies { networks, header }
    }

    /// The address of the visitor and how it was found.
    pub(crate) fn find(&self, peer: IpAddr, headers: &HeaderMap) -> (IpAddr, Found) {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return (peer, Found::Peer);
        }
        let uses = |header: ProxyHeader| self.header == header || self.header == ProxyHeader::Any;
        if uses(ProxyHeader::XForwardedFor) && headers.contains_key("x-forwarded-for") {
            let hops = from_right(headers, "x-forwarded-for").map(address);
            return self.walk(peer, hops, Found::XForwardedFor);
        }
        if uses(ProxyHeader::Forwarded) && headers.contains_key("forwarded") {
            let hops = from_right(headers, "forwarded").map(|hop| address(forwarded_for(hop)?));
            return self.walk(peer, hops, Found::Forwarded);
        }
        if uses(ProxyHeader::XRealIp) {
            let mut told = headers.get_all("x-real-ip").iter();
            // Two of them cannot be told apart: neither is believed.
            if let (Some(one), None) = (told.next(), told.next()) {
                let hop = one.to_str().ok().and_then(address);
                return hop.map_or((peer, Found::SilentProxy), |hop| (hop, Found::XRealIp));
            }
        }
        (peer, Found::SilentProxy)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Goes from the nearest hop outward to the first that is not trusted. A hop that is no address ends the walk at
    /// the last one that was: what stands to its left may be forged.
    fn walk(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>, found: Found) -> (IpAddr, Found) {
        let mut last = (peer, Found::SilentProxy);
        for hop in hops.take(MAX_HOPS) {
            let Some(hop) = hop else { break };
            last = (hop, found);
            if !self.trusts(hop) {
                break;
            }
        }
        last
    }
}

/// The comma-separated elements of all headers of a name, the last one first.
fn from_right<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("")).collect();
    lines.into_iter().rev().flat_map(|line| line.rsplit(',')).map(str::trim)
}

/// The `for` parameter of an element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for")).map(|(_, value)| value.trim().trim_matches('"'))
}

/// An address with or without port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = match text.strip_prefix('[') {
        Some(six) => six.split_once(']').map(|(six, _)| six)?,
        None if text.matches(':').count() == 1 => text.split_once(':').map(|(four, _)| four)?,
        None => text,
    };
    bare.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(header: ProxyHeader, peer: &str, told: &[(&'static str, &str)]) -> (String, Found) {
        let networks = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().expect("network")).to_vec();
        let mut headers = HeaderMap::new();
        for (name, value) in told {
            headers.append(*name, value.parse().expect("header"));
        }
        let (ip, found) = Proxies::new(networks, header).find(peer.parse().expect("address"), &headers);
        (ip.to_string(), found)
    }

    fn check(peer: &str, told: &[(&'static str, &str)], ip: &str, found: Found) {
        assert_eq!(find(ProxyHeader::Any, peer, told), (ip.to_owned(), found), "{peer} {told:?}");
    }

    const XFF: &str = "x-forwarded-for";

    #[test]
    fn strangers_are_not_believed() {
        let forged = [(XFF, "1.2.3.4"), ("forwarded", "for=1.2.3.4"), ("x-real-ip", "1.2.3.4")];
        check("192.0.2.1", &forged, "192.0.2.1", Found::Peer);
        check("::ffff:192.0.2.1", &forged, "192.0.2.1", Found::Peer);
    }

    #[test]
    fn the_rightmost_stranger_is_the_visitor() {
        check("10.0.0.1", &[(XFF, "1.2.3.4, 192.0.2.7")], "192.0.2.7", Found::XForwardedFor);
        check("10.0.0.1", &[(XFF, "1.2.3.4, 192.0.2.7, 10.9.9.9")], "192.0.2.7", Found::XForwardedFor);
        check("::ffff:10.0.0.1", &[(XFF, "192.0.2.7:4711")], "192.0.2.7", Found::XForwardedFor);
        check("fd00::1", &[(XFF, "[2001:db8::7]:443,fd00::2")], "2001:db8::7", Found::XForwardedFor);
        // Several lines are one list.
        check("10.0.0.1", &[(XFF, "1.2.3.4"), (XFF, "192.0.2.7")], "192.0.2.7", Found::XForwardedFor);
        // Only proxies: the outermost of them.
        check("10.0.0.1", &[(XFF, "10.0.0.3, 10.0.0.2")], "10.0.0.3", Found::XForwardedFor);
    }

    #[test]
    fn what_is_no_address_ends_the_walk() {
        check("10.0.0.1", &[(XFF, "1.2.3.4, nonsense, 10.0.0.2")], "10.0.0.2", Found::XForwardedFor);
        check("10.0.0.1", &[(XFF, "1.2.3.4, ")], "10.0.0.1", Found::SilentProxy);
        check("10.0.0.1", &[("forwarded", "for=1.2.3.4, for=_hidden")], "10.0.0.1", Found::SilentProxy);
        check("10.0.0.1", &[("forwarded", "by=1.2.3.4")], "10.0.0.1", Found::SilentProxy);
    }

    #[test]
    fn other_headers() {
        let six = r#"for=1.2.3.4, For="[2001:db8::7]:47";proto=https;by=10.0.0.1"#;
        check("10.0.0.1", &[("forwarded", six)], "2001:db8::7", Found::Forwarded);
        check("10.0.0.1", &[("x-real-ip", "192.0.2.7")], "192.0.2.7", Found::XRealIp);
        check("10.0.0.1", &[("x-real-ip", "192.0.2.7"), ("x-real-ip", "1.2.3.4")], "10.0.0.1", Found::SilentProxy);
        check("10.0.0.1", &[], "10.0.0.1", Found::SilentProxy);
    }

    #[test]
    fn a_header_can_be_pinned() {
        let both = [(XFF, "1.2.3.4"), ("x-real-ip", "192.0.2.7")];
        assert_eq!(find(ProxyHeader::XRealIp, "10.0.0.1", &both), ("192.0.2.7".to_owned(), Found::XRealIp));
        assert_eq!(find(ProxyHeader::Forwarded, "10.0.0.1", &both), ("10.0.0.1".to_owned(), Found::SilentProxy));
    }
}
