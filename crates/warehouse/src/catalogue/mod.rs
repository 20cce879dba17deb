//! The catalogue: which files are live, the words, how far the journals are consumed. One transaction moves all of it.

mod cells;
mod counts;
mod hidden;
mod links;
mod noise;
mod schema;
mod words;

use object_store::path::Path;
use outis_event::{Day, NodeId, Sequence, SiteId, WordRecord};
use outis_insight::history::Span;
use outis_keys::{DataKey, KeyError, KeyName, Keys, Purpose, SealError};
use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::counts::Subject;
use crate::files::Kind;

/// What the keys of sealed words are called: one at a time, numbered, for striking a word takes another key.
const WORDS_LABEL: [u8; 12] = *b"warehouse wo";
/// The first of them, which catalogues have that never struck a word.
const FIRST_WORDS_KEY: u32 = u32::from_be_bytes(*b"rds.");

fn words_key(number: u32) -> KeyName {
    let mut label = [0; 16];
    label[..12].copy_from_slice(&WORDS_LABEL);
    label[12..].copy_from_slice(&number.to_be_bytes());
    KeyName { purpose: Purpose::Control, label }
}

/// The catalogue could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatalogueError {
    #[error("the catalogue's database")]
    Database(#[from] sqlx::Error),
    #[error("the catalogue has version {found}; this program knows {known}")]
    Version { found: i64, known: i64 },
    #[error("the catalogue's key")]
    Key(#[from] KeyError),
    #[error("a word of the catalogue")]
    Seal(#[from] SealError),
    #[error("the catalogue holds what is not understood")]
    Content,
}

/// A live file of rows.
#[derive(Clone, Debug)]
pub(crate) struct FileEntry {
    pub(crate) path: Path,
    pub(crate) site: SiteId,
    pub(crate) day: Day,
    pub(crate) kind: Kind,
    /// How often its rows were merged.
    pub(crate) level: u8,
    pub(crate) rows: u64,
    /// Closed: visitors, so that further files of the day number on.
    pub(crate) visitors: u64,
    /// First and last arrival of its rows.
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) bytes: u64,
}

/// A live file of history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CellFile {
    pub(crate) path: Path,
    pub(crate) site: SiteId,
    /// Released cells of this span, or what waits since it was closed.
    pub(crate) span: Span,
    pub(crate) first: Day,
    pub(crate) waiting: bool,
    pub(crate) bytes: u64,
}

/// A live file of day counts: of all closed files of its day, as the catalogue lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CountFile {
    pub(crate) path: Path,
    pub(crate) subject: Subject,
    pub(crate) bytes: u64,
}

/// A live piece of a link file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkFile {
    pub(crate) path: Path,
    pub(crate) site: SiteId,
    /// As [`Day::period`] counts them.
    pub(crate) period: i32,
    pub(crate) entries: u64,
    /// First and last arrival of its entries.
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// A live piece of a site's tombstones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HiddenFile {
    pub(crate) path: Path,
    pub(crate) site: SiteId,
}

/// A live roster: which numbers the members of a compacted day came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RosterFile {
    pub(crate) path: Path,
    pub(crate) site: SiteId,
    pub(crate) day: Day,
}

/// A day, week or period of a site that has become cells.
pub(crate) type ClosedSpan = (SiteId, Span, Day);

/// What a commit changes.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) add: Vec<FileEntry>,
    pub(crate) remove: Vec<Path>,
    pub(crate) words: Vec<(SiteId, WordRecord)>,
    pub(crate) consumed: Vec<(NodeId, Sequence)>,
    pub(crate) horizons: Vec<(SiteId, u64)>,
    pub(crate) add_cells: Vec<CellFile>,
    pub(crate) remove_cells: Vec<Path>,
    pub(crate) closed: Vec<ClosedSpan>,
    pub(crate) add_counts: Vec<CountFile>,
    pub(crate) remove_counts: Vec<Path>,
    pub(crate) add_links: Vec<LinkFile>,
    pub(crate) remove_links: Vec<Path>,
    pub(crate) add_hidden: Vec<HiddenFile>,
    pub(crate) remove_hidden: Vec<Path>,
    pub(crate) add_rosters: Vec<RosterFile>,
    pub(crate) remove_rosters: Vec<Path>,
    /// The last arrival number in use.
    pub(crate) arrival: Option<u64>,
}

