//! The endpoints for events, described (OpenAPI 3.1). The types here are for readers only: what arrives is read by
//! `wire`, field by field, so that an error names its place.

use std::collections::BTreeMap;

use utoipa::{OpenApi, ToSchema};

/// A batch of events of one site, at most 256 KiB as sent and after decompression.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Batch {
    /// The site's name.
    site: String,
    /// 1 to 500 events of at most 64 KiB each.
    #[schema(min_items = 1, max_items = 500)]
    events: Vec<Event>,
    /// Width and height of the screen in CSS pixels; only its class is kept.
    screen: Option<[u32; 2]>,
    /// Width and height of the window; only its class is kept.
    viewport: Option<[u32; 2]>,
    /// Device pixels per CSS pixel; only its class is kept.
    density: Option<f32>,
    /// The main pointer is a finger.
    touch: Option<bool>,
    /// A developer's debug token of the site: the answer then shows what was made of each event.
    debug: Option<String>,
}

/// Something that happened. Unknown keys are refused.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Event {
    /// `pageview`, `engagement`, or a name of the site's own, at most 120 characters.
    name: String,
    /// Address of the page. Its query is dropped except for campaign parameters.
    url: String,
    /// Address of the page before; only its host is looked at.
    referrer: Option<String>,
    /// Milliseconds since it happened.
    ago_ms: Option<u64>,
    /// Texts, numbers and flags by name, at most 30. Names like those of personal data are refused.
    properties: Option<BTreeMap<String, String>>,
    /// What was paid.
    revenue: Option<Revenue>,
    /// It ends a bounce. Default: true.
    interactive: Option<bool>,
    /// Deepest scroll position in percent.
    #[schema(maximum = 100)]
    scroll: Option<u8>,
    /// Milliseconds the page was visible and in focus.
    engaged_ms: Option<u32>,
    /// Item of the catalogue it is about.
    item: Option<String>,
    /// Tags of the item, at most 16.
    tags: Option<Vec<String>>,
    /// The sender's own id of this event: a second one with it within a day is not counted. At most 64 bytes.
    id: Option<String>,
}

/// An amount of money.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Revenue {
    /// ISO 4217 code.
    currency: String,
    /// Decimal amount such as `12.50`.
    amount: String,
}

/// What became of a batch.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Accepted {
    /// Events that are durable now.
    accepted: usize,
    /// Events that were dropped; the header `x-outis-reason` names the reasons.
    dropped: usize,
}

/// Mistakes by field. Nothing that was sent is repeated.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Mistakes {
    errors: BTreeMap<String, Vec<String>>,
}

/// Takes events. They are durable, anonymous and sealed when this is answered.
#[utoipa::path(post, path = "/api/v1/events", tag = "events", request_body = Batch,
    responses((status = 202, body = Accepted), (status = 400, body = Mistakes), (status = 413, body = Mistakes),
        (status = 415, body = Mistakes), (status = 429, body = Mistakes, description = "wait as Retry-After says"),
        (status = 503, body = Mistakes, description = "no room at the moment: wait as Retry-After says")))]
#[expect(dead_code, reason = "only its description is used")]
fn events() {}

/// Takes an event as Plausible's trackers send it (long or short keys, JSON or text/plain).
#[utoipa::path(post, path = "/api/event", tag = "events", request_body = Object,
    responses((status = 202, body = String, description = "`ok`; `x-plausible-dropped` counts sites that dropped it"),
        (status = 400, body = Mistakes)))]
#[expect(dead_code, reason = "only its description is used")]
fn plausible_event() {}

#[derive(OpenApi)]
#[openapi(paths(events, plausible_event))]
struct Description;

/// The description of the endpoints for events.
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
