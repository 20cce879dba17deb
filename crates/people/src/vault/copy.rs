//! Copies of the whole vault, of one moment: always a file of SQLite, whichever kind the vault is of. So a backup of one
//! kind can be put back into the other.

use std::path::Path;

use super::database::{Database, Pool, ROWS, Vault, named, on_either, within};
use super::{Change, postgres, sqlite};
use crate::PeopleError;

/// The tables, and how they are read some at a time. Names come in their own order, which says nothing of anybody.
const RECORDS: &str = "SELECT id, sealed FROM records WHERE id > $1 ORDER BY id LIMIT $2";
const JOBS: &str = "SELECT id, sealed FROM jobs WHERE id > $1 ORDER BY id LIMIT $2";

impl Database {
    /// Copies everything, as it is at this moment, into a new file.
    pub(crate) async fn copy_to(&self, file: &Path) -> Result<(), PeopleError> {
        match &self.pool {
            Pool::Sqlite(pool) => {
                // Without what was deleted. However long it takes, it takes as long as the disk does.
                let name = file.to_str().ok_or(PeopleError::Damaged)?;
                let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(pool).await;
                copied.map_err(crate::DatabaseError::from)?;
            }
            Pool::Postgres(_) => {
                let copy = sqlite::make_copy(file).await?;
                let to = Database { pool: Pool::Sqlite(copy.clone()) };
                to.migrate().await?;
                self.copy_into(&to).await?;
                copy.close().await;
            }
        }
        Ok(())
    }

    async fn copy_into(&self, to: &Database) -> Result<(), PeopleError> {
        let one_moment = match &self.pool {
            Pool::Sqlite(_) => sqlite::ONE_MOMENT,
            Pool::Postgres(_) => postgres::ONE_MOMENT,
        };
        on_either!(self, pool => {
            let mut reading = within(pool.begin_with(one_moment)).await?;
            for (table, is_records) in [(RECORDS, true), (JOBS, false)] {
                let mut last = Vec::new();
                loop {
                    let rows = sqlx::query_as(table).bind(last.clone()).bind(ROWS as i64);
                    let rows: Vec<(Vec<u8>, Vec<u8>)> = within(rows.fetch_all(&mut *reading)).await?;
                    let Some((id, _)) = rows.last() else { break };
                    last.clone_from(id);
                    let put = rows.into_iter().map(named).collect::<Result<_, _>>()?;
                    let change = if is_records {
                        Change { put, ..Change::default() }
                    } else {
                        Change { put_jobs: put, ..Change::default() }
                    };
                    to.commit(&change).await?;
                }
            }
        });
        Ok(())
    }
}

/// Puts a copy, as [`People::copy_to`](crate::People::copy_to) makes it, into a vault that nothing is in.
///
/// # Errors
/// [`PeopleError::NotEmpty`]. Or when the copy cannot be read or the vault not written: then the vault may hold a part of
/// it, and must be emptied before it is tried again.
pub async fn put_back(file: &Path, vault: &Vault) -> Result<(), PeopleError> {
    let to = must_be_empty(vault).await?;
    let copy = sqlite::open_copy(file).await?;
    let from = Database { pool: Pool::Sqlite(copy.clone()) };
    from.migrate().await?;
    from.copy_into(&to).await?;
    copy.close().await;
    Ok(())
}

/// Refuses a vault that something is in, or that cannot be opened.
///
/// # Errors
/// [`PeopleError::NotEmpty`], and as [`People::open`](crate::People::open).
pub async fn check_empty(vault: &Vault) -> Result<(), PeopleError> {
    must_be_empty(vault).await.map(|_| ())
}

async fn must_be_empty(vault: &Vault) -> Result<Database, PeopleError> {
    let database = Database::open(vault).await?;
    if database.is_empty().await? { Ok(database) } else { Err(PeopleError::NotEmpty) }
}
