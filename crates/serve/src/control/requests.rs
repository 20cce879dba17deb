//! What became of a request about members: its number, its state, its receipts, and not whom it was about.

use outis_event::{SiteId, Timestamp};
use outis_people::Mode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::digest;

/// The number that whoever asks gives a request: a random UUID (RFC 9562, version 4) in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RequestId(String);

/// Not a number of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a request's id is a random UUID (version 4) in lower case")]
pub(crate) struct NoRequestId;

impl TryFrom<String> for RequestId {
    type Error = NoRequestId;

    fn try_from(text: String) -> Result<RequestId, NoRequestId> {
        let fits = |(at, c): (usize, char)| match at {
            8 | 13 | 18 | 23 => c == '-',
            14 => c == '4',
            19 => matches!(c, '8' | '9' | 'a' | 'b'),
            _ => matches!(c, '0'..='9' | 'a'..='f'),
        };
        let is_one = text.len() == 36 && text.chars().enumerate().all(fits);
        if is_one { Ok(RequestId(text)) } else { Err(NoRequestId) }
    }
}

impl RequestId {
    /// A fresh one.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn random() -> anyhow::Result<RequestId> {
        let mut bytes = [0u8; 16];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = |part: &[u8]| part.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let parts = [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]].map(hex);
        Ok(RequestId(parts.join("-")))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name under which something about the request is kept: nobody finds it by another site.
    pub(crate) fn place(&self, site: SiteId) -> [u8; 16] {
        let text = [b"outis/request/".as_slice(), &site.0.to_be_bytes(), self.0.as_bytes()].concat();
        digest(&text)[..16].try_into().expect("SHA-256 has 32 bytes")
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// To be forgotten.
    Erasure,
    /// To see what is held.
    Access,
    /// To take it along.
    Portability,
}

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Everything personal is destroyed; hidden rows wait to be rewritten.
    InProgress,
    /// Nothing is left to be done.
    Completed,
}

/// Which form another system asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Version {
    OpenGdpr1,
    OpenDsr2,
}

/// Whom changes of a request's state are told to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Callbacks {
    pub(crate) version: Version,
    /// Names of destinations that the owner declared.
    pub(crate) destinations: Vec<String>,
    /// The state that they were told last.
    pub(crate) told: Option<State>,
}

/// A request that is new.
pub(crate) struct NewRequest {
    pub(crate) id: RequestId,
    pub(crate) callbacks: Option<Callbacks>,
}

impl From<RequestId> for NewRequest {
    fn from(id: RequestId) -> NewRequest {
        NewRequest { id, callbacks: None }
    }
}

/// A request that was carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) id: RequestId,
    pub(crate) site: u32,
    pub(crate) kind: Kind,
    /// How somebody was forgotten.
    pub(crate) mode: Option<Mode>,
    /// The hour in which it came, since 1970.
    pub(crate) received_hour: i64,
    /// When everything that follows is done, in milliseconds since 1970.
    pub(crate) settled_ms: i64,
    pub(crate) receipts: Vec<Value>,
    #[serde(default)]
    pub(crate) callbacks: Option<Callbacks>,
}

impl Request {
    /// Where it is kept.
    pub(crate) fn place(&self) -> [u8; 16] {
        self.id.place(SiteId(self.site))
    }

    /// How far it is; `late` if rows that are hidden were not rewritten in time.
    pub(crate) fn state(&self, now: Timestamp, late: bool) -> State {
        match self.kind {
            Kind::Erasure if late || now.0 < self.settled_ms => State::InProgress,
            _ => State::Completed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_random_uuids_in_lower_case() {
        let id = RequestId::random().expect("random");
        assert_eq!(RequestId::try_from(id.as_str().to_owned()), Ok(id.clone()));
        assert_ne!(id, RequestId::random().expect("random"));
        assert_ne!(id.place(SiteId(1)), id.place(SiteId(2)));
        for text in [
            "",
            "anna@example.org",
            "A7551968-d5d6-44b2-9831-815ac9017798",
            "a7551968-d5d6-14b2-9831-815ac9017798",
            "a7551968-d5d6-44b2-c831-815ac9017798",
            "a7551968d5d644b29831815ac9017798xxxx",
        ] {
            assert_eq!(RequestId::try_from(text.to_owned()), Err(NoRequestId), "{text}");
        }
    }
}
