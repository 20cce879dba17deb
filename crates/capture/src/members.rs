//! Who is signed in: told by an identity token, found by whoever keeps members.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, StatusCode};
use outis_anonymise::Member;
use outis_disclose::Pii;
use outis_event::{Site, Timestamp};

use crate::answer::Refusal;
use crate::capture::Inner;

/// Carries an identity token where a body has no field for one.
pub(crate) const IDENTITY: HeaderName = HeaderName::from_static("outis-identity");
/// Longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 8_192;
/// Seconds until trying again makes sense when members cannot be looked up.
const RETRY_AFTER_S: u32 = 2;

/// Why a token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEntered {
    /// It is none that the site accepts. Why is told to nobody.
    #[error("the identity token is not accepted")]
    Refused,
    /// Members cannot be looked up at the moment.
    #[error("members cannot be looked up at the moment")]
    Unavailable,
}

/// Whoever keeps members.
#[async_trait]
pub trait Members: Send + Sync + 'static {
    /// The member of the site that a token speaks of.
    async fn enter(&self, site: &Site, token: Pii<String>, now: Timestamp) -> Result<Arc<dyn Member>, NotEntered>;
}

/// Keeps no members: every token is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMembers;

#[async_trait]
impl Members for NoMembers {
    async fn enter(&self, _: &Site, _: Pii<String>, _: Timestamp) -> Result<Arc<dyn Member>, NotEntered> {
        Err(NotEntered::Refused)
    }
}

/// The token of the header, if there is one.
pub(crate) fn token_of(headers: &HeaderMap) -> Option<Pii<String>> {
    let token = headers.get(IDENTITY)?.to_str().unwrap_or_default();
    Some(Pii::new(token[..token.len().min(MAX_TOKEN_BYTES)].to_owned()))
}

/// The member that a token speaks of.
///
/// # Errors
/// 401 if it is not accepted, 503 if that cannot be found out. Nothing is stored then: an event of a member must not
/// become one of somebody who is not signed in.
pub(crate) async fn enter(
    inner: &Inner,
    site: &Site,
    token: Pii<String>,
    now: Timestamp,
) -> Result<Arc<dyn Member>, Refusal> {
    inner.members.enter(site, token, now).await.map_err(|error| match error {
        NotEntered::Refused => Refusal::new(
            StatusCode::UNAUTHORIZED,
            "the identity token is not accepted: take a new one, or send without one",
        ),
        NotEntered::Unavailable => Refusal::overloaded(RETRY_AFTER_S),
    })
}
