//! The database of members: names and sealed bytes. Both kinds are asked the same.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::{PgPool, QueryBuilder, SqlitePool};

use super::postgres::{self, Server};
use super::sqlite;
use crate::{DatabaseError, PeopleError};

const VERSION: i64 = 1;
/// How long a call may take, beside what each row that it writes adds: a server that is gone without a word is not
/// waited for.
const CALL: Duration = Duration::from_secs(30);
const ROW: Duration = Duration::from_millis(2);
/// Rows of one statement. Databases take some ten thousand values in one.
pub(super) const ROWS: usize = 500;

const PUT_RECORDS: &str = "INSERT INTO records (id, sealed) ";
const PUT_JOBS: &str = "INSERT INTO jobs (id, sealed) ";
const REPLACE: &str = " ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed";
const REMOVE_RECORDS: &str = "DELETE FROM records WHERE id IN (";
const REMOVE_JOBS: &str = "DELETE FROM jobs WHERE id IN (";

/// Where the records of members lie.
#[derive(Debug)]
pub enum Vault {
    /// In `people.db` in this folder (SQLite).
    Folder(PathBuf),
    /// In a database of a PostgreSQL server.
    Server(Server),
}

/// Whether the vault can be reached. Nothing is made.
///
/// # Errors
/// What the server refuses; of a folder nothing.
pub async fn reach(vault: &Vault) -> Result<(), DatabaseError> {
    match vault {
        Vault::Folder(_) => Ok(()),
        Vault::Server(server) => postgres::reach(server).await,
    }
}

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

