//! Marks in the key tree of days of which rows are hidden.
//!
//! Tombstones lie in files of the catalogue, and an earlier copy of both does not have those that came later. The key tree
//! cannot be put back to an earlier state. So each day with tombstones has a mark there: a key that protects nothing,
//! made before the first tombstone counts and removed when the rows and their files' keys are gone. Whoever puts an
//! earlier catalogue back leaves out rows of marked days (see [`crate::Lost`]).

use std::collections::BTreeSet;

use outis_event::{Day, SiteId};
use outis_keys::{KeyError, KeyName, Keys, Purpose};

use crate::WarehouseError;
use crate::warehouse::Inner;

fn name((site, day): (SiteId, Day)) -> KeyName {
    let mut label = *b"........hidden..";
    label[..4].copy_from_slice(&site.0.to_be_bytes());
    label[4..8].copy_from_slice(&day.0.to_be_bytes());
    KeyName { purpose: Purpose::Hidden, label }
}

fn parse(name: &KeyName) -> Option<(SiteId, Day)> {
    let site = u32::from_be_bytes(name.label[..4].try_into().ok()?);
    let day = i32::from_be_bytes(name.label[4..8].try_into().ok()?);
    Some((SiteId(site), Day(day)))
}

/// The marked days.
pub(crate) async fn marked(keys: &dyn Keys) -> Result<BTreeSet<(SiteId, Day)>, KeyError> {
    Ok(keys.list(Purpose::Hidden).await?.iter().filter_map(parse).collect())
}

impl Inner {
    /// Marks days, durably, before what is hidden of them counts. To be called with `hiding` held.
    pub(super) async fn mark(&self, site: SiteId, days: &BTreeSet<Day>) -> Result<(), WarehouseError> {
        // All at once, so that they share a sync.
        let marks = days.iter().map(|day| self.keys.get_or_create(name((site, *day))));
        futures::future::try_join_all(marks).await?;
        Ok(())
    }

    /// Removes marks of days of which nothing is hidden and nothing waits to be destroyed any more.
    pub(crate) async fn unmark(&self) -> Result<(), WarehouseError> {
        let _alone = self.hiding.lock().await;
        let mut idle = marked(&*self.keys).await?;
        if idle.is_empty() || !self.doomed.lock().is_empty() {
            return Ok(());
        }
        {
            let state = self.state.lock();
            idle.retain(|(site, day)| state.hidden.of(*site, *day).is_none());
        }
        if idle.is_empty() {
            return Ok(());
        }
        let names: Vec<KeyName> = idle.into_iter().map(name).collect();
        Ok(self.keys.remove(&names).await?)
    }
}
