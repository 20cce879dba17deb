//! Questions about the order of events, in words.
//!
//! [`Ask::parse`] reads a request of a kind, [`Ask::resolve`] turns it into an [`Asked`] about numbers, and
//! [`Asked::present`] puts the table that the guard lets pass back into words.

pub(super) mod common;
mod funnel;
mod journeys;
mod members;
#[cfg(test)]
mod tests;
pub(super) mod visits;

pub(super) use funnel::DAY_S;

use outis_event::{Term, Vocabulary};
use serde::Serialize;
use utoipa::ToSchema;

use super::resolve::Resolved;
use super::{Context, RequestError};
use crate::behaviour::{Behaviour, ShownTable};

pub use common::HowTraced;
pub use funnel::{
    Excluded, FunnelAnswer, FunnelBucket, FunnelGroup, FunnelRequest, FunnelStep, Step, TimeToConvert,
    TimeToConvertClass,
};
pub use journeys::{JourneyFlow, JourneyPath, JourneyStop, JourneysAnswer, JourneysRequest, PageGroup};
pub use members::{
    Actives, Cohort, LifecycleAnswer, LifecycleRequest, LifecycleSeries, RetentionAnswer, RetentionCell,
    RetentionRequest, RetentionTotal, Stickiness,
};
pub use visits::{
    DepthClass, DurationClass, FrequencyAnswer, FrequencyClass, FrequencyRequest, VisitMedians, VisitsAnswer,
    VisitsRequest,
};

/// A question of some kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = BehaviourRequest)]
pub enum Ask {
    /// `funnel`.
    Funnel(FunnelRequest),
    /// `journeys`.
    Journeys(Box<JourneysRequest>),
    /// `visits`.
    Visits(VisitsRequest),
    /// `frequency`.
    Frequency(FrequencyRequest),
    /// `retention`.
    Retention(RetentionRequest),
    /// `lifecycle`.
    Lifecycle(LifecycleRequest),
}

/// A question about numbers, ready to be evaluated, guarded and presented.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is asked.
    pub behaviour: Behaviour,
    words: Words,
    frame: common::Frame,
}

/// What is needed to put the answer into words.
#[derive(Clone, Debug)]
enum Words {
    Funnel(funnel::Words),
    Journeys(journeys::Words),
    Visits,
    Frequency,
    Retention(members::Words),
    Lifecycle(members::Spans),
}

/// An answer in words.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = BehaviourAnswer)]
pub enum Answer {
    /// `funnel`.
    Funnel(FunnelAnswer),
    /// `journeys`.
    Journeys(JourneysAnswer),
    /// `visits`.
    Visits(VisitsAnswer),
    /// `frequency`.
    Frequency(FrequencyAnswer),
    /// `retention`.
    Retention(RetentionAnswer),
    /// `lifecycle`.
    Lifecycle(LifecycleAnswer),
}

impl Ask {
    /// Reads a request; `None` if there is no such kind.
    ///
    /// # Errors
    /// `too_large`, `not_json`, or `malformed` with the place of the first mistake.
    pub fn parse(kind: &str, body: &[u8]) -> Option<Result<Ask, RequestError>> {
        Some(match kind {
            "funnel" => FunnelRequest::parse(body).map(Ask::Funnel),
            "journeys" => JourneysRequest::parse(body).map(|request| Ask::Journeys(Box::new(request))),
            "visits" => VisitsRequest::parse(body).map(Ask::Visits),
            "frequency" => FrequencyRequest::parse(body).map(Ask::Frequency),
            "retention" => RetentionRequest::parse(body).map(Ask::Retention),
            "lifecycle" => LifecycleRequest::parse(body).map(Ask::Lifecycle),
            _ => return None,
        })
    }

    /// The site's domain.
    pub fn site(&self) -> &str {
        match self {
            Ask::Funnel(request) => &request.site,
            Ask::Journeys(request) => &request.site,
            Ask::Visits(request) => &request.site,
            Ask::Frequency(request) => &request.site,
            Ask::Retention(request) => &request.site,
            Ask::Lifecycle(request) => &request.site,
        }
    }

    /// What history tells of questions of this kind, for a refusal to say.
    pub fn in_history(&self) -> Option<&'static str> {
        match self {
            Ask::Funnel(_) => Some("history tells saved funnels, without filters and groups"),
            Ask::Journeys(_) => Some("history tells journeys of depth 2 from or to one page, without filters"),
            Ask::Retention(_) => Some("history tells what marks tell, single intervals from the cohort's week on"),
            Ask::Visits(_) | Ask::Frequency(_) | Ask::Lifecycle(_) => None,
        }
    }

    /// Turns words into numbers of the site.
    ///
    /// # Errors
    /// The first thing that is unknown, out of range, or does not go together, with a pointer to where it stands.
    pub fn resolve(&self, context: &Context<'_>) -> Resolved<Asked> {
        match self {
            Ask::Funnel(request) => request.resolve(context),
            Ask::Journeys(request) => request.resolve(context),
            Ask::Visits(request) => request.resolve(context),
            Ask::Frequency(request) => request.resolve(context),
            Ask::Retention(request) => request.resolve(context),
            Ask::Lifecycle(request) => request.resolve(context),
        }
    }
}

impl Asked {
    /// What closes keep its counts under, if they keep any.
    pub fn kept(&self) -> Option<Term> {
        match &self.words {
            Words::Funnel(words) => words.kept(),
            _ => None,
        }
    }

    /// Puts an answer into words.
    pub fn present(&self, vocabulary: &Vocabulary, shown: &ShownTable) -> Answer {
        match &self.words {
            Words::Funnel(words) => Answer::Funnel(words.present(self, vocabulary, shown)),
            Words::Journeys(words) => Answer::Journeys(words.present(self, vocabulary, shown)),
            Words::Visits => Answer::Visits(visits::visits(self, shown)),
            Words::Frequency => Answer::Frequency(visits::frequency(self, shown)),
            Words::Retention(words) => Answer::Retention(words.present(self, shown)),
            Words::Lifecycle(spans) => Answer::Lifecycle(spans.present(self, shown)),
        }
    }
}
