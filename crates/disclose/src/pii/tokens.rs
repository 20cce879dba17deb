//! Identifiers without meaning: signed tokens, keys of services, UUIDs and their kin, and whatever else is no word.

use std::ops::Range;

use regex::bytes::Regex;

use super::{Hits, Kind, begins, decode, email, ends};

/// Prefixes of keys that issuers publish so that leaked ones can be found.
const KEYS: &str = concat!(
    r"(?-u)(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{8,}|whsec_[A-Za-z0-9+/]{16,}",
    r"|sk-(?:proj-|ant-|or-)?[A-Za-z0-9_-]{20,}|gh[opusr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}",
    r"|glpat-[A-Za-z0-9_-]{16,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}",
    r"|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{10,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}|hf_[A-Za-z0-9]{30,}|dop_v1_[a-f0-9]{40,}",
    r"|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{20,}|key-[0-9a-f]{32}|-----BEGIN [A-Z ]{0,20}PRIVATE KEY",
    r"|(?i:bearer|basic)[ ][A-Za-z0-9._~+/-]{16,}=*",
);

pub(super) fn key_expression() -> Regex {
    Regex::new(KEYS).expect("a fixed expression")
}

pub(super) fn scan_keys(keys: &Regex, text: &[u8], hits: &mut Hits) {
    for found in keys.find_iter(text) {
        let body = found.as_bytes();
        let random = body.iter().any(u8::is_ascii_digit) || camel_steps(body) >= 3 || body.starts_with(b"--");
        if begins(text, found.start()) && random {
            hits.add(Kind::ApiKey, found.range());
        }
    }
}

/// Runs of letters, digits, `-` and `_` of at least a length.
fn runs(text: &[u8], shortest: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at;
            let length = text[at..].iter().take_while(|b| is_part(**b)).count();
            at += length.max(1);
            if length >= shortest {
                return Some(start..start + length);
            }
        }
        None
    })
}

fn is_part(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}

/// The pieces of a run between hyphens and underscores.
fn parts(text: &[u8], run: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = run.start;
    text[run].split(|b| !b.is_ascii_alphanumeric()).map(move |part| {
        let start = at;
        at += part.len() + 1;
        start..start + part.len()
    })
}

/// Identifiers of a known form, and e-mail addresses in base64.
pub(super) fn scan_ids(text: &[u8], hits: &mut Hits) {
    for run in runs(text, 8) {
        if let Some(start) = token_start(text, &run) {
            hits.add(Kind::Jwt, start..signed_end(text, run.end));
            continue;
        }
        scan_uuids(text, &run, hits);
        if hides_address(&text[run.clone()]) {
            hits.add(Kind::Email, run.clone());
            continue;
        }
        for part in parts(text, run) {
            if let Some(kind) = known_form(&text[part.clone()]) {
                hits.add(kind, part);
            } else if hides_address(&text[part.clone()]) {
                hits.add(Kind::Email, part);
            }
        }
    }
}

/// Where in the run a token begins: `eyJ` is `{"` in base64.
fn token_start(text: &[u8], run: &Range<usize>) -> Option<usize> {
    let within = text[run.clone()].windows(11).position(|w| w.starts_with(b"eyJ"))?;
    let start = run.start + within;
    begins(text, start).then_some(start)
}

/// A signed token has three runs with points between them.
fn signed_end(text: &[u8], mut end: usize) -> usize {
    while text.get(end) == Some(&b'.') {
        let length = text[end + 1..].iter().take_while(|b| is_part(**b)).count();
        if length == 0 {
            break;
        }
        end += 1 + length;
    }
    end
}

/// The length of a UUID with hyphens.
const UUID: usize = 36;

fn scan_uuids(text: &[u8], run: &Range<usize>, hits: &mut Hits) {
    let mut at = run.start;
    while at + UUID <= run.end {
        if begins(text, at) && ends(text, at + UUID) && is_uuid(&text[at..at + UUID]) {
            hits.add(Kind::Uuid, at..at + UUID);
            at += UUID;
        } else {
            at += 1;
        }
    }
}

fn is_uuid(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() })
}

