//! The database of members: names and sealed bytes.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, SqlitePool};

use crate::PeopleError;

const VERSION: i64 = 1;

/// No row numbers: the order in which members came is not kept.
const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS people_version (version BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS records (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS jobs (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
];

/// A record: its name, and what is sealed there.
pub(crate) type Sealed = ([u8; 16], Vec<u8>);

/// What is changed together.
#[derive(Default)]
pub(crate) struct Change {
    pub(crate) put: Vec<Sealed>,
    pub(crate) remove: Vec<[u8; 16]>,
    pub(crate) put_jobs: Vec<Sealed>,
    pub(crate) remove_jobs: Vec<[u8; 16]>,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Database {
    pool: SqlitePool,
}

impl Database {
    /// Opens or makes `people.db` in this folder.
    pub(crate) async fn open(dir: &Path) -> Result<Database, PeopleError> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let options = SqliteConnectOptions::new()
            .filename(dir.join("people.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "on")
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        let database = Database { pool };
        database.migrate().await?;
        Ok(database)
    }

    async fn migrate(&self) -> Result<(), PeopleError> {
        for statement in TABLES {
            sqlx::query(*statement).execute(&self.pool).await?;
        }
        let found: Option<i64> =
            sqlx::query_scalar("SELECT version FROM people_version").fetch_optional(&self.pool).await?;
        match found {
            None => {
                sqlx::query("INSERT INTO people_version VALUES ($1)").bind(VERSION).execute(&self.pool).await?;
                Ok(())
            }
            Some(VERSION) => Ok(()),
            Some(found) => Err(PeopleError::Version { found, known: VERSION }),
        }
    }

    /// The sealed bytes of a record.
    pub(crate) async fn record(&self, id: &[u8; 16]) -> Result<Option<Vec<u8>>, PeopleError> {
        let found = sqlx::query_scalar("SELECT sealed FROM records WHERE id = $1").bind(&id[..]);
        Ok(found.fetch_optional(&self.pool).await?)
    }

    /// All unfinished work.
    pub(crate) async fn jobs(&self) -> Result<Vec<Sealed>, PeopleError> {
        let rows = sqlx::query("SELECT id, sealed FROM jobs").fetch_all(&self.pool).await?;
        let job = |row: &sqlx::sqlite::SqliteRow| {
            let id: Vec<u8> = row.try_get("id")?;
            Ok((id.try_into().map_err(|_| PeopleError::Damaged)?, row.try_get("sealed")?))
        };
        rows.iter().map(job).collect()
    }

    /// Changes everything or nothing; durable when it returns.
    pub(crate) async fn commit(&self, change: &Change) -> Result<(), PeopleError> {
        let mut transaction = self.pool.begin().await?;
        for (table, list) in [("records", &change.put), ("jobs", &change.put_jobs)] {
            let text = format!(
                "INSERT INTO {table} (id, sealed) VALUES ($1, $2)
                 ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed"
            );
            for (id, sealed) in list {
                let query = sqlx::query(sqlx::AssertSqlSafe(text.as_str()));
                query.bind(&id[..]).bind(&sealed[..]).execute(&mut *transaction).await?;
            }
        }
        for (table, list) in [("records", &change.remove), ("jobs", &change.remove_jobs)] {
            let text = format!("DELETE FROM {table} WHERE id = $1");
            for id in list {
                let query = sqlx::query(sqlx::AssertSqlSafe(text.as_str()));
                query.bind(&id[..]).execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The names of all records.
    pub(crate) async fn ids(&self) -> Result<Vec<[u8; 16]>, PeopleError> {
        let ids: Vec<Vec<u8>> = sqlx::query_scalar("SELECT id FROM records").fetch_all(&self.pool).await?;
        ids.into_iter().map(|id| id.try_into().map_err(|_| PeopleError::Damaged)).collect()
    }

    /// A copy of one moment, without what was deleted.
    pub(crate) async fn copy_to(&self, file: &Path) -> Result<(), PeopleError> {
        let file = file.to_str().ok_or(PeopleError::Damaged)?;
        sqlx::query("VACUUM INTO $1").bind(file).execute(&self.pool).await?;
        Ok(())
    }

    /// How many records there are.
    pub(crate) async fn count(&self) -> Result<u64, PeopleError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM records").fetch_one(&self.pool).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