impl Change {
    fn rows(&self) -> usize {
        self.put.len() + self.remove.len() + self.put_jobs.len() + self.remove_jobs.len()
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Database {
    pub(super) pool: Pool,
}

#[derive(Clone)]
pub(super) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Does the same with whichever pool it is: the statements are of the SQL that both know.
macro_rules! on_either {
    ($database:expr, $pool:ident => $work:expr) => {
        match &$database.pool {
            $crate::vault::database::Pool::Sqlite($pool) => $work,
            $crate::vault::database::Pool::Postgres($pool) => $work,
        }
    };
}
pub(super) use on_either;

/// Gives up on a call that takes too long.
pub(super) async fn within<T>(call: impl Future<Output = sqlx::Result<T>>) -> Result<T, DatabaseError> {
    within_time(CALL, call).await
}

async fn within_time<T>(most: Duration, call: impl Future<Output = sqlx::Result<T>>) -> Result<T, DatabaseError> {
    let done = tokio::time::timeout(most, call).await;
    Ok(done.unwrap_or(Err(sqlx::Error::PoolTimedOut))?)
}

impl Database {
    /// Opens the vault, and makes its tables if they are not there.
    pub(crate) async fn open(vault: &Vault) -> Result<Database, PeopleError> {
        let pool = match vault {
            Vault::Folder(dir) => Pool::Sqlite(sqlite::open(dir).await?),
            Vault::Server(server) => Pool::Postgres(postgres::open(server).await?),
        };
        let database = Database { pool };
        database.migrate().await?;
        Ok(database)
    }

    pub(super) async fn migrate(&self) -> Result<(), PeopleError> {
        let tables = match &self.pool {
            Pool::Sqlite(_) => sqlite::TABLES,
            Pool::Postgres(_) => postgres::TABLES,
        };
        let found: Option<i64> = on_either!(self, pool => {
            within(async {
                let mut transaction = pool.begin().await?;
                for statement in tables {
                    sqlx::query(*statement).execute(&mut *transaction).await?;
                }
                let found = sqlx::query_scalar("SELECT version FROM people_version");
                let found = found.fetch_optional(&mut *transaction).await?;
                if found.is_none() {
                    let insert = sqlx::query("INSERT INTO people_version VALUES ($1)").bind(VERSION);
                    insert.execute(&mut *transaction).await?;
                }
                transaction.commit().await?;
                Ok(found)
            })
            .await?
        });
        match found {
            None | Some(VERSION) => Ok(()),
            Some(found) => Err(PeopleError::Version { found, known: VERSION }),
        }
    }

    /// Refuses a vault that another key tree's members lie in: what this tree does not know of it would be removed.
    pub(crate) async fn must_belong_to(&self, owner: [u8; 16]) -> Result<(), PeopleError> {
        let found: Option<Vec<u8>> = on_either!(self, pool => {
            within(async {
                let select = || sqlx::query_scalar("SELECT id FROM people_owner");
                let found = select().fetch_optional(pool).await?;
                if found.is_none() {
                    sqlx::query("INSERT INTO people_owner VALUES ($1)").bind(&owner[..]).execute(pool).await?;
                    return select().fetch_optional(pool).await;
                }
                Ok(found)
            })
            .await?
        });
        if found.is_some_and(|found| found == owner) { Ok(()) } else { Err(PeopleError::Foreign) }
    }

    /// The sealed bytes of a record.
    pub(crate) async fn record(&self, id: &[u8; 16]) -> Result<Option<Vec<u8>>, PeopleError> {
        Ok(on_either!(self, pool => {
            let found = sqlx::query_scalar("SELECT sealed FROM records WHERE id = $1").bind(&id[..]);
            within(found.fetch_optional(pool)).await?
        }))
    }

    /// The sealed bytes of those of these records that are there, in no order.
    pub(crate) async fn records_of(&self, ids: &[[u8; 16]]) -> Result<Vec<Sealed>, PeopleError> {
        let mut all = Vec::with_capacity(ids.len());
        for some in ids.chunks(ROWS) {
            let rows: Vec<(Vec<u8>, Vec<u8>)> = on_either!(self, pool => {
                let mut query = QueryBuilder::new("SELECT id, sealed FROM records WHERE id IN (");
                let mut list = query.separated(", ");
                some.iter().for_each(|id| {
                    list.push_bind(id.to_vec());
                });
                within(query.push(")").build_query_as().persistent(false).fetch_all(pool)).await?
            });
            for row in rows {
                all.push(named(row)?);
            }
        }
        Ok(all)
    }

    /// All unfinished work.
    pub(crate) async fn jobs(&self) -> Result<Vec<Sealed>, PeopleError> {
        let rows =
            on_either!(self, pool => within(sqlx::query_as("SELECT id, sealed FROM jobs").fetch_all(pool)).await?);
        rows.into_iter().map(named).collect()
    }

    /// Changes everything or nothing; durable when it returns.
    pub(crate) async fn commit(&self, change: &Change) -> Result<(), PeopleError> {
        let most = CALL + ROW * u32::try_from(change.rows()).unwrap_or(u32::MAX);
        on_either!(self, pool => {
            within_time(most, async {
                let mut transaction = pool.begin().await?;
                // In the order of names, so that two changes wait for each other at most.
                for (insert, list) in [(PUT_RECORDS, &change.put), (PUT_JOBS, &change.put_jobs)] {
                    let mut list: Vec<&Sealed> = list.iter().collect();
                    list.sort_unstable_by_key(|(id, _)| *id);
                    for some in list.chunks(ROWS) {
                        let mut query = QueryBuilder::new(insert);
                        query.push_values(some, |mut row, (id, sealed)| {
                            row.push_bind(id.to_vec()).push_bind(sealed.clone());
                        });
                        query.push(REPLACE).build().persistent(some.len() == 1).execute(&mut *transaction).await?;
                    }
                }
                for (delete, list) in [(REMOVE_RECORDS, &change.remove), (REMOVE_JOBS, &change.remove_jobs)] {
                    for some in list.chunks(ROWS) {
                        let mut query = QueryBuilder::new(delete);
                        let mut ids = query.separated(", ");
                        some.iter().for_each(|id| {
                            ids.push_bind(id.to_vec());
                        });
                        query.push(")").build().persistent(some.len() == 1).execute(&mut *transaction).await?;
                    }
                }
                transaction.commit().await
            })
            .await?;
        });
        Ok(())
    }

    /// The names of all records.
    pub(crate) async fn ids(&self) -> Result<Vec<[u8; 16]>, PeopleError> {
        let ids: Vec<Vec<u8>> =
            on_either!(self, pool => within(sqlx::query_scalar("SELECT id FROM records").fetch_all(pool)).await?);
        ids.into_iter().map(|id| id.try_into().map_err(|_| PeopleError::Damaged)).collect()
    }

    /// How many records there are.
    pub(crate) async fn count(&self) -> Result<u64, PeopleError> {
        let count: i64 =
            on_either!(self, pool => within(sqlx::query_scalar("SELECT COUNT(*) FROM records").fetch_one(pool)).await?);
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Asks for next to nothing.
    pub(crate) async fn answer(&self) -> Result<(), PeopleError> {
        let text = "SELECT version FROM people_version";
        let _: i64 = on_either!(self, pool => within(sqlx::query_scalar(text).fetch_one(pool)).await?);
        Ok(())
    }

    /// About how many bytes it takes.
    pub(crate) async fn bytes(&self) -> Result<u64, PeopleError> {
        let text = match &self.pool {
            Pool::Sqlite(_) => sqlite::BYTES,
            Pool::Postgres(_) => postgres::BYTES,
        };
        let bytes: i64 = on_either!(self, pool => within(sqlx::query_scalar(text).fetch_one(pool)).await?);
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    /// True if there is neither a record nor work.
    pub(crate) async fn is_empty(&self) -> Result<bool, PeopleError> {
        Ok(self.count().await? == 0 && self.jobs().await?.is_empty())
    }
}

/// A row as it is read, with its name.
pub(super) fn named((id, sealed): (Vec<u8>, Vec<u8>)) -> Result<Sealed, PeopleError> {
    Ok((id.try_into().map_err(|_| PeopleError::Damaged)?, sealed))
}
