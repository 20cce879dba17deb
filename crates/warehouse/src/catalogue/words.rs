//! Words at rest: each sealed by itself under a random id, so that one can be destroyed and none can be read.

use std::collections::HashSet;
use std::sync::Arc;

use outis_event::{SiteId, Space, Term, WordRecord};
use outis_keys::{DataKey, SealError, open_record, seal_record};
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{CatalogueError, small};

type Row = (Vec<u8>, i64, Vec<u8>);

const ALL: &str = "SELECT id, site, sealed FROM warehouse_words";

/// Adds a word.
pub(super) async fn insert(
    tx: &mut Transaction<'_, Sqlite>,
    key: &DataKey,
    site: SiteId,
    word: &WordRecord,
) -> Result<(), CatalogueError> {
    let mut id = [0; 16];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| SealError)?;
    let sealed = seal_record(key, &place(site, &id), &encode(word))?;
    sqlx::query("INSERT INTO warehouse_words VALUES (?, ?, ?)")
        .bind(id.as_slice())
        .bind(i64::from(site.0))
        .bind(sealed)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes words out, seals all others anew under `fresh`, and keeps of the struck ones only their numbers.
pub(super) async fn strike(
    tx: &mut Transaction<'_, Sqlite>,
    (old, fresh): (&DataKey, &DataKey),
    site: SiteId,
    struck: &[WordRecord],
) -> Result<(), CatalogueError> {
    let gone: HashSet<(Space, Term)> = struck.iter().map(|word| (word.space, word.term)).collect();
    let rows: Vec<Row> = sqlx::query_as(ALL).fetch_all(&mut **tx).await?;
    sqlx::query("DELETE FROM warehouse_words").execute(&mut **tx).await?;
    for row in rows {
        let (of, word) = open(old, row)?;
        if of != site || !gone.contains(&(word.space, word.term)) {
            insert(tx, fresh, of, &word).await?;
        }
    }
    for word in struck {
        insert(tx, fresh, site, word).await?;
    }
    Ok(())
}

/// Opens all words.
pub(super) async fn load(pool: &SqlitePool, key: &DataKey) -> Result<Vec<(SiteId, WordRecord)>, CatalogueError> {
    let rows: Vec<Row> = sqlx::query_as(ALL).fetch_all(pool).await?;
    rows.into_iter().map(|row| open(key, row)).collect()
}

/// The words that a key opens.
#[cfg(feature = "attack")]
pub(super) async fn that_open(pool: &SqlitePool, key: &DataKey) -> Vec<String> {
    let rows: Vec<Row> = sqlx::query_as(ALL).fetch_all(pool).await.unwrap_or_default();
    rows.into_iter().filter_map(|row| open(key, row).ok()).map(|(_, word)| word.text.to_string()).collect()
}

fn open(key: &DataKey, (id, site, sealed): Row) -> Result<(SiteId, WordRecord), CatalogueError> {
    let site = SiteId(small(site)?);
    let plain = open_record(key, &place(site, &id), &sealed)?;
    Ok((site, decode(&plain).ok_or(CatalogueError::Content)?))
}

fn place(site: SiteId, id: &[u8]) -> Vec<u8> {
    [b"warehouse_words/", site.0.to_le_bytes().as_slice(), id].concat()
}

fn encode(word: &WordRecord) -> Vec<u8> {
    [&word.space.0.to_le_bytes(), &word.term.0.to_le_bytes(), word.text.as_bytes()].concat()
}

fn decode(bytes: &[u8]) -> Option<WordRecord> {
    let (space, rest) = bytes.split_first_chunk::<4>()?;
    let (term, text) = rest.split_first_chunk::<4>()?;
    let text: Arc<str> = std::str::from_utf8(text).ok()?.into();
    Some(WordRecord { space: Space(u32::from_le_bytes(*space)), term: Term(u32::from_le_bytes(*term)), text })
}
