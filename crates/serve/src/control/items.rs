//! Catalogues in the control database: items, tags and synonyms of each site, sealed under a key of the site's catalogue.
//!
//! They are read whole at a start and written a change at a time, so nothing has to be found by its text.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Context;
use outis_event::SiteId;
use outis_keys::{DataKey, KeyName, Keys, Purpose, open_record, seal_record};
use outis_personal::catalogue::{Catalogue, Item};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::{Row, SqliteConnection};

use super::Control;

/// What the names of the keys of catalogues begin with.
const LABEL: [u8; 9] = *b"catalogue";

/// The catalogues of all sites, on disk.
pub(crate) struct ItemStore {
    control: Control,
    keys: Arc<dyn Keys>,
}

/// What of a catalogue has changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changed {
    /// Numbers of items.
    pub(crate) items: Vec<u32>,
    /// Synonyms too.
    pub(crate) synonyms: bool,
}

/// A catalogue and how often it has changed.
pub(crate) type Versioned = (Catalogue, u64);

/// An item as it is sealed. Without an item it was deleted, without an id nothing of it is kept.
#[derive(Default, Serialize, Deserialize)]
struct Sealed<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<T>,
}

/// The key of one catalogue, and what is bound to its place under it.
struct Seal {
    site: SiteId,
    label: [u8; 16],
    key: DataKey,
}

impl Seal {
    fn place(&self, table: &str, number: u32) -> Vec<u8> {
        [table.as_bytes(), b"/", &self.site.0.to_be_bytes(), &number.to_be_bytes()].concat()
    }

    fn seal(&self, table: &str, number: u32, plain: &[u8]) -> anyhow::Result<Vec<u8>> {
        Ok(seal_record(&self.key, &self.place(table, number), plain)?)
    }

    fn open(&self, table: &str, number: u32, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        Ok(open_record(&self.key, &self.place(table, number), sealed)?)
    }
}

const ITEMS: &str = "catalogue_items";
const TAGS: &str = "catalogue_tags";
const CATALOGUES: &str = "catalogues";

fn key_name(label: [u8; 16]) -> KeyName {
    KeyName { purpose: Purpose::Control, label }
}

impl ItemStore {
    pub(crate) fn new(control: Control, keys: Arc<dyn Keys>) -> ItemStore {
        ItemStore { control, keys }
    }

    /// Every catalogue. Keys that a process left which ended between two steps are destroyed.
    ///
    /// # Errors
    /// When something of it cannot be read.
    pub(crate) async fn read_all(&self) -> anyhow::Result<HashMap<SiteId, Versioned>> {
        let rows = sqlx::query("SELECT site, label, version, synonyms FROM catalogues");
        let rows = rows.fetch_all(&self.control.pool).await?;
        let mut all = HashMap::new();
        let mut idle = self.keys.list(Purpose::Control).await?;
        idle.retain(|name| name.label.starts_with(&LABEL));
        for row in rows {
            let site = SiteId(u32::try_from(row.try_get::<i64, _>("site")?)?);
            let seal = self.seal(site, row.try_get("label")?).await?;
            idle.retain(|name| name.label != seal.label);
            let synonyms: Vec<u8> = row.try_get("synonyms")?;
            let synonyms = serde_json::from_slice(&seal.open(CATALOGUES, 0, &synonyms)?)?;
            let version = u64::try_from(row.try_get::<i64, _>("version")?)?;
            all.insert(site, (self.read(&seal, synonyms).await?, version));
        }
        if !idle.is_empty() {
            self.keys.remove(&idle).await?;
        }
        Ok(all)
    }

    async fn seal(&self, site: SiteId, label: Vec<u8>) -> anyhow::Result<Seal> {
        let label = label.try_into().map_err(|_| anyhow::anyhow!("a catalogue's key has no name"))?;
        let key = self.keys.get(key_name(label)).await?.context("the key of a catalogue is gone")?;
        Ok(Seal { site, label, key })
    }

    async fn read(&self, seal: &Seal, synonyms: BTreeMap<String, String>) -> anyhow::Result<Catalogue> {
        let mut tags = Vec::new();
        for (number, sealed) in self.rows(seal.site, TAGS).await? {
            tags.push(String::from_utf8(seal.open(TAGS, number, &sealed)?)?);
        }
        let mut catalogue = Catalogue::with_tags(tags, synonyms);
        for (number, sealed) in self.rows(seal.site, ITEMS).await? {
            let plain = seal.open(ITEMS, number, &sealed)?;
            let read: Sealed<Map<String, Value>> = serde_json::from_slice(&plain)?;
            catalogue.take_back(number, read.id.as_deref(), read.item.as_ref())?;
        }
        Ok(catalogue)
    }

    async fn rows(&self, site: SiteId, table: &'static str) -> anyhow::Result<Vec<(u32, Vec<u8>)>> {
        let sql = match table {
            TAGS => "SELECT number, sealed FROM catalogue_tags WHERE site = ? ORDER BY number",
            _ => "SELECT number, sealed FROM catalogue_items WHERE site = ? ORDER BY number",
        };
        let rows = sqlx::query(sql).bind(i64::from(site.0)).fetch_all(&self.control.pool).await?;
        let each = |row: &sqlx::sqlite::SqliteRow| {
            Ok((u32::try_from(row.try_get::<i64, _>("number")?)?, row.try_get("sealed")?))
        };
        rows.iter().map(each).collect()
    }

