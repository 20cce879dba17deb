//! What capture needs from the rest: registered sites, and somewhere durable for events.

use std::sync::Arc;

use async_trait::async_trait;
use outis_anonymise::{DayKeys, Declared, SiteContext};
use outis_event::{AnonymousEvent, InsertHash, Site, Timestamp, Vocabulary};

use crate::Counters;

/// A registered site with what belongs to it. Made anew when the site's settings change.
pub struct SiteState {
    /// Settings, words, day keys and compiled rules.
    pub context: SiteContext,
    /// What became of its events; outlives changes of settings.
    pub counters: Arc<Counters>,
}

impl SiteState {
    /// Compiles the rules of the site.
    pub fn new(
        site: Arc<Site>,
        vocabulary: Arc<Vocabulary>,
        day_keys: Arc<DayKeys>,
        counters: Arc<Counters>,
    ) -> SiteState {
        SiteState { context: SiteContext::new(site, vocabulary, day_keys, Timestamp(0)), counters }
    }

    /// The same site with what is declared elsewhere than in its plan.
    #[must_use]
    pub fn declared_by(self, declared: Arc<dyn Declared>) -> SiteState {
        SiteState { context: self.context.declared_by(declared), ..self }
    }

    /// The site.
    pub fn site(&self) -> &Site {
        &self.context.site
    }
}

/// The registered sites.
pub trait Sites: Send + Sync + 'static {
    /// The site of this name: lower case, without `www.`.
    fn by_domain(&self, domain: &str) -> Option<Arc<SiteState>>;
}

/// Why events could not be made durable. None of them is stored then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// There is no room at the moment.
    #[error("overloaded")]
    Overloaded {
        /// Seconds after which trying again makes sense.
        retry_after_s: u32,
    },
    /// It is closed or broken.
    #[error("closed")]
    Closed,
}

/// Where events become durable.
#[async_trait]
pub trait Sink: Send + Sync + 'static {
    /// Stores all of the events or none, and with them the insert ids that some of them came under; they are durable
    /// when it returns.
    async fn append(&self, events: Vec<AnonymousEvent>, inserts: Vec<InsertHash>) -> Result<(), SinkError>;
}
