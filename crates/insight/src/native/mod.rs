//! The native insights API: totals, series and breakdowns asked for in words.
//!
//! [`parse`] reads a [`Request`], [`Request::resolve`] turns it into a [`Question`] about numbers, and
//! [`Question::present`] puts the rows that the guard lets pass back into words.

mod ab;
mod attribution;
pub mod behaviour;
mod composed;
mod composition;
mod define;
mod engagement;
mod error;
mod features;
mod formula;
mod goals;
mod items;
mod keep;
mod present;
mod property;
mod request;
mod resolve;
mod segmentation;
mod selector;
mod statistics;
#[cfg(test)]
mod tests;

use outis_event::{Day, Link, SiteId, Timestamp, Vocabulary};
use serde::Serialize;

use jiff::tz::TimeZone;

use crate::attribute::Attribute;
use crate::{Definitions, Interval, Metric, Query};

pub(crate) use resolve::{query, segment};

pub use ab::{AbAnswer, AbQuestion, AbRequest, AbSide, Side};
pub use attribution::{AttributionAnswer, AttributionQuestion, AttributionRequest, AttributionRow};
pub use composed::{Composable, Composed, HowComposed, Part, parse_composed};
pub use composition::{CompositionAnswer, CompositionQuestion, CompositionRequest, CompositionRow};
pub use engagement::{EngagementAnswer, EngagementMedians, EngagementQuestion, EngagementRequest, EngagementRow};
pub use error::RequestError;
pub use features::{FeatureBefore, FeatureCustomer, FeatureRow, FeaturesAnswer, FeaturesQuestion, FeaturesRequest};
pub use goals::{GoalCompare, GoalRow, GoalsAnswer, GoalsQuestion, GoalsRequest, Suggestion};
pub use items::{ItemRow, ItemsAnswer, ItemsQuestion, ItemsRequest};
pub use keep::{Held, Listed, Offer, keeping, listed};
pub use present::{Hidden, How, HowNoise, Kind, Response, ResponseRow, Value};
pub use request::{Compare, Period, Request, parse};
pub use segmentation::{SegmentationAnswer, SegmentationQuestion, SegmentationRequest, Series};
pub use selector::Selector;

/// Which of the three calls was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One row.
    Totals,
    /// A row per time bucket.
    Series,
    /// A row per value of a dimension.
    Breakdown,
}

/// What words and days mean at the moment of asking.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The site's number.
    pub site: SiteId,
    /// The site's local calendar.
    pub zone: &'a TimeZone,
    /// The site's words.
    pub vocabulary: &'a Vocabulary,
    /// The present instant.
    pub now: Timestamp,
    /// The first day with events, if there are any: where the period `all` begins.
    pub first_day: Option<Day>,
    /// What the site's staff have saved under a name.
    pub definitions: &'a Definitions,
    /// Whether members may be followed through the days of a period.
    pub link: Link,
    /// Events whose first times members' marks tell, by their place.
    pub actions: &'a [String],
}

/// A request about numbers, ready to be evaluated, guarded and presented.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub main: Query,
    /// The same about the window it is compared with.
    pub compare: Option<Query>,
    form: Form,
    interval: Interval,
    /// Of the rows of a breakdown.
    attribute: Option<Attribute>,
    order: Order,
    limit: usize,
    offset: usize,
    search: Option<String>,
    now: Timestamp,
}

/// What rows of a breakdown are sorted by.
#[derive(Clone, Copy, Debug)]
struct Order {
    by: By,
    descending: bool,
}

#[derive(Clone, Copy, Debug)]
enum By {
    /// The place of the metric in the request.
    Metric(usize),
    Key,
}

/// Metrics that can be asked for.
const METRICS: [(&str, Metric); 11] = [
    ("visitors", Metric::Visitors),
    ("visits", Metric::Visits),
    ("pageviews", Metric::Pageviews),
    ("events", Metric::Events),
    ("views_per_visit", Metric::ViewsPerVisit),
    ("bounce_rate", Metric::BounceRate),
    ("visit_duration", Metric::VisitDuration),
    ("scroll_depth", Metric::ScrollDepth),
    ("time_on_page", Metric::TimeOnPage),
    ("exit_rate", Metric::ExitRate),
    ("percentage", Metric::Percentage),
];

/// The name of an interval.
fn name_of(interval: Interval) -> &'static str {
    match interval {
        Interval::Hour => "hour",
        Interval::Day => "day",
        Interval::Week => "week",
        Interval::Month => "month",
    }
}

/// A refusal in the form it is sent in.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorBody {
    /// What is wrong.
    pub error: RequestError,
}
