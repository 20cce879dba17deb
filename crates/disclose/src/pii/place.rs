//! Places on earth: pairs of decimal degrees, named degrees, degrees with minutes and seconds.

use regex::bytes::Regex;

use super::{Hits, Kind};

/// A pair with three decimals or more (some hundred metres), one degree by name, or degrees, minutes and seconds.
const PLACES: &str = concat!(
    r"(?-u)(?P<lat>[-+]?[0-9]{1,2}\.(?P<latd>[0-9]{3,20}))[ \t]{0,3}[,;/| ][ \t]{0,3}(?P<lon>[-+]?[0-9]{1,3}\.(?P<lond>[0-9]{3,20}))",
    r#"|(?i:lat|latitude|lng|lon|long|longitude)["']?[ ]?[=:][ ]?["']?[-+]?[0-9]{1,3}\.[0-9]{3,20}"#,
    r"|[0-9]{1,3}\xc2\xb0[ ]?[0-9]{1,2}(?:'|\xe2\x80\xb2)[ ]?[0-9]{1,2}(?:\.[0-9]{1,6})?(?:''|\x22|\xe2\x80\xb3)?[ ]?[NSEWO]",
);

pub(super) fn expression() -> Regex {
    Regex::new(PLACES).expect("a fixed expression")
}

pub(super) fn scan(places: &Regex, text: &[u8], hits: &mut Hits) {
    for found in places.captures_iter(text) {
        let whole = found.get(0).expect("the whole match");
        let before = whole.start().checked_sub(1).map(|i| text[i]);
        let after = text.get(whole.end()).copied();
        if before.is_some_and(|b| b.is_ascii_digit() || b == b'.') || after.is_some_and(|b| b.is_ascii_digit()) {
            continue;
        }
        if let (Some(lat), Some(lon)) = (found.name("lat"), found.name("lon")) {
            let decimals = |name| found.name(name).map_or(&b""[..], |m| m.as_bytes());
            let (latd, lond) = (decimals("latd"), decimals("lond"));
            // `12.500,13.750` are numbers with points for thousands.
            let thousands = latd.len() == 3 && lond.len() == 3 && latd.ends_with(b"0") && lond.ends_with(b"0");
            if thousands || degrees(lat.as_bytes()) > 90.0 || degrees(lon.as_bytes()) > 180.0 {
                continue;
            }
        }
        hits.add(Kind::Coordinates, whole.range());
    }
}

fn degrees(text: &[u8]) -> f64 {
    std::str::from_utf8(text).ok().and_then(|t| t.parse::<f64>().ok()).map_or(f64::MAX, f64::abs)
}