/// Everything the catalogue holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) files: Vec<FileEntry>,
    pub(crate) words: Vec<(SiteId, WordRecord)>,
    pub(crate) consumed: Vec<(NodeId, Sequence)>,
    pub(crate) horizons: Vec<(SiteId, u64)>,
    pub(crate) cells: Vec<CellFile>,
    pub(crate) closed: Vec<ClosedSpan>,
    pub(crate) counts: Vec<CountFile>,
    pub(crate) links: Vec<LinkFile>,
    pub(crate) hidden: Vec<HiddenFile>,
    pub(crate) rosters: Vec<RosterFile>,
    pub(crate) arrival: u64,
}

/// The catalogue's tables.
pub(crate) struct Catalogue {
    pool: SqlitePool,
    /// Held by whoever writes a word, so that none is sealed under a key that goes.
    key: tokio::sync::RwLock<WordsKey>,
}

/// The key of sealed words.
struct WordsKey {
    number: u32,
    key: DataKey,
    /// The one that has taken its place if the last change of it was committed, which is not known.
    perhaps: Option<(u32, DataKey)>,
}

/// The paths of all files that a catalogue lists; its key is not needed. A database without a catalogue lists none.
pub(crate) async fn paths(pool: &SqlitePool) -> Result<Vec<Path>, CatalogueError> {
    schema::migrate(pool).await?;
    let mut paths = Vec::new();
    for table in schema::TABLES_OF_FILES {
        let sql = format!("SELECT path FROM {table}");
        let found: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await?;
        paths.extend(found.into_iter().map(Path::from));
    }
    Ok(paths)
}

impl Catalogue {
    /// Opens the catalogue, making its tables if they are missing.
    pub(crate) async fn open(pool: SqlitePool, keys: &dyn Keys) -> Result<Catalogue, CatalogueError> {
        schema::migrate(&pool).await?;
        let number = words_key_number(&mut *pool.acquire().await?).await?;
        let key = keys.get_or_create(words_key(number)).await?;
        let key = tokio::sync::RwLock::new(WordsKey { number, key, perhaps: None });
        let catalogue = Catalogue { pool, key };
        catalogue.remove_other_keys(keys).await?;
        Ok(catalogue)
    }

    /// Strikes words of a site: all others are sealed anew under a fresh key, and the old key is destroyed, so that no
    /// earlier copy of the catalogue opens a struck word.
    pub(crate) async fn strike(
        &self,
        keys: &dyn Keys,
        site: SiteId,
        struck: &[WordRecord],
    ) -> Result<(), CatalogueError> {
        let mut held = self.key.write().await;
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        if let Some((number, key)) = held.perhaps.clone() {
            if words_key_number(&mut tx).await? == number {
                (held.number, held.key) = (number, key);
            }
            held.perhaps = None;
        }
        let number = held.number.wrapping_add(1) & (u32::MAX >> 1);
        // One that was made for this before and came to nothing is as good.
        let fresh = keys.get_or_create(words_key(number)).await?;
        words::strike(&mut tx, (&held.key, &fresh), site, struck).await?;
        let sql = "INSERT INTO warehouse_meta VALUES ('words_key', ?) ON CONFLICT DO UPDATE SET value = excluded.value";
        sqlx::query(sql).bind(i64::from(number)).execute(&mut *tx).await?;
        if let Err(error) = tx.commit().await {
            held.perhaps = Some((number, fresh));
            return Err(error.into());
        }
        (held.number, held.key) = (number, fresh);
        drop(held);
        self.remove_other_keys(keys).await
    }

