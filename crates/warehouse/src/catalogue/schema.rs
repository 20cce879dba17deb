//! Tables of the catalogue.

use sqlx::SqlitePool;

use super::CatalogueError;

const VERSION: i64 = 4;
/// Versions before there were history, day counts, link files, tombstones and noise: of what they have, the tables are the
/// same.
const EARLIER: std::ops::Range<i64> = 1..VERSION;

/// Without row numbers, which would tell the order of arrival; file names and word ids are random.
const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS warehouse_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warehouse_files (
        path TEXT PRIMARY KEY, site INTEGER NOT NULL, day INTEGER NOT NULL, kind INTEGER NOT NULL,
        level INTEGER NOT NULL, rows INTEGER NOT NULL, visitors INTEGER NOT NULL,
        arrival_from INTEGER NOT NULL, arrival_to INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warehouse_words (
        id BLOB PRIMARY KEY, site INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warehouse_consumed (
        node INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warehouse_horizons (
        site INTEGER PRIMARY KEY, arrival INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warehouse_cells (
        path TEXT PRIMARY KEY, site INTEGER NOT NULL, span INTEGER NOT NULL, first INTEGER NOT NULL,
        waiting INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warehouse_closed (
        site INTEGER NOT NULL, span INTEGER NOT NULL, first INTEGER NOT NULL,
        PRIMARY KEY (site, span, first)) WITHOUT ROWID",
    // A day is counted once: counting it again takes the first counts out.
    "CREATE TABLE IF NOT EXISTS warehouse_counts (
        path TEXT PRIMARY KEY, site INTEGER NOT NULL, day INTEGER NOT NULL, zone TEXT NOT NULL,
        pageview INTEGER NOT NULL, engagement INTEGER NOT NULL, bytes INTEGER NOT NULL,
        UNIQUE (site, day)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warehouse_links (
        path TEXT PRIMARY KEY, site INTEGER NOT NULL, period INTEGER NOT NULL, entries INTEGER NOT NULL,
        arrival_from INTEGER NOT NULL, arrival_to INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warehouse_hidden (path TEXT PRIMARY KEY, site INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warehouse_rosters (
        path TEXT PRIMARY KEY, site INTEGER NOT NULL, day INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS warehouse_noise (
        site INTEGER NOT NULL, family INTEGER NOT NULL, subfamily INTEGER NOT NULL, span INTEGER NOT NULL,
        first INTEGER NOT NULL, attempt INTEGER NOT NULL, other INTEGER NOT NULL, measure INTEGER NOT NULL,
        bound INTEGER NOT NULL, numerator INTEGER NOT NULL, denominator INTEGER NOT NULL, nano INTEGER NOT NULL,
        paid INTEGER NOT NULL,
        PRIMARY KEY (site, family, subfamily, span, first, attempt, other, measure)) WITHOUT ROWID",
];

/// The tables that list files.
pub(super) const TABLES_OF_FILES: [&str; 6] = [
    "warehouse_files",
    "warehouse_cells",
    "warehouse_counts",
    "warehouse_links",
    "warehouse_hidden",
    "warehouse_rosters",
];

/// Makes the tables; refuses a catalogue of another version before anything else is read or written.
pub(super) async fn migrate(pool: &SqlitePool) -> Result<(), CatalogueError> {
    for table in TABLES {
        sqlx::query(*table).execute(pool).await?;
    }
    let version: Option<i64> =
        sqlx::query_scalar("SELECT value FROM warehouse_meta WHERE name = 'version'").fetch_optional(pool).await?;
    match version {
        None => {
            sqlx::query("INSERT INTO warehouse_meta VALUES ('version', ?)").bind(VERSION).execute(pool).await?;
            Ok(())
        }
        Some(VERSION) => Ok(()),
        Some(found) if EARLIER.contains(&found) => {
            sqlx::query("UPDATE warehouse_meta SET value = ? WHERE name = 'version'")
                .bind(VERSION)
                .execute(pool)
                .await?;
            Ok(())
        }
        Some(found) => Err(CatalogueError::Version { found, known: VERSION }),
    }
}
