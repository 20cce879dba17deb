//! Texts of receipts and of the log's formats.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outis_disclose::pii::Detector;
use serde::{Deserialize, Serialize};

/// Most characters of a [`Text`].
pub const MOST_TEXT: usize = 200;

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A decimal number without leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// The system has no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no randomness")]
pub struct NoRandomness;

/// Words in a receipt: 1 to 200 printable ASCII characters other than `"` and `\`, so that no JSON writer ever escapes
/// them, in which the detector of personal data finds nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

/// Why words cannot stand in a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Too long, empty, or with characters that are not allowed.
    #[error("a text in a receipt has 1 to 200 printable ASCII characters without quotes and backslashes")]
    Characters,
    /// The detector found something.
    #[error("a text in a receipt looks like personal data; name stores and sinks by what they are")]
    Personal,
}

impl Text {
    /// These words.
    ///
    /// # Errors
    /// See [`TextError`].
    pub fn new(words: &str) -> Result<Text, TextError> {
        static DETECTOR: OnceLock<Detector> = OnceLock::new();
        let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
        if words.is_empty() || words.len() > MOST_TEXT || !words.chars().all(allowed) {
            return Err(TextError::Characters);
        }
        if DETECTOR.get_or_init(Detector::new).find_all(words).is_empty() {
            Ok(Text(words.to_owned()))
        } else {
            Err(TextError::Personal)
        }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Text {
    type Error = TextError;

    fn try_from(words: String) -> Result<Text, TextError> {
        Text::new(&words)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        text.0
    }
}

/// Bytes that stand in JSON as lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hex<const N: usize>(pub [u8; N]);

/// Not so many lower-case hexadecimal digits as were expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the expected number of lower-case hexadecimal digits")]
pub struct HexError;

impl<const N: usize> TryFrom<String> for Hex<N> {
    type Error = HexError;

    fn try_from(text: String) -> Result<Hex<N>, HexError> {
        let digit = |b: u8| match b {
            b'0'..=b'9' => Ok(b - b'0'),
            b'a'..=b'f' => Ok(b - b'a' + 10),
            _ => Err(HexError),
        };
        let mut bytes = [0; N];
        if text.len() != 2 * N {
            return Err(HexError);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Hex(bytes))
    }
}

impl<const N: usize> From<Hex<N>> for String {
    fn from(hex: Hex<N>) -> String {
        hex.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_plain_and_names_nobody() {
        assert!(Text::new("warehouse rows").is_ok());
        assert!(Text::new("key destroyed, root replaced; CRM (purge ticket open)").is_ok());
        for bad in ["", "a\nb", "say \"x\"", "back\\slash", "caf\u{e9}"] {
            assert_eq!(Text::new(bad), Err(TextError::Characters));
        }
        assert_eq!(Text::new(&"x".repeat(MOST_TEXT + 1)), Err(TextError::Characters));
        assert_eq!(Text::new("profile of anna.probe@example.org"), Err(TextError::Personal));
    }

    #[test]
    fn numbers_have_one_form() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for bad in ["", "00", "01", "+1", "-1", "1 ", "18446744073709551616"] {
            assert_eq!(decimal(bad), None);
        }
    }
}
