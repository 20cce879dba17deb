//! How often items are acted on, and which are more than usual: from released cells only, which tell the same to everybody.

use std::collections::HashMap;

use outis_event::{Day, Dimension, Plan, Site, Term};
use outis_guard::{Gate, Refusal};
use outis_insight::{DayRange, EvaluateError, Filter, Group, Metric, Query, ShownKey};
use outis_personal::catalogue::Catalogue;
use outis_warehouse::Warehouse;

/// What popularity is taken over.
const POPULAR_DAYS: i32 = 35;
/// What is compared with the four times as many days before.
const TRENDING_DAYS: i32 = 7;
const TIMES_BEFORE: i32 = 4;
/// Most items that trend.
const MOST_TRENDING: usize = 100;

/// What cells tell of a site's items, by their ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Acted {
    counts: HashMap<String, u64>,
    /// The most first.
    trending: Vec<String>,
}

impl Acted {
    /// Asks the cells of the days before `today`. Visitors of a day count, added over days.
    ///
    /// # Errors
    /// When cells cannot be read.
    pub(super) async fn ask(gate: &Gate, warehouse: &Warehouse, site: &Site, today: Day) -> anyhow::Result<Acted> {
        let yesterday = today.plus(-1);
        let counts = visitors(gate, warehouse, site, today.plus(-POPULAR_DAYS), yesterday).await?;
        let begin = today.plus(-TRENDING_DAYS);
        let recent = visitors(gate, warehouse, site, begin, yesterday).await?;
        let before = visitors(gate, warehouse, site, begin.plus(-TRENDING_DAYS * TIMES_BEFORE), begin.plus(-1)).await?;
        Ok(Acted { trending: trending(recent, &before), counts })
    }

    /// Counts by number.
    pub(super) fn counts(&self, catalogue: &Catalogue) -> Vec<u64> {
        let mut counts = vec![0; catalogue.len()];
        for (id, count) in &self.counts {
            if let Some(at) = catalogue.number(id).and_then(|number| counts.get_mut(number as usize)) {
                *at += count;
            }
        }
        counts
    }

    /// Numbers of what trends, the most first.
    pub(super) fn trending(&self, catalogue: &Catalogue) -> Vec<u32> {
        self.trending.iter().filter_map(|id| catalogue.number(id)).collect()
    }
}

/// Items whose share of a week has grown by more than chance explains, the surest first: the difference to a week of
/// before, over the root of both.
fn trending(recent: HashMap<String, u64>, before: &HashMap<String, u64>) -> Vec<String> {
    let mut ranked: Vec<(f64, String)> = Vec::new();
    for (id, count) in recent {
        let now = count as f64;
        let usual = before.get(&id).copied().unwrap_or(0) as f64 / f64::from(TIMES_BEFORE);
        let surprise = (now - usual) / (now + usual + 1.0).sqrt();
        if surprise > 1.0 {
            ranked.push((surprise, id));
        }
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked.truncate(MOST_TRENDING);
    ranked.into_iter().map(|entry| entry.1).collect()
}

async fn visitors(
    gate: &Gate,
    warehouse: &Warehouse,
    site: &Site,
    from: Day,
    to: Day,
) -> anyhow::Result<HashMap<String, u64>> {
    let words = warehouse.vocabulary(site.id);
    let event = |name| words.lookup(Dimension::Event, name).unwrap_or(Term(u32::MAX));
    let query = Query {
        site: site.id,
        zone: site.zone.clone(),
        range: DayRange { from, to, slots: None },
        filter: Filter::ALL,
        metrics: vec![Metric::Visitors],
        groups: vec![Group::Dimension(Dimension::Item)],
        pageview: event(Plan::BUILT_IN[0]),
        engagement: event("engagement"),
        cap_milli: None,
    };
    let shown = match gate.answer_released(&site.policy, &query).await {
        Ok(shown) => shown,
        // Nothing was released of these days.
        Err(Refusal::Evaluate(EvaluateError::NotInHistory { .. } | EvaluateError::NotKept { .. })) => {
            return Ok(HashMap::new());
        }
        Err(Refusal::Busy | Refusal::Evaluate(_)) => anyhow::bail!("cells cannot be read"),
        Err(_) => return Ok(HashMap::new()),
    };
    let mut counts = HashMap::new();
    for row in &shown.rows {
        if let ([ShownKey::Term(term)], Some(Some(visitors))) = (row.keys.as_slice(), row.values.first())
            && let Some(id) = words.text(Dimension::Item, *term)
        {
            counts.insert(id.to_string(), *visitors as u64);
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_trends_is_more_than_usual_and_not_merely_much() {
        let counts =
            |list: &[(&str, u64)]| list.iter().map(|(id, n)| ((*id).to_owned(), *n)).collect::<HashMap<_, _>>();
        let recent = counts(&[("large", 1_000), ("new", 30), ("grown", 60), ("one", 1)]);
        let before = counts(&[("large", 4_000), ("grown", 80)]);
        assert_eq!(trending(recent, &before), ["new", "grown"]);
    }
}
