//! Doors for the fuzzers in `fuzz/`; no part of the interface.

use std::net::{IpAddr, Ipv4Addr};

use http::{HeaderMap, HeaderValue};

use crate::ProxyHeader;
use crate::dedup::Dedup;
use crate::inflate::{self, Coding};
use crate::proxies::Proxies;
use crate::wire;

/// A native body is read or refused.
pub fn native_body(bytes: &[u8]) {
    match wire::native::parse(bytes) {
        Ok(batch) => assert!(batch.events.len() <= wire::native::MAX_EVENTS),
        Err(errors) => assert!(!errors.is_empty(), "a refusal says why"),
    }
}

/// A body of Plausible's is read or refused.
pub fn plausible_body(bytes: &[u8]) {
    match wire::plausible::parse(bytes) {
        Ok(single) => assert!(!single.domains.is_empty()),
        Err(errors) => assert!(!errors.is_empty(), "a refusal says why"),
    }
}

/// Both codings; no more comes out than may.
pub fn inflate(bytes: &[u8]) {
    const MOST: usize = 64 << 10;
    for coding in [Coding::Gzip, Coding::Zstd] {
        if let Ok(plain) = inflate::inflate(coding, bytes, MOST) {
            assert!(plain.len() <= MOST);
        }
    }
}

/// A snapshot of insert ids that is read is written again as one that reads.
pub fn dedup(bytes: &[u8]) {
    let table = Dedup::new(&[7; 32], 100);
    if table.restore(bytes).is_ok() {
        Dedup::new(&[7; 32], 100).restore(&table.snapshot()).expect("its own snapshot");
    }
}

/// Lines of headers, in turn of each kind: a stranger's are not believed, and what is found was told.
pub fn forwarded(bytes: &[u8]) {
    const NAMES: [&str; 3] = ["x-forwarded-for", "forwarded", "x-real-ip"];
    let (proxy, stranger) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(192, 0, 2, 1));
    let mut headers = HeaderMap::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(NAMES[at % NAMES.len()], value);
        }
    }
    for header in [ProxyHeader::Any, ProxyHeader::XForwardedFor, ProxyHeader::Forwarded, ProxyHeader::XRealIp] {
        let networks = vec!["10.0.0.0/8".parse().expect("network")];
        let proxies = Proxies::new(networks, header);
        assert_eq!(proxies.find(stranger.into(), &headers).0, IpAddr::from(stranger));
        let (found, how) = proxies.find(proxy.into(), &headers);
        assert!(found == proxy || !headers.is_empty());
        assert!(!how.means().is_empty());
    }
}
