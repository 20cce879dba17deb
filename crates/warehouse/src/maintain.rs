//! Merging, compacting and expiring.

use std::sync::Arc;

use outis_event::Site;

use crate::warehouse::{Inner, WarehouseError};

/// What [`Warehouse::maintain`](crate::Warehouse::maintain) did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// Small files that were merged into larger ones.
    pub merged: usize,
    /// Days that were compacted.
    pub compacted: usize,
    /// Days that were destroyed because they were older than their site keeps.
    pub expired: usize,
}

impl Inner {
    pub(crate) async fn maintain(self: &Arc<Inner>, _sites: &[Arc<Site>]) -> Result<Maintenance, WarehouseError> {
        Ok(Maintenance::default())
    }
}
