//! E-mail addresses (RFC 5321 as people write them, with internationalised names).

use super::{Hits, Kind};

/// The longest local part (RFC 5321).
const LONGEST_LOCAL: usize = 64;
/// The longest domain.
const LONGEST_DOMAIN: usize = 255;

pub(super) fn scan(text: &[u8], hits: &mut Hits) {
    for (at, _) in text.iter().enumerate().filter(|(_, b)| **b == b'@') {
        let start = local_start(text, at);
        if start == at {
            continue;
        }
        if let Some(length) = domain_length(&text[at + 1..]) {
            hits.add(Kind::Email, start..at + 1 + length);
        }
    }
}

fn local_start(text: &[u8], at: usize) -> usize {
    let lowest = at.saturating_sub(LONGEST_LOCAL);
    let mut start = at;
    while start > lowest && is_local(text[start - 1]) {
        start -= 1;
    }
    let named = text[start..at].iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    let quoted = at > 1 && text[at - 1] == b'"';
    match (named, quoted) {
        (true, _) => start,
        (false, true) => at - 1,
        (false, false) => at,
    }
}

fn is_local(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b'.' | b'_' | b'+' | b'-' | b'\'' | b'~' | b'!' | b'*')
}

/// The length of a domain with at least two labels at the start of the text.
fn domain_length(text: &[u8]) -> Option<usize> {
    let written = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80 || matches!(*b, b'.' | b'-');
    let mut length = text.iter().take(LONGEST_DOMAIN).take_while(|b| written(b)).count();
    while length > 0 && matches!(text[length - 1], b'.' | b'-') {
        length -= 1;
    }
    let domain = &text[..length];
    let mut labels = domain.split(|b| *b == b'.');
    let first = labels.next()?;
    let last = labels.next_back()?;
    let top =
        last.len() >= 2 && (last.iter().all(|b| b.is_ascii_alphabetic() || *b >= 0x80) || last.starts_with(b"xn--"));
    // `logo@2x.png` is a picture.
    let picture = matches!(first, [b'1'..=b'4', b'x' | b'X']);
    let full = domain.split(|b| *b == b'.').all(|label| !label.is_empty());
    (top && full && !picture).then_some(length)
}