fn known_form(part: &[u8]) -> Option<Kind> {
    let digits = part.iter().filter(|b| b.is_ascii_digit()).count();
    if digits < 2 || digits == part.len() {
        return None;
    }
    let hex = part.iter().all(u8::is_ascii_hexdigit);
    match part.len() {
        24 if hex => Some(Kind::ObjectId),
        26 if is_ulid(part) => Some(Kind::Ulid),
        32 if hex => Some(Kind::Uuid),
        20.. if hex => Some(Kind::OpaqueToken),
        _ => None,
    }
}

fn is_ulid(part: &[u8]) -> bool {
    let one_case = !part.iter().any(u8::is_ascii_uppercase) || !part.iter().any(u8::is_ascii_lowercase);
    let crockford = |b: &u8| !b"ILOU".contains(&b.to_ascii_uppercase());
    one_case && part[0] <= b'7' && part.iter().all(crockford)
}

/// True if the run holds an e-mail address in base64, wherever the encoding begins.
fn hides_address(run: &[u8]) -> bool {
    let mixed = camel_steps(run) >= 1 && run.iter().filter(|b| b.is_ascii_uppercase()).count() >= 2;
    mixed
        && (0..4.min(run.len())).any(|offset| {
            let decoded = decode::base64(&run[offset..]);
            let mut hits = Hits { first_only: true, list: Vec::new() };
            email::scan(&decoded, &mut hits);
            hits.list.iter().any(|hit| decoded[hit.range.clone()].is_ascii())
        })
}

/// The shortest run that can be called a token for its look alone.
const TOKEN: usize = 20;
/// Bits per character from which on letters look drawn rather than written.
const DRAWN: f64 = 3.5;

/// Long runs that are no words.
pub(super) fn scan_opaque(text: &[u8], hits: &mut Hits) {
    for run in runs(text, TOKEN) {
        let (mut odd, mut all) = (0, 0);
        for part in parts(text, run.clone()) {
            all += part.len();
            odd += if is_odd(&text[part.clone()]) { part.len() } else { 0 };
        }
        if odd >= 12 && odd * 2 >= all && entropy(&text[run.clone()]) > DRAWN {
            hits.add(Kind::OpaqueToken, run);
        }
    }
}

/// Shannon's entropy of the bytes, bits for each.
fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for b in text {
        counts[usize::from(*b)] += 1;
    }
    let total = text.len() as f64;
    counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / total).map(|p| -p * p.log2()).sum()
}

/// How often a capital letter follows a small one.
fn camel_steps(text: &[u8]) -> usize {
    text.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()).count()
}

/// True for a mixture that nobody writes: letters and digits in turn, capitals anywhere, letters that do not follow
/// one another in words. A word, a number, a word with a number, and `CamelCase` are not odd.
fn is_odd(part: &[u8]) -> bool {
    let digits = part.iter().filter(|b| b.is_ascii_digit()).count();
    let steps = camel_steps(part);
    if part.len() < 4 || digits == part.len() || (digits == 0 && steps < 2) {
        return false;
    }
    let turns = part.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    let (mut pairs, mut unusual) = (0, 0);
    for pair in part.windows(2).filter(|pair| pair.iter().all(u8::is_ascii_alphabetic)) {
        if pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase() {
            continue;
        }
        pairs += 1;
        unusual += usize::from(!is_usual(pair[0], pair[1]));
    }
    turns >= 4 || (steps >= 2 && steps * 4 >= part.len()) || (pairs >= 3 && unusual * 10 > pairs * 3)
}

/// For each letter the letters that follow it in at least one of 2,000 places of English, German, French or Spanish
/// words; one bit for each, `a` lowest.
const USUAL: [u32; 26] = [
    0x37fbffe, 0x0164913, 0x11e4d95, 0x0164919, 0x3feffff, 0x01e4931, 0x11e6dd1, 0x15e7911, 0x23ffe7f, 0x0104011,
    0x01e4911, 0x11c7d7f, 0x11cd113, 0x27e7fff, 0x1ffffff, 0x01ec9b1, 0x0100000, 0x37efdff, 0x37ffdf7, 0x35e49d7,
    0x0aebf7f, 0x0024111, 0x0104191, 0x0000110, 0x00cb915, 0x0184111,
];

fn is_usual(first: u8, second: u8) -> bool {
    let rank = |b: u8| b.to_ascii_lowercase() - b'a';
    USUAL[usize::from(rank(first))] >> rank(second) & 1 == 1
}
