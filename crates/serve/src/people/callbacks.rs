//! Changes of the state of requests, told to who asked: over the only door out, to addresses that the owner declared.
//!
//! A request keeps which of them it named and which state they were told last. A message is put into the outbox before
//! that is written, so after a crash in between it goes out twice; it never goes missing.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use outis_disclose::note;
use outis_distribute::{Headers, Kind, Message, QueueError};
use outis_event::{SiteId, Timestamp};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::opendsr::{signatures, status};
use crate::control::{Callbacks, Request, State};
use crate::core::Core;

/// How often states are looked at.
const LOOK: Duration = Duration::from_secs(60);
const HOUR_MS: i64 = 3_600_000;

/// Looks at states until the server ends.
pub(crate) async fn keep_telling(core: Arc<Core>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.changed() => return,
        }
        if tell(&core).await.is_err() {
            note!(Error, "states of requests about members could not be told to who asked; it is tried again");
        }
    }
}

/// Puts into the outbox what was not told yet.
///
/// # Errors
/// When records or outbox refuse; what was told until then is not told again.
pub(crate) async fn tell(core: &Core) -> anyhow::Result<()> {
    if core.distribute.destinations().next().is_none() {
        return Ok(());
    }
    for mut request in core.records.requests().await? {
        let state = core.state_of(&request);
        let Some(callbacks) = request.callbacks.clone().filter(|callbacks| callbacks.is_news(state)) else { continue };
        for destination in &callbacks.destinations {
            queue(core, destination, &callbacks, &request).await?;
        }
        let day = Timestamp(request.received_hour.saturating_mul(HOUR_MS)).day(&jiff::tz::TimeZone::UTC);
        request.callbacks = Some(Callbacks { told: Some(state), ..callbacks });
        core.records.put_request(&request, day).await?;
    }
    Ok(())
}

impl Callbacks {
    /// Who was told that nothing is left to be done is told nothing else.
    fn is_news(&self, state: State) -> bool {
        self.told != Some(state) && self.told != Some(State::Completed)
    }
}

async fn queue(core: &Core, destination: &str, callbacks: &Callbacks, request: &Request) -> anyhow::Result<()> {
    let Some(site) = core.registry.by_id(SiteId(request.site)) else { return Ok(()) };
    // A destination that is not declared any more is told nothing.
    let Some(url) = core.distribute.url_of(destination) else { return Ok(()) };
    let mut body = status(core, site.site(), callbacks.version, request).await?;
    body["status_callback_url"] = json!(url);
    let body = serde_json::to_vec(&body)?;
    let texts = signatures(core, callbacks.version, &body).into_iter();
    let texts: Vec<(String, String)> = texts.map(|(name, value)| (name.to_string(), value)).collect();
    let headers = Headers::try_from(texts).context("the headers of a callback")?;
    match core.distribute.queue(destination, Message { kind: Kind::RequestState, of: None, body, headers }).await {
        Ok(_) => Ok(()),
        Err(QueueError::NoDestination) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
