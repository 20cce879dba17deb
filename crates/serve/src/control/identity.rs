//! Who may say who is signed in on a site: a secret shared with the application, or its public keys. Sealed.

use outis_event::SiteId;
use outis_keys::{DataKey, KeyName, Keys, Purpose, open_record, seal_record};
use outis_people::{Issuer, IssuerError};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::{Control, random_secret};
use crate::core::{Membership, Registry};

const KEY: KeyName = KeyName { purpose: Purpose::Control, label: *b"identity-issuers" };

/// What verifies a site's identity tokens.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Keyring {
    /// The characters of this text are the secret.
    Secret(String),
    /// A JWKS in JSON.
    Jwks(String),
}

/// A new issuer of a site.
pub(crate) enum NewIssuer {
    /// A fresh secret, told once.
    Secret,
    /// The public keys of an application, as a JWKS in JSON.
    Jwks(String),
}

/// The issuers of all sites.
pub(crate) struct IdentityStore {
    control: Control,
    key: DataKey,
}

impl IdentityStore {
    /// Opens them.
    ///
    /// # Errors
    /// When the key tree refuses.
    pub(crate) async fn open(control: Control, keys: &dyn Keys) -> anyhow::Result<IdentityStore> {
        Ok(IdentityStore { control, key: keys.get_or_create(KEY).await? })
    }

    /// Lets members in by what is kept of each site.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn load(&self, registry: &Registry, members: &Membership) -> anyhow::Result<()> {
        for state in registry.all() {
            let site = state.site();
            if let Some(keyring) = self.read(site.id).await? {
                members.set_issuer(site.id, Some(issuer(&keyring, &site.domain)?));
            }
        }
        Ok(())
    }

    /// Replaces a site's issuer. Gives the secret, if there is one: the only time it is told.
    ///
    /// # Errors
    /// When the keys are none, or it cannot be written.
    pub(crate) async fn set(
        &self,
        site: SiteId,
        domain: &str,
        new: NewIssuer,
        members: &Membership,
    ) -> anyhow::Result<Option<String>> {
        let keyring = match new {
            NewIssuer::Secret => Keyring::Secret(random_secret()?),
            NewIssuer::Jwks(text) => Keyring::Jwks(text),
        };
        let issuer = issuer(&keyring, domain)?;
        let sealed = seal_record(&self.key, &place(site), &serde_json::to_vec(&keyring)?)?;
        sqlx::query("INSERT INTO identity VALUES (?, ?) ON CONFLICT (site) DO UPDATE SET sealed = excluded.sealed")
            .bind(i64::from(site.0))
            .bind(sealed)
            .execute(&self.control.pool)
            .await?;
        members.set_issuer(site, Some(issuer));
        Ok(match keyring {
            Keyring::Secret(secret) => Some(secret),
            Keyring::Jwks(_) => None,
        })
    }

    /// Lets nobody be signed in on a site any more. What is kept of members stays.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn remove(&self, site: SiteId, members: &Membership) -> anyhow::Result<()> {
        let query = sqlx::query("DELETE FROM identity WHERE site = ?").bind(i64::from(site.0));
        query.execute(&self.control.pool).await?;
        members.set_issuer(site, None);
        Ok(())
    }

    /// How a site's tokens are verified: `secret`, `jwks` or not at all.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn kind(&self, site: SiteId) -> anyhow::Result<Option<&'static str>> {
        Ok(self.read(site).await?.map(|keyring| match keyring {
            Keyring::Secret(_) => "secret",
            Keyring::Jwks(_) => "jwks",
        }))
    }

    async fn read(&self, site: SiteId) -> anyhow::Result<Option<Keyring>> {
        let query = sqlx::query("SELECT sealed FROM identity WHERE site = ?").bind(i64::from(site.0));
        let Some(row) = query.fetch_optional(&self.control.pool).await? else { return Ok(None) };
        let sealed: Vec<u8> = row.try_get("sealed")?;
        Ok(Some(serde_json::from_slice(&open_record(&self.key, &place(site), &sealed)?)?))
    }
}

fn issuer(keyring: &Keyring, domain: &str) -> Result<Issuer, IssuerError> {
    match keyring {
        Keyring::Secret(secret) => Issuer::shared(secret.as_bytes(), domain),
        Keyring::Jwks(text) => Issuer::keys(text, domain),
    }
}

fn place(site: SiteId) -> Vec<u8> {
    format!("identity/{}", site.0).into_bytes()
}
