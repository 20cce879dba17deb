//! Tables of the control database.

use sqlx::SqlitePool;

/// 2: staff have roles, which an earlier program would not look at.
const VERSION: i64 = 2;

/// Sites and their settings are not personal and stay readable, so that `outis site list` works beside a running
/// server; staff rows are sealed under the key tree; sessions, tokens and invitations are hashes of random secrets.
const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS sites (
        id INTEGER PRIMARY KEY, domain TEXT NOT NULL UNIQUE, zone TEXT NOT NULL,
        policy TEXT NOT NULL, shields TEXT NOT NULL, plan TEXT NOT NULL, origins TEXT NOT NULL,
        debug_token_hash BLOB, created_day INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS staff (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS sessions (
        hash BLOB PRIMARY KEY, staff BLOB NOT NULL, expires_day INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS tokens (
        hash BLOB PRIMARY KEY, site INTEGER, scopes TEXT NOT NULL, created_day INTEGER NOT NULL) WITHOUT ROWID",
    // Codes of the earlier version have no roles, and were good for half an hour.
    "DROP TABLE IF EXISTS setup_codes",
    "CREATE TABLE IF NOT EXISTS invitations (
        hash BLOB PRIMARY KEY, roles TEXT NOT NULL, expires_ms INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS tickets (hash BLOB PRIMARY KEY, expires_ms INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS counters (
        site INTEGER NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (site, kind, reason)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS definitions (
        site INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (site, kind, name)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS learning (site INTEGER PRIMARY KEY, since_day INTEGER NOT NULL)",
    // The day is in the clear, so that what is too old is found without its key, which is gone then.
    "CREATE TABLE IF NOT EXISTS records (id BLOB PRIMARY KEY, day INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS identity (site INTEGER PRIMARY KEY, sealed BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS intents (site INTEGER PRIMARY KEY, version INTEGER NOT NULL, sealed BLOB NOT NULL)",
    // What a purge is about is sealed, and gone when it is done.
    "CREATE TABLE IF NOT EXISTS purges (
        id BLOB PRIMARY KEY, site INTEGER NOT NULL, day INTEGER NOT NULL, kind TEXT, sealed BLOB, words INTEGER,
        days INTEGER, cells INTEGER, spans_in_part INTEGER) WITHOUT ROWID",
    // Items, tags and synonyms are sealed; the label names the key that they are sealed under.
    "CREATE TABLE IF NOT EXISTS catalogues (
        site INTEGER PRIMARY KEY, label BLOB NOT NULL, version INTEGER NOT NULL, synonyms BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS catalogue_items (
        site INTEGER NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (site, number)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS catalogue_tags (
        site INTEGER NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (site, number)) WITHOUT ROWID",
    // The value is sealed; the number stays with its name when it goes.
    "CREATE TABLE IF NOT EXISTS placements (
        site INTEGER NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, value BLOB,
        PRIMARY KEY (site, name)) WITHOUT ROWID",
    // Counts changes, so that a running server reads definitions only when there are some.
    "CREATE TABLE IF NOT EXISTS definition_changes (one INTEGER PRIMARY KEY CHECK (one = 1), changes INTEGER NOT NULL)",
];

/// Makes the tables; refuses a database of a newer version before writing anything.
pub(super) async fn migrate(pool: &SqlitePool) -> anyhow::Result<()> {
    sqlx::query("CREATE TABLE IF NOT EXISTS control_version (version INTEGER NOT NULL)").execute(pool).await?;
    let version: Option<i64> = sqlx::query_scalar("SELECT version FROM control_version").fetch_optional(pool).await?;
    if let Some(newer) = version.filter(|version| *version > VERSION) {
        anyhow::bail!("the control database has version {newer}; this program knows {VERSION}");
    }
    for statement in TABLES {
        sqlx::query(*statement).execute(pool).await?;
    }
    match version {
        None => _ = sqlx::query("INSERT INTO control_version VALUES (?)").bind(VERSION).execute(pool).await?,
        Some(VERSION) => {}
        Some(_) => _ = sqlx::query("UPDATE control_version SET version = ?").bind(VERSION).execute(pool).await?,
    }
    Ok(())
}
