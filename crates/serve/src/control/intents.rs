//! What staff defined as intents, in the control database. The examples are words that staff wrote: they are sealed.

use outis_event::SiteId;
use outis_keys::{DataKey, KeyName, Keys, Purpose, open_record, seal_record};
use sqlx::Row;

use super::Control;

const KEY: KeyName = KeyName { purpose: Purpose::Control, label: *b"intents-of-sites" };

/// A site's definitions as they are kept.
pub(crate) struct KeptIntents {
    pub(crate) site: SiteId,
    /// Grows with each change.
    pub(crate) version: i64,
    /// JSON.
    pub(crate) text: String,
}

/// The intents of all sites.
pub(crate) struct IntentStore {
    control: Control,
    key: DataKey,
}

impl IntentStore {
    /// Opens them.
    ///
    /// # Errors
    /// When the key tree refuses.
    pub(crate) async fn open(control: Control, keys: &dyn Keys) -> anyhow::Result<IntentStore> {
        Ok(IntentStore { control, key: keys.get_or_create(KEY).await? })
    }

    /// Those of every site that has some.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(crate) async fn all(&self) -> anyhow::Result<Vec<KeptIntents>> {
        let rows = sqlx::query("SELECT site, version, sealed FROM intents").fetch_all(&self.control.pool).await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let site = SiteId(u32::try_from(row.try_get::<i64, _>("site")?)?);
            let plain = open_record(&self.key, &place(site), &row.try_get::<Vec<u8>, _>("sealed")?)?;
            all.push(KeptIntents { site, version: row.try_get("version")?, text: String::from_utf8(plain)? });
        }
        Ok(all)
    }

    /// Keeps a site's definitions in place of the version before; `None`, and nothing changes, if there is another one.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) async fn put(&self, site: SiteId, before: i64, text: &str) -> anyhow::Result<Option<i64>> {
        let sealed = seal_record(&self.key, &place(site), text.as_bytes())?;
        let sql = match before {
            0 => "INSERT INTO intents (site, version, sealed) VALUES (?1, ?3 + 1, ?2) ON CONFLICT (site) DO NOTHING",
            _ => "UPDATE intents SET version = ?3 + 1, sealed = ?2 WHERE site = ?1 AND version = ?3",
        };
        let query = sqlx::query(sql).bind(i64::from(site.0)).bind(sealed).bind(before);
        let written = query.execute(&self.control.pool).await?;
        Ok((written.rows_affected() == 1).then_some(before + 1))
    }
}

fn place(site: SiteId) -> Vec<u8> {
    format!("intents/{}", site.0).into_bytes()
}

#[cfg(test)]
mod tests {
    use outis_keys::MemoryKeys;

    use super::*;

    #[tokio::test]
    async fn of_two_changes_of_one_version_the_second_changes_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let control = Control::open(dir.path()).await.expect("opens");
        let store = IntentStore::open(control, &MemoryKeys::default()).await.expect("opens");
        let site = SiteId(3);
        assert_eq!(store.put(site, 0, "first").await.expect("written"), Some(1));
        assert_eq!(store.put(site, 0, "late").await.expect("written"), None);
        assert_eq!(store.put(site, 1, "second").await.expect("written"), Some(2));
        assert_eq!(store.put(site, 1, "late").await.expect("written"), None);
        let all = store.all().await.expect("read");
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].version, all[0].text.as_str()), (2, "second"));
        let disk = std::fs::read(dir.path().join("control.db")).expect("a file");
        let wal = std::fs::read(dir.path().join("control.db-wal")).unwrap_or_default();
        assert!([disk, wal].iter().all(|bytes| !bytes.windows(6).any(|w| w == b"second")), "sealed");
    }
}
