//! Sums of money: of enough people who paid, and of no amount that stands out.
//!
//! A sum is another answer than a count, about fewer people: those who paid. So it is asked for by itself, about
//! events with money only, and folded and refused by these. And one large amount may make most of a sum: each counts
//! at most so much as at least the floor of persons paid, on the whole site and in the time asked about.

use std::collections::HashMap;

use outis_event::SiteId;
use outis_insight::{DayRange, EventFilter, Filter, Metric, Query, Shown, ShownKey, ShownRow, Sight};
use parking_lot::Mutex;

use crate::asking::Asking;
use crate::gate::Gate;
use crate::refusal::Refusal;

/// Largest cap, in thousandths.
const MOST_MILLI: i64 = 1_000_000_000_000;
/// Most caps that are remembered.
const MOST_CAPS: usize = 1_000;

/// Caps that were worked out; a snapshot keeps its cap.
#[derive(Default)]
pub(crate) struct Caps(Mutex<HashMap<Capped, Option<i64>>>);

type Capped = (SiteId, DayRange, Sight, u32);

/// True of metrics that are sums of money.
pub(crate) fn is_money(metric: Metric) -> bool {
    matches!(metric, Metric::TotalRevenue | Metric::AverageRevenue)
}

/// 1, 2, 5, 10, 20 and so on, in thousandths.
fn caps() -> Vec<i64> {
    let decades = std::iter::successors(Some(1_i64), |unit| unit.checked_mul(10).filter(|unit| *unit <= MOST_MILLI));
    decades.flat_map(|unit| [unit, unit * 2, unit * 5]).collect()
}

impl Gate {
    /// Adds what may be told of money to an answer that has none yet.
    pub(crate) async fn add_money(
        &self,
        floor: u32,
        query: &Query,
        sight: Sight,
        shown: &mut Shown,
    ) -> Result<(), Refusal> {
        let Some(cap) = self.cap(floor, query, sight).await? else { return Ok(()) };
        #[cfg(test)]
        let cap = if self.off.caps { i64::MAX } else { cap };
        let paid = Filter::Event(EventFilter::Paid(0));
        let filter = if query.filter.is_all() { paid } else { Filter::And(vec![query.filter.clone(), paid]) };
        let asked = Query { filter, cap_milli: Some(cap), ..query.clone() };
        let sums = match self.guarded(floor, &asked, sight).await {
            Ok(sums) => sums,
            // Too few of those who paid are set apart; the rest of the answer is about everybody.
            Err(Refusal::TooFewPeople { .. }) => return Ok(()),
            Err(refusal) => return Err(refusal),
        };
        let places: Vec<usize> = (0..query.metrics.len()).filter(|at| is_money(query.metrics[*at])).collect();
        let copy = |to: &mut ShownRow, from: &ShownRow| {
            places.iter().for_each(|at| to.values[*at] = from.values[*at]);
            to.parts.currency = from.parts.currency;
        };
        if let (Some(to), Some(from), false) = (&mut shown.total, &sums.total, query.filter.is_all()) {
            copy(to, from);
        }
        let by_keys: HashMap<&[ShownKey], &ShownRow> = sums.rows.iter().map(|row| (row.keys.as_slice(), row)).collect();
        // What is folded differs between the two answers, so nothing is told of the others.
        for row in shown.rows.iter_mut().filter(|row| !row.keys.contains(&ShownKey::Other)) {
            if let Some(sum) = by_keys.get(row.keys.as_slice()) {
                copy(row, sum);
            }
        }
        Ok(())
    }

    /// The largest cap that at least the floor of persons reached; `None`: fewer paid anything.
    async fn cap(&self, floor: u32, query: &Query, sight: Sight) -> Result<Option<i64>, Refusal> {
        let key = (query.site, query.range, sight, floor);
        if let Some(cap) = self.caps.0.lock().get(&key) {
            return Ok(*cap);
        }
        let caps = caps();
        // The first step asks who paid anything at all; then the caps are searched by halves.
        let (mut reached, mut beyond) = (None, caps.len());
        let mut at = 0;
        while at < beyond {
            let least = if at == 0 { 0 } else { caps[at] };
            let filter = Filter::Event(EventFilter::Paid(least));
            let metrics = vec![Metric::Visitors];
            let question = Query { filter, metrics, groups: Vec::new(), cap_milli: None, ..query.clone() };
            // Each step is an evaluation of its own; they are few, and the cap is remembered.
            let persons = Asking::new(&*self.rows, sight).evaluate(&question).await?.total.persons;
            if persons >= u64::from(floor) {
                reached = Some(at);
            } else {
                beyond = at;
            }
            let from = reached.map_or(0, |reached| reached + 1);
            at = from + (beyond - from.min(beyond)) / 2;
        }
        let cap = reached.map(|at| caps[at]);
        let mut known = self.caps.0.lock();
        if known.len() >= MOST_CAPS {
            known.clear();
        }
        known.insert(key, cap);
        Ok(cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_rise_by_steps_that_people_know() {
        let caps = caps();
        assert_eq!(caps[..7], [1, 2, 5, 10, 20, 50, 100]);
        assert!(caps.is_sorted() && caps.len() < 64);
    }
}
