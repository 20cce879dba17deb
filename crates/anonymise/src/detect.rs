//! What must never be admitted as a word, however many send it.

use regex::Regex;

/// Finds personal data in short texts. All expressions run in linear time.
pub(crate) struct Detector {
    shapes: Regex,
}

/// E-mail, IPv4, MAC, UUID, JWT, phone with country code or trunk zero, IBAN, coordinates, IPv6, keys by prefix.
const SHAPES: &str = concat!(
    r"(?i)[^\s@/?&=]+(?:@|%40)[^\s@/]+\.[a-z]",
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    r"|\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b",
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}",
    r"|eyJ[a-z0-9_-]{8}",
    r"|(?:\+|\b00)[1-9]\d{0,2}[ ()./-]{0,3}(?:\d[ ()./-]{0,2}){6}",
    r"|\b0\d{1,4}[ /-]\d{3}[ -]?\d{3,}",
    r"|\(\d{3}\) ?\d{3}-\d{4}|\b\d{3}[-.]\d{3}[-.]\d{4}\b|\b\d{3}-\d{2}-\d{4}\b",
    r"|\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,}",
    r"|-?\b\d{1,2}\.\d{3,}\s*[,;]\s*-?\d{1,3}\.\d{3,}",
    r"|\b(?:[0-9a-f]{1,4}:){3,}[0-9a-f:]*|[0-9a-f]{0,4}::[0-9a-f]{1,4}",
    r"|\b(?:sk|pk|rk|ghp|gho|xox[abp]|glpat|AKIA)[_-]?[a-z0-9_-]{12}",
    r"|(?:\d[ -]?){13}",
);

const REFUSED: [&str; 44] = [
    "email",
    "mail",
    "name",
    "firstname",
    "lastname",
    "surname",
    "forename",
    "fullname",
    "username",
    "nickname",
    "user",
    "userid",
    "person",
    "address",
    "street",
    "city",
    "phone",
    "telephone",
    "mobile",
    "fax",
    "birth",
    "birthday",
    "birthdate",
    "dob",
    "iban",
    "bic",
    "card",
    "cvv",
    "billing",
    "passport",
    "ssn",
    "password",
    "passwd",
    "secret",
    "token",
    "ip",
    "zip",
    "postcode",
    "postal",
    "tax",
    "gender",
    "sex",
    "religion",
    "salary",
];

/// Digits in a row that are a number of somebody.
const LONG_NUMBER: usize = 9;
/// Letters and digits in a row that are no word.
const LONG_TOKEN: usize = 20;

impl Detector {
    pub(crate) fn new() -> Detector {
        Detector { shapes: Regex::new(SHAPES).expect("a fixed expression") }
    }

    /// True if there is something personal in the text.
    pub(crate) fn finds(&self, text: &str) -> bool {
        let suspicious = text.bytes().any(|b| b.is_ascii_digit() || matches!(b, b'@' | b'%' | b':'));
        (suspicious && self.shapes.is_match(text)) || text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_token)
    }

    /// True if a property of this name is refused in every mode. Looks at the parts of snake, kebab and camel case.
    pub(crate) fn refuses_name(&self, name: &str) -> bool {
        let mut parts = String::with_capacity(name.len() + 8);
        let mut was_lower = false;
        for c in name.chars() {
            if c.is_uppercase() && was_lower {
                parts.push('_');
            }
            was_lower = c.is_lowercase();
            parts.extend(c.to_lowercase());
        }
        let refused = |text: &str| REFUSED.contains(&text);
        refused(&parts.replace('_', "")) || parts.split(|c: char| !c.is_alphanumeric()).any(refused)
    }
}

/// True for long numbers, and for long runs of letters and digits mixed.
fn is_token(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let upper = part.bytes().skip(1).filter(u8::is_ascii_uppercase).count();
    let mixed = digits >= 2 && digits < part.len();
    (part.len() >= LONG_NUMBER && digits == part.len())
        || (part.len() >= LONG_TOKEN && mixed)
        || (part.len() >= LONG_TOKEN + 8 && upper >= 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_texts_are_found() {
        let detector = Detector::new();
        for text in [
            "anna@example.org",
            "anna%40example.org",
            "192.0.2.1",
            "2001:db8::1",
            "aa:bb:cc:dd:ee:ff",
            "123e4567-e89b-12d3-a456-426614174000",
            "+43 660 1234567",
            "0660/123 4567",
            "4111 1111 1111 1111",
            "AT61 1904 3002 3457 3201",
            "eyJhbGciOiJIUzI1NiJ9",
            "507f1f77bcf86cd799439011",
            "sk_live_4eC39HqLyjWDarjt",
            "48.20817, 16.37382",
            "123456789",
        ] {
            assert!(detector.finds(text), "{text}");
        }
        for text in [
            "how-to-make-a-nice-garden-in-spring-without-water",
            "2026-11-24-what-is-new",
            "covid-19",
            "Spring Sale 2026",
            "web3",
            "v1.2.3",
            "course-12",
            "Donaudampfschifffahrtsgesellschaft",
            "12:30",
            "10,000",
        ] {
            assert!(!detector.finds(text), "{text}");
        }
    }

    #[test]
    fn names_of_personal_properties_are_refused() {
        let detector = Detector::new();
        for name in ["email", "first_name", "lastName", "Billing-Address", "userId", "DOB", "phone.number"] {
            assert!(detector.refuses_name(name), "{name}");
        }
        for name in ["plan", "seats", "topic", "recipient", "cardinality", "zipper"] {
            assert!(!detector.refuses_name(name), "{name}");
        }
    }
}
