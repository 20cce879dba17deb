//! How values are told: counts in fives, rates from such counts, in whole percent.

use outis_insight::{Currency, Metric, Parts};

/// Counts are told as multiples of this.
pub(crate) const STEP: u64 = 5;

/// The nearest multiple of the step.
pub(crate) fn rounded(count: u64) -> u64 {
    count.saturating_add(STEP / 2) / STEP * STEP
}

/// Every count as it is told; what is no count is left out.
pub(crate) fn parts(parts: &Parts) -> Parts {
    Parts {
        visitors: rounded(parts.visitors),
        visits: rounded(parts.visits),
        pageviews: rounded(parts.pageviews),
        visit_pageviews: rounded(parts.visit_pageviews),
        events: rounded(parts.events),
        entries: rounded(parts.entries),
        bounces: rounded(parts.bounces),
        duration_s: 0,
        engaged_s: 0,
        scroll_sum: 0,
        scroll_pairs: rounded(parts.scroll_pairs),
        exits: rounded(parts.exits),
        revenue_milli: 0,
        revenue_events: 0,
        currency: Currency::None,
    }
}

/// A metric as it is told of a row; `all_visitors` are those of the query without grouping.
///
/// A rate is taken from rounded counts, so that no exact count can be worked back from it, and is not told if fewer
/// visits than the floor are behind it. Revenue is not told: one purchase may make most of a sum (see [`money`]).
pub(crate) fn value(metric: Metric, exact: &Parts, all_visitors: u64, floor: u64) -> Option<f64> {
    let told = parts(exact);
    let enough = |count: u64| count >= floor.max(STEP);
    match metric {
        Metric::Visitors => Some(told.visitors as f64),
        Metric::Visits => Some(told.visits as f64),
        Metric::Pageviews => Some(told.pageviews as f64),
        Metric::Events => Some(told.events as f64),
        Metric::ViewsPerVisit if !enough(exact.visits) => None,
        Metric::ViewsPerVisit => Some((told.visit_pageviews as f64 / told.visits as f64 * 10.0).round() / 10.0),
        Metric::BounceRate if exact.entries == 0 && exact.visits > 0 => Some(0.0),
        Metric::BounceRate => enough(exact.entries).then(|| percent(told.bounces, told.entries)),
        Metric::VisitDuration => enough(exact.entries).then(|| mean(exact.duration_s, exact.entries)),
        Metric::ScrollDepth => enough(exact.scroll_pairs).then(|| mean(exact.scroll_sum, exact.scroll_pairs)),
        Metric::TimeOnPage if exact.engaged_s == 0 => None,
        Metric::TimeOnPage => enough(exact.visits).then(|| mean(exact.engaged_s, exact.visits)),
        Metric::ExitRate => enough(exact.visit_pageviews).then(|| percent(told.exits, told.visit_pageviews)),
        Metric::Percentage => enough(all_visitors).then(|| percent(told.visitors, rounded(all_visitors))),
        Metric::TotalRevenue | Metric::AverageRevenue => None,
    }
}

/// A sum of money as it is told, in thousandths: to three digits, of enough payments. A mean is taken from the exact sum
/// and count, as other means are, so that where everybody paid the same it is that. With the sum it tells about how many
/// payments there were, which the sum alone tells whoever knows the price.
pub(crate) fn money(metric: Metric, exact: &Parts, floor: u64) -> Option<f64> {
    if exact.revenue_events < floor.max(STEP) {
        return None;
    }
    match metric {
        Metric::TotalRevenue | Metric::AverageRevenue => exact.value(metric, 0).map(digits),
        _ => None,
    }
}

/// The nearest number of three digits.
fn digits(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powi(value.abs().log10().floor() as i32 - 2);
    (value / unit).round() * unit
}

/// Whole percent, at most 100.
fn percent(part: u64, whole: u64) -> f64 {
    (part as f64 * 100.0 / whole as f64).round().min(100.0)
}

fn mean(sum: u64, count: u64) -> f64 {
    (sum as f64 / count as f64).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_in_fives() {
        let told = [0, 2, 3, 7, 8, 12, u64::MAX].map(rounded);
        assert_eq!(told, [0, 0, 5, 5, 10, 10, u64::MAX / 5 * 5]);
    }

    #[test]
    fn sums_are_told_to_three_digits() {
        let told = |milli, events| {
            let parts = Parts {
                revenue_milli: milli,
                revenue_events: events,
                currency: Currency::One(outis_event::Term(7)),
                ..Parts::default()
            };
            [Metric::TotalRevenue, Metric::AverageRevenue].map(|metric| money(metric, &parts, 10))
        };
        assert_eq!(told(1_234_567, 12), [Some(1_230_000.0), Some(103_000.0)]);
        assert_eq!(told(-98_765, 20), [Some(-98_800.0), Some(-4_940.0)]);
        assert_eq!(told(60_000, 12), [Some(60_000.0), Some(5_000.0)]);
        assert_eq!(told(0, 20), [Some(0.0), Some(0.0)]);
        assert_eq!(told(1_234_567, 9), [None, None]);
    }

    #[test]
    fn a_rate_tells_no_single_visit_apart() {
        let rate = |bounces, entries| {
            value(Metric::BounceRate, &Parts { bounces, entries, visits: 50, ..Parts::default() }, 0, 10)
        };
        assert_eq!(rate(1, 20), rate(0, 20));
        assert_eq!(rate(10, 20), Some(50.0));
        assert_eq!(rate(1, 9), None);
        assert_eq!(rate(0, 0), Some(0.0));
    }

    #[test]
    fn a_part_that_is_counted_twice_is_at_most_everything() {
        let parts = Parts { visitors: 130, ..Parts::default() };
        assert_eq!(value(Metric::Percentage, &parts, 100, 10), Some(100.0));
    }
}
