//! Keys that live in memory only: for tests of the crates that use keys.

use std::collections::BTreeMap;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::key::{DataKey, KeyError, KeyName, Keys, Purpose};

/// Keys in memory.
#[derive(Debug, Default)]
pub struct MemoryKeys(Mutex<BTreeMap<KeyName, DataKey>>);

#[async_trait]
impl Keys for MemoryKeys {
    async fn create(&self, name: KeyName) -> Result<DataKey, KeyError> {
        let mut keys = self.0.lock();
        if keys.contains_key(&name) {
            return Err(KeyError::AlreadyExists);
        }
        let key = DataKey::random()?;
        keys.insert(name, key.clone());
        Ok(key)
    }

    async fn get(&self, name: KeyName) -> Result<Option<DataKey>, KeyError> {
        Ok(self.0.lock().get(&name).cloned())
    }

    async fn get_or_create(&self, name: KeyName) -> Result<DataKey, KeyError> {
        let mut keys = self.0.lock();
        if let Some(key) = keys.get(&name) {
            return Ok(key.clone());
        }
        let key = DataKey::random()?;
        keys.insert(name, key.clone());
        Ok(key)
    }

    async fn remove(&self, names: &[KeyName]) -> Result<(), KeyError> {
        let mut keys = self.0.lock();
        for name in names {
            keys.remove(name);
        }
        Ok(())
    }

    async fn list(&self, purpose: Purpose) -> Result<Vec<KeyName>, KeyError> {
        Ok(self.0.lock().keys().filter(|n| n.purpose == purpose).copied().collect())
    }
}
