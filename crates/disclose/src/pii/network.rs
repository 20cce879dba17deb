//! Addresses of networks and devices.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Hits, Kind, begins, ends};

pub(super) fn scan(text: &[u8], hits: &mut Hits) {
    let mut at = 0;
    while at < text.len() {
        let length = if begins(text, at) { at_start(text, at, hits) } else { 0 };
        at += length.max(1);
    }
}

/// Looks at one beginning of a word; the length of what was found.
fn at_start(text: &[u8], at: usize, hits: &mut Hits) -> usize {
    let rest = &text[at..];
    let (kind, length) = if let Some(length) = mac(rest) {
        (Kind::Mac, length)
    } else if let Some(length) = ipv6(text, at) {
        (Kind::IpAddress, length)
    } else if let Some(length) = ipv4(text, at) {
        (Kind::IpAddress, length)
    } else {
        return 0;
    };
    hits.add(kind, at..at + length);
    length
}

/// `aa:bb:cc:dd:ee:ff`, `aa-bb-cc-dd-ee-ff` (with a letter, else it is a date and a time), `aabb.ccdd.eeff`.
fn mac(rest: &[u8]) -> Option<usize> {
    let pairs = |sep: u8| {
        let text = rest.get(..17)?;
        let fits = text.iter().enumerate().all(|(i, b)| if i % 3 == 2 { *b == sep } else { b.is_ascii_hexdigit() });
        let lettered = text.iter().any(u8::is_ascii_alphabetic);
        let alone = ends(rest, 17) && rest.get(17) != Some(&sep);
        (fits && alone && (lettered || sep == b':')).then_some(17)
    };
    let dotted = || {
        let text = rest.get(..14)?;
        let fits = text.iter().enumerate().all(|(i, b)| if i % 5 == 4 { *b == b'.' } else { b.is_ascii_hexdigit() });
        let lettered = text.iter().any(u8::is_ascii_alphabetic);
        (fits && lettered && ends(rest, 14) && rest.get(14) != Some(&b'.')).then_some(14)
    };
    pairs(b':').or_else(|| pairs(b'-')).or_else(dotted)
}

/// The longest text of an IPv6 address.
const LONGEST_IPV6: usize = 45;

fn ipv6(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    let written = |b: &&u8| b.is_ascii_hexdigit() || matches!(**b, b':' | b'.');
    let mut length = rest.iter().take(LONGEST_IPV6 + 1).take_while(written).count();
    while length > 0 && (rest[length - 1] == b'.' || (rest[length - 1] == b':' && !rest[..length].ends_with(b"::"))) {
        length -= 1;
    }
    let shown = &rest[..length];
    if shown.iter().filter(|b| **b == b':').count() < 2 || !ends(text, at + length) || text[..at].ends_with(b":") {
        return None;
    }
    let address: Ipv6Addr = std::str::from_utf8(shown).ok()?.parse().ok()?;
    let groups = shown.split(|b| *b == b':').filter(|group| !group.is_empty()).count();
    let first = shown.iter().take_while(|b| **b != b':').count();
    let digit = shown.iter().any(u8::is_ascii_digit);
    let telling = digit && (groups >= 3 || first >= 3);
    (telling && !address.is_loopback() && !address.is_unspecified()).then_some(length)
}

fn ipv4(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    let length = rest.iter().take(16).take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let shown = std::str::from_utf8(&rest[..length]).ok()?.trim_end_matches('.');
    let address: Ipv4Addr = shown.parse().ok()?;
    let of_nobody = address.is_loopback() || address.is_unspecified() || address.octets()[3] == 0;
    let part_of_more = at > 0 && text[at - 1] == b'.' || !ends(text, at + shown.len());
    (!of_nobody && !part_of_more && !is_version(&text[..at])).then_some(shown.len())
}

/// True if what comes before says that a version follows: `Chrome/`, `version `.
fn is_version(before: &[u8]) -> bool {
    if let Some(product) = before.strip_suffix(b"/") {
        let name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'-' | b'.');
        let length = product.iter().rev().take(40).take_while(name).count();
        let start = product.len() - length;
        let capital = product.get(start).is_some_and(u8::is_ascii_uppercase);
        return capital && (start == 0 || matches!(product[start - 1], b' ' | b'(' | b';'));
    }
    let tail = before[before.len().saturating_sub(12)..].to_ascii_lowercase();
    let tail = tail.strip_suffix(b" ").or_else(|| tail.strip_suffix(b"-")).unwrap_or(&tail);
    [&b"version"[..], b"ver", b"ver.", b"release", b"build", b"firmware", b"update"].iter().any(|w| tail.ends_with(w))
}
