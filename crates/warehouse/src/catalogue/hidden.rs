//! Pieces of tombstones, and rosters.

use object_store::path::Path;
use outis_event::{Day, SiteId};
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{CatalogueError, Change, HiddenFile, RosterFile, small};

/// Makes the part of a change that is about tombstones and rosters.
pub(super) async fn commit(tx: &mut Transaction<'_, Sqlite>, change: &Change) -> Result<(), CatalogueError> {
    for path in &change.remove_hidden {
        sqlx::query("DELETE FROM warehouse_hidden WHERE path = ?").bind(path.as_ref()).execute(&mut **tx).await?;
    }
    for file in &change.add_hidden {
        let query = sqlx::query("INSERT INTO warehouse_hidden VALUES (?, ?)");
        query.bind(file.path.as_ref()).bind(i64::from(file.site.0)).execute(&mut **tx).await?;
    }
    for path in &change.remove_rosters {
        sqlx::query("DELETE FROM warehouse_rosters WHERE path = ?").bind(path.as_ref()).execute(&mut **tx).await?;
    }
    for roster in &change.add_rosters {
        sqlx::query("INSERT INTO warehouse_rosters VALUES (?, ?, ?)")
            .bind(roster.path.as_ref())
            .bind(i64::from(roster.site.0))
            .bind(i64::from(roster.day.0))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// All pieces of tombstones.
pub(super) async fn files(pool: &SqlitePool) -> Result<Vec<HiddenFile>, CatalogueError> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT path, site FROM warehouse_hidden").fetch_all(pool).await?;
    let file = |(path, site): (String, i64)| Ok(HiddenFile { path: Path::from(path), site: SiteId(small(site)?) });
    rows.into_iter().map(file).collect()
}

/// All rosters.
pub(super) async fn rosters(pool: &SqlitePool) -> Result<Vec<RosterFile>, CatalogueError> {
    let sql = "SELECT path, site, day FROM warehouse_rosters";
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(sql).fetch_all(pool).await?;
    let roster = |(path, site, day): (String, i64, i64)| {
        Ok(RosterFile { path: Path::from(path), site: SiteId(small(site)?), day: Day(small(day)?) })
    };
    rows.into_iter().map(roster).collect()
}
