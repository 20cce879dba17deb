//! The detector of personal data in text: e-mail addresses, numbers of people, of accounts and of devices, keys, places.
//!
//! It finds what has a form: structure, length, checksum, prefix. Names, street addresses and everything else that only
//! a reader recognises it does not find; the control for those is the plan, this is the tripwire. It works on bytes in
//! linear time: expressions of the `regex` crate and scanners with bounded look-back.

mod decode;
mod email;
mod iban;
mod names;
mod national;
mod network;
mod numbers;
mod phone;
mod place;
mod scrub;
mod sketch;
#[cfg(test)]
mod tests;
mod tokens;

use std::fmt;
use std::ops::Range;

pub use names::{refused_property_name, refused_query_parameter};

use crate::LogSafe;
use sketch::Sketch;

/// What sort of personal data was found. Says nothing of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An e-mail address, plain, percent-encoded or in base64.
    Email,
    /// A phone number: E.164, with `00`, or national in the usual groupings.
    Phone,
    /// A payment card number that passes the Luhn check (ISO/IEC 7812).
    PaymentCard,
    /// A bank account that passes the check of ISO 13616.
    Iban,
    /// An IPv4 or IPv6 address; not loopback, not a network (`.0`).
    IpAddress,
    /// A hardware address (EUI-48).
    Mac,
    /// A UUID (RFC 9562), with or without hyphens.
    Uuid,
    /// A ULID: 26 letters and digits of Crockford's base 32.
    Ulid,
    /// 24 hexadecimal digits, as databases number documents.
    ObjectId,
    /// A signed token (RFC 7519), or JSON in base64.
    Jwt,
    /// A key with the prefix of a well-known issuer.
    ApiKey,
    /// A long run of letters and digits that is no word.
    OpaqueToken,
    /// A number so long that it numbers somebody or something of somebody.
    LongNumber,
    /// A place to within some hundred metres.
    Coordinates,
    /// A national number of a person, by form and checksum.
    NationalId,
}

impl Kind {
    /// The kind as a short word, as [`Detector::scrub`] and counters write it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Email => "email",
            Kind::Phone => "phone",
            Kind::PaymentCard => "card",
            Kind::Iban => "iban",
            Kind::IpAddress => "ip",
            Kind::Mac => "mac",
            Kind::Uuid => "uuid",
            Kind::Ulid => "ulid",
            Kind::ObjectId => "object_id",
            Kind::Jwt => "jwt",
            Kind::ApiKey => "api_key",
            Kind::OpaqueToken => "token",
            Kind::LongNumber => "number",
            Kind::Coordinates => "coordinates",
            Kind::NationalId => "national_id",
        }
    }
}

impl LogSafe for Kind {
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Where it is: bytes of the text, at boundaries of characters.
    pub range: Range<usize>,
}

/// Finds personal data. Building one compiles a few expressions; build it once and share it.
#[derive(Debug)]
pub struct Detector {
    keys: regex::bytes::Regex,
    places: regex::bytes::Regex,
}

impl Default for Detector {
    fn default() -> Detector {
        Detector::new()
    }
}

impl Detector {
    /// A detector with the built-in rules.
    pub fn new() -> Detector {
        Detector { keys: tokens::key_expression(), places: place::expression() }
    }

    /// The kind of one piece of personal data in the text, `None` if there is none.
    pub fn detect(&self, text: &str) -> Option<Kind> {
        let mut hits = Hits { first_only: true, list: Vec::new() };
        self.look(text.as_bytes(), &mut hits);
        hits.list.first().map(|hit| hit.kind)
    }

    /// Everything found, in order, without overlaps. Where two readings overlap the more telling one is kept.
    pub fn find_all(&self, text: &str) -> Vec<Finding> {
        let mut hits = Hits { first_only: false, list: Vec::new() };
        self.look(text.as_bytes(), &mut hits);
        let mut kept = hits.without_overlaps();
        for finding in &mut kept {
            widen_to_characters(text, &mut finding.range);
        }
        kept
    }

    fn look(&self, text: &[u8], hits: &mut Hits) {
        let sketch = Sketch::of(text);
        if sketch.is_clean() {
            return;
        }
        match sketch.percents.then(|| decode::percent(text)).flatten() {
            None => self.look_plain(text, sketch, hits),
            Some(decoded) => {
                let from = hits.list.len();
                self.look_plain(&decoded.bytes, Sketch::of(&decoded.bytes), hits);
                for hit in &mut hits.list[from..] {
                    hit.range = decoded.origin(&hit.range);
                }
            }
        }
    }

    /// The scanners, the more telling first.
    fn look_plain(&self, text: &[u8], sketch: Sketch, hits: &mut Hits) {
        if sketch.ats {
            email::scan(text, hits);
        }
        if hits.go_on() && sketch.may_hold_keys() {
            tokens::scan_keys(&self.keys, text, hits);
        }
        if hits.go_on() && sketch.may_hold_tokens() {
            tokens::scan_ids(text, hits);
        }
        if hits.go_on() && sketch.may_hold_places() {
            place::scan(&self.places, text, hits);
        }
        if hits.go_on() && sketch.may_hold_addresses() {
            network::scan(text, hits);
        }
        if hits.go_on() && sketch.may_hold_numbers() {
            iban::scan(text, hits);
            national::scan(text, hits);
            numbers::scan(text, hits);
        }
        if hits.go_on() && sketch.may_hold_tokens() {
            tokens::scan_opaque(text, hits);
        }
    }
}

/// What the scanners found, in the order of their precedence.
struct Hits {
    first_only: bool,
    list: Vec<Finding>,
}

impl Hits {
    fn add(&mut self, kind: Kind, range: Range<usize>) {
        self.list.push(Finding { kind, range });
    }

    fn go_on(&self) -> bool {
        !self.first_only || self.list.is_empty()
    }

    fn without_overlaps(self) -> Vec<Finding> {
        let mut kept: std::collections::BTreeMap<usize, Finding> = std::collections::BTreeMap::new();
        for finding in self.list {
            let before = kept.range(..finding.range.end).next_back();
            if before.is_none_or(|(_, other)| other.range.end <= finding.range.start) {
                kept.insert(finding.range.start, finding);
            }
        }
        kept.into_values().collect()
    }
}

fn widen_to_characters(text: &str, range: &mut Range<usize>) {
    while !text.is_char_boundary(range.start) {
        range.start -= 1;
    }
    while !text.is_char_boundary(range.end) {
        range.end += 1;
    }
}

/// True if the byte before `at` is not a letter or digit.
fn begins(text: &[u8], at: usize) -> bool {
    at == 0 || !text[at - 1].is_ascii_alphanumeric()
}

/// True if the byte at `at` is not a letter or digit.
fn ends(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|b| !b.is_ascii_alphanumeric())
}
