//! Bearer tokens of programs.

use outis_event::{Day, SiteId};
use sqlx::Row;

use super::{Control, digest, random_secret};

/// How every token begins.
pub(crate) const TOKEN_PREFIX: &str = "outis_";

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Scope {
    /// Ask questions of statistics.
    Stats,
    /// Read and change sites.
    Sites,
    /// Read, change and forget members.
    People,
    /// Read and change the catalogue, and read what is the same for everybody.
    Items,
    /// Tell what texts mean, and do what they ask for.
    Intents,
}

impl Scope {
    fn key(self) -> &'static str {
        match self {
            Scope::Stats => "stats",
            Scope::Sites => "sites",
            Scope::People => "people",
            Scope::Items => "items",
            Scope::Intents => "intents",
        }
    }
}

/// A token's rights.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// The only site it is for; `None`: all.
    site: Option<SiteId>,
    scopes: String,
}

impl Token {
    /// True if the token is for this site, or for all.
    pub(crate) fn is_for(&self, site: SiteId) -> bool {
        self.site.is_none_or(|only| only == site)
    }

    /// The only site that the token is for; `None`: it is for all.
    pub(crate) fn only_site(&self) -> Option<SiteId> {
        self.site
    }

    /// True if the token may do this.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.split(',').any(|s| s == scope.key())
    }
}

impl Control {
    /// Makes a token; the answer is the only time it is shown.
    pub(crate) async fn create_token(
        &self,
        site: Option<SiteId>,
        scopes: &[Scope],
        today: Day,
    ) -> anyhow::Result<String> {
        let token = format!("{TOKEN_PREFIX}{}", random_secret()?);
        let scopes: Vec<&str> = scopes.iter().map(|s| s.key()).collect();
        sqlx::query("INSERT INTO tokens (hash, site, scopes, created_day) VALUES (?, ?, ?, ?)")
            .bind(digest(token.as_bytes()))
            .bind(site.map(|s| i64::from(s.0)))
            .bind(scopes.join(","))
            .bind(i64::from(today.0))
            .execute(&self.pool)
            .await?;
        Ok(token)
    }

    /// The rights of a token.
    pub(crate) async fn token(&self, token: &str) -> anyhow::Result<Option<Token>> {
        let query = sqlx::query("SELECT site, scopes FROM tokens WHERE hash = ?").bind(digest(token.as_bytes()));
        let Some(row) = query.fetch_optional(&self.pool).await? else { return Ok(None) };
        let site: Option<i64> = row.try_get("site")?;
        Ok(Some(Token { site: site.and_then(|s| u32::try_from(s).ok()).map(SiteId), scopes: row.try_get("scopes")? }))
    }
}