    /// Destroys keys of words that nothing is sealed under any more.
    async fn remove_other_keys(&self, keys: &dyn Keys) -> Result<(), CatalogueError> {
        let number = self.key.read().await.number;
        let mut others = keys.list(Purpose::Control).await?;
        others.retain(|name| name.label[..12] == WORDS_LABEL && *name != words_key(number));
        if !others.is_empty() {
            keys.remove(&others).await?;
        }
        Ok(())
    }

    /// Makes a change wholly or not at all.
    pub(crate) async fn commit(&self, change: &Change) -> Result<(), CatalogueError> {
        // A write from the start: a transaction that begins by reading could not be made to wait for another writer.
        let key = self.key.read().await;
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for path in &change.remove {
            let sql = "DELETE FROM warehouse_files WHERE path = ?";
            sqlx::query(sql).bind(path.as_ref()).execute(&mut *tx).await?;
        }
        for file in &change.add {
            insert_file(&mut tx, file).await?;
        }
        let of_words = match &key.perhaps {
            Some((number, fresh)) if words_key_number(&mut tx).await? == *number => fresh,
            _ => &key.key,
        };
        for (site, word) in &change.words {
            words::insert(&mut tx, of_words, *site, word).await?;
        }
        for (node, sequence) in &change.consumed {
            let sql =
                "INSERT INTO warehouse_consumed VALUES (?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence";
            sqlx::query(sql).bind(i64::from(node.0)).bind(number(sequence.0)?).execute(&mut *tx).await?;
        }
        for (site, arrival) in &change.horizons {
            let sql =
                "INSERT INTO warehouse_horizons VALUES (?, ?) ON CONFLICT DO UPDATE SET arrival = excluded.arrival";
            sqlx::query(sql).bind(i64::from(site.0)).bind(number(*arrival)?).execute(&mut *tx).await?;
        }
        cells::commit(&mut tx, change).await?;
        counts::commit(&mut tx, change).await?;
        links::commit(&mut tx, change).await?;
        hidden::commit(&mut tx, change).await?;
        if let Some(arrival) = change.arrival {
            let sql =
                "INSERT INTO warehouse_meta VALUES ('arrival', ?) ON CONFLICT DO UPDATE SET value = excluded.value";
            sqlx::query(sql).bind(number(arrival)?).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// How far the journals are consumed.
    pub(crate) async fn consumed(&self) -> Result<Vec<(NodeId, Sequence)>, CatalogueError> {
        let rows: Vec<(i64, i64)> =
            sqlx::query_as("SELECT node, sequence FROM warehouse_consumed").fetch_all(&self.pool).await?;
        rows.into_iter().map(|(node, sequence)| Ok((NodeId(small(node)?), Sequence(small(sequence)?)))).collect()
    }

    /// True if all of these files are listed.
    pub(crate) async fn lists(&self, paths: &[Path]) -> Result<bool, CatalogueError> {
        let listed = self.files().await?;
        Ok(paths.iter().all(|path| listed.iter().any(|f| f.path == *path)))
    }

    /// True if the span is closed.
    pub(crate) async fn is_closed(&self, span: ClosedSpan) -> Result<bool, CatalogueError> {
        Ok(cells::closed(&self.pool).await?.contains(&span))
    }

    /// True if this file of history is listed.
    pub(crate) async fn lists_cells(&self, path: &Path) -> Result<bool, CatalogueError> {
        Ok(cells::files(&self.pool).await?.iter().any(|file| file.path == *path))
    }

    /// True if this file of day counts is listed.
    pub(crate) async fn has_counts(&self, path: &Path) -> Result<bool, CatalogueError> {
        Ok(counts::files(&self.pool).await?.iter().any(|file| file.path == *path))
    }

    /// True if all of these pieces of link files are listed.
    pub(crate) async fn lists_links(&self, pieces: &[LinkFile]) -> Result<bool, CatalogueError> {
        let listed = links::files(&self.pool).await?;
        Ok(pieces.iter().all(|piece| listed.contains(piece)))
    }

    /// True if all of these pieces of tombstones are listed.
    pub(crate) async fn lists_hidden(&self, pieces: &[HiddenFile]) -> Result<bool, CatalogueError> {
        let listed = hidden::files(&self.pool).await?;
        Ok(pieces.iter().all(|piece| listed.contains(piece)))
    }

    /// Reads everything.
    pub(crate) async fn load(&self) -> Result<Contents, CatalogueError> {
        let horizons: Vec<(i64, i64)> =
            sqlx::query_as("SELECT site, arrival FROM warehouse_horizons").fetch_all(&self.pool).await?;
        let horizons = horizons.into_iter().map(|(site, arrival)| Ok((SiteId(small(site)?), small(arrival)?)));
        let arrival: Option<i64> = sqlx::query_scalar("SELECT value FROM warehouse_meta WHERE name = 'arrival'")
            .fetch_optional(&self.pool)
            .await?;
        Ok(Contents {
            files: self.files().await?,
            words: words::load(&self.pool, &self.key.read().await.key).await?,
            consumed: self.consumed().await?,
            horizons: horizons.collect::<Result<_, CatalogueError>>()?,
            cells: cells::files(&self.pool).await?,
            closed: cells::closed(&self.pool).await?,
            counts: counts::files(&self.pool).await?,
            links: links::files(&self.pool).await?,
            hidden: hidden::files(&self.pool).await?,
            rosters: hidden::rosters(&self.pool).await?,
            arrival: small(arrival.unwrap_or(0))?,
        })
    }

    async fn files(&self) -> Result<Vec<FileEntry>, CatalogueError> {
        type Row = (String, i64, i64, i64, i64, i64, i64, i64, i64, i64);
        let sql =
            "SELECT path, site, day, kind, level, rows, visitors, arrival_from, arrival_to, bytes FROM warehouse_files";
        let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(&self.pool).await?;
        let entry = |(path, site, day, kind, level, rows, visitors, from, to, bytes): Row| {
            Ok(FileEntry {
                path: Path::from(path),
                site: SiteId(small(site)?),
                day: Day(small(day)?),
                kind: if kind == 0 { Kind::Small } else { Kind::Closed },
                level: small(level)?,
                rows: small(rows)?,
                visitors: small(visitors)?,
                from: small(from)?,
                to: small(to)?,
                bytes: small(bytes)?,
            })
        };
        rows.into_iter().map(entry).collect()
    }
}

/// The words that some of these keys open.
#[cfg(feature = "attack")]
pub(crate) async fn attack(pool: &SqlitePool, keys: &[DataKey]) -> Vec<String> {
    let mut found = Vec::new();
    for key in keys {
        found.extend(words::that_open(pool, key).await);
    }
    found
}

async fn words_key_number(connection: &mut sqlx::SqliteConnection) -> Result<u32, CatalogueError> {
    let sql = "SELECT value FROM warehouse_meta WHERE name = 'words_key'";
    let number: Option<i64> = sqlx::query_scalar(sql).fetch_optional(connection).await?;
    number.map_or(Ok(FIRST_WORDS_KEY), small)
}

async fn insert_file(tx: &mut Transaction<'_, Sqlite>, file: &FileEntry) -> Result<(), CatalogueError> {
    sqlx::query("INSERT INTO warehouse_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(file.path.as_ref())
        .bind(i64::from(file.site.0))
        .bind(i64::from(file.day.0))
        .bind(i64::from(file.kind == Kind::Closed))
        .bind(i64::from(file.level))
        .bind(number(file.rows)?)
        .bind(number(file.visitors)?)
        .bind(number(file.from)?)
        .bind(number(file.to)?)
        .bind(number(file.bytes)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn number(value: u64) -> Result<i64, CatalogueError> {
    i64::try_from(value).map_err(|_| CatalogueError::Content)
}

fn small<T: TryFrom<i64>>(value: i64) -> Result<T, CatalogueError> {
    T::try_from(value).map_err(|_| CatalogueError::Content)
}
