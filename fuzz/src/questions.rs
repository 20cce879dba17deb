//! Questions of analysts: parsed and turned into numbers.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use outis_event::{Day, Dimension, SiteId, Timestamp, Vocabulary};
use outis_insight::native::{Context, Form};
use outis_insight::{native, plausible};

/// 2026-11-24 11:00 in Vienna.
const NOW: Timestamp = Timestamp(1_795_514_400_000);

struct Site {
    zone: TimeZone,
    vocabulary: Vocabulary,
}

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let vocabulary = Vocabulary::default();
    for (dimension, word) in
        [(Dimension::Event, "pageview"), (Dimension::Page, "/"), (Dimension::Page, "/a"), (Dimension::Source, "Google")]
    {
        vocabulary.admit(dimension, word);
    }
    Site { zone: TimeZone::get("Europe/Vienna").expect("bundled zone"), vocabulary }
});

fn context() -> Context<'static> {
    let Site { zone, vocabulary } = &*SITE;
    Context { site: SiteId(1), zone, vocabulary, now: NOW, first_day: Some(Day(20_000)) }
}

/// A native request parses and resolves, or is refused; nothing else.
pub fn native_insights(bytes: &[u8]) {
    let Ok(request) = native::parse(bytes) else { return };
    for form in [Form::Totals, Form::Series, Form::Breakdown] {
        let _ = request.resolve(form, &context());
    }
}

/// A query of Plausible's parses and resolves, or is refused; nothing else.
pub fn plausible_query(bytes: &[u8]) {
    let Ok(request) = plausible::parse(bytes) else { return };
    let _ = request.site_id().len();
    let _ = request.resolve(&context());
}
