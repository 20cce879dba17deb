//! Placements that staff declared: rules about items and tags, sealed as those are. A number is given once and never to
//! another.

use std::collections::HashMap;

use outis_disclose::note;
use outis_event::SiteId;
use outis_keys::{KeyName, Keys, Purpose, open_record, seal_record};
use sqlx::Row;

use super::Control;
use crate::core::models::placement::{FIRST_NUMBER, PlacementText};

const KEY: KeyName = KeyName { purpose: Purpose::Control, label: *b"placements------" };

fn place(site: SiteId, name: &str) -> Vec<u8> {
    [b"outis/placement/".as_slice(), &site.0.to_be_bytes(), name.as_bytes()].concat()
}

impl Control {
    /// The placements of all sites with their numbers. One that this program cannot read is left out.
    pub(crate) async fn placements(
        &self,
        keys: &dyn Keys,
    ) -> anyhow::Result<HashMap<SiteId, Vec<(u16, PlacementText)>>> {
        let query = "SELECT site, name, number, value FROM placements WHERE value IS NOT NULL ORDER BY site, number";
        let rows = sqlx::query(query).fetch_all(&self.pool).await?;
        let key = keys.get_or_create(KEY).await?;
        let mut all: HashMap<SiteId, Vec<(u16, PlacementText)>> = HashMap::new();
        for row in rows {
            let site = SiteId(u32::try_from(row.try_get::<i64, _>("site")?)?);
            let number = u16::try_from(row.try_get::<i64, _>("number")?)?;
            let place = place(site, &row.try_get::<String, _>("name")?);
            let plain = open_record(&key, &place, &row.try_get::<Vec<u8>, _>("value")?).ok();
            match plain.and_then(|plain| serde_json::from_slice(&plain).ok()) {
                Some(text) => all.entry(site).or_default().push((number, text)),
                None => note!(Warn, "a placement cannot be read and is left out"),
            }
        }
        Ok(all)
    }

    /// Saves a placement, in place of one of the same name; `None`: takes it away. True if there was one.
    pub(crate) async fn save_placement(
        &self,
        keys: &dyn Keys,
        site: SiteId,
        name: &str,
        text: Option<&PlacementText>,
    ) -> anyhow::Result<bool> {
        let value = match text {
            Some(text) => {
                let key = keys.get_or_create(KEY).await?;
                Some(seal_record(&key, &place(site, name), &serde_json::to_vec(text)?)?)
            }
            None => None,
        };
        let mut change = self.pool.begin().await?;
        let there: Option<Option<Vec<u8>>> =
            sqlx::query_scalar("SELECT value FROM placements WHERE site = ? AND name = ?")
                .bind(i64::from(site.0))
                .bind(name)
                .fetch_optional(&mut *change)
                .await?;
        if there.is_none() && value.is_some() {
            sqlx::query(
                "INSERT INTO placements (site, name, number) VALUES (?1, ?2,
                    (SELECT MAX(?3, COALESCE(MAX(number) + 1, 0)) FROM placements WHERE site = ?1))",
            )
            .bind(i64::from(site.0))
            .bind(name)
            .bind(i64::from(FIRST_NUMBER))
            .execute(&mut *change)
            .await?;
        }
        sqlx::query("UPDATE placements SET value = ? WHERE site = ? AND name = ?")
            .bind(value)
            .bind(i64::from(site.0))
            .bind(name)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(there.flatten().is_some())
    }
}
