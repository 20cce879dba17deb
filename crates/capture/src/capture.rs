//! The endpoints and what they share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;
use http::request::Parts;
use outis_anonymise::{Anonymiser, Whereabouts};
use outis_disclose::Secret;
use outis_event::{Clock, DropReason, InsertHash, SiteId, Timestamp};

use crate::answer::Refusal;
use crate::body::Room;
use crate::cors::preflight;
use crate::debug::DebugView;
use crate::dedup::{Dedup, RestoreError};
use crate::pace::Pace;
use crate::proxies::Proxies;
use crate::rate::Limiter;
use crate::script::{Scripts, Served};
use crate::sender::Sender;
use crate::{CaptureOptions, Counters, Members, Sink, SiteState, Sites, native, plausible, script};

/// What the endpoints share.
pub(crate) struct Inner {
    pub(crate) options: CaptureOptions,
    pub(crate) anonymiser: Arc<Anonymiser>,
    pub(crate) sites: Arc<dyn Sites>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) members: Arc<dyn Members>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limiter: Limiter,
    pub(crate) room: Room,
    pub(crate) dedup: Arc<Dedup>,
    pub(crate) counters: Counters,
    pub(crate) pace: Pace,
    pub(crate) debug: DebugView,
    pub(crate) whole: Served,
    pub(crate) core: Served,
    pub(crate) suggest: Served,
    proxies: Proxies,
    refusals: [AtomicU64; REFUSED.len()],
}

/// Answers that are counted.
const REFUSED: [StatusCode; 8] = [
    StatusCode::BAD_REQUEST,
    StatusCode::UNAUTHORIZED,
    StatusCode::NOT_FOUND,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::SERVICE_UNAVAILABLE,
];

/// Takes events in. Cheap to clone.
#[derive(Clone)]
pub struct Capture {
    inner: Arc<Inner>,
}

impl Capture {
    /// `dedup_key` is the secret under which insert ids are remembered; a snapshot of them is of use only with the
    /// same one.
    #[expect(clippy::too_many_arguments, reason = "what it stands between")]
    pub fn new(
        options: CaptureOptions,
        anonymiser: Arc<Anonymiser>,
        sites: Arc<dyn Sites>,
        sink: Arc<dyn Sink>,
        members: Arc<dyn Members>,
        clock: Arc<dyn Clock>,
        dedup_key: &Secret<[u8; 32]>,
        scripts: Scripts,
    ) -> Capture {
        let key = dedup_key.expose("the key of the table of insert ids");
        let inner = Inner {
            limiter: Limiter::new(options.rates.clone()),
            room: Room::new(options.limits.clone()),
            dedup: Arc::new(Dedup::new(key, options.limits.insert_ids)),
            proxies: Proxies::new(options.trusted_proxies.clone(), options.proxy_header),
            counters: Counters::default(),
            pace: Pace::default(),
            debug: DebugView::default(),
            whole: Served::new(scripts.whole),
            core: Served::new(scripts.core),
            suggest: Served::new(scripts.suggest),
            refusals: std::array::from_fn(|_| AtomicU64::new(0)),
            options,
            anonymiser,
            sites,
            sink,
            members,
            clock,
        };
        Capture { inner: Arc::new(inner) }
    }

    /// The endpoints. Whoever serves them gives each request the extension `ConnectInfo<SocketAddr>`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/api/v1/events", post(native::post).options(preflight))
            .route("/api/event", post(plausible::post).options(preflight))
            .route("/js/outis.js", get(script::whole))
            .route("/js/outis.core.js", get(script::core))
            .route("/js/outis-suggest.js", get(script::suggest))
            .with_state(self.inner.clone())
    }

    /// Roughly where the sender of a request is. Nothing of the request is kept.
    pub fn whereabouts(&self, parts: &Parts) -> Whereabouts {
        let sender = Sender::new(parts, &self.inner.proxies);
        self.inner.anonymiser.tables().whereabouts(sender.ip())
    }

    /// Counts of events that belong to no known site.
    pub fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    /// Requests refused so far, by status.
    pub fn refusals(&self) -> Vec<(u16, u64)> {
        let counts = self.inner.refusals.iter().map(|count| count.load(Ordering::Relaxed));
        REFUSED.iter().map(StatusCode::as_u16).zip(counts).collect()
    }

    /// The site's last 20 events of the last 15 minutes that came with its debug token, as `{received, stored}`: what
    /// was told of each, as it was told, and what was made of it. For staff; in memory only.
    pub fn debug_events(&self, site: SiteId, now: Timestamp) -> Vec<serde_json::Value> {
        self.inner.debug.recent(site, now)
    }

    /// Forgets all debug events of a site.
    pub fn forget_debug_events_of(&self, site: SiteId) {
        self.inner.debug.forget_site(site);
    }

    /// Forgets debug events that are too old.
    pub fn forget_debug_events(&self, now: Timestamp) {
        self.inner.debug.forget(now);
    }

    /// The insert ids of the last day or two, as keyed hashes; up to 12 bytes each of `Limits::insert_ids`. They
    /// link nobody, but are sealed before they are written.
    pub fn dedup_snapshot(&self) -> Vec<u8> {
        self.inner.dedup.snapshot()
    }

    /// Adds the insert ids of a snapshot.
    ///
    /// # Errors
    /// When the bytes are not a snapshot; nothing is added then.
    pub fn dedup_restore(&self, bytes: &[u8]) -> Result<(), RestoreError> {
        self.inner.dedup.restore(bytes)
    }

    /// Adds insert ids that were stored after the last snapshot.
    pub fn dedup_recall(&self, hashes: impl IntoIterator<Item = InsertHash>) {
        self.inner.dedup.recall(hashes, self.inner.clock.now());
    }
}

impl Inner {
    /// The sender, if they may send.
    pub(crate) fn enter(&self, parts: &Parts) -> Result<Sender, Refusal> {
        let sender = Sender::new(parts, &self.proxies);
        match self.limiter.enter(sender.ip(), self.clock.now()) {
            Ok(()) => Ok(sender),
            Err(wait) => {
                self.counters.add_dropped(DropReason::RateLimited, 1);
                Err(Refusal::too_many(wait.seconds))
            }
        }
    }

    /// Lets events in, if the site has not had too many.
    pub(crate) fn enter_site(&self, site: &SiteState, events: usize, now: Timestamp) -> Result<(), Refusal> {
        self.limiter.enter_site(site.site().id, events, now).map_err(|wait| {
            site.counters.add_dropped(DropReason::RateLimited, events as u64);
            Refusal::too_many(wait.seconds)
        })
    }

    pub(crate) fn count_refusal(&self, status: StatusCode) {
        if let Some(at) = REFUSED.iter().position(|refused| *refused == status) {
            self.refusals[at].fetch_add(1, Ordering::Relaxed);
        }
    }
}
