//! Files of day counts.

use object_store::path::Path;
use outis_event::{Day, SiteId, Term};
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{CatalogueError, Change, CountFile, number, small};
use crate::counts::Subject;

/// Makes the part of a change that is about day counts.
pub(super) async fn commit(tx: &mut Transaction<'_, Sqlite>, change: &Change) -> Result<(), CatalogueError> {
    for path in &change.remove_counts {
        sqlx::query("DELETE FROM warehouse_counts WHERE path = ?").bind(path.as_ref()).execute(&mut **tx).await?;
    }
    for CountFile { path, subject, bytes } in &change.add_counts {
        sqlx::query("INSERT INTO warehouse_counts VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(path.as_ref())
            .bind(i64::from(subject.site.0))
            .bind(i64::from(subject.day.0))
            .bind(&subject.zone)
            .bind(i64::from(subject.pageview.0))
            .bind(i64::from(subject.engagement.0))
            .bind(number(*bytes)?)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// All files of day counts.
pub(super) async fn files(pool: &SqlitePool) -> Result<Vec<CountFile>, CatalogueError> {
    type Row = (String, i64, i64, String, i64, i64, i64);
    let sql = "SELECT path, site, day, zone, pageview, engagement, bytes FROM warehouse_counts";
    let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(pool).await?;
    let file = |(path, site, day, zone, pageview, engagement, bytes): Row| {
        let [pageview, engagement] = [pageview, engagement].map(small);
        let subject = Subject {
            site: SiteId(small(site)?),
            day: Day(small(day)?),
            zone,
            pageview: Term(pageview?),
            engagement: Term(engagement?),
        };
        Ok(CountFile { path: Path::from(path), subject, bytes: small(bytes)? })
    };
    rows.into_iter().map(file).collect()
}
