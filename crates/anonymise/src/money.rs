//! Amounts of money as exact thousandths.

use iso_currency::Currency;

/// Largest amount, in thousandths: a trillion units.
const MOST_MILLI: i128 = 1_000_000_000_000_000;

/// Thousandths of a decimal amount such as `-12.50`, rounded half away from zero; `None` if it is no amount.
pub(crate) fn milli(amount: &str) -> Option<i64> {
    let amount = amount.trim();
    let (negative, digits) = match amount.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, amount.strip_prefix('+').unwrap_or(amount)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let digit = |at: usize| part.as_bytes().get(at).map_or(0, |b| i128::from(b - b'0'));
    let round = i128::from(digit(3) >= 5);
    let milli = whole * 1000 + digit(0) * 100 + digit(1) * 10 + digit(2) + round;
    if milli > MOST_MILLI {
        return None;
    }
    i64::try_from(if negative { -milli } else { milli }).ok()
}

/// The ISO 4217 code, in upper case.
pub(crate) fn currency(code: &str) -> Option<&'static str> {
    let code = code.trim();
    if code.len() != 3 {
        return None;
    }
    Currency::from_code(&code.to_ascii_uppercase()).map(|currency| currency.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        for (text, expected) in [
            ("12.50", Some(12_500)),
            ("-3", Some(-3_000)),
            (".5", Some(500)),
            ("1.0005", Some(1_001)),
            ("1.0004999", Some(1_000)),
            ("1000000000000", Some(1_000_000_000_000_000)),
            ("1000000000001", None),
            ("1e3", None),
            ("", None),
            (".", None),
            ("NaN", None),
            ("1,5", None),
            ("99999999999999999999999999", None),
        ] {
            assert_eq!(milli(text), expected, "{text}");
        }
    }

    #[test]
    fn currencies() {
        assert_eq!(currency("eur"), Some("EUR"));
        assert_eq!(currency("XQQ"), None);
        assert_eq!(currency("EURO"), None);
        assert_eq!(currency("ä1"), None);
    }
}
