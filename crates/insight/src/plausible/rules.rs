//! What of a query does not go together.

use crate::native::Context;
use crate::{MAX_GROUPS, Metric};

use super::error::{QueryError, token, wrong};
use super::names::{Asked, Named, What};
use super::request::{By, Request};

impl Request {
    /// Checks what the schema cannot, in the order that clients know.
    pub(super) fn check(&self, context: &Context<'_>) -> Result<(), QueryError> {
        self.check_order()?;
        if self.include.time_labels && !self.dimensions.iter().any(is_time) {
            return wrong("Invalid include.time_labels: requires a time dimension.");
        }
        self.filters.iter().try_for_each(|filter| filter.check(context))?;
        self.check_dimensions(context)?;
        self.metrics.iter().try_for_each(|(name, metric)| self.check_metric(name, *metric))?;
        self.check_tables()
    }

    fn check_order(&self) -> Result<(), QueryError> {
        for (by, descending) in &self.order_by {
            let direction = if *descending { "desc" } else { "asc" };
            let entry = match by {
                By::Metric(name) if !self.metrics.iter().any(|(asked, _)| asked == name) => format!(":{name}"),
                By::Dimension(name) if !self.dimensions.iter().any(|asked| asked.name == *name) => {
                    format!("\"{}\"", token(name))
                }
                _ => continue,
            };
            let what = "Entry is not a queried metric or dimension.";
            return wrong(format!("Invalid order_by entry '{{{entry}, :{direction}}}'. {what}"));
        }
        Ok(())
    }

    fn check_dimensions(&self, context: &Context<'_>) -> Result<(), QueryError> {
        if self.has_goal_dimension() && context.definitions.goals.is_empty() {
            return wrong("Invalid dimensions. No goals are configured for this site: use `event:name`.");
        }
        if self.dimensions.iter().filter(|d| is_time(d)).count() > 1 {
            return wrong("Invalid dimensions. Only one time dimension can be queried.");
        }
        if self.dimensions.len() > MAX_GROUPS {
            return wrong(format!("Invalid dimensions. At most {MAX_GROUPS} dimensions can be queried together."));
        }
        Ok(())
    }

    fn check_metric(&self, name: &str, metric: Asked) -> Result<(), QueryError> {
        match metric {
            Asked::Conversion(_)
                if self.has_goal_dimension() || self.filters.iter().any(|f| f.of_goals().is_some()) =>
            {
                Ok(())
            }
            Asked::Conversion(_) => {
                wrong(format!("Metric `{name}` can only be queried with event:goal filters or dimensions."))
            }
            Asked::Metric(Metric::ScrollDepth | Metric::TimeOnPage) if !self.has_page(true) => {
                wrong(format!("Metric `{name}` can only be queried with event:page filters or dimensions."))
            }
            Asked::Metric(Metric::ViewsPerVisit) if self.has_page(false) && self.dimensions.is_empty() => {
                wrong(format!("Metric `{name}` cannot be queried with a filter on `event:page`."))
            }
            Asked::Metric(Metric::ViewsPerVisit) if !self.dimensions.is_empty() => {
                wrong(format!("Metric `{name}` cannot be queried with `dimensions`."))
            }
            Asked::Metric(Metric::Percentage) if self.dimensions.is_empty() => {
                wrong(format!("Metric `{name}` can only be queried with dimensions."))
            }
            Asked::Metric(_) => Ok(()),
        }
    }

    /// True if rows stand for goals.
    pub(super) fn has_goal_dimension(&self) -> bool {
        self.dimensions.iter().any(|d| d.what == What::Goal)
    }

    /// True if there is a filter on pages (only at the top level if asked so) or a dimension of pages.
    fn has_page(&self, only_top: bool) -> bool {
        let mut found = self.dimensions.iter().any(|d| d.name == "event:page");
        for filter in &self.filters {
            filter.each(true, &mut |simple, top| found |= simple.name() == "event:page" && (top || !only_top));
        }
        found
    }

    /// Metrics of visits do not go with dimensions of events, except with the page (and its host), and metrics of
    /// events not with what only whole visits have.
    fn check_tables(&self) -> Result<(), QueryError> {
        let of_visits = self.named(|m| matches!(m, Metric::BounceRate | Metric::VisitDuration | Metric::ViewsPerVisit));
        let of_events = self.named(|m| matches!(m, Metric::Events | Metric::ScrollDepth | Metric::TimeOnPage));
        let has_page = self.dimensions.iter().any(|d| d.name == "event:page");
        let with_page = |d: &Named| has_page && matches!(d.name.as_str(), "event:page" | "event:hostname");
        let event_dimensions = quoted(self.dimensions.iter().filter(|d| d.is_of_event() && !with_page(d)));
        if !of_visits.is_empty() && !event_dimensions.is_empty() {
            let cannot = "cannot be queried along with event dimension(s)";
            return wrong(format!("Session metric(s) {of_visits} {cannot} {event_dimensions}"));
        }
        let visit_dimensions = quoted(self.dimensions.iter().filter(|d| d.is_of_visit_only()));
        if !of_events.is_empty() && !visit_dimensions.is_empty() {
            let cannot = "cannot be queried along with session dimension(s)";
            return wrong(format!("Event metric(s) {of_events} {cannot} {visit_dimensions}"));
        }
        Ok(())
    }

    fn named(&self, is: fn(&Metric) -> bool) -> String {
        let names: Vec<_> = self
            .metrics
            .iter()
            .filter(|(_, asked)| matches!(asked, Asked::Metric(metric) if is(metric)))
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        names.join(", ")
    }
}

pub(super) fn is_time(dimension: &Named) -> bool {
    matches!(dimension.what, What::Time(_))
}

fn quoted<'a>(dimensions: impl Iterator<Item = &'a Named>) -> String {
    let names: Vec<_> = dimensions.map(|d| format!("`{}`", token(&d.name))).collect();
    names.join(", ")
}
