//! Sites in the control database.

use jiff::tz::TimeZone;
use outis_event::{Day, Mode, Plan, Policy, PolicyError, Shields, Site, SiteId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Control;

/// A site about to be registered.
#[derive(Clone, Debug)]
pub(crate) struct NewSite {
    pub(crate) domain: String,
    pub(crate) zone: String,
    pub(crate) policy: Policy,
    pub(crate) plan: Plan,
    pub(crate) origins: Vec<String>,
}

/// Lower case, without scheme, `www.` and trailing slash.
pub(crate) fn normal_domain(text: &str) -> Result<String, PolicyError> {
    let lower = text.trim().to_ascii_lowercase();
    let bare = lower.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
    let bare = bare.trim_end_matches('/');
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._/:".contains(c);
    if bare.is_empty() || bare.len() > 253 || !bare.chars().all(allowed) {
        return Err(PolicyError::Domain);
    }
    Ok(bare.to_owned())
}

/// A site as the database has it: compared as a whole to find out what changed, read when something did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SiteRow {
    id: i64,
    domain: String,
    zone: String,
    policy: String,
    shields: String,
    plan: String,
    origins: String,
    debug_token_hash: Option<Vec<u8>>,
}

impl SiteRow {
    fn new(row: &SqliteRow) -> anyhow::Result<SiteRow> {
        let text = |name: &str| row.try_get::<String, _>(name);
        Ok(SiteRow {
            id: row.try_get("id")?,
            domain: text("domain")?,
            zone: text("zone")?,
            policy: text("policy")?,
            shields: text("shields")?,
            plan: text("plan")?,
            origins: text("origins")?,
            debug_token_hash: row.try_get("debug_token_hash")?,
        })
    }

    /// The site's name.
    pub(crate) fn domain(&self) -> &str {
        &self.domain
    }

    /// The site with its settings.
    ///
    /// # Errors
    /// When the row is damaged or of another version.
    pub(crate) fn site(&self) -> anyhow::Result<Site> {
        Ok(Site {
            id: SiteId(u32::try_from(self.id)?),
            domain: self.domain.clone(),
            zone: TimeZone::get(&self.zone)?,
            policy: serde_json::from_str(&self.policy)?,
            shields: serde_json::from_str(&self.shields)?,
            plan: serde_json::from_str(&self.plan)?,
            origins: serde_json::from_str(&self.origins)?,
            debug_token_hash: self.debug_token_hash.clone().and_then(|hash| hash.try_into().ok()),
        })
    }
}

impl Control {
    /// Registers a site.
    pub(crate) async fn add_site(&self, new: NewSite, today: Day) -> anyhow::Result<SiteId> {
        let domain = normal_domain(&new.domain)?;
        TimeZone::get(&new.zone).map_err(|_| PolicyError::TimeZone)?;
        new.policy.check()?;
        new.plan.check()?;
        let exists: Option<i64> = sqlx::query_scalar("SELECT id FROM sites WHERE domain = ?")
            .bind(&domain)
            .fetch_optional(&self.pool)
            .await?;
        if exists.is_some() {
            anyhow::bail!("the site {domain} is registered already");
        }
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO sites (domain, zone, policy, shields, plan, origins, created_day) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(&domain)
        .bind(&new.zone)
        .bind(serde_json::to_string(&new.policy)?)
        .bind(serde_json::to_string(&Shields::default())?)
        .bind(serde_json::to_string(&new.plan)?)
        .bind(serde_json::to_string(&new.origins)?)
        .bind(i64::from(today.0))
        .fetch_one(&self.pool)
        .await?;
        Ok(SiteId(u32::try_from(id)?))
    }

    /// The rows of all sites, by number.
    pub(crate) async fn site_rows(&self) -> anyhow::Result<Vec<SiteRow>> {
        let rows = sqlx::query("SELECT * FROM sites ORDER BY id").fetch_all(&self.pool).await?;
        rows.iter().map(SiteRow::new).collect()
    }

    /// All sites, by number.
    pub(crate) async fn sites(&self) -> anyhow::Result<Vec<Site>> {
        self.site_rows().await?.iter().map(SiteRow::site).collect()
    }

    /// The site of this name.
    pub(crate) async fn site(&self, domain: &str) -> anyhow::Result<Option<Site>> {
        let domain = normal_domain(domain)?;
        let row = sqlx::query("SELECT * FROM sites WHERE domain = ?").bind(domain).fetch_optional(&self.pool).await?;
        row.map(|row| SiteRow::new(&row)?.site()).transpose()
    }

    /// Replaces a site's plan. A strict one ends learning; it would begin anew.
    pub(crate) async fn set_plan(&self, id: SiteId, plan: &Plan) -> anyhow::Result<()> {
        plan.check()?;
        let query = sqlx::query("UPDATE sites SET plan = ? WHERE id = ?");
        query.bind(serde_json::to_string(plan)?).bind(i64::from(id.0)).execute(&self.pool).await?;
        if plan.mode == Mode::Strict {
            sqlx::query("DELETE FROM learning WHERE site = ?").bind(i64::from(id.0)).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// The day on which a site began to learn: today, if it was not known to.
    pub(crate) async fn learning_since(&self, id: SiteId, today: Day) -> anyhow::Result<Day> {
        sqlx::query("INSERT OR IGNORE INTO learning (site, since_day) VALUES (?, ?)")
            .bind(i64::from(id.0))
            .bind(i64::from(today.0))
            .execute(&self.pool)
            .await?;
        self.learning(id).await.map(|since| since.unwrap_or(today))
    }

    /// The day on which a site began to learn, if it does.
    pub(crate) async fn learning(&self, id: SiteId) -> anyhow::Result<Option<Day>> {
        let since: Option<i64> = sqlx::query_scalar("SELECT since_day FROM learning WHERE site = ?")
            .bind(i64::from(id.0))
            .fetch_optional(&self.pool)
            .await?;
        Ok(since.map(i32::try_from).transpose()?.map(Day))
    }

    /// Replaces what a site promises, leaves out and accepts.
    pub(crate) async fn set_settings(
        &self,
        id: SiteId,
        policy: &Policy,
        shields: &Shields,
        origins: &[String],
    ) -> anyhow::Result<()> {
        policy.check()?;
        sqlx::query("UPDATE sites SET policy = ?, shields = ?, origins = ? WHERE id = ?")
            .bind(serde_json::to_string(policy)?)
            .bind(serde_json::to_string(shields)?)
            .bind(serde_json::to_string(origins)?)
            .bind(i64::from(id.0))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Sets or clears the hash of the debug token.
    pub(crate) async fn set_debug_token(&self, id: SiteId, hash: Option<&[u8]>) -> anyhow::Result<()> {
        let query = sqlx::query("UPDATE sites SET debug_token_hash = ? WHERE id = ?");
        query.bind(hash).bind(i64::from(id.0)).execute(&self.pool).await?;
        Ok(())
    }
}
