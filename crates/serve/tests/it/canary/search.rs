//! Looks for canaries in bytes of any kind, in every form in which text comes along, also inside what is compressed.

use std::io::Read;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::{MARK, NETWORK};

/// How deep something may be compressed in something that is compressed.
const DEPTH: usize = 3;
/// What is unpacked of each frame.
const UNPACKED_BYTES: u64 = 16 << 20;
const ZSTD_MAGIC: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();
const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// A set of byte patterns, each with the name of the form it has.
struct Forms {
    patterns: AhoCorasick,
    names: Vec<&'static str>,
}

impl Forms {
    fn new(forms: Vec<(&'static str, Vec<u8>)>, ignore_case: bool) -> Forms {
        let (names, patterns): (Vec<_>, Vec<_>) = forms.into_iter().unzip();
        let mut builder = AhoCorasick::builder();
        builder.ascii_case_insensitive(ignore_case).match_kind(MatchKind::LeftmostFirst);
        Forms { patterns: builder.build(patterns).expect("few patterns"), names }
    }

    fn first(&self, bytes: &[u8]) -> Option<&'static str> {
        self.patterns.find(bytes).map(|found| self.names[found.pattern().as_usize()])
    }
}

/// Those in which the case of letters says nothing.
static TEXT: LazyLock<Forms> = LazyLock::new(|| {
    let each = |coded: fn(u8) -> String| MARK.bytes().map(coded).collect::<String>().into_bytes();
    let wide = |bytes: fn(u16) -> [u8; 2]| MARK.encode_utf16().flat_map(bytes).collect();
    let forms = vec![
        ("text", MARK.as_bytes().to_vec()),
        ("hexadecimal", each(|byte| format!("{byte:02x}"))),
        ("percent", each(|byte| format!("%{byte:02x}"))),
        ("UTF-16LE", wide(u16::to_le_bytes)),
        ("UTF-16BE", wide(u16::to_be_bytes)),
        ("address", b"2001:db8:cafe".to_vec()),
    ];
    Forms::new(forms, true)
});

/// Those in which it does.
static CODED: LazyLock<Forms> = LazyLock::new(|| {
    let mut forms = vec![("binary address", NETWORK.to_vec())];
    // Base64 depends on where the text begins; the inner characters are the same whatever is around it.
    for shift in 0..3 {
        for mark in [MARK.to_owned(), MARK.to_uppercase()] {
            let text = format!("{}{mark}", "a".repeat(shift));
            for coded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                let end = text.len() * 8 / 6;
                let begin = (shift * 8).div_ceil(6);
                forms.push(("base64", coded.as_bytes()[begin..end].to_vec()));
            }
        }
    }
    Forms::new(forms, false)
});

/// The form in which a canary is in the bytes. What zstd or gzip made is opened wherever in the bytes it begins.
pub(super) fn finds(bytes: &[u8]) -> Option<&'static str> {
    finds_text(bytes).or_else(|| finds_packed(bytes, DEPTH))
}

/// The same without opening anything.
fn finds_text(bytes: &[u8]) -> Option<&'static str> {
    TEXT.first(bytes).or_else(|| CODED.first(bytes))
}

fn finds_packed(bytes: &[u8], depth: usize) -> Option<&'static str> {
    let deeper = depth.checked_sub(1)?;
    let zstd = memchr::memmem::find_iter(bytes, &ZSTD_MAGIC).map(|at| unpack_zstd(&bytes[at..]));
    let gzip =
        memchr::memmem::find_iter(bytes, &GZIP_MAGIC).map(|at| unpacked(flate2::read::GzDecoder::new(&bytes[at..])));
    for inner in zstd.chain(gzip) {
        if finds_text(&inner).is_some() {
            return Some("compressed");
        }
        if let Some(found) = finds_packed(&inner, deeper) {
            return Some(found);
        }
    }
    None
}

fn unpack_zstd(frame: &[u8]) -> Vec<u8> {
    zstd::Decoder::with_buffer(frame).map_or_else(|_| Vec::new(), |decoder| unpacked(decoder.single_frame()))
}

/// As much as can be unpacked: a frame may be damaged, or something else that begins like one.
fn unpacked(decoder: impl Read) -> Vec<u8> {
    let mut whole = Vec::new();
    let _ = decoder.take(UNPACKED_BYTES).read_to_end(&mut whole);
    whole
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Few different letters without repetitions, so that nothing is left in clear when they are packed.
    fn letters() -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(7);
        (0..4_000).map(|_| b"eeeetttaao"[random.usize(0..10)]).collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("in memory");
        encoder.finish().expect("in memory")
    }

    #[test]
    fn the_search_finds_every_form() {
        let mark = format!("x{MARK}y");
        let each = |coded: fn(u8) -> String| mark.bytes().map(coded).collect::<String>();
        let mut forms: Vec<Vec<u8>> = vec![
            mark.clone().into_bytes(),
            mark.to_uppercase().into_bytes(),
            each(|b| format!("{b:02x}")).into_bytes(),
            each(|b| format!("{b:02X}")).into_bytes(),
            each(|b| format!("%{b:02X}")).into_bytes(),
            mark.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            mark.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            [&NETWORK[..], &[1, 2]].concat(),
            b"from 2001:DB8:CAFE::1".to_vec(),
        ];
        for before in ["", "a", "??", "???", "~~~~"] {
            for text in [format!("{before}{MARK}?>"), format!("{before}{}?>", MARK.to_uppercase())] {
                forms.push(STANDARD_NO_PAD.encode(&text).into_bytes());
                forms.push(URL_SAFE_NO_PAD.encode(&text).into_bytes());
            }
        }
        for form in forms {
            let shown = String::from_utf8_lossy(&form).into_owned();
            assert!(finds(&form).is_some(), "{shown}");
            let long = [&letters(), &form[..], &letters()].concat();
            let packed = [&b"head"[..], &zstd::encode_all(&long[..], 3).expect("in memory"), b"tail"].concat();
            assert_eq!(finds_text(&packed), None, "{shown} can only be found by opening it");
            assert_eq!(finds(&packed), Some("compressed"), "{shown}");
            assert_eq!(finds(&gzip(&packed)), Some("compressed"), "{shown}");
        }
        assert_eq!(finds(b"nothing of the kind"), None);
        assert_eq!(finds(&[&ZSTD_MAGIC[..], &GZIP_MAGIC, b"nothing of the kind"].concat()), None);
    }
}
