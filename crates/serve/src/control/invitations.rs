//! Links that make accounts, and tickets that show who runs the machine: hashes of secrets that are good once.

use outis_event::Timestamp;
use sqlx::Row;

use super::{Control, Roles, digest, random_secret};

/// How long the link of `outis setup` is good.
const SETUP_MS: i64 = 30 * 60_000;
/// How long a link is good that somebody is invited with.
pub(crate) const INVITATION_HOURS: i64 = 72;
/// How long the command line may take to use its ticket.
const TICKET_MS: i64 = 60_000;

impl Control {
    /// A code for the first account, or another one that decides everything: good once, for half an hour.
    pub(crate) async fn create_setup_code(&self, now: Timestamp) -> anyhow::Result<String> {
        self.invite(&Roles::of_the_first(), now, SETUP_MS).await
    }

    /// A code for an account with these roles: good once, for three days.
    pub(crate) async fn create_invitation(&self, roles: &Roles, now: Timestamp) -> anyhow::Result<String> {
        self.invite(roles, now, INVITATION_HOURS * 3_600_000).await
    }

    async fn invite(&self, roles: &Roles, now: Timestamp, for_ms: i64) -> anyhow::Result<String> {
        let code = random_secret()?;
        sqlx::query("DELETE FROM invitations WHERE expires_ms <= ?").bind(now.0).execute(&self.pool).await?;
        sqlx::query("INSERT INTO invitations (hash, roles, expires_ms) VALUES (?, ?, ?)")
            .bind(digest(code.as_bytes()))
            .bind(serde_json::to_string(roles)?)
            .bind(now.plus_ms(for_ms).0)
            .execute(&self.pool)
            .await?;
        Ok(code)
    }

    /// Uses an invitation up: the roles that it is for, if it is good.
    pub(super) async fn use_invitation(&self, code: &str, now: Timestamp) -> anyhow::Result<Option<Roles>> {
        let query = sqlx::query("DELETE FROM invitations WHERE hash = ? AND expires_ms > ? RETURNING roles");
        let row = query.bind(digest(code.as_bytes())).bind(now.0).fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(serde_json::from_str(row.try_get("roles")?)?))
    }

    /// A ticket for the running server: whoever can write it may write the data directory.
    pub(crate) async fn create_ticket(&self, now: Timestamp) -> anyhow::Result<String> {
        let ticket = random_secret()?;
        sqlx::query("INSERT INTO tickets (hash, expires_ms) VALUES (?, ?)")
            .bind(digest(ticket.as_bytes()))
            .bind(now.plus_ms(TICKET_MS).0)
            .execute(&self.pool)
            .await?;
        Ok(ticket)
    }

    /// True if the ticket is good; it is used up.
    pub(crate) async fn use_ticket(&self, ticket: &str, now: Timestamp) -> anyhow::Result<bool> {
        sqlx::query("DELETE FROM tickets WHERE expires_ms <= ?").bind(now.0).execute(&self.pool).await?;
        let query = sqlx::query("DELETE FROM tickets WHERE hash = ?").bind(digest(ticket.as_bytes()));
        Ok(query.execute(&self.pool).await?.rows_affected() > 0)
    }
}
