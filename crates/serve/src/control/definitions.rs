//! What staff saved under a name, in the control database: filters and names, nothing personal.

use std::collections::HashMap;

use outis_disclose::note;
use outis_event::SiteId;
use outis_insight::{Definition, DefinitionKind, Definitions};
use sqlx::{Row, SqliteConnection};

use super::Control;

impl Control {
    /// A number that grows with every change of any definition.
    pub(crate) async fn definition_changes(&self) -> anyhow::Result<i64> {
        let changes = sqlx::query_scalar("SELECT changes FROM definition_changes").fetch_optional(&self.pool).await?;
        Ok(changes.unwrap_or(0))
    }

    /// The definitions of all sites. One that this program cannot read is left out.
    pub(crate) async fn definitions(&self) -> anyhow::Result<HashMap<SiteId, Definitions>> {
        let rows = sqlx::query("SELECT site, kind, name, value FROM definitions").fetch_all(&self.pool).await?;
        let mut all: HashMap<SiteId, Definitions> = HashMap::new();
        for row in rows {
            let site = SiteId(u32::try_from(row.try_get::<i64, _>("site")?)?);
            let (kind, value): (String, String) = (row.try_get("kind")?, row.try_get("value")?);
            let value = serde_json::from_str(&value).ok();
            let definition = DefinitionKind::from_key(&kind)
                .zip(value)
                .and_then(|(kind, value): (_, serde_json::Value)| Definition::read(kind, &value).ok());
            match definition {
                Some(definition) => all.entry(site).or_default().put(row.try_get("name")?, definition),
                None => note!(Warn, "a saved definition cannot be read and is left out"),
            }
        }
        Ok(all)
    }

    /// Saves a definition, in place of one of the same kind and name.
    pub(crate) async fn save_definition(
        &self,
        site: SiteId,
        kind: DefinitionKind,
        name: &str,
        value: &serde_json::Value,
    ) -> anyhow::Result<()> {
        let mut change = self.pool.begin().await?;
        sqlx::query("INSERT OR REPLACE INTO definitions (site, kind, name, value) VALUES (?, ?, ?, ?)")
            .bind(i64::from(site.0))
            .bind(kind.key())
            .bind(name)
            .bind(value.to_string())
            .execute(&mut *change)
            .await?;
        changed(&mut change).await?;
        change.commit().await?;
        Ok(())
    }

    /// Removes a definition. True if it was there.
    pub(crate) async fn remove_definition(
        &self,
        site: SiteId,
        kind: DefinitionKind,
        name: &str,
    ) -> anyhow::Result<bool> {
        let mut change = self.pool.begin().await?;
        let removed = sqlx::query("DELETE FROM definitions WHERE site = ? AND kind = ? AND name = ?")
            .bind(i64::from(site.0))
            .bind(kind.key())
            .bind(name)
            .execute(&mut *change)
            .await?;
        changed(&mut change).await?;
        change.commit().await?;
        Ok(removed.rows_affected() > 0)
    }
}

async fn changed(connection: &mut SqliteConnection) -> anyhow::Result<()> {
    let count = "INSERT INTO definition_changes VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET changes = changes + 1";
    sqlx::query(count).execute(connection).await?;
    Ok(())
}
