//! Questions of analysts: parsed and turned into numbers.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use outis_event::{Day, Dimension, Link, SiteId, Timestamp, Vocabulary};
use outis_insight::native::behaviour::Ask;
use outis_insight::native::{Composable, Context, Form};
use outis_insight::{Definition, DefinitionKind, Definitions, native, plausible};

/// 2026-11-24 11:00 in Vienna.
const NOW: Timestamp = Timestamp(1_795_514_400_000);

struct Site {
    zone: TimeZone,
    vocabulary: Vocabulary,
    definitions: Definitions,
}

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let vocabulary = Vocabulary::default();
    for (dimension, word) in
        [(Dimension::Event, "pageview"), (Dimension::Page, "/"), (Dimension::Page, "/a"), (Dimension::Source, "Google")]
    {
        vocabulary.admit(dimension, word);
    }
    Site {
        zone: TimeZone::get("Europe/Vienna").expect("bundled zone"),
        vocabulary,
        definitions: Definitions::default(),
    }
});

fn context() -> Context<'static> {
    let Site { zone, vocabulary, definitions } = &*SITE;
    Context {
        site: SiteId(1),
        zone,
        vocabulary,
        now: NOW,
        first_day: Some(Day(20_000)),
        definitions,
        link: Link::Period,
        actions: &[],
    }
}

/// A native request parses and resolves, or is refused; nothing else.
pub fn native_insights(bytes: &[u8]) {
    if let Ok(request) = native::parse(bytes) {
        for form in [Form::Totals, Form::Series, Form::Breakdown] {
            let _ = request.resolve(form, &context());
        }
    }
    for kind in ["funnel", "journeys", "visits", "frequency", "retention", "lifecycle"] {
        if let Some(Ok(ask)) = Ask::parse(kind, bytes) {
            let _ = ask.resolve(&context());
        }
    }
    composed::<native::SegmentationRequest>(bytes);
    composed::<native::GoalsRequest>(bytes);
    composed::<native::ItemsRequest>(bytes);
    composed::<native::AttributionRequest>(bytes);
    composed::<native::AbRequest>(bytes);
    if let Ok(value) = serde_json::from_slice(bytes) {
        for kind in DefinitionKind::ALL {
            if let Ok(definition) = Definition::read(kind, &value) {
                let _ = definition.check(&context());
            }
        }
    }
}

fn composed<T: Composable>(bytes: &[u8]) {
    if let Ok(request) = native::parse_composed::<T>(bytes) {
        let _ = request.resolve(&context());
    }
}

/// A query of Plausible's parses and resolves, or is refused; nothing else.
pub fn plausible_query(bytes: &[u8]) {
    let Ok(request) = plausible::parse(bytes) else { return };
    let _ = request.site_id().len();
    let _ = request.resolve(&context());
}
