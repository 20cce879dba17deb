//! Looking through encodings: percent signs and base64.

use std::ops::Range;

/// Text without its percent-encoding, and where each byte of it came from.
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    origins: Vec<usize>,
}

impl Decoded {
    /// The place in the encoded text.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        self.origins[range.start]..self.origins[range.end]
    }
}

/// How often a text can have been encoded.
const LAYERS: usize = 3;

/// Decodes `%40` and also `%2540`; `None` if there is nothing to decode.
pub(super) fn percent(text: &[u8]) -> Option<Decoded> {
    let mut decoded = Decoded { bytes: text.to_vec(), origins: (0..=text.len()).collect() };
    let mut layers = 0;
    while layers < LAYERS && peel(&mut decoded) {
        layers += 1;
    }
    (layers > 0).then_some(decoded)
}

/// Takes one layer of encoding off, in place.
fn peel(decoded: &mut Decoded) -> bool {
    let (mut read, mut write) = (0, 0);
    let len = decoded.bytes.len();
    while read < len {
        let byte = escape(&decoded.bytes[read..]);
        decoded.origins[write] = decoded.origins[read];
        decoded.bytes[write] = byte.unwrap_or(decoded.bytes[read]);
        read += if byte.is_some() { 3 } else { 1 };
        write += 1;
    }
    decoded.origins[write] = decoded.origins[len];
    decoded.bytes.truncate(write);
    decoded.origins.truncate(write + 1);
    write < len
}

fn escape(text: &[u8]) -> Option<u8> {
    match text {
        [b'%', high, low, ..] => Some(hex(*high)? << 4 | hex(*low)?),
        _ => None,
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Decodes base64 of either alphabet, from its first letter on, without padding.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0);
    for &b in text {
        let Some(value) = sextet(b) else { break };
        bits = bits << 6 | value;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    out
}

fn sextet(b: u8) -> Option<u32> {
    let value = match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}
