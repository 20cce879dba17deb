//! The control database: sites, staff, sessions, tokens. Personal and secret columns are sealed or hashed.

mod audit;
mod counts;
mod definitions;
mod identity;
mod intents;
mod invitations;
mod items;
mod password;
mod placements;
mod records;
mod requests;
mod roles;
mod schema;
mod sites;
mod staff;
mod tokens;

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::Context;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub(crate) use audit::{Actor, Deed, Entry, hour_of, hour_text};
pub(crate) use identity::{IdentityStore, NewIssuer};
pub(crate) use intents::IntentStore;
pub(crate) use invitations::INVITATION_HOURS;
pub(crate) use items::{Changed, ItemStore};
pub(crate) use records::{KEPT_DAYS, Records};
pub(crate) use requests::{Callbacks, Kind, NewRequest, Request, RequestId, State, Version};
pub(crate) use roles::{Permission, Role, Roles};
pub(crate) use sites::{NewSite, SiteRow, normal_domain};
pub(crate) use staff::{By, SESSION_DAYS, Staff, StaffError, StaffStore};
pub(crate) use tokens::{Scope, TOKEN_PREFIX, Token};

/// The control database. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    pool: SqlitePool,
}

impl Control {
    /// Opens or makes `control.db` in `dir`.
    pub(crate) async fn open(dir: &Path) -> anyhow::Result<Control> {
        // Nobody else on this machine has anything to look for here.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let options = SqliteConnectOptions::new()
            .filename(dir.join("control.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "on")
            .busy_timeout(std::time::Duration::from_secs(10))
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        schema::migrate(&pool).await?;
        Ok(Control { pool })
    }

    /// Copies the database, as it is at this moment, into a new file.
    ///
    /// # Errors
    /// When the file is there, or cannot be written.
    pub(crate) async fn copy_to(&self, file: &Path) -> anyhow::Result<()> {
        let file = file.to_str().context("the path is no text")?;
        sqlx::query("VACUUM INTO ?").bind(file).execute(&self.pool).await?;
        Ok(())
    }

    /// The pool, for the warehouse's catalogue: its commits and ours are one file.
    pub(crate) fn pool(&self) -> SqlitePool {
        self.pool.clone()
    }
}

/// SHA-256, for looking secrets up without keeping them. Only for values of at least 128 random bits.
pub(crate) fn digest(secret: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret).as_ref().to_vec()
}

/// A random secret of 256 bits, in base64url.
pub(crate) fn random_secret() -> anyhow::Result<String> {
    use base64::Engine;
    let mut bytes = [0u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests;
