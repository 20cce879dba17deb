//! The demo's application: who of the made-up people has joined, and the tokens that say so.

use anyhow::Context;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use outis_event::{SiteId, Timestamp};
use outis_people::{ExternalId, Preference, Purpose, Stated};
use serde_json::{Value, json};

use super::SITE;
use super::content::{Content, TOPICS};
use super::people::Person;
use crate::control::NewIssuer;
use crate::core::Core;

/// Institutions and their shares; the last is none.
const CUSTOMERS: [(&str, u32); 5] =
    [("Alpine University", 24), ("City Library", 20), ("Harbour College", 14), ("Northern Institute", 10), ("", 32)];
/// How long a token is good for.
const TOKEN_S: i64 = 3_000;
/// Percent of members who want recommendations from what they like.
const PERSONALISED: usize = 60;
/// The member that whoever looks at the demo's pages may be.
const GUEST: &str = "reader-guest";
/// What they follow.
pub(super) const GUEST_TAGS: [&str; 2] = ["maps", "astronomy"];
/// What they like to begin with.
const GUEST_LIKES: [&str; 2] = ["/articles/maps-case-study", "/articles/astronomy-interview"];
/// Of the text of the consent.
const CONSENT_VERSION: u32 = 1;

/// Signs tokens, as the application's backend would.
pub(super) struct Application {
    site: SiteId,
    key: hmac::Key,
}

impl Application {
    /// With a new secret of the site.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) async fn new(core: &Core, site: SiteId) -> anyhow::Result<Application> {
        let secret = core.identity.set(site, SITE, NewIssuer::Secret, &core.members).await?.unwrap_or_default();
        Ok(Application { site, key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()) })
    }

    /// What says that somebody is signed in.
    pub(super) fn token(&self, person: &Person, now: Timestamp) -> String {
        let mut claims = claims(&id(person.number), now);
        claims["tags"] = json!([TOPICS[person.taste % TOPICS.len()]]);
        let customer = customer(person.number);
        if !customer.is_empty() {
            claims["customer"] = json!(customer);
        }
        self.signed(&claims)
    }

    /// What says that the demo's reader is signed in.
    pub(super) fn guest_token(&self, now: Timestamp) -> String {
        self.signed(&claims(GUEST, now))
    }

    fn signed(&self, claims: &Value) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
        let tag = hmac::sign(&self.key, message.as_bytes());
        format!("{message}.{}", BASE64.encode(tag))
    }

    /// The site that it is of.
    pub(super) fn site(&self) -> SiteId {
        self.site
    }

    /// Lets the demo's reader join, if there is none yet: they agree, follow two tags and like two articles.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) async fn welcome_guest(&self, core: &Core) -> anyhow::Result<()> {
        let people = &core.members.people;
        let id = ExternalId::new(GUEST.to_owned()).context("an id")?;
        if people.find(self.site, &id).await?.is_some() {
            return Ok(());
        }
        let active = people.find_or_make(self.site, &id).await?;
        people.consent(&active, Purpose::Personalisation, true, CONSENT_VERSION, core.clock.now()).await?;
        let tags = GUEST_TAGS.map(str::to_owned).into();
        people.state(&active, Stated { tags, ..Stated::default() }).await?;
        for item in GUEST_LIKES {
            people.prefer(&active, Preference::Like, item, true).await?;
        }
        Ok(())
    }

    /// Whether the demo's reader likes an item.
    pub(super) async fn guest_likes(&self, core: &Core, item: &str) -> bool {
        let Some(id) = ExternalId::new(GUEST.to_owned()) else { return false };
        let found = core.members.people.find(self.site, &id).await.ok().flatten();
        let liked = found.and_then(|active| active.items(Preference::Like).ok());
        liked.is_some_and(|liked| liked.iter().any(|liked| liked == item))
    }

    /// Somebody joins: most want recommendations.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) async fn join(&self, core: &Core, person: &Person) -> anyhow::Result<()> {
        if person.number % 100 >= PERSONALISED {
            return Ok(());
        }
        let people = &core.members.people;
        let id = ExternalId::new(id(person.number)).context("an id")?;
        let active = people.find_or_make(self.site, &id).await?;
        people.consent(&active, Purpose::Personalisation, true, CONSENT_VERSION, core.clock.now()).await?;
        for item in liked_before(person) {
            people.prefer(&active, Preference::Like, &item, true).await?;
        }
        Ok(())
    }
}

/// What somebody liked in the application before it told anybody: of their topic, and one of the next.
fn liked_before(person: &Person) -> Vec<String> {
    let articles = Content::new().articles;
    let of = |topic: usize, kind: usize| {
        let at = kind * TOPICS.len() + topic % TOPICS.len();
        articles.get(at % articles.len()).map(|item| item.path.clone())
    };
    let number = person.number / 100;
    let own = [0, 1, 3, 4, 6].map(|step| of(person.taste, number + step));
    own.into_iter().chain([of(person.taste + 1, number)]).flatten().collect()
}

fn claims(sub: &str, now: Timestamp) -> Value {
    json!({ "sub": sub, "aud": SITE, "exp": now.0 / 1000 + TOKEN_S })
}

fn id(number: usize) -> String {
    format!("reader-{number}")
}

/// The institution of a person, always the same.
fn customer(number: usize) -> &'static str {
    let shares: u32 = CUSTOMERS.iter().map(|(_, share)| share).sum();
    let mut left = u32::try_from(number.wrapping_mul(7919) % shares as usize).unwrap_or(0);
    for (name, share) in CUSTOMERS {
        if left < share {
            return name;
        }
        left -= share;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_institution_has_people_and_some_people_have_none() {
        for (name, _) in CUSTOMERS {
            assert!((0..200).any(|number| customer(number) == name), "{name}");
        }
    }
}
