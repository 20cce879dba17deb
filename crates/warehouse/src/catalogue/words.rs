//! Words at rest: each sealed by itself under a random id, so that one can be destroyed and none can be read.

use std::sync::Arc;

use outis_event::{SiteId, Space, Term, WordRecord};
use outis_keys::{DataKey, SealError, open_record, seal_record};
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{CatalogueError, small};

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

/// Opens all words.
pub(super) async fn load(pool: &SqlitePool, key: &DataKey) -> Result<Vec<(SiteId, WordRecord)>, CatalogueError> {
    let rows: Vec<(Vec<u8>, i64, Vec<u8>)> =
        sqlx::query_as("SELECT id, site, sealed FROM warehouse_words").fetch_all(pool).await?;
    let open = |(id, site, sealed): (Vec<u8>, i64, Vec<u8>)| {
        let site = SiteId(small(site)?);
        let plain = open_record(key, &place(site, &id), &sealed)?;
        Ok((site, decode(&plain).ok_or(CatalogueError::Content)?))
    };
    rows.into_iter().map(open).collect()
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
