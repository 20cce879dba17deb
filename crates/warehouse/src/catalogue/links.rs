//! Pieces of link files.

use object_store::path::Path;
use outis_event::SiteId;
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{CatalogueError, Change, LinkFile, number, small};

/// Makes the part of a change that is about link files.
pub(super) async fn commit(tx: &mut Transaction<'_, Sqlite>, change: &Change) -> Result<(), CatalogueError> {
    for path in &change.remove_links {
        sqlx::query("DELETE FROM warehouse_links WHERE path = ?").bind(path.as_ref()).execute(&mut **tx).await?;
    }
    for piece in &change.add_links {
        sqlx::query("INSERT INTO warehouse_links VALUES (?, ?, ?, ?, ?, ?)")
            .bind(piece.path.as_ref())
            .bind(i64::from(piece.site.0))
            .bind(i64::from(piece.period))
            .bind(number(piece.entries)?)
            .bind(number(piece.from)?)
            .bind(number(piece.to)?)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// All pieces.
pub(super) async fn files(pool: &SqlitePool) -> Result<Vec<LinkFile>, CatalogueError> {
    type Row = (String, i64, i64, i64, i64, i64);
    let sql = "SELECT path, site, period, entries, arrival_from, arrival_to FROM warehouse_links";
    let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(pool).await?;
    let piece = |(path, site, period, entries, from, to): Row| {
        Ok(LinkFile {
            path: Path::from(path),
            site: SiteId(small(site)?),
            period: small(period)?,
            entries: small(entries)?,
            from: small(from)?,
            to: small(to)?,
        })
    };
    rows.into_iter().map(piece).collect()
}
