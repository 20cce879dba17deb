//! The host in an address, as far as it is needed before an event is anonymous.

/// The host of an absolute address, without user, port and `www.`; as it was sent in case.
pub(crate) fn host_of(address: &str) -> Option<&str> {
    let address = address.trim();
    let (scheme, rest) = address.split_once("//")?;
    let is_scheme = scheme.is_empty() || scheme.ends_with(':');
    if !is_scheme || scheme.contains(['/', '?', '#']) {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    let host = without_www(host.trim_end_matches('.'));
    (!host.is_empty()).then_some(host)
}

/// A host without a leading `www.`.
pub(crate) fn without_www(host: &str) -> &str {
    match host.get(..4) {
        Some(start) if start.eq_ignore_ascii_case("www.") => &host[4..],
        _ => host,
    }
}

/// The name a site is looked up by: lower case, without `www.` and blanks around it.
pub(crate) fn site_name(named: &str) -> String {
    without_www(named.trim()).trim_end_matches(['.', '/']).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (address, host) in [
            ("https://www.example.org/a", Some("example.org")),
            ("https://user:secret@example.org:8080?x", Some("example.org")),
            ("//example.org#f", Some("example.org")),
            ("https://[2001:db8::1]:80/", Some("2001:db8::1")),
            ("/a//b", None),
            ("?x=//y", None),
            ("https://", None),
            ("example.org", None),
        ] {
            assert_eq!(host_of(address), host, "{address}");
        }
    }
}
