//! Matching visitors to sets of rows, and how often a guess would be right.

use std::collections::BTreeMap;

use outis_event::{Dimension, SiteId, Vocabulary};
use outis_warehouse::attack::Found;

use super::town::Visitor;

/// Country, browser and slot of the first row: what may be known of rows.
type Context = (String, String, u32);

/// The rows of one number in one site.
pub(super) struct RowSet {
    pub(super) number: u64,
    pub(super) context: Context,
    /// Where the first row stands.
    pub(super) place: usize,
    /// Whose they are, by what only they sent.
    pub(super) truth: Option<usize>,
}

/// The sets of rows of a site.
pub(super) fn row_sets(rows: &[Found], site: SiteId, words: &Vocabulary) -> Vec<RowSet> {
    let prefix = format!("rows/{}/", site.0);
    let mut sets: BTreeMap<u64, RowSet> = BTreeMap::new();
    let mut place = 0;
    for found in rows.iter().filter(|found| found.path.starts_with(&prefix)) {
        let batch = &found.batch;
        for row in 0..batch.rows {
            place += 1;
            let word = |dimension: Dimension, text: &str| {
                batch.terms[dimension.index()].get(row).copied() == words.lookup(dimension, text)
            };
            let any = |dimension, texts: &[&str]| {
                texts.iter().find(|text| word(dimension, text)).map_or(String::new(), |text| (*text).to_owned())
            };
            let context = || {
                let country = any(Dimension::Country, &["DE", "US", "JP"]);
                (country, any(Dimension::Browser, &["Chrome", "Firefox"]), batch.slot[row].0)
            };
            let set = sets.entry(batch.visitor[row]).or_insert_with(|| RowSet {
                number: batch.visitor[row],
                context: context(),
                place,
                truth: None,
            });
            let engaged = batch.engaged_s.get(row).copied().unwrap_or(0) as usize;
            set.truth = set.truth.or(engaged.checked_sub(1));
        }
    }
    sets.remove(&0);
    sets.into_values().collect()
}

/// An outcome: right matches, and how many there would be by guessing within contexts, on average.
pub(super) struct Score {
    pub(super) hits: usize,
    pub(super) by_chance: usize,
    /// How far both orders agree within contexts, in standard deviations.
    pub(super) agreement: f64,
}

impl Score {
    /// True if guessing gives as much in 99 of 100 cases, and the orders agree no more than by chance.
    pub(super) fn is_a_guess(&self) -> bool {
        self.hits <= bound(self.by_chance as f64) && self.agreement.abs() < 2.576
    }
}

/// Puts visitors and sets of rows of each context in an order, and takes those at the same place for the same.
///
/// `slot` says in which slot a visitor came first: an attacker who does not know it has less.
pub(super) fn in_order<A: Ord, B: Ord>(
    visitors: &[Visitor],
    sets: &[RowSet],
    slot: impl Fn(usize) -> u32,
    of_visitor: impl Fn(usize) -> A,
    of_set: impl Fn(&RowSet) -> B,
) -> Score {
    let mut contexts: BTreeMap<Context, (Vec<usize>, Vec<&RowSet>)> = BTreeMap::new();
    for (number, visitor) in visitors.iter().enumerate() {
        let context = (visitor.country.to_owned(), visitor.browser.to_owned(), slot(number));
        contexts.entry(context).or_default().0.push(number);
    }
    for set in sets {
        contexts.entry(set.context.clone()).or_default().1.push(set);
    }
    let mut score = Score { hits: 0, by_chance: contexts.len(), agreement: 0.0 };
    for (numbers, sets) in contexts.values_mut() {
        assert_eq!(numbers.len(), sets.len(), "contexts of visitors and rows are the same");
        numbers.sort_by_key(|number| of_visitor(*number));
        sets.sort_by_key(|set| of_set(set));
        score.hits += numbers.iter().zip(sets.iter()).filter(|(number, set)| set.truth == Some(**number)).count();
        score.agreement += correlation(numbers, sets) * ((numbers.len() - 1) as f64).sqrt();
    }
    score.agreement /= (contexts.len() as f64).sqrt();
    score
}

/// Spearman's correlation of the true places with those in the order of the sets.
fn correlation(numbers: &[usize], sets: &[&RowSet]) -> f64 {
    let n = numbers.len() as f64;
    let place = |set: &RowSet| numbers.iter().position(|number| set.truth == Some(*number)).expect("whose rows") as f64;
    let squares: f64 = sets.iter().enumerate().map(|(at, set)| (place(set) - at as f64).powi(2)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

/// What a Poisson variable of this mean does not exceed in 99 of 100 cases: right guesses within contexts are the
/// fixed points of random permutations, one in each on average.
pub(super) fn bound(mean: f64) -> usize {
    let (mut chance, mut sum, mut most) = ((-mean).exp(), (-mean).exp(), 0);
    while sum < 0.99 {
        most += 1;
        chance *= mean / most as f64;
        sum += chance;
    }
    most
}

#[test]
fn the_bound_is_that_of_a_poisson_variable() {
    assert_eq!([bound(1.0), bound(6.0), bound(18.0)], [4, 12, 29]);
}
