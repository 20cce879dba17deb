//! Capture's events into the journal, the vocabulary's words beside them.

use std::sync::Arc;

use async_trait::async_trait;
use outis_capture::{Sink, SinkError};
use outis_event::{AnonymousEvent, InsertHash, SiteId, WordRecord};
use outis_journal::{AppendError, Journal, PendingWords};
use outis_warehouse::Warehouse;

/// Seconds after which a sender may try again when the disk failed.
const BROKEN_RETRY_S: u32 = 5;

/// The journal as capture's sink.
pub(crate) struct JournalSink(pub(crate) Arc<Journal>);

#[async_trait]
impl Sink for JournalSink {
    async fn append(&self, events: Vec<AnonymousEvent>, inserts: Vec<InsertHash>) -> Result<(), SinkError> {
        match self.0.append(events, inserts).await {
            Ok(_) => Ok(()),
            Err(AppendError::Full { retry_after_s }) => Err(SinkError::Overloaded { retry_after_s }),
            Err(AppendError::Broken) => Err(SinkError::Overloaded { retry_after_s: BROKEN_RETRY_S }),
            Err(AppendError::Closed) => Err(SinkError::Closed),
        }
    }
}

/// The words that events of a frame may use.
pub(crate) struct Words(pub(crate) Arc<Warehouse>);

impl PendingWords for Words {
    fn drain(&self) -> Vec<(SiteId, WordRecord)> {
        self.0.drain_words()
    }
}
