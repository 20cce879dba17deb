//! What must never be admitted as a word, however many send it.

use regex::Regex;

/// Finds personal data in short texts.
pub(crate) struct Detector {
    shapes: Regex,
}

const REFUSED: [&str; 28] = [
    "email", "mail", "name", "firstname", "lastname", "surname", "username", "user", "person", "address", "street",
    "phone", "mobile", "birth", "birthday", "dob", "iban", "card", "billing", "passport", "ssn", "password", "token",
    "ip", "zip", "postcode", "tax", "gender",
];

impl Detector {
    pub(crate) fn new() -> Detector {
        let shapes = r"(?i)[^\s@/]+(@|%40)[^\s@/]+\.[a-z]|\b\d{1,3}(\.\d{1,3}){3}\b|[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}|([0-9a-f]{2}:){5}|eyJ[a-z0-9_-]{8}|(\d[ ().+/-]{0,3}){7}|[a-z0-9_=-]{28}|\d+\.\d{3,}\s*,\s*-?\d+\.\d{3,}|[0-9a-f]{1,4}:[0-9a-f:]*:[0-9a-f:]*";
        Detector { shapes: Regex::new(shapes).expect("a fixed expression") }
    }

    /// True if there is something personal in the text.
    pub(crate) fn finds(&self, text: &str) -> bool {
        self.shapes.is_match(text)
    }

    /// True if a property of this name is refused in every mode.
    pub(crate) fn refuses_name(&self, name: &str) -> bool {
        name.split(|c: char| !c.is_alphanumeric()).any(|part| REFUSED.contains(&part.to_lowercase().as_str()))
    }
}
