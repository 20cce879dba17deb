//! The vault as a file of its own.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::PeopleError;

/// No row numbers: the order in which members came is not kept.
pub(super) const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS people_version (version BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS people_owner (id BLOB PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS records (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS jobs (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
];
/// Reads of a transaction that begins so are of one moment.
pub(super) const ONE_MOMENT: &str = "BEGIN";
pub(super) const BYTES: &str = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";

/// Opens or makes `people.db` in this folder.
pub(super) async fn open(dir: &Path) -> Result<SqlitePool, PeopleError> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let options = options(&dir.join("people.db")).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    Ok(pool(options).await?)
}

/// Opens a file that a backup has.
pub(super) async fn open_copy(file: &Path) -> Result<SqlitePool, PeopleError> {
    Ok(pool(options(file)).await?)
}

/// Makes a new file that is whole by itself once the pool is closed.
pub(super) async fn make_copy(file: &Path) -> Result<SqlitePool, PeopleError> {
    if file.exists() {
        return Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists).into());
    }
    let options = options(file).create_if_missing(true).journal_mode(SqliteJournalMode::Delete);
    Ok(pool(options).await?)
}

fn options(file: &Path) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new().filename(file).synchronous(SqliteSynchronous::Full);
    options.pragma("secure_delete", "on").busy_timeout(Duration::from_secs(10))
}

async fn pool(options: SqliteConnectOptions) -> Result<SqlitePool, crate::DatabaseError> {
    Ok(SqlitePoolOptions::new().max_connections(4).connect_with(options).await?)
}
