//! Counts of what became of events, kept across restarts: plain numbers by reason.

use outis_capture::Counts;
use outis_event::{DropReason, Rewrite, SiteId};
use sqlx::Row;

use super::Control;

const STORED: &str = "stored";
const DROPPED: &str = "dropped";
const REWRITTEN: &str = "rewritten";

impl Control {
    /// The counts of a site as they were last written.
    pub(crate) async fn counts(&self, site: SiteId) -> anyhow::Result<Counts> {
        let query = sqlx::query("SELECT kind, reason, count FROM counters WHERE site = ?").bind(i64::from(site.0));
        let mut counts = Counts::default();
        for row in query.fetch_all(&self.pool).await? {
            let (kind, reason): (String, String) = (row.try_get("kind")?, row.try_get("reason")?);
            let count = u64::try_from(row.try_get::<i64, _>("count")?).unwrap_or(0);
            match kind.as_str() {
                STORED => counts.stored = count,
                DROPPED => {
                    let known = DropReason::ALL.iter().find(|known| known.key() == reason);
                    counts.dropped.extend(known.map(|known| (*known, count)));
                }
                _ => {
                    let known = Rewrite::ALL.iter().find(|known| known.key() == reason);
                    counts.rewritten.extend(known.map(|known| (*known, count)));
                }
            }
        }
        Ok(counts)
    }

    /// Writes the counts of a site.
    pub(crate) async fn save_counts(&self, site: SiteId, counts: &Counts) -> anyhow::Result<()> {
        let mut rows = vec![(STORED, "", counts.stored)];
        rows.extend(counts.dropped.iter().map(|(reason, count)| (DROPPED, reason.key(), *count)));
        rows.extend(counts.rewritten.iter().map(|(reason, count)| (REWRITTEN, reason.key(), *count)));
        let mut change = self.pool.begin().await?;
        for (kind, reason, count) in rows {
            sqlx::query("INSERT OR REPLACE INTO counters (site, kind, reason, count) VALUES (?, ?, ?, ?)")
                .bind(i64::from(site.0))
                .bind(kind)
                .bind(reason)
                .bind(i64::try_from(count).unwrap_or(i64::MAX))
                .execute(&mut *change)
                .await?;
        }
        change.commit().await?;
        Ok(())
    }
}
