//! Country and region of an address, from a MaxMind-format file.

use std::borrow::Cow;
use std::net::IpAddr;

use maxminddb::{PathElement, Reader};

use super::{Point, TablesError};

/// Country file of the package iptoasn-country-mmdb.
const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/country.mmdb"));

/// An ISO 3166 code: at most 8 ASCII letters, digits and hyphens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    bytes: [u8; 8],
    len: u8,
}

impl Code {
    fn new(parts: &[&str]) -> Option<Code> {
        let mut code = Code { bytes: [0; 8], len: 0 };
        for byte in parts.iter().flat_map(|part| part.bytes()) {
            let byte = byte.to_ascii_uppercase();
            if !(byte.is_ascii_alphanumeric() || byte == b'-') {
                return None;
            }
            *code.bytes.get_mut(usize::from(code.len))? = byte;
            code.len += 1;
        }
        Some(code)
    }
}

impl std::ops::Deref for Code {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).expect("codes are ASCII")
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

/// Where an address is, as coarse as we keep it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Place {
    /// ISO 3166-1 alpha-2.
    pub(crate) country: Option<Code>,
    /// ISO 3166-2.
    pub(crate) region: Option<Code>,
}

/// The country file.
pub(super) struct Places(Option<Reader<Cow<'static, [u8]>>>);

impl Places {
    pub(super) fn embedded() -> Result<Places, TablesError> {
        let reader = Reader::from_source(Cow::Borrowed(EMBEDDED)).map_err(|_| TablesError::Embedded("countries"))?;
        Ok(Places(Some(reader)))
    }

    pub(super) fn none() -> Places {
        Places(None)
    }

    pub(super) fn from_bytes(bytes: Vec<u8>) -> Result<Places, TablesError> {
        let reader = Reader::from_source(Cow::Owned(bytes)).map_err(|_| TablesError::Places)?;
        Ok(Places(Some(reader)))
    }

    /// The place of an address; unknown when the file does not know it.
    pub(super) fn find(&self, ip: IpAddr) -> Place {
        let Some(reader) = &self.0 else { return Place::default() };
        let Ok(found) = reader.lookup(ip.to_canonical()) else { return Place::default() };
        let text = |path: &[PathElement<'_>]| found.decode_path::<&str>(path).ok().flatten();
        let nested = text(&[PathElement::Key("country"), PathElement::Key("iso_code")]);
        let Some(country) = nested.or_else(|| text(&[PathElement::Key("country_code")])) else {
            return Place::default();
        };
        let region = text(&[PathElement::Key("subdivisions"), PathElement::Index(0), PathElement::Key("iso_code")]);
        Place {
            country: Code::new(&[country]).filter(|code| code.len() == 2),
            region: region.and_then(|region| Code::new(&[country, "-", region])),
        }
    }
    /// The point that the file has for an address, if it is a file of cities.
    pub(super) fn point(&self, ip: IpAddr) -> Option<Point> {
        let found = self.0.as_ref()?.lookup(ip.to_canonical()).ok()?;
        let degrees =
            |name| found.decode_path::<f64>(&[PathElement::Key("location"), PathElement::Key(name)]).ok().flatten();
        Point::new(degrees("latitude")?, degrees("longitude")?)
    }
}
