//! Names of metrics and dimensions.

use outis_event::{Dimension, Vocabulary};

use crate::attribute::Attribute;
use crate::{Interval, Metric, VisitField};

/// A metric by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Metric(Metric),
    /// Of goals: percent of all visitors, or of those of the row.
    Conversion(Conversion),
}

/// What a rate of conversion is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    OfAll,
    OfGroup,
}

const METRICS: [(&str, Asked); 14] = [
    ("visitors", Asked::Metric(Metric::Visitors)),
    ("visits", Asked::Metric(Metric::Visits)),
    ("pageviews", Asked::Metric(Metric::Pageviews)),
    ("views_per_visit", Asked::Metric(Metric::ViewsPerVisit)),
    ("bounce_rate", Asked::Metric(Metric::BounceRate)),
    ("visit_duration", Asked::Metric(Metric::VisitDuration)),
    ("events", Asked::Metric(Metric::Events)),
    ("scroll_depth", Asked::Metric(Metric::ScrollDepth)),
    ("percentage", Asked::Metric(Metric::Percentage)),
    ("conversion_rate", Asked::Conversion(Conversion::OfAll)),
    ("group_conversion_rate", Asked::Conversion(Conversion::OfGroup)),
    ("time_on_page", Asked::Metric(Metric::TimeOnPage)),
    ("total_revenue", Asked::Metric(Metric::TotalRevenue)),
    ("average_revenue", Asked::Metric(Metric::AverageRevenue)),
];

/// The metric with this name.
pub(super) fn metric(name: &str) -> Option<Asked> {
    METRICS.iter().find(|(known, _)| *known == name).map(|(_, metric)| *metric)
}

/// A dimension with the name it was asked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) what: What,
}

/// What a dimension stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Dimension(Dimension),
    Visit(VisitField),
    Property(String),
    /// A country, said by its English name.
    CountryName,
    /// Never known.
    City,
    /// A time bucket; `None`: of the width that suits the range.
    Time(Option<Interval>),
    /// Saved goals.
    Goal,
}

const SIMPLE: [(&str, What); 28] = [
    ("event:name", What::Dimension(Dimension::Event)),
    ("event:page", What::Dimension(Dimension::Page)),
    ("event:hostname", What::Dimension(Dimension::Hostname)),
    ("visit:source", What::Dimension(Dimension::Source)),
    ("visit:referrer", What::Dimension(Dimension::Referrer)),
    ("visit:channel", What::Dimension(Dimension::Channel)),
    ("visit:utm_medium", What::Dimension(Dimension::UtmMedium)),
    ("visit:utm_source", What::Dimension(Dimension::UtmSource)),
    ("visit:utm_campaign", What::Dimension(Dimension::UtmCampaign)),
    ("visit:utm_content", What::Dimension(Dimension::UtmContent)),
    ("visit:utm_term", What::Dimension(Dimension::UtmTerm)),
    // Both names mean the class of device.
    ("visit:screen", What::Dimension(Dimension::Device)),
    ("visit:device", What::Dimension(Dimension::Device)),
    ("visit:browser", What::Dimension(Dimension::Browser)),
    ("visit:browser_version", What::Dimension(Dimension::BrowserVersion)),
    ("visit:os", What::Dimension(Dimension::Os)),
    ("visit:os_version", What::Dimension(Dimension::OsVersion)),
    ("visit:country", What::Dimension(Dimension::Country)),
    ("visit:region", What::Dimension(Dimension::Region)),
    ("visit:city", What::City),
    ("visit:country_name", What::CountryName),
    // Regions have no names here: they are said by code.
    ("visit:region_name", What::Dimension(Dimension::Region)),
    ("visit:city_name", What::City),
    ("visit:entry_page", What::Visit(VisitField::EntryPage)),
    ("visit:exit_page", What::Visit(VisitField::ExitPage)),
    ("visit:entry_page_hostname", What::Visit(VisitField::EntryHostname)),
    ("visit:exit_page_hostname", What::Visit(VisitField::ExitHostname)),
    ("event:goal", What::Goal),
];

const TIMES: [(&str, Option<Interval>); 5] = [
    ("time", None),
    ("time:hour", Some(Interval::Hour)),
    ("time:day", Some(Interval::Day)),
    ("time:week", Some(Interval::Week)),
    ("time:month", Some(Interval::Month)),
];

/// The dimension with this name.
pub(super) fn dimension(name: &str) -> Option<Named> {
    let time = TIMES.iter().find(|(known, _)| *known == name).map(|(_, interval)| What::Time(*interval));
    Some(Named { what: time.or_else(|| filterable(name))?, name: name.to_owned() })
}

/// The same without times, which cannot be filtered on.
pub(super) fn filterable(name: &str) -> Option<What> {
    if let Some(key) = name.strip_prefix("event:props:") {
        return (!key.is_empty()).then(|| What::Property(key.to_owned()));
    }
    SIMPLE.iter().find(|(known, _)| *known == name).map(|(_, what)| what.clone())
}

impl What {
    /// The attribute that it is, if it is one.
    pub(super) fn attribute(&self, vocabulary: &Vocabulary) -> Option<Attribute> {
        match self {
            What::Dimension(dimension) => Some(Attribute::Dimension(*dimension)),
            What::Visit(field) => Some(Attribute::Visit(*field)),
            What::Property(key) => Some(Attribute::property(vocabulary, key)),
            What::CountryName => Some(Attribute::Dimension(Dimension::Country)),
            What::City | What::Time(_) | What::Goal => None,
        }
    }

    /// How an absent value is called.
    pub(super) fn not_set(&self) -> &'static str {
        match self {
            What::Dimension(Dimension::Source | Dimension::Referrer) => "Direct / None",
            What::Property(_) => "(none)",
            _ => "(not set)",
        }
    }
}

impl Named {
    /// True for what is told of single events (times are neither of events nor of visits).
    pub(super) fn is_of_event(&self) -> bool {
        self.name.starts_with("event:")
    }

    /// True for what is told of whole visits only.
    pub(super) fn is_of_visit_only(&self) -> bool {
        matches!(self.what, What::Visit(_))
    }
}
