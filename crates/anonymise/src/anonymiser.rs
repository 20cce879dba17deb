//! From raw to anonymous.

use std::sync::Arc;

use outis_event::DropReason;

use crate::{Outcome, RawEvent, SiteContext, Tables, WaitingRoom};

/// Turns raw events into anonymous ones. Shared by all threads.
pub struct Anonymiser {
    tables: Arc<Tables>,
    room: Arc<WaitingRoom>,
}

impl Anonymiser {
    /// An anonymiser with these lists and this waiting room.
    pub fn new(tables: Arc<Tables>, room: Arc<WaitingRoom>) -> Anonymiser {
        Anonymiser { tables, room }
    }

    /// The public lists, for the decisions that are made before.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The waiting room.
    pub fn room(&self) -> &Arc<WaitingRoom> {
        &self.room
    }

    /// Makes a raw event anonymous. Never fails and never panics; what was raw is wiped.
    pub fn anonymise(&self, _raw: RawEvent, _ctx: &SiteContext) -> Outcome {
        Outcome::Dropped(DropReason::Invalid)
    }
}
