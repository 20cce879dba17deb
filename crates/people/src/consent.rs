//! What a member agreed to, purpose by purpose.

use std::collections::BTreeMap;

use outis_event::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest name of a third party, in bytes.
const MOST_NAME_BYTES: usize = 64;

/// What something personal is used for. Nothing is before the member agreed, but for being recognised while signed in,
/// to which they may object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Purpose {
    /// The days of a period are linked, where the site's policy allows it.
    Link,
    /// What the member stated and liked makes suggestions for them, and for others like the same things.
    Personalisation,
    /// What they do while signed in is counted as a member's.
    Recognition,
    /// Something goes to a third party, under a pseudonym made for it.
    ThirdParty(Box<str>),
}

/// Not a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a purpose is link, personalisation, recognition or third_party:<name> (letters, digits, - and _)")]
pub struct NoPurpose;

impl From<Purpose> for String {
    fn from(purpose: Purpose) -> String {
        match purpose {
            Purpose::Link => "link".into(),
            Purpose::Personalisation => "personalisation".into(),
            Purpose::Recognition => "recognition".into(),
            Purpose::ThirdParty(name) => format!("third_party:{name}"),
        }
    }
}

impl TryFrom<String> for Purpose {
    type Error = NoPurpose;

    fn try_from(text: String) -> Result<Purpose, NoPurpose> {
        let is_name = |name: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            !name.is_empty() && name.len() <= MOST_NAME_BYTES && name.chars().all(plain)
        };
        match text.as_str() {
            "link" => Ok(Purpose::Link),
            "personalisation" => Ok(Purpose::Personalisation),
            "recognition" => Ok(Purpose::Recognition),
            other => match other.strip_prefix("third_party:") {
                Some(name) if is_name(name) => Ok(Purpose::ThirdParty(name.into())),
                _ => Err(NoPurpose),
            },
        }
    }
}

/// What a member said about a purpose, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// They agree.
    pub given: bool,
    /// Version of the text that they saw.
    pub version: u32,
    /// When, in seconds since the Unix epoch, to the minute.
    pub at_s: i64,
}

/// Most purposes a member said something about.
const MOST_PURPOSES: usize = 64;

/// Everything that a member said about purposes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Consents(BTreeMap<Purpose, Consent>);

impl Consents {
    /// True if the member agreed and did not take it back.
    pub fn allow(&self, purpose: &Purpose) -> bool {
        self.0.get(purpose).is_some_and(|consent| consent.given)
    }

    /// True if the member said that they do not want to be recognised.
    pub fn object(&self) -> bool {
        self.0.get(&Purpose::Recognition).is_some_and(|consent| !consent.given)
    }

    /// Takes in what the member says now. False if there is no room for another purpose.
    pub fn say(&mut self, purpose: Purpose, given: bool, version: u32, now: Timestamp) -> bool {
        if self.0.len() >= MOST_PURPOSES && !self.0.contains_key(&purpose) {
            return false;
        }
        let minute = now.0.div_euclid(60_000) * 60;
        self.0.insert(purpose, Consent { given, version, at_s: minute });
        true
    }

    /// Takes back whatever was given. False if nothing was.
    pub(crate) fn withdraw_all(&mut self) -> bool {
        let mut any = false;
        for consent in self.0.values_mut().filter(|consent| consent.given) {
            consent.given = false;
            any = true;
        }
        any
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (&Purpose, &Consent)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_allowed_before_it_is_said_or_after_it_is_taken_back() {
        let mut consents = Consents::default();
        assert!(!consents.allow(&Purpose::Link));
        assert!(consents.say(Purpose::Link, true, 3, Timestamp(61_999)));
        assert!(consents.allow(&Purpose::Link) && !consents.allow(&Purpose::Personalisation));
        consents.say(Purpose::Link, false, 3, Timestamp(0));
        assert!(!consents.allow(&Purpose::Link));
        assert!(!consents.object(), "nobody objects before they said so");
        consents.say(Purpose::Recognition, false, 1, Timestamp(0));
        assert!(consents.object());
        consents.say(Purpose::Recognition, true, 1, Timestamp(0));
        assert!(!consents.object());
    }

    #[test]
    fn purposes_are_written_as_they_are_read() {
        for text in ["link", "personalisation", "recognition", "third_party:mail-2_x"] {
            let purpose = Purpose::try_from(text.to_owned()).expect("a purpose");
            assert_eq!(String::from(purpose), text);
        }
        for text in ["", "Link", "third_party:", "third_party:a b"] {
            assert_eq!(Purpose::try_from(text.to_owned()), Err(NoPurpose));
        }
        let json = r#"{"link":{"given":true,"version":1,"at_s":60}}"#;
        let consents: Consents = serde_json::from_str(json).expect("consents");
        assert_eq!(serde_json::to_string(&consents).expect("json"), json);
    }

    #[test]
    fn there_are_not_too_many() {
        let mut consents = Consents::default();
        let said = (0..100).filter(|n| {
            let purpose = Purpose::ThirdParty(format!("t{n}").into());
            consents.say(purpose, true, 1, Timestamp(0))
        });
        assert_eq!(said.count(), MOST_PURPOSES);
        assert!(consents.say(Purpose::ThirdParty("t1".into()), false, 1, Timestamp(0)));
    }
}