    /// Writes what has changed between two states of a catalogue, in one transaction; gives its new version.
    ///
    /// # Errors
    /// When it cannot be written; then nothing was.
    pub(crate) async fn write(
        &self,
        site: SiteId,
        before: &Catalogue,
        after: &Catalogue,
        changed: &Changed,
    ) -> anyhow::Result<u64> {
        let seal = self.seal_of(site).await?;
        let mut change = self.control.pool.begin_with("BEGIN IMMEDIATE").await?;
        for number in &changed.items {
            put_item(&mut change, &seal, after, *number, id_of(after, *number)).await?;
        }
        put_tags(&mut change, &seal, after, before.tag_names().len()).await?;
        if changed.synonyms {
            put_synonyms(&mut change, &seal, after).await?;
        }
        let sql = "UPDATE catalogues SET version = version + 1 WHERE site = ? RETURNING version";
        let version: i64 = sqlx::query_scalar(sql).bind(i64::from(site.0)).fetch_one(&mut *change).await?;
        change.commit().await?;
        Ok(u64::try_from(version)?)
    }

    /// Writes a catalogue whole under a new key and destroys the old one: when this returns, no earlier copy of it opens.
    ///
    /// # Errors
    /// When it cannot be written; it may be done again.
    pub(crate) async fn write_anew(&self, site: SiteId, catalogue: &Catalogue) -> anyhow::Result<u64> {
        let (old, seal) = (self.seal_of(site).await?, self.new_seal(site).await?);
        let ids: HashMap<u32, &str> = catalogue.ids().collect();
        let mut change = self.control.pool.begin_with("BEGIN IMMEDIATE").await?;
        let numbers = u32::try_from(catalogue.len())?;
        for number in 0..numbers {
            put_item(&mut change, &seal, catalogue, number, ids.get(&number).copied()).await?;
        }
        put_tags(&mut change, &seal, catalogue, 0).await?;
        put_synonyms(&mut change, &seal, catalogue).await?;
        let sql = "UPDATE catalogues SET version = version + 1, label = ? WHERE site = ? RETURNING version";
        let query = sqlx::query_scalar(sql).bind(seal.label.as_slice()).bind(i64::from(site.0));
        let version: i64 = query.fetch_one(&mut *change).await?;
        change.commit().await?;
        self.keys.remove(&[key_name(old.label)]).await?;
        Ok(u64::try_from(version)?)
    }

    /// The seal of a site's catalogue; an empty catalogue is made if it has none.
    async fn seal_of(&self, site: SiteId) -> anyhow::Result<Seal> {
        let sql = "SELECT label FROM catalogues WHERE site = ?";
        let label: Option<Vec<u8>> =
            sqlx::query_scalar(sql).bind(i64::from(site.0)).fetch_optional(&self.control.pool).await?;
        if let Some(label) = label {
            return self.seal(site, label).await;
        }
        let seal = self.new_seal(site).await?;
        sqlx::query("INSERT INTO catalogues (site, label, version, synonyms) VALUES (?, ?, 0, ?)")
            .bind(i64::from(site.0))
            .bind(seal.label.as_slice())
            .bind(seal.seal(CATALOGUES, 0, b"{}")?)
            .execute(&self.control.pool)
            .await?;
        Ok(seal)
    }

    async fn new_seal(&self, site: SiteId) -> anyhow::Result<Seal> {
        let mut label = [0; 16];
        aws_lc_rs::rand::fill(&mut label).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
        label[..LABEL.len()].copy_from_slice(&LABEL);
        let key = self.keys.create(key_name(label)).await?;
        Ok(Seal { site, label, key })
    }
}

/// The id of a number that has changed: its item's, or that of the deleted item.
fn id_of(catalogue: &Catalogue, number: u32) -> Option<&str> {
    match catalogue.item(number) {
        Some(item) => Some(&item.id),
        None => catalogue.ids().find(|(other, _)| *other == number).map(|(_, id)| id),
    }
}

async fn put_item(
    change: &mut SqliteConnection,
    seal: &Seal,
    catalogue: &Catalogue,
    number: u32,
    id: Option<&str>,
) -> anyhow::Result<()> {
    let row: Sealed<&Item> = Sealed { id: id.map(str::to_owned), item: catalogue.item(number) };
    sqlx::query("INSERT OR REPLACE INTO catalogue_items (site, number, sealed) VALUES (?, ?, ?)")
        .bind(i64::from(seal.site.0))
        .bind(i64::from(number))
        .bind(seal.seal(ITEMS, number, &serde_json::to_vec(&row)?)?)
        .execute(change)
        .await?;
    Ok(())
}

/// Writes the tags from a number on.
async fn put_tags(
    change: &mut SqliteConnection,
    seal: &Seal,
    catalogue: &Catalogue,
    from: usize,
) -> anyhow::Result<()> {
    for (number, tag) in (0u32..).zip(catalogue.tag_names()).skip(from) {
        sqlx::query("INSERT OR REPLACE INTO catalogue_tags (site, number, sealed) VALUES (?, ?, ?)")
            .bind(i64::from(seal.site.0))
            .bind(i64::from(number))
            .bind(seal.seal(TAGS, number, tag.as_bytes())?)
            .execute(&mut *change)
            .await?;
    }
    Ok(())
}

async fn put_synonyms(change: &mut SqliteConnection, seal: &Seal, catalogue: &Catalogue) -> anyhow::Result<()> {
    sqlx::query("UPDATE catalogues SET synonyms = ? WHERE site = ?")
        .bind(seal.seal(CATALOGUES, 0, &serde_json::to_vec(catalogue.synonyms())?)?)
        .bind(i64::from(seal.site.0))
        .execute(change)
        .await?;
    Ok(())
}
