//! Files of history and the spans they are of.

use object_store::path::Path;
use outis_event::{Day, SiteId};
use outis_insight::history::Span;
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{CatalogueError, CellFile, Change, ClosedSpan, number, small};

/// Makes the part of a change that is about history.
pub(super) async fn commit(tx: &mut Transaction<'_, Sqlite>, change: &Change) -> Result<(), CatalogueError> {
    for path in &change.remove_cells {
        sqlx::query("DELETE FROM warehouse_cells WHERE path = ?").bind(path.as_ref()).execute(&mut **tx).await?;
    }
    for file in &change.add_cells {
        sqlx::query("INSERT INTO warehouse_cells VALUES (?, ?, ?, ?, ?, ?)")
            .bind(file.path.as_ref())
            .bind(i64::from(file.site.0))
            .bind(file.span as i64)
            .bind(i64::from(file.first.0))
            .bind(i64::from(file.waiting))
            .bind(number(file.bytes)?)
            .execute(&mut **tx)
            .await?;
    }
    for (site, span, first) in &change.closed {
        // A span is closed once: what would close it again fails as a whole.
        sqlx::query("INSERT INTO warehouse_closed VALUES (?, ?, ?)")
            .bind(i64::from(site.0))
            .bind(*span as i64)
            .bind(i64::from(first.0))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// All files of history.
pub(super) async fn files(pool: &SqlitePool) -> Result<Vec<CellFile>, CatalogueError> {
    type Row = (String, i64, i64, i64, i64, i64);
    let sql = "SELECT path, site, span, first, waiting, bytes FROM warehouse_cells";
    let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(pool).await?;
    let file = |(path, site, span, first, waiting, bytes): Row| {
        Ok(CellFile {
            path: Path::from(path),
            site: SiteId(small(site)?),
            span: span_of(span)?,
            first: Day(small(first)?),
            waiting: waiting != 0,
            bytes: small(bytes)?,
        })
    };
    rows.into_iter().map(file).collect()
}

/// All spans that are closed.
pub(super) async fn closed(pool: &SqlitePool) -> Result<Vec<ClosedSpan>, CatalogueError> {
    let rows: Vec<(i64, i64, i64)> =
        sqlx::query_as("SELECT site, span, first FROM warehouse_closed").fetch_all(pool).await?;
    let span = |(site, span, first): (i64, i64, i64)| Ok((SiteId(small(site)?), span_of(span)?, Day(small(first)?)));
    rows.into_iter().map(span).collect()
}

fn span_of(number: i64) -> Result<Span, CatalogueError> {
    Span::of(small(number)?).ok_or(CatalogueError::Content)
}
