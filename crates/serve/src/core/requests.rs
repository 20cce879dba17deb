//! Requests about members, carried out: who is forgotten is gone when the call returns.

use std::sync::Arc;

use outis_capture::SiteState;
use outis_disclose::note;
use outis_event::{Day, Site, Timestamp};
use outis_people::{Active, ExternalId, Mode, Order, PeopleError};
use serde_json::Value;

use super::Core;
use super::receipts::Done;
use crate::control::{Actor, Deed, Entry, Kind, NewRequest, Request, RequestId, State, hour_of};

/// Hidden rows are rewritten within this long of the end of their day.
const REWRITTEN_MS: i64 = 24 * 3_600_000;

/// Why a request is not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    /// There was one of this id: whom it was about is not known any more, so it cannot be the same.
    #[error("a request of this id was carried out already; ask for its state, or give a new request another id")]
    Known,
    /// Members, or what stands behind them.
    #[error("members")]
    People(#[from] PeopleError),
    /// The control database or the key tree.
    #[error("records")]
    Records(#[source] anyhow::Error),
}

impl Core {
    /// Forgets whoever the application knows by this id, for good, and gives the only copy of the receipt; `None` if it
    /// could not be made: everything is forgotten all the same.
    ///
    /// # Errors
    /// As [`outis_people::People::forget`].
    pub(crate) async fn forget(&self, site: &Site, id: &ExternalId, mode: Mode) -> Result<Option<Value>, PeopleError> {
        let order = Order { mode, today: self.today(site), recent_days: site.policy.recent_days };
        self.reserve.make_room();
        let before = self.tree.state().epoch;
        let (_, forgotten) = self.members.people.forget(site.id, id, order, &*self.members).await?;
        self.members.people.unlink(forgotten).await?;
        Ok(self.receipt(mode, [before, self.tree.state().epoch]).await)
    }

    async fn receipt(&self, mode: Mode, epochs: [u64; 2]) -> Option<Value> {
        let now = self.clock.now();
        let recoverable_until = self.config.keys.escrow_window.until(now);
        match self.receipts.issue(&Done { mode, epochs, recoverable_until }, now).await {
            Ok(copy) => serde_json::from_str(&copy.to_json()).ok(),
            Err(_) => {
                note!(Error, "somebody was forgotten and no receipt could be made");
                None
            }
        }
    }

    /// Carries out a request to forget, and keeps its state.
    ///
    /// # Errors
    /// When there was one of this id, or something refuses; whoever was forgotten until then stays so.
    pub(crate) async fn erase(
        &self,
        site: &SiteState,
        request: NewRequest,
        about: &[ExternalId],
        mode: Mode,
    ) -> Result<Request, RequestError> {
        let settings = site.site();
        self.must_be_new(settings, &request.id).await?;
        let now = self.clock.now();
        let mut receipts = Vec::new();
        for id in about {
            receipts.extend(self.forget(settings, id, mode).await?);
        }
        let settled = self.today(settings).plus(1).start(&settings.zone).plus_ms(REWRITTEN_MS);
        self.keep(settings, request, Kind::Erasure, Some(mode), now, settled, receipts).await
    }

    /// Takes a request to see what is held: for a day, in memory only, it is known whom it is about.
    ///
    /// # Errors
    /// When there was one of this id, or something refuses.
    pub(crate) async fn offer(
        &self,
        site: &SiteState,
        request: NewRequest,
        about: &[ExternalId],
        kind: Kind,
    ) -> Result<Request, RequestError> {
        let settings = site.site();
        self.must_be_new(settings, &request.id).await?;
        let now = self.clock.now();
        let mut found: Vec<Arc<Active>> = Vec::new();
        for id in about {
            found.extend(self.members.people.find(settings.id, id).await?);
        }
        self.members.people.offer_results(request.id.place(settings.id), &found, now);
        self.keep(settings, request, kind, None, now, now, Vec::new()).await
    }

    async fn must_be_new(&self, site: &Site, request: &RequestId) -> Result<(), RequestError> {
        let known = self.records.request(request.place(site.id)).await.map_err(RequestError::Records)?;
        if known.is_some() { Err(RequestError::Known) } else { Ok(()) }
    }

    #[expect(clippy::too_many_arguments, reason = "each is a field of what is kept")]
    async fn keep(
        &self,
        site: &Site,
        new: NewRequest,
        kind: Kind,
        mode: Option<Mode>,
        now: Timestamp,
        settled: Timestamp,
        receipts: Vec<Value>,
    ) -> Result<Request, RequestError> {
        let (site, received_hour, settled_ms) = (site.id.0, hour_of(now), settled.0);
        let NewRequest { id, callbacks } = new;
        let request = Request { id, site, kind, mode, received_hour, settled_ms, receipts, callbacks };
        self.records.put_request(&request, self.today_utc()).await.map_err(RequestError::Records)?;
        Ok(request)
    }

    /// How far a request is.
    pub(crate) fn state_of(&self, request: &Request) -> State {
        let now = self.clock.now();
        let late = self.warehouse.forgetting_is_late(outis_event::SiteId(request.site), REWRITTEN_MS);
        request.state(now, late)
    }

    /// Writes down who did what kind of thing, in this hour.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn note_deed(&self, by: Actor, deed: Deed) -> anyhow::Result<()> {
        let entry = Entry { hour: hour_of(self.clock.now()), by, deed };
        self.records.note(entry, self.today_utc()).await
    }

    fn today(&self, site: &Site) -> Day {
        self.clock.now().day(&site.zone)
    }

    fn today_utc(&self) -> Day {
        self.clock.now().day(&jiff::tz::TimeZone::UTC)
    }
}
